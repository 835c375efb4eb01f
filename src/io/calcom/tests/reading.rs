//! What a good answer is read as, how it is asked for, and when it is asked for again.

use super::super::CalCom;
use super::{TEAM, cal_com_with, client, key, settings};
use crate::io::loopback_calcom::{
    ItemAnswer, KeyRole, LoopbackCalCom, SourceEventType, SourceTeam, SourceWorld, Weather,
};
use crate::model::event_type::{EventType, Visibility};
use crate::model::ids::{EventTypeId, TeamId};
use crate::model::observation::Check;
use crate::model::reading::{LookUp, Reach, TeamKind, TeamRecord, Witness};
use secrecy::SecretString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::time::Duration;

#[tokio::test]
async fn a_team_is_read_whole_and_as_it_was_sent() {
    let server = cal_com_with(45);
    let client = client(&server, |_| {});
    client.greet().await.unwrap();
    let answer = client.read_team(TEAM).await.unwrap();

    let record = TeamRecord {
        id: TEAM,
        slug: Some("friseur".into()),
        name: "Friseur 1".into(),
        kind: TeamKind::Team,
    };
    assert_eq!(answer.identity, Some(record));
    let sent = SourceTeam::generated(TEAM.0, 45).event_types;
    let expected: Vec<EventType> = sent.iter().map(as_read).collect();
    assert_eq!(answer.event_types, expected);
    let first = EventTypeId(3_757_701);
    let witness = Witness { event_type_id: first, answer: LookUp::Exists };
    assert_eq!(answer.witness, Some(witness));
    assert_eq!(
        server.requests(),
        [
            "GET /v2/me",
            "GET /v2/teams/34209",
            "GET /v2/teams/34209/event-types?sortCreatedAt=asc",
            "GET /v2/teams/34209/event-types/3757701",
        ]
    );
}

fn as_read(sent: &SourceEventType) -> EventType {
    EventType {
        id: EventTypeId(sent.id),
        team_id: TeamId(sent.team_id),
        title: sent.title.as_str().into(),
        slug: sent.slug.as_str().into(),
        length_minutes: sent.length,
        visibility: if sent.hidden { Visibility::Hidden } else { Visibility::Public },
    }
}

#[tokio::test]
async fn a_list_of_many_chunks_is_read_whole() {
    let server = cal_com_with(0);
    server.change(|world| {
        let team = SourceTeam::generated(TEAM.0, 1500);
        world.teams.insert(TEAM.0, team);
    });
    let answer = client(&server, |_| {}).read_team(TEAM).await.unwrap();
    let sent = SourceTeam::generated(TEAM.0, 1500).event_types;
    assert_eq!(answer.event_types, sent.iter().map(as_read).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_compressed_list_is_read_whole() {
    let server = cal_com_with(45);
    server.change(|world| world.weather = Weather::Gzipped(0));
    let answer = client(&server, |_| {}).read_team(TEAM).await.unwrap();
    let sent = SourceTeam::generated(TEAM.0, 45).event_types;
    assert_eq!(answer.event_types, sent.iter().map(as_read).collect::<Vec<_>>());
}

/// What a server, or something in between, sends beyond the announced length is not taken for the
/// answer to the next question.
#[tokio::test]
async fn what_comes_after_an_answer_answers_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut line in listener.incoming().map(Result::unwrap) {
            std::thread::spawn(move || speaks_out_of_turn(&mut line));
        }
    });
    for _ in 0..50 {
        let client = CalCom::new(&settings(&base_url)).unwrap();
        client.greet().await.unwrap();
        assert_eq!(client.look_up(TEAM, EventTypeId(99)).await, LookUp::Exists);
    }
}

/// Answers each request of a connection, and after the first one a question that nobody asked.
fn speaks_out_of_turn(line: &mut std::net::TcpStream) {
    let answer = |status: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    };
    let not_found = r#"{"status":"error","error":{"message":"Event type with id 99 not found"}}"#;
    let item = r#"{"status":"success","data":{"id":99,"teamId":34209}}"#;
    let mut reader = BufReader::new(line.try_clone().unwrap());
    let mut first = String::new();
    while reader.read_line(&mut first).is_ok_and(|bytes| bytes > 0) {
        while reader.read_line(&mut String::new()).is_ok_and(|bytes| bytes > 2) {}
        let said = if first.contains("/v2/me") {
            answer("200 OK", r#"{"status":"success","data":{"id":1}}"#)
                + &answer("404 Not Found", not_found)
        } else {
            answer("200 OK", item)
        };
        if line.write_all(said.as_bytes()).is_err() {
            return;
        }
        first.clear();
    }
}

#[tokio::test]
async fn an_empty_list_is_read_as_empty_and_has_no_witness() {
    let server = cal_com_with(0);
    let answer = client(&server, |_| {}).read_team(TEAM).await.unwrap();
    assert!(answer.event_types.is_empty());
    assert_eq!(answer.witness, None);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_base_url_brings_its_path_along_and_nothing_else() {
    let server = cal_com_with(1);
    let mut settings = settings(&format!("{}/proxy/?eventSlug=x#y", server.base_url()));
    settings.patience = Duration::from_secs(2);
    let client = CalCom::new(&settings).unwrap();
    let trouble = client.greet().await.unwrap_err();
    assert_eq!(trouble.check, Check::NotFound);
    assert_eq!(trouble.reach, Reach::Key);
    assert_eq!(server.requests(), ["GET /proxy/v2/me"]);
}

#[tokio::test]
async fn a_look_up_knows_there_from_not_there_and_both_from_everything_else() {
    let server = cal_com_with(3);
    let client = client(&server, |settings| settings.max_attempts = 1);
    let (there, gone) = (EventTypeId(3_757_702), EventTypeId(99));
    assert_eq!(client.look_up(TEAM, there).await, LookUp::Exists);
    assert_eq!(client.look_up(TEAM, gone).await, LookUp::NotFound);

    let other = |weather| ItemAnswer::Other(Box::new(weather));
    let not_found_in = |status, body: &str| {
        other(Weather::Raw {
            status,
            content_type: "application/json".to_owned(),
            body: body.as_bytes().to_vec(),
        })
    };
    let exact = r#"{"status":"error","error":{"message":"Event type with id 99 not found"}}"#;
    server.change(|world| world.weather = Weather::ItemAnswer(not_found_in(404, exact)));
    assert_eq!(client.look_up(TEAM, gone).await, LookUp::NotFound);
    for (answer, check) in [
        (ItemAnswer::CannotGet, Check::NotFound),
        (ItemAnswer::OtherItem, Check::Malformed),
        (not_found_in(200, exact), Check::Envelope),
        (not_found_in(410, exact), Check::UnexpectedStatus),
        (not_found_in(404, &exact.replace("99", "990")), Check::NotFound),
        (not_found_in(404, &exact.replace(" not found", " not found.")), Check::NotFound),
        (not_found_in(404, &exact.replace("error\"", "success\"")), Check::NotFound),
        (not_found_in(404, "{}"), Check::NotFound),
        (not_found_in(404, ""), Check::NotFound),
        (not_found_in(200, r#"{"status":"success","data":null}"#), Check::Envelope),
        (not_found_in(200, r#"{"status":"success","data":{"id":99}}"#), Check::Malformed),
        (other(Weather::EmptyList), Check::Envelope),
        (other(Weather::Html200), Check::ContentType),
        (other(Weather::Status(401)), Check::Unauthorized),
        (other(Weather::Status(403)), Check::Unauthorized),
        (other(Weather::Status(429)), Check::Transport),
        (other(Weather::Status(500)), Check::Transport),
        (other(Weather::Reset), Check::Transport),
    ] {
        server.change(|world| world.weather = Weather::ItemAnswer(answer.clone()));
        let LookUp::Unclear(trouble) = client.look_up(TEAM, gone).await else {
            unreachable!("{answer:?} is an answer about nothing");
        };
        assert_eq!(trouble.check, check, "{answer:?}: {trouble}");
    }
}

#[tokio::test]
async fn another_teams_event_type_does_not_exist_here() {
    let server = cal_com_with(1);
    server.change(|world| {
        for event_type in world.teams.values_mut().flat_map(|team| &mut team.event_types) {
            event_type.team_id = 7;
        }
    });
    let looked_up = client(&server, |_| {}).look_up(TEAM, EventTypeId(3_757_701)).await;
    let LookUp::Unclear(trouble) = looked_up else { unreachable!("{looked_up:?}") };
    assert_eq!(&*trouble.seen, "the answer is about event type 3757701 of team 7");
}

#[tokio::test]
async fn a_demoted_key_sees_less_and_its_witness_says_so() {
    let server = cal_com_with(20);
    server.change(|world| world.key_role = KeyRole::Member);
    let answer = client(&server, |_| {}).read_team(TEAM).await.unwrap();
    assert_eq!(answer.event_types.len(), 18, "the hidden ones are not there");
    let Some(Witness { answer: LookUp::Unclear(trouble), .. }) = answer.witness else {
        unreachable!("{:?}", answer.witness);
    };
    assert_eq!((trouble.check, trouble.reach), (Check::Unauthorized, Reach::Team));
    assert_eq!(&*trouble.request, "GET /v2/teams/34209/event-types/3757701");
    assert!(trouble.seen.contains("minimum required role=TEAM_ADMIN"), "{trouble}");
}

#[tokio::test]
async fn a_wrong_key_is_the_keys_trouble_and_no_team_is_blamed() {
    let server = cal_com_with(3);
    let client = client(&server, |settings| settings.api_key = Ok(key("cal_live_old")));
    for trouble in [client.greet().await.unwrap_err(), client.read_team(TEAM).await.unwrap_err()] {
        assert_eq!((trouble.check, trouble.reach), (Check::Unauthorized, Reach::Key));
        assert_eq!(&*trouble.seen, "HTTP 401: \"CustomThrottlerGuard - Invalid API Key\"");
    }
}

#[tokio::test]
async fn a_passing_trouble_is_asked_again_and_a_lasting_one_is_not() {
    let server = cal_com_with(3);
    let client = client(&server, |_| {});
    for (weather, lists, good) in [
        (Weather::FlakyThenFair(2), 3, true),
        (Weather::FlakyThenFair(3), 3, false),
        (Weather::ThrottledThenFair { times: 1, reset_seconds: 0 }, 2, true),
        (Weather::Truncated(5000), 3, false),
        (Weather::WrongLength(5000), 3, false),
        (Weather::Reset, 3, false),
        // Asks for longer than there is patience.
        (Weather::Status(429), 1, false),
        (Weather::Status(403), 1, false),
        (Weather::Html200, 1, false),
        (Weather::DataNull, 1, false),
    ] {
        server.change(|world| world.weather = weather.clone());
        server.forget_requests();
        let answer = client.read_team(TEAM).await;
        assert_eq!(answer.is_ok(), good, "{weather:?}: {answer:?}");
        let requests = server.requests();
        let asked = requests.iter().filter(|request| request.contains("sortCreatedAt")).count();
        assert_eq!(asked, lists, "{weather:?}");
    }
}

#[tokio::test]
async fn a_wait_beyond_patience_is_given_up_at_once_and_said() {
    let server = cal_com_with(3);
    server.change(|world| world.weather = Weather::Status(429));
    let trouble = client(&server, |_| {}).read_team(TEAM).await.unwrap_err();
    assert_eq!(
        &*trouble.seen,
        "HTTP 429: \"CustomThrottlerGuard - Too many requests. Please try again later.\"; \
         the wait of 1m would go past the patience of 2s"
    );
}

#[tokio::test]
async fn nobody_listening_is_a_refused_connection() {
    let server = LoopbackCalCom::start().unwrap();
    let client = client(&server, |_| {});
    drop(server);
    let trouble = client.greet().await.unwrap_err();
    assert_eq!((trouble.check, trouble.reach), (Check::Transport, Reach::Key));
    assert_eq!(&*trouble.seen, "connection refused (3 attempts)");
}

#[tokio::test]
async fn a_server_that_says_the_key_aloud_does_not_bring_it_into_our_words() {
    let server = cal_com_with(3);
    let body =
        format!(r#"{{"status":"error","error":{{"message":"bad key {}"}}}}"#, SourceWorld::KEY);
    for (status, content_type) in
        [(403, "application/json"), (200, "application/json"), (403, SourceWorld::KEY)]
    {
        let (content_type, body) = (content_type.to_owned(), body.clone().into_bytes());
        server.change(|world| world.weather = Weather::Raw { status, content_type, body });
        let trouble = client(&server, |_| {}).read_team(TEAM).await.unwrap_err();
        assert!(trouble.seen.contains("[key]"), "{trouble}");
        assert!(!format!("{trouble:?}").contains(SourceWorld::KEY), "{trouble}");
    }
}

#[test]
fn a_key_that_cannot_be_sent_is_said_and_not_shown() {
    let mut settings = settings("http://127.0.0.1:1");
    settings.api_key = Ok(key("cal_live_x\n"));
    let error = CalCom::new(&settings).err().unwrap();
    assert_eq!(error.to_string(), "the key cannot be sent in a header");
}

#[test]
fn a_fingerprint_tells_keys_apart() {
    let fingerprint = |key: &str| CalCom::key_fingerprint(&SecretString::from(key));
    assert_eq!(fingerprint("a"), fingerprint("a"));
    assert_ne!(fingerprint("a"), fingerprint("b"));
    assert_eq!(fingerprint("a").len(), 16);
}

//! A failed read is never a list: every bad answer, and the check that names it.

use super::{TEAM, cal_com_with, client};
use crate::io::loopback_calcom::{ItemAnswer, ItemFault, Twin, Weather};
use crate::model::observation::Check;
use crate::model::reading::{Answer, LookUp, Reach, SourceTrouble};
use std::time::Duration;

fn raw(status: u16, content_type: &str, body: impl AsRef<[u8]>) -> Weather {
    Weather::Raw { status, content_type: content_type.to_owned(), body: body.as_ref().to_vec() }
}

/// Every weather that is no list, the check that names it, and what a person is told, in part.
fn bad_answers() -> Vec<(Weather, Check, &'static str)> {
    let json = "application/json";
    let mut answers = vec![
        (Weather::UserEndpoint, Check::Envelope, "`data` is an object, not a list"),
        (Weather::MissingData, Check::Envelope, "the answer has no `data`"),
        (Weather::DataUnderEventTypes, Check::Envelope, "under `event_types`, which is another"),
        (raw(200, json, r#"{"event_types":[]}"#), Check::Envelope, "under `event_types`"),
        (Weather::DataNull, Check::Envelope, "`data` is null, not a list"),
        (Weather::TopLevelArray, Check::Envelope, "the answer is a list, not an object"),
        (Weather::StatusError, Check::Envelope, "`status` is \"error\""),
        (Weather::ErrorBodyWith200, Check::Envelope, "`status` is \"error\": \"Cannot GET /v2/"),
        (raw(200, json, r#"{"data":[]}"#), Check::Envelope, "no `status`"),
        (raw(200, json, r#"{"data":[],"status":true}"#), Check::Envelope, "`status` is \"true\""),
        (raw(200, json, r#"{"status":"success","data":[],"data":[]}"#), Check::Envelope, "twice"),
        (raw(200, json, "<html>"), Check::Envelope, "not JSON: `<` at byte 0"),
        (Weather::Latin1, Check::Envelope, "not UTF-8"),
        (Weather::Bom, Check::Envelope, "byte-order mark"),
        (Weather::TrailingGarbage, Check::Envelope, "not JSON: `}` at byte"),
        (Weather::Html200, Check::ContentType, "\"text/html; charset=utf-8\", not JSON"),
        (raw(200, "", r#"{"status":"success","data":[]}"#), Check::ContentType, "no content type"),
        (Weather::Html503, Check::Transport, "HTTP 503 with content type \"text/html"),
        (Weather::Plain500, Check::Transport, "HTTP 500: \"Internal server error\" (2 attempts)"),
        (Weather::Truncated(100), Check::Transport, "the body broke off after"),
        (Weather::Truncated(9000), Check::Transport, "the body broke off after"),
        (Weather::WrongLength(9000), Check::Transport, "stops in the middle"),
        (Weather::WrongLength(0), Check::Transport, "the body is empty"),
        (Weather::Reset, Check::Transport, "connection closed"),
        (Weather::Stall, Check::Transport, "no complete answer within 100ms (2 attempts)"),
        (Weather::Trickle, Check::Transport, "no complete answer within"),
        (Weather::Oversized(300_000), Check::Transport, "larger than 200000 bytes"),
        (Weather::Gzipped(300_000), Check::Transport, "larger than 200000 bytes"),
        (
            Weather::Redirect("https://login.example/s?t=1".to_owned()),
            Check::UnexpectedStatus,
            "HTTP 302, which points to \"login.example\"",
        ),
        (Weather::NotAnAdmin, Check::Unauthorized, "HTTP 403: \"RolesGuard - User does not have"),
        (Weather::FlakyThenFair(9), Check::Transport, "HTTP 503"),
        (Weather::ThrottledThenFair { times: 9, reset_seconds: 9 }, Check::Transport, "wait of 9s"),
    ];
    for status in [429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526] {
        answers.push((Weather::Status(status), Check::Transport, "HTTP "));
    }
    for status in [201, 202, 204, 206, 302, 304, 307, 400, 408, 409, 410, 422, 451] {
        answers.push((Weather::Status(status), Check::UnexpectedStatus, "HTTP "));
    }
    for (status, check) in [
        (401, Check::Unauthorized),
        (403, Check::Unauthorized),
        (404, Check::NotFound),
        (498, Check::Unauthorized),
    ] {
        answers.push((Weather::Status(status), check, "HTTP 4"));
    }
    answers
}

/// Every way to spoil an item, and what a person is told.
fn bad_items() -> Vec<(ItemFault, &'static str)> {
    let mut faults = vec![
        (ItemFault::Missing("lengthInMinutes"), "field `lengthInMinutes`: missing"),
        (ItemFault::Twice("hidden"), "field `hidden`: there twice"),
        (ItemFault::IdText, "field `id`: invalid type: string"),
        (ItemFault::IdFloat, "field `id`: invalid type: floating point"),
        (ItemFault::IdZero, "field `id`: invalid value: integer `0`, expected an id from 1"),
        (ItemFault::IdNegative, "field `id`: invalid value: integer `-1`"),
        (ItemFault::IdTooLarge, "field `id`: invalid value: integer `9007199254740993`"),
        (ItemFault::LengthNegative, "field `lengthInMinutes`: invalid value: integer `-30`"),
        (ItemFault::LengthTooLarge, "field `lengthInMinutes`: invalid value"),
        (ItemFault::NotAnObject, "\"17\" instead of an object"),
    ];
    for field in ["id", "title", "slug", "lengthInMinutes", "hidden", "teamId"] {
        faults.push((ItemFault::Missing(field), ": missing"));
        faults.push((ItemFault::Null(field), ": invalid type: null"));
        faults.push((ItemFault::WrongType(field), ": invalid type: map"));
        faults.push((ItemFault::Twice(field), ": there twice"));
    }
    faults
}

async fn read_in(weather: &Weather) -> Result<Answer, SourceTrouble> {
    let server = cal_com_with(30);
    server.change(|world| world.weather = weather.clone());
    let client = client(&server, |settings| {
        settings.max_attempts = 2;
        settings.timeout = match weather {
            Weather::Stall | Weather::Trickle => Duration::from_millis(100),
            _ => Duration::from_secs(5),
        };
        settings.max_body_bytes = 200_000;
    });
    client.read_team(TEAM).await
}

/// Whatever came instead of a list: it is an error, it has the right name, and it says what it was.
#[tokio::test]
async fn a_failed_read_is_never_a_list() {
    for (weather, check, seen) in bad_answers() {
        let trouble = read_in(&weather).await.map(|answer| answer.event_types).unwrap_err();
        assert_eq!(trouble.check, check, "{weather:?}: {trouble}");
        assert!(trouble.seen.contains(seen), "{weather:?}: {trouble}");
        assert_eq!(&*trouble.request, "GET /v2/teams/34209/event-types", "{weather:?}");
        let keys = matches!(weather, Weather::Status(401 | 498));
        assert_eq!(trouble.reach == Reach::Key, keys, "{weather:?}");
    }
}

#[tokio::test]
async fn an_item_that_cannot_be_read_spoils_the_list_and_is_named() {
    for (fault, seen) in bad_items() {
        for position in [0, 29] {
            let weather = Weather::BadItem(position, fault);
            let trouble = read_in(&weather).await.map(|answer| answer.event_types).unwrap_err();
            assert_eq!(trouble.check, Check::Malformed, "{fault:?}: {trouble}");
            let place = format!("item {} of the list (counting from 1)", position + 1);
            assert!(trouble.seen.starts_with(&place), "{fault:?}: {trouble}");
            assert!(trouble.seen.contains(seen), "{fault:?}: {trouble}");
        }
    }
    let trouble = read_in(&Weather::BadItem(3, ItemFault::NotJson)).await.unwrap_err();
    assert_eq!(trouble.check, Check::Envelope);
    assert!(trouble.seen.starts_with("item 4 of the list"), "{trouble}");
}

/// What is readable, but not what it should be, is for the assessment to judge: the client hands
/// on exactly what was sent.
#[tokio::test]
async fn a_readable_list_is_handed_on_as_it_is() {
    for (weather, count) in [
        (Weather::Fair, 30),
        (Weather::EmptyList, 0),
        (Weather::FirstN(10), 10),
        (Weather::Without(vec![3_757_705, 3_757_706]), 28),
        (Weather::Duplicates(Twin::Same), 31),
        (Weather::Duplicates(Twin::Different), 31),
        (Weather::ForeignTeamIds(7), 30),
        (Weather::AllIdsRegenerated(1000), 30),
        (Weather::TeamRecordNull, 30),
        (Weather::TeamRecordOther { id: 7, slug: "other".to_owned() }, 30),
        (Weather::Organization, 30),
        (Weather::FlakyThenFair(1), 30),
        (Weather::WitnessAnswer(ItemAnswer::NotFound), 30),
        (raw(200, "application/vnd.cal+json; x=y", r#"{"status":"success","data":[]}"#), 0),
        (raw(200, "Application/JSON;charset=UTF-8", r#"{"data":[],"x":{},"status":"success"}"#), 0),
    ] {
        let answer = read_in(&weather).await.unwrap();
        assert_eq!(answer.event_types.len(), count, "{weather:?}");
        assert_eq!(answer.identity.is_none(), weather == Weather::TeamRecordNull, "{weather:?}");
        let witness = answer.witness.map(|witness| witness.answer);
        match weather {
            _ if count == 0 => assert_eq!(witness, None),
            Weather::WitnessAnswer(_) => assert_eq!(witness, Some(LookUp::NotFound)),
            _ => assert_eq!(witness, Some(LookUp::Exists), "{weather:?}"),
        }
    }
}

#[tokio::test]
async fn a_team_record_that_is_none_stops_the_reading() {
    let answered = |body: &str| Weather::TeamAnswer(Box::new(raw(200, "application/json", body)));
    for (weather, check) in [
        (Weather::TeamAnswer(Box::new(Weather::Status(403))), Check::Unauthorized),
        (Weather::TeamAnswer(Box::new(Weather::Status(404))), Check::NotFound),
        (Weather::TeamAnswer(Box::new(Weather::Html200)), Check::ContentType),
        (Weather::TeamAnswer(Box::new(Weather::EmptyList)), Check::Envelope),
        (Weather::TeamAnswer(Box::new(Weather::MissingData)), Check::Envelope),
        (Weather::TeamAnswer(Box::new(Weather::Bom)), Check::Envelope),
        (Weather::TeamAnswer(Box::new(Weather::Oversized(5 << 20))), Check::Transport),
        (answered(r#"{"status":"success","data":{"id":1,"name":"x"}}"#), Check::Malformed),
        (answered(r#"{"status":"success","data":{"isOrganization":false}}"#), Check::Malformed),
        (answered(r#"["success",{"id":1,"isOrganization":false}]"#), Check::Envelope),
        (answered(r#"{"status":"success","data":{"id":1"#), Check::Transport),
        (answered("\u{1}"), Check::Envelope),
        (answered(" "), Check::Transport),
    ] {
        let trouble = read_in(&weather).await.unwrap_err();
        assert_eq!(trouble.check, check, "{weather:?}: {trouble}");
        assert_eq!(&*trouble.request, "GET /v2/teams/34209");
    }
    let lenient = answered(r#"{"status":"success","data":{"id":1,"isOrganization":false}}"#);
    let record = read_in(&lenient).await.unwrap().identity.unwrap();
    assert_eq!((record.id.0, record.slug, &*record.name), (1, None, ""));
}

/// The key is told from the team: what is wrong with `/v2/me` is wrong with the key.
#[tokio::test]
async fn a_key_that_cannot_say_whose_it_is_is_the_keys_trouble() {
    for (weather, check) in [
        (Weather::Status(401), Check::Unauthorized),
        (Weather::Status(403), Check::Unauthorized),
        (Weather::Status(404), Check::NotFound),
        (Weather::Status(503), Check::Transport),
        (Weather::Html200, Check::ContentType),
        (Weather::EmptyList, Check::Envelope),
        (Weather::DataNull, Check::Envelope),
    ] {
        let server = cal_com_with(1);
        server.change(|world| world.weather = Weather::MeAnswer(Box::new(weather.clone())));
        let trouble = client(&server, |_| {}).greet().await.unwrap_err();
        assert_eq!((trouble.check, trouble.reach), (check, Reach::Key), "{weather:?}");
    }
}

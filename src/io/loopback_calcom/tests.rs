//! The stand-in itself, as far as the client's tests do not show it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::*;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

fn get(server: &LoopbackCalCom, path: &str, headers: &str) -> String {
    let mut socket = TcpStream::connect(server.address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn with_key() -> String {
    format!("Authorization: Bearer {}\r\n", SourceWorld::KEY)
}

#[test]
fn forty_five_items_are_about_as_large_as_real_ones() {
    let team = SourceTeam::generated(1, 45);
    let list = render::list(&team, &team.event_types, None);
    assert!((150_000..180_000).contains(&list.len()), "{}", list.len());
    let items: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    assert_eq!(items.len(), 45);
}

#[test]
fn a_wrong_team_gets_an_empty_list_and_no_record() {
    let server = LoopbackCalCom::start().unwrap();
    let list = get(&server, "/v2/teams/5/event-types", &with_key());
    assert!(list.starts_with("HTTP/1.1 200") && list.ends_with(r#""data":[]}"#), "{list}");
    let record = get(&server, "/v2/teams/5", &with_key());
    assert!(record.starts_with("HTTP/1.1 403") && record.contains("not a member"), "{record}");
    assert_eq!(server.requests(), ["GET /v2/teams/5/event-types", "GET /v2/teams/5"]);
    server.forget_requests();
    assert!(server.requests().is_empty());
}

#[test]
fn nobody_gets_in_without_the_key() {
    let server = LoopbackCalCom::start().unwrap();
    for headers in ["", "Authorization: Bearer x\r\n", "Authorization: x\r\n"] {
        let answer = get(&server, "/v2/teams/5/event-types", headers);
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        assert!(answer.contains(r#""status":"error""#) && answer.contains("x-request-id: lo-"));
    }
}

#[test]
fn the_users_endpoint_is_the_empty_one_of_the_incident() {
    let server = LoopbackCalCom::start().unwrap();
    server.change(|world| *world = SourceWorld::with_teams([SourceTeam::generated(5, 45)]));
    let answer = get(&server, "/v2/event-types", &with_key());
    assert!(answer.ends_with(r#"{"status":"success","data":[]}"#), "{answer}");
}

#[test]
fn a_team_can_have_a_weather_of_its_own() {
    let server = LoopbackCalCom::start().unwrap();
    let teams = [SourceTeam::generated(5, 1), SourceTeam::generated(6, 1)];
    server.change(|world| {
        *world = SourceWorld::with_teams(teams);
        world.team_weather.insert(6, Weather::Html503);
    });
    assert!(get(&server, "/v2/teams/5/event-types", &with_key()).starts_with("HTTP/1.1 200"));
    assert!(get(&server, "/v2/teams/6/event-types", &with_key()).starts_with("HTTP/1.1 503"));
}

#[test]
fn a_server_with_a_stalled_request_still_goes_down() {
    let server = LoopbackCalCom::start().unwrap();
    server.change(|world| world.weather = Weather::Stall);
    let mut socket = TcpStream::connect(server.address).unwrap();
    let request = format!("GET /v2/teams/5/event-types HTTP/1.1\r\nHost: x\r\n{}\r\n", with_key());
    socket.write_all(request.as_bytes()).unwrap();
    drop(server);
    let mut answer = Vec::new();
    // Either the connection was closed or reset; there was no answer.
    let _ = socket.read_to_end(&mut answer);
    assert!(answer.is_empty());
}

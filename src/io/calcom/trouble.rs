//! What went wrong with one attempt, in the words of the checks.

use super::body::Fault;
use crate::io::scrub::Scrub;
use crate::io::web::innermost;
use crate::model::observation::Check;
use crate::model::reading::Reach;
use reqwest::StatusCode;
use std::error::Error;
use std::io;
use std::time::Duration;

/// Why one attempt gave nothing.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) check: Check,
    pub(super) reach: Reach,
    pub(super) seen: String,
    pub(super) again: Again,
}

/// Whether another attempt may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    /// After the usual wait.
    Soon,
    /// After the wait the server asked for, or the usual one if that is longer.
    After(Duration),
}

impl Failure {
    /// Nothing another attempt would change.
    pub(super) fn lasting(check: Check, seen: impl Into<String>) -> Self {
        Self { check, reach: Reach::Team, seen: seen.into(), again: Again::Never }
    }

    /// `transport`, and worth another attempt.
    pub(super) fn passing(seen: impl Into<String>) -> Self {
        let (check, reach) = (Check::Transport, Reach::Team);
        Self { check, reach, seen: seen.into(), again: Again::Soon }
    }
}

/// What a status other than 200 means. `wait` is what the server asked for.
///
/// 498 is Cal.com's "access token is expired"; 401 comes for unknown and expired keys, 403 for a
/// user who is not a member or not an admin of the team (Cal.com API v2 source, v6.1.11).
pub(super) fn of_status(status: StatusCode, wait: Option<Duration>) -> (Check, Reach, Again) {
    match status.as_u16() {
        401 | 498 => (Check::Unauthorized, Reach::Key, Again::Never),
        403 => (Check::Unauthorized, Reach::Team, Again::Never),
        404 => (Check::NotFound, Reach::Team, Again::Never),
        429 | 500..=599 => (Check::Transport, Reach::Team, wait.map_or(Again::Soon, Again::After)),
        _ => (Check::UnexpectedStatus, Reach::Team, Again::Never),
    }
}

/// A request that got no answer.
pub(super) fn of_send(error: &reqwest::Error, scrub: &Scrub) -> Failure {
    let seen = match io_kind(error) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
            "connection reset".to_owned()
        }
        _ if error.is_connect() => format!("no connection: {}", scrub.quote(&innermost(error))),
        _ => format!("no answer: {}", scrub.quote(&innermost(error))),
    };
    if error.is_builder() {
        return Failure::lasting(Check::Transport, seen);
    }
    Failure::passing(seen)
}

/// A body that broke off.
pub(super) fn of_body(error: &reqwest::Error, bytes: u64, scrub: &Scrub) -> Failure {
    let reason = scrub.quote(&innermost(error));
    Failure::passing(format!("the body broke off after {bytes} bytes: {reason}"))
}

/// A list that is not one.
pub(super) fn of_fault(fault: Fault<Failure>, scrub: &Scrub) -> Failure {
    let seen = match fault {
        Fault::Refused(failure) => return failure,
        Fault::Empty => return Failure::passing("the body is empty"),
        Fault::Truncated => return Failure::passing("the body stops in the middle"),
        Fault::ItemTooLarge { position } => {
            let seen = format!("{}: larger than 16 MiB", place(position));
            return Failure::lasting(Check::Malformed, seen);
        }
        Fault::NotJson { at: 0, byte: 0xEF } => {
            "the answer is not JSON: it begins with a byte-order mark".to_owned()
        }
        Fault::NotJson { at, byte } if byte.is_ascii_graphic() => {
            format!("the answer is not JSON: `{}` at byte {at}", char::from(byte))
        }
        Fault::NotJson { at, byte } => {
            format!("the answer is not JSON: {byte:#04x} at byte {at}")
        }
        Fault::NotUtf8 { at } => format!("the answer is not UTF-8, before byte {at}"),
        Fault::NotAnObject(kind) => {
            format!("the answer is {}, not an object with `status` and `data`", kind.as_str())
        }
        Fault::KeyTwice(key) => format!("the key {} stands there twice", scrub.quote(&key)),
        Fault::DataNotAList(kind) => format!("`data` is {}, not a list", kind.as_str()),
        Fault::OtherTooLarge { key } if key == "event_types" => UNDER_EVENT_TYPES.to_owned(),
        Fault::OtherTooLarge { key } => {
            format!("the answer has more beside `data` than it should, at {}", scrub.quote(&key))
        }
    };
    Failure::lasting(Check::Envelope, seen)
}

/// Version 1 of the API answered like this; read as version 2 it looks like nothing at all.
pub(super) const UNDER_EVENT_TYPES: &str =
    "the list stands under `event_types`, which is another API version's answer";

/// Which item, for people.
pub(super) fn place(position: usize) -> String {
    format!("item {position} of the list (counting from 1)")
}

/// What `serde_json` says, without its position, which is relative to a part nobody can see.
pub(super) fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before).to_owned()
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(io) = source.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        next = source.source();
    }
    None
}

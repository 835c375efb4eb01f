//! Every bad answer that Cal.com, or what stands before it, was seen or can be thought to give.

use crate::world::TEAM;
use reconciler::io::loopback_calcom::{ItemAnswer, ItemFault, Twin, Weather};
use reconciler::model::observation::{Check, Verdict};

/// Each with the check that must name it, and what it is worth.
pub fn bad_answers() -> Vec<(Weather, Check, Verdict)> {
    let worth = |verdict, answers: Vec<(Check, Vec<Weather>)>| {
        answers.into_iter().flat_map(move |(check, weathers)| {
            weathers.into_iter().map(move |weather| (weather, check, verdict))
        })
    };
    worth(Verdict::Failed, failed())
        .chain(worth(Verdict::Rejected, rejected()))
        .chain(worth(Verdict::Quarantined, quarantined()))
        .collect()
}

fn json(body: &str) -> Weather {
    let (content_type, body) = ("application/json".to_owned(), body.as_bytes().to_vec());
    Weather::Raw { status: 200, content_type, body }
}

fn team(weather: Weather) -> Weather {
    Weather::TeamAnswer(Box::new(weather))
}

fn statuses<const N: usize>(statuses: [u16; N]) -> Vec<Weather> {
    statuses.map(Weather::Status).to_vec()
}

fn failed() -> Vec<(Check, Vec<Weather>)> {
    let mut transport = statuses([429, 500, 502, 503, 504, 520, 524]);
    transport.extend([
        Weather::Html503,
        Weather::Plain500,
        Weather::Truncated(100),
        Weather::Truncated(9000),
        Weather::WrongLength(0),
        Weather::WrongLength(9000),
        Weather::Reset,
        Weather::Oversized(3_000_000),
        Weather::Gzipped(3_000_000),
        team(Weather::Status(500)),
        team(Weather::Reset),
    ]);
    let mut unexpected = statuses([201, 204, 206, 304, 400, 410, 422]);
    unexpected.push(Weather::Redirect("https://login.example/".to_owned()));
    let mut unauthorized = statuses([401, 403, 498]);
    unauthorized.extend([Weather::NotAnAdmin, team(Weather::Status(403))]);
    vec![
        (Check::Transport, transport),
        (Check::UnexpectedStatus, unexpected),
        (Check::Unauthorized, unauthorized),
        (Check::NotFound, vec![Weather::Status(404), team(Weather::Status(404))]),
    ]
}

fn rejected() -> Vec<(Check, Vec<Weather>)> {
    let envelope = vec![
        Weather::UserEndpoint,
        Weather::MissingData,
        Weather::DataUnderEventTypes,
        Weather::DataNull,
        Weather::TopLevelArray,
        Weather::StatusError,
        Weather::ErrorBodyWith200,
        Weather::Latin1,
        Weather::Bom,
        Weather::TrailingGarbage,
        Weather::BadItem(1, ItemFault::NotJson),
        json(r#"{"event_types":[]}"#),
        json(r#"{"status":"success","event_types":[]}"#),
        json(r#"{"data":[]}"#),
        json("[]"),
        json("null"),
        json(r#"{"status":"success","data":{}}"#),
    ];
    let faults = [
        ItemFault::Missing("id"),
        ItemFault::Missing("title"),
        ItemFault::Missing("lengthInMinutes"),
        ItemFault::Null("title"),
        ItemFault::WrongType("lengthInMinutes"),
        ItemFault::IdText,
        ItemFault::IdZero,
        ItemFault::LengthNegative,
        ItemFault::NotAnObject,
    ];
    let malformed = faults.map(|fault| Weather::BadItem(3, fault)).to_vec();
    let record = |id, slug: &str| Weather::TeamRecordOther { id, slug: slug.to_owned() };
    let identity = vec![
        Weather::TeamRecordNull,
        Weather::Organization,
        record(35, "other"),
        record(TEAM, "other"),
    ];
    vec![
        (Check::ContentType, vec![Weather::Html200, team(Weather::Html200)]),
        (Check::Envelope, envelope),
        (Check::Malformed, malformed),
        (Check::WrongTeam, vec![Weather::ForeignTeamIds(35)]),
        (Check::Identity, identity),
        (Check::Duplicates, vec![Weather::Duplicates(Twin::Different)]),
    ]
}

fn quarantined() -> Vec<(Check, Vec<Weather>)> {
    let witness = vec![
        Weather::WitnessAnswer(ItemAnswer::NotFound),
        Weather::WitnessAnswer(ItemAnswer::CannotGet),
        Weather::WitnessAnswer(ItemAnswer::Other(Box::new(Weather::Status(403)))),
    ];
    let shrunk = vec![
        Weather::FirstN(2),
        Weather::FirstN(5),
        Weather::Without(vec![1004, 1005]),
        Weather::AllIdsRegenerated(100_000),
    ];
    let empty = vec![Weather::EmptyList, json(r#"{"status":"success","data":[]}"#)];
    vec![
        (Check::Witness, witness),
        (Check::Canary, vec![Weather::Without(vec![1001])]),
        (Check::Empty, empty),
        (Check::Shrunk, shrunk),
    ]
}

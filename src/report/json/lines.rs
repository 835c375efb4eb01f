//! The lines of a report, as objects.

use super::time;
use crate::model::decision::Decision;
use crate::model::message::WaitingMessage;
use crate::model::review::HoldTarget;
use crate::report::lines::{
    BreachLine, ChangeLine, Doubt, DoubtLine, DriftLine, ObservationLine, QuestionLine, TurnLine,
    WatchLine,
};
use crate::report::words::{self, Words};
use serde_json::{Value, json};

/// An observation: the checks by name, and each in four parts.
pub fn observation(line: &ObservationLine) -> Value {
    let findings = line.findings.iter().map(|finding| {
        let said = words::finding(finding, line, chrono_tz::UTC);
        four_parts(finding.check().as_str(), said)
    });
    json!({
        "id": line.id,
        "team_id": line.team_id,
        "verdict": line.verdict.as_str(),
        "counts_for_absence": line.counts_for_absence,
        "reasons": line.findings.iter().map(|finding| finding.check().as_str()).collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
        "event_types": line.event_types,
        "previous_event_types": line.previous_event_types,
    })
}

fn four_parts(check: &str, words: Words) -> Value {
    let Words { seen, compared_with, not_done, what_to_do } = words;
    json!({
        "check": check,
        "seen": seen,
        "compared_with": compared_with,
        "not_done": not_done,
        "what_to_do": what_to_do,
    })
}

/// A change.
pub fn change(line: &ChangeLine) -> Value {
    json!({
        "action": line.kind.as_str(),
        "service_id": line.service_id,
        "event_type_id": line.event_type_id,
        "name": line.name,
        "status": line.status.as_str(),
        "reason": line.reason,
        "journal_id": line.journal_id,
        "before": line.before,
        "after": line.after,
        "note": line.note,
    })
}

/// A question that was asked.
pub fn asked(line: &QuestionLine) -> Value {
    json!({
        "kind": line.kind.as_str(),
        "service_id": line.service_id,
        "event_type_id": line.event_type_id,
        "observation_id": line.observation_id,
        "name": line.name,
        "reason": line.reason,
    })
}

/// A question that turned without an answer.
pub fn turned(line: &TurnLine) -> Value {
    json!({
        "review_id": line.review_id,
        "kind": line.kind.as_str(),
        "name": line.name,
        "from": line.from.as_str(),
        "to": line.to.as_str(),
        "note": line.note,
    })
}

/// A service that is watched.
pub fn watching(line: &WatchLine) -> Value {
    json!({
        "service_id": line.service_id,
        "event_type_id": line.event_type_id,
        "name": line.name,
        "streak": line.streak,
        "threshold": line.threshold,
    })
}

/// A row that differs.
pub fn drift(line: &DriftLine) -> Value {
    let columns = line
        .drifts
        .iter()
        .map(|drift| json!({ "column": drift.column, "row": drift.row, "source": drift.source }));
    json!({
        "service_id": line.service_id,
        "name": line.name,
        "columns": columns.collect::<Vec<_>>(),
    })
}

/// A remarkable decision.
pub fn decision(decision: &Decision) -> Value {
    json!({
        "service_id": decision.subject.service_id,
        "event_type_id": decision.subject.event_type_id,
        "action": decision.action.as_str(),
        "reason": decision.reason.to_string(),
    })
}

/// A look-up that stood in the way.
pub fn doubt(line: &DoubtLine) -> Value {
    let kind = match line.doubt {
        Doubt::Contradiction => "contradiction",
        Doubt::Unclear { .. } => "unclear",
    };
    let mut said = four_parts(kind, words::doubt(line));
    if let Value::Object(said) = &mut said {
        said.remove("check");
        said.insert("kind".to_owned(), kind.into());
        said.insert("service_id".to_owned(), json!(line.service_id));
        said.insert("event_type_id".to_owned(), json!(line.event_type_id));
        said.insert("team_id".to_owned(), json!(line.team_id));
        said.insert("name".to_owned(), json!(line.name));
    }
    said
}

/// A limit.
pub fn breach(line: &BreachLine) -> Value {
    let Words { seen, compared_with, not_done, what_to_do } = words::breach(line);
    json!({
        "due": line.due,
        "left": line.left,
        "limit": line.limit,
        "used": line.used,
        "most_active": line.most_active,
        "seen": seen,
        "compared_with": compared_with,
        "not_done": not_done,
        "what_to_do": what_to_do,
    })
}

/// What a rollback left alone.
pub fn held(target: &HoldTarget) -> Value {
    match target {
        HoldTarget::Service(id) => json!({ "service_id": id, "event_type_id": null }),
        HoldTarget::EventType(id) => json!({ "service_id": null, "event_type_id": id }),
    }
}

/// When, beside what.
pub fn at(at: crate::model::Timestamp, mut value: Value) -> Value {
    if let Value::Object(object) = &mut value {
        object.insert("at".to_owned(), time(at).into());
    }
    value
}

/// A message that is not delivered to everybody yet.
pub fn undelivered(message: &WaitingMessage) -> Value {
    json!({
        "id": message.number,
        "channel": message.channel.as_str(),
        "since": time(message.since),
        "attempts": message.attempts,
        "next_try_at": message.next_try_at.map(time),
        "last_error": message.last_error,
    })
}

//! A digest, as a document.

use super::{document, lines, look, pause, time};
use crate::model::observation::{Check, Finding};
use crate::report::digest::{ChangedLine, Decided, Digest, RefusalLine, Standing, WaitingLine};
use serde_json::{Value, json};

/// How things stand, what waits, and what happened.
pub fn digest(digest: &Digest) -> String {
    let status = &digest.status;
    document(&json!({
        "now": time(status.now),
        "since": time(digest.since),
        "runs": digest.runs.map(|runs| json!({
            "first": runs.first, "last": runs.last, "count": runs.count,
        })),
        "bookable": status.knows_rows().then(|| digest.bookable()),
        "companies": status.companies.iter().map(look::company).collect::<Vec<_>>(),
        "waiting": digest.waiting.iter().map(waiting).collect::<Vec<_>>(),
        "changes": digest.changes.iter().map(change).collect::<Vec<_>>(),
        "refused": digest.refusals.iter().map(refusal).collect::<Vec<_>>(),
        "doubts": digest.doubts.iter().map(lines::doubt).collect::<Vec<_>>(),
        "drift": digest.drifted.iter().map(|line| json!({
            "service_id": line.service_id, "name": line.name,
        })).collect::<Vec<_>>(),
        "pause": status.paused.as_ref().map(pause),
        "holds": status.holds.len(),
        "outbox_waiting": status.undelivered.len(),
        "head": digest.head,
    }))
}

fn waiting(line: &WaitingLine) -> Value {
    json!({
        "id": line.observation_id.map_or(line.id.0, |id| id.0),
        "kind": line.kind.as_str(),
        "company_id": line.company_id,
        "service_id": line.service_id,
        "event_type_id": line.event_type_id,
        "name": line.name,
        "state": if line.yes.is_some() { "approved" } else { "pending" },
        "approved_by": line.yes.as_ref().map(|yes| &yes.by),
        "reason": line.reason,
        "since": time(line.since),
    })
}

fn change(changed: &ChangedLine) -> Value {
    let mut value = lines::at(changed.at, lines::change(&changed.line));
    let (decided, by) = match &changed.decided {
        Decided::Person { by, .. } => ("person", Some(by)),
        Decided::Configuration => ("configuration", None),
        Decided::Rollback { by, .. } => ("rollback", by.as_ref()),
    };
    if let Value::Object(object) = &mut value {
        object.insert("run_id".to_owned(), json!(changed.run_id));
        object.insert("can_be_undone".to_owned(), json!(changed.can_be_undone));
        object.insert("decided".to_owned(), json!({ "how": decided, "by": by }));
    }
    value
}

fn refusal(line: &RefusalLine) -> Value {
    let (standing, by) = match &line.standing {
        Standing::Stands => ("stands", None),
        Standing::Passed => ("passed", None),
        Standing::AcceptedBy(by) => ("accepted", Some(by)),
    };
    let checks = line.observation.findings.iter().map(Finding::check);
    json!({
        "company_id": line.company_id,
        "team_id": line.observation.team_id,
        "verdict": line.observation.verdict.as_str(),
        "reasons": checks.map(Check::as_str).collect::<Vec<_>>(),
        "observation_id": line.observation.id,
        "first": time(line.first),
        "last": time(line.last),
        "times": line.times,
        "standing": standing,
        "accepted_by": by,
    })
}

//! `review list --json`.

use super::time;
use crate::model::change::Change;
use crate::model::review::{ReviewItem, ReviewKind};
use crate::report::group::{Cause, Circumstances};
use serde_json::{Value, json};

/// The queue. An `observation` item's id is the observation's; every other id is the item's own.
/// Items of one company with the same `group` have one cause.
pub fn review(items: &[ReviewItem], around: &Circumstances) -> String {
    let items: Vec<Value> = items.iter().map(|one| item(one, around)).collect();
    super::document(&json!({ "items": items }))
}

fn item(item: &ReviewItem, around: &Circumstances) -> Value {
    let question = &item.question;
    let subject = question.subject;
    let first = question.changes.first();
    let mut value = json!({
        "id": subject.observation_id.map_or(item.id.0, |observation| observation.0),
        "kind": subject.kind.as_str(),
        "company_id": subject.company_id,
        "service_id": subject.service_id,
        "event_type_id": subject.event_type_id,
        "name": question.name,
        "state": item.state.as_str(),
        "reason": question.reason,
        "since": time(item.since),
        "group": Cause::of(item, around).key(),
        "change": {
            "before": first.and_then(Change::before),
            "after": first.and_then(Change::after),
        },
        "note": item.note,
        "approved_by": item.approval.as_ref().map(|approval| &approval.by),
        "expires_at": item.approval.as_ref().map(|approval| time(approval.expires_at)),
        "snoozed_until": item.snoozed_until.map(time),
    });
    if let (ReviewKind::ImportBatch, Some(map)) = (subject.kind, value.as_object_mut()) {
        let batch = question.changes.iter();
        let batch: Vec<Value> = batch
            .map(|change| json!({ "event_type_id": change.event_type_id(), "after": change.after() }))
            .collect();
        map.insert("changes".into(), batch.into());
    }
    value
}

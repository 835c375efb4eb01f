//! One service's story, as a document.

use super::{document, lines, time};
use crate::report::story::{Cause, Fact, Story, StoryEvent, sentence};
use serde_json::{Value, json};

/// Why a service stands as it does, and its history.
pub fn explain(story: &Story) -> String {
    let reason = match &story.cause {
        Cause::Ours { change, .. } | Cause::Unknown { change, .. } => Some(&change.reason),
        Cause::FirstSeen { .. } | Cause::Others { .. } => None,
    };
    document(&json!({
        "service_id": story.service_id,
        "company_id": story.company_id,
        "name": story.name,
        "event_type_id": story.event_type_id,
        "state": story.state.as_str(),
        "answer": sentence(story.state, &story.cause, chrono_tz::UTC),
        "decided": {
            "by": story.cause.as_str(),
            "run_id": story.cause.run_id(),
            "at": time(story.cause.at()),
            "journal_id": story.cause.journal_id(),
            "reason": reason,
        },
        "refused": story.refused().map(|(run, line)| {
            json!({ "run_id": run, "journal_id": line.journal_id, "why": line.note })
        }),
        "absences": story.absences.map(|(streak, threshold)| {
            json!({ "streak": streak, "threshold": threshold })
        }),
        "hold": story.hold.as_ref().map(super::look::hold),
        "history": story.events.iter().map(event).collect::<Vec<_>>(),
    }))
}

fn event(event: &StoryEvent) -> Value {
    let (what, details) = fact(&event.fact);
    json!({ "at": time(event.at), "run_id": event.run_id, "what": what, "details": details })
}

fn fact(fact: &Fact) -> (&'static str, Value) {
    match fact {
        Fact::Seen(sight) => (
            "seen",
            json!({
                "name": sight.name,
                "event_type_id": sight.event_type_id,
                "is_active": sight.is_active,
                "sync_status": sight.sync_status,
            }),
        ),
        Fact::Gone => ("gone", json!({})),
        Fact::Listed { event_type_id, team_id } => {
            ("listed", json!({ "event_type_id": event_type_id, "team_id": team_id }))
        }
        Fact::NotListed { event_type_id, team_id } => {
            ("not-listed", json!({ "event_type_id": event_type_id, "team_id": team_id }))
        }
        Fact::Decided { action, reason } => {
            ("decided", json!({ "action": action, "reason": reason }))
        }
        Fact::LookedUp { event_type_id, team_id, answer, note } => (
            "looked-up",
            json!({
                "event_type_id": event_type_id,
                "team_id": team_id,
                "answer": answer,
                "note": note,
            }),
        ),
        Fact::Asked { review_id, kind, reason, state, note } => (
            "asked",
            json!({
                "review_id": review_id,
                "kind": kind.as_str(),
                "reason": reason,
                "state": state.as_str(),
                "note": note,
            }),
        ),
        Fact::Answered { review_id, answer, by, reason } => (
            "answered",
            json!({
                "review_id": review_id,
                "answer": answer.as_str(),
                "by": by,
                "reason": reason,
            }),
        ),
        Fact::Changed(change) => ("changed", lines::change(change)),
        Fact::Held { by, reason } => ("held", json!({ "by": by, "reason": reason })),
        Fact::Released { by } => ("released", json!({ "by": by })),
    }
}

//! What of a rollback may be written. Limits and approvals do not bind it; the look-up by id does,
//! where it would switch a service off.

use super::confirm::ClearedChange;
use crate::decide::revert::Undo;
use crate::model::ids::{EventTypeId, TeamId};
use crate::model::reading::LookUp;
use crate::model::review::HoldTarget;
use crate::model::run::{ChangeKind, Intent};
use std::collections::BTreeMap;

/// What the gate says to one undo.
#[derive(Debug)]
pub enum Cleared {
    /// It may be written; and what is held afterwards.
    Now(ClearedChange, HoldTarget),
    /// It switches a service off: first its event type is looked up.
    AfterLookUp(DueRevert, HoldTarget),
    /// There is nothing to undo.
    Nothing,
    /// It is not written, and a person must look: what was asked for, and why not.
    Refused(Box<Intent>, Box<str>),
}

/// A revert that switches a service off, on its way to its look-up.
#[derive(Debug)]
#[must_use = "what is due must be confirmed, or it is not done"]
pub struct DueRevert {
    intent: Intent,
    event_type_id: EventTypeId,
}

/// Holds an undo against the gate. `name` and `reason` go into the journal.
pub fn clear_revert(undo: Undo, name: Box<str>, reason: &str) -> Cleared {
    let intent = |kind, change, note: Option<Box<str>>| {
        let reason = note.map_or_else(|| reason.into(), |note| format!("{reason}; {note}").into());
        Intent { kind, change, name, reason, review_id: None }
    };
    match undo {
        Undo::Write { kind, change, hold, note } => {
            Cleared::Now(ClearedChange::by_policy(intent(kind, change, note)), hold)
        }
        Undo::SwitchOff { change, event_type_id, hold } => {
            let intent = intent(ChangeKind::Revert, change, None);
            Cleared::AfterLookUp(DueRevert { intent, event_type_id }, hold)
        }
        Undo::Nothing { .. } => Cleared::Nothing,
        Undo::Conflict { kind, change, why } => {
            Cleared::Refused(Box::new(intent(kind, change, None)), why)
        }
    }
}

impl DueRevert {
    /// What must be looked up, in every team of the company.
    pub fn event_type_id(&self) -> EventTypeId {
        self.event_type_id
    }

    /// What would be written.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// Only `404 "Event type with id N not found"` from every team, each with a witness that is
    /// `200` in the same run, lets it pass; otherwise it is not written, and why.
    pub fn confirm(
        self,
        witnesses: &BTreeMap<TeamId, LookUp>,
        answers: &BTreeMap<TeamId, LookUp>,
    ) -> Result<ClearedChange, (Box<Intent>, Box<str>)> {
        if answers.is_empty() {
            return Err((Box::new(self.intent), "no team of the company is configured".into()));
        }
        for (team, answer) in answers {
            let doubt: Option<String> = match (answer, witnesses.get(team)) {
                (LookUp::Exists, _) => Some(format!(
                    "its event type is alive in team {team}: it stays switched on. Switch it \
                         off in the application if it should be off"
                )),
                (LookUp::Unclear(trouble), _) => Some(trouble.to_string()),
                (LookUp::NotFound, Some(LookUp::Exists)) => None,
                (LookUp::NotFound, _) => {
                    Some(format!("team {team} has no witness: \"not found\" proves nothing"))
                }
            };
            if let Some(doubt) = doubt {
                return Err((Box::new(self.intent), doubt.into()));
            }
        }
        Ok(ClearedChange::by_policy(self.intent))
    }
}

//! What would undo a change? One verdict an entry: restore, remove, switch off, or why not.
//!
//! A revert undoes one run and keeps the later ones. It restores exactly the columns that the entry
//! changed, and only on a row that still holds the entry's after-image: nobody's edit is lost.

use super::settle::describe_difference;
use crate::model::change::{Change, Column, Image, Value};
use crate::model::ids::{EventTypeId, RunId, ServiceId};
use crate::model::memory::Claims;
use crate::model::review::HoldTarget;
use crate::model::run::{ChangeKind, EntryState, JournalEntry};
use crate::model::service::{Service, SyncStatus};

#[cfg(test)]
mod tests;

/// Everything that is known of one entry when it is to be undone.
#[derive(Debug)]
pub struct RevertInput<'a> {
    /// The entry.
    pub entry: &'a JournalEntry,
    /// The row as it is now; `None`: gone.
    pub row: Option<&'a Service>,
    /// The last applied entry on the row after this one, and the run that its own run undid.
    pub later: Option<(&'a JournalEntry, Option<RunId>)>,
    /// What others have made of an imported row; `None`: nobody could tell.
    pub claims: Option<Claims>,
}

/// What would undo an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// Write this.
    Write {
        /// What it is.
        kind: ChangeKind,
        /// The write.
        change: Change,
        /// What is held afterwards, so that no later run redoes what was undone.
        hold: HoldTarget,
        /// Said beside it: why an import is not removed.
        note: Option<Box<str>>,
    },
    /// Write this, which switches a service off: only after promise 3's look-up by id.
    SwitchOff {
        /// The write.
        change: Change,
        /// What must be looked up.
        event_type_id: EventTypeId,
        /// What is held afterwards.
        hold: HoldTarget,
    },
    /// There is nothing to undo.
    Nothing {
        /// Why.
        why: Box<str>,
    },
    /// The row moved: it is left as it is, and a person must look.
    Conflict {
        /// What it is.
        kind: ChangeKind,
        /// What was asked for, and is not written.
        change: Change,
        /// What stands there, what was expected, and what a person can do.
        why: Box<str>,
    },
}

/// Judges one entry.
pub fn revert(input: &RevertInput<'_>) -> Undo {
    let entry = input.entry;
    if entry.state != EntryState::Applied {
        return Undo::Nothing { why: "it was never applied".into() };
    }
    if let Some((later, reverts)) = input.later {
        if is_undone_by(entry, later, reverts) {
            let why = format!("undone already by run {}", later.run_id);
            return Undo::Nothing { why: why.into() };
        }
        if !leaves_as_it_was(entry, later) {
            let (id, run) = (later.id, later.run_id);
            let why = format!(
                "journal entry {id} of run {run} changed it since: `reconciler rollback {run}` \
                 comes first"
            );
            return refuse(entry, why.into());
        }
    }
    match &entry.intent.change {
        Change::Update { service_id, before, after, .. } => {
            match standing(input.row, after, turned_to(after, before)) {
                Ok(row) => undo_update(row, *service_id, before, after),
                Err(why) => refuse(entry, why),
            }
        }
        Change::Insert { event_type_id, after, .. } => match imported(input.row, *event_type_id) {
            Ok(row) => undo_insert(row, input.claims.as_ref(), *event_type_id, after),
            Err(why) => refuse(entry, why),
        },
        Change::Remove { .. } => {
            let why = "a removed row is not put back, for its number would be another: \
                       once its event type is released, a run imports it anew";
            refuse(entry, why.into())
        }
    }
}

/// Whether runs have left anything of an entry to undo; whether people have, only its row tells.
/// `later` is the last applied entry on the row after it, and the run that its own run undid.
pub fn is_left(entry: &JournalEntry, later: Option<(&JournalEntry, Option<RunId>)>) -> bool {
    let stands = later.is_none_or(|(later, reverts)| {
        !is_undone_by(entry, later, reverts) && leaves_as_it_was(entry, later)
    });
    let for_good = matches!(entry.intent.change, Change::Remove { .. });
    entry.state == EntryState::Applied && !for_good && stands
}

fn is_undone_by(entry: &JournalEntry, later: &JournalEntry, reverts: Option<RunId>) -> bool {
    reverts == Some(entry.run_id) || puts_back(entry, later)
}

/// What was asked for is what a plain undo of the entry would have written.
fn refuse(entry: &JournalEntry, why: Box<str>) -> Undo {
    let company_id = entry.intent.change.company_id();
    let asked = match &entry.intent.change {
        Change::Update { service_id, before, after, .. } => Some(Change::Update {
            service_id: *service_id,
            company_id,
            before: after.clone(),
            after: before.clone(),
        }),
        Change::Insert { after, .. } => entry.service_id.map(|service_id| Change::Remove {
            service_id,
            company_id,
            before: after.clone(),
        }),
        Change::Remove { before, .. } => before.event_type_id().map(|event_type_id| {
            Change::Insert { company_id, event_type_id, after: before.clone() }
        }),
    };
    let change = asked.unwrap_or_else(|| entry.intent.change.clone());
    let kind = match change {
        Change::Remove { .. } => ChangeKind::Remove,
        Change::Update { .. } | Change::Insert { .. } => ChangeKind::Revert,
    };
    Undo::Conflict { kind, change, why }
}

/// A later entry that put the row where this one had put it (a rollback undone) is no obstacle.
fn leaves_as_it_was(entry: &JournalEntry, later: &JournalEntry) -> bool {
    let Some(theirs) = later.intent.change.after() else { return false };
    let mut written = entry.intent.change.written();
    written.all(|(column, value)| theirs.get(column).is_none_or(|now| now == value))
}

/// A later entry that put the row back to where it was before this one has undone it, whichever run
/// it was of: one of many deactivations rolled back at once, or a reactivation.
fn puts_back(entry: &JournalEntry, later: &JournalEntry) -> bool {
    let (was, now) = (entry.intent.change.before(), later.intent.change.after());
    let (Some(was), Some(now)) = (was, now) else { return false };
    let mut written = entry.intent.change.written();
    written.all(|(column, _)| now.get(column).is_some() && now.get(column) == was.get(column))
}

fn undo_update(row: &Service, service_id: ServiceId, before: &Image, after: &Image) -> Undo {
    let change = Change::Update {
        service_id,
        company_id: row.company_id,
        before: after.clone(),
        after: before.clone(),
    };
    let hold = HoldTarget::Service(service_id);
    match (turned_to(after, before), row.event_type_id) {
        (Some(false), Some(event_type_id)) => Undo::SwitchOff { change, event_type_id, hold },
        _ => Undo::Write { kind: ChangeKind::Revert, change, hold, note: None },
    }
}

/// An imported row is removed if it is as it was imported and nobody claims it; otherwise it is
/// switched off, and keeps its link and whatever somebody wrote into it.
fn undo_insert(
    row: &Service,
    claims: Option<&Claims>,
    event_type_id: EventTypeId,
    after: &Image,
) -> Undo {
    let hold = HoldTarget::EventType(event_type_id);
    let stands = row.seen_through(after);
    let claimed = match claims {
        _ if stands != *after => Some(describe_difference(row, after)),
        Some(claims) => claims.in_words(),
        None => Some("nobody could tell what points at it".to_owned()),
    };
    let Some(why) = claimed else {
        let change = Change::Remove {
            service_id: row.id,
            company_id: row.company_id,
            before: after.clone(),
        };
        return Undo::Write { kind: ChangeKind::Remove, change, hold, note: None };
    };
    if !row.lifecycle.is_active() {
        return Undo::Nothing { why: format!("inactive already, and {why}").into() };
    }
    Undo::Write {
        kind: ChangeKind::Revert,
        change: switched_off(row, stands),
        hold,
        note: Some(format!("not removed, for {why}: switched off").into()),
    }
}

/// The row, where it still holds an image and no local edit waits in it. `turned_to` is what it was
/// to be switched to.
fn standing<'a>(
    row: Option<&'a Service>,
    image: &Image,
    turned_to: Option<bool>,
) -> Result<&'a Service, Box<str>> {
    let row = row.ok_or("the row is gone")?;
    let advice = match (turned_to, row.lifecycle.is_active()) {
        (Some(true), false) => "switch it on in the application if it should be on",
        (Some(false), true) => "switch it off in the application if it should be off",
        _ => "change it in the application if it is not as it should be",
    };
    if row.seen_through(image) != *image {
        return Err(theirs(&describe_difference(row, image), advice));
    }
    without_local_edit(row, advice)
}

/// The row, where it is still that of the import and no local edit waits in it.
fn imported(row: Option<&Service>, link: EventTypeId) -> Result<&Service, Box<str>> {
    let row = row.ok_or("the row is gone")?;
    let advice = "switch it off in the application if it should not be there";
    if row.event_type_id != Some(link) {
        let link = Image::default().with([(Column::EventTypeId, Value::Int(link.0))]);
        return Err(theirs(&describe_difference(row, &link), advice));
    }
    without_local_edit(row, advice)
}

fn without_local_edit<'a>(row: &'a Service, advice: &str) -> Result<&'a Service, Box<str>> {
    match row.sync_status {
        Some(SyncStatus::Pending) => {
            Err(theirs("a local edit waits in it: sync_status is pending", advice))
        }
        _ => Ok(row),
    }
}

/// What was found, and what is left to a person: the row is somebody's now.
fn theirs(found: &str, advice: &str) -> Box<str> {
    format!("{found}. It is somebody's now: {advice}").into()
}

/// What a write switches a row to; `None` where it does not switch it.
fn turned_to(from: &Image, to: &Image) -> Option<bool> {
    match (from.get(Column::IsActive), to.get(Column::IsActive)) {
        (Some(Value::Bool(was)), Some(Value::Bool(will))) if was != will => Some(*will),
        _ => None,
    }
}

fn switched_off(row: &Service, before: Image) -> Change {
    let after = before.clone().with([(Column::IsActive, Value::Bool(false))]);
    Change::Update { service_id: row.id, company_id: row.company_id, before, after }
}

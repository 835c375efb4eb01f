//! Look: what the ledger knows, for people who ask. Nothing here writes, and none of it asks
//! Cal.com or the application's database.

use super::work::Records;
use crate::io::ledger::{Ledger, LedgerError, ObservationRecord};
use crate::io::lock::{LockError, RunLock};
use crate::model::Timestamp;
use crate::model::chain::ChainHead;
use crate::model::change::{Column, Value};
use crate::model::ids::{CompanyId, EventTypeId, RunId, ServiceId};
use crate::model::run::{EntryState, RunKind};
use crate::report::history::{Older, RunsReport, ShownRun};
use crate::report::lines::{ChangeLine, ObservationLine, PutBack};
use crate::report::status::{Activity, StatusReport};
use crate::report::story::Story;
use anyhow::Context;
use std::collections::BTreeMap;

mod show;
mod status;
mod story;
#[cfg(test)]
mod tests;

pub(super) use status::status as standing;

/// What came of a look at one thing by its number.
#[derive(Debug, Clone)]
pub enum Look<T> {
    /// Here it is.
    Found(Box<T>),
    /// No run ever was, of this ledger; and where another one ended that was here.
    NoRunYet(Option<ChainHead>),
    /// There is none of this number.
    Unknown {
        /// Another number that was perhaps meant: the newest run, or the service that is linked to
        /// the event type whose number was given.
        perhaps: Option<i64>,
    },
}

/// What is going on.
pub fn status(records: Records<'_>, now: Timestamp) -> anyhow::Result<StatusReport> {
    let activity = activity(records);
    let ledger = open(records)?;
    standing(records, &ledger, activity, now).context(UNREADABLE)
}

/// The runs, newest first; at most `most` of them, where that is given.
pub fn runs(records: Records<'_>, most: Option<u32>) -> anyhow::Result<RunsReport> {
    let activity = activity(records);
    let ledger = open(records)?;
    let asked = most.map_or(u32::MAX, |most| most.saturating_add(1));
    let mut runs = ledger.runs(asked).context(UNREADABLE)?;
    let shown = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let older = if runs.len() > shown { Older::More } else { Older::NoMore };
    runs.truncate(shown);
    let gone = gone(&ledger).context(UNREADABLE)?;
    let mut put_back = BTreeMap::new();
    for run in runs.iter().filter(|run| matches!(run.kind, RunKind::Rollback { .. })) {
        let entries = ledger.entries_of_run(run.id).context(UNREADABLE)?;
        let lines: Vec<ChangeLine> = entries.iter().map(ChangeLine::of_entry).collect();
        put_back.insert(run.id, PutBack::of(&lines));
    }
    Ok(RunsReport { runs, put_back, gone, older, activity })
}

/// One run.
pub fn show(records: Records<'_>, id: RunId) -> anyhow::Result<Look<ShownRun>> {
    let activity = activity(records);
    let ledger = open(records)?;
    let Some(newest) = ledger.last_run().context(UNREADABLE)? else {
        return Ok(Look::NoRunYet(gone(&ledger).context(UNREADABLE)?));
    };
    let Some(run) = ledger.run(id).context(UNREADABLE)? else {
        return Ok(Look::Unknown { perhaps: Some(newest.id.0) });
    };
    // Only the newest run can be at work: the lock lets no two.
    let activity = if run.id == newest.id { activity } else { Activity::Idle };
    let companies = show::companies(&ledger, run.id).context(UNREADABLE)?;
    let holds = ledger.held_by_run(run.id).context(UNREADABLE)?;
    Ok(Look::Found(Box::new(ShownRun { run, activity, companies, holds })))
}

/// One service's whole story.
pub fn explain(records: Records<'_>, id: ServiceId) -> anyhow::Result<Look<Story>> {
    let ledger = open(records)?;
    if ledger.last_run().context(UNREADABLE)?.is_none() {
        return Ok(Look::NoRunYet(gone(&ledger).context(UNREADABLE)?));
    }
    if let Some(story) = story::story(records, &ledger, id).context(UNREADABLE)? {
        return Ok(Look::Found(Box::new(story)));
    }
    let linked = ledger.service_linked_to(EventTypeId(id.0)).context(UNREADABLE)?;
    Ok(Look::Unknown { perhaps: linked.map(|id| id.0) })
}

/// Where the ledger ended that was here, where this one has had no run since.
pub(super) fn gone(ledger: &Ledger) -> Result<Option<ChainHead>, LedgerError> {
    match ledger.last_run()? {
        Some(_) => Ok(None),
        None => ledger.lost_head(),
    }
}

pub(super) const UNREADABLE: &str = "the ledger could not be read";

pub(super) fn open(records: Records<'_>) -> anyhow::Result<Ledger> {
    records.ledger_to_read().context("the ledger could not be opened")
}

pub(super) fn activity(records: Records<'_>) -> Activity {
    match RunLock::share(records.ledger) {
        Err(LockError::Held { .. }) => Activity::RunAtWork,
        Ok(_) | Err(LockError::File { .. }) => Activity::Idle,
    }
}

/// An observation, for people.
pub(super) fn observation_line(record: &ObservationRecord) -> ObservationLine {
    ObservationLine {
        id: Some(record.id),
        team_id: record.team_id,
        verdict: record.verdict,
        counts_for_absence: record.counts_for_absence,
        findings: record.findings.clone(),
        event_types: record.event_types,
        previous_event_types: record.previous_event_types,
    }
}

impl KnownRow {
    /// Active, and not booked all the same: the application books active rows only while their
    /// `sync_status` is one of its own words for "all right".
    fn is_unbookable(&self) -> bool {
        let is_well =
            matches!(self.sync_status.as_deref(), None | Some("synced" | "pending" | "never"));
        self.is_active && !is_well
    }
}

/// A row, as it must stand by what is known: as last seen, and changed by what was applied since.
#[derive(Debug, Clone)]
pub(super) struct KnownRow {
    pub name: Box<str>,
    pub event_type_id: Option<EventTypeId>,
    pub is_active: bool,
    pub sync_status: Option<Box<str>>,
}

/// A company's rows, in order of their ids.
pub(super) fn known_rows(
    ledger: &Ledger,
    company: CompanyId,
) -> Result<BTreeMap<ServiceId, KnownRow>, LedgerError> {
    let seen = ledger.rows_last_seen(company)?.into_iter().map(|row| {
        let known = KnownRow {
            name: row.name,
            event_type_id: row.event_type_id,
            is_active: row.is_active,
            sync_status: row.sync_status,
        };
        (row.service_id, known)
    });
    let mut rows: BTreeMap<ServiceId, KnownRow> = seen.collect();
    for entry in ledger.entries_not_seen_yet(company)? {
        let (EntryState::Applied, Some(id)) = (entry.state, entry.service_id) else { continue };
        let Some(after) = entry.intent.change.after() else {
            rows.remove(&id);
            continue;
        };
        let row = rows.entry(id).or_insert_with(|| KnownRow {
            name: entry.intent.name.clone(),
            event_type_id: None,
            is_active: false,
            sync_status: None,
        });
        if let Some(Value::Bool(is_active)) = after.get(Column::IsActive) {
            row.is_active = *is_active;
        }
        match after.get(Column::SyncStatus) {
            Some(Value::Text(status)) => row.sync_status = Some(status.clone()),
            Some(_) => row.sync_status = None,
            None => {}
        }
        if after.get(Column::EventTypeId).is_some() {
            row.event_type_id = after.event_type_id();
        } else if entry.intent.change.before().is_none() {
            row.event_type_id = entry.intent.change.event_type_id();
        }
        if let Some(Value::Text(name)) = after.get(Column::Name) {
            row.name.clone_from(name);
        }
    }
    Ok(rows)
}

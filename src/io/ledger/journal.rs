//! The journal: every change is written down before it is made, and settles once.

use super::{Ledger, Result, answers, commit, images, millis, moment, reviews, word};
use crate::model::Timestamp;
use crate::model::ids::{CompanyId, EventTypeId, JournalId, ReviewId, RunId, ServiceId};
use crate::model::review::{HoldTarget, ReviewState, Word};
use crate::model::run::{ChangeKind, EntryState, Intent, JournalEntry, Refused, Settlement};
use rusqlite::{Row, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// What a rollback leaves held, so that no later run redoes what it undoes. A sync leaves nothing.
#[derive(Debug, Clone)]
pub struct Leaving {
    /// Who rolls back, and why.
    pub word: Word,
    /// What is held.
    pub holds: Vec<HoldTarget>,
}

impl Ledger {
    /// Writes down what is about to be written, and what will be held because of it, in one
    /// commit; the numbers are in the same order.
    pub fn journal(
        &mut self,
        run: RunId,
        at: Timestamp,
        intents: &[&Intent],
        leaving: Option<&Leaving>,
    ) -> Result<Vec<JournalId>> {
        let tx = self.write()?;
        if let Some(Leaving { word, holds }) = leaving {
            for target in holds {
                answers::hold(&tx, word, *target, Some(run))?;
            }
        }
        let ids: Result<_> =
            intents.iter().map(|intent| write_down(&tx, run, at, intent)).collect();
        let ids = ids?;
        commit(tx)?;
        Ok(ids)
    }

    /// Writes down what a rollback would not do, each settled at once, in one commit: no entry of it
    /// is ever open, and no hold goes with it.
    pub fn refuse(
        &mut self,
        run: RunId,
        at: Timestamp,
        refused: &[Refused],
    ) -> Result<Vec<JournalId>> {
        let tx = self.write()?;
        let mut ids = Vec::with_capacity(refused.len());
        for Refused { intent, service_id, why } in refused {
            let journal_id = write_down(&tx, run, at, intent)?;
            let (state, note) = (EntryState::Conflicted, Some(why.clone()));
            let settlement = Settlement { journal_id, state, service_id: *service_id, note };
            write_end(&tx, None, &settlement)?;
            ids.push(journal_id);
        }
        commit(tx)?;
        Ok(ids)
    }

    /// Settles entries, the approved questions they answer, and the holds that go with them, in one
    /// commit. `by` is the run that found out, where that is not the run that wrote the entry. The
    /// entries with which a hold ended are given back.
    pub fn settle(
        &mut self,
        by: Option<RunId>,
        settlements: &[Settlement],
    ) -> Result<BTreeSet<JournalId>> {
        let tx = self.write()?;
        let mut released = BTreeSet::new();
        for settlement in settlements {
            let Settlement { journal_id, state, note, .. } = settlement;
            write_end(&tx, by, settlement)?;
            if release_with(&tx, by, settlement)? {
                released.insert(*journal_id);
            }
            let review: Option<i64> = tx
                .prepare_cached("SELECT review_id FROM journal WHERE id = ?1")?
                .query_row([journal_id.0], |row| row.get(0))?;
            let Some(review) = review.map(ReviewId) else { continue };
            match (state, by) {
                (EntryState::Applied, _) => {
                    reviews::turn(&tx, review, ReviewState::Applied, "applied")?;
                }
                // A yes is used once: what its own run could not finish is asked again.
                (_, Some(_)) | (EntryState::Conflicted, None) => {
                    let note = note.as_deref().unwrap_or("its run was cut off before the write");
                    reviews::turn(&tx, review, ReviewState::Void, note)?;
                }
                (_, None) => {}
            }
        }
        commit(tx)?;
        Ok(released)
    }

    /// The entries whose outcome is not known: what an interrupted run left.
    pub fn open_entries(&self) -> Result<Vec<JournalEntry>> {
        self.entries("WHERE state = 'intended' AND 0 = ?1 ORDER BY id", 0)
    }

    /// The entries of a run, in the order in which they were written down.
    pub fn entries_of_run(&self, run: RunId) -> Result<Vec<JournalEntry>> {
        self.entries("WHERE run_id = ?1 ORDER BY id", run.0)
    }

    /// The entries on a row, oldest first.
    pub fn entries_of_service(&self, service: ServiceId) -> Result<Vec<JournalEntry>> {
        self.entries("WHERE service_id = ?1 ORDER BY id", service.0)
    }

    /// The last applied entry on a row after a given one, and the run that its own run undid.
    pub fn later_entry(
        &self,
        service: ServiceId,
        after: JournalId,
    ) -> Result<Option<(JournalEntry, Option<RunId>)>> {
        let mut later = self.entries_of_service(service)?;
        later.retain(|entry| entry.id > after && entry.state == EntryState::Applied);
        let Some(last) = later.pop() else { return Ok(None) };
        let reverts = self.undone_by(last.run_id)?;
        Ok(Some((last, reverts)))
    }

    /// The last applied entry on each row since a given one, and the run that its own run undid.
    pub fn last_entries(
        &self,
        since: JournalId,
    ) -> Result<BTreeMap<ServiceId, (JournalEntry, Option<RunId>)>> {
        let mut last = BTreeMap::new();
        for entry in self.entries("WHERE id >= ?1 AND state = 'applied' ORDER BY id", since.0)? {
            let reverts = self.undone_by(entry.run_id)?;
            if let Some(service) = entry.service_id {
                last.insert(service, (entry, reverts));
            }
        }
        Ok(last)
    }

    /// The run that a rollback undid.
    fn undone_by(&self, run: RunId) -> Result<Option<RunId>> {
        let reverts: Option<i64> = self
            .connection
            .prepare_cached("SELECT reverts FROM runs WHERE id = ?1")?
            .query_row([run.0], |row| row.get(0))?;
        Ok(reverts.map(RunId))
    }

    /// The deactivations that were applied since a moment, newest first.
    pub fn deactivations_since(&self, at: Timestamp) -> Result<Vec<JournalEntry>> {
        self.entries(
            "WHERE at >= ?1 AND kind = 'deactivate' AND state = 'applied' ORDER BY id DESC",
            millis(at),
        )
    }

    pub(super) fn entries(&self, which: &str, key: i64) -> Result<Vec<JournalEntry>> {
        let query = format!("SELECT * FROM journal_entries {which}");
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map([key], |row| Ok(entry(row)))?;
        rows.map(|row| row?).collect()
    }
}

fn write_down(
    tx: &Transaction<'_>,
    run: RunId,
    at: Timestamp,
    intent: &Intent,
) -> Result<JournalId> {
    let (before, after) = (intent.change.before(), intent.change.after());
    tx.prepare_cached(
        "INSERT INTO journal (run_id, at, company_id, service_id, event_type_id, kind,
                              name, before, after, reason, review_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute((
        run.0,
        millis(at),
        intent.change.company_id().0,
        intent.change.service_id().map(|id| id.0),
        intent.change.event_type_id().map(|id| id.0),
        intent.kind.as_str(),
        &*intent.name,
        images::text(before)?,
        images::text(after)?,
        &*intent.reason,
        intent.review_id.map(|id| id.0),
    ))?;
    Ok(JournalId(tx.last_insert_rowid()))
}

fn write_end(tx: &Transaction<'_>, by: Option<RunId>, settlement: &Settlement) -> Result<()> {
    let Settlement { journal_id, state, service_id, note } = settlement;
    tx.prepare_cached(
        "INSERT INTO settlements (journal_id, run_id, state, service_id, note)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((
        journal_id.0,
        by.map(|run| run.0),
        state.as_str(),
        service_id.map(|id| id.0),
        note.as_deref(),
    ))?;
    Ok(())
}

/// Ends the hold that an entry of a rollback makes pointless; whether there was one.
///
/// | the entry | the hold that ends |
/// |---|---|
/// | applied | that of the rollback which it undoes |
/// | not applied | that of its own run: what was not restored is not held for it |
/// | found conflicted by a later run | none: it may have been written, and changed since |
fn release_with(tx: &Transaction<'_>, by: Option<RunId>, settlement: &Settlement) -> Result<bool> {
    let whose = match (settlement.state, by) {
        (EntryState::Applied, _) => "own.reverts",
        (EntryState::Abandoned, _) | (EntryState::Conflicted, None) => "own.id",
        (EntryState::Conflicted, Some(_)) | (EntryState::Intended, _) => return Ok(false),
    };
    let ended = tx
        .prepare_cached(&format!(
            "UPDATE holds SET released_at = settling.started_at,
                              released_by = 'run ' || settling.id
             FROM journal j JOIN runs own ON own.id = j.run_id
             JOIN runs settling ON settling.id = coalesce(?2, own.id)
             WHERE j.id = ?1 AND holds.run_id = {whose} AND holds.released_at IS NULL
               AND (holds.service_id = j.service_id OR holds.event_type_id = j.event_type_id)"
        ))?
        .execute((settlement.journal_id.0, by.map(|run| run.0)))?;
    Ok(ended > 0)
}

fn entry(row: &Row<'_>) -> Result<JournalEntry> {
    let (before, after): (Option<String>, Option<String>) = (row.get("before")?, row.get("after")?);
    let (kind, state): (String, String) = (row.get("kind")?, row.get("state")?);
    let service_id = row.get::<_, Option<i64>>("service_id")?.map(ServiceId);
    let event_type_id = row.get::<_, Option<i64>>("event_type_id")?.map(EventTypeId);
    let change = images::change(
        CompanyId(row.get("company_id")?),
        service_id,
        event_type_id,
        images::image(before.as_deref())?,
        images::image(after.as_deref())?,
    )?;
    Ok(JournalEntry {
        id: JournalId(row.get("id")?),
        run_id: RunId(row.get("run_id")?),
        at: moment(row.get("at")?)?,
        intent: Intent {
            kind: word(&ChangeKind::ALL, ChangeKind::as_str, &kind)?,
            change,
            name: row.get("name")?,
            reason: row.get("reason")?,
            review_id: row.get::<_, Option<i64>>("review_id")?.map(ReviewId),
        },
        state: word(&EntryState::ALL, EntryState::as_str, &state)?,
        service_id,
        note: row.get("note")?,
    })
}

//! Writing to the file: by primary key, by compare-and-set, and by clearance only.

use super::SqliteStore;
use super::claims::Claimants;
use super::trouble::{in_words, not_applied};
use crate::decide::gate::ClearedChange;
use crate::io::power;
use crate::io::store::table::Table;
use crate::io::store::{Outcome, Result, STAMP_BATCH, StoreError, Written, moment};
use crate::model::Timestamp;
use crate::model::change::Change;
use crate::model::ids::{JournalId, ServiceId};
use crate::model::run::EntryState;
use rusqlite::{ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params_from_iter};

impl SqliteStore {
    /// Writes cleared changes in one transaction.
    pub fn apply(&mut self, batch: Vec<(JournalId, ClearedChange)>) -> Result<Vec<Written>> {
        power::step();
        let Self { connection, file, table, settings, .. } = self;
        let tx = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(not_applied)?;
        file.is_still_there().map_err(|moved| StoreError::NotApplied(moved.into()))?;
        let removes =
            |cleared: &ClearedChange| matches!(cleared.intent().change, Change::Remove { .. });
        let claimants = batch
            .iter()
            .any(|(_, cleared)| removes(cleared))
            .then(|| Claimants::of(&tx, settings))
            .transpose()
            .map_err(not_applied)?;
        let mut written = Vec::with_capacity(batch.len());
        for (journal_id, cleared) in batch {
            let change = &cleared.intent().change;
            let outcome = match table.refuses(change) {
                Some(why) => Outcome::Refused(why),
                None => match write(&tx, table, change, claimants.as_ref()) {
                    Ok(outcome) => outcome,
                    // The database refuses this one row (a unique index, a trigger, a CHECK): its
                    // statement is undone, the others stand.
                    Err(error)
                        if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
                    {
                        Outcome::Refused(error.to_string())
                    }
                    Err(error) => return Err(not_applied(error)),
                },
            };
            written.push(outcome.of(journal_id, change.service_id()));
        }
        power::step();
        commit(tx)?;
        power::step();
        self.file.is_still_there().map_err(|moved| StoreError::OutcomeUnknown(moved.into()))?;
        let unexplained =
            |one: &&mut Written| one.state == EntryState::Conflicted && one.note.is_none();
        for one in written.iter_mut().filter(unexplained) {
            let found = one.service_id.map(|id| self.row(id)).transpose();
            one.note = Some(one.what_stands_there(&found));
        }
        Ok(written)
    }

    /// Writes `last_sync` alone.
    pub fn stamp(&mut self, rows: &[ServiceId], now: Timestamp) -> Result<()> {
        if rows.is_empty() || !self.table.has_stamp() {
            return Ok(());
        }
        power::step();
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(not_applied)?;
        self.file.is_still_there().map_err(|moved| StoreError::NotApplied(moved.into()))?;
        for batch in rows.chunks(STAMP_BATCH) {
            let Some(statement) = self.table.stamp(batch, &moment(now)) else { continue };
            tx.prepare_cached(statement.text())
                .and_then(|mut query| query.execute(params_from_iter(statement.values())))
                .map_err(not_applied)?;
        }
        commit(tx)?;
        power::step();
        Ok(())
    }
}

/// A commit that fails for want of the lock has not happened. Any other failure may have.
fn commit(tx: Transaction<'_>) -> Result<()> {
    tx.commit().map_err(|error| match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::ConstraintViolation
            | ErrorCode::ReadOnly
            | ErrorCode::DiskFull,
        ) => not_applied(error),
        _ => StoreError::OutcomeUnknown(in_words(error)),
    })
}

fn write(
    tx: &Transaction<'_>,
    table: &Table,
    change: &Change,
    claimants: Option<&Claimants<'_>>,
) -> rusqlite::Result<Outcome> {
    if let Change::Remove { service_id, before, .. } = change {
        // Asked again, where nobody can come in between: a row may have been booked since it was
        // read, and a foreign key may take the booking along.
        let Some(claimants) = claimants else { return Ok(Outcome::Conflict) };
        if let Some(by) = claimants.claims(tx, *service_id, before)?.in_words() {
            return Ok(Outcome::Claimed(by));
        }
    }
    let statement = table.write(change);
    let mut query = tx.prepare_cached(statement.text())?;
    let values = params_from_iter(statement.values());
    match change {
        Change::Update { service_id, .. } | Change::Remove { service_id, .. } => {
            let changed = query.execute(values)?;
            Ok(if changed == 1 { Outcome::Applied(*service_id) } else { Outcome::Conflict })
        }
        Change::Insert { .. } => {
            let id = query.query_row(values, |row| row.get(0)).optional()?;
            Ok(id.map_or(Outcome::Conflict, |id| Outcome::Applied(ServiceId(id))))
        }
    }
}

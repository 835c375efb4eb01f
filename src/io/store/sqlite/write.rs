//! Writing: by primary key, by compare-and-set, and by clearance only.

use super::claims::Claimants;
use super::trouble::{in_words, not_applied};
use super::{MOMENT, SqliteStore, quoted, quoted_table};
use crate::decide::gate::ClearedChange;
use crate::io::power;
use crate::io::store::{Result, StoreError, Written};
use crate::model::Timestamp;
use crate::model::change::{Change, Column, Image, Value};
use crate::model::ids::{CompanyId, EventTypeId, JournalId, ServiceId};
use crate::model::run::EntryState;
use rusqlite::types::ToSql;
use rusqlite::{ErrorCode, Transaction, TransactionBehavior};

/// How many rows one statement of the stamp names.
const STAMP_BATCH: usize = 500;

impl SqliteStore {
    /// Writes cleared changes in one transaction.
    pub fn apply(&mut self, batch: Vec<(JournalId, ClearedChange)>) -> Result<Vec<Written>> {
        let statements = Statements::of(self);
        power::step();
        let Self { connection, file, table, columns, references, .. } = self;
        let tx = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(not_applied)?;
        file.is_still_there().map_err(|moved| StoreError::NotApplied(moved.into()))?;
        let removes =
            |cleared: &ClearedChange| matches!(cleared.intent().change, Change::Remove { .. });
        let claimants = batch
            .iter()
            .any(|(_, cleared)| removes(cleared))
            .then(|| Claimants::of(&tx, table, columns, references))
            .transpose()
            .map_err(not_applied)?;
        let mut written = Vec::with_capacity(batch.len());
        for (journal_id, cleared) in batch {
            let change = &cleared.intent().change;
            let outcome = match statements.write(&tx, change, claimants.as_ref()) {
                Ok(outcome) => outcome,
                // The database refuses this one row (a unique index, a trigger, a CHECK): its
                // statement is undone, the others stand.
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                    Outcome::Refused(error.to_string())
                }
                Err(error) => return Err(not_applied(error)),
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
            one.note = Some(self.what_stands_there(one)?);
        }
        Ok(written)
    }

    /// Writes `last_sync` alone.
    pub fn stamp(&mut self, rows: &[ServiceId], now: Timestamp) -> Result<()> {
        let Some(column) = self.columns.last_sync.as_deref().map(quoted) else { return Ok(()) };
        if rows.is_empty() {
            return Ok(());
        }
        let (table, id) = (quoted_table(&self.table), quoted(&self.columns.id));
        let moment = now.format(MOMENT).to_string();
        power::step();
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(not_applied)?;
        self.file.is_still_there().map_err(|moved| StoreError::NotApplied(moved.into()))?;
        for batch in rows.chunks(STAMP_BATCH) {
            let marks = vec!["?"; batch.len()].join(", ");
            let query = format!("UPDATE {table} SET {column} = ? WHERE {id} IN ({marks})");
            let keys = batch.iter().map(|row| &row.0 as &dyn ToSql);
            let parameters: Vec<&dyn ToSql> =
                std::iter::once(&moment as &dyn ToSql).chain(keys).collect();
            tx.prepare_cached(&query)
                .and_then(|mut statement| statement.execute(parameters.as_slice()))
                .map_err(not_applied)?;
        }
        commit(tx)?;
        power::step();
        Ok(())
    }

    fn what_stands_there(&self, written: &Written) -> Result<Box<str>> {
        let Some(id) = written.service_id else {
            return Ok("the event type is linked already".into());
        };
        let note = match self.row(id)?.as_slice() {
            [] => format!("row {id} is gone"),
            _ => format!("row {id} has changed since it was read"),
        };
        Ok(note.into())
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

enum Outcome {
    Applied(ServiceId),
    Conflict,
    Claimed(String),
    Refused(String),
}

impl Outcome {
    fn of(self, journal_id: JournalId, service_id: Option<ServiceId>) -> Written {
        let (state, service_id, note) = match self {
            Self::Applied(id) => (EntryState::Applied, Some(id), None),
            Self::Conflict => (EntryState::Conflicted, service_id, None),
            Self::Claimed(by) => {
                let note = format!("not removed, for {by} by now");
                (EntryState::Conflicted, service_id, Some(note.into()))
            }
            Self::Refused(why) => (EntryState::Abandoned, service_id, Some(why.into())),
        };
        Written { journal_id, state, service_id, note }
    }
}

/// The names that every statement needs.
struct Statements {
    table: String,
    id: String,
    company: String,
    link: String,
    columns: Vec<(Column, String)>,
}

impl Statements {
    fn of(store: &SqliteStore) -> Self {
        let columns =
            store.columns.mapped.iter().map(|(column, name)| (*column, quoted(name))).collect();
        Self {
            table: quoted_table(&store.table),
            id: quoted(&store.columns.id),
            company: store.column(Column::CompanyId),
            link: store.column(Column::EventTypeId),
            columns,
        }
    }

    fn name(&self, wanted: Column) -> Option<&str> {
        let found = self.columns.iter().find(|(column, _)| *column == wanted)?;
        Some(&found.1)
    }

    fn write(
        &self,
        tx: &Transaction<'_>,
        change: &Change,
        claimants: Option<&Claimants<'_>>,
    ) -> rusqlite::Result<Outcome> {
        match change {
            Change::Update { service_id, company_id, before, .. } => {
                let written: Vec<(&str, &Value)> = change
                    .written()
                    .filter_map(|(column, value)| Some((self.name(column)?, value)))
                    .collect();
                let sets: Vec<String> =
                    written.iter().map(|(name, _)| format!("{name} = ?")).collect();
                let head = format!("UPDATE {} SET {}", self.table, sets.join(", "));
                let values = written.iter().map(|(_, value)| *value as &dyn ToSql).collect();
                self.compare_and(tx, &head, values, *service_id, *company_id, before)
            }
            Change::Remove { service_id, company_id, before } => {
                // Asked again, where nobody can come in between: a row may have been booked since
                // it was read, and a foreign key may take the booking along.
                let Some(claimants) = claimants else { return Ok(Outcome::Conflict) };
                if let Some(by) = claimants.claims(tx, *service_id, before)?.in_words() {
                    return Ok(Outcome::Claimed(by));
                }
                let head = format!("DELETE FROM {}", self.table);
                self.compare_and(tx, &head, Vec::new(), *service_id, *company_id, before)
            }
            Change::Insert { company_id, event_type_id, after } => {
                self.insert(tx, *company_id, *event_type_id, after)
            }
        }
    }

    /// The row is named by its primary key, and must still hold its before-image.
    fn compare_and(
        &self,
        tx: &Transaction<'_>,
        head: &str,
        values: Vec<&dyn ToSql>,
        service_id: ServiceId,
        company_id: CompanyId,
        before: &Image,
    ) -> rusqlite::Result<Outcome> {
        let mut query = format!("{head} WHERE {} = ? AND {} = ?", self.id, self.company);
        let mut expected: Vec<&dyn ToSql> = Vec::new();
        for (column, value) in before.iter() {
            let Some(name) = self.name(column) else { continue };
            // NULL means `never` to the application, and an image says so.
            let never = column == Column::SyncStatus && *value == Value::Text("never".into());
            if never {
                query.extend([" AND coalesce(", name, ", 'never') = ?"]);
            } else {
                query.extend([" AND ", name, " IS ?"]);
            }
            expected.push(value);
        }
        let mut parameters = values;
        parameters.push(&service_id.0);
        parameters.push(&company_id.0);
        parameters.extend(expected);
        let changed = tx.prepare_cached(&query)?.execute(parameters.as_slice())?;
        Ok(if changed == 1 { Outcome::Applied(service_id) } else { Outcome::Conflict })
    }

    /// Nothing is imported twice: the event type is looked for in the same transaction.
    fn insert(
        &self,
        tx: &Transaction<'_>,
        company_id: CompanyId,
        event_type_id: EventTypeId,
        after: &Image,
    ) -> rusqlite::Result<Outcome> {
        let exists: bool = tx
            .prepare_cached(&format!(
                "SELECT EXISTS (SELECT 1 FROM {} WHERE {} = ? AND {} = ?)",
                self.table, self.company, self.link
            ))?
            .query_row((company_id.0, event_type_id.0), |row| row.get(0))?;
        if exists {
            return Ok(Outcome::Conflict);
        }
        let cells: Vec<(&str, &Value)> =
            after.iter().filter_map(|(column, value)| Some((self.name(column)?, value))).collect();
        let names: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
        let marks = vec!["?"; cells.len()].join(", ");
        let query = format!(
            "INSERT INTO {} ({}) VALUES ({marks}) RETURNING {}",
            self.table,
            names.join(", "),
            self.id
        );
        let values: Vec<&dyn ToSql> = cells.iter().map(|(_, value)| *value as &dyn ToSql).collect();
        let id = tx.prepare_cached(&query)?.query_row(values.as_slice(), |row| row.get(0))?;
        Ok(Outcome::Applied(ServiceId(id)))
    }
}

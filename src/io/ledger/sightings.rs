//! The application's rows, as runs saw them: kept as intervals, compared in one ordered pass.

use super::{Ledger, Result, commit};
use crate::model::ids::{CompanyId, RunId, ServiceId};
use crate::model::service::{Service, SyncStatus};
use rusqlite::{Row, Transaction};

/// What is kept of a row.
struct Seen<'a> {
    name: &'a str,
    event_type_id: Option<i64>,
    is_active: bool,
    sync_status: Option<&'a str>,
}

impl<'a> Seen<'a> {
    fn of(row: &'a Service) -> Self {
        Self {
            name: &row.name,
            event_type_id: row.event_type_id.map(|id| id.0),
            is_active: row.lifecycle.is_active(),
            sync_status: row.sync_status.as_ref().map(SyncStatus::as_str),
        }
    }

    fn is_standing_in(&self, open: &Row<'_>) -> rusqlite::Result<bool> {
        Ok(open.get::<_, Option<i64>>(2)? == self.event_type_id
            && open.get::<_, bool>(3)? == self.is_active)
    }

    fn is_in(&self, open: &Row<'_>) -> rusqlite::Result<bool> {
        Ok(self.is_standing_in(open)?
            && open.get_ref(1)?.as_str()? == self.name
            && open.get_ref(4)?.as_str_or_null()? == self.sync_status)
    }
}

impl Ledger {
    /// Writes down how a run saw a company's rows, in order of their ids, where it saw them
    /// otherwise than the last run did.
    pub fn record_sightings(
        &mut self,
        run: RunId,
        company: CompanyId,
        rows: &[Service],
    ) -> Result<()> {
        let changes = compare(&self.connection, company, rows)?;
        if changes.is_empty() {
            return Ok(());
        }
        let tx = self.write()?;
        for change in changes {
            change.write(&tx, run, company)?;
        }
        commit(tx)
    }
}

/// A row that is not as the last run saw it.
enum Difference<'a> {
    New(&'a Service),
    Other { row: &'a Service, standing_since: Option<i64> },
    Gone(ServiceId),
}

fn compare<'a>(
    connection: &rusqlite::Connection,
    company: CompanyId,
    rows: &'a [Service],
) -> Result<Vec<Difference<'a>>> {
    let mut statement = connection.prepare_cached(
        "SELECT service_id, name, event_type_id, is_active, sync_status, standing_since
         FROM sightings INDEXED BY sightings_open
         WHERE company_id = ?1 AND until_run IS NULL ORDER BY service_id",
    )?;
    let mut open = statement.query([company.0])?;
    let mut rows = rows.iter().peekable();
    let mut differences = Vec::new();
    while let Some(sighting) = open.next()? {
        let id = ServiceId(sighting.get(0)?);
        while let Some(new) = rows.next_if(|row| row.id < id) {
            differences.push(Difference::New(new));
        }
        let Some(row) = rows.next_if(|row| row.id == id) else {
            differences.push(Difference::Gone(id));
            continue;
        };
        let seen = Seen::of(row);
        if !seen.is_in(sighting)? {
            let stands = seen.is_standing_in(sighting)?;
            let standing_since = if stands { Some(sighting.get(5)?) } else { None };
            differences.push(Difference::Other { row, standing_since });
        }
    }
    differences.extend(rows.map(Difference::New));
    Ok(differences)
}

impl Difference<'_> {
    fn write(&self, tx: &Transaction<'_>, run: RunId, company: CompanyId) -> Result<()> {
        let ended = match self {
            Self::New(_) => None,
            Self::Other { row, .. } => Some(row.id),
            Self::Gone(id) => Some(*id),
        };
        if let Some(id) = ended {
            tx.prepare_cached(
                "UPDATE sightings SET until_run = ?1
                 WHERE company_id = ?2 AND service_id = ?3 AND until_run IS NULL",
            )?
            .execute((run.0, company.0, id.0))?;
        }
        let (row, standing_since) = match self {
            Self::New(row) => (row, None),
            Self::Other { row, standing_since } => (row, *standing_since),
            Self::Gone(_) => return Ok(()),
        };
        let seen = Seen::of(row);
        tx.prepare_cached(
            "INSERT INTO sightings (service_id, since_run, company_id, name, event_type_id,
                                    is_active, sync_status, standing_since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            row.id.0,
            run.0,
            company.0,
            seen.name,
            seen.event_type_id,
            seen.is_active,
            seen.sync_status,
            standing_since.unwrap_or(run.0),
        ))?;
        Ok(())
    }
}

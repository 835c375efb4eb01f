//! The application's table in a SQLite file, whose journal mode stays as found.

use super::row::{self, Cell};
use super::sql::{Dialect, Found, Kind, Statement};
use super::table::Table;
use super::{Access, Result, StoreError, TableFact, facts};
use crate::model::Timestamp;
use crate::model::change::{Column, Value};
use crate::model::ids::{CompanyId, EventTypeId, ServiceId};
use crate::model::memory::References;
use crate::model::service::Service;
use crate::model::settings::StoreSettings;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

mod claims;
mod open;
mod trouble;
mod write;

use open::{OpenFile, Opened, open};
use trouble::{in_words, not_applied};

/// A `services` table in a SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    file: OpenFile,
    table: Table,
    settings: StoreSettings,
    /// Where the copy is, if one is looked at; it goes with the store.
    _aside: Option<TempDir>,
}

impl SqliteStore {
    /// Opens an existing file and checks the table.
    pub fn open(path: &Path, settings: &StoreSettings, access: Access) -> Result<Self> {
        let place = path.display().to_string();
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Open {
            place: place.clone(),
            source,
        };
        if !path.try_exists().map_err(|error| failed(error.into()))? {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        let file = OpenFile::at(path).map_err(|error| failed(error.into()))?;
        let Opened { connection, aside } = open(path, access).map_err(failed)?;
        file.is_still_there().map_err(|error| failed(error.into()))?;
        connection.busy_timeout(settings.patience.locked).map_err(|error| failed(error.into()))?;
        connection.set_prepared_statement_cache_capacity(64);
        let columns =
            |table: &str| columns_of(&connection, table).map_err(|error| failed(in_words(error)));
        let mut table = Table::checked(Dialect::Sqlite, settings, &columns(&settings.table)?)?;
        for (name, reference) in &settings.references {
            table.refer(name, reference, &columns(name)?)?;
        }
        Ok(Self { connection, file, table, settings: settings.clone(), _aside: aside })
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// A company's rows, in order of their ids.
    pub fn rows_of(&self, company: CompanyId) -> Result<Vec<Service>> {
        self.services(&self.table.of_company(company))
    }

    /// The row of a primary key.
    pub fn row(&self, id: ServiceId) -> Result<Vec<Service>> {
        self.services(&self.table.of_id(id))
    }

    /// A company's rows that are linked to an event type.
    pub fn linked_to(&self, company: CompanyId, event_type: EventTypeId) -> Result<Vec<Service>> {
        self.services(&self.table.linked(company, event_type))
    }

    fn services(&self, statement: &Statement) -> Result<Vec<Service>> {
        let query = self.connection.prepare_cached(statement.text());
        let mut query = query.map_err(not_applied)?;
        let mut rows = query.query(params_from_iter(statement.values())).map_err(not_applied)?;
        let mut services = Vec::new();
        while let Some(row) = rows.next().map_err(not_applied)? {
            let id = cell(row, 0).map_err(not_applied)?;
            let mut cells = Vec::with_capacity(Column::ALL.len());
            for place in 1..=Column::ALL.len() {
                cells.push(cell(row, place).map_err(not_applied)?);
            }
            services.push(row::service(&self.table, &id, &mut cells)?);
        }
        Ok(services)
    }

    fn one<T>(
        &self,
        statement: &Statement,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        self.connection
            .prepare_cached(statement.text())
            .and_then(|mut query| query.query_row(params_from_iter(statement.values()), read))
            .map_err(not_applied)
    }

    /// What points at a service.
    pub fn references(&self, id: ServiceId, now: Timestamp) -> Result<References> {
        let since = super::upcoming_since(now);
        let mut found = References { upcoming: 0, total: 0 };
        for reference in &self.table.references {
            let statement = reference.count(Dialect::Sqlite, id, &since);
            let (total, upcoming): (u32, Option<u32>) =
                self.one(&statement, |row| Ok((row.get(0)?, row.get(1)?)))?;
            found.total += total;
            found.upcoming += upcoming.unwrap_or(0);
        }
        Ok(found)
    }

    /// When the next thing that points at a service is due, as the application wrote it.
    pub fn next_reference(&self, id: ServiceId, now: Timestamp) -> Result<Option<String>> {
        let since = super::upcoming_since(now);
        let mut found = Vec::new();
        for reference in &self.table.references {
            if let Some(statement) = reference.next(Dialect::Sqlite, id, &since) {
                found.extend(self.one(&statement, |row| row.get::<_, Option<String>>(0))?);
            }
        }
        Ok(found.into_iter().min())
    }

    /// How many rows each company has.
    pub fn companies(&self) -> Result<BTreeMap<CompanyId, u32>> {
        let statement = self.table.companies();
        let mut query = self.connection.prepare(statement.text()).map_err(not_applied)?;
        let rows = query
            .query_map([], |row| Ok((CompanyId(row.get(0)?), row.get(1)?)))
            .map_err(not_applied)?;
        rows.collect::<rusqlite::Result<_>>().map_err(not_applied)
    }
    /// What is worth knowing of the table.
    pub fn facts(&self) -> Result<Vec<TableFact>> {
        let count = |query: &str| -> Result<u32> {
            self.connection.query_row(query, [], |row| row.get(0)).map_err(not_applied)
        };
        let mut facts = facts::of_rows(
            &self.table,
            count(&facts::count_rows(&self.table))?,
            count(&facts::count_twins(&self.table))?,
        );
        let mut query = self
            .connection
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = lower(?1)
                 ORDER BY name",
            )
            .map_err(not_applied)?;
        let triggers =
            query.query_map([&self.table.shown], |row| row.get(0)).map_err(not_applied)?;
        let triggers = triggers.collect::<rusqlite::Result<Vec<String>>>().map_err(not_applied)?;
        facts.extend(facts::of_triggers(&triggers));
        Ok(facts)
    }
}

/// A table's columns; none where there is no such table.
fn columns_of(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Found>> {
    let (schema, name) = table.split_once('.').unwrap_or(("main", table));
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk FROM pragma_table_info(?1, ?2)",
    )?;
    let columns = statement.query_map((name, schema), |row| {
        let type_name: String = row.get(1)?;
        let (not_null, has_default, key): (bool, bool, i64) =
            (row.get(2)?, row.get(3)?, row.get(4)?);
        // A table's only key of this very type is the row's own number.
        let is_row_number = key == 1 && type_name.eq_ignore_ascii_case("INTEGER");
        Ok(Found {
            name: row.get::<_, String>(0)?.into(),
            kind: Kind::Any,
            type_name: type_name.into(),
            nullable: !not_null,
            fills_itself: has_default || is_row_number,
            default: None,
        })
    })?;
    columns.collect()
}

fn cell(row: &Row<'_>, place: usize) -> rusqlite::Result<Cell> {
    Ok(match row.get_ref(place)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Whole(number),
        ValueRef::Text(text) => {
            std::str::from_utf8(text).map_or(Cell::Bytes, |text| Cell::Text(text.to_owned()))
        }
        ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Other,
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Bool(value) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*value))),
            Self::Int(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

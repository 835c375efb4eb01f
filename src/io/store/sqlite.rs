//! The application's table in a SQLite file, whose journal mode stays as found.

use super::{Access, Result, StoreError, TableFact};
use crate::model::change::{Column, Value};
use crate::model::ids::{CompanyId, EventTypeId, ServiceId};
use crate::model::service::{Lifecycle, Service, SyncStatus};
use crate::model::settings::{ColumnNames, Reference, StoreSettings};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tempfile::TempDir;

mod claims;
mod open;
mod references;
mod trouble;
mod write;

use open::{OpenFile, Opened, open};
use trouble::{in_words, not_applied};

/// The application's own format of a moment, in UTC.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S";

/// A `services` table in a SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    file: OpenFile,
    table: Box<str>,
    columns: ColumnNames,
    references: BTreeMap<Box<str>, Reference>,
    /// `SELECT` of the id and every mapped column, up to `FROM`.
    select: String,
    /// Where the copy is, if one is looked at; it goes with the store.
    _aside: Option<TempDir>,
}

/// A name from the configuration, as an identifier: checked against the catalogue when the store is
/// opened, and quoted wherever it is used.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table's name, which may name its schema.
fn quoted_table(name: &str) -> String {
    name.split('.').map(quoted).collect::<Vec<_>>().join(".")
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
        connection.busy_timeout(settings.patience).map_err(|error| failed(error.into()))?;
        connection.set_prepared_statement_cache_capacity(64);
        let store = Self {
            connection,
            file,
            table: settings.table.clone(),
            columns: settings.columns.clone(),
            references: settings.references.clone(),
            select: select(settings),
            _aside: aside,
        };
        let present = store.columns_of(&settings.table).map_err(|error| failed(in_words(error)))?;
        store.check(&present)?;
        store.check_references()?;
        Ok(store)
    }

    fn columns_of(&self, table: &str) -> rusqlite::Result<BTreeSet<String>> {
        let (schema, name) = match table.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, table),
        };
        let mut statement =
            self.connection.prepare("SELECT lower(name) FROM pragma_table_info(?1, ?2)")?;
        let names = statement.query_map((name, schema.unwrap_or("main")), |row| row.get(0))?;
        names.collect()
    }

    fn check(&self, present: &BTreeSet<String>) -> Result<()> {
        let wrong = |what: String| StoreError::Table { table: self.table.clone(), what };
        if present.is_empty() {
            return Err(wrong("does not exist in this database".into()));
        }
        let mapped = self.columns.mapped.values();
        let wanted = mapped.chain([&self.columns.id]).chain(self.columns.last_sync.as_ref());
        let missing: Vec<&str> = wanted
            .map(|name| &**name)
            .filter(|name| !present.contains(&name.to_ascii_lowercase()))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(wrong(format!("has no column {}", missing.join(", "))))
    }

    fn column(&self, column: Column) -> String {
        self.columns.mapped.get(&column).map_or_else(String::new, |name| quoted(name))
    }

    /// A company's rows, in order of their ids.
    pub fn rows_of(&self, company: CompanyId) -> Result<Vec<Service>> {
        let filter =
            format!("WHERE {} = ?1 ORDER BY {}", self.column(Column::CompanyId), self.id());
        self.rows(&filter, &[&company.0])
    }

    /// The row of a primary key.
    pub fn row(&self, id: ServiceId) -> Result<Vec<Service>> {
        self.rows(&format!("WHERE {} = ?1", self.id()), &[&id.0])
    }

    /// A company's rows that are linked to an event type.
    pub fn linked_to(&self, company: CompanyId, event_type: EventTypeId) -> Result<Vec<Service>> {
        let filter = format!(
            "WHERE {} = ?1 AND {} = ?2 ORDER BY {}",
            self.column(Column::CompanyId),
            self.column(Column::EventTypeId),
            self.id()
        );
        self.rows(&filter, &[&company.0, &event_type.0])
    }

    fn id(&self) -> String {
        quoted(&self.columns.id)
    }

    fn rows(&self, filter: &str, parameters: &[&dyn ToSql]) -> Result<Vec<Service>> {
        let query = format!("{} {filter}", self.select);
        let mut statement = self.connection.prepare_cached(&query).map_err(not_applied)?;
        let mut rows = statement.query(parameters).map_err(not_applied)?;
        let mut services = Vec::new();
        while let Some(row) = rows.next().map_err(not_applied)? {
            let reader = RowReader { row, columns: &self.columns, table: &self.table };
            services.push(reader.service()?);
        }
        Ok(services)
    }

    /// How many rows each company has.
    pub fn companies(&self) -> Result<BTreeMap<CompanyId, u32>> {
        let company = self.column(Column::CompanyId);
        let table = quoted_table(&self.table);
        let query = format!(
            "SELECT {company}, count(*) FROM {table} WHERE {company} IS NOT NULL GROUP BY {company}"
        );
        let mut statement = self.connection.prepare(&query).map_err(not_applied)?;
        let rows = statement
            .query_map([], |row| Ok((CompanyId(row.get(0)?), row.get(1)?)))
            .map_err(not_applied)?;
        rows.collect::<rusqlite::Result<_>>().map_err(not_applied)
    }

    /// What is worth knowing of the table.
    pub fn facts(&self) -> Result<Vec<TableFact>> {
        let (company, link) = (self.column(Column::CompanyId), self.column(Column::EventTypeId));
        let table = quoted_table(&self.table);
        let count = |query: &str| -> Result<u32> {
            self.connection.query_row(query, [], |row| row.get(0)).map_err(not_applied)
        };
        let rows = count(&format!("SELECT count(*) FROM {table}"))?;
        let twins = count(&format!(
            "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {link} IS NOT NULL
             GROUP BY {company}, {link} HAVING count(*) > 1)"
        ))?;
        let triggers = count(&format!(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = lower('{}')",
            self.table.replace('\'', "''")
        ))?;
        let mut facts = vec![TableFact {
            what: format!("the table {} has every mapped column, and {rows} rows", self.table),
            advice: None,
        }];
        if twins > 0 {
            facts.push(TableFact {
                what: format!("{twins} event types have several rows linked to them"),
                advice: Some("such rows are never switched off without asking; unlink the ones that are not meant".into()),
            });
        }
        if triggers > 0 {
            facts.push(TableFact {
                what: format!("{triggers} triggers stand on the table"),
                advice: Some("make sure none of them writes on an update of is_active or sync_status: it would look like a person's edit".into()),
            });
        }
        Ok(facts)
    }
}

/// The id, then the mapped columns in the order of [`Column::ALL`]; NULL for what is not mapped.
fn select(settings: &StoreSettings) -> String {
    let columns: Vec<String> = Column::ALL
        .iter()
        .map(|column| {
            let name = settings.columns.mapped.get(column);
            name.map_or_else(|| "NULL".to_owned(), |name| quoted(name))
        })
        .collect();
    let (id, table) = (quoted(&settings.columns.id), quoted_table(&settings.table));
    format!("SELECT {id}, {} FROM {table}", columns.join(", "))
}

/// Reads one row, and says what is wrong with it where something is.
struct RowReader<'a, 'r> {
    row: &'a Row<'r>,
    columns: &'a ColumnNames,
    table: &'a str,
}

impl RowReader<'_, '_> {
    fn service(&self) -> Result<Service> {
        let needed =
            |value: Option<i64>, column| value.ok_or_else(|| self.wrong(column, "is NULL"));
        let event_type_id = self.int(Column::EventTypeId)?.map(EventTypeId);
        Ok(Service {
            id: ServiceId(self.row.get(0).map_err(|_| self.wrong_id())?),
            company_id: CompanyId(needed(self.int(Column::CompanyId)?, Column::CompanyId)?),
            name: self.text(Column::Name)?.unwrap_or_default(),
            event_type_id,
            lifecycle: Lifecycle::from(self.truth()?),
            sync_status: if self.columns.mapped.contains_key(&Column::SyncStatus) {
                let word = self.text(Column::SyncStatus)?;
                Some(word.as_deref().map_or(SyncStatus::Never, SyncStatus::from))
            } else {
                None
            },
            sync_error: self.text(Column::SyncError)?,
            duration_minutes: self.int(Column::Duration)?,
            slug: self.text(Column::Slug)?,
        })
    }

    fn value(&self, column: Column) -> Result<ValueRef<'_>> {
        self.row.get_ref(1 + column as usize).map_err(not_applied)
    }

    /// Whole numbers; also those that an application keeps as text.
    fn int(&self, column: Column) -> Result<Option<i64>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(number)),
            ValueRef::Text(text) => match std::str::from_utf8(text).map(str::trim) {
                Ok("") => Ok(None),
                Ok(text) => text.parse().map(Some).map_err(|_| {
                    self.wrong(column, &format!("holds {text:?}, which is not a whole number"))
                }),
                Err(_) => Err(self.wrong(column, "holds bytes that are no text")),
            },
            ValueRef::Real(_) | ValueRef::Blob(_) => {
                Err(self.wrong(column, "is not a whole number"))
            }
        }
    }

    fn truth(&self) -> Result<bool> {
        match self.int(Column::IsActive)? {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(other) => {
                Err(self
                    .wrong(Column::IsActive, &format!("holds {other}, which is neither 0 nor 1")))
            }
            None => Err(self.wrong(Column::IsActive, "is NULL")),
        }
    }

    fn text(&self, column: Column) -> Result<Option<Box<str>>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => std::str::from_utf8(text)
                .map(|text| Some(text.into()))
                .map_err(|_| self.wrong(column, "holds bytes that are no UTF-8")),
            ValueRef::Integer(number) => Ok(Some(number.to_string().into())),
            ValueRef::Real(_) | ValueRef::Blob(_) => Err(self.wrong(column, "is not text")),
        }
    }

    fn wrong(&self, column: Column, what: &str) -> StoreError {
        let row = self.row.get::<_, i64>(0).map_or_else(|_| "?".to_owned(), |id| id.to_string());
        let name = self.columns.mapped.get(&column).map_or(column.as_str(), |name| name);
        StoreError::Row { table: self.table.into(), row, what: format!("{name} {what}") }
    }

    fn wrong_id(&self) -> StoreError {
        StoreError::Row {
            table: self.table.into(),
            row: "?".into(),
            what: format!("{} is not a whole number", self.columns.id),
        }
    }
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

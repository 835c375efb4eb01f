//! The store: the application's `services` table. Other software writes to it as well, so nothing
//! is written that was not read first, and every write names its primary key.
//!
//! Writing takes a `ClearedChange` by value; nothing else in this program can make one than the
//! gate. There is no statement here that says `NOT IN`, and none that deletes a row which this
//! program did not import itself.

use crate::decide::gate::ClearedChange;
use crate::model::Timestamp;
use crate::model::change::Image;
use crate::model::ids::{CompanyId, EventTypeId, JournalId, ServiceId};
use crate::model::memory::{Claims, References};
use crate::model::run::EntryState;
use crate::model::service::Service;
use crate::model::settings::{StoreLocation, StoreSettings};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub mod sqlite;

use sqlite::SqliteStore;

/// Why the store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened.
    #[error("the services database {place} cannot be opened")]
    Open {
        /// Where it is, without any password.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is not there. It is never made: an empty table would look like a business without
    /// services.
    #[error("there is no services database at {}", .path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The table is not there, or lacks a column.
    #[error("the table {table} {what}")]
    Table {
        /// The table.
        table: Box<str>,
        /// What is wrong with it.
        what: String,
    },
    /// A row holds something that cannot be read as what its column should hold.
    #[error("row {row} of the table {table}: {what}")]
    Row {
        /// The table.
        table: Box<str>,
        /// Its primary key, as text.
        row: String,
        /// What is wrong with it.
        what: String,
    },
    /// This build cannot talk to such a server.
    #[error("this version keeps services in SQLite only; {scheme} is not supported yet")]
    Unsupported {
        /// The URL's scheme.
        scheme: &'static str,
    },
    /// Nothing of the statement or transaction was applied.
    #[error("the services table was not read or written")]
    NotApplied(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The connection was lost at the commit: the rows must be read to know.
    #[error("the outcome of a write to the services table is unknown")]
    OutcomeUnknown(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// The error and its causes, in one line for people.
    pub fn in_full(&self) -> String {
        let mut words = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(deeper) = cause {
            words.push_str(": ");
            words.push_str(&deeper.to_string());
            cause = deeper.source();
        }
        words
    }
}

/// What became of one cleared change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The journal entry that announced it.
    pub journal_id: JournalId,
    /// Applied, conflicted, or abandoned where the database refused this one row.
    pub state: EntryState,
    /// The row.
    pub service_id: Option<ServiceId>,
    /// What was seen, where it was not applied.
    pub note: Option<Box<str>>,
}

/// Whether the store may be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A run.
    ReadWrite,
    /// A rehearsal, or somebody looking: the database leaves no trace of it.
    ReadOnly,
}

/// One finding of a look at the table, for `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFact {
    /// What is so, for people.
    pub what: String,
    /// What to do about it; `None`: nothing, it is well.
    pub advice: Option<String>,
}

/// The application's table, in whichever database.
#[derive(Debug)]
pub enum Store {
    /// A file.
    Sqlite(SqliteStore),
}

type Result<T> = std::result::Result<T, StoreError>;

#[expect(clippy::unused_async, reason = "a file does not wait; the servers of this enum do")]
impl Store {
    /// Opens the database and checks that the table has every mapped column.
    pub async fn open(settings: &StoreSettings, access: Access) -> Result<Self> {
        match &settings.location {
            StoreLocation::Sqlite(path) => {
                Ok(Self::Sqlite(SqliteStore::open(path, settings, access)?))
            }
            StoreLocation::MySql(_) => Err(StoreError::Unsupported { scheme: "mysql" }),
            StoreLocation::Postgres(_) => Err(StoreError::Unsupported { scheme: "postgres" }),
        }
    }

    /// A company's rows, in order of their ids, in one pass.
    pub async fn rows_of(&mut self, company: CompanyId) -> Result<Vec<Service>> {
        match self {
            Self::Sqlite(store) => store.rows_of(company),
        }
    }

    /// The row of a primary key: none or one.
    pub async fn row(&mut self, id: ServiceId) -> Result<Vec<Service>> {
        match self {
            Self::Sqlite(store) => store.row(id),
        }
    }

    /// A company's rows that are linked to an event type.
    pub async fn linked_to(
        &mut self,
        company: CompanyId,
        event_type: EventTypeId,
    ) -> Result<Vec<Service>> {
        match self {
            Self::Sqlite(store) => store.linked_to(company, event_type),
        }
    }

    /// What points at a service, over all configured tables.
    pub async fn references(&mut self, id: ServiceId, now: Timestamp) -> Result<References> {
        match self {
            Self::Sqlite(store) => store.references(id, now),
        }
    }

    /// What others have made of a row since this program imported it with these values, over all
    /// tables of the database: what is configured, and every foreign key.
    pub async fn claims(&mut self, id: ServiceId, imported: &Image) -> Result<Claims> {
        match self {
            Self::Sqlite(store) => store.claims(id, imported),
        }
    }

    /// When the next thing that points at a service is due, as the application wrote it.
    pub async fn next_reference(
        &mut self,
        id: ServiceId,
        now: Timestamp,
    ) -> Result<Option<String>> {
        match self {
            Self::Sqlite(store) => store.next_reference(id, now),
        }
    }

    /// Writes cleared changes, each by compare-and-set on its before-image, all in one transaction.
    pub async fn apply(&mut self, batch: Vec<(JournalId, ClearedChange)>) -> Result<Vec<Written>> {
        match self {
            Self::Sqlite(store) => store.apply(batch),
        }
    }

    /// Writes `last_sync` alone, by primary keys. It carries no decision.
    pub async fn stamp(&mut self, rows: &[ServiceId], now: Timestamp) -> Result<()> {
        match self {
            Self::Sqlite(store) => store.stamp(rows, now),
        }
    }

    /// How many rows each company has.
    pub async fn companies(&mut self) -> Result<BTreeMap<CompanyId, u32>> {
        match self {
            Self::Sqlite(store) => store.companies(),
        }
    }

    /// What is worth knowing of the table.
    pub async fn facts(&mut self) -> Result<Vec<TableFact>> {
        match self {
            Self::Sqlite(store) => store.facts(),
        }
    }
}

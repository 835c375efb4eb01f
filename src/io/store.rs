//! The store: the application's `services` table. Other software writes to it as well, so nothing
//! is written that was not read first, and every write names its primary key.
//!
//! Writing takes a `ClearedChange` by value; nothing else in this program can make one than the
//! gate. There is no statement here that says `NOT IN`, and none that deletes a row which this
//! program did not import itself.

use crate::decide::gate::ClearedChange;
use crate::model::Timestamp;
use crate::model::change::{Change, Image};
use crate::model::ids::{CompanyId, EventTypeId, JournalId, ServiceId};
use crate::model::memory::{Claims, References};
use crate::model::run::EntryState;
use crate::model::service::Service;
use crate::model::settings::{StoreLocation, StoreSettings};
use chrono::TimeDelta;
use std::collections::BTreeMap;

mod error;
mod facts;
mod row;
mod server;
mod sql;
mod sqlite;
mod table;

pub use error::StoreError;

use server::ServerStore;
use sqlite::SqliteStore;
use table::Table;

/// How many rows one statement of the stamp names: far below what any database takes (`SQLite`
/// 32766 parameters, the servers 65535).
const STAMP_BATCH: usize = 500;

/// How far back something still counts as upcoming: the application stores local time, and no time
/// zone is further from UTC than this.
const UPCOMING_SLACK: TimeDelta = TimeDelta::days(1);

/// A moment in the application's own format, in UTC.
fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn upcoming_since(now: Timestamp) -> String {
    moment(now - UPCOMING_SLACK)
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

impl Written {
    /// What to say of a conflict, by the row as it is now; `None`: an import. That the row cannot
    /// be read any more takes nothing back of what was committed.
    fn what_stands_there(&self, found: &Result<Option<Vec<Service>>>) -> Box<str> {
        let id = self.service_id.map_or_else(|| "?".to_owned(), |id| id.to_string());
        match found.as_ref().map(Option::as_deref) {
            Ok(None) => "the event type is linked already".into(),
            Ok(Some([])) => format!("row {id} is gone").into(),
            Ok(Some(_)) => format!("row {id} has changed since it was read").into(),
            Err(_) => format!("row {id} was not as it was read").into(),
        }
    }
}

/// What a statement did to one row.
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

impl Table {
    /// Why a change is not even tried: an import would leave columns empty that must not be.
    fn refuses(&self, change: &Change) -> Option<String> {
        let is_import = matches!(change, Change::Insert { .. });
        (is_import && !self.unfillable.is_empty()).then(|| self.says_unfillable())
    }

    fn says_unfillable(&self) -> String {
        format!(
            "the table {} wants a value for {}, and an import has none; give one in \
             [services.insert_defaults]",
            self.shown,
            self.unfillable.join(", ")
        )
    }
}

/// Whether the store may be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A run.
    ReadWrite,
    /// A rehearsal, or somebody looking: the database leaves no trace of it.
    ReadOnly,
}

/// Whether a company is this run's to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a company that is another's must be left alone"]
pub enum CompanyLock {
    /// It is: until released, or the connection is gone.
    Ours,
    /// Another run works on it, on this host or another.
    Theirs,
}

/// One finding of a look at the table, for `doctor`; in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableFact {
    /// It is well.
    Well(String),
    /// It works, and could be better.
    Advice {
        /// What is so.
        what: String,
        /// What to do about it.
        advice: String,
    },
    /// A run would fail on it.
    Broken {
        /// What is so.
        what: String,
        /// What to do about it.
        advice: String,
    },
}

/// The application's table, in whichever database.
#[derive(Debug)]
pub enum Store {
    /// A file.
    Sqlite(Box<SqliteStore>),
    /// MySQL, MariaDB or PostgreSQL.
    Server(Box<ServerStore>),
}

type Result<T> = std::result::Result<T, StoreError>;

impl Store {
    /// Opens the database and checks that the table has every mapped column.
    pub async fn open(settings: &StoreSettings, access: Access) -> Result<Self> {
        let location = settings.location.as_ref().map_err(Clone::clone)?;
        match location {
            StoreLocation::Sqlite(path) => {
                Ok(Self::Sqlite(Box::new(SqliteStore::open(path, settings, access)?)))
            }
            StoreLocation::MySql(_) | StoreLocation::Postgres(_) => {
                Ok(Self::Server(Box::new(ServerStore::open(location, settings, access).await?)))
            }
        }
    }

    /// Why an import would be refused, where it would.
    pub fn import_trouble(&self) -> Option<String> {
        let table = match self {
            Self::Sqlite(store) => store.table(),
            Self::Server(store) => store.table(),
        };
        (!table.unfillable.is_empty()).then(|| table.says_unfillable())
    }

    /// Locks a company for this run, on whichever host it is: held until [`Store::unlock_company`], and
    /// lost with the connection. Waits a little for another run to finish. A file needs none: the
    /// transaction that writes to it keeps everybody else out.
    pub async fn lock_company(&mut self, company: CompanyId) -> Result<CompanyLock> {
        match self {
            Self::Sqlite(_) => Ok(CompanyLock::Ours),
            Self::Server(store) => store.lock_company(company).await,
        }
    }

    /// Gives a company back.
    pub async fn unlock_company(&mut self, company: CompanyId) {
        match self {
            Self::Sqlite(_) => {}
            Self::Server(store) => store.unlock_company(company).await,
        }
    }

    /// Ends the session with a server, which gives back every lock.
    pub async fn close(self) {
        match self {
            Self::Sqlite(_) => {}
            Self::Server(store) => store.close().await,
        }
    }

    /// A company's rows, in order of their ids, in one pass.
    pub async fn rows_of(&mut self, company: CompanyId) -> Result<Vec<Service>> {
        match self {
            Self::Sqlite(store) => store.rows_of(company),
            Self::Server(store) => store.rows_of(company).await,
        }
    }

    /// The row of a primary key: none or one.
    pub async fn row(&mut self, id: ServiceId) -> Result<Vec<Service>> {
        match self {
            Self::Sqlite(store) => store.row(id),
            Self::Server(store) => store.row(id).await,
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
            Self::Server(store) => store.linked_to(company, event_type).await,
        }
    }

    /// What points at a service, over all configured tables.
    pub async fn references(&mut self, id: ServiceId, now: Timestamp) -> Result<References> {
        match self {
            Self::Sqlite(store) => store.references(id, now),
            Self::Server(store) => store.references(id, now).await,
        }
    }

    /// What others have made of a row since this program imported it with these values, over all
    /// tables of the database: what is configured, and every foreign key.
    pub async fn claims(&mut self, id: ServiceId, imported: &Image) -> Result<Claims> {
        match self {
            Self::Sqlite(store) => store.claims(id, imported),
            Self::Server(store) => store.claims(id, imported).await,
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
            Self::Server(store) => store.next_reference(id, now).await,
        }
    }

    /// Writes cleared changes, each by compare-and-set on its before-image, all in one transaction.
    pub async fn apply(&mut self, batch: Vec<(JournalId, ClearedChange)>) -> Result<Vec<Written>> {
        match self {
            Self::Sqlite(store) => store.apply(batch),
            Self::Server(store) => store.apply(batch).await,
        }
    }

    /// Writes `last_sync` alone, by primary keys. It carries no decision.
    pub async fn stamp(&mut self, rows: &[ServiceId], now: Timestamp) -> Result<()> {
        match self {
            Self::Sqlite(store) => store.stamp(rows, now),
            Self::Server(store) => store.stamp(rows, now).await,
        }
    }

    /// How many rows each company has.
    pub async fn companies(&mut self) -> Result<BTreeMap<CompanyId, u32>> {
        match self {
            Self::Sqlite(store) => store.companies(),
            Self::Server(store) => store.companies().await,
        }
    }

    /// What is worth knowing of the table.
    pub async fn facts(&mut self) -> Result<Vec<TableFact>> {
        match self {
            Self::Sqlite(store) => store.facts(),
            Self::Server(store) => store.facts().await,
        }
    }
}

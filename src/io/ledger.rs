//! The ledger: one SQLite file of what was observed, decided, written and asked.
//!
//! `schema.sql` is its whole truth. Row formats stay in this folder; everybody else sees the nouns
//! of `model`. No transaction here is held across an await.

use crate::io::power;
use crate::model::Timestamp;
use crate::model::chain::BrokenLink;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use std::path::{Path, PathBuf};
use std::time::Duration;

mod answers;
mod chain;
mod checking;
mod content;
mod deciding;
mod history;
mod images;
mod journal;
mod looking;
mod memory;
mod observing;
mod reviews;
mod runs;
mod sightings;
mod snapshot;
#[cfg(test)]
mod tests;

pub use answers::{Acceptance, Answer, Said};
pub use chain::{SHORTEST_ANCHOR, lend_link_hash};
pub use history::{DecisionRecord, LookUpRecord, ObservationRecord, SightingRecord};
pub use journal::Leaving;
pub use looking::{AnswerRecord, DepartureRecord, HoldRecord, PresenceRecord};
pub use observing::RecordedObservation;
pub use runs::{CompanyClose, CompanyRun};

/// `application_id` of a ledger: the letters RECO.
const APPLICATION_ID: i64 = 0x5245_434F;

/// How long a statement waits for another process that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The steps from the first version of the schema on. Where they end is `schema.sql`.
const UPGRADES: &[&str] =
    &[include_str!("ledger/upgrades/0001.sql"), include_str!("ledger/upgrades/0002.sql")];

/// Why the ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file or its folder cannot be opened.
    #[error("the ledger {path} cannot be opened")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that is not SQLite's, or is torn.
    #[error("{path} is not a ledger, or is damaged; nothing was written to it")]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// Another program's SQLite file.
    #[error("{path} is a SQLite file of another program; nothing was written to it")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A ledger of a newer version of this program.
    #[error(
        "{path} was written by a newer version of this program (schema {found}, known {known})"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema's version.
        found: usize,
        /// The newest version known here.
        known: usize,
    },
    /// The schema could not be brought up to date.
    #[error("the ledger's schema could not be brought up to date")]
    Upgrade(#[from] rusqlite_migration::Error),
    /// A statement failed.
    #[error("the ledger could not be read or written")]
    Sql(#[from] rusqlite::Error),
    /// A link of the hash chain does not fit: something in its history was altered.
    #[error(
        "the ledger's history does not fit together at {link}. `reconciler verify` says what \
         depends on it; put a backup of the ledger in its place, or move it aside and begin anew"
    )]
    Broken {
        /// The first that does not.
        link: BrokenLink,
    },
    /// A question that is not open any more.
    #[error("question {id} is not open any more: somebody decided it, or its facts changed")]
    Decided {
        /// Which.
        id: crate::model::ids::ReviewId,
    },
    /// Something in the ledger cannot be understood.
    #[error("the ledger holds something that cannot be read: {what}")]
    Unreadable {
        /// What, for people.
        what: String,
    },
}

impl LedgerError {
    fn unreadable(what: impl std::fmt::Display) -> Self {
        Self::Unreadable { what: what.to_string() }
    }
}

impl From<serde_json::Error> for LedgerError {
    fn from(error: serde_json::Error) -> Self {
        Self::unreadable(error)
    }
}

type Result<T> = std::result::Result<T, LedgerError>;

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
}

impl Ledger {
    /// Opens the ledger for writing, makes it if there is none, and brings its schema up to date.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| LedgerError::Open { path: path.into(), source })?;
        }
        let connection = Connection::open(path)?;
        Self::prepare(connection, path)
    }

    /// An empty ledger in memory.
    pub fn in_memory() -> Result<Self> {
        Self::prepare(Connection::open_in_memory()?, Path::new(":memory:"))
    }

    fn prepare(mut connection: Connection, path: &Path) -> Result<Self> {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        check_identity(&connection, path)?;
        lend_link_hash(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        upgrades().to_latest(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection })
    }

    fn write(&mut self) -> Result<Transaction<'_>> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

/// Every commit of the ledger: the moments before and after it are where the power may fail.
fn commit(tx: Transaction<'_>) -> Result<()> {
    power::step();
    tx.commit()?;
    power::step();
    Ok(())
}

fn upgrades() -> Migrations<'static> {
    Migrations::new(UPGRADES.iter().map(|step| M::up(step)).collect())
}

/// Told before the first write: a file that is not ours keeps every byte. The schema's version.
fn check_identity(connection: &Connection, path: &Path) -> Result<usize> {
    let read = |pragma: &str| -> rusqlite::Result<i64> {
        connection.query_row(pragma, [], |row| row.get(0))
    };
    let not_a_database = |source| LedgerError::NotADatabase { path: path.to_owned(), source };
    let tables = read("SELECT count(*) FROM sqlite_schema").map_err(not_a_database)?;
    if tables > 0 && read("PRAGMA application_id")? != APPLICATION_ID {
        return Err(LedgerError::Foreign { path: path.to_owned() });
    }
    let found = usize::try_from(read("PRAGMA user_version")?).unwrap_or(usize::MAX);
    let known = UPGRADES.len();
    if found > known {
        return Err(LedgerError::Newer { path: path.to_owned(), found, known });
    }
    Ok(found)
}

/// Milliseconds since 1970, as the ledger keeps time.
fn millis(at: Timestamp) -> i64 {
    at.timestamp_millis()
}

/// Back again.
fn moment(millis: i64) -> Result<Timestamp> {
    Timestamp::from_timestamp_millis(millis)
        .ok_or_else(|| LedgerError::unreadable(format!("the time {millis}")))
}

/// One of the words of an enum, read back.
fn word<T: Copy>(all: &[T], name: fn(T) -> &'static str, found: &str) -> Result<T> {
    all.iter()
        .copied()
        .find(|one| name(*one) == found)
        .ok_or_else(|| LedgerError::unreadable(format!("the word {found:?}")))
}

/// The row of a table of distinct contents that holds `body`, made if there is none.
fn interned(tx: &Transaction<'_>, table: &str, body: &str) -> Result<i64> {
    use rusqlite::OptionalExtension;
    let select = format!("SELECT id FROM {table} WHERE body = ?1");
    let found = tx.prepare_cached(&select)?.query_row([body], |row| row.get(0)).optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    tx.execute(&format!("INSERT INTO {table} (body) VALUES (?1)"), [body])?;
    Ok(tx.last_insert_rowid())
}

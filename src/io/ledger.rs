//! The ledger: one SQLite file of what was observed, decided, written and asked.
//!
//! `schema.sql` is its whole truth. Row formats stay in this folder; everybody else sees the nouns
//! of `model`. No transaction here is held across an await.

use crate::io::power;
use crate::io::rights::{Forbidden, forbidden};
use crate::model::Timestamp;
use crate::model::chain::BrokenLink;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use std::borrow::Cow;
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
mod opening;
mod restored;
mod outbox;
mod reviews;
mod runs;
mod sightings;
mod snapshot;
mod telling;
#[cfg(test)]
mod tests;

pub use answers::{Acceptance, Answer, Said};
pub use chain::{SHORTEST_ANCHOR, lend_link_hash};
pub use history::{DecisionRecord, LookUpRecord, ObservationRecord, SightingRecord};
pub use journal::Leaving;
pub use looking::{AnswerRecord, DepartureRecord, HoldRecord, PresenceRecord};
pub use observing::RecordedObservation;
use opening::{Standing, make, standing};
use restored::Beside;
pub use runs::{CompanyClose, CompanyRun};

/// `application_id` of a ledger: the letters RECO.
const APPLICATION_ID: i64 = 0x5245_434F;

/// How long a statement waits for another process that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The steps from the first version of the schema on. Where they end is `schema.sql`.
const UPGRADES: &[&str] = &[
    include_str!("ledger/upgrades/0001.sql"),
    include_str!("ledger/upgrades/0002.sql"),
    include_str!("ledger/upgrades/0003.sql"),
    include_str!("ledger/upgrades/0004.sql"),
];

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
    /// A file of it, or its folder, is another user's.
    #[error("{forbidden}")]
    Forbidden {
        /// Which, and whose.
        forbidden: Forbidden,
        /// What failed because of it.
        #[source]
        source: Box<LedgerError>,
    },
    /// A file that lost some or all of its content.
    #[error("{path} {what}; nothing was written to it")]
    Torn {
        /// The file.
        path: PathBuf,
        /// How it shows.
        what: &'static str,
    },
    /// The disk has no room left.
    #[error("the disk that holds the ledger is full")]
    Full(#[source] rusqlite::Error),
    /// The disk could not be read or written; without room for SQLite's shared memory, too.
    #[error("the disk that holds the ledger is full, or fails")]
    Disk(#[source] rusqlite::Error),
    /// File, folder or disk are read-only.
    #[error("the ledger cannot be written: its file, its folder or its disk is read-only")]
    ReadOnly(#[source] rusqlite::Error),
    /// What was read makes no sense to SQLite.
    #[error("the ledger is damaged")]
    Damaged(#[source] rusqlite::Error),
    /// What SQLite finds wrong with the file, of which it may not read a word otherwise.
    #[error("the ledger's file is damaged: {found}")]
    NotWhole {
        /// In SQLite's words.
        found: String,
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
    Upgrade(#[source] rusqlite_migration::Error),
    /// A statement failed.
    #[error("the ledger could not be read or written")]
    Sql(#[source] rusqlite::Error),
    /// A link of the hash chain does not fit: something in its history was altered.
    #[error(
        "the ledger's history does not fit together at {link}; `reconciler verify` says what \
         depends on it"
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

    /// Where a file could not be used, whose it is. No connection to it is open.
    fn of(self, path: &Path) -> Self {
        let is_refused = match &self {
            Self::Open { source, .. } => source.kind() == std::io::ErrorKind::PermissionDenied,
            Self::ReadOnly(_) | Self::Sql(_) => true,
            _ => false,
        };
        match forbidden(path).filter(|_| is_refused) {
            Some(forbidden) => Self::Forbidden { forbidden, source: Box::new(self) },
            None => self,
        }
    }

    /// What a person can do about it.
    pub fn advice(&self) -> Cow<'static, str> {
        let words = match self {
            Self::Forbidden { forbidden, .. } => return forbidden.advice().into(),
            Self::Newer { .. } => "use the version of this program that wrote it, or a newer one",
            Self::Foreign { .. } => "name a file of its own in ledger.path",
            Self::Torn { .. }
            | Self::NotADatabase { .. }
            | Self::Damaged(_)
            | Self::NotWhole { .. }
            | Self::Unreadable { .. }
            | Self::Broken { .. } => {
                "put a backup in its place. Without one, move it aside: the next run begins a new \
                 ledger, knows no history, and counts every absence from the beginning"
            }
            Self::Full(_) | Self::Disk(_) => {
                "make room, and run again: nothing is to be cleaned up by hand"
            }
            // The last one is what a person is told who answers a question, and comes from no look.
            Self::Open { .. }
            | Self::ReadOnly(_)
            | Self::Upgrade(_)
            | Self::Sql(_)
            | Self::Decided { .. } => {
                "the user who runs this program must be able to read and write the file and its \
                 folder"
            }
        };
        words.into()
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(error),
            Some(ErrorCode::SystemIoFailure) => Self::Disk(error),
            Some(ErrorCode::ReadOnly) => Self::ReadOnly(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error),
            _ => Self::Sql(error),
        }
    }
}

impl From<rusqlite_migration::Error> for LedgerError {
    fn from(error: rusqlite_migration::Error) -> Self {
        match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
            other => Self::Upgrade(other),
        }
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
    beside: Beside,
    /// SQLite was asked about the file, and found nothing.
    found_whole: bool,
}

impl Ledger {
    /// Opens the ledger for writing, makes it if there is none, and brings its schema up to date.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_to_write(path).map_err(|error| error.of(path))
    }

    fn open_to_write(path: &Path) -> Result<Self> {
        if standing(path)? == Standing::Nothing {
            make(path)?;
        }
        let connection = Connection::open(path)?;
        if connection.is_readonly("main")? {
            let refusal = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
            return Err(rusqlite::Error::SqliteFailure(refusal, None).into());
        }
        let mut ledger = Self::prepare(connection, path)?;
        // Of a log that it may not write, SQLite says so at the first transaction only.
        ledger.write()?.rollback()?;
        Ok(Self { beside: Beside::of(path), ..ledger })
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
        power::step();
        upgrades().to_latest(&mut connection)?;
        power::step();
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, beside: Beside::default(), found_whole: false })
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
    let not_a_database = |source| match LedgerError::from(source) {
        LedgerError::Damaged(source) => LedgerError::NotADatabase { path: path.to_owned(), source },
        other => other,
    };
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

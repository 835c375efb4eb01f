//! A ledger to look at, and a ledger to rehearse on: both leave no trace in the file's folder.

use super::{
    BUSY_TIMEOUT, Beside, Ledger, LedgerError, Result, Standing, UPGRADES, check_identity, standing,
};
use rusqlite::{Connection, OpenFlags};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

impl Ledger {
    /// A copy in memory, on which a rehearsal can run the very code of a real run.
    ///
    /// The caller holds the run lock, shared: nobody writes meanwhile. A ledger that does not exist
    /// is an empty one, and is not made. Where an interrupted run left a write-ahead log, both
    /// files are copied aside first, for merely opening them would write.
    pub fn rehearsal_copy(path: &Path) -> Result<Self> {
        Self::copied(path).map_err(|error| error.of(path))
    }

    fn copied(path: &Path) -> Result<Self> {
        let mut copy = Connection::open_in_memory()?;
        if standing(path)? == Standing::File {
            if has_log(path) {
                let aside = set_aside(path)
                    .map_err(|source| LedgerError::Open { path: path.into(), source })?;
                let original = Connection::open(aside.path().join("ledger.db"))?;
                copy_into(&original, &mut copy, path)?;
            } else {
                copy_into(&open_unchanging(path)?, &mut copy, path)?;
            }
        }
        let copy = Self::prepare(copy, path)?;
        Ok(Self { beside: Beside::to_look(path), ..copy })
    }

    /// Opens the ledger to read it, also while a run writes to it. A ledger that does not exist is
    /// an empty one, and is not made.
    ///
    /// SQLite's own protocol keeps what is read consistent, and needs to write beside the file for
    /// that; where the folder does not allow it, the file alone is read as it is. A ledger of an
    /// older version is read from a copy in memory that is brought up to date.
    pub fn open_to_read(path: &Path) -> Result<Self> {
        Self::looked_at(path).map_err(|error| error.of(path))
    }

    fn looked_at(path: &Path) -> Result<Self> {
        if standing(path)? == Standing::Nothing {
            return Ok(Self { beside: Beside::to_look(path), ..Self::in_memory()? });
        }
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // SQLite would make a log for whoever may not write the file, and could not remove it
        // again: a run of another user would find a log that it may not write.
        if connection.is_readonly("main")? && !log_of(path).exists() {
            let connection = open_unchanging(path)?;
            let version = check_identity(&connection, path)?;
            return Self::up_to_date(connection, version, path);
        }
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        match check_identity(&connection, path) {
            Ok(version) => Self::up_to_date(connection, version, path),
            Err(other @ (LedgerError::Foreign { .. } | LedgerError::Newer { .. })) => Err(other),
            Err(_) => {
                let connection = open_unchanging(path)?;
                let version = check_identity(&connection, path)?;
                Self::up_to_date(connection, version, path)
            }
        }
    }

    fn up_to_date(connection: Connection, version: usize, path: &Path) -> Result<Self> {
        if version == UPGRADES.len() {
            return Ok(Self { connection, beside: Beside::to_look(path), found_whole: false });
        }
        let mut copy = Connection::open_in_memory()?;
        copy_into(&connection, &mut copy, path)?;
        let copy = Self::prepare(copy, path)?;
        Ok(Self { beside: Beside::to_look(path), ..copy })
    }
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-wal");
    PathBuf::from(name)
}

pub fn has_log(path: &Path) -> bool {
    std::fs::metadata(log_of(path)).is_ok_and(|log| log.len() > 0)
}

fn set_aside(path: &Path) -> std::io::Result<tempfile::TempDir> {
    let aside = tempfile::tempdir()?;
    std::fs::copy(path, aside.path().join("ledger.db"))?;
    std::fs::copy(log_of(path), aside.path().join("ledger.db-wal"))?;
    Ok(aside)
}

/// `immutable`: SQLite makes no lock, no log and no shared memory beside the file.
fn open_unchanging(path: &Path) -> Result<Connection> {
    let absolute = std::path::absolute(path)
        .map_err(|source| LedgerError::Open { path: path.into(), source })?;
    let mut uri = url::Url::from_file_path(&absolute)
        .map_err(|()| LedgerError::unreadable(format!("the path {}", absolute.display())))?;
    uri.set_query(Some("mode=ro&immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(uri.as_str(), flags)?)
}

fn copy_into(original: &Connection, copy: &mut Connection, path: &Path) -> Result<()> {
    check_identity(original, path)?;
    let backup = rusqlite::backup::Backup::new(original, copy)?;
    // All pages in one step: nobody else is waiting for the file.
    backup.step(-1)?;
    Ok(())
}

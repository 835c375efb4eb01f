//! What stands at the ledger's path, told by reading alone; and a new ledger, made whole or not at
//! all.

use super::snapshot::has_log;
use super::{Ledger, LedgerError, Result};
use crate::io::power;
use rusqlite::Connection;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No file.
    Nothing,
    /// A file that is not obviously torn.
    File,
}

/// The first page's beginning: <https://www.sqlite.org/fileformat.html#the_database_header>.
const HEADER: usize = 100;

/// Looks, and writes nothing: a torn file keeps every byte.
pub fn standing(path: &Path) -> Result<Standing> {
    let unopened = |source| LedgerError::Open { path: path.into(), source };
    let torn = |what| Err(LedgerError::Torn { path: path.into(), what });
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        // A log beside a new ledger would be written into it.
        Err(error) if error.kind() == io::ErrorKind::NotFound && has_log(path) => {
            return torn("is gone, and the log of its last changes (-wal) is still there");
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Nothing),
        Err(error) => return Err(unopened(error)),
    };
    if !found.is_file() {
        return Err(unopened(io::Error::other("it is not a file")));
    }
    let mut header = Vec::with_capacity(HEADER);
    let file = File::open(path).map_err(unopened)?;
    file.take(HEADER as u64).read_to_end(&mut header).map_err(unopened)?;
    if header.is_empty() {
        return torn("is empty, which no ledger ever is");
    }
    if !has_log(path) && size_by(&header).is_some_and(|size| found.len() < size) {
        return torn("is shorter than it says: its end is lost");
    }
    Ok(Standing::File)
}

/// The size that a header tells of, in bytes; `None` where it tells of none that can be relied on.
fn size_by(header: &[u8]) -> Option<u64> {
    if !header.starts_with(b"SQLite format 3\0") {
        return None; // SQLite will say so itself
    }
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    let page = u16::from_be_bytes(header.get(16..18)?.try_into().ok()?);
    let page = if page == 1 { 65_536 } else { u64::from(page) };
    let is_current = number(24)? == number(92)?;
    is_current.then_some(page * u64::from(number(28)?))
}

/// Makes a new ledger beside its place, and moves it there when it is whole: a crash leaves no
/// empty one.
pub fn make(path: &Path) -> Result<()> {
    let unopened = |source| LedgerError::Open { path: path.into(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).map_err(unopened)?;
    }
    let mut new = OsString::from(path);
    new.push(".new");
    let new = PathBuf::from(new);
    for left in ["", "-wal", "-shm"] {
        let mut name = new.clone().into_os_string();
        name.push(left);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unopened(error)),
            _ => {}
        }
    }
    // SQLite alone would say "unable to open database file", and not why.
    File::create(&new).map_err(unopened)?;
    drop(Ledger::prepare(Connection::open(&new)?, path)?);
    power::step();
    std::fs::rename(&new, path).map_err(unopened)?;
    power::step();
    File::open(folder.unwrap_or(Path::new("."))).and_then(|it| it.sync_all()).map_err(unopened)
}

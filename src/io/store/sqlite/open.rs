//! Opening the application's file: to write, or to look without leaving any trace beside it.

use super::trouble::in_words;
use crate::io::store::Access;
use rusqlite::{Connection, OpenFlags};
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The file that was opened, told apart from any other that stands in its place later: what is
/// written to a file that was replaced or removed is written for nobody, and in WAL mode SQLite
/// itself does not notice.
#[derive(Debug)]
pub struct OpenFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// Another file stands where the database was, or none.
#[derive(Debug, thiserror::Error)]
#[error(
    "the file {} was replaced or removed after it was opened; once it is in its place again, the \
     next run goes on with it",
    .0.display()
)]
pub struct Moved(PathBuf);

impl OpenFile {
    pub fn at(path: &Path) -> std::io::Result<Self> {
        let found = std::fs::metadata(path)?;
        Ok(Self { path: path.to_owned(), device: found.dev(), inode: found.ino() })
    }

    pub fn is_still_there(&self) -> Result<(), Moved> {
        match Self::at(&self.path) {
            Ok(now) if (now.device, now.inode) == (self.device, self.inode) => Ok(()),
            _ => Err(Moved(self.path.clone())),
        }
    }
}

/// An open file, and the folder of its copy where only a copy could be opened.
pub struct Opened {
    pub connection: Connection,
    pub aside: Option<TempDir>,
}

/// Opens the file. To look at it leaves every file as it is, and makes none:
///
/// | the file | how it is looked at |
/// |---|---|
/// | not in WAL mode | read only |
/// | in WAL mode, at rest | `immutable`: merely opening it would make files beside it |
/// | in WAL mode, with its log and shared memory | read only, and the shared memory too |
/// | in WAL mode, with its log alone: its application lost power | a copy, for opening it would write |
pub fn open(path: &Path, access: Access) -> Result<Opened, Box<dyn Error + Send + Sync>> {
    if access == Access::ReadWrite {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(in_words)?;
        return Ok(Opened { connection, aside: None });
    }
    let absolute = std::path::absolute(path)?;
    let (log, shared) = (beside(&absolute, "-wal"), beside(&absolute, "-shm"));
    let query = if !is_in_wal_mode(path)? {
        "mode=ro"
    } else if !log.exists() {
        "mode=ro&immutable=1"
    } else if shared.exists() {
        "mode=ro&readonly_shm=1"
    } else {
        return open_copy(&absolute, &log);
    };
    let connection = open_uri(&absolute, query)?;
    if query.contains("readonly_shm") && !can_read(&connection) {
        // The application is up, and left no place to read from: one must be made in what is
        // shared, as every reader does.
        return Ok(Opened { connection: open_uri(&absolute, "mode=ro")?, aside: None });
    }
    Ok(Opened { connection, aside: None })
}

fn open_uri(path: &Path, query: &str) -> Result<Connection, Box<dyn Error + Send + Sync>> {
    let mut uri = url::Url::from_file_path(path).map_err(|()| "the path is no file path")?;
    uri.set_query(Some(query));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(uri.as_str(), flags)?)
}

fn open_copy(path: &Path, log: &Path) -> Result<Opened, Box<dyn Error + Send + Sync>> {
    let aside = tempfile::tempdir()?;
    let copy = aside.path().join("services.db");
    std::fs::copy(path, &copy)?;
    std::fs::copy(log, beside(&copy, "-wal"))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Opened { connection: Connection::open_with_flags(copy, flags)?, aside: Some(aside) })
}

fn can_read(connection: &Connection) -> bool {
    connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(())).is_ok()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Byte 18 of a SQLite file is 2 in WAL mode (SQLite file format, section 1.3.3).
fn is_in_wal_mode(path: &Path) -> std::io::Result<bool> {
    let mut header = Vec::with_capacity(20);
    File::open(path)?.take(20).read_to_end(&mut header)?;
    Ok(header.get(18) == Some(&2))
}

//! One run at a time: a lock of the operating system on a file beside the ledger. The kernel
//! releases it when its holder dies, however it dies; the file itself stays.

use crate::io::power;
use crate::io::rights::{Forbidden, forbidden};
use crate::model::Timestamp;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The lock, held until dropped.
#[derive(Debug)]
#[must_use = "a lock that is dropped is released"]
pub struct RunLock {
    file: File,
}

impl Drop for RunLock {
    /// Said aloud, and not left to closing the file: a process that forks at this very moment
    /// holds a copy of the handle until it has become another program.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the run lock is released when this process ends");
        }
    }
}

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("another run is at work: {holder}")]
    Held {
        /// Which process, and since when, in its own words.
        holder: String,
    },
    /// The file cannot be opened or locked.
    #[error("the lock file {path} cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// Where it, or its folder, is another user's.
        forbidden: Option<Forbidden>,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl LockError {
    /// The lock of this ledger cannot be used.
    fn of(ledger: &Path, source: io::Error) -> Self {
        let is_refused = source.kind() == io::ErrorKind::PermissionDenied;
        let forbidden = if is_refused { forbidden(ledger) } else { None };
        Self::File { path: lock_file(ledger), forbidden, source }
    }

    /// What a person can do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::Held { .. } => "wait for it: it ends by itself".to_owned(),
            Self::File { forbidden: Some(forbidden), .. } => {
                format!("{forbidden}: {}", forbidden.advice())
            }
            Self::File { forbidden: None, .. } => {
                "the user who runs this program must be able to read and write it".to_owned()
            }
        }
    }
}

/// The lock file of a ledger.
pub fn lock_file(ledger: &Path) -> PathBuf {
    let mut name = OsString::from(ledger);
    name.push(".lock");
    PathBuf::from(name)
}

impl RunLock {
    /// Takes the lock for a run, and writes into the file who holds it.
    pub fn take(ledger: &Path, now: Timestamp) -> Result<Self, LockError> {
        let path = lock_file(ledger);
        let failed = |source| LockError::of(ledger, source);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => match file.try_lock_shared() {
                // Only lookers hold it, for the milliseconds that a copy takes.
                Ok(()) => file.unlock().and_then(|()| file.lock()).map_err(failed)?,
                Err(TryLockError::WouldBlock) => return Err(held(&mut file)),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            },
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let holder = format!(
            "process {}, since {}\n",
            std::process::id(),
            now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        );
        power::step();
        // Over the old words, and only then cut: on a full disk there is room for no others.
        file.write_all(holder.as_bytes()).map_err(failed)?;
        power::step();
        file.set_len(holder.len() as u64).map_err(failed)?;
        power::step();
        Ok(Self { file })
    }

    /// Takes the lock for looking, shared with others that look, without making or changing any
    /// file. `None` where there is no lock file: then no run ever was.
    pub fn share(ledger: &Path) -> Result<Option<Self>, LockError> {
        let path = lock_file(ledger);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LockError::of(ledger, source)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Err(held(&mut file)),
            Err(TryLockError::Error(source)) => Err(LockError::of(ledger, source)),
        }
    }
}

fn held(file: &mut File) -> LockError {
    let mut holder = String::new();
    let read = file.rewind().and_then(|()| file.take(200).read_to_string(&mut holder));
    match (read, holder.trim()) {
        (Ok(_), words) if !words.is_empty() => LockError::Held { holder: words.to_owned() },
        _ => LockError::Held { holder: "a process that has not said its name yet".to_owned() },
    }
}

//! What went wrong with the file, in the words of somebody who can repair it.

use crate::io::store::StoreError;
use rusqlite::ErrorCode;

/// Nothing was written, and why.
pub fn not_applied(error: rusqlite::Error) -> StoreError {
    StoreError::NotApplied(in_words(error))
}

/// What SQLite says, and what to do where that is known.
pub fn in_words(error: rusqlite::Error) -> Box<dyn std::error::Error + Send + Sync> {
    let Some(advice) = error.sqlite_error_code().and_then(advice) else { return plain(error) };
    format!("{}: {advice}", said(&error)).into()
}

/// The words of SQLite once, without the number that repeats them.
fn plain(error: rusqlite::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        rusqlite::Error::SqliteFailure(..) => said(&error).into(),
        other => other.into(),
    }
}

fn said(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.clone(),
        other => other.to_string(),
    }
}

fn advice(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Some(
            "another program kept it locked for longer than this one waits; the next run tries \
             again, and if this goes on, look for a transaction that nobody ends",
        ),
        ErrorCode::DiskFull => Some("make room on its disk; the next run tries again"),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => Some(
            "the file and its folder must be writable for the user who runs this program: check \
             owner, mode and mount",
        ),
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => Some(
            "the file is damaged, or another program's; nothing here repairs it: restore the \
             application's backup",
        ),
        ErrorCode::SystemIoFailure => Some("its disk fails, or is gone; look at the system's log"),
        _ => None,
    }
}

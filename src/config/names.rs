//! Names of files, tables and columns.

use super::typed::{Entry, Section};
use super::values::quoted;
use std::path::PathBuf;

/// The longest name that every database takes.
const NAME_CHARS_MAX: usize = 64;

/// The ledger's path, as typed.
pub(super) fn ledger_path(section: &Section<'_>) -> Option<PathBuf> {
    match section.entry("path") {
        None => Some(PathBuf::from("data/ledger.db")),
        Some(entry) => entry.line_of_text().and_then(|text| database_file(&entry, text)),
    }
}

/// A path of a database file. `SQLite` gives some names a meaning of their own.
pub(super) fn database_file(entry: &Entry<'_>, path: &str) -> Option<PathBuf> {
    if path.is_empty() || path.ends_with('/') {
        entry.say(format!("`{}` names no file", entry.key()), None);
        return None;
    }
    if path.starts_with(':') || path.starts_with("file:") || path.contains('?') {
        let message =
            format!("`{}` is {}; the path of a file is wanted", entry.key(), quoted(path));
        let hint = "a database in memory is gone after each run; options after `?` are not used";
        entry.say(message, Some(hint.to_owned()));
        return None;
    }
    Some(PathBuf::from(path))
}

/// A table's name, which may be preceded by a schema's.
pub(super) fn table(entry: &Entry<'_>, name: &str) -> Option<Box<str>> {
    let parts: Vec<&str> = name.split('.').collect();
    if parts.len() > 2 {
        let message = format!("`{}` is {}; at most one dot is allowed", entry.key(), quoted(name));
        entry.say(message, Some("write \"table\" or \"schema.table\"".to_owned()));
        return None;
    }
    parts.iter().all(|part| is_name(entry, part)).then(|| name.into())
}

/// A column's name.
pub(super) fn column(entry: &Entry<'_>, name: &str) -> Option<Box<str>> {
    is_name(entry, name).then(|| name.into())
}

fn is_name(entry: &Entry<'_>, name: &str) -> bool {
    let wrong = if name.trim().is_empty() {
        "an empty name"
    } else if name.chars().any(char::is_control) {
        "a name with a control character"
    } else if name.chars().count() > NAME_CHARS_MAX {
        "a name of more than 64 characters"
    } else {
        return true;
    };
    entry.say(format!("`{}` is {wrong}; no database has that", entry.key()), None);
    false
}

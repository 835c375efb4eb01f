//! Why the application's table could not be read or written.

use crate::model::settings::MissingSecret;
use std::path::PathBuf;

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
    /// Where it is, is not known.
    #[error(transparent)]
    Secret(#[from] MissingSecret),
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

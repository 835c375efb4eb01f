//! Where the outside things are, and how to reach them. Values that `config` makes and `io` uses.

use super::change::Column;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// `[calcom]`: how to reach the source.
#[derive(Debug, Clone)]
pub struct SourceSettings {
    /// Where the API stands; `https`, or `http` on loopback only. Without a trailing slash.
    pub base_url: url::Url,
    /// `cal-api-version`, recorded with every observation.
    pub api_version: Box<str>,
    /// The key. Never shown.
    pub api_key: SecretString,
    /// Of one request, from sending to the last byte.
    pub timeout: Duration,
    /// Of one request, the first included; at least 1.
    pub max_attempts: u32,
    /// Per key, over this process.
    pub requests_per_minute: u32,
    /// Bounds all attempts of one request and the waits between them.
    pub patience: Duration,
    /// Bounds one body, in bytes, after decompression.
    pub max_body_bytes: u64,
}

/// `[services]`: where the application keeps its services.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The database.
    pub location: StoreLocation,
    /// The table's name.
    pub table: Box<str>,
    /// How the columns are called there.
    pub columns: ColumnNames,
    /// Tables that point at a service, by their names.
    pub references: BTreeMap<Box<str>, Reference>,
    /// How long a statement waits for the application to finish its own.
    pub patience: Duration,
}

/// Which database.
#[derive(Debug, Clone)]
pub enum StoreLocation {
    /// A file.
    Sqlite(PathBuf),
    /// A server; the URL may carry a password.
    MySql(SecretString),
    /// A server; the URL may carry a password.
    Postgres(SecretString),
}

/// How the application calls the columns; an optional one that is not used is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnNames {
    /// The primary key.
    pub id: Box<str>,
    /// When the row was last seen in step; written by the stamp alone.
    pub last_sync: Option<Box<str>>,
    /// The columns of images.
    pub mapped: BTreeMap<Column, Box<str>>,
}

/// A table that points at a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its column that holds the service's id.
    pub column: Box<str>,
    /// Its column that holds when something is due, in the application's local time.
    pub upcoming: Option<Box<str>>,
}

/// `[notify]`: whom to tell.
#[derive(Debug, Clone, Default)]
pub struct NotifySettings {
    /// `[notify.email]`.
    pub email: Option<EmailSettings>,
    /// `[notify.slack]`: the webhook's URL is a secret.
    pub slack_webhook: Option<SecretString>,
    /// `[notify.ping]`: the monitor's URL is a secret.
    pub ping: Option<SecretString>,
}

/// `[notify.email]`.
#[derive(Debug, Clone)]
pub struct EmailSettings {
    /// Sender.
    pub from: Box<str>,
    /// Recipients; at least one.
    pub to: Vec<Box<str>>,
    /// Where the mail server is, with user and password.
    pub smtp_url: SecretString,
    /// When to send.
    pub send: SendWhen,
    /// In which language.
    pub language: Language,
}

/// When a mail is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendWhen {
    /// When something changed, waits, or went wrong.
    OnChange,
    /// After every run.
    EveryRun,
    /// Once a day.
    Daily,
}

/// The languages people are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
}

//! Where the outside things are, and how to reach them. Values that `config` makes and `io` uses.

use super::change::{Column, Value};
use super::service::SyncStatus;
use chrono::NaiveTime;
use chrono_tz::Tz;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What a secret opens, or why it does not: whoever can do without it goes on.
pub type Opened<T> = Result<T, MissingSecret>;

/// A secret that is not where the configuration says, or not what it must be. Shows nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct MissingSecret {
    /// What was seen.
    pub what: Box<str>,
    /// What to do.
    pub hint: Box<str>,
}

/// Cal.com's key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Never shown.
    pub secret: SecretString,
    /// A hash of it, from which nobody can tell the key; a part of every scope.
    pub fingerprint: Box<str>,
}

/// `[calcom]`: how to reach the source.
#[derive(Debug, Clone)]
pub struct SourceSettings {
    /// Where the API stands; `https`, or `http` on loopback only. Without a trailing slash.
    pub base_url: url::Url,
    /// `cal-api-version`, recorded with every observation.
    pub api_version: Box<str>,
    /// The key.
    pub api_key: Opened<ApiKey>,
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

/// How long the store waits for others. Cron's next run is far away, and a run that waits for ever
/// keeps its lock for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorePatience {
    /// For the application to finish its own, where it keeps locked what is wanted: ten times what
    /// a page of it takes to write.
    pub locked: Duration,
    /// For a connection to be made: a server that is up answers in far less.
    pub connecting: Duration,
    /// For one answer of a server: beyond it the server is gone, or as good as gone.
    pub answering: Duration,
}

impl Default for StorePatience {
    fn default() -> Self {
        Self {
            locked: Duration::from_secs(10),
            connecting: Duration::from_secs(10),
            answering: Duration::from_mins(1),
        }
    }
}

/// `[services]`: where the application keeps its services.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The database.
    pub location: Opened<StoreLocation>,
    /// The table's name.
    pub table: Box<str>,
    /// How the columns are called there.
    pub columns: ColumnNames,
    /// Tables that point at a service, by their names.
    pub references: BTreeMap<Box<str>, Reference>,
    /// How long to wait for others.
    pub patience: StorePatience,
    /// The application's own words for the states of sync.
    pub words: StatusWords,
    /// What an import writes into columns that are nobody else's, by their names.
    pub insert_defaults: BTreeMap<Box<str>, Value>,
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

impl StoreSettings {
    /// A table of the usual names, with the columns that are used without being named.
    pub fn usual(location: StoreLocation) -> Self {
        let names = [
            (Column::CompanyId, "company_id"),
            (Column::Name, "name"),
            (Column::EventTypeId, "calcom_event_type_id"),
            (Column::IsActive, "is_active"),
            (Column::SyncStatus, "sync_status"),
            (Column::SyncError, "sync_error"),
        ];
        let columns = ColumnNames {
            id: "id".into(),
            last_sync: Some("last_calcom_sync".into()),
            deleted_at: DeletedAt::Usual,
            mapped: names.into_iter().map(|(column, name)| (column, name.into())).collect(),
        };
        Self {
            location: Ok(location),
            table: "services".into(),
            columns,
            references: BTreeMap::new(),
            words: StatusWords::default(),
            insert_defaults: BTreeMap::new(),
            patience: StorePatience::default(),
        }
    }
}

/// How the application calls the columns; an optional one that is not used is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnNames {
    /// The primary key.
    pub id: Box<str>,
    /// When the row was last seen in step; written by the stamp alone.
    pub last_sync: Option<Box<str>>,
    /// When the row was softly deleted: then it is nobody's.
    pub deleted_at: DeletedAt,
    /// The columns of images.
    pub mapped: BTreeMap<Column, Box<str>>,
}

/// The column of soft deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletedAt {
    /// [`DeletedAt::USUAL`], where the table has it.
    Usual,
    /// This one, which must be there.
    Named(Box<str>),
    /// Every row is somebody's.
    NotUsed,
}

impl DeletedAt {
    /// Laravel's name for it.
    pub const USUAL: &str = "deleted_at";
}

/// The application's words for the states of sync. A word that is none of them is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusWords {
    /// In step.
    pub synced: Box<str>,
    /// A local edit waits.
    pub pending: Box<str>,
    /// Something went wrong.
    pub error: Box<str>,
    /// Never synced.
    pub never: Box<str>,
}

impl Default for StatusWords {
    fn default() -> Self {
        let word = |status: &SyncStatus| status.as_str().into();
        Self {
            synced: word(&SyncStatus::Synced),
            pending: word(&SyncStatus::Pending),
            error: word(&SyncStatus::Error),
            never: word(&SyncStatus::Never),
        }
    }
}

impl StatusWords {
    /// What the application's word means.
    pub fn meaning(&self, word: &str) -> SyncStatus {
        match word {
            word if word == &*self.synced => SyncStatus::Synced,
            word if word == &*self.pending => SyncStatus::Pending,
            word if word == &*self.error => SyncStatus::Error,
            word if word == &*self.never => SyncStatus::Never,
            other => SyncStatus::Other(other.into()),
        }
    }

    /// The application's word for what an image says.
    pub fn spelled<'w>(&'w self, word: &'w str) -> &'w str {
        match SyncStatus::from(word) {
            SyncStatus::Synced => &self.synced,
            SyncStatus::Pending => &self.pending,
            SyncStatus::Error => &self.error,
            SyncStatus::Never => &self.never,
            SyncStatus::Other(_) => word,
        }
    }
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
    pub slack_webhook: Option<Opened<SecretString>>,
    /// `[notify.ping]`.
    pub ping: Option<PingSettings>,
    /// `[metrics] textfile`: where numbers for Prometheus are written after each run.
    pub metrics_textfile: Option<PathBuf>,
}

/// `[notify.ping]`: a monitor that raises the alarm when runs stop coming.
#[derive(Debug, Clone)]
pub struct PingSettings {
    /// Its address, a secret; `/start` and `/fail` are put behind it.
    pub url: Opened<SecretString>,
    /// A source that was not believed for longer than this is told to the monitor as a failure.
    pub max_blind: Duration,
}

/// `[notify.email]`.
#[derive(Debug, Clone)]
pub struct EmailSettings {
    /// Sender.
    pub from: Box<str>,
    /// Recipients; at least one.
    pub to: Vec<Box<str>>,
    /// Where the mail server is, with user and password.
    pub smtp_url: Opened<SecretString>,
    /// When to send.
    pub send: SendWhen,
    /// In which language.
    pub language: Language,
    /// The zone in which times are shown, and in which a day has its hours.
    pub time_zone: Tz,
}

/// When a mail is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendWhen {
    /// When something changed, waits, or went wrong.
    OnChange,
    /// After every run.
    EveryRun,
    /// Once a day, by the first run after this hour of `time_zone`; trouble at once.
    Daily(NaiveTime),
}

/// The languages people are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
}

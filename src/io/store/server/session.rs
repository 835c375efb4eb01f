//! A session with a server: statements go out, text comes back, and every failure says what it
//! means for the transaction it happened in.

use super::{mysql, postgres};
use crate::io::scrub::decoded;
use crate::io::store::sql::{Dialect, Statement};
use crate::io::store::{Access, StoreError};
use crate::model::settings::{StoreLocation, StorePatience};
use secrecy::{ExposeSecret, SecretString};
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Row};
use std::fmt;
use std::net::IpAddr;
use tokio::time::timeout;
use url::Url;

/// How much of a statement is shown to people, in characters.
const SHOWN: usize = 60;

/// What went wrong, in words, without any password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said(String);

impl Said {
    /// These words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Said {}

/// What a failure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The database refuses this one row: a constraint, a trigger, a value that does not fit.
    Refused(Said),
    /// Another transaction stood in the way; this one is undone, and may be tried again.
    Collision(Said),
    /// Another program kept locked what a statement wanted, for longer than there is patience; this
    /// transaction is undone.
    Locked(Said),
    /// Nothing of the transaction is or will be applied.
    Failed(Said),
    /// The commit was sent, and no answer came.
    Unknown(Said),
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(said)
            | Trouble::Collision(said)
            | Trouble::Locked(said)
            | Trouble::Failed(said) => Self::NotApplied(said.into()),
            Trouble::Unknown(said) => Self::OutcomeUnknown(said.into()),
        }
    }
}

/// What a server's error code means for the session and its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// As [`Trouble::Refused`].
    Refused,
    /// As [`Trouble::Collision`].
    Collision,
    /// As [`Trouble::Locked`].
    Locked,
    /// As [`Trouble::Failed`].
    Failed,
    /// The server ends the session.
    Ended,
}

enum Wire {
    MySql(Box<MySqlConnection>),
    Postgres(Box<PgConnection>),
}

/// A session.
pub struct Session {
    wire: Wire,
    passwords: Vec<SecretString>,
    patience: StorePatience,
    /// After a lost connection nothing is sent any more.
    lost: bool,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({:?}, lost: {})", self.dialect(), self.lost)
    }
}

/// What one statement did.
pub struct Done {
    /// Rows that matched, whether or not their values were other ones.
    pub rows: u64,
    /// The key of a row that MySQL inserted.
    pub key: Option<i64>,
}

/// Text in the order of the columns that were asked for.
pub type Line = Vec<Option<String>>;

impl Session {
    /// Connects, and makes the session one in which nothing depends on the server's defaults.
    pub async fn connect(
        location: &StoreLocation,
        access: Access,
        patience: StorePatience,
    ) -> Result<Self, Said> {
        // An error says that there is a provider already, which is what is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (StoreLocation::MySql(url) | StoreLocation::Postgres(url)) = location else {
            return Err(Said::new("a file is no server"));
        };
        let url = url.expose_secret();
        let passwords = passwords_of(url);
        let connecting = async {
            Ok(match location {
                StoreLocation::MySql(_) => Wire::MySql(Box::new(mysql::connect(url).await?)),
                _ => Wire::Postgres(Box::new(postgres::connect(url).await?)),
            })
        };
        let wire = timeout(patience.connecting, connecting).await.map_err(|_| {
            let waited = humantime::format_duration(patience.connecting);
            Said::new(format!("no connection within {waited}; see whether the server is up"))
        })?;
        let wire = wire.map_err(|error: sqlx::Error| scrubbed(&error, &passwords))?;
        let mut session = Self { wire, passwords, patience, lost: false };
        let settings = match session.dialect() {
            Dialect::MySql => mysql::settings(access, patience.locked),
            _ => postgres::settings(access, patience.locked),
        };
        for setting in settings {
            session.plain(&setting).await.map_err(|trouble| match trouble {
                Trouble::Refused(said)
                | Trouble::Collision(said)
                | Trouble::Locked(said)
                | Trouble::Failed(said)
                | Trouble::Unknown(said) => said,
            })?;
        }
        Ok(session)
    }

    /// Whose SQL it takes.
    pub fn dialect(&self) -> Dialect {
        match self.wire {
            Wire::MySql(_) => Dialect::MySql,
            Wire::Postgres(_) => Dialect::Postgres,
        }
    }

    /// True after the connection was lost: and with it every lock.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// The rows of a query, every cell as text.
    pub async fn lines(&mut self, statement: &Statement) -> Result<Vec<Line>, Trouble> {
        self.is_there()?;
        let answered = timeout(self.patience.answering, async {
            match &mut self.wire {
                Wire::MySql(wire) => {
                    let rows = mysql::bound(statement).fetch_all(&mut **wire).await?;
                    rows.iter().map(line).collect()
                }
                Wire::Postgres(wire) => {
                    let rows = postgres::bound(statement).fetch_all(&mut **wire).await?;
                    rows.iter().map(line).collect()
                }
            }
        })
        .await;
        self.judged(statement.text(), answered)
    }

    /// The first cell of a query's only row.
    pub async fn word(&mut self, statement: &Statement) -> Result<Option<String>, Trouble> {
        let lines = self.lines(statement).await?;
        Ok(lines.into_iter().flatten().next().flatten())
    }

    /// A statement that writes.
    pub async fn execute(&mut self, statement: &Statement) -> Result<Done, Trouble> {
        self.is_there()?;
        let answered = timeout(self.patience.answering, async {
            Ok(match &mut self.wire {
                Wire::MySql(wire) => {
                    let done = mysql::bound(statement).execute(&mut **wire).await?;
                    let key = i64::try_from(done.last_insert_id()).ok().filter(|key| *key > 0);
                    Done { rows: done.rows_affected(), key }
                }
                Wire::Postgres(wire) => {
                    let done = postgres::bound(statement).execute(&mut **wire).await?;
                    Done { rows: done.rows_affected(), key: None }
                }
            })
        })
        .await;
        self.judged(statement.text(), answered)
    }

    /// A statement without parameters that answers nothing.
    pub async fn plain(&mut self, text: &str) -> Result<(), Trouble> {
        self.is_there()?;
        let query = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
        let answered = timeout(self.patience.answering, async {
            match &mut self.wire {
                Wire::MySql(wire) => query.execute(&mut **wire).await.map(|_| ()),
                Wire::Postgres(wire) => query.execute(&mut **wire).await.map(|_| ()),
            }
        })
        .await;
        self.judged(text, answered)
    }

    /// Commits. Only an answer says that nothing was applied, and in MySQL not every answer: an
    /// error while committing may come after the commit. No answer says nothing.
    pub async fn commit(&mut self) -> Result<(), Trouble> {
        self.is_there()?;
        match self.plain("COMMIT").await {
            Ok(()) => Ok(()),
            Err(Trouble::Failed(said)) => Err(Trouble::Unknown(said)),
            Err(Trouble::Refused(said)) if self.dialect() == Dialect::MySql => {
                Err(Trouble::Unknown(said))
            }
            Err(other) => Err(other),
        }
    }

    /// Undoes the transaction. Where even that fails, nothing more is sent: the server undoes it
    /// when the session ends.
    pub async fn roll_back(&mut self) {
        if self.plain("ROLLBACK").await.is_err() {
            self.lost = true;
        }
    }

    fn is_there(&self) -> Result<(), Trouble> {
        if self.lost {
            return Err(Trouble::Failed(Said::new("the connection was lost before")));
        }
        Ok(())
    }

    fn judged<T>(
        &mut self,
        text: &str,
        answered: Result<Result<T, sqlx::Error>, tokio::time::error::Elapsed>,
    ) -> Result<T, Trouble> {
        let error = match answered {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => {
                self.lost = true;
                let waited = humantime::format_duration(self.patience.answering);
                return Err(Trouble::Failed(Said::new(format!(
                    "no answer within {waited} to \"{}\"; see whether the server is up, and what it \
                     is busy with",
                    beginning(text)
                ))));
            }
        };
        let said = scrubbed(&error, &self.passwords);
        let meaning = match (&error, &self.wire) {
            (sqlx::Error::Database(error), Wire::MySql(_)) => mysql::meaning(&**error),
            (sqlx::Error::Database(error), Wire::Postgres(_)) => postgres::meaning(&**error),
            (sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_), _) => Meaning::Failed,
            _ => Meaning::Ended,
        };
        Err(match meaning {
            Meaning::Refused => Trouble::Refused(said),
            Meaning::Collision => Trouble::Collision(said),
            Meaning::Locked => {
                let waited = humantime::format_duration(self.patience.locked);
                Trouble::Locked(Said::new(format!(
                    "{said}: another program kept locked for longer than {waited} what \"{}\" wants; \
                     the next run tries again, and if this goes on, look for a transaction that \
                     nobody ends",
                    beginning(text)
                )))
            }
            Meaning::Failed => Trouble::Failed(said),
            Meaning::Ended => {
                self.lost = true;
                Trouble::Failed(said)
            }
        })
    }

    /// Whether what is said is encrypted, in the server's words; `None`: it is not.
    pub async fn tls(&mut self) -> Result<Option<String>, Trouble> {
        let dialect = self.dialect();
        let question = if dialect == Dialect::MySql { mysql::TLS } else { postgres::TLS };
        let answer = self.lines(&Statement::new(dialect, question)).await?;
        let version = answer.into_iter().flatten().next_back().flatten();
        Ok(version.filter(|version| !version.is_empty()))
    }

    /// Says good-bye, so that the server need not find out.
    pub async fn close(self) {
        let patience = self.patience.connecting;
        let closing = async {
            match self.wire {
                Wire::MySql(wire) => wire.close().await,
                Wire::Postgres(wire) => wire.close().await,
            }
        };
        // The server notices by itself where it does not hear it.
        let _ = timeout(patience, closing).await;
    }
}

/// How a statement begins, for people. Its values are parameters, and not in it.
fn beginning(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= SHOWN {
        return words;
    }
    words.chars().take(SHOWN).chain(['…']).collect()
}

fn line<R: Row>(row: &R) -> Result<Line, sqlx::Error>
where
    usize: sqlx::ColumnIndex<R>,
    Option<String>: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (0..row.len()).map(|place| row.try_get(place)).collect()
}

/// The password as it stands in the URL and as it is: a server or an application's trigger may know
/// either.
fn passwords_of(url: &str) -> Vec<SecretString> {
    let Ok(url) = Url::parse(url) else { return Vec::new() };
    let typed = url.password().map(|typed| [typed.to_owned(), decoded(typed)]);
    let option = url.query_pairs().find(|(key, _)| key == "password");
    let option = option.map(|(_, value)| value.into_owned());
    let found = typed.into_iter().flatten().chain(option);
    found.filter(|password| !password.is_empty()).map(SecretString::from).collect()
}

/// An error and its causes in one line, without the password should anything have repeated it.
fn scrubbed(error: &sqlx::Error, passwords: &[SecretString]) -> Said {
    let mut words = match error {
        sqlx::Error::Database(error) => error.to_string(),
        other => other.to_string(),
    };
    for password in passwords {
        words = words.replace(password.expose_secret(), "…");
    }
    Said(words)
}

/// True where nothing that is said leaves this machine.
pub fn is_on_this_machine(location: &StoreLocation) -> bool {
    let (StoreLocation::MySql(url) | StoreLocation::Postgres(url)) = location else { return true };
    let Ok(url) = Url::parse(url.expose_secret()) else { return false };
    let option = |name: &str| url.query_pairs().find(|(key, _)| key == name);
    if let Some((_, host)) = option("hostaddr").or_else(|| option("host")) {
        return host.starts_with('/') || is_loopback(&host);
    }
    option("socket").is_some() || url.host_str().is_some_and(is_loopback)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Where the server is, for people: without password and options.
pub fn place(location: &StoreLocation) -> String {
    let (StoreLocation::MySql(url) | StoreLocation::Postgres(url)) = location else {
        return "a file".to_owned();
    };
    let Ok(mut url) = Url::parse(url.expose_secret()) else { return "of this URL".to_owned() };
    url.set_query(None);
    url.set_fragment(None);
    // It fails only where there is no host, and then there is no password either.
    let _ = url.set_password(None);
    url.to_string()
}

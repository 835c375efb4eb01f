//! Databases for stories: SQLite always; MariaDB or MySQL and PostgreSQL where they can be
//! reached. Each story makes its own database, and drops it.
//!
//! `RECONCILER_TEST_MYSQL_URL` and `RECONCILER_TEST_POSTGRES_URL` say where the servers are, by
//! default on loopback at the usual ports. What cannot be reached is skipped, aloud (`aloud::skip`).

use crate::aloud::{setting, skip};
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Row};
use std::cell::RefCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Who keeps the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    Sqlite,
    MySql,
    Postgres,
}

/// A database of a story's own.
pub struct Database {
    pub keeper: Keeper,
    name: String,
    runtime: Runtime,
    line: RefCell<Line>,
    _folder: TempDir,
}

enum Line {
    Sqlite(rusqlite::Connection),
    MySql(MySqlConnection),
    Postgres(PgConnection),
}

fn server_url(keeper: Keeper) -> String {
    let (variable, usual) = match keeper {
        Keeper::Sqlite => ("", ""),
        Keeper::MySql => ("RECONCILER_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306"),
        Keeper::Postgres => ("RECONCILER_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432"),
    };
    setting(variable).unwrap_or_else(|| usual.to_owned()).trim_end_matches('/').to_owned()
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn connect(keeper: Keeper, database: &str) -> Result<Line, sqlx::Error> {
    let url = format!("{}/{database}", server_url(keeper));
    let connecting = async {
        Ok(match keeper {
            Keeper::MySql => Line::MySql(MySqlConnection::connect(&url).await?),
            _ => Line::Postgres(PgConnection::connect(&url).await?),
        })
    };
    let waited = tokio::time::timeout(Duration::from_secs(5), connecting).await;
    waited.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut))
}

/// Whether a server answers; asked once, and said once.
fn answers(keeper: Keeper) -> bool {
    static MYSQL: OnceLock<bool> = OnceLock::new();
    static POSTGRES: OnceLock<bool> = OnceLock::new();
    let (known, what, database) = match keeper {
        Keeper::Sqlite => return true,
        Keeper::MySql => (&MYSQL, "mysql", "mysql"),
        Keeper::Postgres => (&POSTGRES, "postgres", "postgres"),
    };
    *known.get_or_init(|| match runtime().block_on(connect(keeper, database)) {
        Ok(_) => true,
        Err(error) => {
            skip(what, &format!("{} cannot be reached: {error}", server_url(keeper)));
            false
        }
    })
}

impl Database {
    /// A new, empty one; `None` where its server cannot be reached.
    pub fn new(keeper: Keeper) -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        if !answers(keeper) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let name = format!("reconciler_test_{}_{number}", std::process::id());
        let runtime = runtime();
        let line = match keeper {
            Keeper::Sqlite => {
                let file = folder.path().join("services.db");
                let line = rusqlite::Connection::open(&file).unwrap();
                return Some(Self {
                    keeper,
                    name: file.display().to_string(),
                    runtime,
                    line: RefCell::new(Line::Sqlite(line)),
                    _folder: folder,
                });
            }
            Keeper::MySql | Keeper::Postgres => runtime.block_on(async {
                make(keeper, &name).await;
                connect(keeper, &name).await.unwrap()
            }),
        };
        Some(Self { keeper, name, runtime, line: RefCell::new(line), _folder: folder })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        match self.keeper {
            Keeper::Sqlite => format!("sqlite:{}", self.name),
            keeper => format!("{}/{}", server_url(keeper), self.name),
        }
    }

    /// Host and port of its server.
    pub fn address(&self) -> String {
        let url = url::Url::parse(&self.url()).unwrap();
        let usual = if self.keeper == Keeper::MySql { 3306 } else { 5432 };
        format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(usual))
    }

    /// Where it is, for whom nothing need be secret: to agree on keys takes most of a short run.
    pub fn plain_url(&self) -> String {
        self.plain(url::Url::parse(&self.url()).unwrap())
    }

    /// Where it is, seen through something at another port of this machine, which wants to read
    /// what is said.
    pub fn url_through(&self, port: u16) -> String {
        let mut url = url::Url::parse(&self.url()).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(port)).unwrap();
        self.plain(url)
    }

    fn plain(&self, mut url: url::Url) -> String {
        let plain =
            if self.keeper == Keeper::MySql { "ssl-mode=DISABLED" } else { "sslmode=disable" };
        url.set_query(Some(plain));
        url.to_string()
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its tables are qualified with.
    fn schema(&self) -> &str {
        if self.keeper == Keeper::MySql { &self.name } else { "public" }
    }

    /// Waits for something to be done.
    pub fn wait_for<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Statements, one after another.
    pub fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut *self.line.borrow_mut() {
            Line::Sqlite(line) => line.execute_batch(&sql.0).unwrap(),
            Line::MySql(line) => {
                self.runtime.block_on(sqlx::raw_sql(sql).execute(line)).unwrap();
            }
            Line::Postgres(line) => {
                self.runtime.block_on(sqlx::raw_sql(sql).execute(line)).unwrap();
            }
        }
    }

    /// Keeps a copy of the services, to go back to.
    pub fn remember_services(&self) {
        self.execute("CREATE TABLE services_then AS SELECT * FROM services");
    }

    /// The services are as they were then. Numbers that were given since are not given again: a
    /// server counts on.
    pub fn go_back_to_services(&self) {
        self.execute("DELETE FROM services; INSERT INTO services SELECT * FROM services_then");
    }

    /// A query's rows, every cell as the database writes it; NULL is `-`.
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let text = AssertSqlSafe(sql.to_owned());
        match &mut *self.line.borrow_mut() {
            Line::Sqlite(line) => sqlite_rows(line, sql),
            Line::MySql(line) => {
                let rows = self.runtime.block_on(sqlx::raw_sql(text).fetch_all(line)).unwrap();
                rows.iter().map(mysql_cells).collect()
            }
            Line::Postgres(line) => {
                let rows = self.runtime.block_on(sqlx::raw_sql(text).fetch_all(line)).unwrap();
                rows.iter().map(postgres_cells).collect()
            }
        }
    }

    /// The first cell.
    pub fn cell(&self, sql: &str) -> String {
        self.rows(sql).into_iter().flatten().next().unwrap_or_else(|| panic!("no row: {sql}"))
    }

    /// The first cell, a number.
    pub fn number(&self, sql: &str) -> i64 {
        self.cell(sql).parse().unwrap()
    }
}

/// The README's GRANT, with other names for the database and the user, and another password.
fn granted(database: &Database, user: &str, password: &str) {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let fence = if database.keeper == Keeper::MySql { "```mysql\n" } else { "```postgresql\n" };
    let sql = readme.split(fence).nth(1).unwrap().split("```").next().unwrap();
    assert!(sql.contains("GRANT SELECT") && sql.contains("'a long password'"));
    let sql = sql.replace("-- GRANT", "GRANT");
    let name = database.name();
    database.execute(
        &sql.replace("reconciler", user)
            .replace("app.", &format!("{name}."))
            .replace("DATABASE app", &format!("DATABASE {name}"))
            .replace("a long password", &password.replace('\'', "''")),
    );
}

/// A user with exactly these rights, for as long as the story lasts.
pub struct User<'d> {
    pub database: &'d Database,
    pub name: String,
    password: String,
}

impl<'d> User<'d> {
    pub fn of(database: &'d Database, password: &str) -> Self {
        let name = format!("{}_u", database.name());
        granted(database, &name, password);
        Self { database, name, password: password.to_owned() }
    }

    /// Gives it one more right on a table.
    pub fn has(&self, right: &str, table: &str) {
        let (schema, name) = (self.database.schema(), &self.name);
        self.database.execute(&format!("GRANT {right} ON {schema}.{table} TO {name}"));
    }

    /// Takes a right on the services away.
    pub fn lacks(&self, right: &str) {
        let (schema, name) = (self.database.schema(), &self.name);
        self.database.execute(&format!("REVOKE {right} ON {schema}.services FROM {name}"));
    }

    pub fn url(&self) -> String {
        self.url_with(&self.password)
    }

    /// With a password that may be another one.
    pub fn url_with(&self, password: &str) -> String {
        let mut url = url::Url::parse(&self.database.url()).unwrap();
        url.set_username(&self.name).unwrap();
        url.set_password(Some(&in_a_url(password))).unwrap();
        url.to_string()
    }
}

impl Drop for User<'_> {
    fn drop(&mut self) {
        let name = &self.name;
        self.database.execute(&match self.database.keeper {
            Keeper::MySql => format!("DROP USER {name}"),
            _ => format!("DROP OWNED BY {name}; DROP USER {name}"),
        });
    }
}

/// Text as a part of a URL has it.
pub fn in_a_url(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

async fn make(keeper: Keeper, name: &str) {
    match connect(keeper, if keeper == Keeper::MySql { "mysql" } else { "postgres" }).await {
        Ok(Line::MySql(mut line)) => {
            let sql =
                format!("CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut line).await.unwrap();
        }
        Ok(Line::Postgres(mut line)) => {
            let sql = format!("CREATE DATABASE {name}");
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut line).await.unwrap();
        }
        Ok(Line::Sqlite(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = self.name.clone();
        // A story that failed in the middle may still hold locks, which dropping would wait for.
        if let Line::MySql(line) = self.line.get_mut() {
            let done = "ROLLBACK; UNLOCK TABLES";
            let _gone = self.runtime.block_on(sqlx::raw_sql(done).execute(line));
        }
        let dropped = self.runtime.block_on(async {
            match self.keeper {
                Keeper::Sqlite => Ok(()),
                Keeper::MySql => {
                    let Line::MySql(mut line) = connect(Keeper::MySql, "mysql").await? else {
                        return Ok(());
                    };
                    let sql = AssertSqlSafe(format!("DROP DATABASE {name}"));
                    sqlx::raw_sql(sql).execute(&mut line).await.map(|_| ())
                }
                Keeper::Postgres => {
                    let Line::Postgres(mut line) = connect(Keeper::Postgres, "postgres").await?
                    else {
                        return Ok(());
                    };
                    let sql = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
                    sqlx::raw_sql(sql).execute(&mut line).await.map(|_| ())
                }
            }
        });
        assert!(dropped.is_ok() || std::thread::panicking(), "{dropped:?}");
    }
}

fn sqlite_rows(line: &rusqlite::Connection, sql: &str) -> Vec<Vec<String>> {
    let mut query = line.prepare(sql).unwrap();
    let count = query.column_count();
    let rows = query.query_map([], |row| {
        (0..count)
            .map(|at| {
                Ok(match row.get::<_, rusqlite::types::Value>(at)? {
                    rusqlite::types::Value::Null => "-".to_owned(),
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    rusqlite::types::Value::Real(number) => number.to_string(),
                    rusqlite::types::Value::Text(text) => text,
                    rusqlite::types::Value::Blob(bytes) => format!("{bytes:?}"),
                })
            })
            .collect()
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// In the text protocol every value comes as text, whatever its type.
fn mysql_cells(row: &MySqlRow) -> Vec<String> {
    let cell = |at| row.try_get_unchecked::<Option<String>, _>(at).unwrap();
    (0..row.len()).map(|at| cell(at).unwrap_or_else(|| "-".to_owned())).collect()
}

fn postgres_cells(row: &PgRow) -> Vec<String> {
    let cell = |at| row.try_get_unchecked::<Option<String>, _>(at).unwrap();
    (0..row.len()).map(|at| cell(at).unwrap_or_else(|| "-".to_owned())).collect()
}

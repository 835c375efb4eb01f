//! What is MySQL's and MariaDB's own: connecting, its catalogue, its locks, its error codes.

use super::session::Meaning;
use crate::io::store::Access;
use crate::io::store::sql::{Dialect, Kind, Statement};
use crate::model::change::Value;
use sqlx::error::DatabaseError;
use sqlx::mysql::{
    MySql, MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlDatabaseError,
};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions};
use std::str::FromStr;
use std::time::Duration;

/// How the connection is encrypted.
pub const TLS: &str = "SHOW SESSION STATUS LIKE 'Ssl_version'";

/// The server's version.
pub const VERSION: &str =
    "SELECT CONCAT(CASE WHEN VERSION() LIKE '%MariaDB%' THEN '' ELSE 'MySQL ' END, VERSION())";

/// Whether a table is kept by an engine with transactions: its name where it is not.
pub const ENGINE: &str = "SELECT CAST(t.engine AS CHAR) FROM information_schema.tables t
    JOIN information_schema.engines e ON e.engine = t.engine
    WHERE coalesce(e.transactions, 'NO') <> 'YES' AND t.table_schema = ";

/// Connects. Text is utf8mb4 and moments are UTC, whatever the server's defaults are.
pub async fn connect(url: &str) -> Result<MySqlConnection, sqlx::Error> {
    let options = MySqlConnectOptions::from_str(url)?
        .charset("utf8mb4")
        .timezone("+00:00".to_owned())
        .disable_statement_logging();
    options.connect().await
}

/// What the session is told first: a value that does not fit is an error and never another value,
/// and nobody waits for a lock longer than the application would.
pub fn settings(access: Access, locked: Duration) -> Vec<String> {
    let seconds = seconds(locked);
    let mut settings = vec![
        "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')".to_owned(),
        // Of rows, and of the table itself: a migration keeps that locked.
        format!("SET SESSION innodb_lock_wait_timeout = {seconds}"),
        format!("SET SESSION lock_wait_timeout = {seconds}"),
    ];
    if access == Access::ReadOnly {
        settings.push("SET SESSION TRANSACTION READ ONLY".to_owned());
    }
    settings
}

/// MySQL waits in whole seconds, and at least one.
fn seconds(patience: Duration) -> u64 {
    patience.as_secs().max(1)
}

/// A statement with its parameters.
pub fn bound(statement: &Statement) -> Query<'static, MySql, MySqlArguments> {
    let mut query = sqlx::query(AssertSqlSafe(statement.text().to_owned()));
    for value in statement.values() {
        query = match value {
            Value::Null => query.bind(None::<i64>),
            Value::Bool(truth) => query.bind(i64::from(*truth)),
            Value::Int(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.to_string()),
        };
    }
    query
}

/// A table's columns: name, type for people, type, nullable, whether it fills itself, whether its
/// default is a constant (nothing where it is not), and where the table is.
pub fn columns(schema: Option<&str>, table: &str) -> Statement {
    let mut statement = Statement::new(
        Dialect::MySql,
        "SELECT CAST(column_name AS CHAR), CAST(column_type AS CHAR), CAST(data_type AS CHAR),
                CAST(is_nullable AS CHAR),
                CASE WHEN column_default IS NOT NULL OR extra LIKE '%auto_increment%'
                       OR extra LIKE '%GENERATED%' THEN 'YES' ELSE 'NO' END,
                CASE WHEN column_default LIKE '%(%' OR column_default LIKE 'current_timestamp%'
                       OR extra <> '' OR (column_default IS NULL AND is_nullable = 'NO')
                     THEN '' ELSE 'DEFAULT' END,
                CAST(table_schema AS CHAR), CAST(table_name AS CHAR)
         FROM information_schema.columns WHERE table_schema = ",
    );
    in_table(&mut statement, schema, table);
    statement.say(" ORDER BY ordinal_position");
    statement
}

/// The end of a question about one table.
pub fn in_table(statement: &mut Statement, schema: Option<&str>, table: &str) {
    match schema {
        Some(schema) => statement.text_value(schema),
        None => statement.say("DATABASE()"),
    };
    statement.say(" AND table_name = ").text_value(table);
}

/// The columns of other tables, and of this one, whose foreign keys point at the table's key:
/// schema, table, column.
pub fn foreign_keys(table: &(String, String), key: &str) -> Statement {
    let mut statement = Statement::new(
        Dialect::MySql,
        "SELECT CAST(table_schema AS CHAR), CAST(table_name AS CHAR), CAST(column_name AS CHAR)
         FROM information_schema.key_column_usage WHERE referenced_table_schema = ",
    );
    statement.text_value(&table.0).say(" AND referenced_table_name = ").text_value(&table.1);
    statement.say(" AND referenced_column_name = ").text_value(key);
    statement
}

/// What a type holds.
pub fn kind(data_type: &str) -> Kind {
    match data_type.to_ascii_lowercase().as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => Kind::Whole,
        "bit" => Kind::Bits,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" => Kind::Text,
        "timestamp" | "datetime" | "date" => Kind::Moment,
        _ => Kind::Other,
    }
}

/// Takes a lock, waiting a little: `1`, or `0` where another session has it.
pub fn take(lock: &str, patience: Duration) -> Statement {
    let mut statement = Statement::new(Dialect::MySql, "SELECT CAST(GET_LOCK(");
    statement.text_value(lock).say(&format!(", {}) AS CHAR)", seconds(patience)));
    statement
}

/// `1` while this session has the lock.
pub fn has(lock: &str) -> Statement {
    let mut statement = Statement::new(Dialect::MySql, "SELECT CAST(IS_USED_LOCK(");
    statement.text_value(lock).say(") = CONNECTION_ID() AS CHAR)");
    statement
}

/// Gives a lock back.
pub fn give_back(lock: &str) -> Statement {
    let mut statement = Statement::new(Dialect::MySql, "SELECT CAST(RELEASE_LOCK(");
    statement.text_value(lock).say(") AS CHAR)");
    statement
}

/// What an error means. Numbers and states: MySQL 8.4 reference manual, "Server Error Message
/// Reference"; MariaDB, "MariaDB Error Codes".
pub fn meaning(error: &dyn DatabaseError) -> Meaning {
    let number = error.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number);
    match number {
        // Deadlock; MariaDB: record has changed since last read.
        Some(1213 | 1020) => Meaning::Collision,
        // Lock wait timeout.
        Some(1205) => Meaning::Locked,
        // Shutdown; connection killed; query interrupted by a kill; MySQL: disconnected by the
        // server for inactivity.
        Some(1053 | 1927 | 1317 | 4031) => Meaning::Ended,
        _ => match error.code().as_deref().and_then(|state| state.get(..2)) {
            // Access denied, unknown table or column, syntax: the same for every row.
            Some("42" | "28") => Meaning::Failed,
            Some("08") => Meaning::Ended,
            _ => Meaning::Refused,
        },
    }
}

/// How many indexes begin with these two columns.
pub fn index(table: &(String, String), columns: &[String; 2]) -> Statement {
    let mut statement = Statement::new(
        Dialect::MySql,
        "SELECT CAST(count(*) AS CHAR) FROM information_schema.statistics one
         JOIN information_schema.statistics two USING (table_schema, table_name, index_name)
         WHERE one.seq_in_index = 1 AND two.seq_in_index = 2 AND one.column_name = ",
    );
    let [first, second] = columns;
    statement.text_value(first).say(" AND two.column_name = ").text_value(second);
    statement.say(" AND table_schema = ").text_value(&table.0);
    statement.say(" AND table_name = ").text_value(&table.1);
    statement
}

/// The names of the triggers on the table.
pub fn triggers(table: &(String, String)) -> Statement {
    let mut statement = Statement::new(
        Dialect::MySql,
        "SELECT CAST(CONCAT(trigger_name, ' (', lower(action_timing), ' ', lower(event_manipulation),
                            ')') AS CHAR)
         FROM information_schema.triggers WHERE event_object_schema = ",
    );
    statement.text_value(&table.0).say(" AND event_object_table = ").text_value(&table.1);
    statement.say(" ORDER BY trigger_name");
    statement
}

/// Rights of this user's own, on the table or more, that this program has no use for. Those that
/// come with a role are not among them. What is granted on single columns is no right on the table.
pub fn excess(table: &(String, String)) -> Statement {
    let mut statement = Statement::new(
        Dialect::MySql,
        "SELECT DISTINCT CAST(CASE privilege_type WHEN 'INSERT' THEN 'INSERT into every column'
                                                  WHEN 'UPDATE' THEN 'UPDATE of every column'
                                                  ELSE privilege_type END AS CHAR) FROM (
            SELECT grantee, privilege_type FROM information_schema.user_privileges
            UNION ALL
            SELECT grantee, privilege_type FROM information_schema.schema_privileges
            WHERE ",
    );
    statement.text_value(&table.0);
    statement.say(
        " LIKE table_schema
            UNION ALL
            SELECT grantee, privilege_type FROM information_schema.table_privileges
            WHERE table_schema = ",
    );
    statement.text_value(&table.0).say(" AND table_name = ").text_value(&table.1);
    statement.say(
        ") AS rights
         WHERE privilege_type IN ('DROP', 'ALTER', 'CREATE', 'INDEX', 'TRIGGER', 'SUPER', 'FILE',
                                  'GRANT OPTION', 'CREATE USER', 'INSERT', 'UPDATE')
           AND grantee = CONCAT('''', replace(CURRENT_USER(), '@', '''@'''), '''')
         ORDER BY 1",
    );
    statement
}

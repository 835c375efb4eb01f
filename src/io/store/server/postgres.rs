//! What is PostgreSQL's own: connecting, its catalogue, its locks, its error codes.

use super::session::Meaning;
use crate::io::store::Access;
use crate::io::store::sql::{Dialect, Kind, Statement};
use crate::model::change::Value;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions};
use std::str::FromStr;
use std::time::Duration;

/// How the connection is encrypted.
pub const TLS: &str = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";

/// The server's version.
pub const VERSION: &str = "SELECT 'PostgreSQL ' || current_setting('server_version')";

/// Connects. sqlx asks for UTF-8, and for UTC as the session's time zone.
pub async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?
        .application_name(env!("CARGO_PKG_NAME"))
        .disable_statement_logging();
    options.connect().await
}

/// What the session is told first: nobody waits for a lock longer than the application would.
pub fn settings(access: Access, locked: Duration) -> Vec<String> {
    // Zero would be for ever.
    let patience = locked.as_millis().max(1);
    let mut settings = vec![
        format!("SET lock_timeout = '{patience}ms'"),
        "SET client_min_messages = error".to_owned(),
    ];
    if access == Access::ReadOnly {
        settings.push("SET default_transaction_read_only = on".to_owned());
    }
    settings
}

/// A statement with its parameters: all are text, and the statement casts them.
pub fn bound(statement: &Statement) -> Query<'static, Postgres, PgArguments> {
    let mut query = sqlx::query(AssertSqlSafe(statement.text().to_owned()));
    for value in statement.values() {
        query = query.bind(match value {
            Value::Null => None,
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Int(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.to_string()),
        });
    }
    query
}

/// A table's columns: name, type, category and name of the type it rests on, nullable, whether it
/// fills itself, its default where that is a constant, and where the table is. A type without its length is what a cast must name.
pub fn columns(table: &str) -> Statement {
    let mut statement = Statement::new(
        Dialect::Postgres,
        "SELECT CAST(a.attname AS text), format_type(a.atttypid, -1),
                CAST(b.typcategory AS text) || b.typname,
                CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END,
                CASE WHEN a.atthasdef OR a.attidentity <> '' THEN 'YES' ELSE 'NO' END,
                CASE WHEN a.attgenerated <> '' OR a.attidentity <> ''
                       OR pg_get_expr(d.adbin, d.adrelid) LIKE '%(%'
                       OR pg_get_expr(d.adbin, d.adrelid) LIKE 'CURRENT_%' THEN ''
                     ELSE 'CAST(' || coalesce(pg_get_expr(d.adbin, d.adrelid), 'NULL') || ' AS '
                          || format_type(a.atttypid, a.atttypmod) || ')' END,
                CAST(n.nspname AS text), CAST(c.relname AS text)
         FROM pg_attribute a
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         JOIN pg_class c ON c.oid = a.attrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_type t ON t.oid = a.atttypid
         JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
         WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = to_regclass(",
    );
    statement.text_value(&Dialect::Postgres.quoted_table(table));
    statement.say(") ORDER BY a.attnum");
    statement
}

/// The columns of other tables, and of this one, whose foreign keys point at the table's key:
/// schema, table, column.
pub fn foreign_keys(table: &(String, String), key: &str) -> Statement {
    let mut statement = Statement::new(
        Dialect::Postgres,
        "SELECT CAST(cn.nspname AS text), CAST(child.relname AS text), CAST(a.attname AS text)
         FROM pg_constraint k
         JOIN pg_class c ON c.oid = k.confrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_class child ON child.oid = k.conrelid
         JOIN pg_namespace cn ON cn.oid = child.relnamespace
         CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair (here, there)
         JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.here
         JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.there
         WHERE k.contype = 'f' AND b.attname = ",
    );
    statement.text_value(key).say(" AND n.nspname = ").text_value(&table.0);
    statement.say(" AND c.relname = ").text_value(&table.1);
    statement
}

/// What a type holds, by its category and name.
pub fn kind(category_and_name: &str) -> Kind {
    match category_and_name {
        "Nint2" | "Nint4" | "Nint8" => Kind::Whole,
        other => match other.chars().next() {
            Some('B') => Kind::Truth,
            Some('V') => Kind::Bits,
            Some('S' | 'E') => Kind::Text,
            Some('D') => Kind::Moment,
            _ => Kind::Other,
        },
    }
}

/// Takes a lock, waiting a little: [`Meaning::Locked`] where another session has it.
pub fn take(lock: &str) -> Statement {
    asking("pg_advisory_lock", lock)
}

/// `true` while no other session has the lock; if this one had lost it, it is taken again for the
/// rest of the transaction.
pub fn has(lock: &str) -> Statement {
    asking("pg_try_advisory_xact_lock", lock)
}

/// Gives a lock back.
pub fn give_back(lock: &str) -> Statement {
    asking("pg_advisory_unlock", lock)
}

fn asking(function: &str, lock: &str) -> Statement {
    let head = format!("SELECT CAST({function}(CAST(");
    let mut statement = Statement::new(Dialect::Postgres, head);
    statement.text_value(lock).say(" AS bigint)) AS text)");
    statement
}

/// What an error means: PostgreSQL's documentation, Appendix A, "PostgreSQL Error Codes".
pub fn meaning(error: &dyn DatabaseError) -> Meaning {
    let code = error.code().unwrap_or_default();
    match &*code {
        // Serialization failure; deadlock.
        "40001" | "40P01" => Meaning::Collision,
        // Lock not available.
        "55P03" => Meaning::Locked,
        code if code.starts_with("57P") || code.starts_with("08") => Meaning::Ended,
        // Integrity constraint; data exception; raised by a trigger; triggered action.
        code if ["23", "22", "P0", "09", "27", "44"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Meaning::Refused
        }
        _ => Meaning::Failed,
    }
}

fn about(statement: &mut Statement, table: &(String, String)) {
    statement.text_value(&table.0).say(" AND c.relname = ").text_value(&table.1);
}

/// How many indexes begin with these two columns.
pub fn index(table: &(String, String), columns: &[String; 2]) -> Statement {
    let mut statement = Statement::new(
        Dialect::Postgres,
        "SELECT CAST(count(*) AS text) FROM pg_index i
         JOIN pg_class c ON c.oid = i.indrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute one ON one.attrelid = c.oid AND one.attnum = i.indkey[0]
         JOIN pg_attribute two ON two.attrelid = c.oid AND two.attnum = i.indkey[1]
         WHERE one.attname = ",
    );
    let [first, second] = columns;
    statement.text_value(first).say(" AND two.attname = ").text_value(second);
    statement.say(" AND n.nspname = ");
    about(&mut statement, table);
    statement
}

/// The names of the triggers on the table. Bits of their type: PostgreSQL's `pg_trigger.h`.
pub fn triggers(table: &(String, String)) -> Statement {
    let mut statement = Statement::new(
        Dialect::Postgres,
        "SELECT t.tgname || ' (' || CASE WHEN t.tgtype & 2 = 2 THEN 'before' ELSE 'after' END
                || CASE WHEN t.tgtype & 4 = 4 THEN ' insert' ELSE '' END
                || CASE WHEN t.tgtype & 16 = 16 THEN ' update' ELSE '' END
                || CASE WHEN t.tgtype & 8 = 8 THEN ' delete' ELSE '' END || ')'
         FROM pg_trigger t
         JOIN pg_class c ON c.oid = t.tgrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT t.tgisinternal AND n.nspname = ",
    );
    about(&mut statement, table);
    statement.say(" ORDER BY t.tgname");
    statement
}

/// Rights of this user that this program has no use for.
pub fn excess(table: &(String, String)) -> Statement {
    let mut statement = Statement::new(
        Dialect::Postgres,
        "SELECT r.what FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace
         CROSS JOIN LATERAL (VALUES
            ('superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)),
            ('owner of the table', pg_has_role(current_user, c.relowner, 'USAGE')),
            ('INSERT into every column', has_table_privilege(c.oid, 'INSERT')),
            ('UPDATE of every column', has_table_privilege(c.oid, 'UPDATE')),
            ('TRUNCATE', has_table_privilege(c.oid, 'TRUNCATE')),
            ('TRIGGER', has_table_privilege(c.oid, 'TRIGGER'))) AS r (what, is_so)
         WHERE r.is_so AND n.nspname = ",
    );
    about(&mut statement, table);
    statement
}

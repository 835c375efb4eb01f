//! What points at a service: the application's other tables, as far as they are configured.

use crate::io::store::sql::{Dialect, Name, Statement, as_text, nothing};
use crate::model::change::Value;
use crate::model::ids::ServiceId;

/// A table that points at a service.
#[derive(Debug)]
pub struct ReferenceTable {
    shown: (Box<str>, Box<str>),
    quoted: String,
    column: Name,
    upcoming: Option<Name>,
}

impl ReferenceTable {
    /// A table whose names were found in the catalogue.
    pub(super) fn new(
        shown: (Box<str>, Box<str>),
        quoted: String,
        column: Name,
        upcoming: Option<Name>,
    ) -> Self {
        Self { shown, quoted, column, upcoming }
    }

    /// Table and column, as the configuration calls them.
    pub fn names(&self) -> (&str, &str) {
        (&self.shown.0, &self.shown.1)
    }

    /// How many things point at a service, and how many of them are due at `since` or later.
    pub fn count(&self, dialect: Dialect, id: ServiceId, since: &str) -> Statement {
        let total = as_text(dialect, "count(*)");
        let mut statement = Statement::new(dialect, format!("SELECT {total}, "));
        match &self.upcoming {
            None => {
                statement.say(nothing(dialect));
            }
            Some(moment) => {
                let (head, tail) = match dialect {
                    Dialect::Sqlite => ("", ""),
                    Dialect::MySql => ("CAST(", " AS CHAR)"),
                    Dialect::Postgres => ("CAST(", " AS text)"),
                };
                statement.say(head).say("sum(CASE WHEN ");
                is_due(&mut statement, moment, since);
                statement.say(" THEN 1 ELSE 0 END)").say(tail);
            }
        }
        self.of(&mut statement, id);
        statement
    }

    /// When the next thing that points at a service is due; nothing where no column says.
    pub fn next(&self, dialect: Dialect, id: ServiceId, since: &str) -> Option<Statement> {
        let moment = self.upcoming.as_ref()?;
        let next = as_text(dialect, &format!("min({})", moment.quoted()));
        let mut statement = Statement::new(dialect, format!("SELECT {next}"));
        self.of(&mut statement, id);
        statement.say(" AND ");
        is_due(&mut statement, moment, since);
        Some(statement)
    }

    fn of(&self, statement: &mut Statement, id: ServiceId) {
        statement.say(" FROM ").say(&self.quoted).say(" WHERE ");
        statement.is(&self.column, &Value::Int(id.0));
    }
}

fn is_due(statement: &mut Statement, moment: &Name, since: &str) {
    let since = Value::Text(since.into());
    if statement.dialect() == Dialect::Sqlite {
        // It keeps moments as text, in more than one form.
        statement.say("datetime(").say(moment.quoted()).say(") >= datetime(");
        statement.value(moment, &since).say(")");
    } else {
        statement.say(moment.quoted()).say(" >= ").value(moment, &since);
    }
}

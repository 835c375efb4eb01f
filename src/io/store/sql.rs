//! Three dialects of SQL, as far as they differ in the few statements of this program.
//!
//! Names come from the configuration, were found in the database's own catalogue, and are quoted.
//! Values are always parameters.

use crate::model::change::Value;

/// Whose SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `SQLite`.
    Sqlite,
    /// MySQL and MariaDB.
    MySql,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// A name as an identifier.
    pub fn quoted(self, name: &str) -> String {
        let mark = if self == Self::MySql { '`' } else { '"' };
        format!("{mark}{}{mark}", name.replace(mark, &format!("{mark}{mark}")))
    }

    /// A table's name, which may name its schema.
    pub fn quoted_table(self, name: &str) -> String {
        name.split('.').map(|part| self.quoted(part)).collect::<Vec<_>>().join(".")
    }

    /// Whether two names are the same column's. Quoted names tell cases apart in PostgreSQL only.
    pub fn is_same_name(self, one: &str, other: &str) -> bool {
        match self {
            Self::Postgres => one == other,
            Self::Sqlite | Self::MySql => one.to_lowercase() == other.to_lowercase(),
        }
    }
}

/// What a column holds, as far as a statement must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `SQLite`: whatever was put there.
    Any,
    /// Whole numbers, of whatever width.
    Whole,
    /// Bits: a number when written, bytes when read as they are.
    Bits,
    /// PostgreSQL's truth values, which are no numbers.
    Truth,
    /// Text of whatever length, or one of a list of words.
    Text,
    /// A moment.
    Moment,
    /// Anything else: this program does not write it but as a default.
    Other,
}

/// A column as the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: Box<str>,
    /// What it holds.
    pub kind: Kind,
    /// Its type, as the database calls it; PostgreSQL's without a length, which a cast would
    /// otherwise cut to.
    pub type_name: Box<str>,
    /// Whether NULL may stand there.
    pub nullable: bool,
    /// Whether the database fills it where an insert does not.
    pub fills_itself: bool,
    /// On a server: what it then holds, where that is the same whenever it is asked, in words of
    /// its SQL.
    pub default: Option<Box<str>>,
}

/// A column that was found in the catalogue, ready for statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    shown: Box<str>,
    quoted: Box<str>,
    kind: Kind,
    of_type: Box<str>,
}

impl Name {
    /// Of a column that was found.
    pub fn of(dialect: Dialect, found: &Found) -> Self {
        Self {
            shown: found.name.clone(),
            quoted: dialect.quoted(&found.name).into(),
            kind: found.kind,
            of_type: found.type_name.clone(),
        }
    }

    /// For people.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// As an identifier.
    pub fn quoted(&self) -> &str {
        &self.quoted
    }

    /// Reads the column: as it is in `SQLite`, as text from a server.
    pub fn read(&self, dialect: Dialect) -> String {
        let name = &self.quoted;
        match (dialect, self.kind) {
            (Dialect::Sqlite, _) => name.to_string(),
            (Dialect::MySql, Kind::Bits) => format!("CAST({name} + 0 AS CHAR)"),
            (Dialect::MySql, Kind::Text) => format!("CONVERT({name} USING utf8mb4)"),
            (Dialect::MySql, _) => format!("CAST({name} AS CHAR)"),
            (Dialect::Postgres, Kind::Truth) => format!("CAST(CAST({name} AS integer) AS text)"),
            (Dialect::Postgres, _) => format!("CAST({name} AS text)"),
        }
    }

    /// The value, as the column's type wants it.
    fn fit(&self, value: &Value) -> Value {
        match (self.kind, value) {
            (Kind::Whole | Kind::Bits, Value::Bool(truth)) => Value::Int(i64::from(*truth)),
            (Kind::Truth, Value::Int(number @ 0..=1)) => Value::Bool(*number == 1),
            (Kind::Text, Value::Int(number)) => Value::Text(number.to_string().into()),
            (_, value) => value.clone(),
        }
    }
}

/// NULL, where a column is not mapped.
pub fn nothing(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "NULL",
        Dialect::MySql => "CAST(NULL AS CHAR)",
        Dialect::Postgres => "CAST(NULL AS text)",
    }
}

/// A number, as every column of a server's answer is read.
pub fn as_text(dialect: Dialect, what: &str) -> String {
    match dialect {
        Dialect::Sqlite => what.to_owned(),
        Dialect::MySql => format!("CAST({what} AS CHAR)"),
        Dialect::Postgres => format!("CAST({what} AS text)"),
    }
}

/// A statement in the making: text, and its parameters in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    dialect: Dialect,
    text: String,
    values: Vec<Value>,
}

impl Statement {
    /// Begins with these words.
    pub fn new(dialect: Dialect, words: impl Into<String>) -> Self {
        Self { dialect, text: words.into(), values: Vec::new() }
    }

    /// Whose SQL it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parameters.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The same, only explained: the server checks the user's rights, and does nothing.
    pub fn explained(mut self) -> Self {
        self.text.insert_str(0, "EXPLAIN ");
        self
    }

    /// Goes on with these words.
    pub fn say(&mut self, words: &str) -> &mut Self {
        self.text.push_str(words);
        self
    }

    /// A parameter of the column's type.
    pub fn value(&mut self, name: &Name, value: &Value) -> &mut Self {
        self.values.push(name.fit(value));
        match self.dialect {
            Dialect::Sqlite | Dialect::MySql => self.say("?"),
            Dialect::Postgres => {
                // All parameters go as text: the cast says what they are.
                let mark = format!("CAST(${} AS {})", self.values.len(), name.of_type);
                self.say(&mark)
            }
        }
    }

    /// A parameter that is no column's: text.
    pub fn text_value(&mut self, text: &str) -> &mut Self {
        self.values.push(Value::Text(text.into()));
        match self.dialect {
            Dialect::Sqlite | Dialect::MySql => self.say("?"),
            Dialect::Postgres => {
                let mark = format!("CAST(${} AS text)", self.values.len());
                self.say(&mark)
            }
        }
    }

    /// The column equals the value; an index helps.
    pub fn is(&mut self, name: &Name, value: &Value) -> &mut Self {
        self.say(&name.quoted).say(" = ").value(name, value)
    }

    /// The column holds exactly the value: NULL is the same as NULL, and text is compared byte for
    /// byte, whatever the column's collation takes for equal.
    pub fn holds(&mut self, name: &Name, value: &Value) -> &mut Self {
        let column = &name.quoted;
        match (self.dialect, name.kind, value) {
            (Dialect::Sqlite, _, Value::Text(_)) => {
                self.say(column).say(" COLLATE BINARY IS ").value(name, value)
            }
            (Dialect::Sqlite, ..) => self.say(column).say(" IS ").value(name, value),
            (Dialect::MySql, Kind::Text, _) => {
                let bytes = format!("CAST(CONVERT({column} USING utf8mb4) AS BINARY) <=> CAST(");
                self.say(&bytes).value(name, value).say(" AS BINARY)")
            }
            (Dialect::MySql, ..) => self.say(column).say(" <=> ").value(name, value),
            (Dialect::Postgres, Kind::Text, _) => {
                let bytes = format!("CAST({column} AS text) COLLATE \"C\" IS NOT DISTINCT FROM ");
                self.values.push(name.fit(value));
                let mark = format!("CAST(${} AS text)", self.values.len());
                self.say(&bytes).say(&mark)
            }
            (Dialect::Postgres, ..) => {
                self.say(column).say(" IS NOT DISTINCT FROM ").value(name, value)
            }
        }
    }
}

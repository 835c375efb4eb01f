//! What others have made of a row: rows that point at it, and cells that they filled. Read from the
//! server's own catalogue, for what the configuration does not name is in use all the same.

use super::session::Trouble;
use super::{ServerStore, mysql, number, postgres};
use crate::io::store::Result;
use crate::io::store::sql::{Dialect, Statement};
use crate::model::change::{Image, Value};
use crate::model::ids::ServiceId;
use crate::model::memory::Claims;
use std::collections::{BTreeMap, BTreeSet};

impl ServerStore {
    /// What others have made of a row since it was imported with these values, and whether this user
    /// may remove it at all: nothing else that is undone with it shall fail for that.
    pub async fn claims(&mut self, id: ServiceId, imported: &Image) -> Result<Claims> {
        let mut claims = self.claims_now(id, imported).await?;
        let [.., removal] = self.samples();
        claims.forbidden = self.refusal_of(self.table.write(&removal)).await?;
        Ok(claims)
    }

    /// The same, inside a transaction.
    pub(super) async fn claims_now(
        &mut self,
        id: ServiceId,
        imported: &Image,
    ) -> std::result::Result<Claims, Trouble> {
        let mut claims = Claims::default();
        for (table, columns) in self.pointing().await? {
            let rows = self.rows_pointing(&table, &columns, id).await?;
            if rows > 0 {
                let shown = table.rsplit('.').next().unwrap_or(&table);
                claims.pointing.insert(shown.into(), rows);
            }
        }
        claims.filled = self.filled(id, imported).await?;
        Ok(claims)
    }

    /// The columns that point at a service, by their tables: of every foreign key, whatever it
    /// says of a removal, and of what is configured.
    async fn pointing(
        &mut self,
    ) -> std::result::Result<BTreeMap<String, BTreeSet<String>>, Trouble> {
        let question = match self.session.dialect() {
            Dialect::MySql => mysql::foreign_keys(&self.whole_name, &self.table.id_shown),
            _ => postgres::foreign_keys(&self.whole_name, &self.table.id_shown),
        };
        let mut pointing: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in self.session.lines(&question).await? {
            let mut words = line.into_iter().flatten();
            if let (Some(schema), Some(table), Some(column)) =
                (words.next(), words.next(), words.next())
            {
                pointing.entry(format!("{schema}.{table}")).or_default().insert(column);
            }
        }
        for reference in &self.table.references {
            let (table, column) = reference.names();
            let whole = match table.split_once('.') {
                Some(_) => table.to_owned(),
                None => format!("{}.{table}", self.whole_name.0),
            };
            pointing.entry(whole).or_default().insert(column.to_owned());
        }
        Ok(pointing)
    }

    async fn rows_pointing(
        &mut self,
        table: &str,
        columns: &BTreeSet<String>,
        id: ServiceId,
    ) -> std::result::Result<u32, Trouble> {
        let dialect = self.session.dialect();
        let head = match dialect {
            Dialect::MySql => "SELECT CAST(count(*) AS CHAR) FROM ",
            _ => "SELECT CAST(count(*) AS text) FROM ",
        };
        let mut statement = Statement::new(dialect, head);
        statement.say(&dialect.quoted_table(table)).say(" WHERE ");
        for (place, column) in columns.iter().enumerate() {
            statement.say(if place == 0 { "" } else { " OR " }).say(&dialect.quoted(column));
            statement.say(" = ").value(self.table.id(), &Value::Int(id.0));
        }
        Ok(number(self.session.word(&statement).await?.as_deref()))
    }

    /// The columns that an import leaves to the database's own defaults, and that hold something
    /// else by now.
    async fn filled(
        &mut self,
        id: ServiceId,
        imported: &Image,
    ) -> std::result::Result<Vec<Box<str>>, Trouble> {
        let dialect = self.session.dialect();
        let written: Vec<&str> =
            imported.columns().map(|column| self.table.shown(column)).collect();
        let ours = self.table.written_by_imports(&written);
        let mut filled = Vec::new();
        for found in self.columns.iter().filter(|found| found.default.is_some()) {
            if ours.iter().any(|name| dialect.is_same_name(name, &found.name)) {
                continue;
            }
            let (name, default) = (dialect.quoted(&found.name), found.default.as_deref());
            let default = default.unwrap_or("NULL");
            let (head, tail) = match dialect {
                Dialect::MySql => (
                    "SELECT CAST(count(*) AS CHAR) FROM ",
                    format!(" AND NOT ({name} <=> DEFAULT({name}))"),
                ),
                _ => (
                    "SELECT CAST(count(*) AS text) FROM ",
                    format!(" AND CAST({name} AS text) IS DISTINCT FROM CAST({default} AS text)"),
                ),
            };
            let mut statement = Statement::new(dialect, head);
            statement.say(self.table.quoted_table()).say(" WHERE ");
            statement.is(self.table.id(), &Value::Int(id.0)).say(&tail);
            if number(self.session.word(&statement).await?.as_deref()) > 0 {
                filled.push(found.name.clone());
            }
        }
        Ok(filled)
    }
}

//! What others have made of a row: rows that point at it, and cells that they filled. Read from the
//! database's own catalogue, for what the configuration does not name is in use all the same.

use super::{SqliteStore, not_applied};
use crate::io::store::Result;
use crate::io::store::sql::Dialect;
use crate::model::change::Image;
use crate::model::ids::ServiceId;
use crate::model::memory::Claims;
use crate::model::settings::StoreSettings;
use rusqlite::Connection;
use std::collections::BTreeMap;

impl SqliteStore {
    /// What others have made of a row since it was imported with these values.
    pub fn claims(&self, id: ServiceId, imported: &Image) -> Result<Claims> {
        Claimants::of(&self.connection, &self.settings)
            .and_then(|claimants| claimants.claims(&self.connection, id, imported))
            .map_err(not_applied)
    }
}

/// Where claims on the rows of the table can stand, by the catalogue of this moment.
#[derive(Debug)]
pub struct Claimants<'a> {
    table: String,
    settings: &'a StoreSettings,
    /// Of each table: the conditions under which a row points at the service `?1`.
    pointing: BTreeMap<Box<str>, Vec<String>>,
    /// The columns of the table that an import may leave alone, each with its constant default.
    cells: Vec<(Box<str>, String)>,
}

impl<'a> Claimants<'a> {
    /// Reads the catalogue. Foreign keys count whether or not this connection enforces them, and
    /// whatever they say of a removal: `CASCADE` would take the application's rows along.
    pub fn of(connection: &Connection, settings: &'a StoreSettings) -> rusqlite::Result<Self> {
        let mut found = Self {
            table: quoted_table(&settings.table),
            settings,
            pointing: BTreeMap::new(),
            cells: Vec::new(),
        };
        for (name, reference) in &settings.references {
            let condition = format!("{} = ?1", quoted(&reference.column));
            found.pointing.entry(plain(name)).or_default().push(condition);
        }
        let table = &*settings.table;
        let (schema, name) = table.split_once('.').unwrap_or(("main", table));
        found.read_foreign_keys(connection, schema, name)?;
        found.read_columns(connection, schema, name)?;
        Ok(found)
    }

    fn read_foreign_keys(
        &mut self,
        connection: &Connection,
        schema: &str,
        table: &str,
    ) -> rusqlite::Result<()> {
        // A key that names no column points at the primary key, column by column.
        let mut keys = connection.prepare(&format!(
            "SELECT child.name, key.id, key.\"from\", coalesce(key.\"to\",
                (SELECT name FROM pragma_table_info(?1, ?2) WHERE pk = key.seq + 1))
             FROM {}.sqlite_schema child, pragma_foreign_key_list(child.name, ?2) key
             WHERE child.type = 'table' AND lower(key.\"table\") = lower(?1)
             ORDER BY child.name, key.id, key.seq",
            quoted(schema)
        ))?;
        let mut rows = keys.query((table, schema))?;
        let mut by_key: BTreeMap<(String, i64), Vec<String>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (from, to): (String, String) = (row.get(2)?, row.get(3)?);
            by_key.entry((row.get(0)?, row.get(1)?)).or_default().push(format!(
                "child.{} = (SELECT {} FROM {} WHERE {} = ?1)",
                quoted(&from),
                quoted(&to),
                self.table,
                quoted(&self.settings.columns.id)
            ));
        }
        for ((child, _), columns) in by_key {
            let condition = format!("({})", columns.join(" AND "));
            self.pointing.entry(plain(&child)).or_default().push(condition);
        }
        Ok(())
    }

    fn read_columns(
        &mut self,
        connection: &Connection,
        schema: &str,
        table: &str,
    ) -> rusqlite::Result<()> {
        let mut columns =
            connection.prepare("SELECT name, dflt_value FROM pragma_table_info(?1, ?2)")?;
        let mut rows = columns.query((table, schema))?;
        while let Some(row) = rows.next()? {
            let (name, default): (Box<str>, Option<String>) = (row.get(0)?, row.get(1)?);
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let stamped = self.settings.columns.last_sync.as_deref().is_some_and(is);
            let default = default.unwrap_or_else(|| "NULL".to_owned());
            // The moment of the import is no constant, and what it was is not known any more.
            if !is(&self.settings.columns.id) && !stamped && is_literal(&default) {
                self.cells.push((name, default));
            }
        }
        Ok(())
    }

    /// What stands there now.
    pub fn claims(
        &self,
        connection: &Connection,
        id: ServiceId,
        imported: &Image,
    ) -> rusqlite::Result<Claims> {
        let mut claims = Claims::default();
        for (table, conditions) in &self.pointing {
            let query = format!(
                "SELECT count(*) FROM {} AS child WHERE {}",
                quoted_table(table),
                conditions.join(" OR ")
            );
            let rows: u32 = connection.query_row(&query, [id.0], |row| row.get(0))?;
            if rows > 0 {
                claims.pointing.insert(table.clone(), rows);
            }
        }
        let written = |name: &str| {
            let mapped = &self.settings.columns.mapped;
            let names = imported.columns().filter_map(|one| mapped.get(&one));
            let mut names = names.chain(self.settings.insert_defaults.keys());
            names.any(|one| one.eq_ignore_ascii_case(name))
        };
        for (name, default) in self.cells.iter().filter(|(name, _)| !written(name)) {
            let query = format!(
                "SELECT count(*) FROM {} WHERE {} = ?1 AND {} IS NOT {default}",
                self.table,
                quoted(&self.settings.columns.id),
                quoted(name)
            );
            if connection.query_row(&query, [id.0], |row| row.get::<_, u32>(0))? > 0 {
                claims.filled.push(name.clone());
            }
        }
        Ok(claims)
    }
}

fn quoted(name: &str) -> String {
    Dialect::Sqlite.quoted(name)
}

fn quoted_table(name: &str) -> String {
    Dialect::Sqlite.quoted_table(name)
}

/// One name for one table: SQLite's are without case, and `main` is where nothing is said.
fn plain(table: &str) -> Box<str> {
    let name = table.to_ascii_lowercase();
    name.strip_prefix("main.").unwrap_or(&name).into()
}

/// Whether a default out of the catalogue is the same whenever it is evaluated: NULL, a truth
/// value, a number or a string, and not a call or a moment.
fn is_literal(default: &str) -> bool {
    let words = ["null", "true", "false"];
    let text = default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    words.iter().any(|word| default.eq_ignore_ascii_case(word))
        || default.parse::<f64>().is_ok_and(f64::is_finite)
        || text.is_some_and(|text| !text.replace("''", "").contains('\''))
}

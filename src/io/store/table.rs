//! The application's table, checked against the database's own catalogue.

use super::sql::{Dialect, Found, Kind, Name};
use super::{Result, StoreError};
use crate::model::change::{Column, Value};
use crate::model::settings::{DeletedAt, Reference, StatusWords, StoreSettings};
use std::collections::BTreeMap;

mod references;
mod statements;

pub use references::ReferenceTable;

/// The application's table.
#[derive(Debug)]
pub struct Table {
    /// Whose SQL.
    pub dialect: Dialect,
    /// As the configuration calls it.
    pub shown: Box<str>,
    /// As the configuration calls its columns, for people.
    names: BTreeMap<Column, Box<str>>,
    /// The primary key's name, for people.
    pub id_shown: Box<str>,
    quoted: String,
    id: Name,
    company: Name,
    link: Name,
    mapped: BTreeMap<Column, Name>,
    last_sync: Option<Name>,
    deleted_at: Option<Name>,
    /// The application's own words.
    pub words: StatusWords,
    insert_defaults: Vec<(Name, Value)>,
    /// Columns that want a value which no import has.
    pub unfillable: Vec<Box<str>>,
    /// The tables that point at a service.
    pub references: Vec<ReferenceTable>,
    /// `SELECT` of the id and every column of [`Column::ALL`], up to `WHERE`.
    select: String,
}

/// Which kinds can hold what is kept in a column, and what to call that.
fn wanted(column: Column) -> (&'static [Kind], &'static str) {
    match column {
        Column::CompanyId | Column::Duration => (&[Kind::Whole], "whole numbers"),
        Column::EventTypeId => (&[Kind::Whole, Kind::Text], "whole numbers"),
        Column::IsActive => (&[Kind::Whole, Kind::Bits, Kind::Truth], "truth values"),
        Column::Name | Column::SyncStatus | Column::SyncError | Column::Slug => {
            (&[Kind::Text], "text")
        }
    }
}

/// Finds configured names among a table's columns.
struct Finder<'a> {
    dialect: Dialect,
    table: &'a str,
    columns: &'a [Found],
}

impl Finder<'_> {
    fn wrong(&self, what: String) -> StoreError {
        StoreError::Table { table: self.table.into(), what }
    }

    fn found(&self, name: &str) -> Option<&Found> {
        self.columns.iter().find(|found| self.dialect.is_same_name(&found.name, name))
    }

    fn name(&self, name: &str, kinds: &[Kind], holds: &str) -> Result<Name> {
        let found = self.found(name).ok_or_else(|| self.wrong(format!("has no column {name}")))?;
        if found.kind != Kind::Any && !kinds.is_empty() && !kinds.contains(&found.kind) {
            let what = format!(
                "has a column {name} of type {}, which is not for {holds}",
                found.type_name
            );
            return Err(self.wrong(what));
        }
        Ok(Name::of(self.dialect, found))
    }
}

impl Table {
    /// Checks the configuration against the table's columns.
    pub fn checked(dialect: Dialect, settings: &StoreSettings, columns: &[Found]) -> Result<Self> {
        let finder = Finder { dialect, table: &settings.table, columns };
        if columns.is_empty() {
            return Err(finder.wrong(missing(dialect)));
        }
        let names = &settings.columns;
        finder.has_all(settings)?;
        let mut mapped = BTreeMap::new();
        for (column, name) in &names.mapped {
            let (kinds, holds) = wanted(*column);
            mapped.insert(*column, finder.name(name, kinds, holds)?);
        }
        let moments = &[Kind::Moment, Kind::Text];
        let last_sync = names.last_sync.as_deref();
        let last_sync = last_sync.map(|name| finder.name(name, moments, "moments")).transpose()?;
        let deleted_at = match &names.deleted_at {
            DeletedAt::NotUsed => None,
            DeletedAt::Usual => {
                finder.found(DeletedAt::USUAL).map(|found| Name::of(dialect, found))
            }
            DeletedAt::Named(name) => Some(finder.name(name, &[], "")?),
        };
        let mut insert_defaults = Vec::new();
        for (name, value) in &settings.insert_defaults {
            insert_defaults.push((finder.name(name, &[], "")?, value.clone()));
        }
        let needed = |column| {
            mapped.get(&column).cloned().ok_or_else(|| finder.wrong(format!("has no {column}")))
        };
        let mut table = Self {
            dialect,
            shown: settings.table.clone(),
            names: names.mapped.clone(),
            id_shown: names.id.clone(),
            quoted: dialect.quoted_table(&settings.table),
            id: finder.name(&names.id, &[Kind::Whole], "whole numbers")?,
            company: needed(Column::CompanyId)?,
            link: needed(Column::EventTypeId)?,
            last_sync,
            deleted_at,
            words: settings.words.clone(),
            insert_defaults,
            unfillable: unfillable(dialect, settings, columns),
            references: Vec::new(),
            select: String::new(),
            mapped,
        };
        table.select = table.select();
        Ok(table)
    }

    /// Adds a table that points at a service.
    pub fn refer(&mut self, table: &str, reference: &Reference, columns: &[Found]) -> Result<()> {
        let finder = Finder { dialect: self.dialect, table, columns };
        let in_words = |error| match error {
            StoreError::Table { table, what } => {
                StoreError::Table { table, what: format!("of services.references {what}") }
            }
            other => other,
        };
        if columns.is_empty() {
            return Err(in_words(finder.wrong(missing(self.dialect))));
        }
        let whole = &[Kind::Whole, Kind::Text];
        let column = finder.name(&reference.column, whole, "whole numbers").map_err(in_words)?;
        let upcoming = reference.upcoming.as_deref();
        let upcoming = upcoming
            .map(|name| finder.name(name, &[Kind::Moment, Kind::Text], "moments"))
            .transpose()
            .map_err(in_words)?;
        let quoted = self.dialect.quoted_table(table);
        let shown = (table.into(), reference.column.clone());
        self.references.push(ReferenceTable::new(shown, quoted, column, upcoming));
        Ok(())
    }

    /// How the application calls a column.
    pub fn shown(&self, column: Column) -> &str {
        self.names.get(&column).map_or(column.as_str(), |name| name)
    }

    /// The primary key.
    pub fn id(&self) -> &Name {
        &self.id
    }

    /// What is not somebody's filling: the key, the stamp, these columns, and the configured
    /// defaults.
    pub fn written_by_imports<'n>(&'n self, columns: &[&'n str]) -> Vec<&'n str> {
        let defaults = self.insert_defaults.iter().map(|(name, _)| name.shown());
        let stamp = self.last_sync.iter().map(Name::shown);
        columns.iter().copied().chain([&*self.id_shown]).chain(stamp).chain(defaults).collect()
    }

    /// Every column that is used, as the configuration calls it.
    pub fn used(&self) -> Vec<&str> {
        let stamps = self.last_sync.iter().chain(&self.deleted_at).map(Name::shown);
        self.names.values().map(|name| &**name).chain([&*self.id_shown]).chain(stamps).collect()
    }

    /// Whether a column is used.
    pub fn has(&self, column: Column) -> bool {
        self.mapped.contains_key(&column)
    }

    /// Whether the stamp has a column.
    pub fn has_stamp(&self) -> bool {
        self.last_sync.is_some()
    }

    /// A column in words of SQL.
    pub fn quoted(&self, column: Column) -> &str {
        self.mapped.get(&column).map_or("NULL", Name::quoted)
    }

    /// The table in words of SQL.
    pub fn quoted_table(&self) -> &str {
        &self.quoted
    }

    /// What is said of rows that are somebody's: `1 = 1`, or that they are not softly deleted.
    pub fn alive(&self) -> String {
        match &self.deleted_at {
            None => "1 = 1".to_owned(),
            Some(name) => format!("{} IS NULL", name.quoted()),
        }
    }
}

impl Finder<'_> {
    /// Says every column that is missing at once.
    fn has_all(&self, settings: &StoreSettings) -> Result<()> {
        let names = &settings.columns;
        let deleted_at = match &names.deleted_at {
            DeletedAt::Named(name) => Some(name),
            DeletedAt::Usual | DeletedAt::NotUsed => None,
        };
        let missing: Vec<&str> = names
            .mapped
            .values()
            .chain([&names.id])
            .chain(names.last_sync.as_ref())
            .chain(deleted_at)
            .chain(settings.insert_defaults.keys())
            .map(|name| &**name)
            .filter(|name| self.found(name).is_none())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(self.wrong(format!("has no column {}", missing.join(", "))))
    }
}

/// A server does not show what a user has no rights on.
fn missing(dialect: Dialect) -> String {
    let hidden = if dialect == Dialect::Sqlite { "" } else { ", or this user may not see it" };
    format!("does not exist in this database{hidden}")
}

/// The columns that want a value which neither an import nor the configuration nor the database
/// has.
fn unfillable(dialect: Dialect, settings: &StoreSettings, columns: &[Found]) -> Vec<Box<str>> {
    let names = settings.columns.mapped.values().chain(settings.insert_defaults.keys());
    let filled: Vec<&str> = names.map(|name| &**name).collect();
    let is_filled =
        |found: &Found| filled.iter().any(|name| dialect.is_same_name(name, &found.name));
    columns
        .iter()
        .filter(|found| !found.nullable && !found.fills_itself && !is_filled(found))
        .map(|found| found.name.clone())
        .collect()
}

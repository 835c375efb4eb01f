//! `[services]`: where the application keeps its services, and how it calls their columns.

use super::names;
use super::secrets::{Given, Secret, SecretKeys, Vault};
use super::server::{self, EXAMPLE, Kind, Tls};
use super::typed::{Entry, Section};
use crate::model::change::{Column, Value};
use crate::model::policy::MappedColumns;
use crate::model::settings::{
    ColumnNames, DeletedAt, Opened, Reference, StatusWords, StoreLocation, StorePatience,
    StoreSettings,
};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::path::Path;

const URL: SecretKeys = SecretKeys {
    what: "the application's database",
    plain: Some("url"),
    env: "url_env",
    file: "url_file",
    usual_variable: "DATABASE_URL",
};

/// The columns, by their keys; the usual name of those that are used without being named.
const COLUMNS: [(Column, &str, Option<&str>); 8] = [
    (Column::CompanyId, "company_id", Some("company_id")),
    (Column::Name, "name", Some("name")),
    (Column::EventTypeId, "event_type_id", Some("calcom_event_type_id")),
    (Column::IsActive, "is_active", Some("is_active")),
    (Column::SyncStatus, "sync_status", Some("sync_status")),
    (Column::SyncError, "sync_error", Some("sync_error")),
    (Column::Duration, "duration", None),
    (Column::Slug, "slug", None),
];

/// What is known of the store; the columns even where the rest is wrong, for others to check with.
pub(super) struct Checked {
    pub(super) settings: Option<StoreSettings>,
    pub(super) mapped: MappedColumns,
}

pub(super) fn check(section: &Section<'_>, vault: &Vault<'_>, folder: &Path) -> Checked {
    let location = location(section, vault, folder);
    let table = match section.entry("table") {
        None => Some("services".into()),
        Some(entry) => entry.text().and_then(|text| names::table(&entry, text)),
    };
    let columns = columns(&section.section("columns"));
    let references = references(section);
    let mapped = columns.mapped.keys().copied().collect();
    let words = words(&section.section("values"));
    let insert_defaults = insert_defaults(section, &columns);
    let settings = match (location, table) {
        (Some(location), Some(table)) => Some(StoreSettings {
            location,
            table,
            columns,
            references,
            words,
            insert_defaults,
            patience: StorePatience::default(),
        }),
        _ => None,
    };
    Checked { settings, mapped }
}

fn location(
    section: &Section<'_>,
    vault: &Vault<'_>,
    folder: &Path,
) -> Option<Opened<StoreLocation>> {
    let words = [("verified", Tls::Verified), ("unverified", Tls::Unverified)];
    let tls = section.choice("tls", &words, Tls::Verified);
    vault.given(section, &URL, |given| match given {
        Given::Typed(entry, text) => {
            let told = Told::InTheFile(&entry);
            locate(text, folder, tls, &told)
        }
        Given::Elsewhere(secret) => {
            locate(secret.value.expose_secret(), folder, tls, &Told::Elsewhere(&secret))
        }
    })
}

/// Who is told what is wrong with the URL.
pub(super) enum Told<'a, 't> {
    InTheFile(&'a Entry<'t>),
    Elsewhere(&'a Secret<'t>),
}

impl Told<'_, '_> {
    /// Whether the URL stands in the file, where no secret may.
    pub(super) fn is_in_the_file(&self) -> bool {
        matches!(self, Self::InTheFile(_))
    }

    /// Notes a problem.
    pub(super) fn say(&self, what: &str, hint: &str) {
        match self {
            Self::InTheFile(entry) => {
                entry.say(format!("`{}` {what}", entry.key()), Some(hint.to_owned()));
            }
            Self::Elsewhere(secret) => secret.say(what, Some(hint)),
        }
    }
}

fn locate(text: &str, folder: &Path, tls: Tls, told: &Told<'_, '_>) -> Option<StoreLocation> {
    let Some((scheme, rest)) = text.split_once(':') else {
        told.say("does not say which kind of database it is", EXAMPLE);
        return None;
    };
    match scheme {
        "sqlite" => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            sqlite_file(path, told).map(|path| StoreLocation::Sqlite(folder.join(path)))
        }
        "mysql" | "mariadb" => {
            server::check(Kind::MySql, text, folder, tls, told).map(StoreLocation::MySql)
        }
        "postgres" | "postgresql" => {
            server::check(Kind::Postgres, text, folder, tls, told).map(StoreLocation::Postgres)
        }
        _ => {
            told.say("is not the URL of a database that this program knows", EXAMPLE);
            None
        }
    }
}

fn sqlite_file<'p>(path: &'p str, told: &Told<'_, '_>) -> Option<&'p str> {
    let wrong = path.trim().is_empty()
        || path.ends_with('/')
        || path.starts_with([':', '?'])
        || path.starts_with("file:")
        || path.contains(['?', '\0']);
    if wrong {
        told.say(
            "names no database file",
            "write sqlite:PATH, without options; a database in memory is nobody's services",
        );
    }
    (!wrong).then_some(path)
}

fn columns(section: &Section<'_>) -> ColumnNames {
    // By the database's name: which key took it. Most databases do not tell cases apart.
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut name = |key: &'static str, usual: Option<&str>, needed: bool| -> Option<Box<str>> {
        let name = match section.entry(key) {
            None => usual.map(Into::into),
            Some(entry) => match entry.text()? {
                "" if !needed => None,
                "" => {
                    let message = format!("`{}` is empty, and cannot do without", entry.key());
                    let hint = "only these may be \"\": sync_status, sync_error, last_sync, \
                                duration, slug, deleted_at";
                    entry.say(message, Some(hint.to_owned()));
                    None
                }
                text => names::column(&entry, text),
            },
        }?;
        if let Some(other) = taken.insert(name.to_lowercase(), key) {
            let message =
                format!("`{}` and `{}` are the same column", section.key(other), section.key(key));
            section.say(key, &message, Some("give each its own, or set an optional one to \"\""));
        }
        Some(name)
    };
    let id = name("id", Some("id"), true).unwrap_or_else(|| "id".into());
    let mut mapped = BTreeMap::new();
    for (column, key, usual) in COLUMNS {
        let needed = matches!(
            column,
            Column::CompanyId | Column::Name | Column::EventTypeId | Column::IsActive
        );
        if let Some(name) = name(key, usual, needed) {
            mapped.insert(column, name);
        }
    }
    let last_sync = name("last_sync", Some("last_calcom_sync"), false);
    let named = section.entry("deleted_at").is_some();
    let deleted_at = match (named, name("deleted_at", None, false)) {
        (_, Some(name)) => DeletedAt::Named(name),
        (true, None) => DeletedAt::NotUsed,
        (false, None) => DeletedAt::Usual,
    };
    ColumnNames { id, last_sync, deleted_at, mapped }
}

/// The application's own words; each means one thing.
fn words(section: &Section<'_>) -> StatusWords {
    let mut taken: BTreeMap<Box<str>, &str> = BTreeMap::new();
    let mut word = |key: &'static str| -> Box<str> {
        let entry = section.entry(key);
        let word: Box<str> = entry.and_then(|entry| entry.line_of_text()).unwrap_or(key).into();
        if let Some(other) = taken.insert(word.clone(), key) {
            let message =
                format!("`{}` and `{}` are the same word", section.key(other), section.key(key));
            section.say(key, &message, Some("the application must be able to tell them apart"));
        }
        word
    };
    StatusWords {
        synced: word("synced"),
        pending: word("pending"),
        error: word("error"),
        never: word("never"),
    }
}

/// What imports write into columns that are not mapped.
fn insert_defaults(section: &Section<'_>, columns: &ColumnNames) -> BTreeMap<Box<str>, Value> {
    let mut defaults = BTreeMap::new();
    for (name, entry) in section.named_entries("insert_defaults") {
        let Some(name) = names::column(&entry, name) else { continue };
        let mut mapped = columns.mapped.values().chain([&columns.id]).chain(&columns.last_sync);
        if mapped.any(|mapped| mapped.eq_ignore_ascii_case(&name)) {
            let hint = "imports fill it already; [services.insert_defaults] is for the others";
            entry.say(format!("`{}` is a mapped column", entry.key()), Some(hint.to_owned()));
            continue;
        }
        if let Some(value) = entry.cell() {
            defaults.insert(name, value);
        }
    }
    defaults
}

fn references(section: &Section<'_>) -> BTreeMap<Box<str>, Reference> {
    let mut references = BTreeMap::new();
    for (table, entry) in section.named_entries("references") {
        let Some(table) = names::table(&entry, table) else { continue };
        // One header for all of them: they have the same keys.
        let reference = entry.as_section("[services.references.TABLE]".to_owned());
        let column = reference.entry("column");
        let upcoming = reference.entry("upcoming");
        if column.is_none() && entry.value().is_table() {
            let message = format!("`{}` needs a `column`", entry.key());
            let hint = "the column of that table that holds a service's id: \
                        { column = \"service_id\" }";
            entry.say(message, Some(hint.to_owned()));
        }
        let read = |entry: Entry<'_>| entry.text().and_then(|name| names::column(&entry, name));
        let upcoming = upcoming.and_then(read);
        if let Some(column) = column.and_then(read) {
            references.insert(table, Reference { column, upcoming });
        }
    }
    references
}

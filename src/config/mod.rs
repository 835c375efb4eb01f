//! The configuration: what was typed, what it means, and every reason why it cannot be used.
//!
//! The only reader of the environment. What was typed (`typed`) is kept apart from what it means
//! (one file per part of the file); whatever is wrong is collected and told in one go, with its
//! line, before anything else happens.

mod environment;
mod error;
mod find;
mod keys;
mod names;
mod notify;
mod policy;
mod safety;
mod secrets;
mod server;
mod source;
mod store;
mod teams;
mod typed;
mod urls;
mod values;

pub use environment::Environment;
pub use error::{ConfigError, Problem};
pub use find::find;
pub use values::DURATION_MAX;

use crate::model::policy::CompanyPolicy;
use crate::model::settings::{NotifySettings, SourceSettings, StoreLocation, StoreSettings};
use secrets::Vault;
use std::path::{Path, PathBuf};
use toml::de::DeTable;
use typed::{Section, Sheet};

/// Everything a person configured, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    /// Where the ledger is.
    pub ledger_path: PathBuf,
    /// The source.
    pub source: SourceSettings,
    /// A hash of the API key, from which nobody can tell the key; a part of every scope.
    pub key_fingerprint: Box<str>,
    /// The store.
    pub store: StoreSettings,
    /// The companies in order of their ids, each with its teams in order of theirs.
    pub companies: Vec<CompanyPolicy>,
    /// Whom to tell.
    pub notify: NotifySettings,
    /// The zone in which times are shown.
    pub time_zone: chrono_tz::Tz,
    /// Settings that protect nothing, one sentence each: findings of `doctor`.
    pub inert_settings: Vec<String>,
}

/// Reads and checks the configuration at `path`. Relative paths in it start at its folder.
pub fn load(path: &Path, environment: &Environment) -> Result<Config, ConfigError> {
    let text = find::read(path)?;
    let document = DeTable::parse(&text).map_err(|e| {
        let line = e.span().map(|span| typed::line_of(&text, span.start));
        ConfigError::one(
            path,
            Problem {
                line,
                key: String::new(),
                message: format!("this is not TOML: {}", e.message().replace('\n', ", ")),
                hint: None,
            },
        )
    })?;
    let sheet = Sheet::new(&text);
    let root = sheet.root(document.get_ref());
    let folder = path.parent().unwrap_or(Path::new(""));
    let config = check(path, folder, &root, &Vault::new(environment, folder));
    sheet.say_unknown_keys();
    let (problems, inert_settings) = sheet.take_findings();
    match config {
        Some(config) if problems.is_empty() => Ok(Config { inert_settings, ..config }),
        _ => Err(ConfigError::new(path, problems)),
    }
}

/// What the file means. `None` where something without a default is missing or wrong; each part
/// says its own problems, and all parts are looked at.
fn check(file: &Path, folder: &Path, root: &Section<'_>, vault: &Vault<'_>) -> Option<Config> {
    let ledger = root.section("ledger");
    let ledger_path = names::ledger_path(&ledger).map(|path| folder.join(path));
    let source = source::check(&root.section("calcom"), vault);
    let store = store::check(&root.section("services"), vault, folder);
    let policy = policy::check(&root.section("policy"), store.mapped);
    let safety = safety::check(&root.section("safety"), &policy);
    let companies = teams::check(root, &policy, &safety, store.mapped);
    let (notify, time_zone) = notify::check(root, vault, folder);

    let (ledger_path, store, (source, key_fingerprint)) = (ledger_path?, store.settings?, source?);
    if matches!(&store.location, StoreLocation::Sqlite(path) if is_same_file(path, &ledger_path)) {
        ledger.say(
            "path",
            "`ledger.path` and `services.url` are the same file",
            Some("the ledger is a database of its own: give it its own file"),
        );
    }
    Some(Config {
        file: file.to_owned(),
        ledger_path,
        source,
        key_fingerprint,
        store,
        companies,
        notify,
        time_zone,
        inert_settings: Vec::new(),
    })
}

/// The same by name, or by whatever links lead there.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    one == other || real(one).is_some_and(|one| Some(one) == real(other))
}

#[cfg(test)]
mod tests;

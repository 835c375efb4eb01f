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
use crate::model::settings::{
    Language, NotifySettings, SourceSettings, StoreLocation, StoreSettings,
};
use secrets::{Door, Vault};
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

/// What is configured, as far as no secret is wanted: enough for whoever looks, or answers.
#[derive(Debug, Clone)]
pub struct Records {
    /// Where the ledger is.
    pub ledger_path: PathBuf,
    /// The companies in order of their ids, each with its teams in order of theirs.
    pub companies: Vec<CompanyPolicy>,
    /// The language of mails.
    pub language: Language,
    /// The zone in which times are shown.
    pub time_zone: chrono_tz::Tz,
}

/// Which secrets a command cannot do without. The others are tried, and what is wrong with one stands
/// in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// All of them: a run.
    Everything,
    /// The application's database.
    Database,
    /// None.
    Nothing,
}

/// Reads and checks the configuration at `path`. Relative paths in it start at its folder.
pub fn load(path: &Path, environment: &Environment) -> Result<Config, ConfigError> {
    load_with(path, environment, Needed::Everything)
}

/// The same for a command that can do without some of the secrets.
pub fn load_with(
    path: &Path,
    environment: &Environment,
    needed: Needed,
) -> Result<Config, ConfigError> {
    let door = |is_needed| if is_needed { Door::Needed } else { Door::Tried };
    let doors = Doors {
        database: door(needed != Needed::Nothing),
        others: door(needed == Needed::Everything),
    };
    let (config, inert_settings) = read(path, environment, doors, |parts| parts.into_config(path))?;
    Ok(Config { inert_settings, ..config })
}

/// The same without opening a secret: whether one is set, and is one, is not looked at.
pub fn load_records(path: &Path, environment: &Environment) -> Result<Records, ConfigError> {
    let doors = Doors { database: Door::Shut, others: Door::Shut };
    read(path, environment, doors, Parts::into_records).map(|(records, _)| records)
}

/// How much the secrets are wanted.
#[derive(Clone, Copy)]
struct Doors {
    database: Door,
    others: Door,
}

/// What the file means, and its settings that protect nothing; or all that is wrong with it.
fn read<T>(
    path: &Path,
    environment: &Environment,
    doors: Doors,
    take: impl FnOnce(Parts) -> Option<T>,
) -> Result<(T, Vec<String>), ConfigError> {
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
    let vault = |door| Vault::new(environment, folder, door);
    let parts = check(folder, &root, &vault(doors.database), &vault(doors.others));
    sheet.say_unknown_keys();
    let (problems, inert_settings) = sheet.take_findings();
    match take(parts) {
        Some(taken) if problems.is_empty() => Ok((taken, inert_settings)),
        _ => Err(ConfigError::new(path, problems)),
    }
}

/// What the file means, part by part. `None` where something without a default is missing or wrong,
/// or where a secret was not opened.
struct Parts {
    ledger_path: Option<PathBuf>,
    source: Option<SourceSettings>,
    store: Option<StoreSettings>,
    companies: Vec<CompanyPolicy>,
    told: notify::Told,
}

impl Parts {
    fn into_config(self, file: &Path) -> Option<Config> {
        Some(Config {
            file: file.to_owned(),
            ledger_path: self.ledger_path?,
            source: self.source?,
            store: self.store?,
            companies: self.companies,
            notify: self.told.settings,
            time_zone: self.told.time_zone,
            inert_settings: Vec::new(),
        })
    }

    fn into_records(self) -> Option<Records> {
        Some(Records {
            ledger_path: self.ledger_path?,
            companies: self.companies,
            language: self.told.language,
            time_zone: self.told.time_zone,
        })
    }
}

/// Each part says its own problems, and all parts are looked at.
fn check(folder: &Path, root: &Section<'_>, database: &Vault<'_>, vault: &Vault<'_>) -> Parts {
    let ledger = root.section("ledger");
    let ledger_path = names::ledger_path(&ledger).map(|path| folder.join(path));
    let source = source::check(&root.section("calcom"), vault);
    let store = store::check(&root.section("services"), database, folder);
    let policy = policy::check(&root.section("policy"), store.mapped);
    let safety = safety::check(&root.section("safety"), &policy);
    let companies = teams::check(root, &policy, &safety, store.mapped);
    let told = notify::check(root, vault, folder);

    if let (Some(ledger_path), Some(Ok(StoreLocation::Sqlite(path)))) =
        (&ledger_path, store.settings.as_ref().map(|store| &store.location))
        && is_same_file(path, ledger_path)
    {
        ledger.say(
            "path",
            "`ledger.path` and `services.url` are the same file",
            Some("the ledger is a database of its own: give it its own file"),
        );
    }
    Parts { ledger_path, source, store: store.settings, companies, told }
}

/// The same by name, or by whatever links lead there.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    one == other || real(one).is_some_and(|one| Some(one) == real(other))
}

#[cfg(test)]
mod tests;

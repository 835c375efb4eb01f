//! Secrets: named in the file, found in the environment or in a file of their own, never shown.

use super::environment::{Environment, Variable};
use super::error::Problem;
use super::typed::{Entry, Section};
use crate::model::settings::{MissingSecret, Opened};
use crate::model::shell;
use secrecy::SecretString;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Longer than any key or URL.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// The keys by which one secret may be given; exactly one of them.
pub(super) struct SecretKeys {
    /// What it is, for people.
    pub(super) what: &'static str,
    /// The value itself; known only where it need not be a secret.
    pub(super) plain: Option<&'static str>,
    pub(super) env: &'static str,
    pub(super) file: &'static str,
    /// The name that the variable usually has.
    pub(super) usual_variable: &'static str,
}

/// How a value was given.
pub(super) enum Given<'t> {
    /// In the file.
    Typed(Entry<'t>, &'t str),
    /// Elsewhere.
    Elsewhere(Secret<'t>),
}

/// A secret, and where it was found.
pub(super) struct Secret<'t> {
    entry: Entry<'t>,
    origin: String,
    pub(super) value: SecretString,
}

impl Secret<'_> {
    /// Notes what is wrong with it, without showing it.
    pub(super) fn say(&self, what: &str, hint: Option<&str>) {
        let message = format!("`{}`: {} {what}", self.entry.key(), self.origin);
        self.entry.say(message, hint.map(str::to_owned));
    }
}

/// Where secrets are found.
pub(super) struct Vault<'e> {
    environment: &'e Environment,
    folder: &'e Path,
    door: Door,
}

/// How much somebody wants what is behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// It must open.
    Needed,
    /// Whoever asks can do without, and wants to know why.
    Tried,
    /// Nobody looks: none is opened, and none is missed.
    Shut,
}

impl<'e> Vault<'e> {
    pub(super) fn new(environment: &'e Environment, folder: &'e Path, door: Door) -> Self {
        Self { environment, folder, door }
    }

    /// A secret that cannot stand in the file, as `read` understands it.
    pub(super) fn secret<'t, T>(
        &self,
        section: &Section<'t>,
        keys: &SecretKeys,
        read: impl FnOnce(&Secret<'t>) -> Option<T>,
    ) -> Option<Opened<T>> {
        self.given(section, keys, |given| match given {
            Given::Elsewhere(secret) => read(&secret),
            Given::Typed(..) => None,
        })
    }

    /// A value given in exactly one of the ways, as `read` understands it; a problem where it is
    /// none or several.
    pub(super) fn given<'t, T>(
        &self,
        section: &Section<'t>,
        keys: &SecretKeys,
        read: impl FnOnce(Given<'t>) -> Option<T>,
    ) -> Option<Opened<T>> {
        let plain = keys.plain.and_then(|key| section.entry(key));
        let env = section.entry(keys.env);
        let file = section.entry(keys.file);
        match (plain, env, file) {
            (Some(plain), None, None) => {
                let text = plain.line_of_text()?;
                read(Given::Typed(plain, text)).map(Ok)
            }
            (None, Some(env), None) => self.opened(section, || {
                self.in_variable(env, keys).map(Given::Elsewhere).and_then(read)
            }),
            (None, None, Some(file)) => {
                self.opened(section, || self.in_file(file).map(Given::Elsewhere).and_then(read))
            }
            (None, None, None) => {
                say_missing(section, keys);
                None
            }
            several => {
                let typed: Vec<Entry<'_>> =
                    [several.0, several.1, several.2].into_iter().flatten().collect();
                let names: Vec<String> = typed.iter().map(|e| format!("`{}`", e.key())).collect();
                if let Some(last) = typed.last() {
                    let message = format!("{} is given twice: {}", keys.what, names.join(" and "));
                    last.say(message, Some("keep one of them".to_owned()));
                }
                None
            }
        }
    }

    /// What is wrong with a secret that is only tried is no problem of the configuration.
    fn opened<T>(
        &self,
        section: &Section<'_>,
        open: impl FnOnce() -> Option<T>,
    ) -> Option<Opened<T>> {
        match self.door {
            Door::Shut => None,
            Door::Needed => open().map(Ok),
            Door::Tried => {
                let (opened, said) = section.aside(open);
                Some(opened.ok_or_else(|| missing(said)))
            }
        }
    }

    fn in_variable<'t>(&self, entry: Entry<'t>, keys: &SecretKeys) -> Option<Secret<'t>> {
        let name = entry.line_of_text()?;
        let found = self.environment.look_up(name);
        if let Variable::Text(value) = found {
            let value = SecretString::from(value);
            return Some(Secret { entry, origin: format!("the variable {name}"), value });
        }
        if !is_variable_name(name) {
            // Whoever types the secret itself here must not find it in a log.
            let message = format!(
                "`{}` names no environment variable (not shown: it could be the secret itself)",
                entry.key()
            );
            let usual = keys.usual_variable;
            let hint = format!("write only a variable's name, in capitals: \"{usual}\"");
            entry.say(message, Some(hint));
            return None;
        }
        let (seen, hint) = match found {
            Variable::Empty => ("is empty", "set it where this program runs"),
            Variable::NotUtf8 => ("is not UTF-8 text", "set it again"),
            Variable::Unset | Variable::Text(_) => (
                "is not set",
                "set it where this program runs: cron does not read a shell's profile, and a shell \
                 does not know cron's variables",
            ),
        };
        entry.say(format!("`{}`: the variable {name} {seen}", entry.key()), Some(hint.to_owned()));
        None
    }

    fn in_file<'t>(&self, entry: Entry<'t>) -> Option<Secret<'t>> {
        let name = entry.line_of_text()?;
        let credential = self
            .environment
            .credentials_dir()
            .map(|dir| dir.join(name))
            .filter(|_| Path::new(name).is_relative());
        let beside = self.folder.join(name);
        let (path, access) = match credential.as_ref().filter(|path| path.exists()) {
            Some(path) => (path, Access::GroupMayRead),
            None => (&beside, Access::OwnerOnly),
        };
        match read_secret(path, access) {
            Ok(value) => {
                Some(Secret { entry, origin: format!("the file {}", path.display()), value })
            }
            Err(refusal) => {
                refusal.say(&entry, name, path, credential.as_deref());
                None
            }
        }
    }
}

/// Who may read a secret file besides its owner.
#[derive(Clone, Copy)]
enum Access {
    OwnerOnly,
    /// systemd grants a credential to the service's user by an access control list, which shows as
    /// the group's permission.
    GroupMayRead,
}

enum Refusal {
    Missing,
    NotAFile,
    Unreadable(ErrorKind),
    OpenToOthers(u32),
    Empty,
    TooLong,
    NotUtf8,
}

impl Refusal {
    fn say(&self, entry: &Entry<'_>, name: &str, path: &Path, credential: Option<&Path>) {
        let file = path.display();
        let (what, hint) = match self {
            // Whoever types the secret itself here must not find it in a log.
            Self::Missing | Self::Unreadable(ErrorKind::InvalidFilename)
                if name.contains("://") || name.starts_with("cal_") =>
            {
                let message = format!(
                    "`{}` names no file (not shown: it could be the secret itself)",
                    entry.key()
                );
                entry.say(message, Some("write the path of a file that holds it".to_owned()));
                return;
            }
            Self::Missing => (
                format!("there is no file {file}"),
                credential.map(|path| format!("looked for {} first", path.display())),
            ),
            Self::NotAFile => (format!("{file} is not a regular file"), None),
            Self::Unreadable(kind) => (
                format!("the file {file} cannot be read: {kind}"),
                Some("it must be readable for the user who runs this program".to_owned()),
            ),
            Self::OpenToOthers(mode) => (
                format!("the file {file} is open to other users (mode {mode:04o})"),
                Some(format!("run: chmod 600 {}", shell::word(path))),
            ),
            Self::Empty => (format!("the file {file} is empty"), None),
            Self::TooLong => (format!("the file {file} is too long for a secret"), None),
            Self::NotUtf8 => (format!("the file {file} is not UTF-8 text"), None),
        };
        entry.say(format!("`{}`: {what}", entry.key()), hint);
    }
}

fn read_secret(path: &Path, access: Access) -> Result<SecretString, Refusal> {
    let io = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Refusal::Missing,
        kind => Refusal::Unreadable(kind),
    };
    let metadata = fs::metadata(path).map_err(io)?;
    if !metadata.is_file() {
        return Err(Refusal::NotAFile);
    }
    if let Some(mode) = open_to_others(&metadata, access) {
        return Err(Refusal::OpenToOthers(mode));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(io)?;
    file.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > SECRET_BYTES_MAX {
        return Err(Refusal::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)?;
    // An editor ends a file with a newline; a secret does not end with one.
    let text = text.trim_end_matches(['\n', '\r']);
    if text.trim().is_empty() { Err(Refusal::Empty) } else { Ok(SecretString::from(text)) }
}

#[cfg(unix)]
fn open_to_others(metadata: &fs::Metadata, access: Access) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    let forbidden = match access {
        Access::OwnerOnly => 0o077,
        Access::GroupMayRead => 0o037,
    };
    (mode & forbidden != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &fs::Metadata, _: Access) -> Option<u32> {
    None
}

fn missing(said: Vec<Problem>) -> MissingSecret {
    let first = said.into_iter().next();
    let (what, hint) = first.map_or_else(Default::default, |one| (one.message, one.hint));
    let hint = hint.unwrap_or_else(|| "correct it where the configuration says it is".to_owned());
    MissingSecret { what: what.into(), hint: hint.into() }
}

fn say_missing(section: &Section<'_>, keys: &SecretKeys) {
    let stem = keys.env.trim_end_matches("_env");
    // Typed into the file all the same: told with the unknown keys.
    if keys.plain.is_none() && section.has(stem) {
        return;
    }
    let mut ways: Vec<String> = keys.plain.map(|key| format!("`{key}`")).into_iter().collect();
    ways.push(format!("`{}`", keys.env));
    ways.push(format!("`{}`", keys.file));
    let message =
        format!("{} is missing: {} needs {}", keys.what, section.header(), ways.join(" or "));
    let hint = format!("for instance {} = \"{}\"", keys.env, keys.usual_variable);
    section.say(keys.plain.unwrap_or(keys.env), &message, Some(&hint));
}

/// True for what is surely a name and surely no key or URL.
fn is_variable_name(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

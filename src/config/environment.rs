//! A snapshot of the process environment. Everything else that depends on a variable gets it here.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The variables of a process, as they were when the snapshot was made. Never shows a value.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    home: Option<PathBuf>,
    account: Option<String>,
}

/// What a variable holds.
pub(super) enum Variable<'e> {
    /// It is not there.
    Unset,
    /// It is there, and holds nothing but blanks.
    Empty,
    /// It is there, and is not UTF-8.
    NotUtf8,
    /// What it holds.
    Text(&'e str),
}

impl Environment {
    /// The environment of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_this_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            home: etcetera::home_dir().ok(),
            account: account(),
        }
    }

    /// An environment of one's own, for tests.
    pub fn from_pairs<K: Into<OsString>, V: Into<OsString>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let variables: BTreeMap<OsString, OsString> =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let home = variables.get(OsStr::new("HOME")).map(PathBuf::from);
        Self { variables, home, account: None }
    }

    /// A variable that is set, is not empty and is UTF-8.
    pub fn variable(&self, name: &str) -> Option<&str> {
        match self.look_up(name) {
            Variable::Text(text) => Some(text),
            Variable::Unset | Variable::Empty | Variable::NotUtf8 => None,
        }
    }

    /// True where `NO_COLOR` asks for plain output (<https://no-color.org>), or the terminal says
    /// that it can show nothing else.
    pub fn no_color(&self) -> bool {
        self.raw("NO_COLOR").is_some() || self.variable("TERM") == Some("dumb")
    }

    /// `RECONCILER_CONFIG`: the configuration file, where no `--config` is given.
    pub fn config_file(&self) -> Option<&Path> {
        self.raw("RECONCILER_CONFIG").map(Path::new)
    }

    /// `CREDENTIALS_DIRECTORY`: where systemd puts a service's secrets.
    pub fn credentials_dir(&self) -> Option<&Path> {
        self.raw("CREDENTIALS_DIRECTORY").map(Path::new)
    }

    /// Where a person's configuration files are: `XDG_CONFIG_HOME`, or `.config` at home. A
    /// relative `XDG_CONFIG_HOME` is to be ignored, says its specification.
    pub fn config_home(&self) -> Option<PathBuf> {
        self.raw("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| self.home.as_ref().map(|home| home.join(".config")))
    }

    /// Who runs this: `LOGNAME`, or `USER`, or the name of the account.
    pub fn user(&self) -> Option<&str> {
        let variable = self.variable("LOGNAME").or_else(|| self.variable("USER"));
        variable.or(self.account.as_deref())
    }

    /// What a variable holds, and if nothing, why.
    pub(super) fn look_up(&self, name: &str) -> Variable<'_> {
        match self.variables.get(OsStr::new(name)) {
            None => Variable::Unset,
            Some(value) => match value.to_str() {
                None => Variable::NotUtf8,
                Some(text) if text.trim().is_empty() => Variable::Empty,
                Some(text) => Variable::Text(text),
            },
        }
    }

    fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|v| !v.is_empty())
    }
}

/// The name of the account that this process runs as, where this machine's own list has it.
fn account() -> Option<String> {
    let own = std::fs::metadata("/proc/self").ok()?.uid();
    let accounts = std::fs::read("/etc/passwd").ok()?;
    String::from_utf8_lossy(&accounts).lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, uid) = (fields.next()?, fields.nth(1)?);
        (uid.parse() == Ok(own) && !name.is_empty()).then(|| name.to_owned())
    })
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Any variable can hold a secret, and its name can tell of one.
        write!(f, "Environment({} variables)", self.variables.len())
    }
}

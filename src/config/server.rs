//! The URL of a database server: which, where, and how it is talked to.

use super::store::Told;
use super::urls;
use secrecy::SecretString;
use std::path::Path;
use url::Url;

/// What to write.
pub(super) const EXAMPLE: &str =
    "allowed: sqlite:PATH, mysql://USER@HOST/DATABASE, postgres://USER@HOST/DATABASE";

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    MySql,
    Postgres,
}

/// Whether a server on another machine must prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    Verified,
    Unverified,
}

impl Kind {
    /// The name that the drivers know.
    fn scheme(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
        }
    }

    /// The options that are used. The drivers pass over any other in silence, and what was meant
    /// to encrypt would not.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::MySql => &["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket"],
            Self::Postgres => &[
                "sslmode",
                "sslrootcert",
                "sslcert",
                "sslkey",
                "host",
                "hostaddr",
                "port",
                "dbname",
                "user",
                "password",
                "application_name",
                "options",
            ],
        }
    }

    fn mode_option(self) -> &'static str {
        match self {
            Self::MySql => "ssl-mode",
            Self::Postgres => "sslmode",
        }
    }

    /// Every mode; from where on the server is verified.
    fn modes(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::MySql => {
                (&["disabled", "preferred", "required"], &["verify_ca", "verify_identity"])
            }
            Self::Postgres => {
                (&["disable", "allow", "prefer", "require"], &["verify-ca", "verify-full"])
            }
        }
    }

    /// How to have it verified.
    fn verified(self) -> &'static str {
        match self {
            Self::MySql => {
                "add ?ssl-mode=VERIFY_IDENTITY, and &ssl-ca=FILE for a certificate of your own"
            }
            Self::Postgres => {
                "add ?sslmode=verify-full, and &sslrootcert=FILE for a certificate of your own"
            }
        }
    }
}

/// Checks a server's URL; relative paths in it start at `folder`.
pub(super) fn check(
    kind: Kind,
    text: &str,
    folder: &Path,
    tls: Tls,
    told: &Told<'_, '_>,
) -> Option<SecretString> {
    let blank = text.chars().any(|c| c.is_whitespace() || c.is_control());
    let Some(url) = Url::parse(text).ok().filter(|_| !blank) else {
        told.say(
            "is not a URL",
            "special characters in a password are written as %XX, for instance %40 for @",
        );
        return None;
    };
    let shown = urls::shown(&url);
    let password = url.password().is_some_and(|password| !password.is_empty())
        || url.query_pairs().any(|(key, _)| key.contains("pass"));
    if password && told.is_in_the_file() {
        told.say(
            &format!("({shown}) has a password in it"),
            "secrets never stand in this file: name an environment variable with `url_env`, \
             or a file with `url_file`",
        );
        return None;
    }
    // A socket's path stands among the options.
    let socket = url.query_pairs().any(|(key, _)| key == "host" || key == "socket");
    if url.host_str().is_none_or(str::is_empty) && !socket {
        told.say("names no host", EXAMPLE);
        return None;
    }
    if url.path().trim_matches('/').is_empty() && !has_option(&url, "dbname") {
        told.say(&format!("({shown}) names no database"), EXAMPLE);
        return None;
    }
    options(kind, &url, &shown, told)?;
    if tls == Tls::Verified && !is_verified(kind, &url) && !stays_here(&url) {
        let hint = format!(
            "{}; or say in words that it may be anybody: tls = \"unverified\"",
            kind.verified()
        );
        told.say(
            &format!(
                "({shown}) is on another machine, and nothing proves that it is the right one"
            ),
            &hint,
        );
        return None;
    }
    Some(SecretString::from(rewritten(kind, text, &url, folder)))
}

fn has_option(url: &Url, option: &str) -> bool {
    url.query_pairs().any(|(key, value)| key == option && !value.is_empty())
}

/// Names of options are never shown: somebody may have typed a password there.
fn options(kind: Kind, url: &Url, shown: &str, told: &Told<'_, '_>) -> Option<()> {
    if url.query_pairs().any(|(key, _)| !kind.options().contains(&&*key)) {
        let hint = format!("known here: {}", kind.options().join(", "));
        told.say(&format!("({shown}) has an option that is not known"), &hint);
        return None;
    }
    let (plain, verified) = kind.modes();
    if let Some(mode) = mode(kind, url)
        && !plain.contains(&&*mode)
        && !verified.contains(&&*mode)
    {
        let hint = format!("allowed: {}, {}", plain.join(", "), verified.join(", "));
        let what = format!("({shown}) has a {} that is not known", kind.mode_option());
        told.say(&what, &hint);
        return None;
    }
    Some(())
}

/// The last one counts.
fn mode(kind: Kind, url: &Url) -> Option<String> {
    let modes = url.query_pairs().filter(|(key, _)| key == kind.mode_option());
    modes.last().map(|(_, mode)| mode.to_ascii_lowercase())
}

fn is_verified(kind: Kind, url: &Url) -> bool {
    mode(kind, url).is_some_and(|mode| kind.modes().1.contains(&&*mode))
}

/// Whether what is said stays on this machine: a socket, or a host that cannot be another.
/// Options name a host too, and they win.
pub(super) fn stays_here(url: &Url) -> bool {
    let named: Vec<String> = url
        .query_pairs()
        .filter(|(key, _)| key == "host" || key == "hostaddr")
        .map(|(_, value)| value.into_owned())
        .collect();
    let local = |host: &String| {
        host.starts_with('/')
            || Url::parse(&format!("postgres://{host}/")).is_ok_and(|url| urls::is_loopback(&url))
    };
    if named.is_empty() {
        return urls::is_loopback(url) || has_option(url, "socket");
    }
    named.iter().all(local)
}

/// The scheme that the drivers know, and absolute paths.
fn rewritten(kind: Kind, text: &str, url: &Url, folder: &Path) -> String {
    let is_path = |key: &str| {
        matches!(key, "ssl-ca" | "ssl-cert" | "ssl-key" | "sslrootcert" | "sslcert" | "sslkey")
    };
    let relative = |key: &str, value: &str| is_path(key) && Path::new(value).is_relative();
    let rest = text.split_once(':').map_or(text, |(_, rest)| rest);
    if !url.query_pairs().any(|(key, value)| relative(&key, &value)) {
        return format!("{}:{rest}", kind.scheme());
    }
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(key, value)| {
            let path = relative(&key, &value).then(|| folder.join(&*value));
            let value = path.map_or(value.into_owned(), |path| path.display().to_string());
            (key.into_owned(), value)
        })
        .collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    let text = String::from(url);
    let rest = text.split_once(':').map_or(&*text, |(_, rest)| rest);
    format!("{}:{rest}", kind.scheme())
}

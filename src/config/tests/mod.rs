//! What is accepted, what is refused, and in which words.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod defaults;
mod hostile;
mod messages;
mod places;
mod secrets;
mod servers;

use super::{Config, ConfigError, Environment, load};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The least that loads; its last section is `[services]`.
const LEAST: &str = r#"
[calcom]
api_key_env = "CALCOM_API_KEY"
[[teams]]
team_id = 34209
company_id = 1
[services]
url = "sqlite:data/services.db"
"#;

const KEY: &str = "cal_live_0123456789abcdef";

fn environment() -> Environment {
    Environment::from_pairs([("CALCOM_API_KEY", KEY)])
}

fn load_in(dir: &TempDir, text: &str, environment: &Environment) -> Result<Config, ConfigError> {
    let path = dir.path().join("config.toml");
    fs::write(&path, text).unwrap();
    load(&path, environment)
}

fn accepted(text: &str) -> Config {
    load_in(&TempDir::new().unwrap(), text, &environment()).unwrap()
}

/// The whole message, with the file's folder left out.
fn refused_with(text: &str, environment: &Environment) -> String {
    let dir = TempDir::new().unwrap();
    let error = load_in(&dir, text, environment).unwrap_err();
    told(&error, dir.path())
}

fn refused(text: &str) -> String {
    refused_with(text, &environment())
}

fn told(error: &ConfigError, dir: &Path) -> String {
    error.to_string().replace(&format!("{}/", dir.display()), "")
}

/// The least that loads, with `more` after it: the first line of `more` is line 9.
fn with(more: &str) -> String {
    format!("{LEAST}{more}")
}

/// The least that loads, with a line of `[calcom]` after its header on line 3.
fn with_calcom(line: &str) -> String {
    LEAST.replace("[calcom]\n", &format!("[calcom]\n{line}\n"))
}

/// The least that loads, with another `[services] url` on line 8.
fn with_url(line: &str) -> String {
    LEAST.replace("url = \"sqlite:data/services.db\"", line)
}

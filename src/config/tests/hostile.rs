//! Configurations nobody would write: never a panic, never a secret in a message, and what is
//! accepted protects what it should.

#![expect(clippy::panic, reason = "a test that cannot go on should stop")]

use super::super::{Config, ConfigError, Environment};
use super::{KEY, load_in};
use crate::model::policy::Consent;
use crate::model::settings::StoreLocation;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use url::Url;

/// The example that comes with the program, what is commented out included; of two ways to say the
/// same, the first.
fn example() -> Vec<String> {
    const SECOND_WAYS: [&str; 4] =
        ["api_key_file", "url_env = \"DATABASE_URL\"", "url_file", "smtp_url_file"];
    let lines = include_str!("../../../config.toml").lines().map(|line| {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let setting = bare.starts_with('[') || bare.contains(" = ");
        if setting { bare } else { line }
    });
    lines
        .filter(|line| !SECOND_WAYS.iter().any(|way| line.starts_with(way)))
        .map(str::to_owned)
        .collect()
}

/// What the example's variables hold.
const VARIABLES: [(&str, &str); 3] = [
    ("SMTP_URL", ADDRESSES[0]),
    ("PING_URL", ADDRESSES[3]),
    ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/hunter2"),
];

/// Loads a text, with these variables set.
fn try_load(text: &str, pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut all = vec![("CALCOM_API_KEY", KEY)];
    all.extend(pairs);
    load_in(&TempDir::new().unwrap(), text, &Environment::from_pairs(all))
}

/// What no accepted configuration may lack, said without the code that checks it.
fn protects(config: &Config) -> Result<(), TestCaseError> {
    prop_assert!(is_safe_address(&config.source.base_url));
    prop_assert!(config.source.max_attempts >= 1 && config.source.requests_per_minute >= 1);
    prop_assert!(!config.source.timeout.is_zero() && !config.source.patience.is_zero());
    prop_assert!(!config.companies.is_empty());
    prop_assert!(config.companies.is_sorted_by_key(|company| company.company_id));
    let mut teams = Vec::new();
    for company in &config.companies {
        let safety = &company.safety;
        prop_assert!(safety.absent_threshold >= 3);
        prop_assert!((1..=100).contains(&safety.max_shrink_percent));
        prop_assert!((1..=100).contains(&safety.max_deactivation_percent));
        prop_assert!(safety.max_deactivations >= 1 && safety.max_imports >= 1);
        prop_assert!(company.policy.relink != Consent::Auto, "a relink is always a question");
        prop_assert!(!company.teams.is_empty());
        teams.extend(company.teams.iter().map(|team| team.team_id));
        for rule in &company.policy.import_rules {
            prop_assert!(regex::Regex::new(&rule.title).is_ok());
        }
    }
    prop_assert!(teams.iter().all(|team| team.0 > 0));
    teams.sort_unstable();
    prop_assert!(teams.windows(2).all(|pair| pair.first() != pair.last()), "a team twice");
    let ping = config.notify.ping.as_ref().map(|ping| &ping.url);
    for address in config.notify.slack_webhook.iter().chain(ping) {
        prop_assert!(is_safe_address(
            &Url::parse(address.as_ref().unwrap().expose_secret()).unwrap()
        ));
    }
    Ok(())
}

/// Encrypted, or to this machine.
fn is_safe_address(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let is_here = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    url.scheme() == "https" || url.scheme() == "http" && is_here
}

fn values() -> Vec<&'static str> {
    vec![
        "0",
        "-1",
        "1",
        "2",
        "3",
        "100",
        "101",
        "4294967296",
        "9223372036854775807",
        "1e9",
        "nan",
        "inf",
        "true",
        "[]",
        "[1, \"a\"]",
        "{}",
        "{ a = 1 }",
        "\"\"",
        "\"3\"",
        "\"0s\"",
        "\"-5m\"",
        "\"10m\"",
        "\"99999999999y\"",
        "\"auto\"",
        "\"off\"",
        "\"http://example.com\"",
        "\"http://127.0.0.1:1\"",
        "\"https://\"",
        "\"sqlite:\"",
        "\"x\\u0000y\"",
        "\"🦀\"",
        "'('",
        "\"../../etc/passwd\"",
        "1979-05-27",
        "\"1 TiB\"",
        "\"\"\"\na\n\"\"\"",
        "",
    ]
}

/// One thing that somebody does to a file.
#[derive(Debug, Clone)]
enum Edit {
    Value(Index, &'static str),
    Drop(Index),
    Twice(Index),
    Swap(Index, Index),
    Letter(Index, Index, char),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let line = any::<Index>;
    prop_oneof![
        4 => (line(), select(values())).prop_map(|(at, value)| Edit::Value(at, value)),
        1 => line().prop_map(Edit::Drop),
        1 => line().prop_map(Edit::Twice),
        1 => (line(), line()).prop_map(|(one, other)| Edit::Swap(one, other)),
        1 => (line(), any::<Index>(), any::<char>())
            .prop_map(|(at, letter, to)| Edit::Letter(at, letter, to)),
    ]
}

fn edit(lines: &mut Vec<String>, edit: &Edit) {
    match edit {
        Edit::Value(at, value) => {
            let line = at.get_mut(lines);
            if let Some((key, _)) = line.split_once(" = ") {
                *line = format!("{key} = {value}");
            }
        }
        Edit::Drop(at) => drop(lines.remove(at.index(lines.len()))),
        Edit::Twice(at) => lines.push(at.get(lines).clone()),
        Edit::Swap(one, other) => {
            let length = lines.len();
            lines.swap(one.index(length), other.index(length));
        }
        Edit::Letter(at, letter, to) => {
            let line = at.get_mut(lines);
            let mut letters: Vec<char> = line.chars().collect();
            if !letters.is_empty() {
                *letter.get_mut(&mut letters) = *to;
            }
            *line = letters.into_iter().collect();
        }
    }
}

/// A mail server's, a monitor's and a database's address, with a password in each.
const ADDRESSES: [&str; 6] = [
    "smtps://user:hunter2@mail.example.com:465",
    "smtp://user:hunter2@mail.example.com:587?tls=required",
    "smtp://127.0.0.1:25?x=hunter2",
    "https://hc-ping.com/ping/hunter2",
    "mysql://user:hunter2@db.example.com/shop",
    "postgres://user:hunter2@db.example.com/shop",
];

const WITH_ADDRESSES: &str = "
[calcom]
api_key_env = \"CALCOM_API_KEY\"
[[teams]]
team_id = 34209
company_id = 1
[services]
url_env = \"DATABASE_URL\"
[notify.email]
from = \"reconciler@example.com\"
to = [\"ops@example.com\"]
smtp_url_env = \"SMTP_URL\"
[notify.ping]
url_env = \"PING_URL\"
";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_is_a_panic(text in prop_oneof![
        any::<String>(), "(\\[{1,2}[a-z.]{0,12}\\]{1,2}\n|[a-z_]{1,12} ?= ?[-a-z0-9\"'{}\\[\\], .]{0,16}\n){0,12}",
    ]) {
        if let Ok(config) = try_load(&text, &[]) {
            protects(&config)?;
        }
    }

    #[test]
    fn an_edited_example_protects_or_is_refused(edits in vec(any_edit(), 0..5)) {
        let mut lines = example();
        for one in &edits {
            edit(&mut lines, one);
        }
        match try_load(&lines.join("\n"), &VARIABLES) {
            Ok(config) => protects(&config)?,
            Err(error) => {
                let told = error.to_string();
                prop_assert!(!told.contains(KEY) && !told.contains("hunter2"), "{}", told);
            }
        }
    }

    #[test]
    fn any_address_is_refused_without_being_shown_or_leads_where_it_may(
        which in select(&ADDRESSES[..]), at: Index, letter in any::<char>(), spoil: bool,
    ) {
        let mut letters: Vec<char> = which.chars().collect();
        if spoil {
            *at.get_mut(&mut letters) = letter;
        }
        let address: String = letters.into_iter().collect();
        // The operating system has no variables with a NUL.
        prop_assume!(!address.contains('\0'));
        let pairs = ["DATABASE_URL", "SMTP_URL", "PING_URL"].map(|name| (name, address.as_str()));
        match try_load(WITH_ADDRESSES, &pairs) {
            Ok(_) => prop_assert!(false, "one address cannot be a database, a mail server and a page"),
            Err(error) => {
                let told = error.to_string();
                prop_assert!(!told.contains("hunter2"), "{}", told);
            }
        }
        if let Ok(config) = try_load(&WITH_ADDRESSES.replace("_env = \"DATABASE_URL\"", " = \"sqlite:a.db\""), &[
            ("SMTP_URL", address.as_str()), ("PING_URL", "https://hc-ping.com/x"),
        ]) {
            protects(&config)?;
            prop_assert!(!matches!(config.store.location, Ok(StoreLocation::MySql(_))));
            let email = config.notify.email.unwrap();
            let url = Url::parse(email.smtp_url.as_ref().unwrap().expose_secret()).unwrap();
            prop_assert!(matches!(url.scheme(), "smtp" | "smtps"));
            prop_assert!(url.host_str().is_some_and(|host| !host.is_empty()));
        }
    }
}

/// Every setting of the example with every one of these values, one at a time.
#[test]
fn every_setting_with_every_foreign_value_protects_or_is_refused() {
    let (mut tried, mut accepted) = (0, 0);
    for (at, line) in example().iter().enumerate() {
        let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        for value in values() {
            let mut lines = example();
            *lines.get_mut(at).unwrap() = format!("{key} = {value}");
            if let Ok(config) = try_load(&lines.join("\n"), &VARIABLES) {
                protects(&config).unwrap_or_else(|error| panic!("{key} = {value}: {error}"));
                accepted += 1;
            }
            tried += 1;
        }
    }
    assert!(tried > 1500 && accepted > 100, "{accepted} of {tried}");
}

/// Unedited, the example is accepted: what is refused above is refused for what was done to it.
#[test]
fn the_whole_example_is_accepted() {
    let config = try_load(&example().join("\n"), &VARIABLES).unwrap();
    protects(&config).unwrap();
    assert!(config.notify.email.is_some() && config.notify.ping.is_some());
}

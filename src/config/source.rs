//! `[calcom]`: how to reach the source.

use super::secrets::{Secret, SecretKeys, Vault};
use super::typed::{Entry, Section};
use super::urls;
use super::values::quoted;
use crate::model::settings::{ApiKey, SourceSettings};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::time::Duration;
use url::Url;

const API_KEY: SecretKeys = SecretKeys {
    what: "the API key",
    plain: None,
    env: "api_key_env",
    file: "api_key_file",
    usual_variable: "CALCOM_API_KEY",
};

/// Versions whose effect on the team's list is known. The server takes any other one in silence.
const KNOWN_VERSIONS: [&str; 4] = ["2024-06-14", "2024-08-13", "2024-09-04", "2026-06-12"];

const API_VERSION: &str = "2026-06-12";

pub(super) fn check(section: &Section<'_>, vault: &Vault<'_>) -> Option<SourceSettings> {
    let base_url = base_url(section);
    let api_version = api_version(section);
    let api_key = vault.secret(section, &API_KEY, api_key);
    let timeout = section.positive_duration("timeout", Duration::from_secs(30));
    let patience = section.positive_duration("patience", Duration::from_mins(3));
    let max_attempts = section.count("max_attempts", 1, 4);
    let requests_per_minute = section.count("requests_per_minute", 1, 100);
    let max_body_bytes = section.size("max_body", 1024 * 1024 * 1024);
    if timeout > patience {
        section.say_inert(format!(
            "`calcom.timeout` ({}) is longer than `calcom.patience` ({}), which ends a request first",
            humantime::format_duration(timeout),
            humantime::format_duration(patience),
        ));
    }
    let (base_url, api_version, api_key) = (base_url?, api_version?, api_key?);
    Some(SourceSettings {
        base_url,
        api_version,
        api_key,
        timeout,
        max_attempts,
        requests_per_minute,
        patience,
        max_body_bytes,
    })
}

fn base_url(section: &Section<'_>) -> Option<Url> {
    match section.entry("base_url") {
        Some(entry) => {
            let text = entry.line_of_text()?;
            parse_base_url(&entry, text)
        }
        None => Url::parse("https://api.cal.com").ok(),
    }
}

fn parse_base_url(entry: &Entry<'_>, text: &str) -> Option<Url> {
    let refuse = |what: &str, hint: &str| {
        entry.say(format!("`{}` {what}", entry.key()), Some(hint.to_owned()));
        None
    };
    let Some(mut url) = Url::parse(text).ok().filter(Url::has_host) else {
        return refuse("is not a web address", "write it like \"https://api.cal.com\"");
    };
    let shown = urls::shown(&url);
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(
            &format!("({shown}) has a user or password in it"),
            "leave it out: the API key is all that Cal.com wants",
        );
    }
    match url.scheme() {
        "https" => {}
        "http" if urls::is_loopback(&url) => {}
        "http" => {
            return refuse(
                &format!("is {shown}: the API key would travel in the clear"),
                "write https; http is for this machine only (localhost, 127.0.0.1, ::1)",
            );
        }
        _ => return refuse(&format!("is {shown}"), "write it like \"https://api.cal.com\""),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse(&format!("({shown}) has something after `?` or `#`"), "leave that out");
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if path.ends_with("/v2") || path.ends_with("/v1") {
        return refuse(
            &format!("({shown}) ends with the API's version"),
            "leave it out: /v2 is added to every request",
        );
    }
    url.set_path(&path);
    Some(url)
}

fn api_version(section: &Section<'_>) -> Option<Box<str>> {
    let Some(entry) = section.entry("api_version") else { return Some(API_VERSION.into()) };
    let text = entry.line_of_text()?;
    // chrono alone would take 2024-6-1 as well, which the server would not.
    let is_date = text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
    if !is_date {
        let message = format!("`{}` is {}, which is not a date", entry.key(), quoted(text));
        entry.say(message, Some(format!("write it like \"{API_VERSION}\"")));
        return None;
    }
    if !KNOWN_VERSIONS.contains(&text) {
        section.say_inert(format!(
            "`calcom.api_version` {text} is not one whose answers are known ({}); Cal.com takes an \
             unknown one for an old one, in silence",
            KNOWN_VERSIONS.join(", ")
        ));
    }
    Some(text.into())
}

fn api_key(secret: &Secret<'_>) -> Option<ApiKey> {
    let good = secret.value.expose_secret().chars().all(|c| c.is_ascii_graphic());
    if !good {
        secret.say(
            "contains a blank, a control character or a letter outside ASCII: it is not an API key",
            Some("copy the key again, without quotes and line breaks"),
        );
    }
    let (secret, fingerprint) = (secret.value.clone(), fingerprint(&secret.value));
    good.then_some(ApiKey { secret, fingerprint })
}

/// Tells one key from another, and nothing else: 64 bits of a hash of a long random text.
fn fingerprint(key: &SecretString) -> Box<str> {
    let digest = Sha256::new()
        .chain_update("reconciler key fingerprint\n")
        .chain_update(key.expose_secret())
        .finalize();
    hex::encode(digest).chars().take(16).collect()
}

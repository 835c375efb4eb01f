//! `[notify]`: whom to tell.

use super::keys;
use super::secrets::{Secret, SecretKeys, Vault};
use super::typed::{Entry, Section};
use super::urls;
use super::values::quoted;
use crate::model::settings::{
    EmailSettings, Language, NotifySettings, Opened, PingSettings, SendWhen,
};
use chrono::NaiveTime;
use chrono_tz::Tz;
use secrecy::SecretString;
use std::path::Path;
use std::time::Duration;

const SMTP_URL: SecretKeys = SecretKeys {
    what: "the mail server",
    plain: None,
    env: "smtp_url_env",
    file: "smtp_url_file",
    usual_variable: "SMTP_URL",
};

const WEBHOOK_URL: SecretKeys = SecretKeys {
    what: "Slack's webhook",
    plain: None,
    env: "webhook_url_env",
    file: "webhook_url_file",
    usual_variable: "SLACK_WEBHOOK_URL",
};

const PING_URL: SecretKeys = SecretKeys {
    what: "the monitor's address",
    plain: None,
    env: "url_env",
    file: "url_file",
    usual_variable: "PING_URL",
};

const SMTP_EXAMPLE: &str = "allowed: smtps://USER:PASSWORD@HOST:465, \
                            smtp://USER:PASSWORD@HOST:587?tls=required, smtp://127.0.0.1:25";
const SLACK_EXAMPLE: &str = "it looks like https://hooks.slack.com/services/…";
const PING_EXAMPLE: &str = "it looks like https://hc-ping.com/…";

/// A source may be away for a night's outage without an alarm; half a working day is too long.
const MAX_BLIND: Duration = Duration::from_hours(6);

/// Before people begin to work, and after what nightly jobs did.
const DAILY_AT: NaiveTime = match NaiveTime::from_hms_opt(7, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// Whom to tell, and how.
pub(super) struct Told {
    pub(super) settings: NotifySettings,
    /// The language of mails.
    pub(super) language: Language,
    /// The zone in which times are shown.
    pub(super) time_zone: Tz,
}

pub(super) fn check(root: &Section<'_>, vault: &Vault<'_>, folder: &Path) -> Told {
    let section = root.section("notify");
    let email = section.optional_section("email");
    let time_zone = email.as_ref().map_or(Tz::UTC, time_zone);
    let language = email.as_ref().map_or(Language::En, |section| {
        section.choice("language", &[("en", Language::En), ("de", Language::De)], Language::En)
    });
    let textfile = root.section("metrics").entry("textfile");
    let settings = NotifySettings {
        email: email.and_then(|section| email_settings(&section, vault, language, time_zone)),
        slack_webhook: section
            .optional_section("slack")
            .and_then(|section| web_address(&section, vault, &WEBHOOK_URL, SLACK_EXAMPLE)),
        ping: section.optional_section("ping").and_then(|section| {
            let url = web_address(&section, vault, &PING_URL, PING_EXAMPLE);
            let max_blind = section.positive_duration("max_blind", MAX_BLIND);
            Some(PingSettings { url: url?, max_blind })
        }),
        metrics_textfile: textfile.and_then(|entry| {
            let name = entry.line_of_text()?;
            if Path::new(name).extension().is_none_or(|end| end != "prom") {
                let hint = "node_exporter's textfile collector reads files that end in .prom";
                let message = format!("`{}` does not end in .prom", entry.key());
                entry.say(message, Some(hint.to_owned()));
            }
            Some(folder.join(name))
        }),
    };
    Told { settings, language, time_zone }
}

/// `daily_at`, which means something only with `send = "daily"`.
fn daily_at(section: &Section<'_>, send: SendWhen) -> SendWhen {
    let Some(entry) = section.entry("daily_at") else { return send };
    let Some(text) = entry.line_of_text() else { return send };
    let Ok(at) = NaiveTime::parse_from_str(text, "%H:%M") else {
        let message = format!("`{}` is {}, which is no hour", entry.key(), quoted(text));
        entry.say(message, Some("write it like \"07:00\"".to_owned()));
        return send;
    };
    if matches!(send, SendWhen::Daily(_)) {
        return SendWhen::Daily(at);
    }
    section.say_inert("`notify.email.daily_at` means nothing without send = \"daily\"".to_owned());
    send
}

fn email_settings(
    section: &Section<'_>,
    vault: &Vault<'_>,
    language: Language,
    time_zone: Tz,
) -> Option<EmailSettings> {
    let from = section.entry("from");
    if from.is_none() {
        section.say("from", "`notify.email.from` is missing: who is the sender?", None);
    }
    let from = from.and_then(|entry| address(&entry));
    let to = recipients(section);
    let smtp_url = vault.secret(section, &SMTP_URL, smtp_url);
    let send = section.choice(
        "send",
        &[
            ("on-change", SendWhen::OnChange),
            ("every-run", SendWhen::EveryRun),
            ("daily", SendWhen::Daily(DAILY_AT)),
        ],
        SendWhen::OnChange,
    );
    let send = daily_at(section, send);
    Some(EmailSettings { from: from?, to: to?, smtp_url: smtp_url?, send, language, time_zone })
}

fn recipients(section: &Section<'_>) -> Option<Vec<Box<str>>> {
    let hint = "write a list: to = [\"ops@example.com\"]";
    let Some(entry) = section.entry("to") else {
        section.say("to", "`notify.email.to` is missing: who is told?", Some(hint));
        return None;
    };
    let Some(list) = entry.value().as_array() else {
        entry.say_type("a list", entry.value(), Some(hint.to_owned()));
        return None;
    };
    if list.is_empty() {
        entry.say("`notify.email.to` is empty: nobody would be told".to_owned(), Some(hint.into()));
        return None;
    }
    entry.items().iter().map(address).collect()
}

/// An address, alone or as `Name <address>`. The mail server has the last word; this refuses what
/// can be none, and what could smuggle a header into a mail.
fn address(entry: &Entry<'_>) -> Option<Box<str>> {
    let text = entry.line_of_text()?.trim();
    let bare = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((_, bare)) => bare,
        None => text,
    };
    let good = bare.rsplit_once('@').is_some_and(|(user, host)| {
        let plain = |part: &str| {
            !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "<>,;".contains(c))
        };
        plain(user) && plain(host)
    });
    if !good {
        let message = format!("`{}` is {}, which is not a mail address", entry.key(), quoted(text));
        entry.say(message, None);
    }
    good.then(|| text.into())
}

fn smtp_url(secret: &Secret<'_>) -> Option<SecretString> {
    let url = urls::parse_secret(secret, SMTP_EXAMPLE)?;
    let shown = urls::shown(&url);
    if !matches!(url.scheme(), "smtp" | "smtps") || url.host_str().is_none_or(str::is_empty) {
        secret.say(&format!("holds {shown}, which is no mail server"), Some(SMTP_EXAMPLE));
        return None;
    }
    let tls: Vec<String> = url
        .query_pairs()
        .filter(|(key, _)| key == "tls")
        .map(|(_, value)| value.into_owned())
        .collect();
    if tls.iter().any(|value| value != "required" && value != "opportunistic") {
        secret.say(&format!("({shown}) has an unknown value of tls"), Some(SMTP_EXAMPLE));
        return None;
    }
    let required = url.scheme() == "smtps" || tls.iter().any(|value| value == "required");
    if !required && !urls::is_loopback(&url) {
        secret.say(
            &format!(
                "goes to {shown} without required TLS: mails and the password could travel in the \
                 clear"
            ),
            Some(
                "add ?tls=required, or use smtps://; only a server on this machine may do without",
            ),
        );
        return None;
    }
    Some(secret.value.clone())
}

fn web_address(
    section: &Section<'_>,
    vault: &Vault<'_>,
    keys: &SecretKeys,
    example: &str,
) -> Option<Opened<SecretString>> {
    vault.secret(section, keys, |secret| {
        urls::is_web_address(secret, example).then(|| secret.value.clone())
    })
}

fn time_zone(section: &Section<'_>) -> Tz {
    let Some(entry) = section.entry("time_zone") else { return Tz::Europe__Berlin };
    let Some(text) = entry.line_of_text() else { return Tz::UTC };
    text.parse().unwrap_or_else(|_| {
        let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let hint = match keys::nearest(text, names) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => "write it like \"Europe/Berlin\" or \"UTC\"".to_owned(),
        };
        let message = format!("`{}` is {}, which is no time zone", entry.key(), quoted(text));
        entry.say(message, Some(hint));
        Tz::UTC
    })
}

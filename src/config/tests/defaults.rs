//! Everything that is accepted, and what it means.

use super::super::{Config, ConfigError, Environment, load};
use super::{KEY, LEAST, accepted, environment, load_in, refused, with, with_calcom, with_url};
use crate::model::change::Column;
use crate::model::ids::{CompanyId, EventTypeId, TeamId};
use crate::model::policy::{Consent, FieldPolicy, ImportAction};
use crate::model::settings::{Language, SendWhen, StoreLocation};
use chrono::NaiveTime;
use secrecy::ExposeSecret;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

#[test]
fn the_example_loads_as_it_is_and_means_the_same_as_the_defaults() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.toml");
    let config = load(&example, &environment()).unwrap();
    let least = accepted(LEAST);
    assert_eq!(config.companies, least.companies);
    assert_eq!(config.store.columns, least.store.columns);
    assert_eq!(config.store.table, least.store.table);
    assert_eq!(config.store.references, least.store.references);
    assert_eq!(config.source.base_url, least.source.base_url);
    assert_eq!(config.source.api_version, least.source.api_version);
    assert_eq!(config.source.timeout, least.source.timeout);
    assert_eq!(config.source.patience, least.source.patience);
    assert_eq!(config.source.max_attempts, least.source.max_attempts);
    assert_eq!(config.source.requests_per_minute, least.source.requests_per_minute);
    assert_eq!(config.source.max_body_bytes, least.source.max_body_bytes);
    assert_eq!(config.time_zone, least.time_zone);
    assert_eq!(config.inert_settings, Vec::<String>::new());
}

#[test]
fn the_example_with_everything_switched_on_loads_too() {
    let example = include_str!("../../../config.toml");
    // Every commented key, but those that are there "instead" of another.
    let all: Vec<&str> = example
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(typed) if !line.contains("instead") && is_toml(typed) => typed,
            _ => line,
        })
        .collect();
    let environment = Environment::from_pairs([
        ("CALCOM_API_KEY", KEY),
        ("SMTP_URL", "smtps://user:hunter2@mail.example.com:465"),
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T0/B0/hunter2"),
        ("PING_URL", "https://hc-ping.com/hunter2"),
    ]);
    let config = load_in(&TempDir::new().unwrap(), &all.join("\n"), &environment).unwrap();
    let company = config.companies.first().unwrap();
    assert_eq!(company.policy.fields.len(), 3);
    assert_eq!(company.policy.import_rules.first().unwrap().action, ImportAction::Inactive);
    assert_eq!(company.policy.import_rules.first().unwrap().title.as_ref(), r"\(\d+ von \d+\)");
    let team = company.teams.first().unwrap();
    assert_eq!(team.slug.as_deref(), Some("friseur"));
    assert_eq!(team.must_contain, [EventTypeId(3_757_770)]);
    let reference = config.store.references.get("appointments").unwrap();
    assert_eq!(reference.column.as_ref(), "service_id");
    assert_eq!(reference.upcoming.as_deref(), Some("starts_at"));
    let email = config.notify.email.as_ref().unwrap();
    assert_eq!(email.to, ["ops@example.com".into()]);
    assert_eq!((email.send, email.language), (SendWhen::OnChange, Language::En));
    assert_eq!(config.time_zone, chrono_tz::Tz::Europe__Berlin);
    assert!(config.notify.slack_webhook.is_some() && config.notify.ping.is_some());
    assert_eq!(config.inert_settings, Vec::<String>::new());
    let shown = format!("{config:?}");
    assert!(!shown.contains("hunter2") && !shown.contains(KEY), "{shown}");
}

fn is_toml(line: &str) -> bool {
    line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
}

#[test]
fn what_is_not_typed_is_what_the_design_says() {
    let dir = TempDir::new().unwrap();
    let config = load_in(&dir, LEAST, &environment()).unwrap();
    assert_eq!(config.file, dir.path().join("config.toml"));
    assert_eq!(config.ledger_path, dir.path().join("data/ledger.db"));
    assert_eq!(config.source.base_url.as_str(), "https://api.cal.com/");
    assert_eq!(config.source.api_version.as_ref(), "2026-06-12");
    assert_eq!(config.source.api_key.unwrap().secret.expose_secret(), KEY);
    assert_eq!(config.source.timeout, Duration::from_secs(30));
    assert_eq!(config.source.max_attempts, 4);
    assert_eq!(config.source.requests_per_minute, 100);
    assert_eq!(config.source.patience, Duration::from_mins(3));
    assert_eq!(config.source.max_body_bytes, 1 << 30);
    assert_eq!(config.store.table.as_ref(), "services");
    assert_eq!(config.store.columns.id.as_ref(), "id");
    assert_eq!(config.store.columns.last_sync.as_deref(), Some("last_calcom_sync"));
    let names: Vec<(&str, &str)> =
        config.store.columns.mapped.iter().map(|(c, name)| (c.as_str(), name.as_ref())).collect();
    let same = |name| (name, name);
    let expected = [
        same("company_id"),
        same("name"),
        ("event_type_id", "calcom_event_type_id"),
        same("is_active"),
        same("sync_status"),
        same("sync_error"),
    ];
    assert_eq!(names, expected);
    assert!(config.notify.email.is_none() && config.notify.slack_webhook.is_none());
    assert_eq!(config.time_zone, chrono_tz::Tz::UTC);
    assert_eq!(config.inert_settings, Vec::<String>::new());
}

#[test]
fn the_limits_that_are_not_typed_are_what_the_design_says() {
    let config = accepted(LEAST);
    let company = config.companies.first().unwrap();
    assert_eq!((company.company_id, company.teams.len()), (CompanyId(1), 1));
    let (policy, safety) = (&company.policy, &company.safety);
    assert_eq!((policy.import, policy.link), (Consent::Auto, Consent::Review));
    assert_eq!((policy.relink, policy.deactivate), (Consent::Review, Consent::Review));
    assert_eq!(policy.reactivate, Consent::Auto);
    assert_eq!(policy.fields, [(Column::Name, FieldPolicy::Report)].into());
    assert!(policy.import_rules.is_empty());
    assert_eq!(safety.absent_threshold, 3);
    assert_eq!(safety.min_observation_gap, Duration::from_mins(10));
    assert_eq!((safety.max_shrink_percent, safety.max_deactivation_percent), (20, 20));
    assert_eq!((safety.max_deactivations, safety.max_imports), (5, 10));
    assert_eq!(safety.auto_min_absence, Duration::from_hours(24));
    assert_eq!(safety.streak_expires_after, Duration::from_hours(72));
    assert_eq!(safety.approval_ttl, Duration::from_hours(14 * 24));
    assert!(company.mapped.has(Column::Name) && company.mapped.has(Column::SyncStatus));
    assert!(!company.mapped.has(Column::Duration) && !company.mapped.has(Column::Slug));
}

#[test]
fn companies_and_teams_stand_in_order_of_their_ids() {
    let teams = |ids: &[(i64, i64)]| {
        let team = |(team, company)| {
            format!(
                "[[teams]]\nteam_id = {team}\ncompany_id = {company}\nmust_contain = [9, 7, 9]\n"
            )
        };
        with(&ids.iter().copied().map(team).collect::<String>())
    };
    let config = accepted(&teams(&[(9, 2), (8, 1), (4, 2)]));
    let seen: Vec<(CompanyId, Vec<TeamId>)> = config
        .companies
        .iter()
        .map(|c| (c.company_id, c.teams.iter().map(|t| t.team_id).collect()))
        .collect();
    let expected = vec![
        (CompanyId(1), vec![TeamId(8), TeamId(34209)]),
        (CompanyId(2), vec![TeamId(4), TeamId(9)]),
    ];
    assert_eq!(seen, expected);
    let team = config.companies.first().unwrap().teams.first().unwrap();
    assert_eq!(team.must_contain, [EventTypeId(7), EventTypeId(9)]);
}

#[test]
fn an_optional_column_can_be_left_out_or_added() {
    let config = accepted(&with(
        "[services.columns]\nsync_status = \"\"\nlast_sync = \"\"\nduration = \"minutes\"\n",
    ));
    let company = config.companies.first().unwrap();
    assert!(!company.mapped.has(Column::SyncStatus) && company.mapped.has(Column::Duration));
    assert_eq!(config.store.columns.last_sync, None);
    assert_eq!(company.policy.fields.get(&Column::Duration), Some(&FieldPolicy::Report));
    assert_eq!(company.policy.fields.get(&Column::Slug), None);
}

#[test]
fn every_spelling_of_a_database_leads_to_its_kind() {
    let dir = TempDir::new().unwrap();
    let location = |url: &str| {
        let environment = Environment::from_pairs([("CALCOM_API_KEY", KEY), ("DATABASE_URL", url)]);
        let text = with_url("url_env = \"DATABASE_URL\"");
        load_in(&dir, &text, &environment).unwrap().store.location.unwrap()
    };
    for (url, file) in [
        ("sqlite:a/b.db", dir.path().join("a/b.db")),
        ("sqlite://a/b.db", dir.path().join("a/b.db")),
        ("sqlite:///a/b.db", PathBuf::from("/a/b.db")),
        ("sqlite:/a/b.db", PathBuf::from("/a/b.db")),
    ] {
        assert!(matches!(location(url), StoreLocation::Sqlite(seen) if seen == file), "{url}");
    }
    for url in ["mysql://u:p@localhost:3306/d", "mariadb://u:p@localhost:3306/d"] {
        let StoreLocation::MySql(seen) = location(url) else { unreachable!("{url}") };
        assert_eq!(seen.expose_secret(), "mysql://u:p@localhost:3306/d");
    }
    for url in
        ["postgres://u:p@[::1]/d?sslmode=require", "postgresql://u:p@[::1]/d?sslmode=require"]
    {
        let StoreLocation::Postgres(seen) = location(url) else { unreachable!("{url}") };
        assert_eq!(seen.expose_secret(), "postgres://u:p@[::1]/d?sslmode=require");
    }
    let socket = location("postgres:///d?host=/run/postgresql");
    assert!(matches!(socket, StoreLocation::Postgres(_)));
    // A URL without a password is no secret.
    let plain = accepted(&with_url("url = \"mysql://root@127.0.0.1/d\""));
    assert!(matches!(plain.store.location, Ok(StoreLocation::MySql(_))));
}

#[test]
fn the_source_may_be_this_machine_in_the_clear_and_a_trailing_slash_is_no_matter() {
    for (typed, meant) in [
        ("https://api.cal.com/", "https://api.cal.com/"),
        ("https://proxy.example.com/cal/", "https://proxy.example.com/cal"),
        ("http://localhost:8080", "http://localhost:8080/"),
        ("http://127.9.9.9:1", "http://127.9.9.9:1/"),
        ("http://[::1]:1/", "http://[::1]:1/"),
    ] {
        let config = accepted(&with_calcom(&format!("base_url = \"{typed}\"")));
        assert_eq!(config.source.base_url.as_str(), meant);
    }
}

#[test]
fn sizes_come_in_both_families_of_units() {
    for (typed, bytes) in [
        ("1 GiB", 1 << 30),
        ("1GB", 1_000_000_000),
        ("2 MiB", 2 << 20),
        ("3 MB", 3_000_000),
        ("64 kB", 64_000),
        ("64KB", 64_000),
        ("64 KiB", 65_536),
        ("5 B", 5),
    ] {
        let config = accepted(&with_calcom(&format!("max_body = \"{typed}\"")));
        assert_eq!(config.source.max_body_bytes, bytes, "{typed}");
    }
}

#[test]
fn the_time_zone_is_the_one_of_the_mails() {
    let environment =
        Environment::from_pairs([("CALCOM_API_KEY", KEY), ("SMTP_URL", "smtp://127.0.0.1:25")]);
    let email = "[notify.email]\nfrom = \"Reconciler <r@example.com>\"\nto = [\"o@example.com\"]\n\
                 smtp_url_env = \"SMTP_URL\"\ntime_zone = \"America/New_York\"\n";
    let config = load_in(&TempDir::new().unwrap(), &with(email), &environment).unwrap();
    assert_eq!(config.time_zone, chrono_tz::Tz::America__New_York);
    assert_eq!(config.inert_settings, Vec::<String>::new());
}

#[test]
fn the_fingerprint_tells_keys_apart_and_does_not_tell_the_key() {
    let of = |key: &str| {
        let environment = Environment::from_pairs([("CALCOM_API_KEY", key)]);
        load_in(&TempDir::new().unwrap(), LEAST, &environment)
            .unwrap()
            .source
            .api_key
            .unwrap()
            .fingerprint
    };
    assert_eq!(of(KEY), of(KEY));
    assert_ne!(of(KEY), of("cal_live_another"));
    assert_eq!(of(KEY).len(), 16);
    assert!(of(KEY).chars().all(|c| c.is_ascii_hexdigit()));
}

#[test]
fn settings_that_protect_nothing_are_named_and_accepted() {
    let text = "[safety]\nmin_observation_gap = \"0s\"\nmax_shrink_percent = 100\n\
                max_deactivation_percent = 100\nauto_min_absence = \"0s\"\n\
                streak_expires_after = \"0s\"\napproval_ttl = \"7d\"\n\
                [policy]\ndeactivate = \"auto\"\nimport = \"off\"\n\
                [[policy.import_rules]]\ntitle = \"x\"\naction = \"skip\"\n";
    let text = with(text)
        .replace("company_id = 1\n", "company_id = 1\nmust_contain = []\n")
        .replace("[calcom]", "[calcom]\napi_version = \"2031-01-01\"\ntimeout = \"10m\"");
    let notes = accepted(&text).inert_settings;
    let about: Vec<&str> = notes.iter().filter_map(|note| note.split('`').nth(1)).collect();
    let expected = [
        "calcom.api_version",
        "calcom.timeout",
        "policy.import_rules",
        "safety.min_observation_gap",
        "safety.max_shrink_percent",
        "safety.max_deactivation_percent",
        "safety.auto_min_absence",
        "safety.streak_expires_after",
        "safety.approval_ttl",
        "teams[0].must_contain",
    ];
    assert_eq!(about, expected);
    assert!(notes.iter().all(|note| !note.contains('\n') && !note.contains("  ")), "{notes:#?}");
}

/// With a mail server on this machine, unless an address is given.
fn with_email(url: &str, lines: &str) -> Result<Config, ConfigError> {
    let environment = Environment::from_pairs([("CALCOM_API_KEY", KEY), ("SMTP_URL", url)]);
    let email = "[notify.email]\nfrom = \"r@example.com\"\nto = [\"o@example.com\"]\n\
                 smtp_url_env = \"SMTP_URL\"\n";
    load_in(&TempDir::new().unwrap(), &with(&format!("{email}{lines}")), &environment)
}

#[test]
fn a_mail_that_would_travel_in_the_clear_is_refused() {
    for query in ["", "?tls=opportunistic"] {
        let url = format!("smtp://user:hunter2@mail.example.com:587{query}");
        let refused = with_email(&url, "").unwrap_err().to_string();
        assert!(
            refused.contains(
                "the variable SMTP_URL goes to smtp://mail.example.com without required TLS"
            ) && refused.contains("add ?tls=required"),
            "{refused}"
        );
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    for good in [
        "smtp://user:hunter2@mail.example.com:587?tls=required",
        "smtps://user:hunter2@mail.example.com",
        "smtp://127.0.0.1:25",
        "smtp://localhost",
    ] {
        assert_eq!(with_email(good, "").unwrap().inert_settings, Vec::<String>::new(), "{good}");
    }
}

#[test]
fn a_daily_mail_has_its_hour() {
    let sent = |lines: &str| {
        let config = with_email("smtp://127.0.0.1", lines).unwrap();
        (config.notify.email.unwrap().send, config.inert_settings)
    };
    let hour = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    assert_eq!(sent("send = \"daily\"\n"), (SendWhen::Daily(hour(7, 0)), Vec::new()));
    let at = "send = \"daily\"\ndaily_at = \"18:30\"\n";
    assert_eq!(sent(at), (SendWhen::Daily(hour(18, 30)), Vec::new()));
    let (usual, inert) = sent("daily_at = \"18:30\"\n");
    assert_eq!((usual, inert.len()), (SendWhen::OnChange, 1));
    for wrong in ["7 o'clock", "25:00", "7"] {
        let lines = format!("send = \"daily\"\ndaily_at = \"{wrong}\"\n");
        let refused = with_email("smtp://127.0.0.1", &lines).unwrap_err().to_string();
        assert!(refused.contains("which is no hour"), "{refused}");
    }
}

#[test]
fn a_monitor_and_metrics_have_their_defaults() {
    let environment =
        Environment::from_pairs([("CALCOM_API_KEY", KEY), ("PING_URL", "https://hc-ping.com/x")]);
    let load = |lines: &str| load_in(&TempDir::new().unwrap(), &with(lines), &environment);
    let ping = "[notify.ping]\nurl_env = \"PING_URL\"\n";
    let notify =
        load(&format!("{ping}[metrics]\ntextfile = \"reconciler.prom\"\n")).unwrap().notify;
    assert_eq!(notify.ping.unwrap().max_blind, Duration::from_hours(6));
    assert!(notify.metrics_textfile.unwrap().ends_with("reconciler.prom"));
    assert!(load(&format!("{ping}max_blind = \"0s\"\n")).is_err());
    assert!(load("[metrics]\ntextfile = \"reconciler.txt\"\n").is_err());
}

#[test]
fn the_ledger_is_never_the_applications_database() {
    assert_eq!(
        refused(&with("[ledger]\npath = \"data/services.db\"\n")),
        "config.toml:10: `ledger.path` and `services.url` are the same file\n  \
         the ledger is a database of its own: give it its own file"
    );
}

//! The application's database on a server, and what it calls things.

use super::{KEY, accepted, load_in, refused, refused_with, with, with_url};
use crate::config::{Environment, load};
use crate::model::change::Value;
use crate::model::service::SyncStatus;
use crate::model::settings::{DeletedAt, Opened, StoreLocation};
use secrecy::ExposeSecret;
use std::fs;
use tempfile::TempDir;

fn url_of(location: &Opened<StoreLocation>) -> &str {
    match location.as_ref().unwrap() {
        StoreLocation::Sqlite(_) => "",
        StoreLocation::MySql(url) | StoreLocation::Postgres(url) => url.expose_secret(),
    }
}

#[test]
fn a_server_on_another_machine_must_prove_who_it_is() {
    for url in [
        "mysql://u@db.example.com/d",
        "mysql://u@db.example.com/d?ssl-mode=REQUIRED",
        "mysql://u@db.example.com/d?ssl-mode=VERIFY_IDENTITY&ssl-mode=preferred",
        "postgres://u@10.0.0.5/d?sslmode=require",
        "postgres://u@127.0.0.1/d?host=db.example.com",
        "postgres://u@127.0.0.1/d?hostaddr=10.0.0.5&sslmode=prefer",
    ] {
        let words = refused(&with_url(&format!("url = \"{url}\"")));
        let first = words.lines().next().unwrap();
        assert!(first.starts_with("config.toml:8: `services.url` ("), "{words}");
        assert!(
            first.ends_with("is on another machine, and nothing proves that it is the right one")
        );
        assert!(words.contains("or say in words that it may be anybody: tls = \"unverified\""));
        // Which is enough.
        let url = format!("url = \"{url}\"\ntls = \"unverified\"");
        assert!(!url_of(&accepted(&with_url(&url)).store.location).is_empty());
    }
    for url in [
        "mysql://u@db.example.com/d?ssl-mode=VERIFY_CA&ssl-ca=/etc/ca.pem",
        "mysql://u@db.example.com/d?ssl-mode=verify_identity",
        "postgres://u@db.example.com/d?sslmode=verify-full",
        "postgres://u@db.example.com/d?sslmode=verify-ca&sslrootcert=/etc/ca.pem",
        "postgres:///d?host=/run/postgresql",
        "mysql://u@localhost/d",
        "mysql://u@db/d?socket=/run/mysqld/mysqld.sock",
    ] {
        let seen = accepted(&with_url(&format!("url = \"{url}\"")));
        assert_eq!(url_of(&seen.store.location), url);
    }
}

/// The drivers pass over what they do not know, and `ssl_mode=VERIFY_CA` would verify nothing.
#[test]
fn an_option_that_no_driver_knows_is_refused_and_not_repeated() {
    for (url, known) in [
        ("mysql://u@127.0.0.1/d?ssl_mode=VERIFY_CA", "ssl-mode, ssl-ca, ssl-cert, ssl-key, socket"),
        ("mysql://u@127.0.0.1/d?hunter2", "ssl-mode, ssl-ca"),
        ("postgres://u@127.0.0.1/d?ssl-mode=verify-full", "sslmode, sslrootcert"),
    ] {
        let words = refused(&with_url(&format!("url = \"{url}\"")));
        assert!(words.contains("has an option that is not known\n  known here: "), "{words}");
        assert!(words.contains(known) && !words.contains("hunter2"), "{words}");
    }
    let words = refused(&with_url("url = \"mysql://u@127.0.0.1/d?ssl-mode=hunter2\""));
    assert_eq!(
        words,
        "config.toml:8: `services.url` (mysql://127.0.0.1) has a ssl-mode that is not known\n  \
         allowed: disabled, preferred, required, verify_ca, verify_identity"
    );
}

/// As every other path in the file.
#[test]
fn a_certificates_relative_path_starts_at_the_folder() {
    let dir = TempDir::new().unwrap();
    let environment = Environment::from_pairs([
        ("CALCOM_API_KEY", KEY),
        ("DATABASE_URL", "mariadb://u:p%40ss@db.example.com/d?ssl-mode=VERIFY_CA&ssl-ca=ca.pem"),
    ]);
    let text = with_url("url_env = \"DATABASE_URL\"");
    let config = load_in(&dir, &text, &environment).unwrap();
    let url = url::Url::parse(url_of(&config.store.location)).unwrap();
    let path = url.query_pairs().find(|(key, _)| key == "ssl-ca").unwrap().1.into_owned();
    assert_eq!(path, dir.path().join("ca.pem").display().to_string());
    assert_eq!((url.scheme(), url.password()), ("mysql", Some("p%40ss")));
}

#[test]
fn a_url_in_a_file_is_held_to_the_same_rules() {
    let environment = Environment::from_pairs([
        ("CALCOM_API_KEY", KEY),
        ("DATABASE_URL", "mysql://u:hunter2@db.example.com/d"),
    ]);
    let words = refused_with(&with_url("url_env = \"DATABASE_URL\""), &environment);
    assert!(words.contains("nothing proves that it is the right one"), "{words}");
    assert!(!words.contains("hunter2"), "{words}");
}

#[test]
fn an_application_may_have_words_of_its_own() {
    let words = accepted(&with("[services.values]\nerror = \"kaputt\"\nnever = \"neu\"\n"));
    let words = words.store.words;
    assert_eq!(words.meaning("kaputt"), SyncStatus::Error);
    assert_eq!(words.meaning("synced"), SyncStatus::Synced);
    assert_eq!(words.meaning("error"), SyncStatus::Other("error".into()), "nobody's word");
    assert_eq!((words.spelled("never"), words.spelled("odd")), ("neu", "odd"));
    let twice = refused(&with("[services.values]\nerror = \"never\"\n"));
    assert!(twice.contains("are the same word"), "{twice}");
    assert!(refused(&with("[services.values]\nfailed = \"x\"\n")).contains("unknown key"));
}

#[test]
fn soft_deletes_are_seen_where_the_table_has_them_unless_said_otherwise() {
    let seen = |more: &str| accepted(&with(more)).store.columns.deleted_at;
    assert_eq!(seen(""), DeletedAt::Usual);
    assert_eq!(seen("[services.columns]\ndeleted_at = \"\"\n"), DeletedAt::NotUsed);
    let named = DeletedAt::Named("removed_at".into());
    assert_eq!(seen("[services.columns]\ndeleted_at = \"removed_at\"\n"), named);
    let same = refused(&with("[services.columns]\ndeleted_at = \"Name\"\n"));
    assert!(same.contains("are the same column"), "{same}");
}

#[test]
fn an_import_fills_what_is_nobody_elses() {
    let defaults = accepted(&with(
        "[services.insert_defaults]\ncurrency = \"EUR\"\nvat = 19\nonline = false\n",
    ));
    let defaults: Vec<_> = defaults.store.insert_defaults.into_iter().collect();
    assert_eq!(
        defaults,
        [
            ("currency".into(), Value::Text("EUR".into())),
            ("online".into(), Value::Bool(false)),
            ("vat".into(), Value::Int(19)),
        ]
    );
    for (line, words) in [
        ("name = \"x\"", "is a mapped column"),
        ("ID = 1", "is a mapped column"),
        ("price = 1.5", "must be text, a whole number, true or false"),
    ] {
        let refused = refused(&with(&format!("[services.insert_defaults]\n{line}\n")));
        assert!(refused.contains(words), "{refused}");
    }
}

#[test]
fn the_example_is_valid_with_every_line_of_services_in_use() {
    let dir = TempDir::new().unwrap();
    let text = fs::read_to_string("config.toml").unwrap();
    let (before, rest) = text.split_once("[services.columns]").unwrap();
    let (services, after) = rest.split_once("[[teams]]").unwrap();
    let used: String = services
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(line) if line.starts_with('[') || line.contains(" = ") => format!("{line}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let path = dir.path().join("config.toml");
    fs::write(&path, format!("{before}[services.columns]{used}[[teams]]{after}")).unwrap();
    let environment = Environment::from_pairs([("CALCOM_API_KEY", KEY)]);
    let config = load(&path, &environment).unwrap();
    assert_eq!(config.store.insert_defaults.len(), 1);
}

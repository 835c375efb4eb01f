//! Secrets: one way to give each, and none is ever shown.

use super::super::{Environment, load};
use super::{
    KEY, LEAST, environment, load_in, refused, refused_with, told, with, with_calcom, with_url,
};
use crate::model::settings::StoreLocation;
use secrecy::ExposeSecret;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn key_line(line: &str) -> String {
    LEAST.replace("api_key_env = \"CALCOM_API_KEY\"", line)
}

fn write_secret(path: &Path, content: &[u8], mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_variable_that_is_unset_or_empty_is_named() {
    assert_eq!(
        refused_with(LEAST, &Environment::default()),
        "config.toml:3: `calcom.api_key_env`: the variable CALCOM_API_KEY is not set\n  \
         set it where this program runs: cron does not read a shell's profile, and a shell does not know cron's variables"
    );
    assert_eq!(
        refused_with(LEAST, &Environment::from_pairs([("CALCOM_API_KEY", " \n")])),
        "config.toml:3: `calcom.api_key_env`: the variable CALCOM_API_KEY is empty\n  \
         set it where this program runs"
    );
}

#[test]
fn a_secret_typed_where_a_name_belongs_is_not_shown() {
    assert_eq!(
        refused(&key_line("api_key_env = \"cal_live_hunter2\"")),
        "config.toml:3: `calcom.api_key_env` names no environment variable (not shown: it could be \
         the secret itself)\n  write only a variable's name, in capitals: \"CALCOM_API_KEY\""
    );
    assert_eq!(
        refused(&key_line("api_key_file = \"cal_live_hunter2\"")),
        "config.toml:3: `calcom.api_key_file` names no file (not shown: it could be the secret \
         itself)\n  write the path of a file that holds it"
    );
    assert_eq!(
        refused(&key_line("api_key = \"cal_live_hunter2\"")),
        "config.toml:3: unknown key `calcom.api_key`\n  secrets never stand in this file: name an \
         environment variable with `api_key_env`, or a file with `api_key_file`"
    );
    assert_eq!(
        refused(&with("[notify.ping]\nurl = \"https://hc-ping.com/hunter2\"\n")),
        "config.toml:10: unknown key `notify.ping.url`\n  secrets never stand in this file: name an \
         environment variable with `url_env`, or a file with `url_file`"
    );
}

#[test]
fn a_secret_is_given_once() {
    assert_eq!(
        refused(&with_calcom("api_key_file = \"x\"")),
        "config.toml:3: the API key is given twice: `calcom.api_key_env` and \
         `calcom.api_key_file`\n  keep one of them"
    );
    assert_eq!(
        refused(&with("url_env = \"DATABASE_URL\"\n")),
        "config.toml:9: the application's database is given twice: `services.url` and \
         `services.url_env`\n  keep one of them"
    );
    assert_eq!(
        refused(&key_line("")),
        "config.toml:2: the API key is missing: [calcom] needs `api_key_env` or `api_key_file`\n  \
         for instance api_key_env = \"CALCOM_API_KEY\""
    );
}

#[test]
fn a_key_that_can_be_none_is_not_shown() {
    for key in ["hunter2 ", "hun\tter2", "hunter2\n", "hünter2"] {
        assert_eq!(
            refused_with(LEAST, &Environment::from_pairs([("CALCOM_API_KEY", key)])),
            "config.toml:3: `calcom.api_key_env`: the variable CALCOM_API_KEY contains a blank, a \
             control character or a letter outside ASCII: it is not an API key\n  copy the key \
             again, without quotes and line breaks"
        );
    }
}

#[test]
fn a_secret_file_is_read_without_its_last_newline() {
    let dir = TempDir::new().unwrap();
    let text = key_line("api_key_file = \"calcom.key\"");
    for content in ["cal_live_1", "cal_live_1\n", "cal_live_1\r\n"] {
        write_secret(&dir.path().join("calcom.key"), content.as_bytes(), 0o600);
        let config = load_in(&dir, &text, &Environment::default()).unwrap();
        assert_eq!(config.source.api_key.unwrap().secret.expose_secret(), "cal_live_1");
    }
}

#[test]
fn a_secret_file_that_others_may_read_is_refused_with_the_command_that_helps() {
    let dir = TempDir::new().unwrap();
    let text = key_line("api_key_file = \"my calcom.key\"");
    let path = dir.path().join("my calcom.key");
    for mode in [0o640, 0o604, 0o620, 0o644] {
        write_secret(&path, KEY.as_bytes(), mode);
        let error = load_in(&dir, &text, &Environment::default()).unwrap_err();
        assert_eq!(
            error.problems.first().unwrap().hint.as_deref(),
            Some(format!("run: chmod 600 '{}'", path.display()).as_str())
        );
        assert_eq!(
            error.problems.first().unwrap().message,
            format!(
                "`calcom.api_key_file`: the file {} is open to other users (mode {mode:04o})",
                path.display()
            )
        );
    }
    write_secret(&path, KEY.as_bytes(), 0o400);
    load_in(&dir, &text, &Environment::default()).unwrap();
}

#[test]
fn a_secret_file_that_holds_nothing_is_an_error() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("k");
    let problem = || {
        let text = key_line("api_key_file = \"k\"");
        let error = load_in(&dir, &text, &Environment::default()).unwrap_err();
        told(&error, dir.path())
    };
    let start = "config.toml:3: `calcom.api_key_file`:";
    assert_eq!(problem(), format!("{start} there is no file k"));
    for (content, message) in [
        (b"\n".to_vec(), "is empty"),
        (b"\xff\xfe".to_vec(), "is not UTF-8 text"),
        (vec![b'x'; 70_000], "is too long for a secret"),
    ] {
        write_secret(&path, &content, 0o600);
        assert_eq!(problem(), format!("{start} the file k {message}"));
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(problem(), format!("{start} k is not a regular file"));
}

#[test]
fn a_systemd_credential_comes_before_a_file_beside_the_configuration() {
    let (dir, credentials) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let text = key_line("api_key_file = \"k\"");
    let environment = Environment::from_pairs([("CREDENTIALS_DIRECTORY", credentials.path())]);
    let error = load_in(&dir, &text, &environment).unwrap_err();
    assert_eq!(
        error.problems.first().unwrap().hint,
        Some(format!("looked for {} first", credentials.path().join("k").display()))
    );
    write_secret(&dir.path().join("k"), b"beside", 0o600);
    let key = |environment| load_in(&dir, &text, environment).unwrap().source.api_key;
    assert_eq!(key(&environment).unwrap().secret.expose_secret(), "beside");
    // The access control list of a credential shows as the group's permission.
    write_secret(&credentials.path().join("k"), b"credential", 0o440);
    assert_eq!(key(&environment).unwrap().secret.expose_secret(), "credential");
    write_secret(&credentials.path().join("k"), b"credential", 0o444);
    assert!(load_in(&dir, &text, &environment).is_err());
}

#[test]
fn a_password_in_the_file_is_refused_and_not_shown() {
    let urls =
        ["mysql://root:hunter2@db.example.com/app", "mysql://db.example.com/app?password=hunter2"];
    for url in urls {
        assert_eq!(
            refused(&with_url(&format!("url = \"{url}\""))),
            "config.toml:8: `services.url` (mysql://db.example.com) has a password in it\n  secrets \
         never stand in this file: name an environment variable with `url_env`, or a file with \
         `url_file`"
        );
    }
}

#[test]
fn no_wrong_url_in_a_variable_is_shown() {
    let section = |name: &str, key: &str| {
        let mut text = format!("[notify.{name}]\n{key}_env = \"SECRET\"\n");
        if name == "email" {
            text.push_str("from = \"r@example.com\"\nto = [\"o@example.com\"]\n");
        }
        with(&text)
    };
    let texts = [
        with_url("url_env = \"SECRET\""),
        section("email", "smtp_url"),
        section("slack", "webhook_url"),
        section("ping", "url"),
    ];
    for text in &texts {
        for url in [
            "hunter2",
            "hunter2:hunter2",
            "http://hunter2@h/hunter2?hunter2#hunter2",
            "mysql://u:hunter2@h",
            "mysql://u:hun#ter2:x@h:port/hunter2",
            "postgres://u:hunter2@/d",
            "sqlite:hunter2?hunter2",
            "smtps://u:hunter2@",
            "smtp://u:hunter2@h?tls=hunter2",
            "https://h/ hunter2",
            "ftp://u:hunter2@h/hunter2",
        ] {
            let environment = Environment::from_pairs([("CALCOM_API_KEY", KEY), ("SECRET", url)]);
            let message = refused_with(text, &environment);
            assert!(message.contains("the variable SECRET"), "{url}: {message}");
            assert!(!message.contains("hunter2"), "{url}: {message}");
        }
    }
}

#[test]
fn wrong_addresses_of_mail_and_monitors_are_told_with_an_example() {
    let environment = Environment::from_pairs([
        ("CALCOM_API_KEY", KEY),
        ("PING_URL", "http://hc-ping.com/hunter2"),
        ("SMTP_URL", "https://mail.example.com"),
    ]);
    let text = "[notify.ping]\nurl_env = \"PING_URL\"\n[notify.email]\nfrom = \"nobody\"\nto = []\n\
                smtp_url_env = \"SMTP_URL\"\ntime_zone = \"Europe/Berln\"\nsend = \"on_change\"\n";
    assert_eq!(
        refused_with(&with(text), &environment),
        "config.toml:10: `notify.ping.url_env`: the variable PING_URL holds http://hc-ping.com; \
         https is wanted\n  it looks like https://hc-ping.com/…\n\
         config.toml:12: `notify.email.from` is \"nobody\", which is not a mail address\n\
         config.toml:13: `notify.email.to` is empty: nobody would be told\n  \
         write a list: to = [\"ops@example.com\"]\n\
         config.toml:14: `notify.email.smtp_url_env`: the variable SMTP_URL holds \
         https://mail.example.com, which is no mail server\n  \
         allowed: smtps://USER:PASSWORD@HOST:465, smtp://USER:PASSWORD@HOST:587?tls=required, \
         smtp://127.0.0.1:25\n\
         config.toml:15: `notify.email.time_zone` is \"Europe/Berln\", which is no time zone\n  \
         did you mean \"Europe/Berlin\"?\n\
         config.toml:16: `notify.email.send` cannot be \"on_change\"\n  \
         did you mean \"on-change\"? allowed: \"on-change\", \"every-run\", \"daily\""
    );
}

#[test]
fn an_address_cannot_smuggle_a_header_into_a_mail() {
    let environment =
        Environment::from_pairs([("CALCOM_API_KEY", KEY), ("SMTP_URL", "smtp://localhost:25")]);
    let text = |to: &str| {
        with(&format!(
            "[notify.email]\nfrom = \"r@example.com\"\nto = [\"{to}\"]\nsmtp_url_env = \"SMTP_URL\"\n"
        ))
    };
    for to in ["a@b\\nBcc: c@d", "a@b, c@d", "a b@c", "@b", "a@"] {
        let message = refused_with(&text(to), &environment);
        assert!(message.starts_with("config.toml:11: `notify.email.to[0]` "), "{message}");
    }
    load_in(&TempDir::new().unwrap(), &text("Ops <o@example.com>"), &environment).unwrap();
}

#[test]
fn nothing_that_can_be_printed_shows_a_secret() {
    let config = super::accepted(LEAST);
    assert!(!format!("{config:?}").contains(KEY));
    assert_eq!(format!("{:?}", environment()), "Environment(1 variables)");
    let environment = Environment::from_pairs([
        ("CALCOM_API_KEY", KEY),
        ("DATABASE_URL", "postgres://u:hunter2@127.0.0.1/d"),
    ]);
    let dir = TempDir::new().unwrap();
    let config = load_in(&dir, &with_url("url_env = \"DATABASE_URL\""), &environment).unwrap();
    assert!(matches!(config.store.location, Ok(StoreLocation::Postgres(_))));
    assert!(!format!("{config:?} {environment:?}").contains("hunter2"));
    let error = load(&dir.path().join("none"), &environment).unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"));
}

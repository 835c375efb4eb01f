//! Promise 12: no secret is ever printed, logged, journaled or kept.

use crate::aloud::aloud;
use crate::mail_server::{MailServer, python};
use crate::schemas::{laravel, services};
use crate::searcher::{SECRETS, Searcher};
use crate::servers::{Database, Keeper, User, in_a_url};
use crate::world::{TEAM, World, dump};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::{ItemAnswer, SourceWorld, Weather};
use serde_json::json;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// Whatever Cal.com answers, the key itself thrown back included, and however much is asked to be
/// said: the key is nowhere.
#[test]
fn promise_12_the_key_is_nowhere() {
    let key = SourceWorld::KEY;
    let echo = |status, body: String| Weather::Raw {
        status,
        content_type: "application/json".to_owned(),
        body: body.into_bytes(),
    };
    let said = format!(
        r#"{{"status":"error","error":{{"message":"bad key {key}"}},"message":"bad key {key}"}}"#
    );
    let weathers = [
        Weather::Fair,
        Weather::EmptyList,
        Weather::Reset,
        Weather::Redirect(format!("https://login.example/?key={key}")),
        echo(400, said.clone()),
        echo(401, said.clone()),
        echo(200, said.clone()),
        echo(500, said.clone()),
        echo(200, format!(r#"{{"status":"{key}","data":[]}}"#)),
        echo(200, key.to_owned()),
        Weather::MeAnswer(Box::new(echo(401, said.clone()))),
        Weather::TeamAnswer(Box::new(echo(403, said.clone()))),
        Weather::WitnessAnswer(ItemAnswer::Other(Box::new(echo(403, said)))),
        Weather::Raw { status: 200, content_type: format!("text/{key}"), body: Vec::new() },
    ];
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(60));
    for name in ["Cut", "Colour"] {
        world.serves(name);
    }
    world.sync().accepts();
    for weather in weathers {
        world.calcom_answers(weather.clone());
        for arguments in [
            &["run", "-vvv"][..],
            &["run", "-vvv", "--json", "--log-format", "json"],
            &["run", "--check-only", "-vvv"],
        ] {
            let output = world.program().args(arguments).output().unwrap();
            let out = String::from_utf8_lossy(&output.stdout).into_owned();
            let err = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!err.is_empty(), "it does say something");
            assert!(!holds(&output.stdout, key), "{weather:?}: {out}");
            assert!(!holds(&output.stderr, key), "{weather:?}: {err}");
        }
    }
    for (path, bytes) in world.files() {
        assert!(!holds(&bytes, key), "{}", path.display());
    }
}

/// A configuration that cannot be used is told without its secrets.
#[test]
fn promise_12_a_wrong_configuration_is_told_without_its_secrets() {
    let secret = "hunter2-very-secret";
    let mut world = World::of(&[(TEAM, 1)]);
    world.sets("calcom", "base_url", &format!(r#""https://ana:{secret}@api.cal.com""#));
    world.sets("services", "url", &format!(r#""mysql://ana:{secret}@db.example/app?x=%zz""#));
    let output = world.program().arg("run").arg("-vvv").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!holds(&output.stdout, secret) && !holds(&output.stderr, secret), "{output:?}");
    let mut command = world.program();
    let output = command.arg("run").env("CALCOM_API_KEY", format!("{secret} ")).output().unwrap();
    assert!(!holds(&output.stderr, secret), "{output:?}");
}

/// What Cal.com calls things is data: no control character of it reaches the terminal.
#[test]
fn promise_12_titles_cannot_speak_to_the_terminal() {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(60));
    world.serves("Cut");
    world.sync().accepts();
    world.calcom_adds(TEAM, "Evil \u{1b}]0;owned\u{7}\u{1b}[31m\u{202e} title\r\nGone");
    world.calcom_edits("Cut", |it| it.title = "Cut \u{1b}[2J".to_owned());
    for arguments in [&["run", "--check-only", "-vvv"][..], &["run", "-vvv"], &["run", "--json"]] {
        let output = world.program().args(arguments).output().unwrap();
        for bytes in [&output.stdout, &output.stderr] {
            assert!(!bytes.contains(&0x1b) && !bytes.contains(&0x07), "{arguments:?}");
        }
    }
}

/// Every command there is, by clap's own list.
fn commands_of(path: &[String]) -> Vec<String> {
    let help = crate::world::program().args(path).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed =
        help.split("Commands:\n").nth(1).map_or("", |rest| rest.split("\n\n").next().unwrap());
    let names = listed.lines().filter_map(|line| line.strip_prefix("  "));
    let names = names.filter(|line| !line.starts_with(' '));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|it| *it != "help");
    let mut found = Vec::new();
    for name in names {
        let path = [path, &[name.to_owned()]].concat();
        let inner = commands_of(&path);
        found.push(path.join(" "));
        found.extend(inner);
    }
    found
}

/// What is typed of each command, that needs the configuration.
const LINES: [(&str, &[&str]); 22] = [
    ("run", &["run", "run --json", "run --check-only", "run --quiet"]),
    ("status", &["status", "status --json"]),
    ("review", &["review"]),
    ("review list", &["review list --all", "review list --json"]),
    ("review approve", &["review approve 1 --by ana"]),
    ("review keep", &["review keep 1 --by ana --reason x", "review keep 99"]),
    ("review snooze", &["review snooze 1 --for 1d"]),
    ("review accept", &["review accept 1"]),
    ("review discard", &["review discard 1"]),
    ("rollback", &["rollback 1 --yes", "rollback --since 9h --check-only --json"]),
    ("runs", &["runs", "runs --json"]),
    ("show", &["show 1", "show 1 --json"]),
    ("explain", &["explain 1", "explain 1 --json"]),
    ("hold", &["hold 1 --reason x"]),
    ("release", &["release 1"]),
    ("pause", &["pause --reason x --for 1s"]),
    ("resume", &["resume"]),
    ("digest", &["digest", "digest --json", "digest --send"]),
    ("doctor", &["doctor", "doctor --json", "doctor --send-test"]),
    ("verify", &["verify", "verify --json"]),
    ("completions", &["completions bash"]),
    ("man", &["man"]),
];

/// A configuration with every kind of secret in it, and how it fails.
struct Case {
    what: &'static str,
    settings: Vec<(&'static str, &'static str, String)>,
    variables: Vec<(&'static str, String)>,
}

fn cases(world: &World) -> Vec<Case> {
    let [key, database, mail, slack, ping] = SECRETS.map(|(_, secret)| secret);
    let (database, mail) = (in_a_url(database), in_a_url(mail));
    let server = |scheme: &str, port: &str| {
        format!("{scheme}://dbuser:{database}@127.0.0.1:{port}/reconciler_no_such_database")
    };
    let database_of = |what, url: String| Case {
        what,
        settings: vec![("services", "url_env", r#""DATABASE_URL""#.to_owned())],
        variables: vec![("DATABASE_URL", url)],
    };
    let variable = |what, name, value: String| Case {
        what,
        settings: Vec::new(),
        variables: vec![(name, value)],
    };
    let typed = |what, section, name, value: String| Case {
        what,
        settings: vec![(section, name, format!("{value:?}"))],
        variables: Vec::new(),
    };
    std::fs::write(world.path("open.key"), key).unwrap();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(world.path("open.key"), open).unwrap();
    vec![
        variable("all is well", "UNUSED", String::new()),
        variable("a key that is refused", "CALCOM_API_KEY", key.replace("bd41", "bd42")),
        variable("a key with a space", "CALCOM_API_KEY", format!("{key} {key}")),
        variable("no key", "CALCOM_API_KEY", String::new()),
        database_of("nobody there", server("mysql", "9")),
        database_of("nobody there", server("postgres", "9")),
        database_of("a wrong password, perhaps", server("mysql", "3306")),
        database_of("a wrong password, perhaps", server("postgres", "5432")),
        database_of("an unknown scheme", server("oracle", "9")),
        database_of("no port", server("mysql", "port")),
        database_of("options", format!("{}?ssl-mode={database}", server("mysql", "9"))),
        variable("no mail server", "SMTP_URL", format!("http://mailuser:{mail}@127.0.0.1:9")),
        variable("no host", "SMTP_URL", format!("smtp://mailuser:{mail}@:x")),
        variable("no webhook", "SLACK_WEBHOOK_URL", format!("hooks.slack.com/services/{slack}")),
        variable("no address", "PING_URL", format!("hc-ping.com {ping}")),
        typed("a secret in the file", "services", "url", server("mysql", "9")),
        typed("a key in the file", "calcom", "api_key", key.to_owned()),
        typed("a key for a name", "calcom", "api_key_env", key.to_owned()),
        typed("a key for a path", "calcom", "api_key_file", key.to_owned()),
        typed("a file open to all", "calcom", "api_key_file", "open.key".to_owned()),
        typed(
            "a URL with a password",
            "calcom",
            "base_url",
            format!("http://a:{database}@127.0.0.1:9"),
        ),
        typed("a webhook in the file", "notify.slack", "webhook_url", format!("https://{slack}")),
    ]
}

fn world_with_secrets() -> World {
    let mut world = World::salon(5);
    world.new_key(SECRETS[0].1);
    for (section, key, value) in [
        ("notify.email", "from", r#""reconciler@example.com""#),
        ("notify.email", "to", r#"["ops@example.com"]"#),
        ("notify.email", "smtp_url_env", r#""SMTP_URL""#),
        ("notify.slack", "webhook_url_env", r#""SLACK_WEBHOOK_URL""#),
        ("notify.ping", "url_env", r#""PING_URL""#),
    ] {
        world.sets(section, key, value);
    }
    world
}

/// Every command, in every way that secrets can be wrong or right, with everything said that can
/// be said: no secret in stdout, in stderr, in any file, or in an address that was asked for.
#[test]
fn promise_12_no_command_and_no_failure_tells_a_secret() {
    let [_, _, mail, slack, ping] = SECRETS.map(|(_, secret)| secret);
    let searcher = Searcher::new();
    let (mut runs, mut queued) = (0, BTreeSet::new());
    let plain = world_with_secrets();
    for case in cases(&plain) {
        let mut world = world_with_secrets();
        std::fs::copy(plain.path("open.key"), world.path("open.key")).unwrap();
        for (section, key, value) in &case.settings {
            if *section == "services" {
                world.unset("services", "url");
            } else if *section == "calcom" && *key == "api_key_file" {
                world.unset("calcom", "api_key_env");
            } else if *section == "notify.slack" {
                world.unset("notify.slack", "webhook_url_env");
            }
            world.sets(section, key, value);
        }
        let mut lines: Vec<&str> = LINES.iter().flat_map(|(_, lines)| *lines).copied().collect();
        if case.what != "all is well" {
            lines.retain(|line| !["completions bash", "man"].contains(line));
        }
        let mut is_refused = false;
        for (place, line) in lines.into_iter().enumerate() {
            // A configuration that is refused is refused to every command in the same words.
            if is_refused && place % 5 != 0 {
                continue;
            }
            let mut command = world.program();
            command.args(line.split(' ')).arg("-vvv");
            command.env("SMTP_URL", format!("smtp://mailuser:{}@127.0.0.1:9", in_a_url(mail)));
            command.env("SLACK_WEBHOOK_URL", format!("http://127.0.0.1:9/services/{slack}"));
            command.env("PING_URL", format!("http://127.0.0.1:9/{ping}"));
            for (name, value) in &case.variables {
                command.env(name, value);
            }
            if runs % 2 == 1 {
                command.args(["--log-format", "json"]);
            }
            let output = command.output().unwrap();
            let what = format!("{}: {line}", case.what);
            assert!(output.status.code().is_some_and(|code| code <= 6), "{what}: {output:?}");
            is_refused |= place == 0 && output.status.code() == Some(2);
            searcher.finds_nothing_in(&what, &output.stdout);
            searcher.finds_nothing_in(&what, &output.stderr);
            assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
            runs += 1;
        }
        // What waits there was tried, and says why it waits: both are searched with the files.
        let waiting = "SELECT channel FROM outbox WHERE attempts > 0 AND last_error IS NOT NULL";
        queued.extend(dump(&world.ledger(), waiting));
        let files = world.files().into_iter();
        for (path, bytes) in
            files.filter(|(path, _)| !path.ends_with("config.toml") && !path.ends_with("open.key"))
        {
            searcher.finds_nothing_in(&path.display().to_string(), &bytes);
        }
        let asked = world.calcom.requests().join("\n");
        searcher.finds_nothing_in("addresses", asked.as_bytes());
    }
    assert_eq!(queued.len(), 2, "mail and Slack had something to tell: {queued:?}");
    aloud(&format!("{runs} commands, {} forms of secrets", searcher.0.len()));
}

impl World {
    /// A person types this, and wants everything said; no secret is in what comes of it.
    #[track_caller]
    fn tells_no_secret(&self, searcher: &Searcher, line: &str, code: i32) -> String {
        let output = self.program().args(line.split(' ')).arg("-vvv").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}: {output:?}");
        searcher.finds_nothing_in(line, &output.stdout);
        searcher.finds_nothing_in(line, &output.stderr);
        for (path, bytes) in self.files() {
            if !path.ends_with("database.url") && !path.ends_with("smtp.url") {
                searcher.finds_nothing_in(&path.display().to_string(), &bytes);
            }
        }
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }
}

/// A login that succeeds, and an application whose trigger repeats the password in its refusal, as
/// it is and as it stands in the URL: nothing says it, and the ledger keeps it nowhere.
fn a_database_that_lets_us_in(keeper: Keeper) {
    let Some(database) = Database::new(keeper) else { return };
    laravel(&database);
    let secret = SECRETS[1].1;
    let user = User::of(&database, secret);
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(60));
    for column in ["duration", "slug"] {
        world.sets("services.columns", column, r#""""#);
    }
    world.unsets("services.references");
    world.sets("policy.fields", "slug", r#""ignore""#);
    for name in ["Cut", "Colour"] {
        let event_type = world.calcom_adds(TEAM, name);
        services(&database, &[(name, event_type)]);
    }
    let searcher = Searcher::new();
    world.keeps_services_at(&user.url());
    for line in ["run", "doctor", "run --json", "status", "verify"] {
        world.tells_no_secret(&searcher, line, 0);
    }
    if keeper == Keeper::MySql {
        // A server that trusts loopback, as PostgreSQL does here, lets anybody in who exists.
        world.keeps_services_at(&user.url_with(&secret.replace('x', "y")));
        let said = world.tells_no_secret(&searcher, "run", 1);
        assert!(said.contains("Access denied"), "{said}");
        world.keeps_services_at(&user.url());
    }
    database.execute("UPDATE services SET sync_status = 'never'");
    for repeated in [secret.to_owned(), in_a_url(secret)] {
        let refusal = format!("not with {repeated} here");
        database.execute(&match keeper {
            Keeper::Postgres => format!(
                "CREATE OR REPLACE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION USING MESSAGE = '{refusal}'; END $$;
                 CREATE OR REPLACE TRIGGER app BEFORE UPDATE ON services
                 FOR EACH ROW EXECUTE FUNCTION app()"
            ),
            _ => format!(
                "CREATE OR REPLACE TRIGGER app BEFORE UPDATE ON services FOR EACH ROW
                 SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{refusal}'"
            ),
        });
        let said = world.tells_no_secret(&searcher, "run", 1);
        assert!(said.contains("not with … here"), "{said}");
        world.tells_no_secret(&searcher, "show 2 --json", 0);
    }
}

/// MariaDB or MySQL, which asks for the password.
#[test]
fn promise_12_a_login_to_mysql_tells_no_secret() {
    a_database_that_lets_us_in(Keeper::MySql);
}

/// PostgreSQL, whether or not it asks.
#[test]
fn promise_12_a_login_to_postgres_tells_no_secret() {
    a_database_that_lets_us_in(Keeper::Postgres);
}

/// A mail server that lets us in: the login is in nothing that is said, kept or mailed.
#[test]
fn promise_12_a_login_to_a_mail_server_tells_no_secret() {
    let Some(python) = python() else { return };
    let (user, secret) = SECRETS[2];
    let server = MailServer::start(python, &json!({ "user": user, "password": secret }));
    let mut world = World::salon(1);
    let url = format!("smtp://{user}:{}@127.0.0.1:{}", in_a_url(secret), server.port);
    world.mails_by(&url, &["ops@example.com"]);
    world.calcom_answers(Weather::Status(401));
    let searcher = Searcher::new();
    world.tells_no_secret(&searcher, "run", 5);
    world.tells_no_secret(&searcher, "doctor --send-test", 1);
    world.calcom_recovers();
    for line in ["run", "digest --send", "doctor --send-test", "status"] {
        world.tells_no_secret(&searcher, line, 0);
    }
    let mails = server.ends();
    assert_eq!(mails.len(), 5, "{mails:#?}");
    for mail in mails {
        assert_eq!(mail.user.as_deref(), Some(user), "it had to log in");
        let parts = mail.parts.iter().chain(&mail.read).map(|(name, text)| format!("{name}{text}"));
        for text in parts.chain([mail.text.clone()]) {
            searcher.finds_nothing_in("a mail", text.as_bytes());
        }
    }
}

/// A new command is tried above as well: this list is clap's.
#[test]
fn promise_12_no_command_is_forgotten() {
    let mut tried: Vec<&str> = LINES.iter().map(|(command, _)| *command).collect();
    tried.push("demo"); // has no configuration and makes its own key; it is tried below
    tried.sort_unstable();
    let mut commands = commands_of(&[]);
    commands.sort();
    assert_eq!(commands, tried);
}

/// The demo needs no secret, and tells none that happens to be there.
#[test]
fn promise_12_the_demo_tells_no_secret_of_this_machine() {
    let searcher = Searcher::new();
    let folder = tempfile::tempdir().unwrap();
    let mut command = crate::world::program();
    command.args(["demo", "-vvv", "--dir"]).arg(folder.path().join("demo"));
    for (name, (_, secret)) in ["CALCOM_API_KEY", "DATABASE_URL", "SMTP_URL"].iter().zip(SECRETS) {
        command.env(name, secret);
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    searcher.finds_nothing_in("stdout", &output.stdout);
    searcher.finds_nothing_in("stderr", &output.stderr);
    for entry in std::fs::read_dir(folder.path().join("demo")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            searcher.finds_nothing_in("a file", &std::fs::read(path).unwrap());
        }
    }
}

/// A secret file that others may read is refused, with the command that closes it.
#[test]
fn promise_12_a_secret_file_open_to_others_is_refused_with_its_chmod() {
    let mut world = World::salon(2);
    std::fs::write(world.path("calcom.key"), SourceWorld::KEY).unwrap();
    world.unset("calcom", "api_key_env");
    world.sets("calcom", "api_key_file", r#""calcom.key""#);
    for mode in [0o604, 0o640, 0o666] {
        let open = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(world.path("calcom.key"), open).unwrap();
        let said = world.types("run");
        let path = world.path("calcom.key");
        said.exits(2)
            .tells(&["open to other users", &format!("run: chmod 600 {}", path.display())]);
    }
    let chmod =
        std::process::Command::new("chmod").arg("600").arg(world.path("calcom.key")).status();
    assert!(chmod.unwrap().success());
    world.types("run").exits(0);
}

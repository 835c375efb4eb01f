//! Promise 12: names from outside are data. One table of hostile names goes through every output
//! there is: stored as it came, shown harmless, never a line of its own.

use crate::harmless::{
    is_a_dead_page, is_a_harmless_mail, is_a_harmless_post, is_harmless, names, texts_of,
};
use crate::mail_server::{MailServer, python};
use crate::receiver::Receiver;
use crate::world::{TEAM, World, dump};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::{SourceWorld, Weather};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::process::Command;

/// A salon all of whose words are hostile: services that are absent, renamed, new, unlinked, held,
/// asked about, rolled back, and an application that stores such things too.
struct Salon {
    world: World,
    names: Vec<(&'static str, String)>,
    /// Of the run that renamed and imported.
    busy_run: i64,
}

fn salon() -> Salon {
    salon_with(|_| ())
}

/// The same, after somebody has looked at its configuration.
fn salon_with(configure: impl FnOnce(&mut World)) -> Salon {
    let names = names();
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(30 * 8));
    configure(&mut world);
    world.sets("policy.fields", "name", r#""source""#);
    world.sets("policy.fields", "slug", r#""report""#);
    world.sets("safety", "max_shrink_percent", "90");
    world.sets("safety", "max_deactivation_percent", "90");
    world.calcom.change(|source| {
        let team = source.teams.get_mut(&TEAM).unwrap();
        team.name.clone_from(&names[0].1);
    });
    for (_, name) in &names {
        world.serves(name);
    }
    for number in 0..3 {
        world.serves(&format!("Renamed {number}"));
    }
    world.sync().accepts();
    // A third is gone, and asked about.
    let gone: Vec<String> = names.iter().step_by(3).map(|(_, name)| name.clone()).collect();
    for name in &gone {
        world.calcom_removes(name);
    }
    world.syncs(3);
    // Then: renames, an import, a namesake that is not linked, and drift.
    for number in 0..3 {
        let title = names[8 + number].1.clone();
        world.calcom_edits(&format!("Renamed {number}"), |it| it.title = title);
    }
    world.calcom_edits(&names[1].1, |it| names[10].1.clone_into(&mut it.slug));
    world.calcom_adds(TEAM, &format!("New {}", names[1].1));
    world.row(1, "ＨＡＩＲ \u{1b}[31m cut", None);
    world.calcom_adds(TEAM, "hair\t\u{1b}[31M CUT");
    world.somebody_edits(&names[4].1, "sync_error", names[9].1.clone());
    world.sync();
    let busy_run = world.ledger_number("SELECT max(id) FROM runs", ());
    Salon { world, names, busy_run }
}

impl Salon {
    fn command(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reconciler"));
        command.env_clear().env("CALCOM_API_KEY", SourceWorld::KEY).env("TERM", "xterm-256color");
        command.args(arguments).arg("--config").arg(self.world.path("config.toml"));
        command
    }

    /// Into a pipe; what went to stdout.
    #[track_caller]
    fn pipes(&self, arguments: &[&str]) -> Vec<u8> {
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        let output = self.command(&arguments).output().unwrap();
        let what = format!("{arguments:.200?}");
        assert!(output.status.code().is_some_and(|code| code != 2), "{what}: {output:?}");
        is_harmless(&what, &output.stdout, false);
        is_harmless(&what, &output.stderr, false);
        output.stdout
    }

    /// On a terminal, where this is typed.
    #[track_caller]
    fn shows(&self, arguments: &[&str], typed: &str) -> Vec<u8> {
        self.shows_on(80, arguments, typed)
    }

    /// On a terminal of so many columns.
    #[track_caller]
    fn shows_on(&self, columns: u16, arguments: &[&str], typed: &str) -> Vec<u8> {
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        let program = self.command(&arguments);
        let mut sized = Command::new("sh");
        sized.args(["-c", r#"stty cols "$0" rows 24; exec "$@""#, &columns.to_string()]);
        sized.arg(program.get_program()).args(program.get_args()).env_clear();
        sized.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        sized.env("PATH", "/usr/bin:/bin");
        let mut terminal = expectrl::Session::spawn(sized).unwrap();
        terminal.write_all(typed.as_bytes()).unwrap();
        let (mut shown, mut part) = (Vec::new(), [0; 4096]);
        // A terminal whose program has ended gives an error on Linux.
        while let Ok(bytes @ 1..) = terminal.read(&mut part) {
            shown.extend_from_slice(&part[..bytes]);
        }
        is_harmless(&format!("{arguments:?} on a terminal"), &shown, true);
        shown
    }

    /// Every command that only looks, and every way to look.
    fn looks(&self) -> Vec<Vec<String>> {
        let run = self.busy_run.to_string();
        let rows = self.world.ledger_number("SELECT max(service_id) FROM sightings", ());
        let mut lines = vec![
            vec!["status".to_owned()],
            vec!["runs".to_owned()],
            vec!["show".to_owned(), run.clone()],
            vec!["review".to_owned(), "list".to_owned()],
            vec!["review".to_owned(), "list".to_owned(), "--all".to_owned()],
            vec!["doctor".to_owned()],
            vec!["verify".to_owned()],
            vec!["digest".to_owned()],
            vec!["run".to_owned(), "--check-only".to_owned()],
            vec!["rollback".to_owned(), run, "--check-only".to_owned()],
        ];
        for service in (1..=rows).step_by(2) {
            lines.push(vec!["explain".to_owned(), service.to_string()]);
        }
        lines
    }

    fn pipes_all(&self) {
        for line in self.looks() {
            let line: Vec<&str> = line.iter().map(String::as_str).collect();
            self.pipes(&line);
            let json = self.pipes(&[&line[..], &["--json"]].concat());
            let _: Value = serde_json::from_slice(&json).unwrap();
            if line[0] == "run" || line[0] == "rollback" {
                self.pipes(&[&line[..], &["-vvv"]].concat());
                self.pipes(&[&line[..], &["-vvv", "--log-format", "json"]].concat());
            }
        }
        let file = self.world.path("digest.html");
        let page = ["digest", "--html", &file.display().to_string()].map(str::to_owned);
        assert_eq!(self.command(&page).output().unwrap().status.code(), Some(0));
        is_a_dead_page("digest --html", &std::fs::read_to_string(file).unwrap());
    }

    /// How an answer of Cal.com says such words.
    fn refusal(&self, what: &str) -> Weather {
        let (_, words) = self.names.iter().find(|(name, _)| *name == what).unwrap();
        Weather::Raw {
            status: 403,
            content_type: "application/json".to_owned(),
            body: json!({ "error": { "message": words, "code": words } }).to_string().into_bytes(),
        }
    }
}

/// Every command, into a pipe and on a terminal, as text, as JSON and with the whole log.
#[test]
fn promise_12_hostile_names_do_nothing_in_any_output() {
    let mut salon = salon();
    salon.pipes_all();
    for line in salon.looks().iter().filter(|line| line[0] != "explain" || line[1] == "1") {
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        salon.shows(&line, "");
    }
    for columns in [20, 33, 50] {
        for line in [&["status"][..], &["show", &salon.busy_run.to_string()], &["explain", "10"]] {
            salon.shows_on(columns, line, "");
        }
        salon.shows_on(columns, &["review"], &"s\n".repeat(60));
    }
    let cards = salon.shows(&["review"], &"s\n".repeat(60));
    assert!(String::from_utf8_lossy(&cards).contains("[a] yes"), "cards were shown");
    let run = salon.busy_run.to_string();
    let asked = salon.shows(&["rollback", &run], "no\n");
    assert!(String::from_utf8_lossy(&asked).contains("Nothing was done"));
    salon.shows(&["run", "-vvv"], "");
    salon.pipes(&["rollback", &run, "--yes", "-vvv"]);
    salon.busy_run = salon.world.ledger_number("SELECT max(id) FROM runs", ());
    salon.pipes_all();
}

/// Mail and Slack, by runs that had something to tell and by hand, in both languages, with hostile
/// people and a hostile Cal.com: what the servers took holds no forged line, no header of a name, no
/// live HTML, no link and no mention.
#[test]
fn promise_12_hostile_names_do_nothing_in_what_people_are_sent() {
    let Some(python) = python() else { return };
    let server = MailServer::start(python, &json!({}));
    let slack = Receiver::start();
    let mut salon = salon_with(|world| {
        world.mails_by(&format!("smtp://127.0.0.1:{}", server.port), &["ops@example.com"]);
        world.posts_to(&slack.url("/hook"));
    });
    let by = salon.names[8].1.clone();
    for (service, (_, words)) in salon.names.clone().iter().enumerate().take(12) {
        salon.pipes(&["hold", &(service + 1).to_string(), "--by", &by, "--reason", words]);
    }
    for language in [r#""en""#, r#""de""#] {
        salon.world.sets("notify.email", "language", language);
        for what in ["a line of its own", "HTML", "Slack", "Markdown", "turned"] {
            salon.world.calcom_answers(salon.refusal(what));
            salon.pipes(&["run"]);
            salon.pipes(&["digest", "--send"]);
        }
        salon.world.calcom_recovers();
        salon.pipes(&["run"]);
        salon.pipes(&["digest", "--send"]);
    }
    salon.pipes(&["rollback", &salon.busy_run.to_string(), "--yes", "--by", &by, "--reason", &by]);

    let posts = slack.posted();
    let mails = server.ends();
    assert!(posts.len() >= 12 && mails.len() >= 14, "{} {}", posts.len(), mails.len());
    for post in &posts {
        is_a_harmless_post(&post.body);
    }
    for mail in &mails {
        is_a_harmless_mail(mail);
    }
    let told = |words: &str| {
        posts.iter().any(|post| post.body.contains(words))
            && mails.iter().any(|mail| mail.parts.iter().all(|(_, text)| text.contains(words)))
    };
    assert!(told("alert(1)") && told("evil.example") && told("💇🏽"), "they are told of, as text");
}

/// JSON says exactly what the name is, and the ledger keeps it so; names are compared in their
/// normalised form.
#[test]
fn promise_12_hostile_names_are_kept_as_they_came() {
    let salon = salon();
    let ledger = dump(&salon.world.ledger(), "SELECT name FROM sightings");
    let mut said = Vec::new();
    for (at, (what, name)) in salon.names.iter().enumerate() {
        let story = salon.pipes(&["explain", &(at + 1).to_string(), "--json"]);
        let mut texts = Vec::new();
        texts_of(&serde_json::from_slice(&story).unwrap(), &mut texts);
        assert!(texts.contains(name), "{what}: {texts:?}");
        said.extend(texts);
        let kept = format!("[{:?}]", rusqlite::types::Value::Text(name.clone()));
        assert!(ledger.contains(&kept), "{what}");
    }
    let questions = salon.pipes(&["review", "list", "--json"]);
    let questions: Value = serde_json::from_slice(&questions).unwrap();
    let items = questions["items"].as_array().unwrap();
    for name in salon.names.iter().step_by(3).map(|(_, name)| name) {
        assert!(items.iter().any(|item| item["name"] == json!(name)), "{name:?}");
    }
    let rows = dump(&salon.world.services(), "SELECT name FROM services");
    let renamed = salon.names[8..11].iter().map(|(_, name)| name.clone());
    for written in renamed.chain([format!("New {}", salon.names[1].1)]) {
        let written = format!("[{:?}]", rusqlite::types::Value::Text(written));
        assert!(rows.contains(&written), "the application gets it as it is: {written}");
    }
    let link = "SELECT count(*) FROM review_items WHERE kind = 'link' AND state = 'pending'";
    assert_eq!(salon.world.ledger_number(link, ()), 1, "one name in two spellings");
}

/// What people type is shown to other people: their names and reasons are hostile too.
#[test]
fn promise_12_hostile_reasons_do_nothing_in_any_output() {
    let mut salon = salon();
    let pending = "SELECT id FROM review_items WHERE state = 'pending' AND kind = 'deactivate'";
    let pending = dump(&salon.world.ledger(), pending);
    let pending: Vec<String> = pending
        .iter()
        .map(|id| id.trim_matches(|letter: char| !letter.is_numeric()).to_owned())
        .collect();
    let words = salon.names.clone();
    let typed: Vec<&String> =
        words.iter().map(|(_, name)| name).filter(|name| !name.contains('\0')).collect();
    for (at, words) in typed.iter().enumerate() {
        // No argument can hold a NUL, and none of ten thousand characters is needed twice.
        let people = ["--by", words.as_str(), "--reason", words.as_str()];
        let service = (at + 1).to_string();
        salon.pipes(&[&["hold", &service], &people[..]].concat());
        if at < 2 {
            salon.pipes(&[&["review", "keep", &pending[at]], &people[..]].concat());
            salon.pipes(&[&["review", "approve", &pending[2 + at]], &people[..]].concat());
            salon.pipes(
                &[&["review", "snooze", &pending[4 + at], "--for", "1d"], &people[..]].concat(),
            );
        }
    }
    for words in &typed[8..11] {
        salon.pipes(&["pause", "--by", words, "--reason", words]);
        salon.pipes(&["status"]);
        salon.pipes(&["run", "-v"]);
        salon.shows(&["status"], "");
        salon.pipes(&["resume", "--by", words]);
    }
    let run = salon.busy_run.to_string();
    salon.pipes(&["rollback", &run, "--yes", "--by", typed[8], "--reason", typed[9]]);
    salon.busy_run = salon.world.ledger_number("SELECT max(id) FROM runs", ());
    salon.pipes_all();
    for service in ["1", "9", "10"] {
        salon.shows(&["explain", service], "");
    }
    // Refusals quote what they refuse.
    for id in &pending {
        let line = ["review", "approve", id, "--by", "ana"].map(str::to_owned);
        salon.command(&line).output().unwrap();
        let again = salon.command(&line).output().unwrap();
        assert_eq!(again.status.code(), Some(2), "{again:?}");
        is_harmless("answered already", &again.stderr, false);
    }
    let said =
        salon.command(&["--config".into(), typed[8].clone(), "run".into()]).output().unwrap();
    is_harmless("no such file", &said.stderr, false);
}

/// Errors of Cal.com and of the database are words from outside as well, and so is everything that
/// only spoils an answer.
#[test]
fn promise_12_hostile_errors_do_nothing_in_any_output() {
    let salon = salon();
    let answer = |status, body: String| Weather::Raw {
        status,
        content_type: "application/json".to_owned(),
        body: body.into_bytes(),
    };
    for (_, words) in salon.names.iter().filter(|(_, name)| name.len() < 1000) {
        let error = json!({ "status": "error", "error": { "message": words, "code": words } });
        for weather in [
            answer(403, error.to_string()),
            answer(200, json!({ "status": words, "data": [] }).to_string()),
        ] {
            salon.world.calcom_answers(weather);
            salon.pipes(&["run", "--check-only", "-vvv"]);
        }
    }
    let item = |title: &str| {
        format!(
            r#"{{"status":"success","data":[{{"id":1,"lengthInMinutes":30,"title":"{title}",
                "slug":"s","hidden":false,"teamId":{TEAM}}}]}}"#
        )
    };
    for title in [r"Cut \ud83d", r"\udc87\ud83d", r"\ud83d\u001b[31m", "\u{1b}[31m"] {
        let rows = salon.world.rows();
        salon.world.calcom_answers(answer(200, item(title)));
        let output = salon.world.program().args(["run", "-vvv"]).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "half a character is no title: {output:?}");
        is_harmless(title, &output.stdout, false);
        is_harmless(title, &output.stderr, false);
        assert_eq!(salon.world.rows(), rows);
    }
    salon.world.calcom_recovers();
    // The application's own trigger refuses, in its own words.
    let words = salon.names[8].1.replace('\'', "''");
    let trigger = format!(
        "CREATE TRIGGER app BEFORE UPDATE OF name ON services
         BEGIN SELECT raise(ABORT, '{words} \u{1b}[31m'); END;"
    );
    salon.world.services().execute_batch(&trigger).unwrap();
    salon.world.calcom_edits(&salon.names[1].1, |it| "x".clone_into(&mut it.title));
    for flags in [&["run", "-vvv"][..], &["run", "--json", "-vvv", "--log-format", "json"]] {
        salon.pipes(flags);
    }
    salon.shows(&["run"], "");
    salon.pipes_all();
}

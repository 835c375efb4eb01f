//! The real binary: exit codes and messages that scripts and people rely on.

use crate::typed::Said;
use crate::world::{TEAM, World, program};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::Weather;
use std::process::Output;

fn salon() -> World {
    let mut world = World::starting_before_now(&[(TEAM, 1), (77, 2)], TimeDelta::minutes(90));
    for name in ["Cut", "Colour", "Beard"] {
        world.serves(name);
    }
    let nails = world.calcom_adds(77, "Nails");
    world.row(2, "Nails", Some(nails));
    world.sync().accepts();
    world
}

fn run(world: &World, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        world.program().arg("run").args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[track_caller]
fn refused(world: &World, arguments: &[&str], code: i32, words: &[&str]) {
    let rows = world.rows();
    let (exit, out, err) = run(world, arguments);
    assert_eq!(exit, Some(code), "{err}");
    assert_eq!(out, "", "stdout is data");
    for word in words {
        assert!(err.contains(word), "{word}: {err}");
    }
    assert_eq!(world.rows(), rows);
}

/// 0: done, whatever waits. 3: the same, where a script asked to be told.
#[test]
fn exit_codes_say_done_and_something_waits() {
    let mut world = salon();
    assert_eq!(run(&world, &[]).0, Some(0));
    assert_eq!(run(&world, &["--exit-code"]).0, Some(0));
    world.sets("policy", "import", r#""review""#);
    world.calcom_adds(TEAM, "Toes");
    assert_eq!(run(&world, &[]).0, Some(0));
    assert_eq!(run(&world, &["--exit-code"]).0, Some(3));
    assert_eq!(run(&world, &["--exit-code", "--company", "2"]).0, Some(0));
}

/// 5: something was not accepted, for one company at least; 4: paused.
#[test]
fn exit_codes_say_not_trusted_and_paused() {
    let world = salon();
    world.calcom_answers_for(77, Weather::EmptyList);
    assert_eq!(run(&world, &["--exit-code"]).0, Some(5));
    assert_eq!(run(&world, &["--company", "1"]).0, Some(0));
    world.calcom_recovers();
    world.ana_pauses();
    assert_eq!(run(&world, &[]).0, Some(4));
}

/// 2: wrong usage or configuration, the key that is meant is named, and nothing was touched.
#[test]
fn exit_code_2_names_what_is_wrong_and_touches_nothing() {
    let mut world = salon();
    refused(&world, &["--no-such-flag"], 2, &["--no-such-flag"]);
    refused(&world, &["--company", "99"], 2, &["company 99"]);
    refused(&world, &["--company", "one"], 2, &["one"]);
    world.sets("safety", "absent_treshold", "3");
    refused(&world, &[], 2, &["config.toml:", "absent_treshold", "absent_threshold"]);

    let mut world = salon();
    world.sets("safety", "absent_threshold", "2");
    refused(&world, &[], 2, &["absent_threshold", "3"]);

    let world = salon();
    let requests = world.calcom.requests().len();
    let missing =
        program().args(["run", "--config"]).arg(world.path("config.toml")).output().unwrap();
    let said = String::from_utf8(missing.stderr).unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert!(said.contains("CALCOM_API_KEY"), "{said}");
    let nowhere = program().args(["run", "--config", "/nowhere/at/all.toml"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
    assert_eq!(world.calcom.requests().len(), requests, "Cal.com was not asked");
    assert_eq!(program().output().unwrap().status.code(), Some(2), "no command");
}

/// 1: the application's table cannot be read. Cal.com's side is recorded all the same.
#[test]
fn exit_code_1_says_that_the_table_cannot_be_read() {
    let mut world = salon();
    std::fs::rename(world.path("services.db"), world.path("elsewhere.db")).unwrap();
    let (exit, out, _) = run(&world, &[]);
    assert_eq!(exit, Some(1));
    assert!(out.contains("no services database"), "{out}");
    assert!(!world.path("services.db").exists(), "it is not made");
    std::fs::rename(world.path("elsewhere.db"), world.path("services.db")).unwrap();
    assert_eq!(run(&world, &[]).0, Some(0));
    world.sets("services", "table", r#""no_such_table""#);
    let (exit, out, _) = run(&world, &[]);
    assert_eq!(exit, Some(1));
    assert!(out.contains("no_such_table"), "{out}");
}

/// A ledger that cannot be used: nothing was observed, and no service was touched.
#[test]
fn exit_code_1_says_that_the_ledger_cannot_be_used() {
    let world = salon();
    std::fs::write(world.path("ledger.db"), [9_u8; 4096]).unwrap();
    refused(&world, &[], 1, &["not a ledger", "no service was touched"]);
    assert_eq!(std::fs::read(world.path("ledger.db")).unwrap(), [9_u8; 4096]);
}

/// `--json` is one document on stdout, whatever the log says on stderr.
#[test]
fn json_is_one_document_on_stdout() {
    let world = salon();
    for arguments in
        [&["--json"][..], &["--json", "-vvv"], &["--json", "--check-only"], &["--json", "--quiet"]]
    {
        let (exit, out, _) = run(&world, arguments);
        let document: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(document["exit_code"], serde_json::json!(exit.unwrap()));
        assert_eq!(document["run_id"].is_null(), arguments.contains(&"--check-only"));
    }
    world.calcom_answers(Weather::Status(500));
    let (exit, out, _) = run(&world, &["--json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((exit, &document["exit_code"]), (Some(5), &serde_json::json!(5)));
}

/// Refused, too: a script that asked for a document reads why, and the exit code.
#[test]
fn a_refusal_is_a_document_where_one_was_asked_for() {
    let mut world = World::salon(2);
    let document = |world: &World, line: &str, code: i32, words: &str| {
        let said = world.types(line);
        let json = said.exits(code).json();
        assert_eq!(json["exit_code"], code, "{line}");
        assert!(json["error"].as_str().unwrap().contains(words), "{line}: {json}");
        assert!(said.err.contains(words), "people read it all the same: {said:#?}");
        assert!(json["run_id"].is_null());
    };
    document(&world, "run --json --company 99", 2, "no team is configured for company 99");
    document(&world, "rollback 99 --yes --json", 2, "there is no run 99");
    document(&world, "rollback 1 --json", 2, "a rollback asks on a terminal");
    document(&world, "rollback --since soon --yes --json", 2, "--since takes a time");
    let lock = std::fs::File::open(world.path("ledger.db.lock")).unwrap();
    lock.lock().unwrap();
    document(&world, "run --json", 4, "another run is at work");
    document(&world, "rollback 1 --yes --json", 4, "another run is at work");
    lock.unlock().unwrap();
    world.sets("safety", "absent_treshold", "3");
    document(&world, "run --json", 2, "absent_threshold");
    world.unset("safety", "absent_treshold");
    world.sets("safety", "absent_threshold", "3");
    std::fs::write(world.path("ledger.db"), [9_u8; 4096]).unwrap();
    document(&world, "run --json", 1, "not a ledger");
}

/// A moment has one form in every document, and what `counts` counts is what is listed.
#[test]
fn documents_agree_with_themselves_and_with_each_other() {
    let mut world = World::salon(8);
    world.auto_mode("0s");
    world.sets("safety", "min_observation_gap", r#""0s""#);
    world.calcom_removes("Beard");
    for watched in [1, 1, 0] {
        let said = world.types("run --json").exits(0).json();
        let company = &said["companies"][0];
        assert_eq!(company["counts"]["watching"], watched, "{company}");
        assert_eq!(company["watching"].as_array().unwrap().len(), watched, "{company}");
    }
    assert!(!world.is_bookable("Beard"), "switched off in the last of them");
    world.sets("policy", "deactivate", r#""review""#);
    world.sets("policy", "import", r#""review""#);
    world.calcom_adds(TEAM, "Toes");
    world.types("run").exits(0);
    let listed = world.types("review list --json").json();
    let pending = world.types("status --json").json();
    let since = listed["items"][0]["since"].as_str().unwrap();
    assert_eq!(pending["pending"][0]["since"], since);
    assert!(!since.contains('.'), "{since}");
}

/// A rehearsal says what a run would do: while paused, and where it fails, nothing was recorded.
#[test]
fn a_rehearsal_claims_no_record() {
    let world = salon();
    world.ana_pauses();
    let (exit, out, _) = run(&world, &["--check-only"]);
    assert_eq!(exit, Some(4));
    assert!(out.contains("a run would observe and record"), "{out}");
    assert!(!out.contains("observed and recorded"), "{out}");
    let world = salon();
    std::fs::remove_file(world.path("services.db")).unwrap();
    let (exit, out, _) = run(&world, &["--check-only"]);
    assert!(exit == Some(1) && !out.contains("journal"), "{out}");
    assert!(run(&world, &[]).1.contains("in the journal"));
}

/// Under cron with `--quiet` nothing is printed unless a person should look.
#[test]
fn quiet_is_silent_when_all_is_well() {
    let world = salon();
    assert_eq!(run(&world, &["--quiet"]), (Some(0), String::new(), String::new()));
    world.calcom_answers(Weather::EmptyList);
    let (exit, out, err) = run(&world, &["--quiet"]);
    assert_eq!((exit, err.as_str()), (Some(5), ""));
    assert!(!out.is_empty());
}

/// `--company` leaves the others alone, and does not forget them.
#[test]
fn one_company_can_be_run_by_itself() {
    let mut world = salon();
    world.calcom_adds(TEAM, "One");
    world.calcom_adds(77, "Two");
    assert_eq!(run(&world, &["--company", "2"]).0, Some(0));
    let names = |column| {
        let query = format!("SELECT count(*) FROM services WHERE name = '{column}'");
        world.services().query_row(&query, (), |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((names("One"), names("Two")), (0, 1));
}

/// The manual is one page: every command with every option, what exit codes mean, which files there
/// are; and no word of pages that are not there.
#[test]
fn the_manual_has_everything_that_can_be_typed() {
    let world = salon();
    let manual = world.types("man").exits(0).out.replace('\\', "");
    let names = |help: &str| -> Vec<String> {
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let listed = listed.take_while(|line| !line.is_empty());
        let names = listed.filter(|line| !line.starts_with("    "));
        let names = names.map(|line| line.split_whitespace().next().unwrap().to_owned());
        names.filter(|name| name != "help").collect()
    };
    let mut commands = names(&world.types("--help").out);
    assert!(commands.len() > 15, "{commands:?}");
    commands.extend(names(&world.types("review --help").out).iter().map(|n| format!("review {n}")));
    for command in &commands {
        let heading = format!(".SS reconciler {command}\n");
        let (_, section) = manual.split_once(&heading).unwrap_or_else(|| panic!("{heading}"));
        let section = section.split("\n.S").next().unwrap();
        let help = world.types(&format!("{command} --help")).out;
        let typed = help.lines().filter_map(|line| line.trim_start().strip_prefix("--"));
        for option in typed.map(|line| line.split([' ', ',']).next().unwrap()) {
            let is_global = ["config", "log-format", "no-color"].contains(&option);
            let place = if is_global { &manual } else { section };
            assert!(place.contains(&format!("--{option}fR")), "{command} --{option}: {section}");
        }
    }
    for words in [".SH EXIT STATUS", ".SH FILES", "/etc/reconciler/config.toml", "ledger.db.head"] {
        assert!(manual.contains(words), "{words}");
    }
    assert!(!manual.contains("(1)") && !manual.contains("reconciler-"), "{manual}");
}

/// The README's crontab line runs where cron looks for no program, and its mail is nothing but news.
#[test]
fn the_crontab_line_of_the_readme_works_as_it_stands() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let begins = |start: &str| readme.lines().find_map(|line| line.strip_prefix(start)).unwrap();
    let (program, arguments) = begins("*/30 * * * *  ").split_once(' ').unwrap();
    let folder = begins("install -m 755 target/release/reconciler ");
    assert_eq!(program, format!("{folder}reconciler"), "it is where it was installed");
    assert!(begins("MAILTO=").contains('@'));
    let world = salon();
    let said = world.types(arguments);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""), "{arguments}");
}

/// However long somebody wants to wait, and be it no time at all: an answer, and never a panic;
/// refused, it changes nothing.
#[test]
fn a_time_that_cannot_be_meant_is_refused_and_changes_nothing() {
    let mut world = salon();
    world.sync();
    let files = world.files();
    for (line, code) in [
        ("pause --reason x --for 999999y", 2),
        ("pause --reason x --for 99999999999d", 2),
        ("pause --reason x --for 10M", 2),
        ("pause --reason x --for 11y", 2),
        ("pause --reason x --for 0s", 2),
        ("pause --reason x --for 1ms", 2),
        ("review snooze 1 --for 0s", 2),
        ("digest --since 0s", 0),
        ("review snooze 1 --for 999999y", 2),
        ("digest --since 999999y", 2),
        ("digest --since 9y", 0),
    ] {
        let said = world.types(line);
        said.exits(code);
        assert!(!said.err.contains("panicked"), "{line}: {}", said.err);
    }
    assert!(files == world.files(), "nothing was written");
    world.types("pause --reason x --for 9y").exits(0);
}

/// In a shell that has none of cron's variables.
fn in_a_bare_shell(world: &World, line: &str) -> Said {
    let mut command = program();
    let output = command.arg("--config").arg(world.path("config.toml")).args(line.split(' '));
    let Output { status, stdout, stderr } = output.output().unwrap();
    Said {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// At 3 a.m., in a shell without cron's variables: whoever only looks, or answers, needs no secret,
/// and whatever needs one says which. A configuration that is wrong is refused all the same.
#[test]
fn whoever_only_looks_or_answers_needs_no_secret() {
    let mut world = World::salon(4);
    world.calcom_removes("Beard");
    world.syncs(3);
    let question = world.question("Beard");
    world.keeps_services_at("mysql://reconciler:pw5fQ0zKx7@127.0.0.1:1/app");
    std::fs::remove_file(world.path("database.url")).unwrap();
    world.sets("notify.slack", "webhook_url_env", r#""SLACK_WEBHOOK_URL""#);
    let types = |world: &World, line: &str| {
        let said = in_a_bare_shell(world, line);
        (Some(said.code), said.out + &said.err)
    };
    for line in [
        "status",
        "status --json",
        "runs",
        "show 1",
        "explain 3",
        "digest",
        "review list --json",
        &format!("review approve {question} --by ana"),
        &format!("review keep {question} --by ana"),
        "hold 1 --by ana --reason x",
        "release 1 --by ana",
        "pause --by ana --reason x",
        "resume --by ana",
    ] {
        let (code, said) = types(&world, line);
        assert_eq!(code, Some(0), "{line}: {said}");
    }
    let wanted = ["CALCOM_API_KEY", "database.url", "SLACK_WEBHOOK_URL"];
    for line in ["run", "run --check-only", "digest --send"] {
        let (code, said) = types(&world, line);
        assert_eq!(code, Some(2), "{line}: {said}");
        assert!(wanted.iter().all(|word| said.contains(word)), "{line}: {said}");
    }
    for line in ["verify", "rollback 1 --yes"] {
        let (code, said) = types(&world, line);
        assert_eq!(code, Some(2), "{line}: {said}");
        assert!(said.contains("database.url") && !said.contains("CALCOM_API_KEY"), "{said}");
    }
    world.sets("safety", "absent_treshold", "3");
    let (code, said) = types(&world, "status");
    assert!(code == Some(2) && said.contains("absent_treshold"), "{said}");
}

/// At 3 a.m. again: what a run switched off is switched on without the key, the mail server or the
/// monitor; its mail waits for a run that has them. What would be switched off is looked up first,
/// and without the key it is refused, and nothing changed.
#[test]
fn a_rollback_needs_no_secret_that_it_does_not_use() {
    let mut world = World::salon(8);
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    assert_eq!(world.sync().switched_off(), ["Beard"]);
    let run = world.ledger_number("SELECT max(id) FROM runs", ());
    for (section, key, value) in [
        ("notify.email", "smtp_url_env", r#""SMTP_URL""#),
        ("notify.email", "from", r#""reconciler@salon.example""#),
        ("notify.email", "to", r#"["ana@salon.example"]"#),
        ("notify.ping", "url_env", r#""PING_URL""#),
    ] {
        world.sets(section, key, value);
    }
    in_a_bare_shell(&world, "verify").exits(0).tells(&["can be believed"]);
    let undo = format!("rollback {run} --yes --by ana");
    in_a_bare_shell(&world, &undo).exits(0);
    assert!(world.is_bookable("Beard"));
    let waits = "SELECT count(*) FROM outbox WHERE delivered_at IS NULL";
    assert_eq!(world.ledger_number(waits, ()), 1, "the mail waits");
    assert_eq!(world.ledger_number("SELECT sum(attempts) FROM outbox", ()), 0);

    let (rows, redo) = (world.rows(), format!("rollback {} --yes --by ana", run + 1));
    for line in [redo.clone(), format!("{redo} --check-only")] {
        let said = in_a_bare_shell(&world, &line);
        said.exits(2).tells(&["would be switched off", "CALCOM_API_KEY", "nothing was changed"]);
    }
    assert_eq!(world.rows(), rows);
    assert_eq!(world.ledger_number("SELECT max(id) FROM runs", ()), run + 1, "no run was begun");
    in_a_bare_shell(&world, "run").exits(2).tells(&["CALCOM_API_KEY", "SMTP_URL", "PING_URL"]);
}

/// The doctor says a missing secret in one line, with what to do in cron as in a shell, and goes on.
#[test]
fn the_doctor_names_each_missing_secret_and_examines_the_rest() {
    let mut world = World::salon(2);
    world.sets("notify.ping", "url_env", r#""PING_URL""#);
    let broken = |said: &Said| -> Vec<(String, String)> {
        let checks = said.json()["checks"].as_array().unwrap().clone();
        let broken = checks.iter().filter(|check| check["state"] == "broken");
        broken.map(|it| (it["name"].as_str().unwrap().into(), it.to_string())).collect()
    };
    let said = in_a_bare_shell(&world, "doctor --json");
    let found = broken(said.exits(1));
    assert_eq!(found.iter().map(|it| &*it.0).collect::<Vec<_>>(), ["key", "ping"], "{found:?}");
    for ((_, line), variable) in found.iter().zip(["CALCOM_API_KEY", "PING_URL"]) {
        assert!(line.contains(&format!("the variable {variable} is not set")), "{line}");
        assert!(line.contains("does not know cron's variables"), "{line}");
    }
    said.tells(&["6 rows", "\"ledger folder\"", "\"lock\""]);

    world.keeps_services_at("mysql://reconciler:pw5fQ0zKx7@127.0.0.1:1/app");
    std::fs::remove_file(world.path("database.url")).unwrap();
    let said = in_a_bare_shell(&world, "doctor --json");
    let found = broken(said.exits(1));
    let names: Vec<&str> = found.iter().map(|it| &*it.0).collect();
    assert_eq!(names, ["key", "services", "ping"], "{found:?}");
    assert!(found[1].1.contains("database.url"), "{found:?}");
}

//! What a message tells: how things stand, what waits and how to answer it, what changed and who
//! decided it, and what was refused.

use crate::world::{TEAM, World};
use chrono::TimeDelta;
use reconciler::flow::digest;
use reconciler::io::loopback_calcom::{SourceWorld, Weather};
use reconciler::model::settings::Language;
use reconciler::report::digest::{Decided, Digest, Occasion, Standing};
use reconciler::report::mail::mail;
use reconciler::report::slack::slack;
use std::fs::Permissions;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

/// What happened in the last hours, as the library gathers it.
fn told(world: &World, hours: i64) -> Digest {
    digest::look(world.work().records(), world.now - TimeDelta::hours(hours), world.now).unwrap()
}

fn text(digest: &Digest) -> String {
    mail(digest, Language::En, chrono_tz::UTC).text
}

fn first_line(digest: &Digest) -> String {
    text(digest).lines().next().unwrap().to_owned()
}

/// The program, on the terminal.
fn shown(world: &World, arguments: &[&str]) -> String {
    let output = world.program().arg("digest").args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Four services; one of them is missing until it is asked about.
fn one_is_asked_about(mut world: World) -> World {
    for name in ["Cut", "Colour", "Beard", "Perm"] {
        world.serves(name);
    }
    world.sync().accepts();
    world.calcom_removes("Perm");
    world.syncs(3);
    world
}

/// The command under the question is the whole answer: it can be copied and run, and the next mail
/// says who decided.
#[test]
fn what_waits_comes_with_a_command_that_works() {
    let world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(180));
    let mut world = one_is_asked_about(world);
    let said = shown(&world, &[]);
    assert!(said.starts_with("All 4 services are bookable. 1 waits for you.\n"), "{said}");
    let yes = said.lines().find_map(|line| line.trim().strip_prefix("Yes: reconciler ")).unwrap();
    let answer = world.program().args(yes.split(' ')).args(["--by", "ana"]).output().unwrap();
    assert_eq!(answer.status.code(), Some(0), "{yes}: {answer:?}");

    assert!(shown(&world, &[]).contains("Decided, and not done yet\n"), "until the next run");
    world.sync();
    let said = shown(&world, &[]);
    assert!(said.starts_with("3 services are bookable; 1 was switched off.\n"), "{said}");
    assert!(said.contains("decided by ana."), "{said}");

    let undo = said.lines().find_map(|line| line.trim().split_once(": reconciler rollback "));
    let (_, run) = undo.unwrap();
    let undone = world.program().args(["rollback", run, "--yes", "--by", "ben"]).output().unwrap();
    assert_eq!(undone.status.code(), Some(0), "{undone:?}");
    let said = shown(&world, &[]);
    assert!(said.contains(&format!("run {run} was undone, by ben.")), "{said}");
    assert!(said.starts_with("All 4 services are bookable."), "none is off any more: {said}");
}

/// What changed names the person, the configuration, or the rollback that decided it.
#[test]
fn what_changed_says_who_decided_it() {
    let mut world = one_is_asked_about(World::of(&[(TEAM, 1)]));
    world.ana_approves("Perm");
    world.calcom_adds(TEAM, "Wash");
    world.sync();
    let digest = told(&world, 1);
    let by = |name: &str| {
        digest.changes.iter().find(|one| &*one.line.name == name).map(|one| one.decided.clone())
    };
    assert_eq!(by("Perm"), Some(Decided::Person { by: "ana".into(), why: None }));
    assert_eq!(by("Wash"), Some(Decided::Configuration));
    assert_eq!(told(&world, 0).changes.len(), 2, "the run of this very moment is told");
    world.sync();
    assert_eq!(told(&world, 0).changes.len(), 0, "and not again by the next");
}

/// The incident: what was refused is told once, in four parts, however often it was seen; and that
/// it is over.
#[test]
fn a_refused_list_is_told_once_and_its_end_too() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard", "Perm"]);
    world.calcom_answers(Weather::EmptyList);
    world.syncs(3);
    let digest = told(&world, 24);
    assert_eq!(digest.refusals.len(), 1);
    let refusal = &digest.refusals[0];
    assert_eq!((refusal.times, &refusal.standing), (3, &Standing::Stands));
    assert!(first_line(&digest).starts_with("All 4 services are bookable."), "{}", text(&digest));
    assert!(text(&digest).contains("not believed"), "{}", text(&digest));
    let accept = format!("reconciler review accept {}", refusal.observation.id.unwrap());
    assert!(text(&digest).contains(&accept), "{}", text(&digest));
    for part in ["Seen: ", "Compared with: ", "Not done: ", "What you can do: "] {
        assert!(text(&digest).contains(part), "{part}");
    }

    world.calcom_recovers();
    let began = world.now - TimeDelta::minutes(60);
    world.sync().accepts();
    let digest = told(&world, 24).on(Occasion::TroubleOver { since: began });
    assert_eq!(digest.refusals[0].standing, Standing::Passed);
    assert_eq!(first_line(&digest), "All 4 services are bookable. The trouble is over.");
    assert!(slack(&digest, Language::En, chrono_tz::UTC).is_some());
}

/// A service that looks bookable and is not, is not counted as bookable.
#[test]
fn what_the_application_does_not_book_is_not_called_bookable() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard"]);
    world.somebody_edits("Beard", "sync_status", "error".to_owned());
    world.sync();
    let digest = told(&world, 1);
    assert_eq!((digest.active(), digest.bookable()), (3, 2));
    assert!(first_line(&digest).starts_with("2 of 3 services are bookable;"), "{}", text(&digest));
    assert!(text(&digest).contains("“Beard”"), "it is named: {}", text(&digest));
    let status = world.types("status");
    let words = ["2 services are bookable", "1 more is active, and not booked for its sync_status"];
    status.exits(0).tells(&words);
    let json = world.types("status --json").json();
    let company = &json["companies"][0];
    assert_eq!((&company["services"]["active"], &company["unbookable"]), (&3.into(), &1.into()));
}

/// What the run itself knows is told column by column; what the ledger knows, by name.
#[test]
fn a_difference_is_told_with_both_values_by_the_run_that_saw_it() {
    let mut world = World::with_services(&["Cut", "Colour"]);
    world.calcom_edits("Cut", |it| it.title = "Haircut".to_owned());
    let run = world.sync();
    let digest = told(&world, 1);
    assert!(text(&digest).contains("“Cut”"), "{}", text(&digest));
    let digest = digest.with_run(&run.report);
    assert!(text(&digest).contains("Name: “Cut”, at Cal.com “Haircut”."), "{}", text(&digest));
}

/// An answer that counts no more, and a look-up that contradicts the list.
#[test]
fn what_stood_in_the_way_is_told() {
    let mut world = one_is_asked_about(World::of(&[(TEAM, 1)]));
    world.ana_approves("Perm");
    world.calcom_recovers();
    let perm = reconciler::io::loopback_calcom::SourceEventType::new(1004, TEAM, "Perm");
    world.calcom_has(perm);
    let run = world.sync();
    let digest = told(&world, 0).with_run(&run.report);
    assert!(text(&digest).contains("Answers that count no more\n"), "{}", text(&digest));
    world.calcom_answers(Weather::Without(vec![1003]));
    world.syncs(3);
    let said = text(&told(&world, 1));
    assert!(said.contains("Cal.com contradicts itself"), "{said}");
    assert!(said.contains("“Beard”"), "{said}");
    world.calcom_recovers();
    world.sync();
    let said = text(&told(&world, 2));
    assert!(said.starts_with("All 4 services are bookable."), "it is listed again: {said}");
    assert!(!said.contains("contradicts"), "{said}");
}

/// A baseline counts nothing: what is missing in it is not said to be missing zero times.
#[test]
fn what_is_missing_in_a_baseline_is_told_without_a_number() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard"]);
    world.calcom_removes("Beard");
    world.sync();
    assert!(text(&told(&world, 0)).contains("Missing 1 of 3 times."));
    world.sets("calcom", "api_version", r#""2026-02-25""#);
    world.sync();
    let said = text(&told(&world, 0));
    assert!(said.contains("Missing; nothing is counted yet."), "{said}");
}

/// Nobody ran it yet: that is said, and is no error.
#[test]
fn before_the_first_run_nothing_is_known() {
    let world = World::of(&[(TEAM, 1)]);
    assert!(shown(&world, &[]).starts_with("No run yet: nothing is known.\n"));
}

/// A table that no run could read yet: how many can be booked is not known, which is not none. An
/// empty table is known.
#[test]
fn what_no_run_could_read_is_unknown_and_not_none() {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(180));
    world.sets("services", "table", r#""no_such_table""#);
    world.types("run").exits(1);
    let said = world.types("status");
    said.exits(0).tells(&["How many services are bookable is not known"]);
    assert!(!said.out.contains("0 services"), "{said:#?}");
    let said = shown(&world, &[]);
    assert!(said.starts_with("How many services are bookable is not known"), "{said}");
    let said = told(&world, 1);
    assert!(mail(&said, Language::De, chrono_tz::UTC).text.starts_with("Wie viele Leistungen"));
    let json = world.types("status --json").json();
    assert!(json["companies"][0]["services"].is_null(), "{json}");
    assert!(world.types("digest --json").json()["bookable"].is_null());

    world.sets("services", "table", r#""services""#);
    world.types("run").exits(0);
    world.types("status").exits(0).tells(&["0 services are bookable"]);
    assert_eq!(world.types("status --json").json()["companies"][0]["services"]["active"], 0);
}

/// `--json` is one document, `--html` the whole mail or no file at all.
#[test]
fn the_digest_can_be_kept_as_a_document_and_as_a_page() {
    let world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(180));
    let mut world = one_is_asked_about(world);
    world.sets("notify.email", "from", r#""reconciler@example.com""#);
    world.sets("notify.email", "to", r#"["ops@example.com"]"#);
    world.sets("notify.email", "smtp_url_env", r#""SMTP_URL""#);
    world.sets("notify.email", "language", r#""de""#);
    let run = |arguments: &[&str]| {
        let mut program = world.program();
        program.env("SMTP_URL", "smtp://127.0.0.1:25").arg("digest").args(arguments);
        program.output().unwrap()
    };
    let output = run(&["--json", "--since", "2h"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["bookable"], 4);
    assert_eq!(document["waiting"][0]["kind"], "deactivate");

    let page = world.path("mail.html");
    let output = run(&["--html", page.to_str().unwrap()]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{output:?}");
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"), "{html}");
    assert!(html.contains("Alle 4 Leistungen sind buchbar. 1 wartet auf Sie."), "{html}");

    let nowhere = world.path("no/such/folder/mail.html");
    let output = run(&["--html", nowhere.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("could not be written"));
    let is_draft = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".tmp");
    let left = world.files().into_keys().filter(|path| path.file_name().is_some_and(is_draft));
    assert_eq!(left.count(), 0, "no draft is left behind");
}

/// `--html` leaves alone what is not its own: a link still leads where it led, a file keeps its
/// readers, a new one has those of any new file, and a device or a pipe is written into.
#[test]
fn a_page_is_put_where_it_was_wanted_and_replaces_nothing_else() {
    let world = World::salon(1);
    let page = |file: &Path| {
        let said = world.types(&format!("digest --html {}", file.display()));
        said.exits(0);
        assert_eq!(said.out, "");
    };
    let is_whole = |file: &Path| {
        let html = std::fs::read_to_string(file).unwrap();
        assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"), "{html}");
    };
    let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    let [new, plain, old, link] = ["new", "plain", "old", "link"].map(|name| world.path(name));
    page(&new);
    std::fs::write(&plain, "").unwrap();
    assert_eq!(mode(&new), mode(&plain), "the umask says who may read a new file");
    is_whole(&new);

    std::fs::write(&old, "yesterday's").unwrap();
    for readers in [0o644, 0o640, 0o604] {
        std::fs::set_permissions(&old, Permissions::from_mode(readers)).unwrap();
        page(&old);
        assert_eq!(mode(&old), readers);
        is_whole(&old);
    }

    std::fs::write(&old, "yesterday's").unwrap();
    symlink("old", &link).unwrap();
    page(&link);
    assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("old"));
    is_whole(&old);
    std::fs::remove_file(&old).unwrap();
    page(&link);
    assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("old"));
    is_whole(&old);
    symlink("round", world.path("round")).unwrap();
    let said = world.types(&format!("digest --html {}", world.path("round").display()));
    said.exits(1).tells(&["round could not be written"]);

    let pipe = world.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    page(&pipe);
    assert!(std::fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert!(reader.join().unwrap().ends_with("</html>\n"));
}

/// `--html -` is stdout, as everywhere, and stdout takes one document.
#[test]
fn a_page_can_be_written_to_stdout() {
    let world = World::salon(1);
    let here = tempfile::tempdir().unwrap();
    let output = world.program().current_dir(&here).args(["digest", "--html", "-"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.starts_with(b"<!DOCTYPE html>"), "{output:?}");
    assert!(output.stdout.ends_with(b"</html>\n"), "{output:?}");
    assert_eq!(std::fs::read_dir(&here).unwrap().count(), 0, "no file is called -");
    world.types("digest --json --html -").exits(2).tells(&["one document"]);
}

/// Cal.com throws the key back in its answers: no message holds it, in any voice.
#[test]
fn promise_12_no_message_holds_the_key() {
    let key = SourceWorld::KEY;
    let said = format!(r#"{{"status":"error","error":{{"message":"bad key {key}"}}}}"#);
    let mut world = World::with_services(&["Cut", "Colour"]);
    for status in [200, 400, 401, 403, 500] {
        world.calcom_answers(Weather::Raw {
            status,
            content_type: "application/json".to_owned(),
            body: said.clone().into_bytes(),
        });
        let run = world.sync();
        let digest = told(&world, 24).with_run(&run.report);
        for language in [Language::En, Language::De] {
            let mail = mail(&digest, language, chrono_tz::UTC);
            let slack = slack(&digest, language, chrono_tz::UTC).unwrap().to_string();
            for voice in [mail.subject, mail.text, mail.html, slack] {
                assert!(!voice.contains(key), "{status}: {voice}");
            }
        }
    }
}

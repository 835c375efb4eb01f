//! The dead man's switch, Slack's webhook and the metrics: real HTTP, and a real file.

use crate::receiver::{Posted, Receiver};
use crate::world::{TEAM, World};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::Weather;
use reconciler::report::run_report::Ending;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;

fn rid(posted: &Posted) -> &str {
    posted.target.split_once("?rid=").expect("it has a rid").1
}

/// A run says when it begins and when it is done, under one number, with its counts.
#[test]
fn a_run_pings_its_beginning_and_its_end_under_one_number() {
    let mut world = World::with_services(&["Cut", "Colour"]);
    let monitor = Receiver::start();
    world.pings(&monitor.url("/ping/hunter2"));
    world.sync();
    let first = monitor.posted();
    let [start, end] = &first[..] else { panic!("{first:#?}") };
    assert!(start.target.starts_with("/ping/hunter2/start?rid="), "{start:?}");
    assert!(end.target.starts_with("/ping/hunter2?rid="), "{end:?}");
    assert_eq!((rid(start), rid(start).len()), (rid(end), 36));
    assert!(end.body.contains("run 2 exit 0\n") && end.body.contains("matched 2\n"), "{end:?}");
    assert!(end.body.contains("\nhead "), "an anchor outside this machine: {end:?}");
    world.sync();
    assert_ne!(rid(&monitor.posted()[0]), rid(start), "each run has its own");
}

/// A source that is not believed for some hours is a night's outage; for longer than `max_blind`
/// the monitor raises the alarm, though every run ends in order.
#[test]
fn a_source_that_is_not_believed_for_too_long_is_a_failure_to_the_monitor() {
    let mut world = World::with_services(&["Cut", "Colour"]);
    let monitor = Receiver::start();
    world.pings(&monitor.url("/p"));
    world.calcom_answers(Weather::EmptyList);
    for _ in 0..12 {
        world.sync().ends(Ending::NotTrusted);
        assert_eq!(monitor.targets(), ["/p/start", "/p"]);
    }
    world.sync().ends(Ending::NotTrusted);
    let posted = monitor.posted();
    assert!(posted[1].target.starts_with("/p/fail?"), "{posted:#?}");
    assert!(
        posted[1]
            .body
            .starts_with("blind: the list of team 34209 was last believed 2026-01-05T08:30:00Z")
    );
    world.calcom_recovers();
    world.sync().ends(Ending::Done);
    assert_eq!(monitor.targets(), ["/p/start", "/p"]);

    world.sets("notify.ping", "max_blind", r#""20m""#);
    world.calcom_answers(Weather::EmptyList);
    world.sync();
    assert_eq!(monitor.targets(), ["/p/start", "/p/fail"]);
}

/// A key that never worked is blind since the first run.
#[test]
fn a_source_that_was_never_believed_is_blind_since_the_first_run() {
    let mut world = World::of(&[(TEAM, 1)]);
    let monitor = Receiver::start();
    world.pings(&monitor.url("/p"));
    world.calcom_answers(Weather::Status(401));
    world.sync();
    assert_eq!(monitor.targets(), ["/p/start", "/p"]);
    world.passes(7 * 60).sync_now();
    assert_eq!(monitor.targets(), ["/p/start", "/p/fail"]);
}

/// A run that fails says so; so does one that cannot even open its ledger. One that finds another at
/// work leaves the word to that one.
#[test]
fn a_run_that_fails_is_a_failure_to_the_monitor() {
    let mut world = World::salon(1);
    let monitor = Receiver::start();
    world.pings(&monitor.url("/p"));
    let services = std::fs::read(world.path("services.db")).unwrap();
    std::fs::write(world.path("services.db"), "no database").unwrap();
    world.types("run --quiet").exits(1);
    assert_eq!(monitor.targets(), ["/p/start", "/p/fail"]);
    std::fs::write(world.path("services.db"), services).unwrap();

    let lock = std::fs::File::open(world.path("ledger.db.lock")).unwrap();
    lock.lock().unwrap();
    world.types("run").exits(4);
    assert_eq!(monitor.targets(), Vec::<String>::new());
    lock.unlock().unwrap();

    std::fs::write(world.path("ledger.db"), "no ledger").unwrap();
    world.types("run --quiet").exits(1);
    let posted = monitor.posted();
    assert_eq!(posted.len(), 1);
    assert!(posted[0].target.starts_with("/p/fail?"), "{posted:#?}");
    assert!(posted[0].body.starts_with("failed: "), "{posted:#?}");
}

/// A monitor or a Slack that is down, slow to say anything useful, or wrong: the run is what it was,
/// and nobody reads a secret address.
#[test]
fn what_the_other_side_answers_changes_no_run_and_shows_no_address() {
    let mut world = World::salon(1);
    world.calcom_answers(Weather::Status(503));
    let receiver = Receiver::start();
    let secret = "/services/T0000/B0000/hunter2";
    receiver.answers(404, &format!("no such webhook: {secret}"));
    world.posts_to(&receiver.url(secret));
    world.pings(&receiver.url(secret));
    world.sets("metrics", "textfile", r#""missing/folder/reconciler.prom""#);
    let run = world.types("run");
    run.exits(5).tells(&["HTTP 404", "the monitor was not told", "the metrics were not written"]);
    let doctor = world.types("doctor --send-test");
    let status = world.types("status");
    for said in [&run, &doctor, &status] {
        assert!(!said.out.contains("hunter2") && !said.err.contains("hunter2"), "{said:#?}");
    }
    let ledger = std::fs::read(world.path("ledger.db")).unwrap();
    assert!(!ledger.windows(7).any(|bytes| bytes == b"hunter2"));
    let targets = receiver.targets();
    assert!(targets.contains(&format!("{secret}/log")), "a test is no success: {targets:?}");
}

/// Cron's mail says nothing of a message that is on its way, says it once when it is stuck, and then
/// once a day.
#[test]
fn a_quiet_run_says_that_messages_are_stuck() {
    let mut world = World::salon(3);
    let slack = Receiver::start();
    slack.answers(500, "");
    world.posts_to(&slack.url("/hook"));
    world.calcom_answers(Weather::Status(503));
    world.sync();
    world.calcom_recovers();
    slack.answers(200, "ok");
    assert_eq!(world.sync().report.undelivered, [], "it arrived at its second try");

    slack.answers(500, "");
    world.calcom_answers(Weather::Status(503));
    world.passes(24 * 60).sync_now();
    world.calcom_recovers();
    let ledger = world.ledger();
    let tries = |number: u32| {
        ledger
            .execute(
                "UPDATE outbox SET attempts = ?1, next_try_at = NULL WHERE delivered_at IS NULL",
                [number],
            )
            .unwrap();
        world.types("run --quiet").exits(0).out.clone()
    };
    assert!(tries(1).contains("to be delivered"), "the second try failed");
    for silent in [2, 3, 10, 22] {
        assert_eq!(tries(silent), "", "{silent}");
    }
    assert!(tries(23).contains("to be delivered"), "a day of it");
}

/// The file that Prometheus reads: whole at any moment, readable by others, and nothing in it that
/// `promtool check metrics` would refuse.
#[test]
fn metrics_are_written_whole_and_well_formed() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard", "Perm", "Wash"]);
    world.sets("metrics", "textfile", r#""reconciler.prom""#);
    world.calcom_removes("Beard");
    world.sync();
    let path = world.path("reconciler.prom");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    let samples = lint(&std::fs::read_to_string(&path).unwrap());
    let of = |name: &str| samples[&format!("reconciler_{name}")].as_str();
    assert_eq!(of(r#"services{company="1",state="active"}"#), "5");
    assert_eq!(of(r#"watching{company="1"}"#), "1");
    assert_eq!(of(r#"event_types{company="1",team="34209"}"#), "4");
    assert_eq!(of(r#"deactivations_limit{company="1"}"#), "1");
    assert_eq!(of(r#"deactivations_in_window{company="1"}"#), "0");
    assert_eq!(of(r#"outbox_waiting{channel="email"}"#), "0");
    assert_eq!(of("last_run_exit_code"), "0");
    let accepted = of(r#"last_accepted_observation_timestamp_seconds{company="1"}"#);
    assert_eq!(accepted, seconds(&world));

    world.syncs(2);
    world.ana_approves("Beard");
    world.sync();
    let samples = lint(&std::fs::read_to_string(&path).unwrap());
    assert_eq!(samples[r#"reconciler_deactivations_in_window{company="1"}"#], "1");
    assert_eq!(samples[r#"reconciler_last_run_changes{company="1",action="deactivate"}"#], "1");

    let believed = seconds(&world);
    world.calcom_answers(Weather::Status(503));
    world.sync();
    let samples = lint(&std::fs::read_to_string(&path).unwrap());
    assert_eq!(samples["reconciler_last_run_exit_code"], "5");
    let last = r#"reconciler_last_accepted_observation_timestamp_seconds{company="1"}"#;
    assert_eq!(samples[last], believed, "a refused list does not make it younger");
    let drafts = world.files().into_keys().filter(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".tmp"))
    });
    assert_eq!(drafts.count(), 0, "nothing is left beside it");
}

fn seconds(world: &World) -> String {
    TimeDelta::milliseconds(world.now.timestamp_millis()).as_seconds_f64().to_string()
}

/// What `promtool check metrics` looks for: names, one HELP and one TYPE a family, its samples
/// together and after them, labels in quotes, numbers, no sample twice, a unit where there is one.
fn lint(text: &str) -> BTreeMap<String, String> {
    assert!(text.ends_with('\n'));
    let (mut samples, mut families, mut family) = (BTreeMap::new(), BTreeSet::new(), String::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(!words.trim().is_empty(), "{line}");
            assert_eq!(lines.next(), Some(format!("# TYPE {name} gauge").as_str()));
            assert!(name.starts_with("reconciler_"), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
            assert!(!name.ends_with("_total") && !name.ends_with("_count"), "{name} is a gauge");
            assert!(!name.contains("timestamp") || name.ends_with("_seconds"), "{name}");
            assert!(families.insert(name.to_owned()), "{name} twice");
            name.clone_into(&mut family);
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = match sample.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').unwrap()),
            None => (sample, ""),
        };
        assert_eq!(name, family, "{line}");
        for label in labels.split(',').filter(|label| !label.is_empty()) {
            let (key, value) = label.split_once('=').unwrap();
            assert!(key.chars().all(|c| c.is_ascii_lowercase()), "{line}");
            let inner = value.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
            assert!(!inner.contains(['"', '\\', '\n']), "{line}");
        }
        let number: f64 = value.parse().unwrap();
        assert!(number.is_finite() && number >= 0.0, "{line}");
        assert_eq!(samples.insert(sample.to_owned(), value.to_owned()), None, "{line} twice");
    }
    assert!(families.len() >= 12, "{families:#?}");
    samples
}

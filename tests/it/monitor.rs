//! The dead man's switch, over real HTTP.

use crate::receiver::{Posted, Receiver};
use crate::world::{TEAM, World};
use reconciler::io::loopback_calcom::Weather;
use reconciler::report::run_report::Ending;

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

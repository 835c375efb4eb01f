//! Promise 11: a notification once decided is delivered or visibly still waiting; a server that is
//! down never stops or undoes a sync.

use crate::mail_server::{MailServer, python};
use crate::receiver::Receiver;
use crate::world::{TEAM, World, dump, program};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::{SourceWorld, Weather};
use reconciler::report::run_report::{Ending, Mode};
use rusqlite::Connection;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A port of this machine at which nobody listens.
fn nobody() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A deactivation that a person approved is due in the next run.
fn something_to_tell() -> World {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(8 * 30));
    for name in ["Cut", "Colour", "Beard", "Perm", "Wash"] {
        world.serves(name);
    }
    world.sync().accepts();
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    world
}

/// Mail and Slack are down for hours: everything is done as ever, every message waits where people
/// see it, and each of them arrives once, with its own number, when the servers are back.
#[test]
fn promise_11_what_cannot_be_delivered_waits_visibly_and_arrives() {
    let mut world = something_to_tell();
    world.mails_by(&format!("smtp://127.0.0.1:{}", nobody()), &["ops@example.com"]);
    let slack = Receiver::start();
    slack.answers(503, "no_service");
    world.posts_to(&slack.url("/services/T0/B0/hunter2"));

    let run = world.sync();
    run.ends(Ending::Done);
    assert_eq!(run.switched_off(), ["Beard"]);
    assert!(!world.is_bookable("Beard"), "and nothing was undone");
    let waiting = &run.report.undelivered;
    assert_eq!(waiting.len(), 2, "{waiting:#?}");
    assert!(waiting.iter().all(|one| one.attempts == 1 && one.next_try_at.is_none()));

    let status = world.types("status");
    status.exits(0).tells(&[
        "2 messages wait to be delivered",
        "Connection refused",
        "check the host's name and port",
        "HTTP 503 no_service",
    ]);
    let status = world.types("status --json").json();
    assert_eq!(status["outbox_waiting"], 2);
    assert_eq!(status["outbox"][0]["channel"], "email");
    assert_eq!(status["outbox"][0]["attempts"], 1);

    // Hours of it: nothing is lost, nothing is decided twice, and the runs are what they are.
    slack.posted();
    for _ in 0..10 {
        let run = world.sync();
        run.ends(Ending::Done);
        assert_eq!(run.report.undelivered.len(), 2, "no further message");
    }
    assert!(slack.posted().len() >= 5, "it is tried at least every hour");

    slack.answers(200, "ok");
    world.passes(60).sync_now();
    let posted = slack.posted();
    assert_eq!(posted.len(), 1, "{posted:#?}");
    assert_eq!(posted[0].target, "/services/T0/B0/hunter2");
    assert!(posted[0].body.contains("Beard"), "{posted:#?}");
    let Some(python) = python() else { return };
    let server = MailServer::start(python, &json!({}));
    world.mails_by(&format!("smtp://127.0.0.1:{}", server.port), &["ops@example.com"]);
    let run = world.passes(60).sync_now();
    assert_eq!(run.report.undelivered, []);
    assert_eq!(world.types("status --json").json()["outbox_waiting"], 0);
    world.syncs(3);
    assert_eq!(slack.posted().len(), 0, "once");
    assert_eq!(server.ends().len(), 1, "once");
}

fn run(folder: &Path, cut_after: Option<u32>) -> Option<i32> {
    let mut command = program();
    command.args(["run", "--config"]).arg(folder.join("config.toml"));
    command.env("CALCOM_API_KEY", SourceWorld::KEY);
    if let Some(steps) = cut_after {
        command.env("RECONCILER_POWER_CUT", steps.to_string());
    }
    command.output().unwrap().status.code()
}

/// Power off at any step, then two ordinary runs: the message is there. It comes twice only where
/// the cut fell between the server's yes and the mark.
#[test]
fn promise_11_a_crash_loses_no_message_and_doubles_only_what_was_taken() {
    let mut world = something_to_tell();
    let slack = Receiver::start();
    world.posts_to(&slack.url("/hook"));
    let base = tempfile::tempdir().unwrap();
    let mut times: BTreeMap<usize, u32> = BTreeMap::new();
    for steps in 0.. {
        let folder = tempfile::tempdir_in(base.path()).unwrap();
        world.copied_to(folder.path());
        let got_to_its_end = run(folder.path(), Some(steps)).is_some();
        assert_eq!(run(folder.path(), None), Some(0), "cut after {steps}");
        assert_eq!(run(folder.path(), None), Some(0), "cut after {steps}");
        let ledger = Connection::open(folder.path().join("ledger.db")).unwrap();
        assert_eq!(
            dump(&ledger, "SELECT id FROM outbox WHERE delivered_at IS NULL"),
            Vec::<String>::new(),
            "cut after {steps}"
        );
        let decided = dump(&ledger, "SELECT id FROM outbox").len();
        let posted = slack.posted().len();
        assert!(decided >= 1 && posted >= decided, "cut after {steps}: {posted} of {decided}");
        *times.entry(posted - decided).or_default() += 1;
        if got_to_its_end {
            break;
        }
    }
    let cuts: u32 = times.values().sum();
    assert!(cuts >= 20, "only {cuts} places to pull the plug");
    assert_eq!(times.get(&1), Some(&2), "before and after the mark's commit: {times:?}");
    assert_eq!(times.len(), 2, "{times:?}");
}

/// The same with mail to two people and a monitor. Nobody misses the mail; who gets it twice, for
/// the cut fell between the server's yes and the mark, gets it with one and the same Message-ID;
/// and the monitor never hears that a run went well which did not get so far.
#[test]
fn promise_11_a_crash_loses_no_mail_and_what_comes_twice_is_known_by_its_number() {
    let Some(python) = python() else { return };
    let server = MailServer::start(python, &json!({}));
    let mut world = something_to_tell();
    let monitor = Receiver::start();
    world.pings(&monitor.url("/ping"));
    let base = tempfile::tempdir().unwrap();
    let (mut decided, mut pings) = (Vec::new(), BTreeMap::new());
    for steps in 0.. {
        // Whose mail it is tells which cut it belongs to.
        let [ana, ben] = ["ana", "ben"].map(|name| format!("{name}{steps}@example.com"));
        world.mails_by(&format!("smtp://127.0.0.1:{}", server.port), &[&ana, &ben]);
        let folder = tempfile::tempdir_in(base.path()).unwrap();
        world.copied_to(folder.path());
        let got_to_its_end = run(folder.path(), Some(steps)).is_some();
        let ledger = Connection::open(folder.path().join("ledger.db")).unwrap();
        let heard = monitor.targets();
        let closed = "SELECT run_id FROM run_endings WHERE run_id = 5";
        assert!(
            heard.len() < 2 || dump(&ledger, closed).len() == 1,
            "cut after {steps}: {heard:?}"
        );
        assert!(["/ping/start", "/ping"].iter().zip(&heard).all(|(one, two)| one == two));
        *pings.entry(heard.len()).or_insert(0) += 1;

        assert_eq!(run(folder.path(), None), Some(0), "cut after {steps}");
        assert_eq!(monitor.targets(), ["/ping/start", "/ping"], "cut after {steps}");
        let waiting = "SELECT id FROM outbox WHERE delivered_at IS NULL";
        assert_eq!(dump(&ledger, waiting), Vec::<String>::new(), "cut after {steps}");
        decided.push(dump(&ledger, "SELECT id FROM outbox").len());
        if got_to_its_end {
            break;
        }
    }
    assert_eq!(pings.into_keys().collect::<Vec<_>>(), [0, 1, 2]);

    let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in server.ends() {
        let number = mail.header("Message-ID").to_owned();
        taken.entry(mail.to.concat()).or_default().push(number);
    }
    let mut twice = BTreeMap::new();
    for (steps, decided) in decided.iter().enumerate() {
        for name in ["ana", "ben"] {
            let numbers = &taken[&format!("{name}{steps}@example.com")];
            let messages: BTreeSet<&String> = numbers.iter().collect();
            assert_eq!(messages.len(), *decided, "{name}, cut after {steps}: {numbers:?}");
            *twice.entry((name, numbers.len() - messages.len())).or_insert(0) += 1;
        }
    }
    assert!(decided.len() > 40, "only {} places to pull the plug", decided.len());
    let doubled = |name| twice.get(&(name, 1)).copied();
    assert_eq!((doubled("ana"), doubled("ben")), (Some(2), Some(2)), "{twice:?}");
    assert_eq!(twice.len(), 4, "and nobody three times: {twice:?}");
}

/// A source that is down for a day is four messages at most, and one that it is over.
#[test]
fn a_source_that_is_down_for_a_day_is_no_storm() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard"]);
    let slack = Receiver::start();
    world.posts_to(&slack.url("/hook"));
    world.syncs(2);
    assert_eq!(slack.posted().len(), 0, "nothing to tell");
    world.calcom_answers(Weather::Status(503));
    world.sync().ends(Ending::NotTrusted);
    assert_eq!(slack.posted().len(), 1, "at once");
    world.syncs(47);
    assert!(slack.posted().len() <= 3);
    world.calcom_recovers();
    world.sync().ends(Ending::Done);
    assert_eq!(slack.posted().len(), 1, "it is over");
    world.syncs(10);
    assert_eq!(slack.posted().len(), 0);
}

/// A rehearsal sends nothing, pings nobody, and writes no metric.
#[test]
fn promise_14_a_rehearsal_tells_nobody() {
    let mut world = something_to_tell();
    let receiver = Receiver::start();
    world.posts_to(&receiver.url("/hook"));
    world.pings(&receiver.url("/ping"));
    world.sets("metrics", "textfile", r#""reconciler.prom""#);
    let before = world.files();
    world.passes(30);
    let report = world.report(Mode::Rehearsal);
    assert!(!report.companies[0].changes.is_empty(), "there would be something to tell");
    assert_eq!(receiver.posted().len(), 0);
    assert!(world.files() == before, "and no file was touched");
    world.sync_now();
    assert_eq!(receiver.targets(), ["/ping/start", "/hook", "/ping"]);
    assert!(world.path("reconciler.prom").exists());
}

/// A channel that a person takes out of the configuration takes what waited with it.
#[test]
fn what_waits_for_a_channel_that_is_gone_is_withdrawn() {
    let mut world = something_to_tell();
    world.mails_by(&format!("smtp://127.0.0.1:{}", nobody()), &["ops@example.com"]);
    assert_eq!(world.sync().report.undelivered.len(), 1);
    world.unsets("notify.email");
    assert_eq!(world.sync().report.undelivered, []);
}

/// What was delivered long ago is let go: a message after every run does not fill a disk.
#[test]
fn delivered_messages_are_bounded() {
    let mut world = World::with_services(&["Cut"]);
    let slack = Receiver::start();
    world.posts_to(&slack.url("/hook"));
    for number in 0..30 {
        world.calcom_answers(if number % 2 == 0 { Weather::Status(503) } else { Weather::Fair });
        world.passes(24 * 60).sync_now();
    }
    assert_eq!(slack.posted().len(), 30);
    assert_eq!(world.ledger_number("SELECT count(*) FROM outbox", ()), 20);
    let newest = "SELECT count(*) FROM outbox WHERE id = (SELECT max(seq) FROM sqlite_sequence)";
    assert_eq!(world.ledger_number(newest, ()), 1);
}

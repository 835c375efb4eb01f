//! Promise 10: two runs never work on the same company at the same time.

use crate::aloud::aloud;
use crate::safety_page;
use crate::world::{TEAM, World};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::Weather;
use std::process::{Child, Command, Stdio};

const SALON: [&str; 3] = ["Cut", "Colour", "Beard"];

fn started(world: &World) -> Child {
    let child = spawned(world);
    world.waits_for_request("/event-types?");
    child
}

fn spawned(world: &World) -> Child {
    Command::new(env!("CARGO_BIN_EXE_reconciler"))
        .args(["run", "--config"])
        .arg(world.path("config.toml"))
        .env_clear()
        .env("CALCOM_API_KEY", reconciler::io::loopback_calcom::SourceWorld::KEY)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn at_work() -> World {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(60));
    for name in SALON {
        world.serves(name);
    }
    world.sync().accepts();
    world.calcom_answers(Weather::Stall);
    world.calcom.forget_requests();
    world
}

/// The second one says who is at work and since when, exits with 4, and touches nothing.
#[test]
fn promise_10_a_second_run_says_who_is_at_work_and_touches_nothing() {
    let world = at_work();
    let mut first = started(&world);
    let (rows, requests) = (world.rows(), world.calcom.requests());
    let runs = world.ledger_number("SELECT count(*) FROM runs", ());
    for arguments in [&["run"][..], &["run", "--json"], &["run", "--quiet"]] {
        let second = world.program().args(arguments).output().unwrap();
        assert_eq!(second.status.code(), Some(4), "{arguments:?}");
        let said = String::from_utf8(second.stderr).unwrap();
        assert!(said.contains(&format!("process {}, since 20", first.id())), "{said}");
        assert!(said.contains("nothing was touched"), "{said}");
        // One document, the refusal, where one was asked for; else nothing.
        assert_eq!(second.stdout.is_empty(), !arguments.contains(&"--json"), "{arguments:?}");
    }
    assert_eq!(world.rows(), rows);
    assert_eq!(world.calcom.requests(), requests, "Cal.com was not asked either");
    assert_eq!(world.ledger_number("SELECT count(*) FROM runs", ()), runs);
    first.kill().unwrap();
    first.wait().unwrap();
}

/// However a run dies, the next one is not locked out by it.
#[test]
fn promise_10_a_killed_run_locks_nobody_out() {
    let world = at_work();
    let mut first = started(&world);
    first.kill().unwrap();
    first.wait().unwrap();
    world.calcom_recovers();
    let second = world.program().arg("run").output().unwrap();
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    let ended = "SELECT count(*) FROM runs r LEFT JOIN run_endings e ON e.run_id = r.id
                 WHERE e.run_id IS NULL";
    assert_eq!(world.ledger_number(ended, ()), 1, "the killed run stands there without an end");
}

/// Two hundred at once: whoever holds the lock works, all others say so and leave.
#[test]
fn promise_10_of_two_hundred_runs_at_once_one_works_at_a_time() {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(60));
    world.sets("policy.fields", "name", r#""source""#);
    for name in SALON {
        world.serves(name);
    }
    world.sync().accepts();
    world.calcom_edits("Cut", |it| "Short cut".clone_into(&mut it.title));
    world.calcom_adds(TEAM, "Nails");
    world.calcom.forget_requests();
    let (runs, ended) = ("SELECT count(*) FROM runs", "SELECT count(*) FROM run_endings");
    let before = world.ledger_number(runs, ());

    let crowd: Vec<Child> = (0..200).map(|_| spawned(&world)).collect();
    let codes: Vec<i32> =
        crowd.into_iter().map(|mut one| one.wait().unwrap().code().unwrap()).collect();
    let worked = codes.iter().filter(|code| **code == 0).count();
    let left = codes.iter().filter(|code| **code == 4).count();
    aloud(&format!("{worked} of 200 runs worked, one after the other; {left} found one at work"));
    assert_eq!(worked + left, 200, "{codes:?}");
    safety_page::says("200 processes");
    assert!(worked >= 1 && left >= 1, "{codes:?}");
    let numbered = world.ledger_number(runs, ()) - before;
    assert_eq!(usize::try_from(numbered).unwrap(), worked, "who found one at work is no run");
    assert_eq!(world.ledger_number(ended, ()), world.ledger_number(runs, ()));
    let greetings = world.calcom.requests().iter().filter(|it| it.contains("/v2/me")).count();
    assert_eq!(greetings, worked, "who found one at work asked Cal.com nothing");
    let applied = "SELECT count(*) FROM journal_entries";
    assert_eq!(world.ledger_number(applied, ()), 2, "one rename and one import, once each");
    assert_eq!(world.rows().len(), 4);
}

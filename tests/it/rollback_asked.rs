//! What a rollback answers to whoever asks for what it cannot do, or not now.

use crate::rollback::switched_off;
use crate::world::{TEAM, World, dump};
use reconciler::io::lock::RunLock;
use reconciler::io::loopback_calcom::SourceWorld;

fn runs(world: &World) -> i64 {
    world.ledger_number("SELECT count(*) FROM runs", ())
}

/// Another run is at work: who it is is said, and nothing is touched, not even to look.
#[test]
fn promise_10_a_rollback_waits_for_no_run_and_touches_nothing_beside_one() {
    let (world, _, run) = switched_off();
    let (rows, words) = (world.rows(), world.words_of_people());
    let lock = RunLock::take(&world.path("ledger.db"), world.now).unwrap();
    let files = world.files();
    for how in ["--yes", "--yes --json", "--check-only", "--yes --service 3"] {
        let said = world.types(&format!("rollback {run} {how}"));
        said.exits(4).tells(&["another run is at work: process", "nothing was touched"]);
        // One document, the refusal, where one was asked for; else nothing.
        assert_eq!(said.out.is_empty(), !how.contains("--json"), "{how}: {said:?}");
    }
    world.types("rollback --since 6h --yes").exits(4);
    assert!(files == world.files(), "no file changed, none was made");
    drop(lock);
    assert_eq!((world.rows(), world.words_of_people()), (rows, words));
    world.types(&format!("rollback {run} --yes")).exits(0);
}

/// A pause binds the runs of cron. A rollback is a person's own act: it is done, and the pause is
/// said beside it.
#[test]
fn a_pause_does_not_bind_a_rollback_and_is_said() {
    let (world, before, run) = switched_off();
    world.types("pause --by petra --reason moving").exits(0);
    let told = ["Paused by petra", "moving", "a person's own act"];
    world.types(&format!("rollback {run} --check-only")).exits(0).tells(&told);
    world.types(&format!("rollback {run} --yes --by ana")).exits(0).tells(&told);
    assert_eq!(world.rows_but_stamp(), before);
    world.types("run").exits(4).tells(&["Paused by petra"]);
    assert_eq!(world.rows_but_stamp(), before, "the pause goes on");
}

/// A rehearsal has no number that could be typed; the next run's number is nobody's yet.
#[test]
fn a_rehearsal_cannot_be_rolled_back() {
    let (world, _, run) = switched_off();
    let rehearsed = world.types("run --check-only --json").exits(0).json();
    assert!(rehearsed["run_id"].is_null());
    let said = world.types(&format!("rollback {} --yes", run + 1));
    said.exits(2).tells(&[&format!("no run {}", run + 1), "rehearsal has no number"]);
    world.types("rollback 0 --yes").exits(2).tells(&["no run 0"]);
    world.types("rollback null --yes").exits(2);
    assert_eq!(runs(&world), run);
}

/// Each way of saying "since when" and "of whom" that cannot be meant is told what is wrong.
#[test]
fn since_when_and_of_whom_must_make_sense() {
    let (world, _, run) = switched_off();
    let rows = world.rows();
    let other_company = format!("{run} --company 99");
    let own_company = format!("{run} --company 1 --check-only");
    for (said, answer) in [
        (&*other_company, "--company goes with --since"),
        (&*own_company, "--company goes with --since"),
        ("--since 2999-01-01T00:00:00Z", "is in the future"),
        ("--since tomorrow", "--since takes a time like"),
        ("--since 2026-01-05", "--since takes a time like"),
        ("--since 999999y", "--since takes a time like"),
        ("--since 6h --company 99", "company 99, and it is not configured"),
        ("--since 0s --company 1", "no service was switched off since then"),
        ("--since 6h --service 1", "service 1 is not among"),
        ("--since 6h --company x", "invalid value"),
        ("--company 1", "RUN_ID"),
    ] {
        world.types(&format!("rollback {said} --yes")).exits(2).tells(&[answer]);
    }
    assert_eq!((runs(&world), world.rows()), (run, rows));
    world.types("rollback --since 6h --company 1 --yes").exits(0).tells(&["Beard"]);
}

/// A run that lost power between its word and its deed: first it is settled, then there is nothing
/// to undo, and both are said.
#[test]
fn what_a_run_left_open_is_settled_before_it_is_rolled_back() {
    const OPEN: &str = "SELECT * FROM journal_entries WHERE state = 'intended'";
    let mut world = World::salon(5);
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    let rows = world.rows_but_stamp();
    for steps in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let config = world.copied_to(folder.path());
        let types = |line: &str, steps: &str| {
            let mut program = crate::world::program();
            program.args(line.split(' ')).arg("--config").arg(&config);
            program.env("CALCOM_API_KEY", SourceWorld::KEY).env("RECONCILER_POWER_CUT", steps);
            program.output().unwrap()
        };
        let cut = types("run", &steps.to_string());
        assert!(cut.status.code().is_none(), "no cut leaves an open entry");
        let ledger = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
        if dump(&ledger, OPEN).is_empty() {
            continue;
        }
        let cut_off: i64 =
            ledger.query_row("SELECT max(run_id) FROM journal", (), |row| row.get(0)).unwrap();
        let refused = types(&format!("rollback {cut_off} --yes"), "");
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("settled what an interrupted run had left open"), "{said}");
        assert!(said.contains(&format!("run {cut_off} changed no service")), "{said}");
        assert!(dump(&ledger, OPEN).is_empty());
        break;
    }
    assert_eq!(world.rows_but_stamp(), rows);
}

/// A ledger of the first version is brought up to date, and its runs are rolled back like any other.
#[test]
fn a_run_of_an_older_ledger_is_rolled_back() {
    let world = World::of(&[(TEAM, 1)]);
    let id = world.row(1, "Beard", Some(1003));
    world.somebody_edits("Beard", "is_active", 0);
    world.somebody_edits("Beard", "sync_status", "error".to_owned());
    let (first, ledger) = (include_str!("../../src/io/ledger/upgrades/0001.sql"), world.ledger());
    ledger.execute_batch(first).unwrap();
    ledger.pragma_update(None, "user_version", 1).unwrap();
    ledger
        .execute_batch(&format!(
            r#"INSERT INTO runs (id, kind, started_at) VALUES (1, 'sync', 1000);
               INSERT INTO journal (id, run_id, at, company_id, service_id, event_type_id, kind,
                                    name, before, after, reason)
               VALUES (1, 1, 1000, 1, {id}, 1003, 'deactivate', 'Beard',
                       '{{"event_type_id":1003,"is_active":true,"sync_status":"synced"}}',
                       '{{"event_type_id":1003,"is_active":false,"sync_status":"error"}}', 'absent');
               INSERT INTO settlements (journal_id, state, service_id) VALUES (1, 'applied', {id});
               INSERT INTO run_endings (run_id, finished_at, exit_code) VALUES (1, 2000, 0);"#
        ))
        .unwrap();
    drop(ledger);
    world.types("rollback 1 --check-only").exits(0).tells(&["Beard"]);
    world.types("rollback 1 --yes").exits(0).tells(&["Beard"]);
    assert!(world.is_bookable("Beard"));
    assert_eq!(world.held(), (vec![id], vec![]));
}

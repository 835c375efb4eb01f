//! Promise 7: the plug is pulled everywhere, and the next run repairs what was left.

use crate::power::End;
use crate::safety_page;
use crate::world::{TEAM, World, dump, program};
use chrono::TimeDelta;
use reconciler::io::ledger::Ledger;
use reconciler::io::loopback_calcom::SourceWorld;
use rusqlite::Connection;
use std::path::Path;
use std::process::Output;

/// Twelve services: one to be switched off, one to be switched on, one renamed, one never synced,
/// two to be imported.
fn much_to_do() -> World {
    let names: Vec<String> = (1..=12).map(|number| format!("Service {number}")).collect();
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(10 * 30));
    world.sets("policy.fields", "name", r#""source""#);
    for name in &names {
        world.serves(name);
    }
    world.sync().accepts();
    let back = world.calcom_removes("Service 1");
    world.syncs(3);
    world.ana_approves("Service 1");
    assert_eq!(world.sync().switched_off(), ["Service 1"]);
    world.sets("safety", "max_deactivation_percent", "50");
    world.calcom_removes("Service 2");
    world.syncs(3);
    world.calcom_has(back);
    world.calcom_edits("Service 3", |it| "Renamed".clone_into(&mut it.title));
    world.somebody_edits("Service 4", "sync_status", "never".to_owned());
    world.calcom_adds(TEAM, "Nails");
    world.calcom_adds(TEAM, "Toes");
    world
}

fn run(folder: &Path, cut_after: Option<u32>) -> Output {
    let mut command = program();
    command.args(["run", "--config"]).arg(folder.join("config.toml"));
    command.env("CALCOM_API_KEY", SourceWorld::KEY);
    if let Some(steps) = cut_after {
        command.env("RECONCILER_POWER_CUT", steps.to_string());
    }
    command.output().unwrap()
}

fn table(folder: &Path) -> Vec<String> {
    let services = Connection::open(folder.join("services.db")).unwrap();
    let columns = "id, company_id, name, calcom_event_type_id, is_active, sync_status, sync_error,
                   duration_minutes, slug, price, updated_at";
    dump(&services, &format!("SELECT {columns} FROM services ORDER BY calcom_event_type_id"))
}

fn journal(folder: &Path, which: &str) -> Vec<String> {
    let ledger = Connection::open(folder.join("ledger.db")).unwrap();
    dump(
        &ledger,
        &format!(
            "SELECT kind, event_type_id, name, before, after FROM journal_entries WHERE {which}
             ORDER BY kind, event_type_id"
        ),
    )
}

/// No crash separates a row of the ledger from its link.
#[track_caller]
fn is_linked(folder: &Path) {
    let path = folder.join("ledger.db");
    let ledger = Ledger::open_to_read(&path).unwrap();
    assert_eq!(ledger.broken_links(0).unwrap(), []);
    assert_eq!(ledger.rows_without_a_link().unwrap(), []);
}

/// Power off after every single step, then one ordinary run: the table is what it would have been,
/// each change was applied once, and nothing is left open. A run later, the table, the journal and
/// what the ledger believes (streaks, questions, holds, presence) are those of an undisturbed run.
#[test]
fn promise_7_a_crash_at_any_instant_is_repaired_by_the_next_run() {
    let mut world = much_to_do();
    world.auto_mode("0s");
    world.calcom_removes("Service 5");
    let undisturbed = tempfile::tempdir().unwrap();
    world.copied_to(undisturbed.path());
    assert_eq!(run(undisturbed.path(), None).status.code(), Some(0));
    let (wanted, applied) =
        (table(undisturbed.path()), journal(undisturbed.path(), "state = 'applied'"));
    assert_eq!(applied.len(), 7, "{applied:#?}");
    assert_eq!(run(undisturbed.path(), None).status.code(), Some(0));
    let end = End::of(undisturbed.path());
    assert!(end.standing.contains(&"[Integer(5), Integer(1)]".to_owned()), "a streak: {end:#?}");

    let mut crashes = 0;
    for steps in 0.. {
        let folder = tempfile::tempdir_in(undisturbed.path()).unwrap();
        world.copied_to(folder.path());
        let cut = run(folder.path(), Some(steps));
        if cut.status.code().is_some() {
            assert_eq!(cut.status.code(), Some(0), "the run got to its end");
            break;
        }
        crashes += 1;
        is_linked(folder.path());
        let after = run(folder.path(), None);
        is_linked(folder.path());
        let said = String::from_utf8_lossy(&after.stderr);
        assert_eq!(after.status.code(), Some(0), "cut after {steps}: {said}");
        assert_eq!(table(folder.path()), wanted, "cut after {steps}");
        assert_eq!(journal(folder.path(), "state = 'applied'"), applied, "cut after {steps}");
        assert_eq!(journal(folder.path(), "state = 'intended'"), Vec::<String>::new());
        assert_eq!(journal(folder.path(), "state = 'conflicted'"), Vec::<String>::new());
        assert_eq!(run(folder.path(), None).status.code(), Some(0));
        assert_eq!(End::of(folder.path()), end, "cut after {steps}");
    }
    assert!(crashes >= 31, "only {crashes} places to pull the plug");
    safety_page::says("31 places of a run or more");
}

/// A yes is used once: what the crash left undone is asked again, what it left done is not.
#[test]
fn promise_7_an_approval_does_not_outlive_the_crash_of_its_run() {
    let world = much_to_do();
    world.ana_approves("Service 2");
    let base = tempfile::tempdir().unwrap();
    let (mut done, mut asked_again) = (0, 0);
    for steps in 0.. {
        let folder = tempfile::tempdir_in(base.path()).unwrap();
        world.copied_to(folder.path());
        if run(folder.path(), Some(steps)).status.code().is_some() {
            break;
        }
        let row = "name = 'Service 2'";
        let intended = !journal(folder.path(), &format!("{row} AND state = 'intended'")).is_empty();
        let off_at_crash = table(folder.path())[1].contains("error");
        assert_eq!(run(folder.path(), None).status.code(), Some(0));
        let off = table(folder.path())[1].contains("error");
        let ledger = Connection::open(folder.path().join("ledger.db")).unwrap();
        let states =
            dump(&ledger, "SELECT state FROM review_items WHERE name = 'Service 2' ORDER BY id");
        let times = journal(folder.path(), &format!("{row} AND state = 'applied'")).len();
        assert_eq!(times, usize::from(off), "cut after {steps}");
        if intended && !off_at_crash {
            assert!(!off, "cut after {steps}: the yes was used up");
            assert_eq!(states, [r#"[Text("void")]"#, r#"[Text("pending")]"#], "{steps}");
            asked_again += 1;
        } else {
            assert!(off, "cut after {steps}");
            assert_eq!(states, [r#"[Text("applied")]"#], "cut after {steps}");
            done += 1;
        }
    }
    assert!(done > 10 && asked_again >= 2, "{done} done, {asked_again} asked again");
}

/// A row that somebody edited between the crash and the next run is left to a person.
#[test]
fn promise_7_a_row_edited_after_the_crash_is_a_conflict_and_keeps_the_edit() {
    let world = much_to_do();
    world.ana_approves("Service 2");
    let base = tempfile::tempdir().unwrap();
    let mut conflicts = 0;
    for steps in 0.. {
        let folder = tempfile::tempdir_in(base.path()).unwrap();
        world.copied_to(folder.path());
        if run(folder.path(), Some(steps)).status.code().is_some() {
            break;
        }
        if journal(folder.path(), "name = 'Service 2' AND state = 'intended'").is_empty() {
            continue;
        }
        let services = Connection::open(folder.path().join("services.db")).unwrap();
        let edit = "UPDATE services SET sync_error = 'Petra was here', is_active = 1
                    WHERE name = 'Service 2'";
        services.execute(edit, ()).unwrap();
        assert_eq!(run(folder.path(), None).status.code(), Some(6), "cut after {steps}");
        let row = table(folder.path()).swap_remove(1);
        assert!(row.contains("Petra was here"), "{row}");
        assert_eq!(journal(folder.path(), "name = 'Service 2' AND state = 'conflicted'").len(), 1);
        conflicts += 1;
    }
    assert!(conflicts >= 2, "{conflicts}");
}

/// A database that refuses one row does not keep the others from being written, and is told.
#[test]
fn promise_7_a_row_that_the_database_refuses_is_abandoned_alone() {
    let mut world = World::with_services(&["A", "B", "C"]);
    world.sets("policy.fields", "name", r#""source""#);
    for name in ["A", "B", "C"] {
        world.calcom_edits(name, |it| it.title = format!("{name}2"));
    }
    world
        .services()
        .execute_batch(
            "CREATE TRIGGER app BEFORE UPDATE OF name ON services WHEN new.id = 2
             BEGIN SELECT raise(ABORT, 'not this one'); END;",
        )
        .unwrap();
    let run = world.sync();
    run.ends(reconciler::report::run_report::Ending::Failed);
    assert!(world.holds_in("A2", "id") == 1.into() && world.holds_in("C2", "id") == 3.into());
    let abandoned = "SELECT count(*) FROM settlements WHERE state = 'abandoned'
                     AND note LIKE '%not this one%'";
    assert_eq!(world.ledger_number(abandoned, ()), 1);
    world.services().execute_batch("DROP TRIGGER app").unwrap();
    world.sync().ends(reconciler::report::run_report::Ending::Done);
    assert_eq!(world.holds_in("B2", "id"), 2.into());
}

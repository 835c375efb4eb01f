//! Promise 9: what a run did is undone, exactly, and stays undone.

use crate::typed::SALON;
use crate::world::{TEAM, World, dump};
use reconciler::model::run::ChangeKind;
use reconciler::report::run_report::Ending;
use rusqlite::types::Value as Cell;
use serde_json::{Value, json};

/// A run switched off "Beard", by Ana's word, and imported "Nails" and "Toes"; the rows before
/// it, and its number.
pub fn switched_off() -> (World, Vec<String>, i64) {
    let mut world = World::salon(5);
    world.calcom_removes("Beard");
    world.syncs(3);
    let id = world.question("Beard");
    world.types(&format!("review approve {id} --by ana")).exits(0);
    let before = world.rows_but_stamp();
    world.calcom_adds(TEAM, "Nails");
    world.calcom_adds(TEAM, "Toes");
    world.sync().applies("Beard", ChangeKind::Deactivate).applies("Nails", ChangeKind::Import);
    let run = last_run(&world);
    (world, before, run)
}

fn last_run(world: &World) -> i64 {
    world.ledger_number("SELECT max(id) FROM runs", ())
}

fn statuses(report: &Value) -> Vec<(&str, &str)> {
    let changes = report["companies"][0]["changes"].as_array().unwrap().iter();
    let mut all: Vec<_> = changes
        .map(|change| (change["name"].as_str().unwrap(), change["status"].as_str().unwrap()))
        .collect();
    all.sort_unstable();
    all
}

/// Every row is as it was before that run, column by column, and the next runs leave it so.
#[test]
fn promise_9_a_run_is_undone_exactly_and_is_not_redone() {
    let (mut world, before, run) = switched_off();
    let report = world.types(&format!("rollback {run} --yes --json --by ana --reason mistake"));
    let report = report.exits(0).json();
    assert_eq!(world.rows_but_stamp(), before);
    assert_eq!((&report["kind"], &report["reverts"]), (&json!("rollback"), &json!(run)));
    assert_eq!(report["run_id"], run + 1);
    let done = [("Beard", "applied"), ("Nails", "applied"), ("Toes", "applied")];
    assert_eq!(statuses(&report), done);
    assert_eq!(world.held(), (vec![3], vec![1007, 1008]));
    let run = world.syncs(5);
    run.changes_nothing().ends(Ending::Done).decides("Beard", "held");
    assert_eq!(world.waiting_about("Beard"), Vec::<String>::new());
    assert_eq!(world.rows_but_stamp(), before);
}

/// Released, all goes on as it would have: a question for the one, an import of the others.
#[test]
fn promise_9_what_was_undone_is_held_until_it_is_released() {
    let (mut world, _, run) = switched_off();
    world.types(&format!("rollback {run} --yes --by ana")).exits(0);
    let rollback = last_run(&world);
    world.types(&format!("release --run {rollback} --by ana")).exits(0).tells(&["3 holds"]);
    world.types(&format!("release --run {rollback} --by ana")).exits(2);
    let run = world.sync();
    run.applies("Nails", ChangeKind::Import).applies("Toes", ChangeKind::Import);
    assert!(world.is_bookable("Beard"), "the yes was used once");
    world.syncs(3);
    assert_eq!(world.waiting_about("Beard"), ["deactivate"]);
}

/// Other columns of the row are somebody else's: an edit of them is kept, and is no conflict.
#[test]
fn promise_9_only_the_columns_that_the_run_changed_are_restored() {
    let (world, _, run) = switched_off();
    world.somebody_edits("Beard", "price", 99.0);
    world.somebody_edits("Beard", "updated_at", "today".to_owned());
    world.types(&format!("rollback {run} --yes --service 3")).exits(0);
    assert!(world.is_bookable("Beard"));
    assert_eq!(world.holds_in("Beard", "price"), Cell::Real(99.0));
    assert_eq!(world.holds_in("Beard", "updated_at"), "today".to_owned().into());
    assert_eq!(world.holds_in("Beard", "sync_error"), Cell::Null);
}

/// A row that somebody changed since keeps the change; both values are named; the rest is done.
#[test]
fn promise_9_a_row_changed_since_is_refused_and_the_rest_is_done() {
    let (world, _, run) = switched_off();
    world.somebody_edits("Beard", "sync_error", "ask Petra".to_owned());
    let report = world.types(&format!("rollback {run} --yes --json --by ana"));
    let report = report.exits(6).json();
    let mixed = [("Beard", "conflict"), ("Nails", "applied"), ("Toes", "applied")];
    assert_eq!(statuses(&report), mixed);
    assert!(report.to_string().contains("ask Petra"), "{report}");
    assert!(report.to_string().contains("Event type not found in Cal.com"), "{report}");
    assert_eq!(world.holds_in("Beard", "sync_error"), "ask Petra".to_owned().into());
    assert!(!world.is_bookable("Beard"));
    assert_eq!(world.held(), (vec![], vec![1007, 1008]), "what was not restored is not held");
    assert_eq!(world.rows().len(), SALON.len());
}

/// The application's edit waits in the row: it is not overwritten.
#[test]
fn promise_9_a_row_with_a_local_edit_waiting_is_refused() {
    let (world, _, run) = switched_off();
    world.somebody_edits("Beard", "sync_status", "pending".to_owned());
    world.types(&format!("rollback {run} --yes --service 3")).exits(6).tells(&["pending"]);
    assert_eq!(world.holds_in("Beard", "sync_status"), "pending".to_owned().into());
}

/// It is numbered and listed like any other run.
#[test]
fn promise_9_a_rollback_is_a_run() {
    let (world, _, run) = switched_off();
    world.types(&format!("rollback {run} --yes --by ana")).exits(0);
    let runs = world.types("runs --json").json();
    let newest = &runs["runs"][0];
    assert_eq!(
        (&newest["run_id"], &newest["kind"], &newest["reverts"], &newest["exit_code"]),
        (&json!(run + 1), &json!("rollback"), &json!(run), &json!(0))
    );
    world.types(&format!("show {}", run + 1)).exits(0).tells(&["Beard", "ana"]);
}

/// "Who switched it on again?" is one command.
#[test]
fn promise_15_explain_names_who_rolled_back() {
    let (world, _, run) = switched_off();
    world.types(&format!("rollback {run} --yes --by petra --reason mistake")).exits(0);
    world.types("explain 3").exits(0).tells(&["petra", "mistake", "ana"]);
}

/// Undone and undone again: untouched rows are where they were, and nothing is held any more.
#[test]
fn promise_9_a_rollback_rolled_back_is_as_if_it_had_not_been() {
    let (world, _, run) = switched_off();
    let after = world.rows_but_stamp();
    world.types(&format!("rollback {run} --yes --service 3 --by ana")).exits(0);
    assert_eq!(world.held(), (vec![3], vec![]));
    let looked = world.calcom.requests().len();
    world.types(&format!("rollback {} --yes --by ana", run + 1)).exits(0);
    assert_eq!(world.rows_but_stamp(), after);
    assert_eq!(world.held(), (vec![], vec![]));
    let requests = world.calcom.requests().split_off(looked);
    assert!(requests.iter().any(|one| one.contains("event-types/1003")), "looked up first");
    world.types(&format!("rollback {} --yes --service 3 --by ana", run + 2)).exits(0);
    assert!(world.is_bookable("Beard"));
    assert_eq!(world.held(), (vec![3], vec![]), "undone once more, held once more");
    world.types(&format!("rollback {} --yes --by ana", run + 3)).exits(0);
    assert_eq!(world.rows_but_stamp(), after);
    assert_eq!(world.held(), (vec![], vec![]));
}

/// Switching off is switching off: with its event type alive, the row stays on.
#[test]
fn promise_9_a_rollback_that_switches_off_looks_up_first() {
    let (world, _, run) = switched_off();
    world.types(&format!("rollback {run} --yes --service 3")).exits(0);
    world.calcom_has(reconciler::io::loopback_calcom::SourceEventType::new(1003, TEAM, "Beard"));
    world.types(&format!("rollback {} --yes", run + 1)).exits(6).tells(&["alive"]);
    assert!(world.is_bookable("Beard"));
}

/// Off a terminal nobody can be asked: it takes a `--yes`.
#[test]
fn a_rollback_off_a_terminal_needs_a_yes() {
    let (world, _, run) = switched_off();
    let (rows, runs) = (world.rows(), last_run(&world));
    world.types(&format!("rollback {run}")).exits(2).tells(&["--yes", "--check-only"]);
    world.types(&format!("rollback {run} --json")).exits(2).tells(&["--yes"]);
    world.types("rollback").exits(2);
    assert_eq!((world.rows(), last_run(&world)), (rows, runs));
}

/// A rehearsal says what would be done, and leaves no trace.
#[test]
fn promise_14_a_rehearsed_rollback_leaves_no_trace() {
    let (world, _, run) = switched_off();
    world.somebody_edits("Toes", "calcom_event_type_id", 1001);
    let files = world.files();
    let report = world.types(&format!("rollback {run} --check-only --json")).exits(6).json();
    assert!(report["run_id"].is_null());
    let planned = [("Beard", "planned"), ("Nails", "planned"), ("Toes", "conflict")];
    assert_eq!(statuses(&report), planned);
    world.types(&format!("rollback {run} --check-only")).exits(6).tells(&["Beard", "1001"]);
    world.types("rollback 999 --check-only").exits(2);
    assert!(files == world.files(), "no file changed, none was made");
}

/// Each refusal is whole, and says why.
#[test]
fn a_rollback_of_nothing_says_so_and_is_no_run() {
    let (world, before, run) = switched_off();
    world.types("rollback 999 --yes").exits(2).tells(&["no run 999", "runs"]);
    world.types("rollback 1 --yes").exits(2).tells(&["run 1 changed no service"]);
    let other = world.types(&format!("rollback {run} --yes --service 3 --service 1"));
    other.exits(2).tells(&["service 1"]);
    assert_eq!(last_run(&world), run, "a refusal is no run");
    assert!(!world.is_bookable("Beard"));
    world.types(&format!("rollback {run} --yes")).exits(0);
    let twice = world.types(&format!("rollback {run} --yes"));
    twice.exits(2).tells(&[&format!("undone already by run {}", run + 1)]);
    assert_eq!(last_run(&world), run + 1);
    assert_eq!(world.rows_but_stamp(), before);
    let empty = World::of(&[(TEAM, 1)]);
    empty.types("rollback 1 --yes").exits(2).tells(&["no ledger"]);
    assert!(!empty.path("ledger.db").exists());
}

/// One service of many; the others can follow.
#[test]
fn a_rollback_of_one_service_leaves_the_others() {
    let (world, before, run) = switched_off();
    world.types(&format!("rollback {run} --yes --service 7")).exits(0);
    assert_eq!(world.rows().len(), SALON.len() + 1);
    assert!(!world.is_bookable("Beard"));
    assert_eq!(world.held(), (vec![], vec![1007]));
    world.types(&format!("rollback {run} --yes")).exits(0);
    assert_eq!(world.rows_but_stamp(), before);
}

/// Part of a rollback is undone: what stays restored stays held.
#[test]
fn promise_9_undoing_part_of_a_rollback_releases_that_part_alone() {
    let mut world = World::salon(6);
    for name in ["Cut", "Wash"] {
        world.somebody_edits(name, "sync_status", "never".to_owned());
    }
    world.sync();
    let run = last_run(&world);
    world.types(&format!("rollback {run} --yes")).exits(0);
    assert_eq!(world.held(), (vec![1, 5], vec![]));
    world.types(&format!("rollback {} --yes --service 1", run + 1)).exits(0);
    assert_eq!(world.held(), (vec![5], vec![]));
    assert_eq!(world.holds_in("Cut", "sync_status"), "synced".to_owned().into());
    world.sync().changes_nothing();
    assert_eq!(world.holds_in("Wash", "sync_status"), "never".to_owned().into());
}

/// Two runs switched off one each: all of it is undone as one run.
#[test]
fn promise_9_every_deactivation_since_a_moment_is_undone_as_one_run() {
    let mut world = World::salon(8);
    world.sets("safety", "max_deactivation_percent", "50");
    for name in ["Beard", "Perm"] {
        world.calcom_removes(name);
        world.syncs(3);
        let id = world.question(name);
        world.types(&format!("review approve {id} --by ana")).exits(0);
        assert_eq!(world.sync().switched_off(), [name]);
    }
    let nails = world.calcom_adds(TEAM, "Nails");
    world.sync();
    let run = last_run(&world);
    world.types("rollback --since soon --yes").exits(2).tells(&["6h"]);
    world.types("rollback --since 0s --yes").exits(2);
    world.types(&format!("rollback {run} --since 6h --yes")).exits(2);
    world.types("rollback --since 6h --company 9 --yes").exits(2).tells(&["switched off"]);
    assert_eq!(last_run(&world), run);
    let report = world.types("rollback --since 24h --yes --json --by ana").exits(0).json();
    assert_eq!(statuses(&report), [("Beard", "applied"), ("Perm", "applied")]);
    assert!(report["reverts"].is_null());
    assert!(world.is_bookable("Beard") && world.is_bookable("Perm") && world.is_bookable("Nails"));
    assert_eq!(world.held(), (vec![3, 4], vec![]));
    assert_eq!(world.holds_in("Nails", "calcom_event_type_id"), nails.into());
    world.types("rollback --since 24h --yes --by ana").exits(2).tells(&["on again"]);
    let one = world.ledger_number("SELECT max(run_id) FROM journal WHERE kind = 'deactivate'", ());
    world.types(&format!("rollback {one} --yes")).exits(2).tells(&["undone already"]);
    world.syncs(3).changes_nothing();
    let open = "SELECT * FROM journal_entries WHERE state = 'intended'";
    assert_eq!(dump(&world.ledger(), open), Vec::<String>::new());
}

/// Switched off, on again by our own run, off again: that is one service to switch on; one that
/// somebody switched on by hand is none.
#[test]
fn promise_9_since_undoes_what_is_still_in_effect_and_nothing_else() {
    let mut world = World::salon(16);
    world.sets("safety", "max_deactivation_percent", "100");
    for (time, name) in ["Beard", "Beard", "Perm"].into_iter().enumerate() {
        let removed = world.calcom_removes(name);
        world.syncs(3);
        let id = world.question(name);
        world.types(&format!("review approve {id} --by ana")).exits(0);
        assert_eq!(world.sync().switched_off(), [name]);
        if time == 0 {
            world.calcom_has(removed);
            world.sync().applies("Beard", ChangeKind::Reactivate);
        }
    }
    world.somebody_edits("Perm", "is_active", 1);
    world.somebody_edits("Perm", "sync_status", "synced".to_owned());
    let report = world.types("rollback --since 24h --yes --json --by ana").exits(0).json();
    assert_eq!(statuses(&report), [("Beard", "applied")]);
    assert!(world.is_bookable("Beard"));
    assert_eq!(world.held(), (vec![3], vec![]));
}

/// An import that was switched off is switched on again, and may be imported, linked and asked
/// about as before.
#[test]
fn promise_9_undoing_the_undoing_of_an_import_releases_its_event_type() {
    let (mut world, _, run) = switched_off();
    let book = "INSERT INTO appointments (service_id, starts_at) VALUES (7, '2020-01-01 10:00:00')";
    world.services().execute(book, ()).unwrap();
    let after = world.rows_but_stamp();
    world.types(&format!("rollback {run} --yes --service 7")).exits(0);
    assert_eq!(world.held(), (vec![], vec![1007]));
    world.types(&format!("rollback {} --yes --service 7", run + 1)).exits(0);
    assert_eq!(world.rows_but_stamp(), after);
    assert_eq!(world.held(), (vec![], vec![]));
    world.sync().changes_nothing();
}

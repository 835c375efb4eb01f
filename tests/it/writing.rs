//! Promises 5, 6 and 8: what is never overwritten, never switched on, and never computed by the
//! database.

use crate::world::{TEAM, World};
use reconciler::io::loopback_calcom::{ItemAnswer, Weather};
use reconciler::model::review::ReviewKind;
use reconciler::model::run::ChangeKind;
use reconciler::report::lines::ChangeStatus;
use reconciler::report::run_report::Ending;
use rusqlite::types::Value;
use std::path::Path;

const SALON: [&str; 6] = ["Cut", "Colour", "Beard", "Perm", "Wash", "Braids"];

fn text(words: &str) -> Value {
    Value::Text(words.to_owned())
}

/// Somebody edits a row while the program asks Cal.com about it: the edit stands, the write does
/// not happen, and a person is told.
#[test]
fn promise_5_an_edit_between_read_and_write_is_never_overwritten() {
    let edits = [
        ("sync_status", text("pending")),
        ("sync_error", text("a note of Petra's")),
        ("is_active", Value::Integer(0)),
        ("calcom_event_type_id", Value::Integer(4711)),
        ("calcom_event_type_id", Value::Null),
        ("company_id", Value::Integer(2)),
    ];
    for (column, value) in edits {
        let mut world = World::with_services(&SALON);
        world.sets("calcom", "max_attempts", "4");
        world.calcom_removes("Beard");
        world.syncs(3);
        world.ana_approves("Beard");
        let stall = ItemAnswer::Other(Box::new(Weather::Stall));
        world.calcom_answers(Weather::ItemAnswer(stall));
        world.calcom.forget_requests();
        let run = world.sync_in_background();
        world.waits_for_request("event-types/1003");
        world.somebody_edits("Beard", column, value.clone());
        let edited = world.rows_but_stamp();
        world.calcom_recovers();
        let report = run.join().unwrap();

        assert_eq!(report.ending, Ending::Conflicts, "{column}: {report:#?}");
        let statuses: Vec<_> = report.companies[0].changes.iter().map(|one| one.status).collect();
        assert_eq!(statuses, [ChangeStatus::Conflict], "{column}");
        assert_eq!(world.rows_but_stamp(), edited, "{column}");
        let settled = "SELECT count(*) FROM settlements WHERE state = 'conflicted'";
        assert_eq!(world.ledger_number(settled, ()), 1);
        // The yes was to another row than there is now.
        world.syncs(3).changes_nothing();
        assert_eq!(world.rows_but_stamp(), edited, "{column}");
    }
}

/// A row that vanished meanwhile is not written, and not made again.
#[test]
fn promise_5_a_row_that_is_gone_is_not_written() {
    let mut world = World::with_services(&SALON);
    world.sets("calcom", "max_attempts", "4");
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    let stall = ItemAnswer::Other(Box::new(Weather::Stall));
    world.calcom_answers(Weather::ItemAnswer(stall));
    world.calcom.forget_requests();
    let run = world.sync_in_background();
    world.waits_for_request("event-types/1003");
    world.services().execute("DELETE FROM services WHERE name = 'Beard'", ()).unwrap();
    world.calcom_recovers();
    assert_eq!(run.join().unwrap().ending, Ending::Conflicts);
    assert_eq!(world.rows().len(), 5);
}

/// A pause is a hand on the switch: it holds for the run that has begun as well, up to its first
/// write, and what was approved waits for the resume.
#[test]
fn a_pause_stops_a_run_that_has_begun() {
    let mut world = World::salon(4);
    world.sets("calcom", "max_attempts", "4");
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    let before = world.rows();
    let stall = ItemAnswer::Other(Box::new(Weather::Stall));
    world.calcom_answers(Weather::ItemAnswer(stall));
    world.calcom.forget_requests();
    let run = world.sync_in_background();
    world.waits_for_request("event-types/1003");
    let said = world.types("pause --by petra --reason wait");
    said.exits(0).tells(&["Paused until", "A run is at work"]);
    world.calcom_recovers();
    let report = run.join().unwrap();
    assert_eq!(report.ending, Ending::Paused);
    assert_eq!(report.paused.as_ref().map(|pause| &*pause.by), Some("petra"));
    assert_eq!(report.companies[0].changes[0].status, ChangeStatus::Waiting);
    assert_eq!(world.rows(), before, "not even the stamp");

    world.types("resume --by petra").exits(0);
    world.sync().applies("Beard", ChangeKind::Deactivate);
}

/// One write of a run makes the application touch another row that was to be written: that one is
/// a conflict, and the first one stands.
#[test]
fn promise_5_every_write_is_compared_by_itself() {
    let mut world = World::with_services(&SALON);
    world.sets("policy.fields", "name", r#""source""#);
    world.calcom_edits("Cut", |it| it.title = "Cut and go".to_owned());
    world.calcom_edits("Perm", |it| it.title = "Permanent".to_owned());
    world
        .services()
        .execute_batch(
            "CREATE TRIGGER app AFTER UPDATE OF name ON services WHEN new.id = 1
             BEGIN UPDATE services SET name = 'Perm (new)' WHERE id = 4; END;",
        )
        .unwrap();
    let run = world.sync();
    run.ends(Ending::Conflicts);
    run.applies("Cut", ChangeKind::Update);
    assert_eq!(run.changes_of("Perm"), [(ChangeKind::Update, ChangeStatus::Conflict)]);
    assert_eq!(world.holds_in("Perm (new)", "id"), Value::Integer(4));
}

/// Only the columns that Cal.com was given are written, and of those only what differs.
#[test]
fn promise_5_columns_that_the_application_owns_keep_their_values() {
    let mut world = World::with_services(&SALON);
    world.calcom_edits("Cut", |it| {
        it.title = "Haircut".to_owned();
        it.length = 45;
    });
    let before = world.rows_but_stamp();
    let run = world.sync();
    run.decides("Cut", "report-drift").changes_nothing();
    assert_eq!(run.company().drifted.len(), 1);
    assert_eq!(world.rows_but_stamp(), before, "the default is to report");

    world.sets("policy.fields", "duration", r#""source""#);
    world.sync().applies("Cut", ChangeKind::Update);
    assert_eq!(world.holds_in("Cut", "duration_minutes"), Value::Integer(45));
    for (column, value) in [
        ("slug", text("a-slug")),
        ("price", Value::Real(49.5)),
        ("updated_at", text("2025-12-24 18:00:00")),
        ("sync_status", text("synced")),
    ] {
        assert_eq!(world.holds_in("Cut", column), value);
    }
    world.sync().changes_nothing();
}

/// A row whose local edit still waits to be sent keeps every value, in all cases.
#[test]
fn promise_5_rows_with_local_edits_waiting_keep_their_values() {
    let mut world = World::with_services(&SALON);
    for column in ["name", "duration"] {
        world.sets("policy.fields", column, r#""source""#);
    }
    world.auto_mode("0s");
    for name in ["Cut", "Beard", "Perm"] {
        world.somebody_edits(name, "sync_status", text("pending"));
    }
    world.somebody_edits("Perm", "calcom_event_type_id", Value::Null);
    world.sets("policy", "link", r#""auto""#);
    world.calcom_edits("Cut", |it| it.length = 90);
    let before: Vec<_> = world.rows();
    world.calcom_removes("Beard");
    world.syncs(5);
    let after = world.rows();
    for at in [0, 2, 3] {
        assert_eq!(after[at], before[at]);
    }
    // Not even a yes overwrites it; it waits for the application.
    world.ana_approves("Beard");
    let run = world.sync();
    assert_eq!(run.changes_of("Beard"), [(ChangeKind::Deactivate, ChangeStatus::Waiting)]);
    assert_eq!(world.rows()[2], before[2]);
}

/// The stamp is written where a service was seen, and nowhere on a day that is not trusted.
#[test]
fn the_stamp_says_when_a_service_was_last_seen() {
    let mut world = World::with_services(&SALON);
    assert_eq!(world.holds_in("Cut", "last_calcom_sync"), text("2026-01-05 08:30:00"));
    world.calcom_removes("Beard");
    world.sync();
    assert_eq!(world.holds_in("Cut", "last_calcom_sync"), text("2026-01-05 09:00:00"));
    assert_eq!(world.holds_in("Beard", "last_calcom_sync"), text("2026-01-05 08:30:00"));
    let images = "SELECT count(*) FROM journal WHERE before LIKE '%sync%' AND before LIKE '%last%'";
    assert_eq!(world.ledger_number(images, ()), 0);
}

/// A row that was never synced, and is found, is `synced`: then callers can book it.
#[test]
fn a_row_that_was_never_synced_is_synced_once_found() {
    for never in [text("never"), Value::Null] {
        let mut world = World::with_services(&SALON);
        world.somebody_edits("Cut", "sync_status", never);
        world.sync().applies("Cut", ChangeKind::Update);
        assert!(world.is_bookable("Cut"));
        let journaled = "SELECT count(*) FROM journal_entries WHERE state = 'applied'";
        assert_eq!(world.ledger_number(journaled, ()), 1);
        world.sync().changes_nothing().ends(Ending::Done);
    }
}

// ---------------------------------------------------------------------------------- promise 6

/// A person switched it off. Whatever Cal.com does, it stays off.
#[test]
fn promise_6_what_a_person_switched_off_stays_off() {
    let mut world = World::with_services(&SALON);
    for column in ["name", "duration"] {
        world.sets("policy.fields", column, r#""source""#);
    }
    world.somebody_edits("Beard", "is_active", 0);
    world.syncs(5).changes_nothing();
    let gone = world.calcom_removes("Beard");
    world.syncs(5).changes_nothing();
    world.calcom_has(gone);
    world.syncs(5).changes_nothing().ends(Ending::Done);
    assert!(!world.is_bookable("Beard"));
}

fn switched_off_by_us() -> World {
    let mut world = World::with_services(&SALON);
    let gone = world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    world.sync().applies("Beard", ChangeKind::Deactivate);
    world.sync().changes_nothing();
    world.calcom_has(gone);
    world
}

/// What the program itself switched off comes back with its event type.
#[test]
fn promise_6_what_we_switched_off_is_switched_on_again() {
    let mut world = switched_off_by_us();
    world.sync().applies("Beard", ChangeKind::Reactivate);
    assert!(world.is_bookable("Beard"));
    assert_eq!(world.holds_in("Beard", "sync_error"), Value::Null);
    world.sync().changes_nothing();
}

/// Unless a person touched it since: then it is theirs.
#[test]
fn promise_6_what_a_person_touched_since_is_theirs() {
    let mut world = switched_off_by_us();
    world.calcom_removes("Beard");
    world.somebody_edits("Beard", "is_active", 1);
    world.sync();
    world.somebody_edits("Beard", "is_active", 0);
    world.calcom_has(reconciler::io::loopback_calcom::SourceEventType::new(1003, TEAM, "Beard"));
    world.syncs(5).changes_nothing();
    assert!(!world.is_bookable("Beard"));

    let mut world = switched_off_by_us();
    world.somebody_edits("Beard", "sync_status", text("synced"));
    world.syncs(5).changes_nothing();
    assert!(!world.is_bookable("Beard"));

    let mut world = switched_off_by_us();
    world.sets("policy", "reactivate", r#""off""#);
    world.syncs(5).changes_nothing();
}

/// A repair that was made before the next run looks like the row of old; whoever switches it off
/// after that, even with the same words, is a person.
#[test]
fn promise_6_a_repair_that_no_run_saw_as_a_change_is_still_a_repair() {
    let mut world = World::with_services(&SALON);
    let gone = world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    world.sync().applies("Beard", ChangeKind::Deactivate);
    for (column, value) in [
        ("is_active", Value::Integer(1)),
        ("sync_status", text("synced")),
        ("sync_error", Value::Null),
    ] {
        world.somebody_edits("Beard", column, value);
    }
    world.sync();
    world.somebody_edits("Beard", "is_active", 0);
    world.somebody_edits("Beard", "sync_status", text("error"));
    world.somebody_edits("Beard", "sync_error", text("Event type not found in Cal.com"));
    world.calcom_has(gone);
    world.syncs(5).changes_nothing();
    assert!(!world.is_bookable("Beard"));
}

/// What a person repaired after us is asked about, in auto mode too: it is not switched off again
/// every week.
#[test]
fn promise_6_auto_mode_does_not_undo_a_repair() {
    let mut world = World::with_services(&SALON);
    world.auto_mode("0s");
    world.calcom_removes("Beard");
    world.syncs(3).applies("Beard", ChangeKind::Deactivate);
    world.somebody_edits("Beard", "is_active", 1);
    world.somebody_edits("Beard", "sync_status", text("synced"));
    world.passes(8 * 24 * 60);
    for _ in 0..6 {
        world.sync();
        assert!(world.is_bookable("Beard"));
    }
    assert_eq!(world.waiting_about("Beard"), ["deactivate"]);
}

/// The night the program is adopted: what the old sync probably switched off is asked about, and
/// nothing is switched on by itself.
#[test]
fn promise_6_what_an_older_sync_switched_off_is_asked_about() {
    let mut world = World::of(&[(TEAM, 1)]);
    for name in SALON {
        world.serves(name);
    }
    world.somebody_edits("Beard", "is_active", 0);
    world.somebody_edits("Beard", "sync_status", text("error"));
    world.somebody_edits("Perm", "is_active", 0);
    let run = world.sync();
    run.asks("Beard", ReviewKind::Reactivate).changes_nothing();
    assert_eq!(run.asked("Perm"), []);
    world.syncs(5).changes_nothing();
    world.ana_approves("Beard");
    world.sync().applies("Beard", ChangeKind::Reactivate);
    assert!(world.is_bookable("Beard") && !world.is_bookable("Perm"));
}

// ---------------------------------------------------------------------------------- promise 8

/// An empty set never means everything: with nothing to write, no statement writes at all. Rows of
/// other companies, or of none, are nobody's business.
#[test]
fn promise_8_an_empty_list_makes_no_statement() {
    let mut world = World::of(&[(TEAM, 1)]);
    world.calcom_adds(TEAM, "Hidden");
    world.sets("policy", "import", r#""off""#);
    for name in SALON {
        world.row(2, name, Some(1001));
        world.somebody_edits(name, "sync_status", text("never"));
    }
    for write in ["INSERT", "UPDATE", "DELETE"] {
        let trigger = format!(
            "CREATE TRIGGER no_{write} BEFORE {write} ON services
             BEGIN SELECT raise(ABORT, 'a write'); END;"
        );
        world.services().execute_batch(&trigger).unwrap();
    }
    world.syncs(5).accepts().ends(Ending::Done);
}

/// No statement of the store says "all but these".
#[test]
fn promise_8_no_statement_says_not_in() {
    let mut files = 0;
    for path in sources(Path::new("src/io/store")).chain([Path::new("src/io/store.rs").into()]) {
        let source = std::fs::read_to_string(&path).unwrap();
        let code: String = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join(" ")
            .to_uppercase();
        let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!code.contains("NOT IN"), "{}", path.display());
        files += 1;
    }
    assert!(files >= 3);
}

fn sources(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push(path);
        }
    }
    found.into_iter()
}

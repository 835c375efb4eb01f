//! New event types: imported, linked, asked about, or left alone. Never twice, never a twin.

use crate::world::{TEAM, World};
use reconciler::model::review::ReviewKind;
use reconciler::model::run::ChangeKind;
use reconciler::report::run_report::Ending;
use rusqlite::types::Value;

const SALON: [&str; 6] = ["Cut", "Colour", "Beard", "Perm", "Wash", "Braids"];

/// What is new at Cal.com becomes a row that callers can book, with its company.
#[test]
fn a_new_event_type_is_imported_with_its_company() {
    let mut world = World::with_services(&SALON);
    let id = world.calcom_adds(TEAM, "Nails");
    world.calcom_edits("Nails", |it| it.length = 75);
    world.sync().applies("Nails", ChangeKind::Import);
    for (column, value) in [
        ("company_id", Value::Integer(1)),
        ("calcom_event_type_id", Value::Integer(id)),
        ("duration_minutes", Value::Integer(75)),
        ("sync_status", Value::Text("synced".to_owned())),
        ("price", Value::Null),
    ] {
        assert_eq!(world.holds_in("Nails", column), value);
    }
    assert!(world.is_bookable("Nails"));
    world.syncs(5).changes_nothing().ends(Ending::Done);
    assert_eq!(world.rows().len(), 7);
}

/// Segments of a longer appointment are never bookable by themselves; rules say so, the first
/// match wins, and what is hidden at Cal.com is not shown to callers.
#[test]
fn import_rules_and_hidden_event_types_are_respected() {
    let mut world = World::with_services(&SALON);
    world.import_rule(r"\(\d+ von \d+\)", "inactive");
    world.import_rule("^Test", "skip");
    world.import_rule("^T", "review");
    world.import_rule(".*", "active");
    for title in ["Dye (1 von 2)", "Test 1", "Tint", "Nails", "Secret"] {
        world.calcom_adds(TEAM, title);
    }
    world.calcom_edits("Secret", |it| it.hidden = true);
    let run = world.sync();
    for name in ["Dye (1 von 2)", "Nails", "Secret"] {
        run.applies(name, ChangeKind::Import);
    }
    run.decides("Test 1", "skip").asks("Tint", ReviewKind::Import);
    assert!(world.is_bookable("Nails"));
    assert!(!world.is_bookable("Dye (1 von 2)") && !world.is_bookable("Secret"));
    assert_eq!(world.rows().len(), 9);
    world.syncs(3).changes_nothing();
    world.ana_approves("Tint");
    world.sync().applies("Tint", ChangeKind::Import);
    world.syncs(3).changes_nothing();
}

/// `import = "off"` and `"review"` mean what they say.
#[test]
fn nothing_is_imported_where_the_policy_does_not_say_so() {
    let mut world = World::with_services(&SALON);
    world.sets("policy", "import", r#""off""#);
    world.calcom_adds(TEAM, "Nails");
    let run = world.sync();
    run.changes_nothing().ends(Ending::Done);
    assert_eq!(run.company().counts.new, 1);
    world.sets("policy", "import", r#""review""#);
    world.sync().changes_nothing().asks("Nails", ReviewKind::Import);
}

/// The first run of an application with few rows: more than `max_imports` are one question.
#[test]
fn more_imports_than_the_limit_are_one_question() {
    let mut world = World::with_services(&SALON);
    for number in 1..=11 {
        world.calcom_adds(TEAM, &format!("New {number}"));
    }
    let run = world.sync();
    run.changes_nothing().asks("11 new event types", ReviewKind::ImportBatch);
    world.syncs(3).changes_nothing();
    world.ana_approves("11 new event types");
    world.sync();
    assert_eq!(world.rows().len(), 17);
    let applied = "SELECT count(*) FROM review_items WHERE state = 'applied'";
    assert_eq!(world.ledger_number(applied, ()), 1);
    world.sync().changes_nothing();
}

/// Somebody made the row by hand while the program was about to: it is not made twice.
#[test]
fn promise_5_nothing_is_imported_twice() {
    let mut world = World::with_services(&SALON);
    let id = world.calcom_adds(TEAM, "Nails");
    world.calcom_adds(TEAM, "Toes");
    // Inserting the one makes the application insert the other.
    let trigger = format!(
        "CREATE TRIGGER app AFTER INSERT ON services WHEN new.calcom_event_type_id = {id}
         BEGIN INSERT INTO services (company_id, name, calcom_event_type_id)
               VALUES (1, 'Toes by hand', {id} + 1); END;"
    );
    world.services().execute_batch(&trigger).unwrap();
    let run = world.sync();
    run.applies("Nails", ChangeKind::Import).ends(Ending::Conflicts);
    assert_eq!(world.rows().len(), 8);
    world.syncs(3).changes_nothing();
    assert_eq!(world.rows().len(), 8);
}

/// One unlinked row of the same name, however it is typed: the link is asked about, or made.
#[test]
fn one_unlinked_row_of_the_same_name_is_linked() {
    for policy in ["review", "auto"] {
        let mut world = World::with_services(&SALON);
        world.sets("policy", "link", &format!("{policy:?}"));
        world.row(1, "  STRÄHNEN  und Farbe", None);
        let id = world.calcom_adds(TEAM, "Stra\u{308}hnen und farbe");
        let run = world.sync();
        if policy == "review" {
            run.changes_nothing();
            world.syncs(2).changes_nothing();
            world.ana_approves("  STRÄHNEN  und Farbe");
            world.sync();
        }
        let linked = world.holds_in("  STRÄHNEN  und Farbe", "calcom_event_type_id");
        assert_eq!(linked, Value::Integer(id), "{policy}");
        assert_eq!(world.rows().len(), 7);
        world.syncs(2).changes_nothing();
    }
}

/// Several rows of the name: never guessed, not in auto mode either, and no twin imported.
#[test]
fn several_rows_of_the_same_name_are_asked_about() {
    let mut world = World::with_services(&SALON);
    world.sets("policy", "link", r#""auto""#);
    world.row(1, "Nails", None);
    world.row(1, "nails", None);
    world.calcom_adds(TEAM, "Nails");
    let run = world.sync();
    run.changes_nothing().asks("Nails", ReviewKind::Link).asks("nails", ReviewKind::Link);
    assert_eq!(world.rows().len(), 8);
}

/// A name that a linked row bears already, inactive or not: asked, never imported beside it.
#[test]
fn a_name_that_is_taken_is_asked_about() {
    let mut world = World::with_services(&SALON);
    world.somebody_edits("Cut", "is_active", 0);
    world.calcom_adds(TEAM, "CUT");
    world.calcom_adds(TEAM, "colour");
    let run = world.sync();
    run.changes_nothing();
    run.asks("CUT", ReviewKind::Import).asks("colour", ReviewKind::Import);
}

/// Deleted and made anew under another number: the relink question comes instead of a twin and
/// instead of a deactivation, in auto mode too.
#[test]
fn a_recreated_event_type_is_relinked_by_a_person_and_never_doubled() {
    for auto in [false, true] {
        let mut world = World::with_services(&SALON);
        if auto {
            world.auto_mode("0s");
        }
        world.calcom_removes("Beard");
        let id = world.calcom_adds(TEAM, "Beard");
        world.sync().changes_nothing().asks("Beard", ReviewKind::Relink);
        world.syncs(20).changes_nothing();
        assert_eq!(world.waiting_about("Beard"), ["relink"]);
        assert!(world.is_bookable("Beard"));
        world.ana_approves("Beard");
        world.sync().applies("Beard", ChangeKind::Relink);
        assert_eq!(world.holds_in("Beard", "calcom_event_type_id"), Value::Integer(id));
        assert!(world.is_bookable("Beard"));
        world.syncs(3).changes_nothing().ends(Ending::Done);
        assert_eq!(world.rows().len(), 6);
    }
}

/// A whole catalogue made anew keeps every service bookable.
#[test]
fn a_recreated_catalogue_switches_off_nothing() {
    let mut world = World::with_services(&SALON);
    world.auto_mode("0s");
    world.sync();
    let before = world.rows_but_stamp();
    world.calcom.change(|source| {
        for event_type in &mut source.teams.get_mut(&TEAM).unwrap().event_types {
            event_type.id += 100;
        }
    });
    for _ in 0..60 {
        world.sync().changes_nothing().ends(Ending::NotTrusted);
    }
    assert_eq!(world.rows_but_stamp(), before);
}

//! Promise 4: how much may be switched off, per run and over any seven days.

use crate::seen::Run;
use crate::world::{TEAM, World};
use reconciler::model::run::ChangeKind;
use reconciler::report::lines::{BreachLine, ChangeStatus};
use reconciler::report::run_report::Ending;

const FIVE: [&str; 5] = ["A", "B", "C", "D", "E"];

/// Event types vanish one by one, each loss plausible by itself, until all are due at once.
fn lose_one_by_one(world: &mut World, names: &[&str]) -> Run {
    for name in names {
        world.calcom_removes(name);
        world.sync().changes_nothing();
    }
    world.syncs(3)
}

fn breach(run: &Run) -> Option<(u32, u32, u32)> {
    let BreachLine { due, left, limit, .. } = run.company().breach.clone()?;
    Some((due, left, limit))
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("Service {number}")).collect()
}

fn refs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// A salon with five services loses two: in auto mode neither goes, both are asked about.
#[test]
fn promise_4_a_team_of_five_is_protected_too() {
    let mut world = World::with_services(&FIVE);
    lose_one_by_one(&mut world, &["A", "B"]);
    world.auto_mode("0s");
    let run = world.sync();
    assert_eq!(breach(&run), Some((2, 1, 1)));
    run.changes_nothing().ends(Ending::SomethingWaits);
    assert_eq!(world.waiting_about("A"), ["deactivate"]);
    assert_eq!(world.waiting_about("B"), ["deactivate"]);
    assert!(world.is_bookable("A") && world.is_bookable("B"));
}

/// Five hundred services have the same hard limit as twenty-five, not a fifth of all.
#[test]
fn promise_4_a_team_of_five_hundred_loses_no_more_than_the_number() {
    let names = many(500);
    let mut world = World::with_services(&refs(&names));
    lose_one_by_one(&mut world, &refs(&names[..6]));
    world.auto_mode("0s");
    let run = world.sync();
    assert_eq!(breach(&run), Some((6, 5, 5)));
    run.changes_nothing();
    world.sets("safety", "max_deactivations", "6");
    assert_eq!(world.sync().switched_off().len(), 6);
}

/// The limit is over seven days: one a day is as bad as seven in one night.
#[test]
fn promise_4_the_limit_holds_over_any_seven_days() {
    let mut world = World::with_services(&FIVE);
    world.auto_mode("0s");
    world.calcom_removes("A");
    world.syncs(2);
    world.sync().applies("A", ChangeKind::Deactivate);
    let first = world.now;
    world.calcom_removes("B");
    loop {
        world.passes(4 * 60);
        let run = world.sync_now();
        if world.now - first >= chrono::TimeDelta::days(7) {
            run.applies("B", ChangeKind::Deactivate);
            break;
        }
        run.changes_nothing();
        assert!(world.is_bookable("B"));
    }
}

/// The percentage is of the most services there were, so that it does not shrink with them, and
/// what is used up stays used up.
#[test]
fn promise_4_the_percentage_is_of_the_most_active_services_in_those_days() {
    let names = many(10);
    let mut world = World::with_services(&refs(&names));
    lose_one_by_one(&mut world, &refs(&names[..3]));
    for name in &names[..3] {
        world.passes(1);
        world.ana_approves(name);
    }
    // Seven of ten are switched off by people at the same time: the high-water mark stays ten.
    for name in &names[3..9] {
        world.somebody_edits(name, "is_active", 0);
    }
    let run = world.sync();
    assert_eq!(run.switched_off(), ["Service 0", "Service 1"], "the oldest yes first");
    assert_eq!(run.changes_of("Service 2"), [(ChangeKind::Deactivate, ChangeStatus::Waiting)]);
    assert!(run.company().changes.iter().any(|change| change.reason.contains("until 2026-01-")));
    world.syncs(5);
    assert!(world.is_bookable("Service 2"));
}

/// More than the limits needs a person who names the number.
#[test]
fn promise_4_a_person_who_names_the_number_may_do_more() {
    let mut world = World::with_services(&FIVE);
    lose_one_by_one(&mut world, &["A", "B", "C"]);
    for name in ["A", "B", "C"] {
        world.ana_approves(name);
        world.passes(1);
    }
    assert_eq!(world.sync().switched_off(), ["A"]);
    assert_eq!(world.syncs(20).switched_off(), Vec::<&str>::new());
    world
        .ledger()
        .execute("UPDATE review_items SET mass = 1 WHERE state = 'approved'", ())
        .unwrap();
    assert_eq!(world.sync().switched_off(), ["B", "C"]);
}

/// When a plan as a whole looks wrong, nothing that nobody approved goes on either.
#[test]
fn promise_4_a_breach_stops_the_companys_other_automatic_changes() {
    let mut world = World::with_services(&FIVE);
    lose_one_by_one(&mut world, &["A", "B"]);
    world.auto_mode("0s");
    world.calcom_adds(TEAM, "Brand new");
    let run = world.sync();
    assert!(breach(&run).is_some());
    assert_eq!(run.changes_of("Brand new"), [(ChangeKind::Import, ChangeStatus::Waiting)]);
    run.changes_nothing();
    assert_eq!(world.rows().len(), 5);
}

/// Even with every limit open, auto mode never switches off the last one.
#[test]
fn promise_4_the_last_active_service_is_never_switched_off_without_asking() {
    let mut world = World::with_services(&["A", "B"]);
    world.sets("safety", "max_deactivation_percent", "100");
    world.sets("safety", "max_shrink_percent", "100");
    world.calcom_adds(TEAM, "Hidden");
    world.calcom_edits("Hidden", |it| it.hidden = true);
    world.sync();
    lose_one_by_one(&mut world, &["A", "B"]);
    world.auto_mode("0s");
    assert_eq!(world.sync().switched_off(), ["A"]);
    world.syncs(30).changes_nothing();
    assert!(world.is_bookable("B"));
}

//! The plan as a whole: its numbers, its order, and its bytes.

use super::World;
use crate::decide::assess::Coverage;
use crate::decide::fixtures::{absence, event_type, event_types, inactive, row, unlinked};
use crate::model::ids::ServiceId;
use crate::model::policy::Consent;
use crate::model::review::HoldTarget;
use crate::model::run::Counts;
use crate::model::service::SyncStatus;

/// The day after the repair: 18 services in step, 27 new event types, 15 old rows without one.
fn the_repaired_catalogue() -> World {
    let mut world = World::new();
    world.company.policy.import = Consent::Off;
    world.listed = event_types(1..=45);
    world.rows = (1..=18).map(|id| row(id, &format!("Type {id}"), id)).collect();
    let old = |id| inactive(row(id, &format!("Test {id}"), 1000 + id), SyncStatus::Error);
    world.rows.extend((19..=33).map(old));
    world
}

/// `new` counts unlinked event types whatever the policy says; old inactive rows are left alone.
#[test]
fn the_numbers_of_the_repaired_catalogue_are_right() {
    let plan = the_repaired_catalogue().plan();
    let expected = Counts { matched: 18, new: 27, orphaned_inactive: 15, ..Counts::default() };
    assert_eq!(plan.counts, expected);
    assert_eq!(plan.active_services, 18);
    assert_eq!(plan.coverage, Coverage::Whole);
    assert!(plan.decisions.iter().all(|decision| decision.action.change().is_none()));
}

/// What is watched, held and drifted is counted.
#[test]
fn what_is_watched_held_and_drifted_is_counted() {
    let mut world = World::new();
    world.rows = vec![
        row(1, "Gone", 10),
        row(2, "Old name", 20),
        row(3, "Held", 30),
        row(4, "Long gone", 40),
        unlinked(5, "Alone"),
    ];
    world.listed = vec![event_type(20, "New name"), event_type(30, "Held")];
    world.memory.absences.insert(ServiceId(1), absence(2, 0));
    world.memory.absences.insert(ServiceId(4), absence(3, 0));
    world.hold(HoldTarget::Service(ServiceId(3)));
    let expected = Counts { matched: 2, watching: 1, drifted: 1, held: 1, ..Counts::default() };
    assert_eq!(world.plan().counts, expected);
    assert_eq!(world.plan().active_services, 5);
}

/// Several services of one event type are one matched event type, and both are proposed.
#[test]
fn services_that_share_a_link_are_each_decided() {
    let mut world = World::new();
    world.rows = vec![row(1, "Short", 10), row(2, "Long", 10), row(3, "Colour", 20)];
    world.listed = vec![event_type(20, "Colour")];
    for id in [1, 2] {
        world.memory.absences.insert(ServiceId(id), absence(3, 0));
    }
    let lines = world.decides();
    assert!(lines[0].starts_with("1/10 propose-deactivation"), "{lines:?}");
    assert!(lines[1].starts_with("2/10 propose-deactivation"), "{lines:?}");
    world.listed = vec![event_type(10, "Short"), event_type(20, "Colour")];
    assert_eq!(world.plan().counts.matched, 2);
}

/// Rows in order of their ids, then new event types in theirs, however Cal.com sent them.
#[test]
fn decisions_stand_in_order() {
    let mut world = World::new();
    world.rows = vec![row(1, "B", 20), row(2, "A", 10), unlinked(7, "C")];
    world.listed = [90, 10, 80, 20, 85].map(|id| event_type(id, &format!("T{id}"))).into();
    let subjects: Vec<String> =
        world.decides().iter().map(|line| line.split(' ').next().unwrap().into()).collect();
    assert_eq!(subjects, ["1/20", "2/10", "7/-", "-/80", "-/85", "-/90"]);
}

/// Same input, same plan, byte for byte.
#[test]
fn the_same_input_makes_the_same_plan() {
    let mut world = the_repaired_catalogue();
    world.company.policy.import = Consent::Auto;
    world.rows.push(unlinked(40, "Type 44"));
    world.rows.push(row(41, "type 45", 999));
    let bytes = format!("{:?}", world.plan());
    for _ in 0..3 {
        assert_eq!(format!("{:?}", world.plan()), bytes);
    }
    world.listed.reverse();
    assert_eq!(format!("{:?}", world.plan()), bytes, "the order sent does not matter");
}

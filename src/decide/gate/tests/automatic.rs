//! What may happen without asking: all of it or none.

use super::{World, asking, automatic, switching_off};
use crate::decide::fixtures::{event_type, inactive, minute, row, unlinked};
use crate::decide::gate::{Breach, WaitsFor};
use crate::model::change::Column;
use crate::model::decision::Action;
use crate::model::ids::{JournalId, ServiceId};
use crate::model::policy::{Consent, FieldPolicy};
use crate::model::review::Breadth;
use crate::model::run::ChangeKind;
use crate::model::service::SyncStatus;

/// As many as there is room for go on to their look-up.
#[test]
fn in_auto_mode_what_fits_is_switched_off() {
    let world = automatic(18, 3);
    let gate = world.gate();
    assert_eq!(switching_off(&gate), [1, 2, 3]);
    assert!(gate.breach.is_none() && asking(&gate).is_empty());
    let intent = gate.due[0].intent().unwrap();
    assert_eq!(intent.review_id, None);
    let why = "absent in 3 consecutive accepted observations; policy.deactivate is auto";
    assert_eq!(intent.reason.as_ref(), why);
    assert!(gate.cleared.is_empty(), "nothing is cleared before its look-up");
}

/// More due than room: none is cleared, all are asked, and the breach says the numbers.
#[test]
fn more_than_the_limits_leave_room_for_is_asked_about_as_a_whole() {
    for (active, orphans, used, left) in
        [(18, 4, 0, 3), (18, 3, 1, 2), (18, 1, 3, 0), (5, 2, 0, 1), (2, 2, 0, 1), (500, 6, 0, 5)]
    {
        let mut world = automatic(active, orphans);
        world.memory.window.switched_off_at = vec![minute(1); used];
        let gate = world.gate();
        let name = format!("{orphans} of {active}, {used} used");
        assert!(switching_off(&gate).is_empty(), "{name}");
        assert_eq!(asking(&gate), (1..=orphans).collect::<Vec<_>>(), "{name}");
        let due = u32::try_from(orphans).unwrap();
        let breach = Breach { due, left, room: gate.room.clone() };
        assert_eq!(gate.breach, Some(breach), "{name}");
        let why = gate.due[0].question().reason.clone();
        assert!(why.ends_with("more are due than the limits leave room for"), "{why}");
    }
}

/// Something is wrong with the plan as a whole: whatever nobody approved stops.
#[test]
fn a_breach_stops_every_other_automatic_change() {
    let mut world = automatic(18, 4);
    world.company.policy.link = Consent::Auto;
    world.company.policy.fields.insert(Column::Name, FieldPolicy::Source);
    world.rows[17].name = "Old name".into();
    world.rows.push(inactive(row(19, "Back", 1019), SyncStatus::Error));
    world.memory.switched_off_by_us.insert(ServiceId(19), JournalId(7));
    world.rows.push(unlinked(20, "Link me"));
    let new = [(1019, "Back"), (1020, "Link me"), (1021, "New")];
    world.listed.extend(new.map(|(id, name)| event_type(id, name)));

    let gate = world.gate();
    assert!(gate.breach.is_some() && gate.cleared.is_empty());
    let waiting: Vec<ChangeKind> = gate.waiting.iter().map(|waiting| waiting.kind).collect();
    let all = [ChangeKind::Import, ChangeKind::Update, ChangeKind::Reactivate, ChangeKind::Link];
    assert_eq!(waiting, all);
    assert!(gate.waiting.iter().all(|waiting| waiting.waits_for == WaitsFor::Breach));

    // Without the fourth orphan there is no breach, and they all go on.
    world.listed.push(event_type(1004, "Service 4"));
    let gate = world.gate();
    let cleared: Vec<ChangeKind> = gate.cleared.iter().map(|one| one.intent().kind).collect();
    assert_eq!((cleared, gate.waiting.len()), (all.to_vec(), 0));
    assert_eq!(switching_off(&gate), [1, 2, 3]);
}

/// In a breach, what a person approved still goes on.
#[test]
fn a_breach_does_not_stop_what_a_person_approved() {
    let mut world = automatic(18, 5);
    world.ask_everything();
    world.approve(2, 1, Breadth::WithinLimits);
    let gate = world.gate();
    assert_eq!(switching_off(&gate), [2]);
    let breach = gate.breach.unwrap();
    assert_eq!((breach.due, breach.left), (4, 2));
}

/// Approved ones take room first; the automatic ones have what is left.
#[test]
fn approved_deactivations_come_before_automatic_ones() {
    let mut world = World::with_orphans(18, 3);
    world.ask_everything();
    world.approve(3, 1, Breadth::WithinLimits);
    world.company.policy.deactivate = Consent::Auto;
    let gate = world.gate();
    assert_eq!(switching_off(&gate), [3, 1, 2]);
    world.memory.window.switched_off_at = vec![minute(1)];
    let gate = world.gate();
    assert_eq!(switching_off(&gate), [3]);
    assert!(gate.breach.is_some());
}

/// The plan saw them all still on: the last one that is left is never switched off unasked.
#[test]
fn the_last_active_service_is_judged_again_after_each_one() {
    for active in [2, 3, 5] {
        let mut world = automatic(active, active);
        world.company.safety.max_deactivation_percent = 100;
        assert!(
            world.plan().decisions.iter().all(|one| matches!(one.action, Action::Deactivate(_)))
        );
        let gate = world.gate();
        assert!(gate.breach.is_none());
        assert_eq!(switching_off(&gate), (1..active).collect::<Vec<_>>());
        assert_eq!(asking(&gate), [active]);
        let why = gate.due.last().unwrap().question().reason.clone();
        assert!(why.ends_with("the company's last active service"), "{why}");
    }
    // Approved ones count too.
    let mut world = World::with_orphans(2, 2);
    world.company.safety.max_deactivation_percent = 100;
    world.ask_everything();
    world.approve(1, 1, Breadth::WithinLimits);
    world.memory.open_items.truncate(1);
    world.company.policy.deactivate = Consent::Auto;
    let gate = world.gate();
    assert_eq!((switching_off(&gate), asking(&gate)), (vec![1], vec![2]));
}

//! What a person's yes does, and what undoes it.

use super::{World, asking, switching_off, turns, waiting_for_room};
use crate::decide::fixtures::{
    OTHER_TEAM, TEAM, absence, company_of, event_type, minute, pending, row,
};
use crate::decide::gate::WaitsFor;
use crate::model::change::Column;
use crate::model::ids::{ReviewId, ServiceId};
use crate::model::policy::Consent;
use crate::model::review::{Breadth, HoldTarget, ReviewState};
use Breadth::{Mass, WithinLimits};
use chrono::TimeDelta;

/// `orphans` of eighteen services, all asked about: item N is about service N.
fn asked(orphans: i64) -> World {
    let mut world = World::with_orphans(18, orphans);
    world.ask_everything();
    assert_eq!(world.memory.open_items.len(), usize::try_from(orphans).unwrap());
    world
}

/// Asking is not doing: without a yes nothing is switched off, and nothing is asked twice.
#[test]
fn nothing_is_switched_off_without_a_yes() {
    let world = World::with_orphans(18, 18);
    let gate = world.gate();
    assert_eq!(asking(&gate), (1..=18).collect::<Vec<_>>());
    assert_eq!(gate.due[0].question().name.as_ref(), "Service 1");
    assert!(gate.cleared.is_empty() && gate.breach.is_none());

    let gate = asked(18).gate();
    assert!(gate.due.is_empty() && gate.questions.is_empty() && gate.turns.is_empty());
}

/// The oldest yes goes first, as far as there is room; the rest wait, and say until when.
#[test]
fn approvals_are_applied_oldest_first_and_the_rest_wait() {
    let mut world = asked(5);
    for (item, at) in [(1, 50), (2, 40), (3, 30), (4, 20), (5, 10)] {
        world.approve(item, at, WithinLimits);
    }
    let gate = world.gate();
    let freed = Some(world.now + TimeDelta::days(7));
    assert_eq!(switching_off(&gate), [5, 4, 3]);
    assert_eq!(waiting_for_room(&gate), [(2, freed), (1, freed)]);
    let intent = gate.due[0].intent().unwrap();
    assert_eq!(intent.review_id, Some(ReviewId(5)));
    let why = "absent in 3 consecutive accepted observations; approved by ana";
    assert_eq!(intent.reason.as_ref(), why);
    assert!(gate.turns.is_empty(), "a yes that waits stays a yes");
}

/// Each waits for its own place in the window, not all for the first one.
#[test]
fn each_waiting_approval_says_when_its_own_place_is_free() {
    let mut world = asked(4);
    (1..=4).for_each(|item| world.approve(item, item, WithinLimits));
    world.memory.window.switched_off_at = vec![minute(1), minute(2)];
    let gate = world.gate();
    let week = TimeDelta::days(7);
    assert_eq!(switching_off(&gate), [1]);
    let expected =
        [(2, Some(minute(1) + week)), (3, Some(minute(2) + week)), (4, Some(world.now + week))];
    assert_eq!(waiting_for_room(&gate), expected);

    // Of one place a week, the second waits a week longer than the first.
    world.company.safety.max_deactivations = 1;
    world.memory.window.switched_off_at = vec![minute(1)];
    let waiting = waiting_for_room(&world.gate());
    assert_eq!(waiting[0], (1, Some(minute(1) + week)));
    assert_eq!(waiting[3], (4, Some(minute(1) + week * 4)));
}

/// A yes that named its number is not bound by the limits; those beside it still are.
#[test]
fn a_mass_approval_passes_the_limits() {
    let mut world = asked(8);
    (1..=8).for_each(|item| world.approve(item, item, Mass));
    let gate = world.gate();
    assert_eq!(switching_off(&gate), (1..=8).collect::<Vec<_>>());
    assert!(gate.waiting.is_empty());

    // They take the room of the others, who came later or earlier.
    world.memory.window.switched_off_at = vec![minute(1), minute(2), minute(3)];
    world.approve(1, 0, WithinLimits);
    let gate = world.gate();
    assert_eq!(switching_off(&gate), (2..=8).collect::<Vec<_>>());
    assert_eq!(waiting_for_room(&gate), [(1, Some(world.now + TimeDelta::days(7)))]);
}

/// A row whose local edit waits keeps its values; its yes waits, and takes no room.
#[test]
fn a_yes_about_a_row_with_local_edits_waits_for_the_application() {
    let mut world = World::with_orphans(18, 4);
    world.rows[0] = pending(world.rows[0].clone());
    world.ask_everything();
    (1..=4).for_each(|item| world.approve(item, item, Mass));
    (2..=4).for_each(|item| world.approve(item, item, WithinLimits));
    let gate = world.gate();
    assert_eq!(switching_off(&gate), [2, 3, 4]);
    assert_eq!(gate.waiting[0].waits_for, WaitsFor::LocalEdits);
    assert_eq!(gate.waiting[0].change.service_id(), Some(ServiceId(1)));
}

/// A yes is to exactly one change: as soon as the facts change it is void, and asked anew.
#[test]
fn an_approval_is_void_as_soon_as_the_facts_change() {
    type Fact = fn(&mut World);
    let facts: [(&str, Fact); 4] = [
        ("the row", |world| world.rows[0].sync_error = Some("changed".into())),
        ("its state of sync", |world| world.rows[0].sync_status = None),
        ("the scope: another set of teams", |world| {
            world.company.teams = company_of(&[TEAM, OTHER_TEAM]).teams;
            world.listed_by_other_team = Some(vec![]);
        }),
        ("the columns written", |world| {
            world.company.mapped =
                Column::ALL.into_iter().filter(|column| *column != Column::SyncError).collect();
        }),
    ];
    for (name, change) in facts {
        let mut world = asked(1);
        world.approve(1, 1, Mass);
        assert_eq!(switching_off(&world.gate()), [1], "{name}");
        change(&mut world);
        let gate = world.gate();
        assert!(switching_off(&gate).is_empty(), "{name}");
        assert_eq!(asking(&gate), [1], "{name}: asked anew");
        assert_eq!(turns(&gate), [(ReviewId(1), ReviewState::Void)], "{name}");
    }
    // What is not among the facts changes nothing.
    let mut world = asked(1);
    world.approve(1, 1, WithinLimits);
    world.memory.absences.get_mut(&ServiceId(1)).unwrap().streak.0 = 99;
    world.rows[0].name = "Another name".into();
    world.listed.push(event_type(7, "New elsewhere"));
    let gate = world.gate();
    assert_eq!((switching_off(&gate), turns(&gate)), (vec![1], vec![]));
}

/// What is present again, held, or not wanted any more is not asked any more, approved or not.
#[test]
fn a_question_that_is_not_asked_any_more_is_void() {
    type Fact = fn(&mut World);
    let facts: [(&str, Fact); 5] = [
        ("listed again", |world| world.listed.push(event_type(1001, "Service 1"))),
        ("held", |world| world.hold(HoldTarget::Service(ServiceId(1)))),
        ("the streak starts again", |world| world.memory.absences.clear()),
        ("the policy is off", |world| world.company.policy.deactivate = Consent::Off),
        ("a relink comes first", |world| world.listed.push(event_type(7, "Service 1"))),
    ];
    for (name, change) in facts {
        for approved in [false, true] {
            let mut world = asked(1);
            if approved {
                world.approve(1, 1, Mass);
            }
            change(&mut world);
            let gate = world.gate();
            assert!(gate.due.is_empty(), "{name}");
            assert_eq!(turns(&gate), [(ReviewId(1), ReviewState::Void)], "{name}");
        }
    }
}

/// A yes that was not used in time is no yes; the question is asked again.
#[test]
fn an_approval_expires() {
    let mut world = asked(1);
    world.approve(1, 0, Mass);
    let expires_at = world.item(1).approval.as_ref().unwrap().expires_at;
    world.now = expires_at - TimeDelta::milliseconds(1);
    assert_eq!(switching_off(&world.gate()), [1]);

    world.now = expires_at;
    let gate = world.gate();
    assert_eq!(turns(&gate), [(ReviewId(1), ReviewState::Expired)]);
    assert_eq!((switching_off(&gate), asking(&gate)), (vec![], vec![1]));
}

/// A yes that a clock far ahead wrote does not live until the real one has got there; one of a
/// clock that was put back a little still counts.
#[test]
fn a_yes_of_a_clock_that_was_far_ahead_is_no_yes() {
    let mut world = asked(1);
    world.approve(1, 0, Mass);
    let yes = world.item(1).approval.clone().unwrap();
    let ttl = yes.expires_at - yes.at;
    world.now = yes.at - ttl;
    assert_eq!(switching_off(&world.gate()), [1]);

    world.now = yes.at - ttl - TimeDelta::milliseconds(1);
    let gate = world.gate();
    assert_eq!(turns(&gate), [(ReviewId(1), ReviewState::Expired)]);
    assert!(gate.turns[0].note.contains("a clock that was far ahead"), "{gate:#?}");
    assert_eq!((switching_off(&gate), asking(&gate)), (vec![], vec![1]));
}

/// A yes counts while the question stands as approved, and not a moment longer.
#[test]
fn a_yes_that_was_taken_back_is_no_yes() {
    for state in [ReviewState::Pending, ReviewState::Snoozed] {
        let mut world = asked(1);
        world.approve(1, 1, Mass);
        world.item(1).state = state;
        let gate = world.gate();
        assert!(gate.due.is_empty() && gate.waiting.is_empty(), "{state}");
    }
}

/// Later is later, and then it is asked again without being asked twice.
#[test]
fn a_snoozed_question_wakes_up_when_its_time_has_come() {
    let mut world = asked(1);
    let until = world.now + TimeDelta::hours(1);
    world.item(1).state = ReviewState::Snoozed;
    world.item(1).snoozed_until = Some(until);
    let gate = world.gate();
    assert!(gate.due.is_empty() && gate.turns.is_empty());

    world.now = until;
    let gate = world.gate();
    assert!(gate.due.is_empty());
    assert_eq!(turns(&gate), [(ReviewId(1), ReviewState::Pending)]);
}

/// What was snoozed and is no longer so does not come back to the queue for a run.
#[test]
fn a_snoozed_question_whose_facts_have_changed_does_not_wake_up() {
    let mut world = asked(1);
    let until = world.now;
    world.item(1).state = ReviewState::Snoozed;
    world.item(1).snoozed_until = Some(until);
    world.memory.absences.insert(ServiceId(1), absence(1, 0));
    assert_eq!(turns(&world.gate()), [(ReviewId(1), ReviewState::Void)]);
}

/// A "later" that a clock far ahead wrote hides its question no longer than it was meant to. It is
/// shown again, and auto mode still does not overrule it.
#[test]
fn a_later_of_a_clock_that_was_far_ahead_hides_nothing() {
    let mut world = asked(1);
    let (said, hour) = (world.now + TimeDelta::days(365), TimeDelta::hours(1));
    world.company.policy.deactivate = Consent::Auto;
    world.item(1).state = ReviewState::Snoozed;
    (world.item(1).answered_at, world.item(1).snoozed_until) = (Some(said), Some(said + hour));
    let gate = world.gate();
    assert_eq!(turns(&gate), [(ReviewId(1), ReviewState::Pending)]);
    assert!(gate.due.is_empty(), "{gate:#?}");

    world.item(1).state = ReviewState::Pending;
    let gate = world.gate();
    assert!(gate.due.is_empty() && gate.turns.is_empty(), "{gate:#?}");

    // A clock that was put back by less than the hour keeps the word.
    world.item(1).state = ReviewState::Snoozed;
    world.now = said - hour;
    assert!(world.gate().turns.is_empty());
}

/// "Later" is a person's word too: switching the policy to auto does not overrule it.
#[test]
fn auto_mode_does_not_overrule_a_snooze() {
    let mut world = asked(1);
    world.item(1).state = ReviewState::Snoozed;
    world.item(1).snoozed_until = Some(world.now + TimeDelta::hours(1));
    world.company.policy.deactivate = Consent::Auto;
    let gate = world.gate();
    assert!(gate.due.is_empty() && gate.questions.is_empty() && gate.turns.is_empty());
}

/// Two yeses to "which of these is it?" link one of them, not both.
#[test]
fn no_event_type_is_linked_to_two_services_by_two_yeses() {
    let mut world = World::new();
    world.listed.push(event_type(2001, "Facial"));
    for id in [1, 2] {
        let mut unlinked = row(id, "Facial", 0);
        unlinked.event_type_id = None;
        world.rows.push(unlinked);
    }
    world.ask_everything();
    world.approve(1, 1, WithinLimits);
    world.approve(2, 2, WithinLimits);
    let gate = world.gate();
    assert_eq!(gate.cleared.len(), 1);
    assert_eq!(turns(&gate), [(ReviewId(2), ReviewState::Void)]);
}

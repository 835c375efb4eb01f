//! Why is it off, and who decided it?

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::{Cause, Fact, Sight, State, StoryEvent, sentence};
use crate::model::ids::{EventTypeId, RunId};
use crate::model::run::ChangeKind;
use crate::report::fixtures::{at, deactivation};
use crate::report::lines::{ChangeLine, ChangeStatus};

fn seen(run: i64, is_active: bool) -> StoryEvent {
    let sight = Sight {
        name: "Dauerwelle".into(),
        event_type_id: Some(EventTypeId(3_757_770)),
        is_active,
        sync_status: None,
    };
    StoryEvent { at: at(30 * run), run_id: Some(RunId(run)), fact: Fact::Seen(sight) }
}

fn off(run: i64, status: ChangeStatus) -> StoryEvent {
    let change = deactivation(438, "Dauerwelle", status);
    StoryEvent { at: at(30 * run), run_id: Some(RunId(run)), fact: Fact::Changed(Box::new(change)) }
}

fn answer(events: &[StoryEvent]) -> String {
    let (state, cause) = Cause::of(events).unwrap();
    sentence(state, &cause, chrono_tz::Europe::Berlin)
}

#[test]
fn what_we_switched_off_names_the_run_the_reason_and_the_person() {
    let events = [seen(1, true), off(2, ChangeStatus::Applied), seen(3, false)];
    assert_eq!(
        answer(&events),
        "Off since 2025-11-04 23:25 CET: run 2 switched it off; absent in 3 consecutive accepted observations; approved by ana."
    );
}

#[test]
fn what_was_off_before_us_is_not_ours() {
    assert_eq!(
        answer(&[seen(1, false)]),
        "Off, and not by reconciler: it was off when run 1 first saw it on 2025-11-04 22:55 CET."
    );
}

#[test]
fn what_a_person_switched_off_is_not_ours() {
    let events = [seen(1, true), off(2, ChangeStatus::Conflict), seen(3, false)];
    assert_eq!(
        answer(&events),
        "Off, and not by reconciler: somebody else switched it off before run 3 saw it so on 2025-11-04 23:55 CET."
    );
}

#[test]
fn what_a_person_switched_on_again_after_us_is_on_by_them() {
    let events = [seen(1, true), off(2, ChangeStatus::Applied), seen(3, true)];
    assert!(answer(&events).starts_with("On, and not by reconciler: somebody else switched it on"));
}

#[test]
fn what_a_rollback_put_back_is_ours() {
    let change = ChangeLine {
        kind: ChangeKind::Revert,
        before: deactivation(438, "", ChangeStatus::Applied).after,
        after: deactivation(438, "", ChangeStatus::Applied).before,
        reason: "rolls back run 2, by ana".into(),
        ..deactivation(438, "Dauerwelle", ChangeStatus::Applied)
    };
    let back =
        StoryEvent { at: at(90), run_id: Some(RunId(3)), fact: Fact::Changed(Box::new(change)) };
    let events = [seen(1, true), off(2, ChangeStatus::Applied), back];
    assert_eq!(
        answer(&events),
        "On since 2025-11-04 23:55 CET: run 3 put it back to on; rolls back run 2, by ana."
    );
}

#[test]
fn what_was_cut_off_is_not_claimed() {
    let events = [seen(1, true), off(2, ChangeStatus::Unknown)];
    assert!(answer(&events).starts_with("Perhaps off: run 2 was about to switch it so"));
}

#[test]
fn a_row_that_is_gone_is_gone() {
    let gone = StoryEvent { at: at(60), run_id: Some(RunId(2)), fact: Fact::Gone };
    let (state, _) = Cause::of(&[seen(1, true), gone]).unwrap();
    assert_eq!(state, State::Gone);
}

//! Questions other than deactivations: imports, links, reactivations; and what voids them.

use super::{World, asking, turns};
use crate::decide::fixtures::{
    OTHER_TEAM, TEAM, company_of, event_type, event_types, ids, inactive, pending, row, unlinked,
};
use crate::decide::gate::{WaitsFor, void_what_is_shown};
use crate::model::ids::{ObservationId, ReviewId};
use crate::model::policy::Consent;
use crate::model::review::{Breadth, ReviewKind, ReviewState};
use crate::model::run::ChangeKind;
use crate::model::service::SyncStatus;

fn new_ones(count: i64) -> World {
    let mut world = World::new();
    world.listed = event_types(1..=count);
    world
}

/// More imports than `max_imports` wait for review as one mass change.
#[test]
fn many_imports_are_one_question() {
    for (count, cleared, questions) in [(0, 0, 0), (1, 1, 0), (10, 10, 0), (11, 0, 1), (45, 0, 1)] {
        let gate = new_ones(count).gate();
        let seen = (gate.cleared.len(), gate.questions.len());
        assert_eq!(seen, (cleared, questions), "{count} new event types");
    }
    let gate = new_ones(45).gate();
    let question = &gate.questions[0];
    assert_eq!(question.subject.kind, ReviewKind::ImportBatch);
    assert_eq!(question.changes.len(), 45);
    assert_eq!(question.reason.as_ref(), "45 are new at Cal.com, more than max_imports = 10");
}

/// A yes to the batch imports all of it, and nothing that came later.
#[test]
fn an_approved_batch_is_imported_as_a_whole() {
    let mut world = new_ones(45);
    world.ask_everything();
    assert!(world.gate().cleared.is_empty() && world.gate().questions.is_empty());

    world.approve(1, 1, Breadth::WithinLimits);
    let gate = world.gate();
    assert_eq!(gate.cleared.len(), 45);
    let intent = gate.cleared[44].intent();
    assert_eq!((intent.kind, intent.name.as_ref()), (ChangeKind::Import, "Type 45"));
    assert_eq!(intent.review_id, Some(ReviewId(1)));

    world.listed.push(event_type(46, "One more"));
    let gate = world.gate();
    assert!(gate.cleared.is_empty());
    assert_eq!((gate.questions.len(), turns(&gate)), (1, vec![(ReviewId(1), ReviewState::Void)]));
}

/// Links, relinks, imports and reactivations are asked once, and done after a yes.
#[test]
fn each_question_is_asked_once_and_done_after_a_yes() {
    let mut world = World::with_orphans(3, 1);
    world.company.policy.import = Consent::Review;
    world.rows.push(inactive(row(4, "Old sync", 1004), SyncStatus::Error));
    world.rows.push(unlinked(5, "Link me"));
    world.listed.push(event_type(1004, "Old sync"));
    world.listed.extend([
        event_type(2001, "Service 1"),
        event_type(2002, "Link me"),
        event_type(2003, "New"),
    ]);
    let gate = world.gate();
    let kinds: Vec<ReviewKind> = gate.questions.iter().map(|one| one.subject.kind).collect();
    let all = [ReviewKind::Reactivate, ReviewKind::Relink, ReviewKind::Link, ReviewKind::Import];
    assert_eq!((kinds, asking(&gate)), (all.to_vec(), vec![]));
    assert!(gate.cleared.is_empty(), "nobody said yes");

    world.ask_everything();
    assert!(world.gate().questions.is_empty());
    (1..=4).for_each(|item| world.approve(item, item, Breadth::WithinLimits));
    let done: Vec<ChangeKind> = world.gate().cleared.iter().map(|one| one.intent().kind).collect();
    let kinds = all.map(|kind| kind.change_kind().unwrap());
    assert_eq!(done, kinds);
}

/// An approved relink of a row with a local edit waits for the application.
#[test]
fn an_approved_relink_waits_for_local_edits() {
    let mut world = World::with_orphans(3, 1);
    world.rows[0] = pending(world.rows[0].clone());
    world.listed.push(event_type(2001, "Service 1"));
    world.ask_everything();
    world.approve(1, 1, Breadth::WithinLimits);
    let gate = world.gate();
    assert!(gate.cleared.is_empty());
    assert_eq!(gate.waiting[0].waits_for, WaitsFor::LocalEdits);
}

/// A run that does not know what is absent takes no question back, but one it asks anew.
#[test]
fn partial_coverage_sweeps_nothing_but_what_it_asks_anew() {
    let mut world = World::with_orphans(3, 1);
    world.company.teams = company_of(&[TEAM, OTHER_TEAM]).teams;
    world.listed_by_other_team = Some(Vec::new());
    world.rows.push(inactive(row(4, "Old sync", 1004), SyncStatus::Error));
    world.listed.push(event_type(1004, "Old sync"));
    world.ask_everything();
    assert_eq!(world.memory.open_items.len(), 2);

    world.listed_by_other_team = None;
    assert!(world.gate().turns.is_empty());

    world.rows[3].sync_error = Some("changed".into());
    let gate = world.gate();
    let asked_anew = gate.questions[0].subject;
    assert_eq!(asked_anew.kind, ReviewKind::Reactivate);
    let void = world.memory.open_items.iter().find(|item| item.question.subject == asked_anew);
    assert_eq!(turns(&gate), [(void.unwrap().id, ReviewState::Void)]);
}

/// Whether to believe an observation is not the plan's question: no plan takes it back.
#[test]
fn a_question_about_an_observation_is_never_swept() {
    let mut world = World::with_orphans(3, 1);
    world.ask_everything();
    let subject = &mut world.item(1).question.subject;
    subject.kind = ReviewKind::Observation;
    subject.observation_id = Some(ObservationId(7));
    assert!(world.gate().turns.is_empty());
}

/// A quarantined observation proves what it shows: questions that rest on its absence are void.
#[test]
fn what_is_shown_voids_the_questions_that_rest_on_its_absence() {
    let mut world = World::with_orphans(5, 2);
    world.listed.push(event_type(2002, "Service 2"));
    world.rows.push(inactive(row(6, "Old sync", 1006), SyncStatus::Error));
    world.listed.push(event_type(1006, "Old sync"));
    world.ask_everything();
    let items = &world.memory.open_items;
    let kinds: Vec<ReviewKind> = items.iter().map(|item| item.question.subject.kind).collect();
    assert_eq!(kinds, [ReviewKind::Reactivate, ReviewKind::Relink, ReviewKind::Deactivate]);

    let void = |shown: &[i64]| -> Vec<i64> {
        let turns = void_what_is_shown(items, &ids(shown.iter().copied()));
        assert!(turns.iter().all(|turn| turn.to == ReviewState::Void));
        turns.iter().map(|turn| turn.review_id.0).collect()
    };
    assert_eq!(void(&[]), [0; 0]);
    assert_eq!(void(&[1001]), [3]);
    assert_eq!(void(&[1002]), [2]);
    assert_eq!(void(&[1001, 1002, 1006, 2002]), [2, 3]);
}

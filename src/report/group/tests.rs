//! What belongs together, and in which order it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::{Cause, Circumstances, Finding, groups};
use crate::model::ids::{CompanyId, ObservationId, ReviewId, RunId};
use crate::model::review::{ReviewKind, ReviewState};
use crate::report::fixtures::{departure, item};

/// Three services of one list and one of a later list, an observation, an adoption, newcomers.
#[test]
fn questions_of_one_cause_are_one_story() {
    let mut items = vec![
        item(1, ReviewKind::Import, 5),
        item(2, ReviewKind::Deactivate, 8),
        item(3, ReviewKind::Relink, 6),
        item(4, ReviewKind::Deactivate, 9),
        item(5, ReviewKind::Observation, 9),
        item(6, ReviewKind::Reactivate, 1),
        item(7, ReviewKind::Reactivate, 2),
        item(8, ReviewKind::ImportBatch, 5),
        item(9, ReviewKind::Deactivate, 8),
        item(10, ReviewKind::Deactivate, 8),
        item(11, ReviewKind::Deactivate, 8),
        item(12, ReviewKind::Update, 7),
    ];
    items.last_mut().unwrap().state = ReviewState::Kept;
    items.get_mut(8).unwrap().question.subject.company_id = CompanyId(2);
    let mut around = Circumstances::default();
    for (id, observation) in [(2, 6), (3, 6), (4, 7), (9, 6), (10, 6)] {
        around.departures.insert(ReviewId(id), departure(observation, 3));
    }
    let told: Vec<(Cause, i64, Vec<i64>)> = groups(&items, &around)
        .into_iter()
        .map(|group| {
            let ids = group.items.iter().map(|item| item.id.0).collect();
            (group.cause, group.company_id.0, ids)
        })
        .collect();
    assert_eq!(
        told,
        [
            (Cause::SwitchedOff, 1, vec![6, 7]),
            (Cause::Quarantined(ObservationId(5)), 1, vec![5]),
            (Cause::Gone(ObservationId(6)), 1, vec![2, 3, 10]),
            (Cause::Gone(ObservationId(6)), 2, vec![9]),
            (Cause::Gone(ObservationId(7)), 1, vec![4]),
            (Cause::Found(Finding::NeverListed, RunId(8)), 1, vec![11]),
            (Cause::Found(Finding::Newcomers, RunId(5)), 1, vec![1, 8]),
            (Cause::Over, 1, vec![12]),
        ]
    );
}

/// Nothing is lost and nothing is told twice, whatever is asked.
#[test]
fn every_question_is_in_one_group() {
    let items: Vec<_> =
        ReviewKind::ALL.into_iter().zip(1..).map(|(k, id)| item(id, k, 3)).collect();
    let around = Circumstances::default();
    let mut told: Vec<_> = groups(&items, &around)
        .iter()
        .flat_map(|group| group.items.clone())
        .map(|i| i.id)
        .collect();
    told.sort();
    assert_eq!(told, items.iter().map(|item| item.id).collect::<Vec<_>>());
}

//! Every rule of the audit, once kept and once broken.

use super::{Violation, audit};
use crate::model::Timestamp;
use crate::model::change::{Change, Column, Image, Value};
use crate::model::history::{ChangeFacts, History, IntervalEnd, IntervalFacts, QuestionFacts};
use crate::model::ids::{
    CompanyId, EventTypeId, JournalId, ObservationId, ReviewId, RunId, ServiceId, TeamId,
};
use crate::model::review::ReviewState;
use crate::model::run::{ChangeKind, EntryState, Intent, JournalEntry, RunKind};
use std::slice;

const CHANGE: JournalId = JournalId(77);
const QUESTION: ReviewId = ReviewId(5);

fn active(is_active: bool) -> Image {
    [(Column::IsActive, Value::Bool(is_active))].into_iter().collect()
}

/// A deactivation as it should be.
fn deactivation() -> ChangeFacts {
    let change = Change::Update {
        service_id: ServiceId(438),
        company_id: CompanyId(1),
        before: active(true),
        after: active(false),
    };
    ChangeFacts {
        entry: JournalEntry {
            id: CHANGE,
            run_id: RunId(12),
            at: Timestamp::UNIX_EPOCH,
            intent: Intent {
                kind: ChangeKind::Deactivate,
                change,
                name: "Cut".into(),
                reason: "absent".into(),
                review_id: Some(QUESTION),
            },
            state: EntryState::Applied,
            service_id: Some(ServiceId(438)),
            note: None,
        },
        run: RunKind::Sync,
        look_ups: vec!["not-found".into()],
        absences: 3,
        answered_by_a_person: true,
    }
}

fn interval(since: i64, end: Option<i64>) -> IntervalFacts {
    IntervalFacts {
        team_id: TeamId(1),
        event_type_id: EventTypeId(2),
        since: ObservationId(since),
        begun_by_a_proof: true,
        end: end.map(|id| IntervalEnd { observation_id: ObservationId(id), is_a_proof: true }),
    }
}

fn question(stands: ReviewState, turned: ReviewState) -> QuestionFacts {
    QuestionFacts { id: QUESTION, stands, turned, is_as_answered: true }
}

fn of_change(edit: impl FnOnce(&mut ChangeFacts)) -> Vec<Violation> {
    let mut facts = deactivation();
    edit(&mut facts);
    audit(&History { changes: vec![facts], ..History::default() })
}

fn of_intervals(intervals: Vec<IntervalFacts>) -> Vec<Violation> {
    audit(&History { intervals, ..History::default() })
}

#[test]
fn a_history_as_it_should_be_has_nothing_to_find() {
    let history = History {
        changes: vec![deactivation()],
        intervals: vec![interval(1, Some(4)), interval(4, Some(9)), interval(9, None)],
        questions: vec![question(ReviewState::Applied, ReviewState::Applied)],
    };
    assert_eq!(audit(&history), []);
}

#[test]
fn a_deactivation_rests_on_three_absences() {
    let found = of_change(|facts| facts.absences = 2);
    assert_eq!(found, [Violation::TooFewAbsences { change: CHANGE, absences: 2 }]);
}

#[test]
fn a_deactivation_rests_on_look_ups_that_all_say_not_found() {
    for answers in [vec![], vec!["exists"], vec!["not-found", "unclear"]] {
        let answers: Vec<Box<str>> = answers.into_iter().map(Into::into).collect();
        let found = of_change(|facts| facts.look_ups = answers.clone());
        assert_eq!(found, [Violation::NotLookedUp { change: CHANGE }], "{answers:?}");
    }
}

#[test]
fn a_change_that_answers_a_question_has_somebody_who_answered_it() {
    let found = of_change(|facts| facts.answered_by_a_person = false);
    assert_eq!(found, [Violation::NobodyApproved { change: CHANGE, question: QUESTION }]);
    let automatic = of_change(|facts| {
        facts.entry.intent.review_id = None;
        facts.answered_by_a_person = false;
    });
    assert_eq!(automatic, []);
}

#[test]
fn only_a_rollback_reverts_and_it_does_nothing_else() {
    let kind = ChangeKind::Revert;
    let found = of_change(|facts| facts.entry.intent.kind = kind);
    assert_eq!(found, [Violation::WrongKindOfRun { change: CHANGE, kind }]);
    let kind = ChangeKind::Deactivate;
    let found = of_change(|facts| facts.run = RunKind::Rollback { reverts: None });
    assert_eq!(found, [Violation::WrongKindOfRun { change: CHANGE, kind }]);
}

#[test]
fn an_applied_change_knows_its_row() {
    let found = of_change(|facts| facts.entry.service_id = None);
    assert_eq!(found, [Violation::AppliedNowhere { change: CHANGE }]);
    let open = of_change(|facts| {
        facts.entry.service_id = None;
        facts.entry.state = EntryState::Intended;
    });
    assert_eq!(open, []);
}

#[test]
fn presence_begins_and_ends_by_what_an_observation_shows() {
    let without = |observation| Violation::PresenceWithoutProof {
        team: TeamId(1),
        event_type: EventTypeId(2),
        observation: ObservationId(observation),
    };
    let begun = IntervalFacts { begun_by_a_proof: false, ..interval(3, None) };
    assert_eq!(of_intervals(vec![begun]), [without(3)]);
    let end = IntervalEnd { observation_id: ObservationId(8), is_a_proof: false };
    let ended = IntervalFacts { end: Some(end), ..interval(3, None) };
    assert_eq!(of_intervals(vec![ended]), [without(8)]);
}

#[test]
fn nothing_is_present_twice_at_once() {
    let since = ObservationId(5);
    let overlaps =
        Violation::PresenceOverlaps { team: TeamId(1), event_type: EventTypeId(2), since };
    assert_eq!(
        of_intervals(vec![interval(1, None), interval(5, None)]),
        slice::from_ref(&overlaps)
    );
    assert_eq!(of_intervals(vec![interval(1, Some(6)), interval(5, None)]), [overlaps]);
    let other_team = IntervalFacts { team_id: TeamId(2), ..interval(5, None) };
    assert_eq!(of_intervals(vec![interval(1, None), other_team]), []);
}

#[test]
fn a_question_stands_where_its_last_answer_left_it() {
    let (stands, turned) = (ReviewState::Approved, ReviewState::Pending);
    let history = History { questions: vec![question(stands, turned)], ..History::default() };
    let found = audit(&history);
    assert_eq!(found, [Violation::AnswerAltered { question: QUESTION, stands, turned }]);
    let extended = QuestionFacts { is_as_answered: false, ..question(stands, stands) };
    let history = History { questions: vec![extended], ..History::default() };
    let found = audit(&history);
    assert_eq!(found, [Violation::AnswerAltered { question: QUESTION, stands, turned: stands }]);
}

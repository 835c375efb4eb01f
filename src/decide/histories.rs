//! Every small history there is: six observations in which one event type is present, renamed or
//! absent, of an active or an inactive service. What is remembered between the runs is counted
//! here by hand, from the list of observations, and owes nothing to the ledger's view.

#![expect(clippy::panic, reason = "a test that cannot go on should stop")]

use super::assess::{Assessment, TeamInput, assess};
use super::fixtures::{
    OTHER_TEAM, TEAM, World, event_type, failing, inactive, minute, reading, row, scope,
};
use super::gate::Confirmed;
use crate::model::change::Column;
use crate::model::decision::{Absence, AbsenceStreak, Action, LastListed};
use crate::model::event_type::EventType;
use crate::model::ids::{EventTypeId, ObservationId, ServiceId};
use crate::model::memory::{AcceptedBy, PreviousObservation, TeamMemory, TeamPast};
use crate::model::observation::{Check, Observation, Series, Verdict};
use crate::model::policy::Consent;
use crate::model::reading::{LookUp, Reading};
use crate::model::review::ReviewState;
use crate::model::service::{Lifecycle, SyncStatus};
use std::collections::BTreeSet;

const SUBJECT: EventTypeId = EventTypeId(1);
const SERVICE: ServiceId = ServiceId(1);

/// What Cal.com does in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Present,
    Renamed,
    Absent,
    /// The answer is a list, and empty.
    Empty,
    /// The answer never comes.
    Failed,
}

/// Every history of so many observations.
fn histories(alphabet: &[Seen], length: u32) -> impl Iterator<Item = Vec<Seen>> + '_ {
    let count = alphabet.len().pow(length);
    (0..count).map(move |number| {
        let mut rest = number;
        let mut history = Vec::new();
        for _ in 0..length {
            history.extend(alphabet.get(rest % alphabet.len()));
            rest /= alphabet.len();
        }
        history
    })
}

/// What one run saw, as the tests remember it.
struct Remembered {
    observation: Observation,
    shows_subject: bool,
}

/// A salon of five services, of which the first one is the subject of the story.
struct Story {
    world: World,
    past: Vec<Remembered>,
}

impl Story {
    fn of(lifecycle: Lifecycle) -> Self {
        let mut world = World::new();
        world.rows = (1..=5).map(|id| row(id, &format!("Type {id}"), id)).collect();
        if let (Lifecycle::Inactive, Some(subject)) = (lifecycle, world.rows.first_mut()) {
            *subject = inactive(subject.clone(), SyncStatus::Synced);
        }
        let mut story = Self { world, past: Vec::new() };
        story.run(Seen::Present); // the baseline
        story
    }

    fn reading(&self, seen: Seen) -> Reading {
        let others = (2..=5).map(|id| event_type(id, &format!("Type {id}")));
        let list: Vec<EventType> = match seen {
            Seen::Failed => return failing(TEAM, self.world.now, Check::Transport),
            Seen::Empty => Vec::new(),
            Seen::Absent => others.collect(),
            Seen::Present => others.chain([event_type(SUBJECT.0, "Type 1")]).collect(),
            Seen::Renamed => others.chain([event_type(SUBJECT.0, "Renamed")]).collect(),
        };
        reading(TEAM, self.world.now, list)
    }

    fn team_memory(&self) -> TeamMemory {
        let accepted = |one: &&Remembered| one.observation.verdict == Verdict::Accepted;
        let previous = self.past.iter().rev().find(accepted).map(|one| PreviousObservation {
            id: ObservationId(1),
            at: one.observation.at,
            scope: one.observation.scope.clone(),
            event_types: one.observation.event_types.iter().flatten().map(|one| one.id).collect(),
            accepted_by: AcceptedBy::Checks,
        });
        let counted = |one: &&Remembered| one.observation.counts_for_absence();
        let last_counted_at = self.past.iter().rev().find(counted).map(|one| one.observation.at);
        let past = if previous.is_some() { TeamPast::HadSome } else { TeamPast::NeverHadAny };
        TeamMemory { previous, last_counted_at, past, retired_canaries: Vec::new() }
    }

    /// Counts back from the newest observation to the last one that shows the event type.
    fn absence(&self) -> Absence {
        let mut absence =
            Absence { streak: AbsenceStreak(0), since: None, last_listed: LastListed::Team(TEAM) };
        for Remembered { observation, shows_subject } in self.past.iter().rev() {
            if *shows_subject {
                break;
            }
            if observation.counts_for_absence() {
                absence.streak.0 += 1;
                absence.since = Some(observation.at);
            }
            if observation.verdict == Verdict::Accepted && observation.series == Series::Starts {
                break;
            }
        }
        absence
    }

    /// One run, half an hour after the last one. Tells whether it proposes to switch the subject
    /// off.
    fn run(&mut self, seen: Seen) -> bool {
        let runs = i64::try_from(self.past.len()).unwrap_or(0);
        self.world.now = minute(30 * (runs + 1));
        let reading = self.reading(seen);
        let input = TeamInput {
            scope: scope(&self.world.company, TEAM),
            memory: self.team_memory(),
            reading,
        };
        let active = self.world.rows.iter().filter(|row| row.lifecycle.is_active());
        let linked: BTreeSet<EventTypeId> = active.filter_map(|row| row.event_type_id).collect();
        let assessment = assess(&self.world.company, vec![input], &linked);
        self.past.extend(assessment.observations().iter().map(|one| Remembered {
            observation: one.clone(),
            shows_subject: one.event_types.iter().flatten().any(|one| one.id == SUBJECT),
        }));
        self.world.memory.absences = [(SERVICE, self.absence())].into();
        self.decide(&assessment)
    }

    fn decide(&mut self, assessment: &Assessment) -> bool {
        let plan = self.world.plan_on(assessment);
        let proposals: Vec<_> = plan
            .decisions
            .iter()
            .filter(|one| {
                matches!(one.action, Action::ProposeDeactivation(_) | Action::Deactivate(_))
            })
            .collect();
        assert!(proposals.iter().all(|one| one.subject.service_id == Some(SERVICE)));

        let gate = self.world.gate_of(&plan);
        for cleared in &gate.cleared {
            let mut written = cleared.intent().change.written();
            assert!(written.all(|(column, _)| column != Column::IsActive), "{cleared:?}");
        }
        for turn in &gate.turns {
            assert_eq!(turn.to, ReviewState::Void);
            self.world.memory.open_items.retain(|item| item.id != turn.review_id);
        }
        let answers = self.world.answers(&LookUp::NotFound);
        for due in gate.due {
            match due.confirm(&assessment.presence(), &answers) {
                Confirmed::Ask(question) => self.world.ask(question),
                cleared @ Confirmed::Cleared(_) => panic!("nobody said yes: {cleared:?}"),
                doubt @ (Confirmed::Contradicted { .. } | Confirmed::Unclear { .. }) => {
                    panic!("not found anywhere: {doubt:?}")
                }
            }
        }
        gate.questions.into_iter().for_each(|question| self.world.ask(question));
        !proposals.is_empty()
    }
}

/// A proposal exactly when three accepted, counted absences are in a row and the row is active;
/// and nothing is switched on or off without a person.
#[test]
fn in_every_small_history_three_absences_in_a_row_are_asked_about_and_nothing_less() {
    let alphabet = [Seen::Present, Seen::Renamed, Seen::Absent];
    let (mut count, mut proposals) = (0, 0);
    for lifecycle in [Lifecycle::Active, Lifecycle::Inactive] {
        for history in histories(&alphabet, 6) {
            let mut story = Story::of(lifecycle);
            let mut in_a_row = 0;
            for seen in &history {
                in_a_row = if *seen == Seen::Absent { in_a_row + 1 } else { 0 };
                let expected = lifecycle.is_active() && in_a_row >= 3;
                assert_eq!(story.run(*seen), expected, "{lifecycle:?} {history:?} at {in_a_row}");
                let asked = story.world.memory.open_items.len();
                assert_eq!(asked, usize::from(expected), "{lifecycle:?} {history:?}");
                proposals += u32::from(expected);
            }
            count += 1;
        }
    }
    assert_eq!(count, 2 * 729);
    // Four places where a third absence can stand, and 27 ways to fill the other three.
    assert_eq!(proposals, 108);
}

/// A source that says nothing is not a source that says no: empty and failed answers neither
/// advance a streak nor reset it, in every small history.
#[test]
fn in_every_small_history_empty_and_failed_answers_are_as_if_they_had_not_been() {
    let alphabet = [Seen::Present, Seen::Absent, Seen::Empty, Seen::Failed];
    let mut count = 0;
    for history in histories(&alphabet, 5) {
        let mut story = Story::of(Lifecycle::Active);
        let mut in_a_row = 0;
        for seen in &history {
            let proposes = story.run(*seen);
            match seen {
                Seen::Present | Seen::Renamed => in_a_row = 0,
                Seen::Absent => in_a_row += 1,
                Seen::Empty | Seen::Failed => {
                    assert!(!proposes, "{history:?}: nothing is proposed on {seen:?}");
                    continue;
                }
            }
            assert_eq!(proposes, in_a_row >= 3, "{history:?} at {in_a_row}");
        }
        count += 1;
    }
    assert_eq!(count, 1024);
    assert!(include_str!("../../docs/SAFETY.md").contains("1,458 and 1,024"));
}

/// Nor does an absence count while another team of the company was not accepted.
#[test]
fn absences_beside_a_failing_team_never_add_up() {
    let mut world = World::with_orphans(5, 1);
    world.company.policy.deactivate = Consent::Auto;
    world.company.teams = super::fixtures::company_of(&[TEAM, OTHER_TEAM]).teams;
    for _ in 0..10 {
        let assessment = world.assessed();
        assert!(assessment.observations().iter().all(|one| !one.counts_for_absence()));
        let gate = world.gate_of(&world.plan_on(&assessment));
        assert!(gate.due.is_empty() && gate.cleared.is_empty());
    }
}

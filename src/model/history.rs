//! What a ledger says of its own history, for an audit: each change with what it rested on, each
//! interval of presence with what began and ended it, each question with its last answer.

use super::ids::{EventTypeId, ObservationId, ReviewId, TeamId};
use super::review::ReviewState;
use super::run::{JournalEntry, RunKind};

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// In the order in which they were journaled.
    pub changes: Vec<ChangeFacts>,
    /// In the order of team, event type and beginning.
    pub intervals: Vec<IntervalFacts>,
    /// In the order in which they were asked.
    pub questions: Vec<QuestionFacts>,
}

/// A journaled change, and what it rested on.
#[derive(Debug, Clone)]
pub struct ChangeFacts {
    /// The change.
    pub entry: JournalEntry,
    /// The run that made it.
    pub run: RunKind,
    /// What the look-ups of its event type answered in that run: `exists`, `not-found`, `unclear`.
    pub look_ups: Vec<Box<str>>,
    /// Accepted observations up to that run that counted and in which its event type was absent.
    pub absences: u32,
    /// Whether the question it answers, if any, has an answer with a name.
    pub answered_by_a_person: bool,
}

/// From when to when an event type was present, and whether the observations say so, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntervalFacts {
    /// The team.
    pub team_id: TeamId,
    /// The event type.
    pub event_type_id: EventTypeId,
    /// The observation that began it.
    pub since: ObservationId,
    /// That observation can prove presence, and shows it.
    pub begun_by_a_proof: bool,
    /// What ended it; `None`: it is present still.
    pub end: Option<IntervalEnd>,
}

/// What ended an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntervalEnd {
    /// The observation.
    pub observation_id: ObservationId,
    /// That observation can prove absence, and does not show it.
    pub is_a_proof: bool,
}

/// A question, and its last answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionFacts {
    /// Which.
    pub id: ReviewId,
    /// Where it stands.
    pub stands: ReviewState,
    /// Where its last answer left it.
    pub turned: ReviewState,
    /// Whether who, when, why and until when are those of its last answer, too.
    pub is_as_answered: bool,
}

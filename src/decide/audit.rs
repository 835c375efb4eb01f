//! The audit: what must be true of every ledger's history, whatever happened. `verify` asks it; no
//! run does.
//!
//! It judges anew, from the facts alone, what `plan` and `gate` decided when it happened: a bug
//! there, or a hand in the ledger, shows here.

use crate::model::history::{ChangeFacts, History, IntervalFacts, QuestionFacts};
use crate::model::ids::{EventTypeId, JournalId, ObservationId, ReviewId, TeamId};
use crate::model::review::ReviewState;
use crate::model::run::{ChangeKind, EntryState, RunKind};
use std::fmt;

#[cfg(test)]
mod tests;

/// Promise 1: fewer absences than this never switch a service off, whatever the configuration says.
const LEAST_ABSENCES: u32 = 3;

/// Something that must never be true of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// Promise 1.
    TooFewAbsences {
        /// The deactivation.
        change: JournalId,
        /// How many there were.
        absences: u32,
    },
    /// Promise 3: no look-up of its event type in that run, or one that did not say "not found".
    NotLookedUp {
        /// The deactivation.
        change: JournalId,
    },
    /// A change that answers a question which nobody answered.
    NobodyApproved {
        /// The change.
        change: JournalId,
        /// The question.
        question: ReviewId,
    },
    /// Promise 9: only a rollback reverts and removes, and it does nothing else.
    WrongKindOfRun {
        /// The change.
        change: JournalId,
        /// What it is.
        kind: ChangeKind,
    },
    /// An applied change without its row.
    AppliedNowhere {
        /// The change.
        change: JournalId,
    },
    /// Presence began or ended otherwise than the observations say.
    PresenceWithoutProof {
        /// The team.
        team: TeamId,
        /// The event type.
        event_type: EventTypeId,
        /// The observation that should say so.
        observation: ObservationId,
    },
    /// One event type was present twice at once in one team.
    PresenceOverlaps {
        /// The team.
        team: TeamId,
        /// The event type.
        event_type: EventTypeId,
        /// Where the second interval begins.
        since: ObservationId,
    },
    /// A question stands otherwise than its last answer left it.
    AnswerAltered {
        /// The question.
        question: ReviewId,
        /// Where it stands.
        stands: ReviewState,
        /// Where it was left.
        turned: ReviewState,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewAbsences { change, absences } => write!(
                f,
                "change {change} switched a service off after {absences} accepted absences; \
                 {LEAST_ABSENCES} are the least"
            ),
            Self::NotLookedUp { change } => write!(
                f,
                "change {change} switched a service off, and no look-up of its run says that the \
                 event type is gone"
            ),
            Self::NobodyApproved { change, question } => {
                write!(f, "change {change} answers question {question}, which nobody answered")
            }
            Self::WrongKindOfRun { change, kind } => {
                write!(f, "change {change} is of the kind {kind}, which its run does not make")
            }
            Self::AppliedNowhere { change } => {
                write!(f, "change {change} was applied, and to which row is not known")
            }
            Self::PresenceWithoutProof { team, event_type, observation } => write!(
                f,
                "the presence of event type {event_type} in team {team} is not what observation \
                 {observation} shows"
            ),
            Self::PresenceOverlaps { team, event_type, since } => write!(
                f,
                "event type {event_type} is present twice at once in team {team} from observation \
                 {since} on"
            ),
            Self::AnswerAltered { question, stands, turned } => write!(
                f,
                "question {question} stands as {}, and not as its last answer ({}) left it",
                stands.as_str(),
                turned.as_str()
            ),
        }
    }
}

/// Judges a history.
pub fn audit(history: &History) -> Vec<Violation> {
    let mut found: Vec<Violation> = history.changes.iter().flat_map(change).collect();
    found.extend(history.intervals.iter().flat_map(interval));
    found.extend(history.intervals.windows(2).filter_map(|pair| match pair {
        [before, after] => overlap(before, after),
        _ => None,
    }));
    found.extend(history.questions.iter().filter_map(question));
    found
}

fn change(facts: &ChangeFacts) -> Vec<Violation> {
    let ChangeFacts { entry, run, look_ups, absences, answered_by_a_person } = facts;
    let (change, kind) = (entry.id, entry.intent.kind);
    let mut found = Vec::new();
    if kind == ChangeKind::Deactivate {
        if *absences < LEAST_ABSENCES {
            found.push(Violation::TooFewAbsences { change, absences: *absences });
        }
        if look_ups.is_empty() || look_ups.iter().any(|answer| **answer != *"not-found") {
            found.push(Violation::NotLookedUp { change });
        }
    }
    if let Some(question) = entry.intent.review_id
        && !answered_by_a_person
    {
        found.push(Violation::NobodyApproved { change, question });
    }
    let undoes = matches!(kind, ChangeKind::Revert | ChangeKind::Remove);
    if undoes != matches!(run, RunKind::Rollback { .. }) {
        found.push(Violation::WrongKindOfRun { change, kind });
    }
    if entry.state == EntryState::Applied && entry.service_id.is_none() {
        found.push(Violation::AppliedNowhere { change });
    }
    found
}

fn interval(facts: &IntervalFacts) -> Vec<Violation> {
    let without_proof = |observation| Violation::PresenceWithoutProof {
        team: facts.team_id,
        event_type: facts.event_type_id,
        observation,
    };
    let begun = (!facts.begun_by_a_proof).then(|| without_proof(facts.since));
    let ended = facts.end.filter(|end| !end.is_a_proof);
    begun.into_iter().chain(ended.map(|end| without_proof(end.observation_id))).collect()
}

fn overlap(before: &IntervalFacts, after: &IntervalFacts) -> Option<Violation> {
    let same = (before.team_id, before.event_type_id) == (after.team_id, after.event_type_id);
    let ended = before.end.is_some_and(|end| end.observation_id <= after.since);
    (same && !ended).then_some(Violation::PresenceOverlaps {
        team: after.team_id,
        event_type: after.event_type_id,
        since: after.since,
    })
}

fn question(facts: &QuestionFacts) -> Option<Violation> {
    let QuestionFacts { id, stands, turned, is_as_answered } = *facts;
    let altered = stands != turned || !is_as_answered;
    altered.then_some(Violation::AnswerAltered { question: id, stands, turned })
}

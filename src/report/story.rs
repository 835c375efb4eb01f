//! One service's whole story: what runs saw, what was decided, asked and done, in order; and the
//! answer to "why is this service off, and who decided it?".

use super::lines::{ChangeLine, ChangeStatus};
use crate::model::Timestamp;
use crate::model::change::{Column, Value};
use crate::model::ids::{CompanyId, EventTypeId, JournalId, ReviewId, RunId, ServiceId, TeamId};
use crate::model::review::{Hold, ReviewKind, ReviewState};
use crate::model::run::ChangeKind;

mod cause;
#[cfg(test)]
mod tests;

pub use cause::{Cause, State, sentence};

/// One service.
#[derive(Debug, Clone)]
pub struct Story {
    /// The row.
    pub service_id: ServiceId,
    /// Its company.
    pub company_id: CompanyId,
    /// Its name: foreign text.
    pub name: Box<str>,
    /// Its link.
    pub event_type_id: Option<EventTypeId>,
    /// How it stands.
    pub state: State,
    /// Since when, and who decided it.
    pub cause: Cause,
    /// Its absences in a row and how many it takes, while it is active and its event type absent.
    pub absences: Option<(u32, u32)>,
    /// A person's word, or a rollback's, to leave it or its event type alone, as long as it stands.
    pub hold: Option<Hold>,
    /// All that is known, oldest first.
    pub events: Vec<StoryEvent>,
}

impl Story {
    /// What a rollback last refused to do to it, and which run that was: as long as nobody has
    /// changed the row since.
    pub fn refused(&self) -> Option<(RunId, &ChangeLine)> {
        let last = self.events.iter().rev().find_map(|event| match &event.fact {
            Fact::Changed(line) if line.status == ChangeStatus::Abandoned => None,
            Fact::Changed(line) => Some((event.run_id, Some(&**line))),
            Fact::Seen(_) | Fact::Gone => Some((event.run_id, None)),
            _ => None,
        });
        let (run, line) = last?;
        let line = line.filter(|line| {
            let undoes = matches!(line.kind, ChangeKind::Revert | ChangeKind::Remove);
            undoes && line.status == ChangeStatus::Conflict
        });
        run.zip(line)
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct StoryEvent {
    /// When.
    pub at: Timestamp,
    /// The run in which it happened; `None`: a person did it, between runs.
    pub run_id: Option<RunId>,
    /// What.
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Fact {
    /// A run saw the row, otherwise than before or for the first time after a change.
    Seen(Sight),
    /// A run did not find the row any more.
    Gone,
    /// Its event type was listed, as from this run on.
    Listed {
        /// The event type.
        event_type_id: EventTypeId,
        /// Where.
        team_id: TeamId,
    },
    /// Its event type was not listed any more.
    NotListed {
        /// The event type.
        event_type_id: EventTypeId,
        /// Where.
        team_id: TeamId,
    },
    /// A run decided otherwise than before.
    Decided {
        /// What, in one word.
        action: Box<str>,
        /// Why.
        reason: Box<str>,
    },
    /// Its event type was looked up by id.
    LookedUp {
        /// The event type.
        event_type_id: EventTypeId,
        /// Where.
        team_id: TeamId,
        /// `exists`, `not-found` or `unclear`.
        answer: Box<str>,
        /// What was seen, when unclear.
        note: Option<Box<str>>,
    },
    /// A question was asked.
    Asked {
        /// Its number.
        review_id: ReviewId,
        /// What kind.
        kind: ReviewKind,
        /// Why.
        reason: Box<str>,
        /// Where it stands now.
        state: ReviewState,
        /// What was said when it last turned.
        note: Option<Box<str>>,
    },
    /// A person answered one.
    Answered {
        /// Its number.
        review_id: ReviewId,
        /// Yes, no or later.
        answer: Answer,
        /// Who.
        by: Box<str>,
        /// Why, in their words.
        reason: Option<Box<str>>,
    },
    /// A change of the row was written down.
    Changed(Box<ChangeLine>),
    /// A person, or a rollback, said to leave it alone.
    Held {
        /// Who.
        by: Box<str>,
        /// Why, in their words.
        reason: Box<str>,
    },
    /// A person released it.
    Released {
        /// Who.
        by: Box<str>,
    },
}

/// How a run saw a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Its name: foreign text.
    pub name: Box<str>,
    /// Its link.
    pub event_type_id: Option<EventTypeId>,
    /// Whether callers could book it.
    pub is_active: bool,
    /// The application's word.
    pub sync_status: Option<Box<str>>,
}

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Do it.
    Yes,
    /// Leave it.
    No,
    /// Ask again later.
    Later,
}

impl Answer {
    /// The word in text and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Later => "later",
        }
    }
}

impl StoryEvent {
    /// The place among what happened at the same moment: a run sees before it decides, and decides
    /// before it writes.
    fn order(&self) -> u8 {
        match self.fact {
            Fact::Released { .. } | Fact::Answered { .. } => 0,
            Fact::Seen(_) | Fact::Gone => 1,
            Fact::Listed { .. } | Fact::NotListed { .. } => 2,
            Fact::Decided { .. } => 3,
            Fact::LookedUp { .. } => 4,
            Fact::Asked { .. } => 5,
            Fact::Changed(_) => 6,
            Fact::Held { .. } => 7,
        }
    }
}

/// All that is known, in order.
pub fn in_order(mut events: Vec<StoryEvent>) -> Vec<StoryEvent> {
    events.sort_by_key(|event| (event.at, event.run_id, event.order()));
    events
}

/// Whether a change, once applied, leaves its row on.
pub fn leaves_on(change: &ChangeLine) -> Option<bool> {
    match change.after.as_ref()?.get(Column::IsActive)? {
        Value::Bool(on) => Some(*on),
        Value::Null | Value::Int(_) | Value::Text(_) => None,
    }
}

/// The journal entry that a cause names.
impl Cause {
    /// The journal entry, where this program did it.
    pub fn journal_id(&self) -> Option<JournalId> {
        match self {
            Self::Ours { change, .. } | Self::Unknown { change, .. } => change.journal_id,
            Self::FirstSeen { .. } | Self::Others { .. } => None,
        }
    }
}

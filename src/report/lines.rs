//! The lines of a run's report: what people and scripts are told, one thing each.

use crate::model::change::{Column, Image, Value};
use crate::model::decision::Drift;
use crate::model::ids::{EventTypeId, JournalId, ObservationId, ReviewId, ServiceId, TeamId};
use crate::model::observation::{Finding, Verdict};
use crate::model::review::{Question, ReviewKind, ReviewState};
use crate::model::run::{ChangeKind, EntryState, Intent, JournalEntry};
use std::collections::BTreeMap;

/// An observation.
#[derive(Debug, Clone)]
pub struct ObservationLine {
    /// Its number; a rehearsal records none.
    pub id: Option<ObservationId>,
    /// The team.
    pub team_id: TeamId,
    /// What it is worth.
    pub verdict: Verdict,
    /// Whether an absence in it advances streaks.
    pub counts_for_absence: bool,
    /// Why.
    pub findings: Vec<Finding>,
    /// How many event types it shows; `None` where nothing readable came.
    pub event_types: Option<usize>,
    /// How many the previous accepted observation of the team had.
    pub previous_event_types: Option<usize>,
}

/// A change.
#[derive(Debug, Clone)]
pub struct ChangeLine {
    /// What it does.
    pub kind: ChangeKind,
    /// The row; an import has none before it is written.
    pub service_id: Option<ServiceId>,
    /// The event type.
    pub event_type_id: Option<EventTypeId>,
    /// The name people know it by: foreign text.
    pub name: Box<str>,
    /// What became of it.
    pub status: ChangeStatus,
    /// Why, and who allowed it.
    pub reason: Box<str>,
    /// Its entry in the journal.
    pub journal_id: Option<JournalId>,
    /// What must stand there before.
    pub before: Option<Image>,
    /// What stands there afterwards.
    pub after: Option<Image>,
    /// What was seen or is waited for, where it was not applied.
    pub note: Option<Box<str>>,
}

impl ChangeLine {
    /// A change that the journal does not have.
    pub fn of_intent(intent: &Intent, status: ChangeStatus) -> Self {
        let change = &intent.change;
        Self {
            kind: intent.kind,
            service_id: change.service_id(),
            event_type_id: change.event_type_id(),
            name: intent.name.clone(),
            status,
            reason: intent.reason.clone(),
            journal_id: None,
            before: change.before().cloned(),
            after: change.after().cloned(),
            note: None,
        }
    }

    /// A change as the journal has it.
    pub fn of_entry(entry: &JournalEntry) -> Self {
        Self {
            service_id: entry.service_id,
            journal_id: Some(entry.id),
            note: entry.note.clone(),
            ..Self::of_intent(&entry.intent, ChangeStatus::of(entry.state))
        }
    }
}

impl ChangeLine {
    /// What undoing did to the row; `None` where nothing was undone.
    pub fn put_back(&self) -> Option<PutBack> {
        match self.kind {
            ChangeKind::Remove => return Some(PutBack::Removed),
            ChangeKind::Revert => {}
            _ => return None,
        }
        let (before, after) = (self.before.as_ref()?, self.after.as_ref()?);
        let written = |column| (before.get(column) != after.get(column)).then(|| after.get(column));
        if let Some(Some(Value::Bool(is_on))) = written(Column::IsActive) {
            return Some(if *is_on { PutBack::SwitchedOn } else { PutBack::SwitchedOff });
        }
        if written(Column::EventTypeId).is_none() {
            return Some(PutBack::Otherwise);
        }
        Some(match (before.event_type_id(), after.event_type_id()) {
            (_, None) => PutBack::Unlinked,
            (None, Some(_)) => PutBack::Linked,
            (Some(_), Some(_)) => PutBack::Relinked,
        })
    }
}

/// What undoing a change does to its row, which the change's own kind does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PutBack {
    /// It is on again.
    SwitchedOn,
    /// It is off again.
    SwitchedOff,
    /// It is not there any more.
    Removed,
    /// It has its link again.
    Linked,
    /// It has its link to another event type again.
    Relinked,
    /// It has no link again.
    Unlinked,
    /// Other columns are as they were.
    Otherwise,
}

impl PutBack {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SwitchedOn => "switched on",
            Self::SwitchedOff => "switched off",
            Self::Removed => "removed",
            Self::Linked => "linked",
            Self::Relinked => "relinked",
            Self::Unlinked => "unlinked",
            Self::Otherwise => "put back",
        }
    }

    /// What of some lines was undone, and how often each.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a ChangeLine>) -> BTreeMap<Self, u32> {
        let mut all = BTreeMap::new();
        let applied = lines.into_iter().filter(|line| line.status == ChangeStatus::Applied);
        for what in applied.filter_map(ChangeLine::put_back) {
            *all.entry(what).or_default() += 1;
        }
        all
    }
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeStatus {
    /// Written.
    Applied,
    /// It would be written: a rehearsal.
    Planned,
    /// It would be asked: a rehearsal.
    NeedsReview,
    /// Allowed, and waiting for room, for the application, or for a clear look-up.
    Waiting,
    /// The row moved under us; it was not written.
    Conflict,
    /// It was never written.
    Abandoned,
    /// Nobody knows yet; the next run reads the row and says.
    Unknown,
}

impl ChangeStatus {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Planned => "planned",
            Self::NeedsReview => "needs-review",
            Self::Waiting => "waiting",
            Self::Conflict => "conflict",
            Self::Abandoned => "abandoned",
            Self::Unknown => "unknown",
        }
    }

    /// What a journal entry's state means to people.
    pub fn of(state: EntryState) -> Self {
        match state {
            EntryState::Intended => Self::Unknown,
            EntryState::Applied => Self::Applied,
            EntryState::Abandoned => Self::Abandoned,
            EntryState::Conflicted => Self::Conflict,
        }
    }
}

/// A question that was asked.
#[derive(Debug, Clone)]
pub struct QuestionLine {
    /// What kind.
    pub kind: ReviewKind,
    /// The row, if one is meant.
    pub service_id: Option<ServiceId>,
    /// The event type, if one is meant.
    pub event_type_id: Option<EventTypeId>,
    /// The observation, if one is meant.
    pub observation_id: Option<ObservationId>,
    /// The name people know it by: foreign text.
    pub name: Box<str>,
    /// Why it is asked.
    pub reason: Box<str>,
}

impl QuestionLine {
    /// A question, for people.
    pub fn of(question: &Question) -> Self {
        let subject = question.subject;
        Self {
            kind: subject.kind,
            service_id: subject.service_id,
            event_type_id: subject.event_type_id,
            observation_id: subject.observation_id,
            name: question.name.clone(),
            reason: question.reason.clone(),
        }
    }
}

/// A question that ended, or woke, without a person.
#[derive(Debug, Clone)]
pub struct TurnLine {
    /// Its number.
    pub review_id: ReviewId,
    /// What kind of question it was.
    pub kind: ReviewKind,
    /// What it was about: foreign text.
    pub name: Box<str>,
    /// What it was before.
    pub from: ReviewState,
    /// What it became.
    pub to: ReviewState,
    /// Why.
    pub note: Box<str>,
}

/// An active service whose event type is absent.
#[derive(Debug, Clone)]
pub struct WatchLine {
    /// The row.
    pub service_id: ServiceId,
    /// Its event type.
    pub event_type_id: EventTypeId,
    /// Its name: foreign text.
    pub name: Box<str>,
    /// How many accepted observations in a row.
    pub streak: u32,
    /// How many it takes.
    pub threshold: u32,
}

/// A row that differs.
#[derive(Debug, Clone)]
pub struct DriftLine {
    /// The row.
    pub service_id: ServiceId,
    /// Its name: foreign text.
    pub name: Box<str>,
    /// In which columns, and how.
    pub drifts: Vec<Drift>,
}

/// A look-up by id that said nothing, or that the event type is alive.
#[derive(Debug, Clone)]
pub struct DoubtLine {
    /// The row.
    pub service_id: Option<ServiceId>,
    /// What was looked up.
    pub event_type_id: Option<EventTypeId>,
    /// The row's name: foreign text.
    pub name: Box<str>,
    /// The team asked.
    pub team_id: TeamId,
    /// What it was.
    pub doubt: Doubt,
}

/// What a look-up by id said instead of "not found".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Absent from the list and alive by its id: the list cannot be relied on.
    Contradiction,
    /// Nothing that counts.
    Unclear {
        /// What was seen.
        seen: Box<str>,
    },
}

/// A limit that a plan would have crossed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreachLine {
    /// How many services would be switched off without asking.
    pub due: u32,
    /// How many may be now.
    pub left: u32,
    /// How many may be in any seven days.
    pub limit: u32,
    /// How many were, in the last seven days.
    pub used: u32,
    /// The most active services in those days.
    pub most_active: u32,
}

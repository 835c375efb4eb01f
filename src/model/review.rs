//! Questions to people, their answers, and what they asked to be left alone.

use super::Timestamp;
use super::change::Change;
use super::ids::{CompanyId, EventTypeId, ObservationId, ReviewId, RunId, ServiceId};
use super::run::ChangeKind;
use std::fmt;

/// A SHA-256 over exactly what a person is asked about: row, before, after, event type, scope.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewKind {
    /// Switch a service off.
    Deactivate,
    /// Insert a row.
    Import,
    /// Insert many rows at once.
    ImportBatch,
    /// Link a row to an event type.
    Link,
    /// Move an absent service's link to a new event type.
    Relink,
    /// Write columns.
    Update,
    /// Switch a service on.
    Reactivate,
    /// Believe a quarantined observation, or not.
    Observation,
}

impl ReviewKind {
    /// Every kind, in the order in which they are shown: trouble first.
    pub const ALL: [Self; 8] = [
        Self::Reactivate,
        Self::Observation,
        Self::Deactivate,
        Self::Relink,
        Self::Link,
        Self::Update,
        Self::Import,
        Self::ImportBatch,
    ];

    /// The word in ledger and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Import => "import",
            Self::ImportBatch => "import-batch",
            Self::Link => "link",
            Self::Relink => "relink",
            Self::Update => "update",
            Self::Reactivate => "reactivate",
            Self::Observation => "observation",
        }
    }

    /// What an approved question of this kind does to a row; `None` where it writes no row.
    pub fn change_kind(self) -> Option<ChangeKind> {
        match self {
            Self::Deactivate => Some(ChangeKind::Deactivate),
            Self::Import | Self::ImportBatch => Some(ChangeKind::Import),
            Self::Link => Some(ChangeKind::Link),
            Self::Relink => Some(ChangeKind::Relink),
            Self::Update => Some(ChangeKind::Update),
            Self::Reactivate => Some(ChangeKind::Reactivate),
            Self::Observation => None,
        }
    }
}

impl fmt::Display for ReviewKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewState {
    /// Nobody answered yet.
    Pending,
    /// A named person said yes; a run will apply it.
    Approved,
    /// A run applied it.
    Applied,
    /// A named person said no.
    Kept,
    /// A named person said: later.
    Snoozed,
    /// The facts changed under it.
    Void,
    /// The yes was not used in time.
    Expired,
}

impl ReviewState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Approved,
        Self::Applied,
        Self::Kept,
        Self::Snoozed,
        Self::Void,
        Self::Expired,
    ];

    /// The word in ledger and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Applied => "applied",
            Self::Kept => "kept",
            Self::Snoozed => "snoozed",
            Self::Void => "void",
            Self::Expired => "expired",
        }
    }

    /// True while the question can still lead to something.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Approved | Self::Snoozed)
    }
}

impl fmt::Display for ReviewState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a question is about: with the company and the kind, its natural key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReviewSubject {
    /// What kind of question.
    pub kind: ReviewKind,
    /// The business.
    pub company_id: CompanyId,
    /// The row, if one is meant.
    pub service_id: Option<ServiceId>,
    /// The event type, if one is meant.
    pub event_type_id: Option<EventTypeId>,
    /// The observation, for questions about one.
    pub observation_id: Option<ObservationId>,
}

/// A question, ready to be asked. Its changes are what a yes would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is about.
    pub subject: ReviewSubject,
    /// The name people know it by: foreign text.
    pub name: Box<str>,
    /// Why it is asked.
    pub reason: Box<str>,
    /// What a yes would do: one change, many for an `import-batch`, none for an `observation`.
    pub changes: Vec<Change>,
    /// Of exactly this.
    pub digest: Digest,
}

/// A question as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewItem {
    /// Its number; what a person types.
    pub id: ReviewId,
    /// The question.
    pub question: Question,
    /// Where it stands.
    pub state: ReviewState,
    /// The run that asked.
    pub run_id: RunId,
    /// When it was asked.
    pub since: Timestamp,
    /// The yes, while `state` is `approved`.
    pub approval: Option<Approval>,
    /// Until when, while `state` is `snoozed`.
    pub snoozed_until: Option<Timestamp>,
    /// When a person answered it last.
    pub answered_at: Option<Timestamp>,
    /// What was said when the state last changed.
    pub note: Option<Box<str>>,
}

impl ReviewItem {
    /// The quarantined observation it is about, if it is about one.
    pub fn observation(&self) -> Option<ObservationId> {
        self.question.subject.observation_id
    }
}

/// A named person's yes to exactly one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: Option<Box<str>>,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// Whether its number was named: such a yes is not bound by the limits.
    pub breadth: Breadth,
}

/// Whether a yes was given to a named number of deactivations at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// Applied as the limits allow.
    WithinLimits,
    /// `--mass N` named the number.
    Mass,
}

/// A person's word to leave a service or an event type alone until released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its number.
    pub id: i64,
    /// What is left alone.
    pub target: HoldTarget,
    /// Who said so.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: Box<str>,
    /// The rollback that left it, if one did.
    pub run_id: Option<RunId>,
}

/// What a hold is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldTarget {
    /// A row.
    Service(ServiceId),
    /// An event type: not imported, not linked.
    EventType(EventTypeId),
}

/// A person's word to touch no service for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Who said so.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: Box<str>,
    /// Until when; `None`: until `resume`.
    pub until: Option<Timestamp>,
}

/// A person, and when and why they said it.
#[derive(Debug, Clone)]
pub struct Word {
    /// Who.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: Option<Box<str>>,
}

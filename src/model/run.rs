//! One pass of this program, and what it did.

use super::Timestamp;
use super::change::Change;
use super::ids::{JournalId, ReviewId, RunId, ServiceId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::AddAssign;

/// What kind of pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// Observe, and act on what was observed.
    Sync,
    /// Undo one earlier run.
    Rollback {
        /// The run undone; `None` where the deactivations of several runs are undone.
        reverts: Option<RunId>,
    },
}

impl RunKind {
    /// The word in ledger and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Rollback { .. } => "rollback",
        }
    }

    /// The run undone, if one is.
    pub fn reverts(self) -> Option<RunId> {
        match self {
            Self::Sync => None,
            Self::Rollback { reverts } => reverts,
        }
    }
}

/// What a change does to a service, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// Switches it off.
    Deactivate,
    /// Switches it on.
    Reactivate,
    /// Inserts it.
    Import,
    /// Links it.
    Link,
    /// Moves its link to another event type.
    Relink,
    /// Rewrites columns.
    Update,
    /// Puts back what an earlier run changed.
    Revert,
    /// Removes a row that this program imported itself.
    Remove,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Deactivate,
        Self::Reactivate,
        Self::Import,
        Self::Link,
        Self::Relink,
        Self::Update,
        Self::Revert,
        Self::Remove,
    ];

    /// The word in ledger and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
            Self::Import => "import",
            Self::Link => "link",
            Self::Relink => "relink",
            Self::Update => "update",
            Self::Revert => "revert",
            Self::Remove => "remove",
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a journal entry stands. It settles once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryState {
    /// Written down before the write; the outcome is not known yet.
    Intended,
    /// The row holds the after-image.
    Applied,
    /// The row was never written.
    Abandoned,
    /// The row moved under us: neither before nor after stands there, and it was not written.
    Conflicted,
}

impl EntryState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Intended, Self::Applied, Self::Abandoned, Self::Conflicted];

    /// The word in ledger and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Applied => "applied",
            Self::Abandoned => "abandoned",
            Self::Conflicted => "conflicted",
        }
    }
}

/// A change about to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What it does, in one word.
    pub kind: ChangeKind,
    /// The write.
    pub change: Change,
    /// The name people know the row by: foreign text.
    pub name: Box<str>,
    /// Why, and who allowed it.
    pub reason: Box<str>,
    /// The approved question it answers, if any.
    pub review_id: Option<ReviewId>,
}

/// What a rollback was asked for and would not do: it is written down, and never into the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What was asked for.
    pub intent: Intent,
    /// The row.
    pub service_id: Option<ServiceId>,
    /// What stands there, what was expected, and what a person can do.
    pub why: Box<str>,
}

/// One change of one row, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its number.
    pub id: JournalId,
    /// The run that wrote it.
    pub run_id: RunId,
    /// When it was written down.
    pub at: Timestamp,
    /// What was intended.
    pub intent: Intent,
    /// Where it stands.
    pub state: EntryState,
    /// The row, once known: an import's row gets its number when it is written.
    pub service_id: Option<ServiceId>,
    /// What was seen when it settled otherwise than applied.
    pub note: Option<Box<str>>,
}

/// How a journal entry ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which entry.
    pub journal_id: JournalId,
    /// How: never [`EntryState::Intended`].
    pub state: EntryState,
    /// The row that was written or inserted.
    pub service_id: Option<ServiceId>,
    /// What was seen, for people.
    pub note: Option<Box<str>>,
}

/// What a run saw and did for one company, in numbers. The names are the JSON keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Event types that a row is linked to.
    pub matched: u32,
    /// Event types that no row is linked to.
    pub new: u32,
    /// Inactive, linked rows whose event type is absent.
    pub orphaned_inactive: u32,
    /// Active, linked rows whose event type is absent, below the threshold.
    pub watching: u32,
    /// Questions that wait for a person.
    pub waiting_for_review: u32,
    /// Rows inserted.
    pub imported: u32,
    /// Rows linked or relinked.
    pub linked: u32,
    /// Rows rewritten.
    pub updated: u32,
    /// Rows that differ in columns the application owns.
    pub drifted: u32,
    /// Rows switched off.
    pub deactivated: u32,
    /// Rows switched on.
    pub reactivated: u32,
    /// Rows and event types left alone because a person said so.
    pub held: u32,
    /// Rows that moved under us.
    pub conflicts: u32,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.matched += other.matched;
        self.new += other.new;
        self.orphaned_inactive += other.orphaned_inactive;
        self.watching += other.watching;
        self.waiting_for_review += other.waiting_for_review;
        self.imported += other.imported;
        self.linked += other.linked;
        self.updated += other.updated;
        self.drifted += other.drifted;
        self.deactivated += other.deactivated;
        self.reactivated += other.reactivated;
        self.held += other.held;
        self.conflicts += other.conflicts;
    }
}

/// The company's rows in numbers, as read at the start of the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCounts {
    /// Rows that callers can book.
    pub active: u32,
    /// Rows that they cannot.
    pub inactive: u32,
    /// Rows without a link, active or not.
    pub unlinked: u32,
}

/// One run, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Its number.
    pub id: RunId,
    /// What kind of pass.
    pub kind: RunKind,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, or where it was cut off.
    pub finished_at: Option<Timestamp>,
    /// The process's exit code; `None` like `finished_at`.
    pub exit_code: Option<u8>,
    /// Over all companies.
    pub counts: Counts,
}

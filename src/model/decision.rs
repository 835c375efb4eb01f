//! What was decided about one service or one event type, and why.

use super::Timestamp;
use super::change::{Change, Column, Value};
use super::ids::{EventTypeId, JournalId, ServiceId, TeamId};
use std::fmt;

/// One verdict on one service or event type: one row of the planner's truth table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What it is about.
    pub subject: Subject,
    /// What should happen.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

/// What a decision is about: a row, an event type, or both where they are or would be linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The row, if there is one.
    pub service_id: Option<ServiceId>,
    /// The event type, if there is one.
    pub event_type_id: Option<EventTypeId>,
}

impl Subject {
    /// A row and its link.
    pub fn row(service_id: ServiceId, event_type_id: Option<EventTypeId>) -> Self {
        Self { service_id: Some(service_id), event_type_id }
    }

    /// An event type that no row is linked to.
    pub fn event_type(event_type_id: EventTypeId) -> Self {
        Self { service_id: None, event_type_id: Some(event_type_id) }
    }
}

/// What should happen. A new one must be considered everywhere: nothing matches it by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Keep,
    /// Write the columns that Cal.com owns.
    Update(Box<Change>),
    /// Say how the row differs, and change nothing.
    ReportDrift(Box<[Drift]>),
    /// Switch on what this program switched off.
    Reactivate(Box<Change>),
    /// Ask whether to switch it on.
    AskReactivate(Box<Change>),
    /// Link the row to the event type.
    Link(Box<Change>),
    /// Ask whether to link them.
    AskLink(Box<Change>),
    /// Ask whether to move the link of an absent service to the new event type.
    AskRelink(Box<Change>),
    /// Insert a row for the event type.
    Import(Box<Change>),
    /// Ask whether to insert a row.
    AskImport(Box<Change>),
    /// No row is wanted for this event type.
    Skip,
    /// Its event type is absent, and the streak is below the threshold.
    WatchAbsence(AbsenceStreak),
    /// Ask whether to switch it off.
    ProposeDeactivation(Box<Change>),
    /// Switch it off, as the configuration allows without asking.
    Deactivate(Box<Change>),
    /// Nothing, until something outside this program has happened.
    Wait,
    /// Nothing: a person said to leave it alone.
    LeaveHeld,
}

impl Action {
    /// The word in ledger and JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Update(_) => "update",
            Self::ReportDrift(_) => "report-drift",
            Self::Reactivate(_) => "reactivate",
            Self::AskReactivate(_) => "ask-reactivate",
            Self::Link(_) => "link",
            Self::AskLink(_) => "ask-link",
            Self::AskRelink(_) => "ask-relink",
            Self::Import(_) => "import",
            Self::AskImport(_) => "ask-import",
            Self::Skip => "skip",
            Self::WatchAbsence(_) => "watch",
            Self::ProposeDeactivation(_) => "propose-deactivation",
            Self::Deactivate(_) => "deactivate",
            Self::Wait => "wait",
            Self::LeaveHeld => "held",
        }
    }

    /// The change it carries, if any.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::Update(change)
            | Self::Reactivate(change)
            | Self::AskReactivate(change)
            | Self::Link(change)
            | Self::AskLink(change)
            | Self::AskRelink(change)
            | Self::Import(change)
            | Self::AskImport(change)
            | Self::ProposeDeactivation(change)
            | Self::Deactivate(change) => Some(change),
            Self::Keep
            | Self::ReportDrift(_)
            | Self::Skip
            | Self::WatchAbsence(_)
            | Self::Wait
            | Self::LeaveHeld => None,
        }
    }
}

/// Consecutive accepted absences; counted from the ledger, never kept as a loose counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AbsenceStreak(pub u32);

impl fmt::Display for AbsenceStreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the ledger knows of an active, linked service whose event type is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// How many accepted observations in a row, this run's included, that count.
    pub streak: AbsenceStreak,
    /// When the first of them was made; `None` at a streak of zero.
    pub since: Option<Timestamp>,
    /// Where the event type was last seen.
    pub last_listed: LastListed,
}

/// Where an event type was last seen present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastListed {
    /// In this team.
    Team(TeamId),
    /// In no accepted or quarantined observation of this ledger.
    Never,
}

/// One column in which a row differs from what Cal.com says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The column.
    pub column: Column,
    /// What the row holds.
    pub row: Value,
    /// What Cal.com says, or what the application would need.
    pub source: Value,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, Cal.com has {}", self.column, self.row, self.source)
    }
}

/// Why a decision was made. The words are English; they go into ledger, log and JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Present, linked, same.
    InStep,
    /// Present and linked; it differs in columns that Cal.com owns.
    DiffersInOwnedColumns,
    /// Present and linked; it differs in columns that the application owns.
    DiffersInReportedColumns,
    /// Present and linked; the application books only rows that are `synced`.
    NotBookable,
    /// The event type is back, and nobody touched the row since this program switched it off.
    SwitchedOffByUs {
        /// The journal entry that did it.
        journal_id: JournalId,
    },
    /// Inactive for a reason that is not ours: a person did that.
    SwitchedOffByOthers,
    /// Inactive with an error, its event type present, and not by us: adoption night.
    PerhapsByOldSync,
    /// Exactly one unlinked row bears the event type's name.
    SameName,
    /// An absent service bears the new event type's name: it was probably recreated.
    Recreated {
        /// The event type that is absent.
        absent: EventTypeId,
    },
    /// Several rows, or several event types, bear the name.
    AmbiguousName {
        /// How many rows.
        rows: usize,
    },
    /// A row that is linked to something else bears the name.
    NameTaken {
        /// That row.
        by: ServiceId,
    },
    /// Another new event type bears the same title.
    SameTitle {
        /// That event type.
        twin: EventTypeId,
    },
    /// New at Cal.com.
    New,
    /// New, and hidden there: imported inactive.
    NewHidden,
    /// New, and an import rule names it (counting from 1).
    NewByRule {
        /// The rule's place.
        rule: usize,
    },
    /// New, and `policy.import` says review.
    NewAsks,
    /// The policy says `off`.
    PolicyOff {
        /// Which policy.
        policy: &'static str,
    },
    /// Absent.
    Absent {
        /// The streak.
        streak: AbsenceStreak,
        /// The threshold.
        threshold: u32,
        /// What stands in the way of switching it off without asking, in auto mode.
        asks_because: Option<AsksBecause>,
    },
    /// Absent, and inactive already.
    AbsentAndInactive,
    /// Absent, and a new event type bears its name: the relink question comes first.
    RelinkFirst {
        /// The new event type.
        new: EventTypeId,
    },
    /// Its team is no longer configured.
    Unwatched {
        /// The team it was last seen in.
        team_id: TeamId,
    },
    /// Not linked to any event type.
    Unlinked,
    /// A local edit waits in the application.
    LocalEdits,
    /// A person said to leave it alone.
    Held {
        /// Their words.
        why: Box<str>,
    },
}

/// What stands in the way of switching a service off without asking, in auto mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsksBecause {
    /// `deactivate = "review"`.
    PolicyReview,
    /// Absent for less than `auto_min_absence`.
    TooRecent,
    /// Something upcoming points at it.
    UpcomingReferences {
        /// How many.
        count: u32,
    },
    /// Nobody could tell whether something upcoming points at it.
    ReferencesUnknown,
    /// Several services are linked to the event type.
    SharedLink,
    /// This program switched it off before, and somebody switched it on again.
    SwitchedOnAgain,
    /// It is the last active service of the company.
    LastActive,
    /// No accepted observation ever showed its event type.
    NeverListed,
    /// A local edit waits in the application.
    LocalEdits,
    /// More are due than there is room for.
    NoRoom,
}

impl fmt::Display for AsksBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PolicyReview => f.write_str("a person decides"),
            Self::TooRecent => f.write_str("absent for less than auto_min_absence"),
            Self::UpcomingReferences { count } => write!(f, "{count} upcoming references"),
            Self::ReferencesUnknown => f.write_str("upcoming references could not be read"),
            Self::SharedLink => f.write_str("several services share this event type"),
            Self::SwitchedOnAgain => {
                f.write_str("somebody switched it on again after it had been switched off here")
            }
            Self::LastActive => f.write_str("the company's last active service"),
            Self::NeverListed => f.write_str("its event type was never listed"),
            Self::LocalEdits => f.write_str("waits for the application: sync_status is pending"),
            Self::NoRoom => f.write_str("more are due than the limits leave room for"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InStep => f.write_str("in step with Cal.com"),
            Self::DiffersInOwnedColumns => f.write_str("differs in columns that Cal.com owns"),
            Self::DiffersInReportedColumns => {
                f.write_str("differs from Cal.com in columns that the application owns")
            }
            Self::NotBookable => f.write_str(
                "active, but the application books only rows whose sync_status is synced",
            ),
            Self::SwitchedOffByUs { journal_id } => {
                write!(f, "its event type is back; switched off by journal entry {journal_id}, untouched since")
            }
            Self::SwitchedOffByOthers => f.write_str("switched off, and not by this program"),
            Self::PerhapsByOldSync => f.write_str(
                "inactive with sync_status error though its event type is present: probably switched off by an older sync",
            ),
            Self::SameName => f.write_str("one unlinked service bears the same name"),
            Self::Recreated { absent } => {
                write!(f, "bears the name of a service whose event type {absent} is absent: probably recreated")
            }
            Self::AmbiguousName { rows } => write!(f, "{rows} services could be meant by this name"),
            Self::NameTaken { by } => write!(f, "service {by} bears this name already"),
            Self::SameTitle { twin } => {
                write!(f, "event type {twin} is new too, and bears the same title")
            }
            Self::New => f.write_str("new at Cal.com"),
            Self::NewHidden => f.write_str("new at Cal.com, and hidden there"),
            Self::NewByRule { rule } => write!(f, "new at Cal.com; import rule {rule} matches"),
            Self::NewAsks => f.write_str("new at Cal.com; policy.import asks"),
            Self::PolicyOff { policy } => write!(f, "policy.{policy} is off"),
            Self::Absent { streak, threshold, asks_because } => {
                write!(f, "absent in {streak} consecutive accepted observations")?;
                if streak.0 < *threshold {
                    write!(f, " (of {threshold})")?;
                }
                match asks_because {
                    // That a person decides is the rule, and needs no words.
                    None | Some(AsksBecause::PolicyReview) => Ok(()),
                    Some(because) => write!(f, "; {because}"),
                }
            }
            Self::AbsentAndInactive => f.write_str("its event type is absent; inactive already"),
            Self::RelinkFirst { new } => {
                write!(f, "absent, but event type {new} bears its name: relink or not comes first")
            }
            Self::Unwatched { team_id } => {
                write!(f, "unwatched: last seen in team {team_id}, which is not configured any more")
            }
            Self::Unlinked => f.write_str("not linked to any event type"),
            Self::LocalEdits => f.write_str("waits for the application: sync_status is pending"),
            Self::Held { why } => write!(f, "held: {why}"),
        }
    }
}

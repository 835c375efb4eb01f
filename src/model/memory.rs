//! What the ledger remembers: the past, as far as assessing, planning and gating need it.

use super::Timestamp;
use super::decision::Absence;
use super::ids::{EventTypeId, JournalId, ObservationId, ServiceId};
use super::observation::Scope;
use super::review::{Hold, ReviewItem};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a team before this run's observation of it is judged.
#[derive(Debug, Clone, Default)]
pub struct TeamMemory {
    /// Its newest accepted observation.
    pub previous: Option<PreviousObservation>,
    /// When the newest observation that counted for absence was made.
    pub last_counted_at: Option<Timestamp>,
    /// Whether any accepted or quarantined observation ever showed an event type.
    pub past: TeamPast,
    /// Canaries that a person accepted as missing, under the present configuration.
    pub retired_canaries: Vec<EventTypeId>,
}

/// Whether a team ever had event types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TeamPast {
    /// None that this ledger knows of.
    #[default]
    NeverHadAny,
    /// It had some.
    HadSome,
}

/// A team's newest accepted observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousObservation {
    /// Its number.
    pub id: ObservationId,
    /// When it was made.
    pub at: Timestamp,
    /// What it was made of.
    pub scope: Scope,
    /// The ids it showed, ascending.
    pub event_types: Vec<EventTypeId>,
    /// Who accepted it.
    pub accepted_by: AcceptedBy,
}

/// Who accepted an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptedBy {
    /// The checks.
    Checks,
    /// A person, in spite of the checks.
    Person,
}

/// What is known of a company's services when a run plans.
#[derive(Debug, Clone, Default)]
pub struct CompanyMemory {
    /// Of each active, linked service whose event type is absent.
    pub absences: BTreeMap<ServiceId, Absence>,
    /// Services that this program switched off, and that no run has seen otherwise since.
    pub switched_off_by_us: BTreeMap<ServiceId, JournalId>,
    /// Active services that this program switched off last, and that somebody switched on again.
    pub switched_on_again: BTreeSet<ServiceId>,
    /// What people said to leave alone.
    pub holds: Vec<Hold>,
    /// Questions that are pending, approved or snoozed.
    pub open_items: Vec<ReviewItem>,
    /// The last seven days.
    pub window: Window,
}

impl CompanyMemory {
    /// The hold on a service, if there is one.
    pub fn hold_on_service(&self, service: ServiceId) -> Option<&Hold> {
        use super::review::HoldTarget::Service;
        self.holds.iter().find(|hold| hold.target == Service(service))
    }

    /// The hold on an event type, if there is one.
    pub fn hold_on_event_type(&self, event_type: EventTypeId) -> Option<&Hold> {
        use super::review::HoldTarget::EventType;
        self.holds.iter().find(|hold| hold.target == EventType(event_type))
    }
}

/// What the last seven days say about the blast radius.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// When each service that was switched off in these days was, oldest first.
    pub switched_off_at: Vec<Timestamp>,
    /// The most active services that any run of these days saw, this one included.
    pub most_active: u32,
}

/// What stands in the way of removing a row that this program imported: what others have made of it,
/// for nobody's work goes with ours, and rights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// The tables whose rows point at it, and how many do.
    pub pointing: BTreeMap<Box<str>, u32>,
    /// The columns that an import leaves alone, and that somebody filled.
    pub filled: Vec<Box<str>>,
    /// Why the database would not remove it for this user, in its words.
    pub forbidden: Option<Box<str>>,
}

impl Claims {
    /// In words; `None` where nobody claims anything.
    pub fn in_words(&self) -> Option<String> {
        let pointing = self.pointing.iter().map(|(table, rows)| match rows {
            1 => format!("1 row of {table} points at it"),
            _ => format!("{rows} rows of {table} point at it"),
        });
        let filled = (!self.filled.is_empty())
            .then(|| format!("somebody filled in {}", self.filled.join(", ")));
        let forbidden =
            self.forbidden.iter().map(|said| format!("this user may not remove it ({said})"));
        let all: Vec<String> = pointing.chain(filled).chain(forbidden).collect();
        (!all.is_empty()).then(|| all.join(", and "))
    }
}

/// How things that point at a service stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct References {
    /// Later than a day ago: the application stores local time.
    pub upcoming: u32,
    /// All of them.
    pub total: u32,
}

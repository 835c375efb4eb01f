//! The policy and the limits of one company: everything a person may set that changes a decision.

use super::change::Column;
use super::ids::{CompanyId, EventTypeId, TeamId};
use std::collections::BTreeMap;
use std::time::Duration;

/// A company, its teams, and what may be done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyPolicy {
    /// The company.
    pub company_id: CompanyId,
    /// Its teams, in order of their ids; at least one.
    pub teams: Vec<TeamPolicy>,
    /// What may be done without asking.
    pub policy: Policy,
    /// How much of it.
    pub safety: Safety,
    /// The columns that the application's table really has mapped.
    pub mapped: MappedColumns,
}

/// What the configuration says of one team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamPolicy {
    /// Cal.com's number.
    pub team_id: TeamId,
    /// The slug that the team's own record must carry, if configured.
    pub slug: Option<Box<str>>,
    /// Event types that every plausible observation contains.
    pub must_contain: Vec<EventTypeId>,
}

/// `[policy]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// New event types.
    pub import: Consent,
    /// A new event type bearing the name of one unlinked row.
    pub link: Consent,
    /// A new event type bearing an absent service's name. Never automatic.
    pub relink: Consent,
    /// Absent event types.
    pub deactivate: Consent,
    /// What this program switched off and whose event type returned.
    pub reactivate: Consent,
    /// Who owns a column. A column that is not named is ignored.
    pub fields: BTreeMap<Column, FieldPolicy>,
    /// The first match wins; none: imported active.
    pub import_rules: Vec<ImportRule>,
}

/// How far this program may go by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// It does it, within the limits.
    Auto,
    /// It asks.
    Review,
    /// It does neither.
    Off,
}

/// Who owns a column of the application's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldPolicy {
    /// Cal.com: differences are written.
    Source,
    /// The application: differences are told.
    Report,
    /// Nobody asks.
    Ignore,
}

/// `[[policy.import_rules]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRule {
    /// A regular expression on the title, known to compile.
    pub title: Box<str>,
    /// What to do with a match.
    pub action: ImportAction,
}

/// What an import rule does with a new event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportAction {
    /// A row that callers can book.
    Active,
    /// A row that they cannot.
    Inactive,
    /// No row.
    Skip,
    /// A question.
    Review,
}

/// `[safety]`: every limit, as a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Safety {
    /// Consecutive accepted absences before anything is asked; at least 3.
    pub absent_threshold: u32,
    /// The least time between two observations that count.
    pub min_observation_gap: Duration,
    /// How much of an observation may go at once, in percent; one always may.
    pub max_shrink_percent: u32,
    /// Deactivations per company in one run and in any seven days.
    pub max_deactivations: u32,
    /// The same in percent of the most active services in those days; one always may.
    pub max_deactivation_percent: u32,
    /// With `deactivate = "auto"`: from the first absence to the deactivation.
    pub auto_min_absence: Duration,
    /// A streak starts again after this long without an accepted observation.
    pub streak_expires_after: Duration,
    /// More imports than this wait for review as one mass change.
    pub max_imports: u32,
    /// How long a person's yes holds.
    pub approval_ttl: Duration,
}

/// The optional columns that are mapped: the others cannot be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MappedColumns(u8);

impl MappedColumns {
    /// Adds a column.
    #[must_use]
    pub fn with(self, column: Column) -> Self {
        Self(self.0 | 1 << column as u8)
    }

    /// True where the table has it.
    pub fn has(self, column: Column) -> bool {
        self.0 & (1 << column as u8) != 0
    }
}

impl FromIterator<Column> for MappedColumns {
    fn from_iter<I: IntoIterator<Item = Column>>(columns: I) -> Self {
        columns.into_iter().fold(Self::default(), Self::with)
    }
}

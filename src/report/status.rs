//! What is going on: the state of everything, as the ledger knows it.

use super::lines::{ObservationLine, WatchLine};
use crate::model::Timestamp;
use crate::model::chain::ChainHead;
use crate::model::ids::{CompanyId, ReviewId, RunId, ServiceId, TeamId};
use crate::model::message::WaitingMessage;
use crate::model::review::{Hold, Pause, ReviewKind};
use crate::model::run::{RunRecord, ServiceCounts};

/// The state of everything.
#[derive(Debug, Clone)]
pub struct StatusReport {
    /// When it was looked.
    pub now: Timestamp,
    /// The configured companies, in order of their ids.
    pub companies: Vec<CompanyStatus>,
    /// Questions that nobody answered yet: trouble first, then the oldest.
    pub pending: Vec<PendingLine>,
    /// Teams whose newest observation waits for a person.
    pub quarantined: Vec<QuarantinedLine>,
    /// What people said to leave alone.
    pub holds: Vec<Hold>,
    /// A person's word to touch no service.
    pub paused: Option<Pause>,
    /// Messages that are not delivered to everybody yet, oldest first.
    pub undelivered: Vec<WaitingMessage>,
    /// Where the ledger's chain ends; `None` before the first run.
    pub head: Option<ChainHead>,
    /// Where the ledger ended that was here before the first run of this one, and is gone.
    pub gone: Option<ChainHead>,
    /// The newest run.
    pub last_run: Option<RunRecord>,
    /// Whether one is at work right now.
    pub activity: Activity,
}

/// Whether a run is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// A run holds the lock.
    RunAtWork,
    /// None does.
    Idle,
}

/// One company.
#[derive(Debug, Clone)]
pub struct CompanyStatus {
    /// The company.
    pub company_id: CompanyId,
    /// Its rows, as last seen or written; `None` where no run could read them yet.
    pub services: Option<ServiceCounts>,
    /// Active services that the application does not book all the same: their `sync_status`.
    pub unbookable: u32,
    /// When the lists of all its teams were last accepted: the oldest of them. `None` where one
    /// never was.
    pub last_accepted_at: Option<Timestamp>,
    /// Each of its teams.
    pub teams: Vec<TeamStatus>,
    /// Active services whose event type is absent.
    pub watching: Vec<WatchLine>,
    /// Why the last run could not finish it.
    pub trouble: Option<Box<str>>,
}

impl StatusReport {
    fn known(&self) -> impl Iterator<Item = ServiceCounts> {
        self.companies.iter().filter_map(|company| company.services)
    }

    /// Whether anything is known of the rows.
    pub fn knows_rows(&self) -> bool {
        self.known().next().is_some()
    }

    /// Companies of whose rows nothing is known.
    pub fn unread(&self) -> impl Iterator<Item = CompanyId> {
        let unread = self.companies.iter().filter(|company| company.services.is_none());
        unread.map(|company| company.company_id)
    }

    /// Active services.
    pub fn active(&self) -> u32 {
        self.known().map(|services| services.active).sum()
    }

    /// Active services that the application does not book all the same.
    pub fn unbookable(&self) -> u32 {
        self.companies.iter().map(|company| company.unbookable).sum()
    }

    /// Active services that callers can book.
    pub fn bookable(&self) -> u32 {
        self.active().saturating_sub(self.unbookable())
    }
}

/// One team.
#[derive(Debug, Clone)]
pub struct TeamStatus {
    /// The team.
    pub team_id: TeamId,
    /// When its list was last accepted.
    pub last_accepted_at: Option<Timestamp>,
    /// Its newest observation, whatever it is worth, and when it was made.
    pub newest: Option<(Timestamp, ObservationLine)>,
}

/// A question that nobody answered yet.
#[derive(Debug, Clone)]
pub struct PendingLine {
    /// Its number.
    pub id: ReviewId,
    /// What kind.
    pub kind: ReviewKind,
    /// The company.
    pub company_id: CompanyId,
    /// The row, if one is meant.
    pub service_id: Option<ServiceId>,
    /// The name people know it by: foreign text.
    pub name: Box<str>,
    /// Why it is asked.
    pub reason: Box<str>,
    /// Since when.
    pub since: Timestamp,
}

/// An observation that waits for a person.
#[derive(Debug, Clone)]
pub struct QuarantinedLine {
    /// The company.
    pub company_id: CompanyId,
    /// The run that made it.
    pub run_id: RunId,
    /// When.
    pub at: Timestamp,
    /// The observation.
    pub observation: ObservationLine,
}

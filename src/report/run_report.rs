//! What a run saw, decided and did: the one view that text, JSON and mail are made of.

use super::lines::{
    BreachLine, ChangeLine, ChangeStatus, DoubtLine, DriftLine, ObservationLine, QuestionLine,
    TurnLine, WatchLine,
};
use crate::model::Timestamp;
use crate::model::chain::ChainHead;
use crate::model::decision::Decision;
use crate::model::ids::{CompanyId, RunId};
use crate::model::message::{Trouble, TroubleKind, WaitingMessage};
use crate::model::observation::Verdict;
use crate::model::review::{HoldTarget, Pause};
use crate::model::run::{Counts, RunKind, ServiceCounts};
use std::collections::BTreeSet;

/// A message whose first try failed may only have met a server that was busy; after the second, who
/// reads cron's mail is told.
const STUCK_AFTER: u32 = 2;

/// And then again after so many: a day of tries an hour apart.
const TRIES_A_DAY: u32 = 24;

/// One run.
#[derive(Debug, Clone)]
#[must_use = "a run that nobody reports was for nobody"]
pub struct RunReport {
    /// Its number; a rehearsal has none.
    pub run_id: Option<RunId>,
    /// What kind of pass.
    pub kind: RunKind,
    /// Whether anything was to be written at all.
    pub mode: Mode,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, or where it was cut off.
    pub finished_at: Option<Timestamp>,
    /// How it ended.
    pub ending: Ending,
    /// Entries that an interrupted run had left open, and that this one settled.
    pub recovered: Vec<ChangeLine>,
    /// Why no sync may write to any service, if a person said so. It does not bind a rollback.
    pub paused: Option<Pause>,
    /// The companies, in order of their ids.
    pub companies: Vec<CompanyReport>,
    /// What a rollback leaves held, so that no later run does again what it undid.
    pub holds: Vec<HoldTarget>,
    /// The head that the run before had left, where it is not in this ledger's chain: the ledger was
    /// put back, replaced or rewritten.
    pub restored: Option<ChainHead>,
    /// Where the ledger's chain ended when the run did; a rehearsal adds to no chain.
    pub head: Option<ChainHead>,
    /// Messages that are not delivered to everybody yet, after this run has tried. They change
    /// nothing about how it ended.
    pub undelivered: Vec<WaitingMessage>,
}

/// Whether a run writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Real,
    /// `--check-only`: the same code, and no trace.
    Rehearsal,
}

/// How a run ended, the most serious first: where several apply, the first wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Something could not be done; the journal says exactly what was and was not.
    Failed,
    /// Rows moved under us: a person must look.
    Conflicts,
    /// An observation was not accepted, or a look-up was unclear or contradicted the list.
    NotTrusted,
    /// Observed and recorded, and no service touched: a person paused it.
    Paused,
    /// Observed and recorded, and no service touched: other runs work on every company.
    LeftToOthers,
    /// Done, and something waits for a person.
    SomethingWaits,
    /// Done.
    Done,
}

impl Ending {
    /// The process's exit code, as long as nobody asked for 3 with `--exit-code`.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done | Self::SomethingWaits => 0,
            Self::Failed => 1,
            Self::Paused | Self::LeftToOthers => 4,
            Self::NotTrusted => 5,
            Self::Conflicts => 6,
        }
    }
}

/// One company's part of a run.
#[derive(Debug, Clone)]
pub struct CompanyReport {
    /// The company.
    pub company_id: CompanyId,
    /// The rows, as read.
    pub services: ServiceCounts,
    /// One for each of its teams.
    pub observations: Vec<ObservationLine>,
    /// What was seen and done, in numbers.
    pub counts: Counts,
    /// What was written, or would be.
    pub changes: Vec<ChangeLine>,
    /// Questions that this run asked, or would ask.
    pub asked: Vec<QuestionLine>,
    /// Questions that ended without a person.
    pub turned: Vec<TurnLine>,
    /// Active services whose event type is absent.
    pub watching: Vec<WatchLine>,
    /// Rows that differ in columns which the application owns.
    pub drifted: Vec<DriftLine>,
    /// Every remarkable decision, in the plan's order.
    pub decisions: Vec<Decision>,
    /// Look-ups that were unclear or contradicted the list.
    pub doubts: Vec<DoubtLine>,
    /// The limit that the plan would have crossed.
    pub breach: Option<BreachLine>,
    /// Another run works on it, from another host or with another ledger: nothing was touched.
    pub left_to_another_run: bool,
    /// Why it could not be finished.
    pub trouble: Option<Box<str>>,
}

impl CompanyReport {
    /// A company of which nothing is said yet.
    pub fn of(company_id: CompanyId) -> Self {
        Self {
            company_id,
            services: ServiceCounts::default(),
            observations: Vec::new(),
            counts: Counts::default(),
            changes: Vec::new(),
            asked: Vec::new(),
            turned: Vec::new(),
            watching: Vec::new(),
            drifted: Vec::new(),
            decisions: Vec::new(),
            doubts: Vec::new(),
            breach: None,
            left_to_another_run: false,
            trouble: None,
        }
    }

    fn failed(&self) -> bool {
        let undone = |change: &ChangeLine| {
            matches!(change.status, ChangeStatus::Abandoned | ChangeStatus::Unknown)
        };
        self.trouble.is_some() || self.changes.iter().any(undone)
    }

    fn is_distrusted(&self) -> bool {
        !self.doubts.is_empty()
            || self.observations.iter().any(|one| one.verdict != Verdict::Accepted)
    }

    fn waits(&self) -> bool {
        self.left_to_another_run
            || self.counts.waiting_for_review > 0
            || self.changes.iter().any(|change| change.status == ChangeStatus::Waiting)
    }
}

impl RunReport {
    /// Over all companies.
    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for company in &self.companies {
            sum += company.counts;
        }
        sum
    }

    /// True where a person should look: something went wrong, was not believed, changed, is asked
    /// for the first time, or cannot be told on the usual way. What waits since an earlier run is no news, nor is a pause.
    pub fn is_news(&self) -> bool {
        let told = |company: &CompanyReport| {
            let changed = company.changes.iter().any(|one| one.status != ChangeStatus::Waiting);
            changed
                || company.left_to_another_run
                || !company.asked.is_empty()
                || !company.turned.is_empty()
        };
        let is_stuck = |message: &WaitingMessage| {
            message.attempts == STUCK_AFTER
                || (message.attempts > 0 && message.attempts.is_multiple_of(TRIES_A_DAY))
        };
        matches!(self.ending, Ending::Failed | Ending::Conflicts | Ending::NotTrusted)
            || self.undelivered.iter().any(is_stuck)
            || !self.recovered.is_empty()
            || self.restored.is_some()
            || self.companies.iter().any(told)
    }

    /// True where something was changed or asked, or what an interrupted run had left was settled.
    pub fn happened(&self) -> bool {
        let here = |company: &CompanyReport| {
            company.changes.iter().any(|one| one.status == ChangeStatus::Applied)
                || !company.asked.is_empty()
                || !company.turned.is_empty()
        };
        !self.recovered.is_empty() || self.companies.iter().any(here)
    }

    /// What is wrong, company by company.
    pub fn troubles(&self) -> BTreeSet<Trouble> {
        let of_one = |company: &CompanyReport| {
            let refused = |line: &ObservationLine| line.verdict != Verdict::Accepted;
            let kinds = [
                (TroubleKind::Source, company.observations.iter().any(refused)),
                (TroubleKind::LookUp, !company.doubts.is_empty()),
                (TroubleKind::Conflict, company.counts.conflicts > 0),
                (TroubleKind::Failed, company.failed()),
            ];
            let id = company.company_id;
            kinds.into_iter().filter(|(_, is_so)| *is_so).map(move |(kind, _)| (id, kind))
        };
        self.companies.iter().flat_map(of_one).collect()
    }

    /// How it ended, by what it says: the most serious thing wins.
    pub fn judge_ending(&self) -> Ending {
        let any = |wanted: fn(&CompanyReport) -> bool| self.companies.iter().any(wanted);
        let moved = |change: &ChangeLine| change.status == ChangeStatus::Conflict;
        if any(CompanyReport::failed) {
            Ending::Failed
        } else if any(|company| company.counts.conflicts > 0) || self.recovered.iter().any(moved) {
            Ending::Conflicts
        } else if any(CompanyReport::is_distrusted) {
            Ending::NotTrusted
        } else if self.paused.is_some() && self.kind == RunKind::Sync {
            Ending::Paused
        } else if !self.companies.is_empty()
            && self.companies.iter().all(|company| company.left_to_another_run)
        {
            Ending::LeftToOthers
        } else if any(CompanyReport::waits) {
            Ending::SomethingWaits
        } else {
            Ending::Done
        }
    }
}

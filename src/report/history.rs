//! What was: the runs, and one run rebuilt from the ledger.

use super::lines::{ChangeLine, ObservationLine, PutBack};
use super::status::Activity;
use crate::model::chain::ChainHead;
use crate::model::ids::{CompanyId, EventTypeId, ReviewId, RunId, ServiceId, TeamId};
use crate::model::review::{HoldTarget, ReviewKind, ReviewState};
use crate::model::run::{Counts, RunRecord, ServiceCounts};
use std::collections::BTreeMap;

/// The runs, newest first.
#[derive(Debug, Clone)]
pub struct RunsReport {
    /// The runs that were asked for.
    pub runs: Vec<RunRecord>,
    /// What the rollbacks among them did to rows.
    pub put_back: BTreeMap<RunId, BTreeMap<PutBack, u32>>,
    /// Where the ledger ended that was here before the first run of this one, and is gone.
    pub gone: Option<ChainHead>,
    /// Whether there are older ones.
    pub older: Older,
    /// Whether a run is at work: the newest one, if it has no end yet.
    pub activity: Activity,
}

/// Whether there is more than what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    /// There are older runs.
    More,
    /// That is all.
    NoMore,
}

/// One run, as the ledger has it.
#[derive(Debug, Clone)]
pub struct ShownRun {
    /// The run.
    pub run: RunRecord,
    /// Whether it is at work, or was cut off, where it has no end.
    pub activity: Activity,
    /// The companies, in order of their ids.
    pub companies: Vec<ShownCompany>,
    /// What it left held, and nobody has released.
    pub holds: Vec<HoldTarget>,
}

/// One company's part of it.
#[derive(Debug, Clone)]
pub struct ShownCompany {
    /// The company.
    pub company_id: CompanyId,
    /// The rows, as read; `None` where the run did not come to its end.
    pub closed: Option<(Counts, ServiceCounts)>,
    /// Why it could not be finished.
    pub trouble: Option<Box<str>>,
    /// What it read, and who accepted it in spite of its findings.
    pub observations: Vec<(ObservationLine, Option<Box<str>>)>,
    /// What it decided otherwise than the run before.
    pub decisions: Vec<DecisionLine>,
    /// Its journal.
    pub changes: Vec<ChangeLine>,
    /// Event types that it looked up by their ids.
    pub look_ups: Vec<LookUpLine>,
    /// Questions that it asked.
    pub asked: Vec<AskedLine>,
}

/// What was decided.
#[derive(Debug, Clone)]
pub struct DecisionLine {
    /// The row, if there is one.
    pub service_id: Option<ServiceId>,
    /// The event type, if there is one.
    pub event_type_id: Option<EventTypeId>,
    /// The row's name: foreign text.
    pub name: Box<str>,
    /// What, in one word.
    pub action: Box<str>,
    /// Why.
    pub reason: Box<str>,
}

/// A look-up by id.
#[derive(Debug, Clone)]
pub struct LookUpLine {
    /// The team asked.
    pub team_id: TeamId,
    /// What was looked up.
    pub event_type_id: EventTypeId,
    /// `exists`, `not-found` or `unclear`.
    pub answer: Box<str>,
    /// What was seen, when unclear: foreign text.
    pub note: Option<Box<str>>,
}

/// A question, and what became of it.
#[derive(Debug, Clone)]
pub struct AskedLine {
    /// Its number.
    pub id: ReviewId,
    /// What kind.
    pub kind: ReviewKind,
    /// The row, if one is meant.
    pub service_id: Option<ServiceId>,
    /// The name people know it by: foreign text.
    pub name: Box<str>,
    /// Why it was asked.
    pub reason: Box<str>,
    /// Where it stands now.
    pub state: ReviewState,
}

//! What a person asks to be rolled back, and why that is refused whole.

use crate::model::Timestamp;
use crate::model::ids::{CompanyId, RunId, ServiceId};
use crate::model::review::Word;
use crate::model::settings::MissingSecret;
use crate::report::run_report::Mode;

/// What is to be undone.
#[derive(Debug, Clone)]
pub enum Target {
    /// One run.
    Run(RunId),
    /// Every deactivation since a moment that is still in effect: of one company, or of all.
    Since(Timestamp, Option<CompanyId>),
}

/// A request to roll back.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is to be undone.
    pub target: Target,
    /// Only these services; all of them where it is empty.
    pub services: Vec<ServiceId>,
    /// Whether to show what would be done, or to do it.
    pub mode: Mode,
    /// Who asks, and why.
    pub word: Word,
}

/// Why a rollback was refused whole. Nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No ledger.
    #[error("there is no ledger, so there is no run to roll back")]
    NoLedger,
    /// No such run.
    #[error(
        "there is no run {0}; `reconciler runs` shows those there are. A rehearsal has no number, \
         for it changes nothing"
    )]
    Unknown(RunId),
    /// It changed nothing.
    #[error("run {0} changed no service, so there is nothing to roll back")]
    ChangedNothing(RunId),
    /// Nothing since then.
    #[error("no service was switched off since then, so there is nothing to roll back")]
    NothingSince,
    /// That moment has not come yet.
    #[error("{0} is in the future: nothing can have been switched off since then")]
    Future(Timestamp),
    /// Neither configured nor ever written to.
    #[error("no run ever switched off a service of company {0}, and it is not configured")]
    UnknownCompany(CompanyId),
    /// None of its changes is in effect any more.
    #[error("nothing of it is left to roll back: {0}")]
    NothingLeft(String),
    /// What it would switch off could not be looked up first.
    #[error(
        "services would be switched off by it, and Cal.com is asked about their event types first: \
         {0}"
    )]
    NoKey(MissingSecret),
    /// A service that the run did not change.
    #[error("service {0} is not among what would be rolled back")]
    OtherService(ServiceId),
}

impl Request {
    /// Who asks for what, and why: it stands in the journal and on the holds.
    pub(super) fn reason(&self) -> String {
        let by = &self.word.by;
        let what = match self.target {
            Target::Run(run) => format!("rollback of run {run} by {by}"),
            Target::Since(at, _) => format!("rollback of deactivations since {at} by {by}"),
        };
        match &self.word.reason {
            Some(why) => format!("{what}: {why}"),
            None => what,
        }
    }
}

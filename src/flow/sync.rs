//! One run: take the lock, recover, observe, and let each company have its pass; then close.

use super::company::Pass;
use super::deliver::deliver;
use super::measure::measure;
use super::observe::{Observed, observe};
use super::recover::recover;
use super::tell::messages;
use super::watch::{Watch, blind};
use super::work::{Clock, Work};
use crate::io::calcom::CalCom;
use crate::io::ledger::{Ledger, LedgerError};
use crate::io::lock::{LockError, RunLock};
use crate::io::store::{Access, Store};
use crate::model::chain::ChainHead;
use crate::model::ids::CompanyId;
use crate::model::policy::Consent;
use crate::model::run::RunKind;
use crate::report::monitor::Blind;
use crate::report::run_report::{Ending, Mode, RunReport};
use anyhow::Context;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

/// Why a run did not take place, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another run is at work: nothing was touched.
    #[error(transparent)]
    Locked(LockError),
    /// Something failed: the journal says what was and was not done.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

impl RunError {
    /// What failed because of the ledger, or of its lock, says what to do about it.
    pub(super) fn with_advice(self) -> Self {
        let Self::Failed(error) = self else { return self };
        match advice(&error) {
            Some(advice) => Self::Failed(anyhow::anyhow!("{error:#}. What to do: {advice}")),
            None => Self::Failed(error),
        }
    }
}

/// What to do about an error that the ledger, or its lock, is the cause of.
pub fn advice(error: &anyhow::Error) -> Option<String> {
    let ledger = error.chain().find_map(|cause| cause.downcast_ref::<LedgerError>());
    let lock = error.chain().find_map(|cause| cause.downcast_ref::<LockError>());
    match (ledger, lock) {
        (Some(LedgerError::Decided { .. }), _) | (None, None | Some(LockError::Held { .. })) => {
            None
        }
        (Some(ledger), _) => Some(ledger.advice().into_owned()),
        (None, Some(lock)) => Some(lock.advice()),
    }
}

/// Another run works on a company, from another host or with another ledger.
#[derive(Debug, thiserror::Error)]
#[error("another run works on company {0}")]
pub struct LockedElsewhere(pub CompanyId);

/// Runs once over all companies of `work`, watched by the monitor.
pub async fn sync(work: &Work, mode: Mode, clock: Clock) -> Result<RunReport, RunError> {
    let watch = Watch::over(work, mode, clock);
    let result = locked(work, mode, clock, &watch).await.map_err(RunError::with_advice);
    watch.ends(&result).await;
    result.map(|(report, _)| report)
}

async fn locked(
    work: &Work,
    mode: Mode,
    clock: Clock,
    watch: &Watch,
) -> Result<(RunReport, Vec<Blind>), RunError> {
    let (_lock, mut ledger) = open_ledger(work, mode, clock)?;
    let access = if mode == Mode::Real { Access::ReadWrite } else { Access::ReadOnly };
    let mut store = Store::open(&work.store, access).await;
    if let Some(trouble) = store.as_ref().ok().and_then(Store::import_trouble)
        && work.companies.iter().any(|company| company.policy.import != Consent::Off)
    {
        tracing::warn!(%trouble, "imports will be refused");
    }
    let calcom = CalCom::new(&work.source).context("the Cal.com client could not be made")?;

    let run = ledger
        .open_run(RunKind::Sync, clock.now())
        .context("no run was begun, and no service was touched")?;
    tracing::info!(run.id = run.0, ?mode, "run begins");
    let recovered = match &mut store {
        Ok(store) => recover(&mut ledger, store, run).await?,
        Err(_) => Vec::new(), // nothing can be settled without reading the rows
    };
    let paused = ledger.pause(clock.now()).context(UNREAD)?;
    let mut report = RunReport {
        run_id: (mode == Mode::Real).then_some(run),
        kind: RunKind::Sync,
        mode,
        started_at: clock.now(),
        finished_at: None,
        ending: Ending::Done,
        recovered,
        paused,
        companies: Vec::new(),
        holds: Vec::new(),
        restored: ledger.restoration_of(run).context(UNREAD)?,
        head: None,
        undelivered: Vec::new(),
    };

    let (greeting, ()) = tokio::join!(calcom.greet(), watch.begins());
    let mut observing: FuturesUnordered<_> =
        work.companies.iter().map(|company| observe(&calcom, company, &greeting, clock)).collect();
    let mut closes = Vec::new();
    while let Some(Observed { company, readings }) = observing.next().await {
        let mut pass = Pass {
            run,
            mode,
            clock,
            work,
            company,
            calcom: &calcom,
            ledger: &mut ledger,
            paused: &mut report.paused,
        };
        let (close, company_report) = pass.walk(readings, &mut store).await?;
        closes.push(close);
        report.companies.push(company_report);
    }
    if let Ok(store) = store {
        store.close().await;
    }
    report.companies.sort_by_key(|company| company.company_id);
    let finished_at = clock.later();
    report.finished_at = Some(finished_at);
    report.ending = report.judge_ending();
    closes.sort_by_key(|close| close.company_id);
    let (times, code) = ((clock.now(), finished_at), report.ending.exit_code());
    ledger
        .close_run(run, &closes, times, code, |ledger| messages(ledger, work, &report))
        .context("the run's end could not be written down; what it did stands in the journal")?;
    report.head = head_after(&ledger, mode)?;
    tracing::info!(run.id = run.0, ending = ?report.ending, "run ends");
    let blind = afterwards(work, &mut ledger, &mut report, clock).await;
    Ok((report, blind))
}

/// After the close: the outbox, the metrics, and for how long nothing was seen. Whatever comes of
/// it, the run stands as it was closed. A rehearsal has nothing of it.
async fn afterwards(
    work: &Work,
    ledger: &mut Ledger,
    report: &mut RunReport,
    clock: Clock,
) -> Vec<Blind> {
    if report.mode == Mode::Rehearsal {
        return Vec::new();
    }
    report.undelivered = deliver(work, ledger, clock).await;
    measure(work, ledger, report);
    blind(work, ledger, clock).unwrap_or_else(|error| {
        tracing::error!(%error, "nobody knows how long the source has not been believed");
        Vec::new()
    })
}

const UNTOUCHED: &str = "nothing was done, and no service was touched";
const UNREAD: &str = "the ledger could not be read; no service was touched";

/// A run holds the lock to its end. A rehearsal shares it with whoever looks, only while it copies
/// the ledger into memory: then the very code of a real run works on that copy. Neither begins on a
/// ledger whose newest links do not fit.
pub(super) fn open_ledger(
    work: &Work,
    mode: Mode,
    clock: Clock,
) -> Result<(Option<RunLock>, Ledger), RunError> {
    let locked = |error: LockError| match error {
        LockError::Held { .. } => RunError::Locked(error),
        LockError::File { .. } => RunError::Failed(anyhow::Error::new(error).context(UNTOUCHED)),
    };
    let (lock, ledger) = match mode {
        Mode::Real => {
            let lock = RunLock::take(&work.ledger, clock.now()).map_err(locked)?;
            (Some(lock), Ledger::open(&work.ledger).context(UNTOUCHED)?)
        }
        Mode::Rehearsal => {
            let _shared = RunLock::share(&work.ledger).map_err(locked)?;
            (None, Ledger::rehearsal_copy(&work.ledger).context(UNTOUCHED)?)
        }
    };
    ledger.check_newest_links().context(UNTOUCHED)?;
    Ok((lock, ledger))
}

/// Where the chain ends now, for whoever keeps it elsewhere. A rehearsal's copy is forgotten.
pub(super) fn head_after(ledger: &Ledger, mode: Mode) -> anyhow::Result<Option<ChainHead>> {
    match mode {
        Mode::Real => ledger.head().context("the ledger could not be read"),
        Mode::Rehearsal => Ok(None),
    }
}

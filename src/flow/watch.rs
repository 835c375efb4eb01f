//! Watch: the monitor that raises the alarm when runs stop coming, or go wrong for too long.

use super::sync::RunError;
use super::work::{Clock, Work};
use crate::io::ledger::{Ledger, LedgerError};
use crate::io::notify::{Monitor, Signal};
use crate::report::monitor::{Blind, ended, failed};
use crate::report::run_report::{Ending, Mode, RunReport};

/// A run's pings. Without a monitor, or in a rehearsal, there are none.
pub struct Watch {
    monitor: Option<Monitor>,
}

impl Watch {
    /// Over one run.
    pub fn over(work: &Work, mode: Mode, clock: Clock) -> Self {
        let settings = work.notify.ping.as_ref().filter(|_| mode == Mode::Real);
        let monitor = settings.map(|settings| Monitor::new(settings, clock.now()));
        let monitor = monitor.and_then(|made| {
            made.inspect_err(|error| tracing::warn!(%error, "the monitor is not told")).ok()
        });
        Self { monitor }
    }

    /// The run has its lock, and begins.
    pub async fn begins(&self) {
        self.ping(Signal::Start, String::new()).await;
    }

    /// The run is over. One that found another at work says nothing: the other one speaks.
    pub async fn ends(&self, result: &Result<(RunReport, Vec<Blind>), RunError>) {
        match result {
            Err(RunError::Locked(_)) => {}
            Err(RunError::Failed(error)) => {
                self.ping(Signal::Fail, failed(&format!("{error:#}"))).await;
            }
            Ok((report, blind)) => {
                let is_bad = report.ending == Ending::Failed || !blind.is_empty();
                let signal = if is_bad { Signal::Fail } else { Signal::Success };
                self.ping(signal, ended(report, blind)).await;
            }
        }
    }

    /// A ping that fails is told in the log, and nowhere else: a late one would be a lie.
    async fn ping(&self, signal: Signal, body: String) {
        let Some(monitor) = &self.monitor else { return };
        if let Err(error) = monitor.ping(signal, body).await {
            tracing::warn!(%error, ?signal, "the monitor was not told");
        }
    }
}

/// The teams whose list has not been believed for longer than `[notify.ping] max_blind`, counted
/// from the last time it was; from the first run where it never was.
pub fn blind(work: &Work, ledger: &Ledger, clock: Clock) -> Result<Vec<Blind>, LedgerError> {
    let Some(settings) = &work.notify.ping else { return Ok(Vec::new()) };
    let mut blind = Vec::new();
    for team in work.companies.iter().flat_map(|company| &company.teams) {
        let Some(since) = ledger.blind_since(team.team_id, clock.now())? else { continue };
        if (clock.now() - since).to_std().is_ok_and(|age| age > settings.max_blind) {
            blind.push(Blind { team_id: team.team_id, since });
        }
    }
    Ok(blind)
}

//! The end of a rollback: counts, and the report.

use super::{ChangeLine, CompanyClose, Ending, Mode, Rollback, RunKind, RunReport};
use crate::flow::company::service_counts;
use crate::flow::deliver::deliver;
use crate::flow::sync::head_after;
use crate::flow::tell::messages;
use anyhow::Context;

impl Rollback<'_> {
    /// Closes the run, and says what it did.
    pub(super) async fn close(
        mut self,
        kind: RunKind,
        recovered: Vec<ChangeLine>,
    ) -> anyhow::Result<RunReport> {
        let mut closes = Vec::new();
        for (company, report) in &mut self.reports {
            crate::flow::company::add_to_counts(&report.changes, &mut report.counts);
            let rows = self.store.rows_of(*company).await;
            report.services = service_counts(rows.as_deref().unwrap_or(&[]));
            let mut close = CompanyClose::of(*company);
            close.counts = report.counts;
            close.services = report.services;
            closes.push(close);
        }
        self.store.close().await;
        let finished_at = self.clock.later();
        let mut report = RunReport {
            run_id: (self.request.mode == Mode::Real).then_some(self.run),
            kind,
            mode: self.request.mode,
            started_at: self.clock.now(),
            finished_at: Some(finished_at),
            ending: Ending::Done,
            recovered,
            paused: self.ledger.pause(self.clock.now())?,
            companies: self.reports.into_values().collect(),
            holds: match self.request.mode {
                Mode::Real => self.ledger.held_by_run(self.run)?,
                Mode::Rehearsal => self.would_hold,
            },
            restored: self.ledger.restoration_of(self.run)?,
            head: None,
            undelivered: Vec::new(),
        };
        report.ending = report.judge_ending();
        let (times, code) = ((self.clock.now(), finished_at), report.ending.exit_code());
        self.ledger
            .close_run(self.run, &closes, times, code, |ledger| {
                messages(ledger, self.work, &report)
            })
            .context("the rollback's end could not be written down; the journal has what it did")?;
        report.head = head_after(&self.ledger, self.request.mode)?;
        if report.mode == Mode::Real {
            report.undelivered = deliver(self.work, &mut self.ledger, self.clock).await;
        }
        Ok(report)
    }
}

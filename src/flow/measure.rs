//! Measure: numbers for Prometheus, after the run is closed.

use super::look;
use super::work::Work;
use crate::decide::gate::{Room, WINDOW};
use crate::io::ledger::{Ledger, LedgerError};
use crate::io::textfile::{self, Readers};
use crate::report::metrics::{Limit, metrics};
use crate::report::run_report::RunReport;
use crate::report::status::Activity;

/// Writes the textfile, where one is configured. Trouble with it is told in the log, and nowhere
/// else: a file that grows old is what the monitoring notices.
pub fn measure(work: &Work, ledger: &Ledger, report: &RunReport) {
    let Some(path) = &work.notify.metrics_textfile else { return };
    let written = text(work, ledger, report).map_err(|error| error.to_string());
    let written = written.and_then(|text| {
        textfile::replace(path, &text, Readers::Everybody).map_err(|error| error.to_string())
    });
    if let Err(error) = written {
        tracing::warn!(path = %path.display(), %error, "the metrics were not written");
    }
}

fn text(work: &Work, ledger: &Ledger, report: &RunReport) -> Result<String, LedgerError> {
    let now = report.started_at;
    let status = look::standing(work.records(), ledger, Activity::Idle, now)?;
    let mut limits = Vec::with_capacity(work.companies.len());
    for company in &work.companies {
        let window = ledger.window(company.company_id, now - WINDOW, now)?;
        let active = status.companies.iter().find(|one| one.company_id == company.company_id);
        let active = active.and_then(|one| one.services).map_or(0, |services| services.active);
        let room = Room::under(&company.safety, &window, active, now);
        limits.push(Limit { company_id: company.company_id, used: room.used(), limit: room.limit });
    }
    Ok(metrics(report, &status, &limits))
}

//! What scripts read: names and shapes are a contract. Every moment is UTC, as RFC 3339 with a Z;
//! foreign text is as it came, for JSON knows how to quote: what would do something to a terminal
//! is escaped.

mod review;
mod lines;
mod look;
mod digest;
mod story;
#[cfg(test)]
mod tests;

pub use digest::digest;
pub use look::{no_run_yet, runs, show, status};
pub use review::review;
pub use story::explain;

use super::harmless::harmless_json;
use super::lines::WatchLine;
use super::run_report::{CompanyReport, Mode, RunReport};
use crate::model::Timestamp;
use crate::model::decision::Action;
use crate::model::review::Pause;
use serde_json::{Value, json};

/// One run.
pub fn run(report: &RunReport, exit_code: u8) -> String {
    document(&json!({
        "run_id": report.run_id,
        "kind": report.kind.as_str(),
        "reverts": report.kind.reverts(),
        "check_only": report.mode == Mode::Rehearsal,
        "started_at": time(report.started_at),
        "finished_at": report.finished_at.map(time),
        "exit_code": exit_code,
        "recovered": report.recovered.iter().map(lines::change).collect::<Vec<_>>(),
        "paused": report.paused.as_ref().map(pause),
        "companies": report.companies.iter().map(company).collect::<Vec<_>>(),
        "holds": report.holds.iter().map(lines::held).collect::<Vec<_>>(),
        "restored": report.restored.map(|lost| json!({ "links": lost.links, "head": lost.to_string() })),
        "head": report.head.map(|head| head.to_string()),
        "outbox": report.undelivered.iter().map(lines::undelivered).collect::<Vec<_>>(),
    }))
}

/// A run that did not take place, or not to its end.
pub fn refusal(error: &str, exit_code: u8) -> String {
    document(&json!({ "run_id": null, "error": error, "exit_code": exit_code }))
}

fn company(company: &CompanyReport) -> Value {
    json!({
        "company_id": company.company_id,
        "services": company.services,
        "observations": company.observations.iter().map(lines::observation).collect::<Vec<_>>(),
        "counts": company.counts,
        "changes": company.changes.iter().map(lines::change).collect::<Vec<_>>(),
        "asked": company.asked.iter().map(lines::asked).collect::<Vec<_>>(),
        "turned": company.turned.iter().map(lines::turned).collect::<Vec<_>>(),
        "watching": watched(company).map(lines::watching).collect::<Vec<_>>(),
        "drift": company.drifted.iter().map(lines::drift).collect::<Vec<_>>(),
        "decisions": company.decisions.iter().map(lines::decision).collect::<Vec<_>>(),
        "doubts": company.doubts.iter().map(lines::doubt).collect::<Vec<_>>(),
        "breach": company.breach.as_ref().map(lines::breach),
        "left_to_another_run": company.left_to_another_run,
        "trouble": company.trouble,
    })
}

/// Those that `counts.watching` counts: what is asked about or switched off stands there.
fn watched(company: &CompanyReport) -> impl Iterator<Item = &WatchLine> {
    company.watching.iter().filter(|line| {
        company.decisions.iter().any(|decision| {
            decision.subject.service_id == Some(line.service_id)
                && matches!(decision.action, Action::WatchAbsence(_))
        })
    })
}

fn pause(pause: &Pause) -> Value {
    json!({
        "by": pause.by,
        "at": time(pause.at),
        "reason": pause.reason,
        "until": pause.until.map(time),
    })
}

/// A moment, for scripts.
fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// One document on one line.
fn document(value: &Value) -> String {
    harmless_json(&format!("{value}\n"))
}

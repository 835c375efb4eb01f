//! Status and history, as documents.

use super::{document, lines, pause, time};
use crate::model::chain::ChainHead;
use crate::model::review::{Hold, HoldTarget};
use crate::model::run::RunRecord;
use crate::report::history::{RunsReport, ShownCompany, ShownRun};
use crate::report::status::{Activity, CompanyStatus, PendingLine, StatusReport};
use crate::report::words;
use serde_json::{Value, json};

/// The state of everything.
pub fn status(report: &StatusReport) -> String {
    let quarantined = report.quarantined.iter().map(|line| {
        let mut value = lines::at(line.at, lines::observation(&line.observation));
        if let Value::Object(object) = &mut value {
            object.insert("company_id".to_owned(), json!(line.company_id));
            object.insert("run_id".to_owned(), json!(line.run_id));
        }
        value
    });
    document(&json!({
        "now": time(report.now),
        "run_at_work": report.activity == Activity::RunAtWork,
        "companies": report.companies.iter().map(company).collect::<Vec<_>>(),
        "review_pending": report.pending.len(),
        "pending": report.pending.iter().map(pending).collect::<Vec<_>>(),
        "quarantined": report.quarantined.len(),
        "quarantined_observations": quarantined.collect::<Vec<_>>(),
        "holds": report.holds.len(),
        "held": report.holds.iter().map(hold).collect::<Vec<_>>(),
        "paused": report.paused.is_some(),
        "pause": report.paused.as_ref().map(pause),
        "outbox_waiting": report.undelivered.len(),
        "outbox": report.undelivered.iter().map(lines::undelivered).collect::<Vec<_>>(),
        "gone": report.gone.map(gone),
        "head": report.head.map(|head| head.to_string()),
        "last_run": report.last_run.as_ref().map(record),
    }))
}

pub(super) fn company(company: &CompanyStatus) -> Value {
    let teams = company.teams.iter().map(|team| {
        json!({
            "team_id": team.team_id,
            "last_accepted_at": team.last_accepted_at.map(time),
            "newest": team.newest.as_ref().map(|(at, line)| lines::at(*at, lines::observation(line))),
        })
    });
    json!({
        "company_id": company.company_id,
        "services": company.services,
        "unbookable": company.unbookable,
        "last_accepted_at": company.last_accepted_at.map(time),
        "teams": teams.collect::<Vec<_>>(),
        "watching": company.watching.iter().map(lines::watching).collect::<Vec<_>>(),
        "trouble": company.trouble,
    })
}

fn pending(line: &PendingLine) -> Value {
    json!({
        "id": line.id,
        "kind": line.kind.as_str(),
        "company_id": line.company_id,
        "service_id": line.service_id,
        "name": line.name,
        "reason": line.reason,
        "since": time(line.since),
    })
}

/// What somebody said to leave alone.
pub fn hold(hold: &Hold) -> Value {
    let (service_id, event_type_id) = match hold.target {
        HoldTarget::Service(id) => (Some(id), None),
        HoldTarget::EventType(id) => (None, Some(id)),
    };
    json!({
        "service_id": service_id,
        "event_type_id": event_type_id,
        "by": hold.by,
        "at": time(hold.at),
        "reason": hold.reason,
        "run_id": hold.run_id,
    })
}

/// One run in the history.
fn record(run: &RunRecord) -> Value {
    json!({
        "run_id": run.id,
        "kind": run.kind.as_str(),
        "reverts": run.kind.reverts(),
        "started_at": time(run.started_at),
        "finished_at": run.finished_at.map(time),
        "exit_code": run.exit_code,
        "counts": run.counts,
    })
}

/// The runs, newest first.
pub fn runs(report: &RunsReport) -> String {
    let runs: Vec<Value> = report.runs.iter().map(record).collect();
    document(&json!({ "runs": runs, "gone": report.gone.map(gone) }))
}

/// A ledger that was there.
fn gone(head: ChainHead) -> Value {
    json!({ "links": head.links, "head": head.to_string() })
}

/// What is said where no run ever was, of this ledger.
pub fn no_run_yet(lost: Option<ChainHead>) -> String {
    let message = lost.map_or_else(|| "no run yet".to_owned(), words::gone);
    document(&json!({ "run_id": null, "message": message, "gone": lost.map(gone) }))
}

/// One run: the shape of `run --json`, as far as the ledger has it.
pub fn show(shown: &ShownRun) -> String {
    let mut value = record(&shown.run);
    if let Value::Object(object) = &mut value {
        let ended = shown.run.finished_at.is_some();
        let at_work = shown.activity == Activity::RunAtWork;
        object.insert("check_only".to_owned(), false.into());
        object.insert("at_work".to_owned(), (!ended && at_work).into());
        object.insert("cut_off".to_owned(), (!ended && !at_work).into());
        let companies: Vec<Value> = shown.companies.iter().map(shown_company).collect();
        object.insert("companies".to_owned(), companies.into());
        let holds: Vec<Value> = shown.holds.iter().map(lines::held).collect();
        object.insert("holds".to_owned(), holds.into());
    }
    document(&value)
}

fn shown_company(company: &ShownCompany) -> Value {
    let observations = company.observations.iter().map(|(line, accepted_by)| {
        let mut value = lines::observation(line);
        if let Value::Object(object) = &mut value {
            object.insert("accepted_by".to_owned(), json!(accepted_by));
        }
        value
    });
    let decisions = company.decisions.iter().map(|line| {
        json!({
            "service_id": line.service_id,
            "event_type_id": line.event_type_id,
            "name": line.name,
            "action": line.action,
            "reason": line.reason,
        })
    });
    let look_ups = company.look_ups.iter().map(|line| {
        json!({
            "team_id": line.team_id,
            "event_type_id": line.event_type_id,
            "answer": line.answer,
            "note": line.note,
        })
    });
    let asked = company.asked.iter().map(|line| {
        json!({
            "id": line.id,
            "kind": line.kind.as_str(),
            "service_id": line.service_id,
            "name": line.name,
            "reason": line.reason,
            "state": line.state.as_str(),
        })
    });
    json!({
        "company_id": company.company_id,
        "services": company.closed.map(|(_, services)| services),
        "counts": company.closed.map(|(counts, _)| counts),
        "observations": observations.collect::<Vec<_>>(),
        "changes": company.changes.iter().map(lines::change).collect::<Vec<_>>(),
        "decisions": decisions.collect::<Vec<_>>(),
        "look_ups": look_ups.collect::<Vec<_>>(),
        "asked": asked.collect::<Vec<_>>(),
        "trouble": company.trouble,
    })
}

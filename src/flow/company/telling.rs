//! From verdicts to the lines of a report.

use crate::decide::assess::Assessment;
use crate::decide::gate::{ClearedChange, Due, Gate, Waiting, WaitsFor};
use crate::decide::plan::{Plan, PlanningInput};
use crate::io::ledger::RecordedObservation;
use crate::model::decision::{Action, Decision, Reason};
use crate::model::ids::ServiceId;
use crate::model::observation::{Observation, Verdict};
use crate::model::review::Question;
use crate::model::run::{ChangeKind, Counts, Intent, ServiceCounts};
use crate::model::service::Service;
use crate::report::lines::{
    BreachLine, ChangeLine, ChangeStatus, DriftLine, ObservationLine, PutBack, WatchLine,
};
use crate::report::run_report::{CompanyReport, Mode};

/// A company's rows in numbers.
pub fn service_counts(rows: &[Service]) -> ServiceCounts {
    let mut counts = ServiceCounts::default();
    for row in rows {
        if row.lifecycle.is_active() {
            counts.active += 1;
        } else {
            counts.inactive += 1;
        }
        counts.unlinked += u32::from(row.event_type_id.is_none());
    }
    counts
}

/// The observations, with the numbers that the ledger gave them.
pub fn observations(
    assessment: &Assessment,
    recorded: &[RecordedObservation],
    mode: Mode,
) -> Vec<ObservationLine> {
    let numbered = assessment.observations().iter().zip(recorded);
    numbered
        .map(|(observation, number)| ObservationLine {
            id: (mode == Mode::Real).then_some(number.id),
            team_id: observation.team_id,
            verdict: observation.verdict,
            counts_for_absence: observation.counts_for_absence(),
            findings: observation.findings.clone(),
            event_types: observation.event_types.as_ref().map(Vec::len),
            previous_event_types: observation.previous_event_types,
        })
        .collect()
}

/// Each observation once in the log, at the level it deserves.
pub fn log(observation: &Observation) {
    let (team, verdict) = (observation.team_id.0, observation.verdict.as_str());
    let checks: Vec<&str> =
        observation.findings.iter().map(|finding| finding.check().as_str()).collect();
    let event_types = observation.event_types.as_ref().map(Vec::len);
    match observation.verdict {
        Verdict::Accepted => {
            tracing::info!(team.id = team, verdict, ?checks, event_types, "observed");
        }
        Verdict::Quarantined | Verdict::Rejected | Verdict::Failed => {
            tracing::warn!(team.id = team, verdict, ?checks, event_types, "observed");
        }
    }
}

/// What the plan saw.
pub fn plan(plan: &Plan, input: &PlanningInput<'_>, report: &mut CompanyReport) {
    report.counts = plan.counts;
    let threshold = input.company.safety.absent_threshold;
    for (service_id, absence) in &input.memory.absences {
        let Some(row) = find(input.rows, *service_id) else { continue };
        let Some(event_type_id) = row.event_type_id else { continue };
        report.watching.push(WatchLine {
            service_id: *service_id,
            event_type_id,
            name: row.name.clone(),
            streak: absence.streak.0,
            threshold,
        });
    }
    for decision in &plan.decisions {
        if let (Action::ReportDrift(drifts), Some(service_id)) =
            (&decision.action, decision.subject.service_id)
        {
            let name = find(input.rows, service_id).map(|row| row.name.clone());
            report.drifted.push(DriftLine {
                service_id,
                name: name.unwrap_or_default(),
                drifts: drifts.to_vec(),
            });
        }
    }
    report.decisions = plan.decisions.iter().filter(|one| is_remarkable(one)).cloned().collect();
}

fn is_remarkable(decision: &Decision) -> bool {
    !matches!(decision.reason, Reason::InStep | Reason::Unlinked)
}

fn find(rows: &[Service], id: ServiceId) -> Option<&Service> {
    rows.get(rows.binary_search_by_key(&id, |row| row.id).ok()?)
}

/// What the gate held back, and why.
pub fn held_back(gate: &Gate, report: &mut CompanyReport) {
    for Waiting { name, kind, change, waits_for } in &gate.waiting {
        let intent = Intent {
            kind: *kind,
            change: change.clone(),
            name: name.clone(),
            reason: waiting_words(*waits_for).into(),
            review_id: None,
        };
        report.changes.push(ChangeLine::of_intent(&intent, ChangeStatus::Waiting));
    }
    report.breach = gate.breach.as_ref().map(|breach| BreachLine {
        due: breach.due,
        left: breach.left,
        limit: breach.room.limit,
        used: breach.room.used(),
        most_active: breach.room.most_active,
    });
}

fn waiting_words(waits_for: WaitsFor) -> String {
    match waits_for {
        WaitsFor::Room { until: Some(until) } => format!(
            "waits for room under the limits, until {} at the latest",
            until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        ),
        WaitsFor::Room { until: None } => "waits for room under the limits".to_owned(),
        WaitsFor::LocalEdits => "waits for the application: sync_status is pending".to_owned(),
        WaitsFor::Breach => "stopped: the company's plan crosses a limit".to_owned(),
    }
}

/// What a rehearsal would write, and what it would ask.
pub fn rehearsed(gate: &Gate, report: &mut CompanyReport) {
    let cleared = gate.cleared.iter().map(ClearedChange::intent);
    let due = gate.due.iter().filter_map(Due::intent);
    let planned = |intent| ChangeLine::of_intent(intent, ChangeStatus::Planned);
    report.changes.extend(cleared.chain(due).map(planned));
    let due = gate.due.iter().filter(|due| due.intent().is_none()).map(Due::question);
    for question in due.chain(&gate.questions) {
        report.changes.extend(question_lines(question, ChangeStatus::NeedsReview));
    }
}

/// What would be written if a person had not paused it.
pub fn paused(cleared: &[ClearedChange], report: &mut CompanyReport) {
    let lines = cleared.iter().map(|change| ChangeLine {
        note: Some("paused".into()),
        ..ChangeLine::of_intent(change.intent(), ChangeStatus::Waiting)
    });
    report.changes.extend(lines);
}

fn question_lines(
    question: &Question,
    status: ChangeStatus,
) -> impl Iterator<Item = ChangeLine> + '_ {
    let kind = question.subject.kind.change_kind().unwrap_or(ChangeKind::Update);
    question.changes.iter().map(move |change| {
        let intent = Intent {
            kind,
            change: change.clone(),
            name: question.name.clone(),
            reason: question.reason.clone(),
            review_id: None,
        };
        ChangeLine::of_intent(&intent, status)
    })
}

/// What was done, in numbers.
pub fn add_to_counts(lines: &[ChangeLine], counts: &mut Counts) {
    for line in lines {
        match line.status {
            ChangeStatus::Applied => *counter(line, counts) += 1,
            ChangeStatus::Conflict => counts.conflicts += 1,
            ChangeStatus::Planned
            | ChangeStatus::NeedsReview
            | ChangeStatus::Waiting
            | ChangeStatus::Abandoned
            | ChangeStatus::Unknown => {}
        }
    }
}

/// What was undone is counted as what it did.
fn counter<'a>(line: &ChangeLine, counts: &'a mut Counts) -> &'a mut u32 {
    match line.put_back() {
        Some(PutBack::SwitchedOn) => return &mut counts.reactivated,
        Some(PutBack::SwitchedOff) => return &mut counts.deactivated,
        Some(PutBack::Linked | PutBack::Relinked) => return &mut counts.linked,
        Some(PutBack::Removed | PutBack::Unlinked | PutBack::Otherwise) | None => {}
    }
    match line.kind {
        ChangeKind::Deactivate => &mut counts.deactivated,
        ChangeKind::Reactivate => &mut counts.reactivated,
        ChangeKind::Import => &mut counts.imported,
        ChangeKind::Link | ChangeKind::Relink => &mut counts.linked,
        ChangeKind::Update | ChangeKind::Revert | ChangeKind::Remove => &mut counts.updated,
    }
}

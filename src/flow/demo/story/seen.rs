//! What the chapters say of a run: read from its report, each in one place.

use crate::model::change::{Column, Value};
use crate::model::observation::{Check, Finding, Verdict};
use crate::model::review::ReviewKind;
use crate::report::lines::{ChangeStatus, ObservationLine};
use crate::report::run_report::RunReport;

/// The one observation of the one team.
pub fn observation(run: &RunReport) -> Option<&ObservationLine> {
    run.companies.first()?.observations.first()
}

pub fn verdict_is(run: &RunReport, verdict: Verdict) -> bool {
    observation(run).is_some_and(|one| one.verdict == verdict)
}

pub fn team(run: &RunReport) -> String {
    observation(run).map_or_else(|| "?".to_owned(), |one| one.team_id.to_string())
}

pub fn shown(run: &RunReport) -> usize {
    observation(run).and_then(|one| one.event_types).unwrap_or_default()
}

pub fn has(observation: &ObservationLine, check: Check) -> bool {
    observation.findings.iter().any(|finding| finding.check() == check)
}

/// The checks with findings.
pub fn checks(observation: &ObservationLine) -> String {
    let names: Vec<&str> =
        observation.findings.iter().map(|finding| finding.check().as_str()).collect();
    names.join(", ")
}

/// `quarantined (canary, empty)`.
pub fn verdict(run: &RunReport) -> String {
    let Some(observation) = observation(run) else { return "no observation".to_owned() };
    match checks(observation).as_str() {
        "" => observation.verdict.to_string(),
        "new-scope" => format!("{} as a baseline", observation.verdict),
        checks => format!("{} ({checks})", observation.verdict),
    }
}

/// What a list that came out implausible is held against.
pub fn why_quarantined(run: &RunReport) -> String {
    let findings = observation(run).map(|one| one.findings.as_slice()).unwrap_or_default();
    let mut findings: Vec<&Finding> = findings.iter().collect();
    findings.sort_by_key(|finding| finding.check() != Check::Empty);
    let words: Vec<String> = findings
        .into_iter()
        .map(|finding| match finding {
            Finding::Empty { previous, linked } => format!(
                "nothing, where {} event types were and {linked} active services are linked \
                 (empty)",
                previous.unwrap_or_default()
            ),
            Finding::Canary { missing } => {
                let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
                format!(
                    "event type {}, which every answer must contain, is missing (canary)",
                    missing.join(", ")
                )
            }
            other => other.check().to_string(),
        })
        .collect();
    words.join("; ")
}

/// What became of the look-up of an event type that is known to exist.
pub fn witness(run: &RunReport) -> Option<String> {
    observation(run)?.findings.iter().find_map(|finding| match finding {
        Finding::Witness { event_type_id, trouble } => {
            let seen = trouble.as_ref().map_or("not found", |trouble| &trouble.seen);
            Some(format!(
                "event type {event_type_id}, which is listed, was looked up by its own id \
                 (witness), and the answer was {seen}"
            ))
        }
        _ => None,
    })
}

pub fn asked(run: &RunReport) -> Vec<ReviewKind> {
    run.companies.iter().flat_map(|company| &company.asked).map(|asked| asked.kind).collect()
}

pub fn streaks(run: &RunReport) -> Vec<(u32, u32)> {
    let watching = run.companies.iter().flat_map(|company| &company.watching);
    watching.map(|watched| (watched.streak, watched.threshold)).collect()
}

pub fn name_of_watched(run: &RunReport) -> String {
    let mut watching = run.companies.iter().flat_map(|company| &company.watching);
    watching.next().map_or_else(|| "nothing".to_owned(), |one| format!("\"{}\"", one.name))
}

pub fn with_status(run: &RunReport, status: ChangeStatus) -> usize {
    let changes = run.companies.iter().flat_map(|company| &company.changes);
    changes.filter(|change| change.status == status).count()
}

pub fn written(run: &RunReport) -> usize {
    with_status(run, ChangeStatus::Applied)
}

/// How many of the planned imports callers could book.
pub fn planned_active(run: &RunReport) -> usize {
    let changes = run.companies.iter().flat_map(|company| &company.changes);
    let active = Some(&Value::Bool(true));
    changes
        .filter(|change| change.status == ChangeStatus::Planned)
        .filter(|change| {
            change.after.as_ref().and_then(|after| after.get(Column::IsActive)) == active
        })
        .count()
}

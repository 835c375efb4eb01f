//! The state of everything, as the ledger knows it.

use super::{KnownRow, known_rows, observation_line};
use crate::flow::work::Records;
use crate::io::ledger::{Ledger, LedgerError};
use crate::model::Timestamp;
use crate::model::ids::{RunId, ServiceId};
use crate::model::observation::Verdict;
use crate::model::policy::CompanyPolicy;
use crate::model::review::{ReviewKind, ReviewState};
use crate::model::run::ServiceCounts;
use crate::report::lines::WatchLine;
use crate::report::status::{
    Activity, CompanyStatus, PendingLine, QuarantinedLine, StatusReport, TeamStatus,
};
use std::collections::BTreeMap;

pub(in crate::flow) fn status(
    records: Records<'_>,
    ledger: &Ledger,
    activity: Activity,
    now: Timestamp,
) -> Result<StatusReport, LedgerError> {
    let mut companies = Vec::with_capacity(records.companies.len());
    let mut quarantined = Vec::new();
    let last_run = ledger.last_run()?;
    let troubles = match &last_run {
        Some(run) => ledger.company_runs(run.id)?,
        None => Vec::new(),
    };
    for policy in records.companies {
        let mut status = company(ledger, policy, &mut quarantined)?;
        let last = troubles.iter().find(|one| one.company_id == policy.company_id);
        status.trouble = last.and_then(|one| one.trouble.clone());
        companies.push(status);
    }
    Ok(StatusReport {
        now,
        companies,
        pending: pending(ledger)?,
        quarantined,
        holds: ledger.holds()?,
        paused: ledger.pause(now)?,
        undelivered: ledger.waiting_messages()?,
        head: ledger.head()?,
        gone: super::gone(ledger)?,
        last_run,
        activity,
    })
}

fn company(
    ledger: &Ledger,
    policy: &CompanyPolicy,
    quarantined: &mut Vec<QuarantinedLine>,
) -> Result<CompanyStatus, LedgerError> {
    let mut teams = Vec::with_capacity(policy.teams.len());
    for team in &policy.teams {
        let newest = ledger.newest_observation(team.team_id)?;
        if let Some(record) = &newest
            && record.verdict == Verdict::Quarantined
            && record.accepted_by.is_none()
        {
            quarantined.push(QuarantinedLine {
                company_id: policy.company_id,
                run_id: record.run_id,
                at: record.at,
                observation: observation_line(record),
            });
        }
        // One that a person accepted is believed.
        let newest = newest.map(|record| {
            let mut line = observation_line(&record);
            if record.accepted_by.is_some() {
                line.verdict = Verdict::Accepted;
            }
            (record.at, line)
        });
        let last_accepted_at = ledger.last_accepted_at(team.team_id)?;
        teams.push(TeamStatus { team_id: team.team_id, last_accepted_at, newest });
    }
    let all: Option<Vec<Timestamp>> = teams.iter().map(|team| team.last_accepted_at).collect();
    let last_accepted_at = all.and_then(|times| times.into_iter().min());
    let rows = known_rows(ledger, policy.company_id)?;
    let is_read = !rows.is_empty() || ledger.next_reading(policy.company_id, RunId(0))?.is_some();
    let watching =
        if last_accepted_at.is_some() { watching(ledger, policy, &rows)? } else { Vec::new() };
    Ok(CompanyStatus {
        company_id: policy.company_id,
        services: is_read.then(|| counts(&rows)),
        unbookable: u32::try_from(rows.values().filter(|row| row.is_unbookable()).count())
            .unwrap_or(u32::MAX),
        last_accepted_at,
        teams,
        watching,
        trouble: None,
    })
}

fn counts(rows: &BTreeMap<ServiceId, KnownRow>) -> ServiceCounts {
    let mut counts = ServiceCounts::default();
    for row in rows.values() {
        if row.is_active {
            counts.active += 1;
        } else {
            counts.inactive += 1;
        }
        counts.unlinked += u32::from(row.event_type_id.is_none());
    }
    counts
}

/// Only what is not listed now is counted, so that ten thousand services in step cost one query.
fn watching(
    ledger: &Ledger,
    policy: &CompanyPolicy,
    rows: &BTreeMap<ServiceId, KnownRow>,
) -> Result<Vec<WatchLine>, LedgerError> {
    let mut lines = Vec::new();
    for (service_id, event_type_id, name) in ledger.orphans_last_seen(policy.company_id)? {
        let stands = rows
            .get(&service_id)
            .is_some_and(|row| row.is_active && row.event_type_id == Some(event_type_id));
        if !stands {
            continue; // switched off or relinked since
        }
        let absence = ledger.absence(policy, service_id, event_type_id)?;
        let (streak, threshold) = (absence.streak.0, policy.safety.absent_threshold);
        lines.push(WatchLine { service_id, event_type_id, name, streak, threshold });
    }
    Ok(lines)
}

/// Questions that nobody answered yet: trouble first, then the oldest.
fn pending(ledger: &Ledger) -> Result<Vec<PendingLine>, LedgerError> {
    let items = ledger.open_reviews()?.into_iter();
    let mut lines: Vec<PendingLine> = items
        .filter(|item| item.state == ReviewState::Pending)
        .map(|item| PendingLine {
            id: item.id,
            kind: item.question.subject.kind,
            company_id: item.question.subject.company_id,
            service_id: item.question.subject.service_id,
            name: item.question.name,
            reason: item.question.reason,
            since: item.since,
        })
        .collect();
    let rank = |kind| ReviewKind::ALL.iter().position(|one| *one == kind);
    lines.sort_by_key(|line| (rank(line.kind), line.id));
    Ok(lines)
}

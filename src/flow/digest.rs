//! The facts of a message, gathered from the ledger.

use super::look::{self, known_rows, observation_line};
use super::work::Records;
use crate::decide::revert::is_left;
use crate::io::ledger::{Ledger, LedgerError, ObservationRecord};
use crate::io::textfile::{self, Readers};
use crate::model::Timestamp;
use crate::model::ids::CompanyId;
use crate::model::observation::{Check, Finding, Verdict};
use crate::model::review::{ReviewItem, ReviewKind, ReviewState};
use crate::model::run::{JournalEntry, RunKind};
use crate::report::digest::{
    ChangedLine, Decided, Digest, Occasion, RefusalLine, RunSpan, Standing, WaitingLine, Yes,
};
use crate::report::lines::{ChangeLine, Doubt, DoubtLine, DriftLine};
use crate::report::status::{Activity, StatusReport};
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::Path;

/// What happened since a moment, and how things stand, for people who ask.
pub fn look(records: Records<'_>, since: Timestamp, now: Timestamp) -> anyhow::Result<Digest> {
    let activity = look::activity(records);
    let ledger = look::open(records)?;
    gather(&ledger, records, activity, since, now).context(look::UNREADABLE)
}

/// The same out of an open ledger, for the run that is about to be told: it is still at work, and
/// `since` is its own moment where it alone is meant. What it has written is read, committed or not.
pub fn digest(
    ledger: &Ledger,
    records: Records<'_>,
    since: Timestamp,
    now: Timestamp,
) -> Result<Digest, LedgerError> {
    gather(ledger, records, Activity::RunAtWork, since, now)
}

/// Keeps a mail's page in a file: the whole one or none of it, for a reader at any moment.
pub fn keep(file: &Path, page: &str) -> anyhow::Result<()> {
    textfile::replace(file, page, Readers::AsFound)
        .with_context(|| format!("{} could not be written", file.display()))
}

fn gather(
    ledger: &Ledger,
    records: Records<'_>,
    activity: Activity,
    since: Timestamp,
    now: Timestamp,
) -> Result<Digest, LedgerError> {
    let status = look::standing(records, ledger, activity, now)?;
    let head = status.head.map(|head| head.to_string().into());
    let runs = ledger.runs_since(since)?;
    let mut digest = Digest {
        occasion: Occasion::Usual,
        since,
        runs: runs.map(|(first, last, count)| RunSpan { first, last, count }),
        status,
        waiting: waiting(ledger, records)?,
        changes: changes(ledger, records, since)?,
        refusals: Vec::new(),
        doubts: Vec::new(),
        breaches: Vec::new(),
        turned: Vec::new(),
        drifted: Vec::new(),
        head,
    };
    digest.doubts = doubts(ledger, records, &digest.status, since)?;
    for policy in records.companies {
        let rows = known_rows(ledger, policy.company_id)?;
        for service_id in ledger.drifting(policy.company_id)? {
            let Some(row) = rows.get(&service_id) else { continue };
            let line = DriftLine { service_id, name: row.name.clone(), drifts: Vec::new() };
            digest.drifted.push(line);
        }
        for team in &policy.teams {
            digest.refusals.extend(refusals(ledger.observations_since(team.team_id, since)?));
        }
    }
    digest.refusals.sort_by_key(|line| line.standing != Standing::Stands);
    Ok(digest)
}

/// Questions that nobody answered, and those answered with yes: trouble first, then the oldest.
fn waiting(ledger: &Ledger, records: Records<'_>) -> Result<Vec<WaitingLine>, LedgerError> {
    let open = ledger.open_reviews()?.into_iter();
    let mut lines: Vec<WaitingLine> = open
        .filter(|item| matches!(item.state, ReviewState::Pending | ReviewState::Approved))
        .filter(|item| is_of(records, item.question.subject.company_id))
        .map(waiting_line)
        .collect();
    let rank = |kind| ReviewKind::ALL.iter().position(|one| *one == kind);
    lines.sort_by_key(|line| (rank(line.kind), line.id));
    Ok(lines)
}

fn is_of(records: Records<'_>, company: CompanyId) -> bool {
    records.companies.iter().any(|policy| policy.company_id == company)
}

fn waiting_line(item: ReviewItem) -> WaitingLine {
    let subject = item.question.subject;
    WaitingLine {
        id: item.id,
        kind: subject.kind,
        company_id: subject.company_id,
        service_id: subject.service_id,
        event_type_id: subject.event_type_id,
        observation_id: subject.observation_id,
        name: item.question.name,
        reason: item.question.reason,
        since: item.since,
        rows: item.question.changes.len(),
        yes: item.approval.map(|yes| Yes { by: yes.by, at: yes.at }),
    }
}

fn changes(
    ledger: &Ledger,
    records: Records<'_>,
    since: Timestamp,
) -> Result<Vec<ChangedLine>, LedgerError> {
    let mut lines = Vec::new();
    let entries = ledger.entries_since(since)?;
    let last = match entries.first() {
        Some(first) => ledger.last_entries(first.id)?,
        None => BTreeMap::new(),
    };
    for entry in entries {
        if is_of(records, entry.intent.change.company_id()) {
            let (run_id, at) = (entry.run_id, entry.at);
            let decided = decided(ledger, &entry)?;
            let later = entry.service_id.and_then(|id| last.get(&id));
            let later = later.filter(|(last, _)| last.id > entry.id);
            let later = later.map(|(entry, reverts)| (entry, *reverts));
            let can_be_undone = is_left(&entry, later);
            let line = ChangeLine::of_entry(&entry);
            lines.push(ChangedLine { run_id, at, line, decided, can_be_undone });
        }
    }
    Ok(lines)
}

fn decided(ledger: &Ledger, entry: &JournalEntry) -> Result<Decided, LedgerError> {
    if let Some(review) = entry.intent.review_id
        && let Some(word) = ledger.answer_to(review)?
    {
        return Ok(Decided::Person { by: word.by, why: word.reason });
    }
    let kind = ledger.run(entry.run_id)?.map(|run| run.kind);
    Ok(match kind {
        Some(RunKind::Rollback { reverts }) => {
            Decided::Rollback { of: reverts, by: ledger.who_rolled_back(entry.run_id)? }
        }
        Some(RunKind::Sync) | None => Decided::Configuration,
    })
}

/// One team's observations, newest first, as what was not believed of them.
fn refusals(observations: Vec<ObservationRecord>) -> Vec<RefusalLine> {
    let newest = observations.first().map(|record| record.id);
    let mut told: BTreeMap<(Vec<Check>, bool), RefusalLine> = BTreeMap::new();
    for record in observations {
        if record.verdict == Verdict::Accepted {
            continue;
        }
        let checks = record.findings.iter().map(Finding::check).collect();
        let standing = match &record.accepted_by {
            Some(by) => Standing::AcceptedBy(by.clone()),
            None if Some(record.id) == newest => Standing::Stands,
            None => Standing::Passed,
        };
        told.entry((checks, record.accepted_by.is_some()))
            .and_modify(|line| {
                line.first = record.at;
                line.times += 1;
            })
            .or_insert_with(|| RefusalLine {
                company_id: record.company_id,
                observation: observation_line(&record),
                first: record.at,
                last: record.at,
                times: 1,
                standing,
            });
    }
    let mut lines: Vec<RefusalLine> = told.into_values().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.last));
    lines
}

/// Look-ups that said nothing, or that the event type is alive, as long as that stands: no later
/// look-up said otherwise, and the list does not show it again.
fn doubts(
    ledger: &Ledger,
    records: Records<'_>,
    status: &StatusReport,
    since: Timestamp,
) -> Result<Vec<DoubtLine>, LedgerError> {
    let mut newest = BTreeMap::new();
    for record in ledger.look_ups_since(since)? {
        if is_of(records, record.company_id) {
            newest.insert((record.event_type_id, record.team_id), record);
        }
    }
    let watched = || status.companies.iter().flat_map(|company| &company.watching);
    let lines = newest.into_values().filter_map(|record| {
        let line = watched().find(|line| line.event_type_id == record.event_type_id)?;
        let doubt = match &*record.answer {
            "not-found" => return None,
            "exists" => Doubt::Contradiction,
            _ => Doubt::Unclear { seen: record.note.unwrap_or_default() },
        };
        Some(DoubtLine {
            service_id: Some(line.service_id),
            event_type_id: Some(record.event_type_id),
            name: line.name.clone(),
            team_id: record.team_id,
            doubt,
        })
    });
    Ok(lines.collect())
}

//! One row, one decision.

use super::{Links, PlanningInput, changes};
use crate::decide::assess::{Known, ProvenAbsence};
use crate::model::change::{Column, Value};
use crate::model::decision::{
    AbsenceStreak, Action, AsksBecause, Decision, Drift, LastListed, Reason, Subject,
};
use crate::model::event_type::EventType;
use crate::model::ids::{EventTypeId, ServiceId};
use crate::model::policy::{Consent, FieldPolicy};
use crate::model::service::{Service, SyncStatus};
use std::collections::BTreeMap;

type Verdict = (Action, Reason);

/// The decision on one row; `None` where nothing is known of its event type in this run.
pub fn decide(
    input: &PlanningInput<'_>,
    links: &Links,
    recreated: &BTreeMap<ServiceId, EventTypeId>,
    row: &Service,
) -> Option<Decision> {
    let subject = Subject::row(row.id, row.event_type_id);
    let known = row.event_type_id.map(|event_type| input.presence.of_event_type(event_type));
    let (action, reason) = match (hold(input, row), known) {
        (_, Some(Known::Unknown)) => return None,
        (Some(why), _) => (Action::LeaveHeld, Reason::Held { why }),
        (None, None) => (Action::Keep, Reason::Unlinked),
        (None, Some(Known::Present(event_type))) => present(input, row, event_type),
        (None, Some(Known::Absent(_))) if !row.lifecycle.is_active() => {
            (Action::Keep, Reason::AbsentAndInactive)
        }
        (None, Some(Known::Absent(absence))) => match recreated.get(&row.id) {
            Some(new) => (Action::Wait, Reason::RelinkFirst { new: *new }),
            None => absent(input, links, row, absence),
        },
    };
    Some(Decision { subject, action, reason })
}

fn hold(input: &PlanningInput<'_>, row: &Service) -> Option<Box<str>> {
    let on_service = input.memory.hold_on_service(row.id);
    let on_event_type = || row.event_type_id.and_then(|id| input.memory.hold_on_event_type(id));
    on_service.or_else(on_event_type).map(|hold| hold.reason.clone())
}

fn present(input: &PlanningInput<'_>, row: &Service, event_type: &EventType) -> Verdict {
    if !row.lifecycle.is_active() {
        return present_but_inactive(input, row);
    }
    let (mapped, policy) = (input.company.mapped, &input.company.policy);
    if let Some(change) = changes::update(row, mapped, policy, event_type) {
        if row.has_local_edits() {
            return (Action::Wait, Reason::LocalEdits);
        }
        return (Action::Update(Box::new(change)), Reason::DiffersInOwnedColumns);
    }
    let drifts: Box<[Drift]> =
        changes::differences(row, mapped, policy, event_type, FieldPolicy::Report)
            .map(|(column, row, source)| Drift { column, row, source })
            .chain(unbookable_status(row))
            .collect();
    let unbookable = drifts.iter().any(|drift| drift.column == Column::SyncStatus);
    match (drifts.is_empty(), unbookable) {
        (true, _) => (Action::Keep, Reason::InStep),
        (false, true) => (Action::ReportDrift(drifts), Reason::NotBookable),
        (false, false) => (Action::ReportDrift(drifts), Reason::DiffersInReportedColumns),
    }
}

/// The application books only rows that are active *and* synced: an active row in `error`, or in a
/// word nobody knows, looks bookable and is not.
fn unbookable_status(row: &Service) -> Option<Drift> {
    let status = row.sync_status.as_ref()?;
    match status {
        SyncStatus::Error | SyncStatus::Other(_) => Some(Drift {
            column: Column::SyncStatus,
            row: Value::Text(status.as_str().into()),
            source: Value::Text(SyncStatus::Synced.as_str().into()),
        }),
        SyncStatus::Synced | SyncStatus::Pending | SyncStatus::Never => None,
    }
}

fn present_but_inactive(input: &PlanningInput<'_>, row: &Service) -> Verdict {
    let by_us = input.memory.switched_off_by_us.get(&row.id).copied();
    let reason = match (by_us, &row.sync_status) {
        (Some(journal_id), _) => Reason::SwitchedOffByUs { journal_id },
        (None, Some(SyncStatus::Error)) => Reason::PerhapsByOldSync,
        (None, _) => return (Action::Keep, Reason::SwitchedOffByOthers),
    };
    if row.has_local_edits() {
        return (Action::Wait, Reason::LocalEdits);
    }
    let change = Box::new(changes::reactivate(row, input.company.mapped));
    match (input.company.policy.reactivate, by_us) {
        (Consent::Off, _) => (Action::Keep, Reason::PolicyOff { policy: "reactivate" }),
        (Consent::Auto, Some(_)) => (Action::Reactivate(change), reason),
        (Consent::Auto, None) | (Consent::Review, _) => (Action::AskReactivate(change), reason),
    }
}

fn absent(
    input: &PlanningInput<'_>,
    links: &Links,
    row: &Service,
    proof: ProvenAbsence,
) -> Verdict {
    let threshold = input.company.safety.absent_threshold;
    let remembered = input.memory.absences.get(&row.id);
    let streak = remembered.map_or(AbsenceStreak(0), |absence| absence.streak);
    if let Some(LastListed::Team(team_id)) = remembered.map(|absence| absence.last_listed)
        && !input.company.teams.iter().any(|team| team.team_id == team_id)
    {
        return (Action::Wait, Reason::Unwatched { team_id });
    }
    if streak.0 < threshold {
        let reason = Reason::Absent { streak, threshold, asks_because: None };
        return (Action::WatchAbsence(streak), reason);
    }
    let Some(change) = changes::deactivate(row, input.company.mapped, proof).map(Box::new) else {
        return (Action::Keep, Reason::Unlinked);
    };
    if input.company.policy.deactivate == Consent::Off {
        return (Action::Wait, Reason::PolicyOff { policy: "deactivate" });
    }
    let asks_because = speaks_against_auto(input, links, row);
    let reason = Reason::Absent { streak, threshold, asks_because };
    match asks_because {
        None => (Action::Deactivate(change), reason),
        Some(_) => (Action::ProposeDeactivation(change), reason),
    }
}

/// What stands in the way of switching an orphan off without asking.
fn speaks_against_auto(
    input: &PlanningInput<'_>,
    links: &Links,
    row: &Service,
) -> Option<AsksBecause> {
    let Some(absence) = input.memory.absences.get(&row.id) else {
        return Some(AsksBecause::NeverListed);
    };
    if row.has_local_edits() {
        return Some(AsksBecause::LocalEdits);
    }
    if absence.last_listed == LastListed::Never {
        return Some(AsksBecause::NeverListed);
    }
    if input.company.policy.deactivate != Consent::Auto {
        return Some(AsksBecause::PolicyReview);
    }
    if input.memory.switched_on_again.contains(&row.id) {
        return Some(AsksBecause::SwitchedOnAgain);
    }
    let absent_for = absence.since.and_then(|since| (input.now - since).to_std().ok());
    if absent_for.is_none_or(|age| age < input.company.safety.auto_min_absence) {
        return Some(AsksBecause::TooRecent);
    }
    match input.references.get(&row.id) {
        None | Some(None) => return Some(AsksBecause::ReferencesUnknown),
        Some(Some(references)) if references.upcoming > 0 => {
            return Some(AsksBecause::UpcomingReferences { count: references.upcoming });
        }
        Some(Some(_)) => {}
    }
    if row.event_type_id.is_some_and(|event_type| links.count(event_type) > 1) {
        return Some(AsksBecause::SharedLink);
    }
    let another_is_active =
        input.rows.iter().any(|other| other.id != row.id && other.lifecycle.is_active());
    (!another_is_active).then_some(AsksBecause::LastActive)
}

//! One service's whole story, gathered from the ledger.

use super::known_rows;
use crate::flow::work::Records;
use crate::io::ledger::{Ledger, LedgerError, SightingRecord};
use crate::model::Timestamp;
use crate::model::ids::{CompanyId, EventTypeId, RunId, ServiceId};
use crate::model::review::{Hold, HoldTarget, ReviewState};
use crate::model::run::{EntryState, JournalEntry};
use crate::report::lines::ChangeLine;
use crate::report::story::{Answer, Cause, Fact, Sight, Story, StoryEvent, in_order};
use std::collections::BTreeSet;

/// What is known of a service; `None` where no run ever saw or made it.
pub(super) fn story(
    records: Records<'_>,
    ledger: &Ledger,
    id: ServiceId,
) -> Result<Option<Story>, LedgerError> {
    let sightings = ledger.sightings_of(id)?;
    let entries = ledger.entries_of_service(id)?;
    let last_seen = sightings.last().map(|last| (last.company_id, last.name.clone()));
    let last_written =
        entries.last().map(|last| (last.intent.change.company_id(), last.intent.name.clone()));
    let Some((company_id, name)) = last_seen.or(last_written) else { return Ok(None) };

    let mut events = seen(ledger, &sightings)?;
    events.extend(written(ledger, company_id, &sightings, &entries)?);
    let links: BTreeSet<EventTypeId> =
        sightings.iter().filter_map(|sighting| sighting.event_type_id).collect();
    for link in &links {
        events.extend(listed(ledger, company_id, *link)?);
    }
    events.extend(decided(ledger, id, &links)?);
    events.extend(asked(ledger, id)?);
    events.extend(held(ledger, id)?);
    let events = in_order(events);
    let Some((state, cause)) = Cause::of(&events) else { return Ok(None) };

    let row = known_rows(ledger, company_id)?.remove(&id);
    let event_type_id = row.as_ref().and_then(|row| row.event_type_id);
    let policy = records.companies.iter().find(|policy| policy.company_id == company_id);
    let orphan = ledger.orphans_last_seen(company_id)?.iter().any(|(orphan, ..)| *orphan == id);
    let absences = match (policy, event_type_id, row.as_ref().is_some_and(|row| row.is_active)) {
        (Some(policy), Some(event_type), true) if orphan => {
            let absence = ledger.absence(policy, id, event_type)?;
            Some((absence.streak.0, policy.safety.absent_threshold))
        }
        _ => None,
    };
    // A row that is gone had a link, and that may be what is held.
    let last_link = || entries.last().and_then(|last| last.intent.change.event_type_id());
    let link = if row.is_some() { event_type_id } else { last_link() };
    let is_it = |hold: &Hold| match hold.target {
        HoldTarget::Service(held) => held == id,
        HoldTarget::EventType(held) => Some(held) == link,
    };
    let hold = ledger.holds()?.into_iter().find(is_it);
    let name = row.map_or(name, |row| row.name);
    Ok(Some(Story {
        service_id: id,
        company_id,
        name,
        event_type_id,
        state,
        cause,
        absences,
        hold,
        events,
    }))
}

fn event(at: Timestamp, run_id: Option<RunId>, fact: Fact) -> StoryEvent {
    StoryEvent { at, run_id, fact }
}

fn sight(record: &SightingRecord) -> Sight {
    Sight {
        name: record.name.clone(),
        event_type_id: record.event_type_id,
        is_active: record.is_active,
        sync_status: record.sync_status.clone(),
    }
}

/// How runs saw the row, and when it was gone.
fn seen(ledger: &Ledger, sightings: &[SightingRecord]) -> Result<Vec<StoryEvent>, LedgerError> {
    let mut events = Vec::new();
    for (place, record) in sightings.iter().enumerate() {
        let (run, at) = record.since;
        events.push(event(at, Some(run), Fact::Seen(sight(record))));
        let next = sightings.get(place + 1).map(|next| next.since.0);
        if let Some(until) = record.until_run
            && next != Some(until)
            && let Some(run) = ledger.run(until)?
        {
            events.push(event(run.started_at, Some(run.id), Fact::Gone));
        }
    }
    Ok(events)
}

/// The journal, and how the next run saw the row after each change: an interval that goes on across
/// a change means that somebody undid it before anybody looked.
fn written(
    ledger: &Ledger,
    company: CompanyId,
    sightings: &[SightingRecord],
    entries: &[JournalEntry],
) -> Result<Vec<StoryEvent>, LedgerError> {
    let mut events = Vec::new();
    let mut looked = BTreeSet::new();
    for entry in entries {
        let line = Box::new(ChangeLine::of_entry(entry));
        events.push(event(entry.at, Some(entry.run_id), Fact::Changed(line)));
        if entry.state != EntryState::Applied {
            continue;
        }
        let Some((run, at)) = ledger.next_reading(company, entry.run_id)? else { continue };
        let open_then = sightings.iter().find(|sighting| {
            sighting.since.0 < run && sighting.until_run.is_none_or(|until| until > run)
        });
        if let Some(record) = open_then
            && looked.insert(run)
        {
            events.push(event(at, Some(run), Fact::Seen(sight(record))));
        }
    }
    Ok(events)
}

fn listed(
    ledger: &Ledger,
    company: CompanyId,
    event_type_id: EventTypeId,
) -> Result<Vec<StoryEvent>, LedgerError> {
    let mut events = Vec::new();
    for record in ledger.presence_of(company, event_type_id)? {
        let team_id = record.team_id;
        let (run, at) = record.since;
        events.push(event(at, Some(run), Fact::Listed { event_type_id, team_id }));
        if let Some((run, at)) = record.until {
            events.push(event(at, Some(run), Fact::NotListed { event_type_id, team_id }));
        }
    }
    Ok(events)
}

fn decided(
    ledger: &Ledger,
    id: ServiceId,
    links: &BTreeSet<EventTypeId>,
) -> Result<Vec<StoryEvent>, LedgerError> {
    let mut events = Vec::new();
    for record in ledger.decisions_of_service(id)? {
        let fact = Fact::Decided { action: record.action, reason: record.reason };
        events.push(event(record.at, Some(record.run_id), fact));
    }
    for link in links {
        for record in ledger.look_ups_of_event_type(*link)? {
            let fact = Fact::LookedUp {
                event_type_id: record.event_type_id,
                team_id: record.team_id,
                answer: record.answer,
                note: record.note,
            };
            events.push(event(record.at, Some(record.run_id), fact));
        }
    }
    Ok(events)
}

fn asked(ledger: &Ledger, id: ServiceId) -> Result<Vec<StoryEvent>, LedgerError> {
    let mut events = Vec::new();
    for item in ledger.reviews_of_service(id)? {
        let fact = Fact::Asked {
            review_id: item.id,
            kind: item.question.subject.kind,
            reason: item.question.reason,
            state: item.state,
            note: item.note,
        };
        events.push(event(item.since, Some(item.run_id), fact));
    }
    for record in ledger.answers_about(id)? {
        let answer = match (record.state, record.is_approval) {
            (ReviewState::Kept, _) => Answer::No,
            (_, true) => Answer::Yes,
            (_, false) => Answer::Later,
        };
        let (review_id, by, reason) = (record.review_id, record.by, record.reason);
        let fact = Fact::Answered { review_id, answer, by, reason };
        events.push(event(record.at, None, fact));
    }
    Ok(events)
}

fn held(ledger: &Ledger, id: ServiceId) -> Result<Vec<StoryEvent>, LedgerError> {
    let mut events = Vec::new();
    for record in ledger.holds_on(id)? {
        let fact = Fact::Held { by: record.by, reason: record.reason };
        events.push(event(record.at, record.run_id, fact));
        if let Some((at, by)) = record.released {
            events.push(event(at, None, Fact::Released { by }));
        }
    }
    Ok(events)
}

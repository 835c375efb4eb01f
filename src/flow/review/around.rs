//! What is known around the questions: how event types went, and what an observation would mean.

use super::observation::meaning;
use crate::flow::work::Records;
use crate::io::ledger::Ledger;
use crate::model::change::{Change, Image};
use crate::model::ids::EventTypeId;
use crate::model::review::{ReviewItem, ReviewKind};
use crate::report::group::{Circumstances, Departure};
use anyhow::Context;

/// The circumstances of questions, from the ledger.
pub fn circumstances(records: Records<'_>, items: &[ReviewItem]) -> anyhow::Result<Circumstances> {
    let mut around = Circumstances::default();
    if items.is_empty() {
        return Ok(around);
    }
    let ledger = records.ledger_to_read().context("the questions could not be read")?;
    for item in items.iter().filter(|item| item.state.is_open()) {
        if let Some(departure) = departure(&ledger, item)? {
            around.departures.insert(item.id, departure);
        }
        // One that cannot be accepted any more has no meaning: a newer one was made.
        if let Some(meaning) = item.observation().and_then(|id| meaning(&ledger, id).ok()) {
            around.would_count.insert(item.id, meaning.absent);
        }
    }
    Ok(around)
}

/// How the event type of the service went that a question is about.
pub(super) fn departure(ledger: &Ledger, item: &ReviewItem) -> anyhow::Result<Option<Departure>> {
    if !matches!(item.question.subject.kind, ReviewKind::Deactivate | ReviewKind::Relink) {
        return Ok(None);
    }
    let Some(event_type) = linked(item) else { return Ok(None) };
    let company = item.question.subject.company_id;
    let Some(record) = ledger.departure_of(company, event_type)? else { return Ok(None) };
    let shown = ledger.shown_by(record.observation)?.unwrap_or_default();
    let newest = record.came.iter().rev();
    let came = newest
        .filter_map(|id| shown.iter().find(|one| one.id == *id))
        .map(|one| (one.id, one.title.clone()));
    Ok(Some(Departure {
        observation: record.observation,
        last_shown: record.last_shown,
        first_absent: record.first_absent,
        gone: record.gone,
        stayed: shown.len().saturating_sub(record.came.len()),
        came: came.collect(),
    }))
}

/// The event type that the row in question is linked to now, or would be.
pub(super) fn linked(item: &ReviewItem) -> Option<EventTypeId> {
    let before = item.question.changes.iter().find_map(Change::before);
    before.and_then(Image::event_type_id).or(item.question.subject.event_type_id)
}

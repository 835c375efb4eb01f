//! The head of a story that several questions belong to: what they have in common.

use super::Voice;
use super::changes::NAME_WIDTH;
use super::page::{Cell, Page, Tone};
use super::run::question;
use crate::model::change::{Column, Value};
use crate::model::ids::{EventTypeId, ServiceId};
use crate::model::review::ReviewItem;
use crate::report::group::{Cause, Circumstances, Departure, Finding, Group};
use crate::report::harmless::cut;
use crate::report::words::count;
use std::collections::BTreeSet;

/// How many of those that came, or would count, are named.
const NAMED_MOST: usize = 5;

/// How wide a name may be where it stands alone.
const FULL_NAME_WIDTH: usize = 60;

/// What the questions of a group have in common, after an empty line.
pub fn head(group: &Group<'_>, around: &Circumstances, voice: Voice) -> String {
    let mut page = Page::new(voice);
    put_head(&mut page, group, around);
    page.into_text()
}

pub(super) fn put_head(page: &mut Page, group: &Group<'_>, around: &Circumstances) {
    let (what, more) = words(group, around, page.voice());
    page.heading(Tone::Strong, &what);
    if let Some(more) = more {
        page.line(Tone::Plain, &more);
    }
}

fn words(group: &Group<'_>, around: &Circumstances, voice: Voice) -> (String, Option<String>) {
    let number = group.items.len();
    let departure = group.items.iter().find_map(|item| around.departures.get(&item.id));
    let first = group.items.first();
    match (group.cause, departure) {
        (Cause::SwitchedOff, _) => {
            let (be, their) = if number == 1 { ("is", "its") } else { ("are", "their") };
            let types = if number == 1 { "event type is" } else { "event types are" };
            (format!("{} {be} off, and {their} {types} there.", count(number, "service")), None)
        }
        (Cause::Quarantined(observation), _) => {
            let run = first.map_or(String::new(), |item| format!(", read by run {},", item.run_id));
            let absent = first.and_then(|item| around.would_count.get(&item.id));
            (
                format!("Observation {observation}{run} is not believed."),
                absent.map(|absent| would_count(absent)),
            )
        }
        (Cause::Gone(_), Some(departure)) => {
            (gone(group, departure, voice), Some(moved(departure)))
        }
        (Cause::Found(found, run), _) => (found_by(found, run.0, number), None),
        (Cause::Gone(_) | Cause::Over, _) => ("Answered, or not asked any more.".to_owned(), None),
    }
}

fn gone(group: &Group<'_>, departure: &Departure, voice: Voice) -> String {
    let services: BTreeSet<ServiceId> =
        group.items.iter().filter_map(|item| item.question.subject.service_id).collect();
    let types = if services.len() == 1 { "its event type" } else { "their event types" };
    let (shown, absent) = (departure.last_shown, departure.first_absent);
    format!(
        "{} lost {types} between run {} ({}) and run {} ({}).",
        count(services.len(), "service"),
        shown.0,
        voice.time(shown.1),
        absent.0,
        voice.time(absent.1)
    )
}

/// What else moved with the same list.
fn moved(departure: &Departure) -> String {
    let went = count(departure.gone, "event type");
    let stayed = match departure.stayed {
        0 => "no other is there".to_owned(),
        1 => "the other one is there".to_owned(),
        more => format!("all other {more} are there"),
    };
    format!("In that list {went} went; {stayed}; {}.", came(&departure.came))
}

pub(super) fn came(came: &[(EventTypeId, Box<str>)]) -> String {
    if came.is_empty() {
        return "none is new".to_owned();
    }
    let names = came.iter().take(NAMED_MOST);
    let names = names.map(|(id, title)| format!("{id} {}", cut(title, NAME_WIDTH)));
    let names: Vec<String> = names.collect();
    let rest = match came.len().saturating_sub(NAMED_MOST) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("{} new: {}{rest}", came.len(), names.join(", "))
}

/// What believing an observation would begin.
pub(super) fn would_count(absent: &[(ServiceId, Box<str>)]) -> String {
    if absent.is_empty() {
        return "Believed, it would be the new baseline; no active service misses its event type."
            .to_owned();
    }
    let names = absent.iter().take(NAMED_MOST);
    let names: Vec<String> =
        names.map(|(id, name)| format!("{id} {}", cut(name, NAME_WIDTH))).collect();
    let rest = match absent.len().saturating_sub(NAMED_MOST) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!(
        "Believed, it would count as one absence of {}: {}{rest}.",
        count(absent.len(), "active service"),
        names.join(", ")
    )
}

fn found_by(found: Finding, run: i64, number: usize) -> String {
    let what = match (found, number) {
        (Finding::NeverListed, 1) => "1 service is linked to an event type never listed".to_owned(),
        (Finding::NeverListed, n) => format!("{n} services are linked to event types never listed"),
        (Finding::Links, _) => format!("{} by name", count(number, "possible link")),
        (Finding::Differences, 1) => "1 service differs from its event type".to_owned(),
        (Finding::Differences, n) => format!("{n} services differ from their event types"),
        (Finding::Newcomers, _) => format!("{} about new event types", count(number, "question")),
    };
    format!("{what}, since run {run}.")
}

/// Everything that a question is about: the rows of a batch, or the services whose absence would
/// begin to count.
pub fn everything(item: &ReviewItem, absent: &[(ServiceId, Box<str>)], voice: Voice) -> String {
    let mut page = Page::new(voice);
    let batch = item.question.changes.iter().map(|change| {
        let id = change.event_type_id().map_or(String::new(), |id| id.to_string());
        match change.after().and_then(|after| after.get(Column::Name)) {
            Some(Value::Text(name)) => (id, name.clone()),
            _ => (id, "".into()),
        }
    });
    let absent = absent.iter().map(|(id, name)| (id.to_string(), name.clone()));
    let rows: Vec<Vec<Cell>> = batch
        .chain(absent)
        .map(|(id, name)| vec![Cell::from(id), Cell::from(cut(&name, FULL_NAME_WIDTH))])
        .collect();
    page.heading(Tone::Strong, &format!("{}: all of it", question(item.question.subject.kind)));
    page.whole_table(&rows);
    page.into_text()
}

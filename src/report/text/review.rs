//! The review queue, and what an answer to it did.

use super::Voice;
use super::group::put_head;
use super::page::{Cell, Page, Tone};
use super::run::question;
use crate::model::ids::{ObservationId, RunId, ServiceId, TeamId};
use crate::model::review::{ReviewItem, ReviewState};
use crate::report::group::{Cause, Circumstances, groups};
use crate::report::harmless::cut;

/// How wide a name is in the queue, in columns.
const NAME_WIDTH: usize = 24;

/// Narrower than this, a table has no room, and each question is a line.
const TABLE_LEAST: u16 = 60;

/// The queue, story by story, with what to type next.
pub fn review(items: &[ReviewItem], around: &Circumstances, voice: Voice) -> String {
    let mut page = Page::new(voice);
    if items.is_empty() {
        page.line(Tone::Good, "Nothing waits for a person.");
        return page.into_text();
    }
    let waiting = items.iter().filter(|item| item.state == ReviewState::Pending).count();
    page.line(Tone::Strong, &format!("{}.", super::headline::wait(waiting, "question")));
    for group in groups(items, around) {
        put_head(&mut page, &group, around);
        match group.cause {
            Cause::Quarantined(observation) => {
                for item in &group.items {
                    page.indented(Tone::Plain, &item.question.reason);
                }
                let words =
                    format!("`reconciler review accept {observation}`, or `discard {observation}`");
                page.indented(Tone::Strong, &words);
            }
            _ if voice.width < TABLE_LEAST => {
                for item in &group.items {
                    let words = format!(
                        "{}: {}, {}",
                        named(item),
                        state(item, voice),
                        item.question.reason
                    );
                    page.line(Tone::Plain, &words);
                }
            }
            _ => page.table_with_reasons(
                &["id", "question", "service", "name", "state", "why"],
                group.items.iter().map(|item| cells(item, voice)).collect(),
            ),
        }
    }
    if items.iter().any(|item| item.observation().is_none() && item.state.is_open()) {
        page.heading(
            Tone::Faint,
            "`reconciler review approve ID…`, `keep ID…` or `snooze ID… --for 7d`",
        );
    }
    page.into_text()
}

fn cells(item: &ReviewItem, voice: Voice) -> Vec<Cell> {
    let subject = item.question.subject;
    let id = item.observation().map_or(item.id.0, |observation| observation.0);
    let service = subject.service_id.map_or(String::new(), |id| id.to_string());
    vec![
        Cell::new(id.to_string(), Tone::Strong),
        Cell::from(question(subject.kind)),
        Cell::from(service),
        Cell::from(cut(&item.question.name, NAME_WIDTH)),
        Cell::from(state(item, voice)),
        Cell::from(&*item.question.reason),
    ]
}

/// A question by its number, what it asks, and of which service.
fn named(item: &ReviewItem) -> String {
    let subject = item.question.subject;
    let name = cut(&item.question.name, NAME_WIDTH);
    format!("{} {} {}", item.id, question(subject.kind), of(subject.service_id, &name))
}

/// What a question is about. A row, and an event type, may be without a name.
pub(super) fn of(service: Option<ServiceId>, name: &str) -> String {
    match (service, name.trim()) {
        (Some(id), "") => format!("service {id}, without a name"),
        (Some(id), name) => format!("service {id}, {name}"),
        (None, "") => "one without a name".to_owned(),
        (None, name) => name.to_owned(),
    }
}

fn state(item: &ReviewItem, voice: Voice) -> String {
    match (&item.approval, item.state, item.snoozed_until) {
        (Some(approval), ..) => {
            format!("approved by {} until {}", approval.by, voice.time(approval.expires_at))
        }
        (None, ReviewState::Snoozed, Some(until)) => format!("snoozed until {}", voice.time(until)),
        (None, state, _) => state.to_string(),
    }
}

/// What was recorded, question by question, and what happens next.
pub fn recorded(items: &[ReviewItem], done: &str, next: Option<&str>, voice: Voice) -> String {
    let mut page = Page::new(voice);
    for item in items {
        page.line(Tone::Plain, &format!("{}: {done}", named(item)));
    }
    if let Some(next) = next {
        page.line(Tone::Strong, next);
    }
    page.into_text()
}

/// Says what else bears a number: questions and observations are numbered each for themselves.
pub fn same_number(answered: &str, other: &ReviewItem, voice: Voice) -> String {
    let mut page = Page::new(voice);
    let words = match other.observation() {
        Some(observation) => format!(
            "This was {answered}. Observation {observation} still waits: `reconciler review accept {observation}`."
        ),
        None => format!(
            "This was {answered}. Question {} still waits: `reconciler review approve {}`.",
            named(other),
            other.id
        ),
    };
    page.line(Tone::Warning, &words);
    page.into_text()
}

/// What became of a quarantined observation, and which services' absences it counts for.
pub fn judged(
    observation: (ObservationId, TeamId, RunId),
    accepted: &[(ServiceId, Box<str>)],
    done: &str,
    voice: Voice,
) -> String {
    let mut page = Page::new(voice);
    let (id, team, run) = observation;
    page.line(
        Tone::Strong,
        &format!("Observation {id} of team {team}, read by run {run}, is {done}"),
    );
    if accepted.is_empty() {
        return page.into_text();
    }
    page.line(Tone::Plain, "It counts as one absence of each of these active services:");
    let rows: Vec<Vec<Cell>> = accepted
        .iter()
        .map(|(service, name)| vec![Cell::from(service.to_string()), Cell::from(cut(name, 60))])
        .collect();
    page.table(None, &rows);
    page.line(
        Tone::Plain,
        "None of them is switched off by this: that takes three absences, a look-up by id, and an approval.",
    );
    page.into_text()
}

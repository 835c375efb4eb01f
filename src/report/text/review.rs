//! The review queue, and what an answer to it did.

use super::Voice;
use super::page::{Cell, Page, Tone};
use super::run::question;
use crate::model::ids::{ObservationId, ServiceId};
use crate::model::review::{ReviewItem, ReviewKind, ReviewState};
use crate::report::harmless::cut;

/// How wide a name is in the queue, in columns.
const NAME_WIDTH: usize = 24;

/// The queue as a table, with what to type next.
pub fn review(items: &[ReviewItem], voice: Voice) -> String {
    let mut page = Page::new(voice);
    if items.is_empty() {
        page.line(Tone::Good, "Nothing waits for a person.");
        return page.into_text();
    }
    let waiting = items.iter().filter(|item| item.state == ReviewState::Pending).count();
    page.line(Tone::Strong, &super::headline::wait(waiting, "question"));
    let rows: Vec<Vec<Cell>> = items
        .iter()
        .map(|item| {
            let subject = item.question.subject;
            let id = subject.observation_id.map_or(item.id.0, |observation| observation.0);
            let service = subject.service_id.map_or(String::new(), |id| id.to_string());
            vec![
                Cell::new(id.to_string(), Tone::Strong),
                Cell::from(question(subject.kind)),
                Cell::from(service),
                Cell::from(cut(&item.question.name, NAME_WIDTH)),
                Cell::from(state(item, voice)),
                Cell::from(&*item.question.reason),
            ]
        })
        .collect();
    page.table_with_reasons(&["id", "question", "service", "name", "state", "why"], rows);
    page.heading(
        Tone::Faint,
        "`reconciler review approve ID…`, `keep ID…` or `snooze ID… --for 7d`",
    );
    if items.iter().any(|item| item.question.subject.kind == ReviewKind::Observation) {
        page.line(
            Tone::Faint,
            "`reconciler review accept ID` or `discard ID` for what is to be believed",
        );
    }
    page.into_text()
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
        let subject = item.question.subject;
        let name = cut(&item.question.name, NAME_WIDTH);
        page.line(Tone::Plain, &format!("{} {} {name}: {done}", item.id, question(subject.kind)));
    }
    if let Some(next) = next {
        page.line(Tone::Strong, next);
    }
    page.into_text()
}

/// What became of a quarantined observation, and which services' absences it counts for.
pub fn judged(
    observation: ObservationId,
    accepted: &[(ServiceId, Box<str>)],
    done: &str,
    voice: Voice,
) -> String {
    let mut page = Page::new(voice);
    page.line(Tone::Strong, &format!("Observation {observation} is {done}"));
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

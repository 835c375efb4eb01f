//! One question with its evidence, as a card that thirty seconds are enough for.

use super::Voice;
use super::changes::difference;
use super::page::{Cell, Page, Tone};
use super::run::question;
use crate::model::reading::LookUp;
use crate::model::review::ReviewItem;
use crate::report::evidence::Evidence;

/// How many things of a service's past are shown on a card.
const PAST_MOST: usize = 3;

/// Question number `place` of `of`.
pub fn card(item: &ReviewItem, evidence: &Evidence, place: (usize, usize), voice: Voice) -> String {
    let mut page = Page::new(voice);
    let asked = &item.question;
    let service = asked.subject.service_id.map_or(String::new(), |id| format!("service {id}, "));
    page.heading(
        Tone::Strong,
        &format!(
            "{} of {}: {} {service}{}",
            place.0,
            place.1,
            question(asked.subject.kind),
            asked.name
        ),
    );
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut row =
        |what: &str, words: String| rows.push(vec![Cell::new(what, Tone::Faint), words.into()]);
    row("why", asked.reason.to_string());
    match asked.changes.as_slice() {
        [one] => row("would change", difference(one.before(), one.after())),
        [] => {}
        many => row("would change", format!("{} rows", many.len())),
    }
    if let Some(since) = evidence.absent_since {
        let words = format!(
            "{} accepted lists in a row, since {} (it takes {})",
            evidence.streak,
            voice.time(since),
            evidence.threshold
        );
        row("absent", words);
    }
    if let Some(at) = evidence.last_seen {
        row("last listed", voice.time(at));
    }
    for (team, answer) in &evidence.look_ups {
        let words = match answer {
            LookUp::Exists => "it is there: the list cannot be relied on".to_owned(),
            LookUp::NotFound => "not found".to_owned(),
            LookUp::Unclear(trouble) => trouble.to_string(),
        };
        row("by its id, now", format!("team {team}: {words}"));
    }
    if evidence.gone_together > 0 {
        row(
            "with it went",
            format!("{} other event types, in the same list", evidence.gone_together),
        );
    }
    for (id, title) in &evidence.alike {
        row("looks alike", format!("new event type {id}, {title}: was it recreated?"));
    }
    if asked.subject.service_id.is_some() {
        row("points at it", references(evidence));
    }
    for (at, what) in evidence.history.iter().rev().take(PAST_MOST) {
        row(&voice.time(*at), what.to_string());
    }
    page.table(None, &rows);
    page.into_text()
}

fn references(evidence: &Evidence) -> String {
    match (evidence.references, &evidence.next_due) {
        (None, _) => "nothing is known".to_owned(),
        (Some(found), Some(next)) => {
            format!("{} ahead, the next at {next}; {} in all", found.upcoming, found.total)
        }
        (Some(found), None) => format!("{} ahead; {} in all", found.upcoming, found.total),
    }
}

/// What is about to be recorded, before it is.
pub fn summary(choices: &[(String, &ReviewItem)], voice: Voice) -> String {
    let mut page = Page::new(voice);
    page.heading(Tone::Strong, "About to be recorded");
    let rows: Vec<Vec<Cell>> = choices
        .iter()
        .map(|(choice, item)| {
            vec![
                Cell::new(choice.as_str(), Tone::Strong),
                Cell::from(question(item.question.subject.kind)),
                Cell::from(&*item.question.name),
            ]
        })
        .collect();
    page.table(None, &rows);
    page.into_text()
}

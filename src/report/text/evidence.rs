//! One question with its evidence, as a card that thirty seconds are enough for.

use super::Voice;
use super::changes::difference;
use super::group::{came, would_count};
use super::page::{Cell, Page, Tone};
use super::review::of;
use super::run::question;
use crate::model::reading::LookUp;
use crate::model::review::{ReviewItem, ReviewKind};
use crate::report::evidence::{Alike, Evidence, Pointing};
use crate::report::words::count;

/// How many things of a service's past are shown on a card.
const PAST_MOST: usize = 3;

/// What is said where an event type looks alike and no question offers the relink.
const NO_RELINK: &str =
    "no relink is asked: only an event type of the very same name can take a service over";

/// Question number `place` of `of`.
pub fn card(item: &ReviewItem, evidence: &Evidence, place: (usize, usize), voice: Voice) -> String {
    let mut page = Page::new(voice);
    let asked = &item.question;
    page.heading(
        Tone::Strong,
        &format!(
            "{} of {}: {} {}",
            place.0,
            place.1,
            question(asked.subject.kind),
            of(asked.subject.service_id, &asked.name)
        ),
    );
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut row =
        |what: &str, words: String| rows.push(vec![Cell::new(what, Tone::Faint), words.into()]);
    row("why", asked.reason.to_string());
    match asked.changes.as_slice() {
        [one] => row("would change", difference(one.before(), one.after())),
        [] => {}
        many => row("would change", format!("{} rows: [o] shows them", many.len())),
    }
    if let Some(since) = evidence.absent_since {
        let words = format!(
            "in {} accepted lists in a row, since {} (it takes {})",
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
        row("by its id, now", format!("team {team}: {}", looked_up(answer, asked.subject.kind)));
    }
    if let Some(departure) = &evidence.departure {
        let others = match departure.gone {
            0 | 1 => "nothing else".to_owned(),
            gone => count(gone - 1, "other event type"),
        };
        let came = came(&departure.came);
        row("with it went", format!("{others}; {} stayed, {came}", departure.stayed));
    }
    if let Some(absent) = &evidence.would_count {
        row("it would mean", would_count(absent));
    }
    for Alike { event_type_id, title, service } in &evidence.alike {
        let taken = service.map_or(String::new(), |id| format!(", now service {id}"));
        row("looks alike", format!("event type {event_type_id}, {title}{taken}: recreated?"));
    }
    match (evidence.alike.is_empty(), evidence.relink) {
        (_, Some(relink)) => row("instead", format!("question {relink} asks to relink it")),
        (false, None) => row("instead", NO_RELINK.to_owned()),
        (true, None) => {}
    }
    if let Some(words) = pointing(&evidence.pointing) {
        row("points at it", words);
    }
    for (at, what) in evidence.history.iter().rev().take(PAST_MOST) {
        row(&voice.time(*at), what.to_string());
    }
    page.whole_table(&rows);
    page.into_text()
}

fn looked_up(answer: &LookUp, kind: ReviewKind) -> String {
    match (answer, kind) {
        (LookUp::Exists, ReviewKind::Deactivate | ReviewKind::Relink) => {
            "it is there: the list cannot be relied on".to_owned()
        }
        (LookUp::Exists, _) => "it is there".to_owned(),
        (LookUp::NotFound, _) => "not found".to_owned(),
        (LookUp::Unclear(trouble), _) => trouble.to_string(),
    }
}

fn pointing(pointing: &Pointing) -> Option<String> {
    match pointing {
        Pointing::NotAsked => None,
        Pointing::NotConfigured => {
            Some("nobody knows: no table is named under [services.references]".to_owned())
        }
        Pointing::Unreadable => Some("nobody knows: the tables could not be read".to_owned()),
        Pointing::Known { found, .. } if found.total == 0 => Some("nothing".to_owned()),
        Pointing::Known { found, next: Some(next) } => {
            Some(format!("{} ahead, next on {}; {} in all", found.upcoming, due(next), found.total))
        }
        Pointing::Known { found, next: None } => {
            Some(format!("{} ahead; {} in all", found.upcoming, found.total))
        }
    }
}

/// When something is due, for people; as it stands there where it cannot be read. The application
/// stores local time, and nobody else knows which.
fn due(stored: &str) -> String {
    let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let read = |format: &&str| chrono::NaiveDateTime::parse_from_str(stored, format).ok();
    formats
        .iter()
        .find_map(read)
        .map_or_else(|| stored.to_owned(), |at| at.format("%A %-d %B %Y, %H:%M").to_string())
}

/// What can be answered to a question; `rest` is how many questions of its story wait from here on.
pub fn keys(kind: ReviewKind, rest: usize, voice: Voice) -> String {
    let mut page = Page::new(voice);
    let (yes, no) = match kind {
        ReviewKind::Observation => ("believe it", "do not"),
        _ => ("yes", "no, leave it alone"),
    };
    let mut keys = vec![format!("[a] {yes}"), format!("[k] {no}")];
    if kind != ReviewKind::Observation {
        keys.push("[z] ask in 7 days".to_owned());
    }
    if rest > 1 {
        keys.push(format!("[g] yes to all {rest}"));
    }
    for key in ["[s] skip", "[o] its story", "[u] undo", "[q] finish"] {
        keys.push(key.to_owned());
    }
    page.keys(&keys);
    page.into_text()
}

/// What is about to be recorded, before it is; `open` questions stay as they are.
pub fn summary(choices: &[(String, &ReviewItem)], open: usize, voice: Voice) -> String {
    let mut page = Page::new(voice);
    page.heading(Tone::Strong, "About to be recorded");
    let rows: Vec<Vec<Cell>> = choices
        .iter()
        .map(|(choice, item)| {
            let subject = item.question.subject;
            let of = of(subject.service_id, &item.question.name);
            vec![
                Cell::from(format!("{} {of}", question(subject.kind))),
                Cell::new(choice.as_str(), Tone::Strong),
            ]
        })
        .collect();
    page.whole_table(&rows);
    if open > 0 {
        let stay = if open == 1 { "stays" } else { "stay" };
        page.line(Tone::Plain, &format!("{} {stay} as before.", count(open, "question")));
    }
    page.into_text()
}

#[cfg(test)]
mod tests {
    use super::due;

    #[test]
    fn a_moment_of_the_application_is_told_with_its_weekday() {
        assert_eq!(due("2026-11-27 14:00:00"), "Friday 27 November 2026, 14:00");
        assert_eq!(due("2026-11-27T09:05:00.000"), "Friday 27 November 2026, 09:05");
        assert_eq!(due("soon"), "soon");
    }
}

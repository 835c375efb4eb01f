//! Why is this service off, and who decided it? The first sentence answers; then its history.

use super::Voice;
use super::changes::difference;
use super::page::{Cell, Page, ROWS_MAX, Tone};
use super::run::question;
use crate::model::review::{Hold, HoldTarget};
use crate::model::run::ChangeKind;
use crate::report::harmless::cut;
use crate::report::lines::{ChangeLine, ChangeStatus};
use crate::report::story::{Answer, Fact, Sight, State, Story, StoryEvent, sentence};

/// One service's whole story.
pub fn explain(story: &Story, voice: &Voice) -> String {
    let mut page = Page::new(*voice);
    let tone = match story.state {
        State::On => Tone::Good,
        State::Off | State::Gone => Tone::Warning,
    };
    page.line(tone, &sentence(story.state, &story.cause, voice.zone));
    if let Some((run, line)) = story.refused() {
        let why = line.note.as_deref().unwrap_or("the row had moved");
        page.line(Tone::Bad, &format!("Run {run} was to put it back, and left it alone: {why}."));
    }
    if let Some(hold) = &story.hold {
        page.line(Tone::Warning, &held(hold, *voice));
    }
    if let Some((streak, threshold)) = story.absences {
        let times = if streak == 1 { "time" } else { "times" };
        let then = match story.hold {
            Some(_) => "nobody is asked while it is held".to_owned(),
            None => format!("a person is asked from {threshold} on"),
        };
        page.line(
            Tone::Warning,
            &format!("Its event type is absent from Cal.com's list, {streak} accepted {times} in a row; {then}."),
        );
    }
    let link = story
        .event_type_id
        .map_or("linked to no event type".to_owned(), |id| format!("event type {id}"));
    page.line(
        Tone::Faint,
        &format!(
            "Service {}, \"{}\", company {}, {link}.",
            story.service_id,
            cut(&story.name, 50),
            story.company_id
        ),
    );
    page.heading(Tone::Strong, "What happened, oldest first");
    let skipped = story.events.len().saturating_sub(ROWS_MAX);
    if skipped > 0 {
        page.indented(Tone::Faint, &format!("… {skipped} earlier: `--json` has them all"));
    }
    let mut seen: Option<&Sight> = None;
    let mut rows = Vec::new();
    for event in &story.events {
        rows.push(row(event, seen, *voice));
        if let Fact::Seen(sight) = &event.fact {
            seen = Some(sight);
        }
    }
    let shown = rows.split_off(skipped);
    page.table(Some(&["when", "run", "what"]), &shown);
    page.into_text()
}

/// Who holds it, since when and why, and the command that ends it.
fn held(hold: &Hold, voice: Voice) -> String {
    let (what, release) = match hold.target {
        HoldTarget::Service(id) => ("Held".to_owned(), format!("release {id}")),
        HoldTarget::EventType(id) => {
            (format!("Its event type {id} is held"), format!("release --event-type {id}"))
        }
    };
    let (by, since) = (cut(&hold.by, 40), voice.time(hold.at));
    let reason = cut(&hold.reason, 200);
    format!(
        "{what} by {by} since {since}: every run leaves it alone until `reconciler {release}`. \
         Said then: \"{reason}\"."
    )
}

fn row(event: &StoryEvent, before: Option<&Sight>, voice: Voice) -> Vec<Cell> {
    let (tone, words) = words(&event.fact, before);
    vec![
        Cell::new(voice.time(event.at), Tone::Faint),
        Cell::from(event.run_id.map_or(String::new(), |id| id.to_string())),
        Cell::new(words, tone),
    ]
}

/// One thing that happened, in words.
fn words(fact: &Fact, before: Option<&Sight>) -> (Tone, String) {
    match fact {
        Fact::Seen(sight) => (Tone::Plain, seen(sight, before)),
        Fact::Gone => (Tone::Strong, "the row was not there any more".to_owned()),
        Fact::Listed { event_type_id, team_id } => {
            (Tone::Plain, format!("event type {event_type_id} listed in team {team_id}"))
        }
        Fact::NotListed { event_type_id, team_id } => (
            Tone::Warning,
            format!("event type {event_type_id} not listed any more in team {team_id}"),
        ),
        Fact::Decided { action, reason } => (Tone::Plain, format!("decided: {action}; {reason}")),
        Fact::LookedUp { event_type_id, team_id, answer, note } => {
            let note = note.as_deref().map_or(String::new(), |note| format!(": {note}"));
            let words = answer.replace('-', " ");
            (
                Tone::Plain,
                format!(
                    "event type {event_type_id} looked up by id in team {team_id}: {words}{note}"
                ),
            )
        }
        Fact::Asked { review_id, kind, reason, state, note } => {
            // The ledger's note on what was applied is the word itself.
            let note = note.as_deref().filter(|note| *note != state.as_str());
            let note = note.map_or(String::new(), |note| format!(": {note}"));
            let question = question(*kind);
            (
                Tone::Plain,
                format!("asked (question {review_id}): {question} {reason} [now {state}{note}]"),
            )
        }
        Fact::Answered { review_id, answer, by, reason } => {
            let said = match answer {
                Answer::Yes => "yes",
                Answer::No => "no, leave it",
                Answer::Later => "later",
            };
            let why = reason.as_deref().map_or(String::new(), |why| format!(": \"{why}\""));
            (Tone::Strong, format!("{} answered question {review_id}: {said}{why}", cut(by, 40)))
        }
        Fact::Changed(change) => changed(change),
        Fact::Held { by, reason } => {
            (Tone::Strong, format!("{} said to leave it alone: \"{reason}\"", cut(by, 40)))
        }
        Fact::Released { by } => (Tone::Strong, format!("{} released it", cut(by, 40))),
    }
}

fn changed(change: &ChangeLine) -> (Tone, String) {
    let what = match change.kind {
        ChangeKind::Deactivate => "switch off",
        ChangeKind::Reactivate => "switch on",
        ChangeKind::Revert => "put back",
        kind => kind.as_str(),
    };
    let difference = difference(change.before.as_ref(), change.after.as_ref());
    let note = change.note.as_deref().map_or(String::new(), |note| format!("; found: {note}"));
    let status = match change.status {
        ChangeStatus::Applied => "done",
        ChangeStatus::Unknown => "outcome not known yet",
        ChangeStatus::Conflict => "not done, the row had moved",
        ChangeStatus::Abandoned => "not done",
        ChangeStatus::Planned | ChangeStatus::NeedsReview | ChangeStatus::Waiting => "not yet",
    };
    let number = change.journal_id.map_or(String::new(), |id| format!(" (journal {id})"));
    let words = format!("{what}: {status}{number}; {difference}; {}{note}", change.reason);
    (Tone::Strong, words)
}

/// How a run saw the row: all of it for the first time, then what was otherwise than before.
fn seen(sight: &Sight, before: Option<&Sight>) -> String {
    let on = |sight: &Sight| if sight.is_active { "on" } else { "off" };
    let link = |sight: &Sight| {
        sight.event_type_id.map_or("no event type".to_owned(), |id| format!("event type {id}"))
    };
    let status = |sight: &Sight| sight.sync_status.as_deref().unwrap_or("none").to_owned();
    let Some(before) = before else {
        return format!(
            "first seen: {}, \"{}\", {}, sync_status {}",
            on(sight),
            cut(&sight.name, 50),
            link(sight),
            status(sight)
        );
    };
    let mut parts = Vec::new();
    if sight.is_active != before.is_active {
        parts.push(format!("{} (was {})", on(sight), on(before)));
    }
    if sight.event_type_id != before.event_type_id {
        parts.push(format!("{} (was {})", link(sight), link(before)));
    }
    if sight.name != before.name {
        parts.push(format!("\"{}\" (was \"{}\")", cut(&sight.name, 50), cut(&before.name, 50)));
    }
    if sight.sync_status != before.sync_status {
        parts.push(format!("sync_status {} (was {})", status(sight), status(before)));
    }
    if parts.is_empty() {
        return format!("seen again: {}", on(sight));
    }
    format!("seen: {}", parts.join(", "))
}

//! What waits for a person, with the command for each; and what was decided, and waits for a run.

use super::speech::{EVENT_TYPE, say};
use super::{Item, Line, Said, Section, Speech, Tone, name};
use crate::model::ids::{EventTypeId, ObservationId, ReviewId, ServiceId};
use crate::model::review::{ReviewKind, ReviewState};
use crate::report::digest::{Digest, WaitingLine};
use crate::report::lines::TurnLine;

/// How many questions a letter asks one by one; the rest are counted.
const QUESTIONS_SHOWN: usize = 8;
/// How many numbers one command names: more than that is for the review on a terminal.
const NUMBERS_SHOWN: usize = 20;

/// What waits for a person.
pub(super) fn questions(digest: &Digest, speech: Speech) -> Option<Section> {
    let lines: Vec<&WaitingLine> = digest.unanswered().collect();
    if lines.is_empty() {
        return None;
    }
    let more = lines.len().saturating_sub(QUESTIONS_SHOWN);
    let heading = say!(speech, "Waiting for you"; "Wartet auf Sie");
    Some(Section {
        tone: Tone::Waits,
        heading: Said::new(&heading),
        note: switch_all_on(&lines, speech).as_deref().map(Said::new),
        items: lines.iter().take(QUESTIONS_SHOWN).map(|line| asked(line, digest, speech)).collect(),
        more: super::more(more, "reconciler review", speech),
    })
}

/// Adoption night: a business that an older sync switched off wants one command.
fn switch_all_on(lines: &[&WaitingLine], speech: Speech) -> Option<String> {
    let of_kind = lines.iter().filter(|line| line.kind == ReviewKind::Reactivate);
    let numbers: Vec<String> = of_kind.map(|line| line.id.to_string()).collect();
    if !(2..=NUMBERS_SHOWN).contains(&numbers.len()) {
        return None;
    }
    let (count, numbers) = (numbers.len(), numbers.join(" "));
    Some(say!(speech,
        "All {count} that are probably off by mistake, on again at once: `reconciler review approve {numbers}`";
        "Alle {count} vermutlich versehentlich abgeschalteten auf einmal wieder einschalten: `reconciler review approve {numbers}`"))
}

fn asked(line: &WaitingLine, digest: &Digest, speech: Speech) -> Item {
    let (yes, no) = answers(line);
    let (label_yes, label_no) = match line.kind {
        ReviewKind::Observation => (
            say!(speech, "If it is right"; "Wenn sie stimmt"),
            say!(speech, "If it is not"; "Wenn nicht"),
        ),
        _ => (say!(speech, "Yes"; "Ja"), say!(speech, "No"; "Nein")),
    };
    let mut lines = vec![Line::plain(&why(line, digest, speech))];
    lines.push(Line::new(&label_yes, &format!("`{yes}`")));
    lines.push(Line::new(&label_no, &format!("`{no}`")));
    Item { title: Said::new(&question(&Subject::of(line), speech)), lines }
}

/// The commands for yes and for no.
fn answers(line: &WaitingLine) -> (String, String) {
    if let (ReviewKind::Observation, Some(id)) = (line.kind, line.observation_id) {
        return (
            format!("reconciler review accept {id}"),
            format!("reconciler review discard {id}"),
        );
    }
    let ReviewId(id) = line.id;
    (format!("reconciler review approve {id}"), format!("reconciler review keep {id}"))
}

/// What a question is about.
struct Subject<'a> {
    kind: ReviewKind,
    name: &'a str,
    service_id: Option<ServiceId>,
    event_type_id: Option<EventTypeId>,
    observation_id: Option<ObservationId>,
    rows: usize,
}

impl<'a> Subject<'a> {
    fn of(line: &'a WaitingLine) -> Self {
        Self {
            kind: line.kind,
            name: &line.name,
            service_id: line.service_id,
            event_type_id: line.event_type_id,
            observation_id: line.observation_id,
            rows: line.rows,
        }
    }
}

/// The question itself.
fn question(subject: &Subject<'_>, speech: Speech) -> String {
    let called = speech.quote(&name(subject.name));
    let called = match subject.service_id {
        Some(id) => say!(speech, "{called} (service {id})"; "{called} (Leistung {id})"),
        None => called,
    };
    let event_type = match subject.event_type_id {
        Some(id) => say!(speech, "event type {id}"; "Ereignistyp {id}"),
        None => say!(speech, "a new event type"; "einem neuen Ereignistyp"),
    };
    match subject.kind {
        ReviewKind::Deactivate => say!(speech, "Switch off {called}?"; "{called} abschalten?"),
        ReviewKind::Reactivate => {
            say!(speech, "Switch on {called} again?"; "{called} wieder einschalten?")
        }
        ReviewKind::Import => say!(speech, "Import {called}?"; "{called} übernehmen?"),
        ReviewKind::ImportBatch => {
            let types = speech.count(subject.rows, EVENT_TYPE);
            say!(speech, "Import {types} at once?"; "{types} auf einmal übernehmen?")
        }
        ReviewKind::Link => {
            say!(speech, "Link {called} with {event_type}?"; "{called} mit {event_type} verknüpfen?")
        }
        ReviewKind::Relink => say!(speech,
            "Link {called} with {event_type} from now on?";
            "{called} künftig mit {event_type} verknüpfen?"),
        ReviewKind::Update => {
            say!(speech, "Update {called} from Cal.com?"; "{called} nach Cal.com ändern?")
        }
        ReviewKind::Observation => {
            let number = subject.observation_id.map_or(String::new(), |id| id.to_string());
            say!(speech,
                "Is Cal.com's new list right (observation {number})?";
                "Stimmt die neue Liste von Cal.com (Beobachtung {number})?")
        }
    }
}

/// Why it is asked.
fn why(line: &WaitingLine, digest: &Digest, speech: Speech) -> String {
    match line.kind {
        ReviewKind::Deactivate => {
            let watched = digest.watching().find(|one| Some(one.service_id) == line.service_id);
            match watched.map(|one| one.streak) {
                Some(streak) if streak > 1 => say!(speech,
                    "Its event type was missing from {streak} lists of Cal.com in a row.";
                    "Der Ereignistyp fehlte in {streak} Listen von Cal.com in Folge."),
                _ => say!(speech,
                    "Its event type is missing from Cal.com's list.";
                    "Der Ereignistyp fehlt in der Liste von Cal.com."),
            }
        }
        ReviewKind::Reactivate => say!(speech,
            "It is there at Cal.com, but switched off here.";
            "Bei Cal.com ist sie vorhanden, hier aber abgeschaltet."),
        ReviewKind::Import => match line.event_type_id {
            Some(id) => {
                say!(speech, "New at Cal.com: event type {id}."; "Neu bei Cal.com: Ereignistyp {id}.")
            }
            None => say!(speech, "New at Cal.com."; "Neu bei Cal.com."),
        },
        ReviewKind::ImportBatch => say!(speech,
            "So many new ones at once are not imported without asking.";
            "So viele neue auf einmal werden nicht ohne Rückfrage übernommen."),
        ReviewKind::Link => say!(speech,
            "New at Cal.com, and of the same name.";
            "Neu bei Cal.com und gleichen Namens."),
        ReviewKind::Relink => say!(speech,
            "Its own event type is gone, and a new one bears the same name: probably made anew.";
            "Der bisherige Ereignistyp ist fort, ein neuer trägt denselben Namen: vermutlich neu angelegt."),
        ReviewKind::Update => say!(speech,
            "Something in it is different at Cal.com.";
            "Bei Cal.com ist etwas daran anders."),
        ReviewKind::Observation => say!(speech,
            "It is not plausible. Look at Cal.com before you answer; nothing happens until then.";
            "Sie ist nicht glaubhaft. Bitte sehen Sie bei Cal.com nach, bevor Sie antworten; bis dahin geschieht nichts."),
    }
}

/// What a person said yes to, and no run has done yet.
pub(super) fn decided(digest: &Digest, speech: Speech) -> Option<Section> {
    let lines: Vec<&WaitingLine> =
        digest.waiting.iter().filter(|line| line.yes.is_some()).collect();
    if lines.is_empty() {
        return None;
    }
    let items = lines.iter().take(QUESTIONS_SHOWN).map(|line| {
        let yes = line.yes.as_ref().map(|yes| (name(&yes.by), speech.time(yes.at)));
        let said = yes.map(|(by, at)| {
            Line::plain(&say!(speech, "Yes, by {by} on {at}."; "Ja, von {by} am {at}."))
        });
        Item {
            title: Said::new(&question(&Subject::of(line), speech)),
            lines: said.into_iter().collect(),
        }
    });
    let more = lines.len().saturating_sub(QUESTIONS_SHOWN);
    Some(Section {
        tone: Tone::Plain,
        heading: Said::new(
            &say!(speech, "Decided, and not done yet"; "Entschieden, noch nicht ausgeführt"),
        ),
        note: Some(Said::new(&say!(speech,
            "The next runs do it, as far as the limits leave room.";
            "Die nächsten Läufe führen es aus, soweit die Grenzen es zulassen."))),
        items: items.collect(),
        more: super::more(more, "reconciler review list", speech),
    })
}

/// Answers that count no more, and questions that are asked again.
pub(super) fn turned(digest: &Digest, speech: Speech) -> Option<Section> {
    let items: Vec<Item> = digest.turned.iter().filter_map(|line| turn(line, speech)).collect();
    (!items.is_empty()).then(|| Section {
        tone: Tone::Waits,
        heading: Said::new(&say!(speech,
            "Answers that count no more";
            "Antworten, die nicht mehr gelten")),
        note: None,
        items,
        more: None,
    })
}

fn turn(line: &TurnLine, speech: Speech) -> Option<Item> {
    let said = match (line.from, line.to) {
        (ReviewState::Approved, ReviewState::Void) => say!(speech,
            "The yes was given on facts that have changed; it was not carried out.";
            "Das Ja galt einer Lage, die sich geändert hat; es wurde nicht ausgeführt."),
        (ReviewState::Approved, ReviewState::Expired) => say!(speech,
            "The yes has expired before it could be carried out.";
            "Das Ja ist abgelaufen, bevor es ausgeführt werden konnte."),
        _ => return None,
    };
    let subject = Subject {
        kind: line.kind,
        name: &line.name,
        service_id: None,
        event_type_id: None,
        observation_id: None,
        rows: 0,
    };
    Some(Item { title: Said::new(&question(&subject, speech)), lines: vec![Line::plain(&said)] })
}

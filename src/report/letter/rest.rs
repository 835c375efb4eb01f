//! What is watched, what differs, how old the last accepted list is, and the small print.

use super::speech::{MESSAGE, SERVICE, say};
use super::{Item, Line, Said, Section, Speech, Tone, capitalised, foreign_text, name};
use crate::model::change::{Column, Value};
use crate::model::decision::Drift;
use crate::report::digest::Digest;
use crate::report::lines::{DriftLine, WatchLine};

/// How many lines of a kind a letter shows; the rest are counted.
const LINES_SHOWN: usize = 10;

/// Active services whose event type is absent, and about which nothing is asked yet.
pub(super) fn watched(digest: &Digest, speech: Speech) -> Option<Section> {
    let is_asked = |line: &WatchLine| {
        digest.waiting.iter().any(|asked| asked.service_id == Some(line.service_id))
    };
    let lines: Vec<&WatchLine> = digest.watching().filter(|line| !is_asked(line)).collect();
    if lines.is_empty() {
        return None;
    }
    let items = lines.iter().take(LINES_SHOWN).map(|line| {
        let (id, called) = (line.service_id, speech.quote(&name(&line.name)));
        let (streak, threshold) = (line.streak.min(line.threshold), line.threshold);
        Item {
            title: Said::new(&say!(speech, "{called} (service {id})"; "{called} (Leistung {id})")),
            lines: vec![Line::plain(&if streak == 0 {
                say!(speech, "Missing; nothing is counted yet."; "Vermisst; noch zählt nichts.")
            } else {
                say!(speech,
                    "Missing {streak} of {threshold} times.";
                    "{streak} von {threshold} Malen vermisst.")
            })],
        }
    });
    Some(Section {
        tone: Tone::Plain,
        heading: Said::new(&say!(speech,
            "Missing at Cal.com, and watched: still bookable";
            "Bei Cal.com vermisst und beobachtet: weiter buchbar")),
        note: None,
        items: items.collect(),
        more: super::more(lines.len().saturating_sub(LINES_SHOWN), "reconciler status", speech),
    })
}

/// Rows that differ from Cal.com, and are left so.
pub(super) fn drifted(digest: &Digest, speech: Speech) -> Option<Section> {
    if digest.drifted.is_empty() {
        return None;
    }
    let items = digest.drifted.iter().take(LINES_SHOWN).map(|line| drift(line, speech));
    Some(Section {
        tone: Tone::Plain,
        heading: Said::new(&say!(speech,
            "Different from Cal.com, and left as they are";
            "Anders als bei Cal.com, und so belassen")),
        note: None,
        items: items.collect(),
        more: super::more(
            digest.drifted.len().saturating_sub(LINES_SHOWN),
            "reconciler run --check-only",
            speech,
        ),
    })
}

fn drift(line: &DriftLine, speech: Speech) -> Item {
    let (id, called) = (line.service_id, speech.quote(&name(&line.name)));
    let mut lines: Vec<Line> =
        line.drifts.iter().map(|one| Line::plain(&difference(one, speech))).collect();
    if lines.is_empty() {
        let label = say!(speech, "Details"; "Einzelheiten");
        lines.push(Line::new(&label, &format!("`reconciler explain {id}`")));
    }
    Item {
        title: Said::new(&say!(speech, "{called} (service {id})"; "{called} (Leistung {id})")),
        lines,
    }
}

fn difference(drift: &Drift, speech: Speech) -> String {
    let (here, there) = (value(&drift.row, speech), value(&drift.source, speech));
    match drift.column {
        Column::SyncStatus => say!(speech,
            "Switched on, but callers cannot book it: its sync status is {here}, not {there}.";
            "Eingeschaltet, aber nicht buchbar: Der Abgleich-Status ist {here}, nicht {there}."),
        Column::Name => {
            say!(speech, "Name: {here}, at Cal.com {there}."; "Name: {here}, bei Cal.com {there}.")
        }
        Column::Duration => {
            say!(speech, "Minutes: {here}, at Cal.com {there}."; "Minuten: {here}, bei Cal.com {there}.")
        }
        other => {
            let column = other.as_str();
            say!(speech, "`{column}`: {here}, at Cal.com {there}."; "`{column}`: {here}, bei Cal.com {there}.")
        }
    }
}

fn value(value: &Value, speech: Speech) -> String {
    match value {
        Value::Null => say!(speech, "nothing"; "nichts"),
        Value::Bool(true) => say!(speech, "yes"; "ja"),
        Value::Bool(false) => say!(speech, "no"; "nein"),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => speech.quote(&foreign_text(text, 60)),
    }
}

/// How old the last accepted lists are, which runs are told of, and the ledger's head.
pub(super) fn footer(digest: &Digest, speech: Speech) -> Vec<String> {
    let mut lines = accepted(digest, speech);
    let held = digest.status.holds.len();
    if held > 0 {
        lines.push(say!(speech,
            "{held} left alone, as people asked: `reconciler status`.";
            "{held} auf Wunsch in Ruhe gelassen: `reconciler status`."));
    }
    let undelivered = digest.status.undelivered.len();
    if undelivered > 0 {
        let messages = speech.count(undelivered, MESSAGE);
        lines.push(say!(speech,
            "{messages} not delivered yet: `reconciler status`.";
            "{messages} noch nicht zugestellt: `reconciler status`."));
    }
    lines.extend(told(digest, speech));
    if let Some(head) = &digest.head {
        lines.push(say!(speech,
            "Checksum of all records, to compare with `reconciler verify` one day: {head}";
            "Prüfsumme aller Aufzeichnungen, zum späteren Vergleich mit `reconciler verify`: {head}"));
    }
    lines
}

fn accepted(digest: &Digest, speech: Speech) -> Vec<String> {
    let companies = &digest.status.companies;
    let now = digest.status.now;
    let lines = companies.iter().map(|company| {
        let whose = match (companies.len(), company.company_id) {
            (1, _) => String::new(),
            (_, id) => match company.services {
                Some(services) => {
                    let active = usize::try_from(services.active).unwrap_or(usize::MAX);
                    let services = speech.count(active, SERVICE);
                    say!(speech, "Company {id}, {services}: "; "Firma {id}, {services}: ")
                }
                None => say!(speech,
                    "Company {id}, services not read yet: ";
                    "Firma {id}, Leistungen noch nicht gelesen: "),
            },
        };
        match company.last_accepted_at {
            Some(at) => {
                let (at, ago) = (speech.time(at), speech.ago(at, now));
                say!(speech,
                    "{whose}last accepted list of Cal.com {ago} ({at}).";
                    "{whose}letzte glaubhafte Liste von Cal.com {ago} ({at}).")
            }
            None => say!(speech,
                "{whose}no list of Cal.com was accepted yet.";
                "{whose}noch keine glaubhafte Liste von Cal.com."),
        }
    });
    lines.map(|line| capitalised(&line)).collect()
}

fn told(digest: &Digest, speech: Speech) -> Option<String> {
    let runs = digest.runs?;
    let (first, last, count) = (runs.first, runs.last, runs.count);
    let since = speech.time(digest.since);
    Some(if count == 1 {
        let at = digest.status.last_run.as_ref().map_or(digest.since, |run| run.started_at);
        let at = speech.time(at);
        say!(speech,
            "This tells of run {last}, {at}: `reconciler show {last}`.";
            "Dies berichtet von Lauf {last}, {at}: `reconciler show {last}`.")
    } else {
        say!(speech,
            "This tells of {count} runs since {since}, {first} to {last}: `reconciler runs`.";
            "Dies berichtet von {count} Läufen seit {since}, {first} bis {last}: `reconciler runs`.")
    })
}

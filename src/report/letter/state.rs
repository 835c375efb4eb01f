//! How things stand, in one line; and what is understood on a lock screen.

use super::speech::{ROW, SERVICE, say};
use super::{Speech, Tone, capitalised, foreign_text, name};
use crate::model::change::{Column, Value};
use crate::model::observation::Verdict;
use crate::model::review::ReviewKind;
use crate::report::digest::{ChangedLine, Digest, Occasion};
use crate::report::lines::{ChangeLine, ChangeStatus, Doubt};
use crate::report::status::Activity;
use std::collections::{BTreeMap, BTreeSet};

/// How many columns of a person's reason stand in the first lines.
const REASON_WIDTH: usize = 120;

/// Subject, first line, and what else must be known at once.
pub(super) struct State {
    pub subject: String,
    pub tone: Tone,
    pub first_line: String,
    pub lead: Vec<String>,
}

/// What matters most: the first that applies.
enum Matter {
    NoRunYet,
    CutOff,
    Unfinished,
    Moved(usize),
    NotRead,
    NotBelieved,
    Contradiction,
    Unclear,
    Over,
    OffBefore(usize),
    SwitchedOff,
    Waits,
    Paused,
    Quiet,
}

pub(super) fn state(digest: &Digest, speech: Speech) -> State {
    let matter = matter(digest);
    let tone = match matter {
        Matter::NoRunYet | Matter::Paused | Matter::Waits | Matter::SwitchedOff => Tone::Waits,
        Matter::Over | Matter::Quiet => Tone::Good,
        _ => Tone::Bad,
    };
    let mut first_line = vec![bookable(digest, &matter, speech)];
    first_line.extend(sentence(&matter, speech));
    first_line.extend(waits(digest, speech));
    State {
        subject: subject(&matter, digest, speech),
        tone,
        first_line: first_line.join(" "),
        lead: lead(digest, speech),
    }
}

fn matter(digest: &Digest) -> Matter {
    let status = &digest.status;
    let Some(last) = &status.last_run else { return Matter::NoRunYet };
    let moved = moved(digest);
    let unread =
        |line: &crate::report::digest::RefusalLine| line.observation.verdict == Verdict::Failed;
    let contradicts = |wanted: bool| {
        digest.doubts.iter().any(|line| (line.doubt == Doubt::Contradiction) == wanted)
    };
    let off_before = pending(digest, ReviewKind::Reactivate);
    if last.finished_at.is_none() && status.activity == Activity::Idle {
        Matter::CutOff
    } else if status.companies.iter().any(|company| company.trouble.is_some()) {
        Matter::Unfinished
    } else if moved > 0 {
        Matter::Moved(moved)
    } else if digest.standing_refusals().next().is_some() {
        if digest.standing_refusals().all(unread) { Matter::NotRead } else { Matter::NotBelieved }
    } else if contradicts(true) {
        Matter::Contradiction
    } else if contradicts(false) {
        Matter::Unclear
    } else if matches!(digest.occasion, Occasion::TroubleOver { .. }) {
        Matter::Over
    } else if off_before > 0 {
        Matter::OffBefore(off_before)
    } else if !switched_off(digest).is_empty() {
        Matter::SwitchedOff
    } else if status.paused.is_some() {
        Matter::Paused
    } else {
        let waits = digest.unanswered().next().is_some();
        if waits { Matter::Waits } else { Matter::Quiet }
    }
}

fn pending(digest: &Digest, kind: ReviewKind) -> usize {
    digest.unanswered().filter(|line| line.kind == kind).count()
}

/// Rows that somebody else changed under a run, however many runs met them so.
fn moved(digest: &Digest) -> usize {
    let moved = digest.changes.iter().filter(|one| one.line.status == ChangeStatus::Conflict);
    let (rows, without): (Vec<_>, Vec<_>) =
        moved.map(|one| one.line.service_id).partition(Option::is_some);
    rows.into_iter().collect::<BTreeSet<_>>().len() + without.len()
}

/// What was switched off, and was not switched on again since.
pub(super) fn switched_off(digest: &Digest) -> Vec<&ChangedLine> {
    let mut last = BTreeMap::new();
    let applied = digest.changes.iter().filter(|one| one.line.status == ChangeStatus::Applied);
    for one in applied {
        if let Some(is_on) = turns(&one.line) {
            last.insert(one.line.service_id, (is_on, one));
        }
    }
    last.into_values().filter(|(is_on, _)| !is_on).map(|(_, one)| one).collect()
}

/// Whether a change switches a row that was there on, or off.
pub(super) fn turns(line: &ChangeLine) -> Option<bool> {
    let active = |image: &crate::model::change::Image| match image.get(Column::IsActive) {
        Some(Value::Bool(is_active)) => Some(*is_active),
        _ => None,
    };
    let before = line.before.as_ref().and_then(active)?;
    let after = line.after.as_ref().map_or(Some(false), active)?;
    (before != after).then_some(after)
}

/// `All 18 services are bookable.`
fn bookable(digest: &Digest, matter: &Matter, speech: Speech) -> String {
    let (bookable, active) = (number(digest.bookable()), number(digest.active()));
    let services = speech.count(bookable, SERVICE);
    match matter {
        Matter::NoRunYet if digest.status.gone.is_some() => {
            return say!(speech,
                "The ledger is gone: nothing is known. Put its backup back; or go on without: every streak begins at zero, and nothing is switched off on old evidence.";
                "Das Ledger ist weg: Es ist nichts bekannt. Spielen Sie die Sicherung zurück, oder machen Sie ohne weiter: Jede Zählung beginnt bei null, und auf alte Belege hin wird nichts abgeschaltet.");
        }
        Matter::NoRunYet => {
            return say!(speech, "No run yet: nothing is known."; "Noch kein Lauf: Es ist nichts bekannt.");
        }
        _ if !digest.status.knows_rows() => {
            return say!(speech,
                "How many services are bookable is not known: no run could read the table yet.";
                "Wie viele Leistungen buchbar sind, ist nicht bekannt: Noch kein Lauf konnte die Tabelle lesen.");
        }
        Matter::Unfinished => {
            return say!(speech,
                "Bookable when last seen: {services}.";
                "Zuletzt buchbar: {services}.");
        }
        _ => {}
    }
    let off = switched_off(digest).len();
    match (bookable, active) {
        (0, 0) => say!(speech, "No service is bookable."; "Keine Leistung ist buchbar."),
        (_, _) if bookable < active => {
            let all = speech.count(active, SERVICE);
            say!(speech,
                "{bookable} of {all} are bookable; the others are switched on, but not released for booking.";
                "{bookable} von {all} buchbar; die übrigen sind eingeschaltet, aber nicht zur Buchung freigegeben.")
        }
        (1, _) if off == 0 => say!(speech, "1 service is bookable."; "1 Leistung ist buchbar."),
        _ if off == 0 && is_all(matter) => {
            say!(speech, "All {services} are bookable."; "Alle {services} sind buchbar.")
        }
        _ => {
            let verb = speech.verb(bookable, ["is", "are"], ["ist", "sind"]);
            let was = speech.verb(off, ["was", "were"], ["wurde", "wurden"]);
            match off {
                0 => say!(speech, "{services} {verb} bookable."; "{services} {verb} buchbar."),
                off => say!(speech,
                    "{services} {verb} bookable; {off} {was} switched off.";
                    "{services} {verb} buchbar; {off} {was} abgeschaltet."),
            }
        }
    }
}

/// Where services are off that probably should not be, the others are not "all".
fn is_all(matter: &Matter) -> bool {
    !matches!(matter, Matter::OffBefore(_))
}

/// What is the matter, where it is not what waits.
fn sentence(matter: &Matter, speech: Speech) -> Option<String> {
    Some(match matter {
        Matter::CutOff => say!(speech,
            "The last run was cut off; the next one finishes what it left.";
            "Der letzte Lauf wurde unterbrochen; der nächste bringt zu Ende, was er offen ließ."),
        Matter::Unfinished => say!(speech,
            "The last run could not be finished.";
            "Der letzte Lauf konnte nicht zu Ende geführt werden."),
        Matter::Moved(1) => say!(speech,
            "1 row was changed by somebody else meanwhile, and was left alone.";
            "1 Zeile wurde inzwischen von anderer Seite geändert und blieb unberührt."),
        Matter::Moved(number) => say!(speech,
            "{number} rows were changed by somebody else meanwhile, and were left alone.";
            "{number} Zeilen wurden inzwischen von anderer Seite geändert und blieben unberührt."),
        Matter::NotRead => say!(speech,
            "Cal.com could not be read; no service was switched off because of it.";
            "Cal.com konnte nicht gelesen werden; deshalb wurde nichts abgeschaltet."),
        Matter::NotBelieved => say!(speech,
            "Cal.com's list is not believed; no service was switched off because of it.";
            "Die Liste von Cal.com ist nicht glaubhaft; deshalb wurde nichts abgeschaltet."),
        Matter::Contradiction => say!(speech,
            "Cal.com contradicts itself; no service was switched off because of it.";
            "Cal.com widerspricht sich; deshalb wurde nichts abgeschaltet."),
        Matter::Unclear => say!(speech,
            "A question to Cal.com was not clearly answered; nothing rests on it.";
            "Eine Nachfrage bei Cal.com wurde nicht eindeutig beantwortet; darauf beruht nichts."),
        Matter::Over => say!(speech, "The trouble is over."; "Die Störung ist vorbei."),
        Matter::OffBefore(number) => {
            let services = speech.count(*number, SERVICE);
            let were = speech.verb(*number, ["was", "were"], ["wurde", "wurden"]);
            say!(speech,
                "{services} {were} probably switched off by mistake.";
                "{services} {were} vermutlich versehentlich abgeschaltet.")
        }
        Matter::Paused => {
            say!(speech, "Changes are paused."; "Änderungen sind angehalten.")
        }
        Matter::NoRunYet | Matter::SwitchedOff | Matter::Waits | Matter::Quiet => return None,
    })
}

/// `2 wait for you.`
fn waits(digest: &Digest, speech: Speech) -> Option<String> {
    Some(match digest.unanswered().count() {
        0 => return None,
        1 => say!(speech, "1 waits for you."; "1 wartet auf Sie."),
        number => say!(speech, "{number} wait for you."; "{number} warten auf Sie."),
    })
}

fn subject(matter: &Matter, digest: &Digest, speech: Speech) -> String {
    let stands = match (matter, number(digest.bookable())) {
        (Matter::NoRunYet, _) if digest.status.gone.is_some() => {
            return say!(speech, "The ledger is gone"; "Das Ledger ist weg");
        }
        (Matter::NoRunYet, _) => return say!(speech, "No run yet"; "Noch kein Lauf"),
        _ if !digest.status.knows_rows() => {
            say!(speech, "services not read yet"; "Leistungen noch nicht gelesen")
        }
        (_, 0) => say!(speech, "no service bookable"; "keine Leistung buchbar"),
        (_, bookable) => {
            let services = speech.count(bookable, SERVICE);
            let off = switched_off(digest).len();
            if bookable > 1 && off == 0 && digest.status.unbookable() == 0 && is_all(matter) {
                say!(speech, "all {services} bookable"; "alle {services} buchbar")
            } else {
                say!(speech, "{services} bookable"; "{services} buchbar")
            }
        }
    };
    let still = match digest.occasion {
        Occasion::TroubleGoesOn { since } => {
            let span = speech.span(since, digest.status.now);
            say!(speech, " ({span} now)"; " (seit {span})")
        }
        _ => String::new(),
    };
    let what = match matter {
        Matter::CutOff => say!(speech, "Run cut off"; "Lauf unterbrochen"),
        Matter::Unfinished => {
            say!(speech, "Run not finished: please look"; "Lauf nicht beendet: bitte ansehen")
        }
        Matter::Moved(number) => {
            let rows = speech.count(*number, ROW);
            say!(speech, "Please look: {rows} changed elsewhere"; "Bitte ansehen: {rows} anderswo geändert")
        }
        Matter::NotRead => say!(speech, "Cal.com not readable"; "Cal.com nicht lesbar"),
        Matter::NotBelieved => say!(speech, "Cal.com's list refused"; "Cal.com-Liste abgelehnt"),
        Matter::Contradiction => {
            say!(speech, "Cal.com contradicts itself"; "Cal.com widerspricht sich")
        }
        Matter::Unclear => {
            say!(speech, "Cal.com gave no clear answer"; "Cal.com antwortet nicht eindeutig")
        }
        Matter::Over => say!(speech, "It is over"; "Es ist vorbei"),
        Matter::OffBefore(number) => {
            let services = speech.count(*number, SERVICE);
            say!(speech, "{services} probably off by mistake"; "{services} vermutlich versehentlich aus")
        }
        Matter::SwitchedOff => which_are_off(digest, speech),
        Matter::Paused => say!(speech, "Paused"; "Angehalten"),
        Matter::Waits | Matter::Quiet | Matter::NoRunYet => {
            let mut words = capitalised(&stands);
            if let Some(waits) = waits(digest, speech) {
                words = format!("{words}, {}", waits.trim_end_matches('.'));
            }
            return words;
        }
    };
    format!("{what}{still}; {stands}")
}

/// Which one, or how many.
fn which_are_off(digest: &Digest, speech: Speech) -> String {
    let off = switched_off(digest);
    if let [one] = off.as_slice() {
        let name = speech.quote(&foreign_text(&one.line.name, 30));
        return say!(speech, "{name} switched off"; "{name} abgeschaltet");
    }
    let services = speech.count(off.len(), SERVICE);
    say!(speech, "{services} switched off"; "{services} abgeschaltet")
}

fn lead(digest: &Digest, speech: Speech) -> Vec<String> {
    let mut lead = Vec::new();
    let now = digest.status.now;
    match digest.occasion {
        Occasion::Usual | Occasion::TroubleBegan => {}
        Occasion::TroubleGoesOn { since } => {
            let (at, span) = (speech.time(since), speech.span(since, now));
            lead.push(say!(speech,
                "This has been so since {at} ({span}).";
                "So ist es seit dem {at} ({span})."));
        }
        Occasion::TroubleOver { since } => {
            let (at, span) = (speech.time(since), speech.span(since, now));
            lead.push(say!(speech,
                "It began on {at} and lasted {span}.";
                "Sie begann am {at} und dauerte {span}."));
        }
    }
    if let Some(pause) = &digest.status.paused {
        let (by, at) = (name(&pause.by), speech.time(pause.at));
        let why = speech.quote(&foreign_text(&pause.reason, REASON_WIDTH));
        lead.push(match pause.until.map(|until| speech.time(until)) {
            Some(until) => say!(speech,
                "Paused by {by} on {at} until {until}: {why}. Earlier with `reconciler resume`.";
                "Angehalten von {by} am {at} bis {until}: {why}. Früher mit `reconciler resume`."),
            None => say!(speech,
                "Paused by {by} on {at}: {why}. It ends with `reconciler resume`.";
                "Angehalten von {by} am {at}: {why}. Weiter geht es mit `reconciler resume`."),
        });
    }
    lead
}

fn number(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

//! What was written, what could not be, and who decided it.

use super::speech::say;
use super::state::turns;
use super::{Item, Line, Said, Section, Speech, Tone, foreign_text, name};
use crate::model::run::ChangeKind;
use crate::report::digest::{ChangedLine, Decided, Digest};
use crate::report::lines::ChangeStatus;

/// How many changes a letter tells one by one; the rest are counted.
const CHANGES_SHOWN: usize = 10;
/// How many columns of a person's reason are told.
const REASON_WIDTH: usize = 120;

/// What could not be done: it comes first.
pub(super) fn not_done(digest: &Digest, speech: Speech) -> Option<Section> {
    let heading = say!(speech,
        "Please look at these";
        "Bitte sehen Sie hier nach");
    let is_it = |status| {
        matches!(status, ChangeStatus::Conflict | ChangeStatus::Abandoned | ChangeStatus::Unknown)
    };
    section(digest, is_it, Tone::Bad, &heading, speech)
}

/// What was done.
pub(super) fn done(digest: &Digest, speech: Speech) -> Option<Section> {
    let heading = say!(speech, "Changed"; "Geändert");
    section(digest, |status| status == ChangeStatus::Applied, Tone::Plain, &heading, speech)
}

fn section(
    digest: &Digest,
    is_it: impl Fn(ChangeStatus) -> bool,
    tone: Tone,
    heading: &str,
    speech: Speech,
) -> Option<Section> {
    let lines: Vec<&ChangedLine> = digest
        .changes
        .iter()
        .enumerate()
        .filter(|(place, one)| is_it(one.line.status) && !is_refused_again(digest, *place, one))
        .map(|(_, one)| one)
        .collect();
    let run = lines.last()?.run_id;
    let more = lines.len().saturating_sub(CHANGES_SHOWN);
    Some(Section {
        tone,
        heading: Said::new(heading),
        note: None,
        items: lines.iter().take(CHANGES_SHOWN).map(|line| item(line, speech)).collect(),
        more: super::more(more, &format!("reconciler show {run}"), speech),
    })
}

/// What was refused as often as somebody tried is told once, with the last try.
fn is_refused_again(digest: &Digest, place: usize, this: &ChangedLine) -> bool {
    let same = |one: &ChangedLine| {
        (one.line.status, one.line.kind, one.line.service_id)
            == (this.line.status, this.line.kind, this.line.service_id)
            && one.line.after == this.line.after
    };
    is_refused(this) && digest.changes.iter().skip(place + 1).any(same)
}

/// A rollback would not do it.
fn is_refused(changed: &ChangedLine) -> bool {
    changed.line.status == ChangeStatus::Conflict
        && matches!(changed.line.kind, ChangeKind::Revert | ChangeKind::Remove)
}

fn item(changed: &ChangedLine, speech: Speech) -> Item {
    let mut lines = Vec::new();
    let run = changed.run_id;
    let became = match changed.line.status {
        ChangeStatus::Conflict if is_refused(changed) => Some(say!(speech,
            "It was to be undone, and was left alone; its story says why, and what you can do.";
            "Es sollte rückgängig gemacht werden und blieb unberührt; die Geschichte sagt, warum, und was Sie tun können.")),
        ChangeStatus::Conflict => Some(say!(speech,
            "Somebody else had changed it meanwhile; it was left alone.";
            "Sie war inzwischen von anderer Seite geändert worden und blieb unberührt.")),
        ChangeStatus::Abandoned => Some(say!(speech,
            "It was not written; the next run looks again.";
            "Es wurde nichts geschrieben; der nächste Lauf sieht erneut nach.")),
        ChangeStatus::Unknown => Some(say!(speech,
            "Whether it was written is not known yet; the next run finds out.";
            "Ob es geschrieben wurde, ist noch nicht bekannt; der nächste Lauf stellt es fest.")),
        _ => None,
    };
    let is_done = became.is_none();
    lines.extend(became.map(|words| Line::plain(&words)));
    lines.push(Line::plain(&decided(changed, speech)));
    if is_done && changed.can_be_undone {
        let label = say!(speech, "Undo run {run}"; "Lauf {run} rückgängig machen");
        lines.push(Line::new(&label, &format!("`reconciler rollback {run}`")));
    } else if let (false, Some(id)) = (is_done, changed.line.service_id) {
        let label = say!(speech, "Its story"; "Ihre Geschichte");
        lines.push(Line::new(&label, &format!("`reconciler explain {id}`")));
    }
    Item { title: Said::new(&title(changed, speech)), lines }
}

fn title(changed: &ChangedLine, speech: Speech) -> String {
    let line = &changed.line;
    let called = speech.quote(&name(&line.name));
    let called = match line.service_id {
        Some(id) => say!(speech, "{called} (service {id})"; "{called} (Leistung {id})"),
        None => called,
    };
    let what = what(changed, speech);
    match line.status {
        ChangeStatus::Applied => format!("{called}: {what}"),
        ChangeStatus::Unknown => format!("{called}: {what}?"),
        ChangeStatus::Conflict | ChangeStatus::Abandoned if line.kind == ChangeKind::Revert => {
            say!(speech, "{called}: not put back"; "{called}: nicht zurückgesetzt")
        }
        ChangeStatus::Conflict | ChangeStatus::Abandoned if line.kind == ChangeKind::Remove => {
            say!(speech,
            "{called}: import not undone";
            "{called}: Übernahme nicht rückgängig gemacht")
        }
        _ => say!(speech, "{called}: not {what}"; "{called}: nicht {what}"),
    }
}

fn what(changed: &ChangedLine, speech: Speech) -> String {
    match (changed.line.kind, turns(&changed.line)) {
        (ChangeKind::Deactivate, _) => say!(speech, "switched off"; "abgeschaltet"),
        (ChangeKind::Reactivate, _) => say!(speech, "switched on again"; "wieder eingeschaltet"),
        (ChangeKind::Revert, Some(true)) => {
            say!(speech, "put back: on again"; "zurückgesetzt: wieder eingeschaltet")
        }
        (ChangeKind::Revert, Some(false)) => {
            say!(speech, "put back: off again"; "zurückgesetzt: wieder abgeschaltet")
        }
        (ChangeKind::Revert, None) => say!(speech, "put back as it was"; "zurückgesetzt"),
        (ChangeKind::Import, _) => say!(speech, "imported from Cal.com"; "von Cal.com übernommen"),
        (ChangeKind::Link, _) => say!(speech, "linked with Cal.com"; "mit Cal.com verknüpft"),
        (ChangeKind::Relink, _) => {
            say!(speech, "linked with its new event type"; "mit dem neuen Ereignistyp verknüpft")
        }
        (ChangeKind::Update, _) => say!(speech, "updated from Cal.com"; "nach Cal.com geändert"),
        (ChangeKind::Remove, _) => say!(speech, "import undone"; "Übernahme rückgängig gemacht"),
    }
}

fn decided(changed: &ChangedLine, speech: Speech) -> String {
    let at = speech.time(changed.at);
    match &changed.decided {
        Decided::Person { by, why } => {
            let by = name(by);
            match why {
                Some(why) => {
                    let why = speech.quote(&foreign_text(why, REASON_WIDTH));
                    say!(speech, "{at}, decided by {by}: {why}"; "{at}, entschieden von {by}: {why}")
                }
                None => say!(speech, "{at}, decided by {by}."; "{at}, entschieden von {by}."),
            }
        }
        Decided::Configuration => say!(speech,
            "{at}, as the configuration allows without asking.";
            "{at}, wie es die Einstellungen ohne Rückfrage erlauben."),
        Decided::Rollback { of, by } => {
            let run = match of {
                Some(run) if is_refused(changed) => {
                    say!(speech, "run {run} was to be undone"; "Lauf {run} sollte rückgängig gemacht werden")
                }
                None if is_refused(changed) => {
                    say!(speech, "earlier runs were to be undone"; "frühere Läufe sollten rückgängig gemacht werden")
                }
                Some(run) => {
                    say!(speech, "run {run} was undone"; "Lauf {run} wurde rückgängig gemacht")
                }
                None => {
                    say!(speech, "earlier runs were undone"; "frühere Läufe wurden rückgängig gemacht")
                }
            };
            match by.as_deref().map(name) {
                Some(by) => say!(speech, "{at}: {run}, by {by}."; "{at}: {run}, von {by}."),
                None => format!("{at}: {run}."),
            }
        }
    }
}

//! Changes as tables: what was done, what would be, what waits, and what could not be.

use super::page::{Cell, Page, Tone};
use crate::model::change::{Image, Value};
use crate::model::run::ChangeKind;
use crate::report::harmless::cut;
use crate::report::lines::{ChangeLine, ChangeStatus};

/// How wide a name may be in a table.
pub(super) const NAME_WIDTH: usize = 26;

/// Every status that has changes, in the order in which they concern people.
pub(super) fn all(page: &mut Page, lines: &[ChangeLine]) {
    use ChangeStatus::{Abandoned, Applied, Conflict, NeedsReview, Planned, Unknown, Waiting};
    let undoes = |kind| matches!(kind, ChangeKind::Revert | ChangeKind::Remove);
    let (refused, lines): (Vec<&ChangeLine>, Vec<&ChangeLine>) =
        lines.iter().partition(|line| line.status == Conflict && undoes(line.kind));
    if !refused.is_empty() {
        page.heading(Tone::Bad, "Not put back, and left alone: a person must look");
        table(page, &refused);
    }
    for (status, tone, heading) in [
        (Conflict, Tone::Bad, "Rows that somebody else changed meanwhile, and were left alone"),
        (Unknown, Tone::Bad, "Outcome not known: the next run reads the rows, and says"),
        (Abandoned, Tone::Bad, "Not made"),
        (Applied, Tone::Strong, "Changed"),
        (Planned, Tone::Strong, "Would be changed"),
        (NeedsReview, Tone::Warning, "Would be asked"),
        (Waiting, Tone::Warning, "Allowed, and waiting"),
    ] {
        let these: Vec<&ChangeLine> =
            lines.iter().copied().filter(|line| line.status == status).collect();
        if !these.is_empty() {
            page.heading(tone, heading);
            table(page, &these);
        }
    }
}

/// Some changes, one a row.
pub(super) fn table(page: &mut Page, lines: &[&ChangeLine]) {
    let rows = lines.iter().map(|line| {
        vec![
            Cell::from(what(line)),
            Cell::from(service(line)),
            Cell::from(cut(&line.name, NAME_WIDTH)),
            Cell::from(why(line)),
        ]
    });
    page.table_with_reasons(&["what", "service", "name", "why"], rows.collect());
}

fn what(line: &ChangeLine) -> &'static str {
    if let (ChangeStatus::Applied, Some(did)) = (line.status, line.put_back()) {
        return did.as_str();
    }
    match (line.kind, line.status == ChangeStatus::Applied) {
        (ChangeKind::Deactivate, true) => "switched off",
        (ChangeKind::Deactivate, false) => "switch off",
        (ChangeKind::Reactivate, true) => "switched on",
        (ChangeKind::Reactivate, false) => "switch on",
        (ChangeKind::Import, true) => "imported",
        (ChangeKind::Import, false) => "import",
        (ChangeKind::Link, true) => "linked",
        (ChangeKind::Link, false) => "link",
        (ChangeKind::Relink, true) => "relinked",
        (ChangeKind::Relink, false) => "relink",
        (ChangeKind::Update, true) => "updated",
        (ChangeKind::Update, false) => "update",
        (ChangeKind::Revert, _) => "put back",
        (ChangeKind::Remove, true) => "removed",
        (ChangeKind::Remove, false) => "remove",
    }
}

fn service(line: &ChangeLine) -> String {
    match (line.service_id, line.event_type_id) {
        (Some(id), _) => id.to_string(),
        (None, Some(_)) => "new".to_owned(),
        (None, None) => String::new(),
    }
}

fn why(line: &ChangeLine) -> String {
    let mut words = line.reason.to_string();
    if !matches!(line.kind, ChangeKind::Deactivate | ChangeKind::Reactivate | ChangeKind::Import) {
        let difference = difference(line.before.as_ref(), line.after.as_ref());
        if !difference.is_empty() {
            words = format!("{difference} ({words})");
        }
    }
    match (&line.note, line.status) {
        (None, _) | (_, ChangeStatus::Applied) => words,
        (Some(note), _) => format!("{note} ({words})"),
    }
}

/// What differs between two images: `name: "a" → "b"`.
pub(super) fn difference(before: Option<&Image>, after: Option<&Image>) -> String {
    let Some(after) = after else { return String::new() };
    let parts: Vec<String> = after
        .iter()
        .filter_map(|(column, new)| match before.and_then(|image| image.get(column)) {
            Some(old) if old == new => None,
            Some(old) => Some(format!("{column}: {} → {}", value(old), value(new))),
            None => Some(format!("{column}: {}", value(new))),
        })
        .collect();
    parts.join(", ")
}

/// A value of a column, for people; text in quotes, so that it cannot be taken for ours.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("\"{}\"", cut(text, 60)),
    }
}

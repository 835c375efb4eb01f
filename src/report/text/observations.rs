//! Observations: in a word where they are as they should be, in four parts where they are not.

use super::Voice;
use super::page::{Cell, Page, Tone};
use crate::model::observation::{Finding, Verdict};
use crate::report::lines::ObservationLine;
use crate::report::words::{self, Words, count};

/// One observation in half a line: `team 34209: 45 event types, accepted`.
pub(super) fn brief(line: &ObservationLine) -> String {
    let shown = match (line.event_types, line.previous_event_types) {
        (None, _) => String::new(),
        (Some(now), Some(before)) if now != before => {
            format!("{} (before: {before}), ", count(now, "event type"))
        }
        (Some(now), _) => format!("{}, ", count(now, "event type")),
    };
    format!("team {}: {shown}{}", line.team_id, line.verdict)
}

/// Whether a refusal is news, or history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tense {
    /// A person can do something about it.
    Now,
    /// Later runs read the list again.
    Past,
}

/// An observation that was refused: each finding in four parts.
pub(super) fn refused(page: &mut Page, line: &ObservationLine, tense: Tense) {
    let number = line.id.map_or(String::new(), |id| format!(" (observation {id})"));
    let brief = brief(line);
    let brief = brief.strip_prefix("team").unwrap_or(&brief);
    page.heading(Tone::Warning, &format!("Team{brief}{number}"));
    for finding in line.findings.iter().filter(|one| one.check().verdict() != Verdict::Accepted) {
        let mut words = words::finding(finding, line, page.voice().zone);
        if tense == Tense::Past {
            words.what_to_do.clear();
        }
        four_parts(page, &words);
    }
}

/// What is remarkable about an accepted observation, a sentence each.
pub(super) fn remarks(line: &ObservationLine, voice: Voice) -> Vec<String> {
    let said = |finding: &Finding| {
        let words = words::finding(finding, line, voice.zone);
        format!("team {}: {} {}", line.team_id, words.seen, words.not_done)
    };
    line.findings
        .iter()
        .filter(|one| one.check().verdict() == Verdict::Accepted)
        .map(said)
        .collect()
}

/// A refusal that explains itself.
pub(super) fn four_parts(page: &mut Page, words: &Words) {
    let parts = [
        ("seen", &words.seen),
        ("compared with", &words.compared_with),
        ("not done", &words.not_done),
        ("you can", &words.what_to_do),
    ];
    let rows = parts
        .into_iter()
        .filter(|(_, said)| !said.is_empty())
        .map(|(part, said)| vec![Cell::new(part, Tone::Faint), Cell::from(said.as_str())]);
    page.table(None, &rows.collect::<Vec<_>>());
}

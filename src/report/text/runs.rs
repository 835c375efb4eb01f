//! The runs, newest first, a line each.

use super::page::{Cell, Page, Tone};
use super::{Voice, no_run_yet};
use crate::model::run::{RunKind, RunRecord};
use crate::report::history::{Older, RunsReport};
use crate::report::lines::PutBack;
use crate::report::status::Activity;
use crate::report::words::count;
use std::collections::BTreeMap;

/// History, newest first.
pub fn runs(report: &RunsReport, voice: &Voice) -> String {
    if report.runs.is_empty() {
        return no_run_yet(report.gone);
    }
    let mut page = Page::new(*voice);
    let rows = report.runs.iter().enumerate().map(|(place, run)| {
        let at_work = place == 0 && report.activity == Activity::RunAtWork;
        let (tone, ending) = match (run.exit_code, at_work) {
            (Some(0 | 3), _) => (Tone::Plain, ending(run)),
            (None, true) => (Tone::Faint, "at work now"),
            (Some(_) | None, _) => (Tone::Bad, ending(run)),
        };
        vec![
            Cell::from(run.id.to_string()),
            Cell::from(voice.time(run.started_at)),
            Cell::from(kind(run.kind)),
            Cell::new(ending, tone),
            match run.exit_code {
                Some(_) => Cell::from(did(run, report.put_back.get(&run.id))),
                None => Cell::from(format!("see `reconciler show {}`", run.id)),
            },
        ]
    });
    for chunk in rows.collect::<Vec<_>>().chunks(super::page::ROWS_MAX) {
        page.table(Some(&["run", "when", "kind", "ended", "what"]), chunk);
    }
    if report.older == Older::More {
        page.indented(Tone::Faint, "… and older ones: `--limit N`");
    }
    page.line(Tone::Faint, "One of them: `reconciler show RUN`.");
    page.into_text()
}

/// What kind of pass, in a word.
pub(super) fn kind(kind: RunKind) -> String {
    match kind {
        RunKind::Sync => "sync".to_owned(),
        RunKind::Rollback { reverts: Some(run) } => format!("rollback of {run}"),
        RunKind::Rollback { reverts: None } => "rollback".to_owned(),
    }
}

/// How a run ended, in words for its exit code.
pub(super) fn ending(run: &RunRecord) -> &'static str {
    match run.exit_code {
        None => "cut off",
        Some(0 | 3) => "done",
        Some(4) => "paused",
        Some(5) => "refused",
        Some(6) => "rows moved",
        Some(_) => "failed",
    }
}

/// What a run did, from its numbers; a rollback, by what it did to rows.
pub(super) fn did(run: &RunRecord, put_back: Option<&BTreeMap<PutBack, u32>>) -> String {
    let counts = &run.counts;
    let done = [
        (counts.deactivated, "switched off"),
        (counts.reactivated, "switched on"),
        (counts.imported, "imported"),
        (counts.linked, "linked"),
        (counts.updated, "updated"),
        (counts.watching, "watched"),
        (counts.held, "held"),
    ];
    let done: Vec<(u32, &str)> = match run.kind {
        RunKind::Sync => done.to_vec(),
        RunKind::Rollback { .. } => {
            put_back.into_iter().flatten().map(|(what, n)| (*n, what.as_str())).collect()
        }
    };
    let mut parts: Vec<String> =
        done.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    for (number, noun) in [(counts.waiting_for_review, "question"), (counts.conflicts, "conflict")]
    {
        if number > 0 {
            parts.push(count(usize::try_from(number).unwrap_or(usize::MAX), noun));
        }
    }
    if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") }
}

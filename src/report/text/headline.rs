//! The first sentence of a run's report: how things stand.

use super::page::Tone;
use crate::model::change::{Column, Value};
use crate::model::decision::Reason;
use crate::model::observation::Verdict;
use crate::model::run::RunKind;
use crate::report::lines::{ChangeLine, ChangeStatus, Doubt};
use crate::report::run_report::{CompanyReport, Ending, Mode, RunReport};
use crate::report::words::count;

/// How things stand after a run, in one sentence.
pub(super) fn of(report: &RunReport) -> (Tone, String) {
    let (tone, words) = match report.ending {
        Ending::Failed => (Tone::Bad, failed(report)),
        Ending::Conflicts => (Tone::Bad, conflicts(report)),
        Ending::NotTrusted => (Tone::Bad, not_trusted(report)),
        Ending::Paused if report.mode == Mode::Rehearsal => {
            (Tone::Warning, "Paused: a run would observe and record, and touch no service.".into())
        }
        Ending::Paused => {
            (Tone::Warning, "Paused: observed and recorded. No service was touched.".into())
        }
        Ending::LeftToOthers => {
            (Tone::Warning, "Another run is at work there: no service was touched.".into())
        }
        Ending::SomethingWaits => (Tone::Warning, stands(report)),
        Ending::Done => (Tone::Good, stands(report)),
    };
    match report.mode {
        Mode::Real => (tone, words),
        Mode::Rehearsal => (tone, format!("Rehearsal, nothing was written. {words}")),
    }
}

fn stands(report: &RunReport) -> String {
    let is = if report.mode == Mode::Real { "is" } else { "would be" };
    let stands = match report.kind {
        RunKind::Rollback { reverts: Some(run) } => format!("Run {run} {is} undone"),
        RunKind::Rollback { reverts: None } => format!("What was switched off {is} undone"),
        RunKind::Sync => format!("{} bookable", are(bookable(report), "service")),
    };
    let mut parts = vec![stands, happened(report)];
    parts.extend(waits(report));
    format!("{}.", parts.join("; "))
}

fn happened(report: &RunReport) -> String {
    let with = |status| number(report, status);
    match (report.mode, with(ChangeStatus::Applied), with(ChangeStatus::Planned)) {
        (Mode::Real, 0, _) => "nothing changed".to_owned(),
        (Mode::Real, applied, _) => format!("{} made", were(applied, "change")),
        (Mode::Rehearsal, _, 0) => "nothing would change".to_owned(),
        (Mode::Rehearsal, _, planned) => format!("{} would be made", count(planned, "change")),
    }
}

fn waits(report: &RunReport) -> Vec<String> {
    let mut parts = Vec::new();
    let waiting = number(report, ChangeStatus::Waiting);
    if waiting > 0 {
        parts.push(format!("{} to be made", wait(waiting, "allowed change")));
    }
    let questions = usize::try_from(report.counts().waiting_for_review).unwrap_or(usize::MAX);
    match (questions, report.mode) {
        (0, _) => {}
        (questions, Mode::Real) => parts.push(wait(questions, "question")),
        (questions, Mode::Rehearsal) => {
            parts.push(format!("{} would wait", count(questions, "question")));
        }
    }
    parts
}

fn failed(report: &RunReport) -> String {
    let unfinished: Vec<&CompanyReport> =
        report.companies.iter().filter(|company| company.trouble.is_some()).collect();
    let applied = number(report, ChangeStatus::Applied);
    let done = match applied {
        0 => "No service was touched".to_owned(),
        applied => format!("{} made", were(applied, "change")),
    };
    let undone = number(report, ChangeStatus::Abandoned);
    let unknown = number(report, ChangeStatus::Unknown);
    match (unfinished.as_slice(), undone + unknown) {
        ([one], 0) => format!("Failed: company {} could not be finished. {done}.", one.company_id),
        (_, 1..) if unknown == 0 => {
            format!("Failed: {} could not be made. {done}.", count(undone, "change"))
        }
        ([], 0) => format!("Failed. {done}."),
        (_, 1..) => format!(
            "Failed: of {}, {unknown} may or may not have been made; the next run reads the rows and says.",
            count(applied + undone + unknown, "change")
        ),
        (some, 0) => {
            format!("Failed: {} companies could not be finished. {done}.", some.len())
        }
    }
}

fn conflicts(report: &RunReport) -> String {
    let refused = number(report, ChangeStatus::Conflict);
    if let (RunKind::Rollback { reverts }, 1..) = (report.kind, refused) {
        let what = reverts.map_or("what was switched off".to_owned(), |run| format!("run {run}"));
        let is = if report.mode == Mode::Real { "is" } else { "would be" };
        let rows = count(refused, "row");
        let were = if refused == 1 { "is" } else { "are" };
        return format!(
            "Look at this: {what} {is} undone but for {rows}, which {were} left alone; {}.",
            happened(report)
        );
    }
    let moved = refused
        + report.recovered.iter().filter(|one| one.status == ChangeStatus::Conflict).count();
    let (noun, left) = if moved == 1 { ("row", "it was") } else { ("rows", "they were") };
    format!("Look at this: {moved} {noun} changed under this run, and {left} left alone.")
}

fn not_trusted(report: &RunReport) -> String {
    let observations = || report.companies.iter().flat_map(|company| &company.observations);
    let refused = observations().filter(|one| one.verdict != Verdict::Accepted).count();
    let unread = observations().filter(|one| one.verdict == Verdict::Failed).count();
    let touched = match (report.mode, number(report, ChangeStatus::Applied)) {
        (_, 0) => "No service was touched.".to_owned(),
        (_, applied) => format!("{} made elsewhere.", were(applied, "change")),
    };
    let all = observations().count();
    if refused == 0 {
        let touched = touched.replace(" elsewhere", " that did not rest on it");
        let mut doubts = report.companies.iter().flat_map(|company| &company.doubts);
        let why = if doubts.any(|line| line.doubt == Doubt::Contradiction) {
            "Cal.com's list and its look-ups by id contradict each other"
        } else {
            "a look-up by id gave no clear answer"
        };
        return format!("Held back: {why}. {touched}");
    }
    let what = match (refused == all, unread == refused, refused) {
        (true, true, _) => "Cal.com could not be read".to_owned(),
        (true, false, _) => "Cal.com's list is not believed".to_owned(),
        (false, _, 1) => format!("the list of 1 of {all} teams is not believed"),
        (false, _, _) => format!("the lists of {refused} of {all} teams are not believed"),
    };
    format!("Refused: {what}. {touched}")
}

fn number(report: &RunReport, status: ChangeStatus) -> usize {
    let lines = report.companies.iter().flat_map(|company| &company.changes);
    lines.filter(|line| line.status == status).count()
}

/// Active rows that the application books, after what this run applied.
fn bookable(report: &RunReport) -> usize {
    report.companies.iter().map(bookable_of).sum()
}

fn bookable_of(company: &CompanyReport) -> usize {
    let applied = || company.changes.iter().filter(|line| line.status == ChangeStatus::Applied);
    let on = applied().filter(|line| turns(line) == Some(true)).count();
    let off = applied().filter(|line| turns(line) == Some(false)).count();
    let active = usize::try_from(company.services.active).unwrap_or(usize::MAX);
    let unbookable =
        company.decisions.iter().filter(|one| one.reason == Reason::NotBookable).count();
    (active + on).saturating_sub(off + unbookable)
}

/// Whether a change switches its row on, or off.
fn turns(line: &ChangeLine) -> Option<bool> {
    let on = |image: &crate::model::change::Image| {
        image.get(Column::IsActive) == Some(&Value::Bool(true))
    };
    let before = line.before.as_ref().is_some_and(on);
    let after = match &line.after {
        Some(after) => after.get(Column::IsActive).map(|_| on(after))?,
        None => false,
    };
    (before != after).then_some(after)
}

/// `1 service is`, `2 services are`.
pub(super) fn are(number: usize, noun: &str) -> String {
    format!("{} {}", count(number, noun), if number == 1 { "is" } else { "are" })
}

/// `1 change was`, `2 changes were`.
pub(super) fn were(number: usize, noun: &str) -> String {
    format!("{} {}", count(number, noun), if number == 1 { "was" } else { "were" })
}

/// `1 question waits`, `2 questions wait`.
pub(super) fn wait(number: usize, noun: &str) -> String {
    format!("{} {}", count(number, noun), if number == 1 { "waits" } else { "wait" })
}

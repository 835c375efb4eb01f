//! A run, told to people.

use super::changes::{self, NAME_WIDTH};
use super::observations::{self, Tense};
use super::page::{Cell, Page, Tone};
use super::undelivered::undelivered;
use super::{Voice, headline};
use crate::model::chain::ChainHead;
use crate::model::decision::Reason;
use crate::model::ids::RunId;
use crate::model::observation::Verdict;
use crate::model::review::{HoldTarget, Pause, ReviewKind};
use crate::model::run::{ChangeKind, RunKind};
use crate::report::harmless::cut;
use crate::report::lines::{
    ChangeLine, ChangeStatus, Doubt, DriftLine, QuestionLine, TurnLine, WatchLine,
};
use crate::report::run_report::{CompanyReport, Mode, RunReport};
use crate::report::words::{self, count};

/// One run.
pub fn run(report: &RunReport, voice: &Voice) -> String {
    let mut page = Page::new(*voice);
    let (tone, sentence) = headline::of(report);
    page.line(tone, &sentence);
    page.line(Tone::Faint, &second_line(report, *voice));
    for remark in remarks(report, *voice) {
        page.line(Tone::Faint, &remark);
    }
    if let Some(pause) = &report.paused {
        page.line(Tone::Warning, &paused(pause, *voice));
        if report.kind != RunKind::Sync {
            page.line(
                Tone::Faint,
                "That binds the runs of cron; a rollback is a person's own act.",
            );
        }
    }
    if let Some(lost) = &report.restored {
        page.line(Tone::Warning, &restored(lost));
    }
    if !report.recovered.is_empty() {
        page.heading(Tone::Warning, "An interrupted run had left these open; their rows were read");
        let lines: Vec<_> = report.recovered.iter().collect();
        recovered(&mut page, &lines);
    }
    for company in &report.companies {
        if report.companies.len() > 1 && has_more_to_say(company) {
            page.heading(Tone::Strong, &format!("Company {}", company.company_id));
        }
        tell(&mut page, company, report.mode);
    }
    held(&mut page, &report.holds, report.run_id);
    undelivered(&mut page, &report.undelivered);
    page.into_text()
}

/// What a rollback leaves alone, and the command that ends it; a rehearsal has no number to name.
pub(super) fn held(page: &mut Page, holds: &[HoldTarget], run: Option<RunId>) {
    let is_service = |hold: &&HoldTarget| matches!(hold, HoldTarget::Service(_));
    let services = holds.iter().filter(is_service).count();
    let numbers = [(services, "service"), (holds.len() - services, "event type")];
    let held = numbers.iter().filter(|(number, _)| *number > 0);
    let held: Vec<String> = held.map(|(number, noun)| count(*number, noun)).collect();
    if held.is_empty() {
        return;
    }
    let held = held.join(" and ");
    let words = match run {
        Some(run) => format!(
            "Held now: {held}. No run does again what was undone, until \
             `reconciler release --run {run}`."
        ),
        None => format!("Would be held then: {held}, so that no run does it again."),
    };
    page.heading(Tone::Strong, &words);
}

/// Which run, when, and what it read where that is as it should be.
fn second_line(report: &RunReport, voice: Voice) -> String {
    let name = report.run_id.map_or("Rehearsal".to_owned(), |id| format!("Run {id}"));
    let mut words = format!("{name}, {}", voice.time(report.started_at));
    let read = report.companies.iter().flat_map(|company| &company.observations);
    let accepted: Vec<String> =
        read.filter(|line| line.verdict == Verdict::Accepted).map(observations::brief).collect();
    if !accepted.is_empty() {
        words.push_str("; ");
        words.push_str(&accepted.join("; "));
    }
    words.push('.');
    words
}

fn remarks(report: &RunReport, voice: Voice) -> Vec<String> {
    let read = report.companies.iter().flat_map(|company| &company.observations);
    read.filter(|line| line.verdict == Verdict::Accepted)
        .flat_map(|line| observations::remarks(line, voice))
        .map(|remark| remark.replacen("team", "Team", 1))
        .collect()
}

/// A person's word to touch no service.
pub(super) fn paused(pause: &Pause, voice: Voice) -> String {
    let until = pause.until.map_or("until `reconciler resume`".to_owned(), |until| {
        format!("until {}, or `reconciler resume`", voice.time(until))
    });
    let (by, reason) = (cut(&pause.by, 40), cut(&pause.reason, 200));
    format!("Paused by {by} on {} {until}: \"{reason}\".", voice.time(pause.at))
}

/// A ledger that is not the one it should be.
fn restored(lost: &ChainHead) -> String {
    let ChainHead { links, .. } = lost;
    format!(
        "This ledger is not the one that the last run left: that ended at link {links} ({lost}), \
         and this one was put back from a backup, replaced or rewritten. Its streaks are not \
         believed and begin again, approvals in it are void, and what it says was switched off is \
         taken for a person's doing. Holds and answers since the backup are lost: look at them."
    )
}

fn recovered(page: &mut Page, lines: &[&ChangeLine]) {
    let rows = lines.iter().map(|line| {
        let became = match line.status {
            ChangeStatus::Applied => "it had been written",
            ChangeStatus::Abandoned => "it had not been written",
            _ => "neither, and left alone",
        };
        vec![
            Cell::from(line.service_id.map_or("new".to_owned(), |id| id.to_string())),
            Cell::from(cut(&line.name, NAME_WIDTH)),
            Cell::from(format!("{}: {became}", line.kind)),
            Cell::from(line.note.as_deref().unwrap_or_default()),
        ]
    });
    page.table(Some(&["service", "name", "what became of it", "found"]), &rows.collect::<Vec<_>>());
}

fn has_more_to_say(company: &CompanyReport) -> bool {
    company.trouble.is_some()
        || company.left_to_another_run
        || company.breach.is_some()
        || company.observations.iter().any(|line| line.verdict != Verdict::Accepted)
        || !(company.changes.is_empty()
            && company.asked.is_empty()
            && company.turned.is_empty()
            && company.watching.is_empty()
            && company.drifted.is_empty()
            && company.doubts.is_empty())
}

/// One company's part: the worst first.
fn tell(page: &mut Page, company: &CompanyReport, mode: Mode) {
    if let Some(trouble) = &company.trouble {
        let id = company.company_id;
        page.heading(Tone::Bad, &format!("Company {id} could not be finished"));
        page.indented(Tone::Plain, trouble);
        page.indented(Tone::Plain, match mode {
            Mode::Real => "What was and was not done stands below and in the journal. `reconciler doctor` checks the database.",
            Mode::Rehearsal => "`reconciler doctor` checks the database.",
        });
    }
    if company.left_to_another_run {
        let id = company.company_id;
        page.heading(Tone::Warning, &format!("Another run works on company {id}"));
        page.indented(
            Tone::Plain,
            "It holds the company's lock in the database, from another host or with another \
             ledger. What was seen is recorded, and no service was touched; the next run goes on.",
        );
    }
    for line in company.observations.iter().filter(|line| line.verdict != Verdict::Accepted) {
        observations::refused(page, line, Tense::Now);
    }
    for doubt in &company.doubts {
        let service = doubt.service_id.map_or(String::new(), |id| format!("Service {id}, "));
        page.heading(Tone::Warning, &format!("{service}\"{}\"", cut(&doubt.name, 50)));
        observations::four_parts(page, &words::doubt(doubt));
    }
    if let Some(breach) = &company.breach {
        page.heading(Tone::Bad, "More would be switched off than the limits allow");
        observations::four_parts(page, &words::breach(breach));
    }
    changes::all(page, &company.changes);
    if mode == Mode::Real {
        asked(page, &company.asked);
    }
    turned(page, &company.turned);
    watching(page, &still_watched(company));
    drifted(page, &company.drifted);
    left_alone(page, company);
}

fn asked(page: &mut Page, lines: &[QuestionLine]) {
    // An observation's question stands with the observation itself.
    let rows: Vec<Vec<Cell>> = lines
        .iter()
        .filter(|line| line.kind != ReviewKind::Observation)
        .map(|line| {
            let subject = line.service_id.map(|id| id.to_string());
            vec![
                Cell::from(question(line.kind)),
                Cell::from(subject.unwrap_or_default()),
                Cell::from(cut(&line.name, NAME_WIDTH)),
                Cell::from(&*line.reason),
            ]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    page.heading(Tone::Warning, "New questions: see and answer them with `reconciler review`");
    page.table_with_reasons(&["question", "service", "name", "why"], rows);
}

/// What a question asks, in two words.
pub(super) fn question(kind: ReviewKind) -> &'static str {
    match kind {
        ReviewKind::Deactivate => "switch off?",
        ReviewKind::Import => "import?",
        ReviewKind::ImportBatch => "import all?",
        ReviewKind::Link => "link?",
        ReviewKind::Relink => "relink?",
        ReviewKind::Update => "update?",
        ReviewKind::Reactivate => "switch on?",
        ReviewKind::Observation => "believe it?",
    }
}

fn turned(page: &mut Page, lines: &[TurnLine]) {
    if lines.is_empty() {
        return;
    }
    page.heading(Tone::Strong, "Questions that turned without an answer");
    let rows = lines.iter().map(|line| {
        vec![
            Cell::from(format!("{} {}", line.review_id, question(line.kind))),
            Cell::from(cut(&line.name, NAME_WIDTH)),
            Cell::from(format!("{} → {}", line.from, line.to)),
            Cell::from(&*line.note),
        ]
    });
    page.table(Some(&["question", "name", "state", "why"]), &rows.collect::<Vec<_>>());
}

/// Those of which nothing else was said: neither switched off in this run, nor alive by their ids.
fn still_watched(company: &CompanyReport) -> Vec<WatchLine> {
    let is_off = |line: &WatchLine| {
        company.changes.iter().any(|change| {
            change.kind == ChangeKind::Deactivate
                && change.status == ChangeStatus::Applied
                && change.service_id == Some(line.service_id)
        })
    };
    let is_alive = |line: &WatchLine| {
        company.doubts.iter().any(|doubt| {
            doubt.doubt == Doubt::Contradiction && doubt.service_id == Some(line.service_id)
        })
    };
    let lines = company.watching.iter();
    lines.filter(|line| !is_off(line) && !is_alive(line)).cloned().collect()
}

/// Active services whose event type is absent.
pub(super) fn watching(page: &mut Page, lines: &[WatchLine]) {
    if lines.is_empty() {
        return;
    }
    page.heading(Tone::Warning, "Absent from Cal.com's list, and watched: still bookable");
    let rows = lines.iter().map(|line| {
        let streak = format!("{} of {}", line.streak.min(line.threshold), line.threshold);
        let streak = if line.streak > line.threshold {
            format!("{streak} ({} in all)", line.streak)
        } else {
            streak
        };
        vec![
            Cell::from(line.service_id.to_string()),
            Cell::from(cut(&line.name, NAME_WIDTH)),
            Cell::from(line.event_type_id.to_string()),
            Cell::from(streak),
        ]
    });
    page.table(Some(&["service", "name", "event type", "absences"]), &rows.collect::<Vec<_>>());
}

fn drifted(page: &mut Page, lines: &[DriftLine]) {
    if lines.is_empty() {
        return;
    }
    page.heading(
        Tone::Strong,
        "Different from Cal.com, and left as they are: the application owns these columns",
    );
    let rows = lines.iter().flat_map(|line| {
        line.drifts.iter().map(|drift| {
            vec![
                Cell::from(line.service_id.to_string()),
                Cell::from(cut(&line.name, NAME_WIDTH)),
                Cell::from(drift.column.as_str()),
                Cell::from(changes::value(&drift.row)),
                Cell::from(changes::value(&drift.source)),
            ]
        })
    });
    page.table(Some(&["service", "name", "column", "here", "wanted"]), &rows.collect::<Vec<_>>());
}

/// What a person said to leave alone, and what nobody watches.
fn left_alone(page: &mut Page, company: &CompanyReport) {
    if company.counts.held > 0 {
        let held = usize::try_from(company.counts.held).unwrap_or(usize::MAX);
        page.heading(
            Tone::Faint,
            &format!("{} held, as people asked: `reconciler status`.", count(held, "service")),
        );
    }
    let rows: Vec<Vec<Cell>> = company
        .decisions
        .iter()
        .filter(|one| matches!(one.reason, Reason::Unwatched { .. } | Reason::LocalEdits))
        .map(|one| {
            let id = one.subject.service_id.map_or(String::new(), |id| id.to_string());
            vec![Cell::from(id), Cell::from(one.reason.to_string())]
        })
        .collect();
    if !rows.is_empty() {
        page.heading(Tone::Warning, "Left alone");
        page.table(Some(&["service", "why"]), &rows);
    }
}

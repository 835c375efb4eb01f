//! What is going on, on one screen.

use super::changes::NAME_WIDTH;
use super::headline::{are, wait};
use super::observations::{self, Tense};
use super::page::{Cell, Page, Tone};
use super::run::{paused, question, watching};
use super::runs::ending;
use super::undelivered::undelivered;
use super::{Voice, no_run_yet};
use crate::model::Timestamp;
use crate::model::ids::RunId;
use crate::model::observation::Verdict;
use crate::model::review::{Hold, HoldTarget, ReviewKind};
use crate::model::run::{RunRecord, ServiceCounts};
use crate::report::harmless::cut;
use crate::report::lines::{ObservationLine, WatchLine};
use crate::report::status::{Activity, PendingLine, StatusReport};
use crate::report::words::count;

/// How many questions are shown; the rest are counted.
const QUESTIONS_SHOWN: usize = 8;

/// The state of everything.
pub fn status(report: &StatusReport, voice: &Voice) -> String {
    let Some(last) = &report.last_run else { return no_run_yet(report.gone) };
    let mut page = Page::new(*voice);
    let (tone, sentence) = headline(report);
    page.line(tone, &sentence);
    last_run(&mut page, report, last);
    if let Some(pause) = &report.paused {
        page.line(Tone::Warning, &paused(pause, *voice));
    }
    switched_off_before(&mut page, &report.pending);
    refused(&mut page, report);
    for company in &report.companies {
        if let Some(trouble) = &company.trouble {
            let id = company.company_id;
            page.heading(Tone::Bad, &format!("Company {id} was not finished by the last run"));
            page.indented(Tone::Plain, trouble);
        }
    }
    companies(&mut page, report);
    let absent: Vec<WatchLine> =
        report.companies.iter().flat_map(|company| company.watching.iter().cloned()).collect();
    watching(&mut page, &absent);
    questions(&mut page, &report.pending);
    holds(&mut page, &report.holds);
    undelivered(&mut page, &report.undelivered);
    page.into_text()
}

fn headline(report: &StatusReport) -> (Tone, String) {
    let mut parts = vec![bookable(report)];
    match report.unbookable() {
        0 => {}
        1 => parts.push("1 more is active, and not booked for its sync_status".to_owned()),
        many => parts.push(format!("{many} more are active, and not booked for their sync_status")),
    }
    if !report.pending.is_empty() {
        parts.push(wait(report.pending.len(), "question"));
    }
    let refused = newest_refused(report).count();
    if refused > 0 {
        let (noun, verb) = if refused == 1 { ("list", "is") } else { ("lists", "are") };
        parts.push(format!("the newest {noun} of {} {verb} not believed", count(refused, "team")));
    }
    if report.paused.is_some() {
        parts.push("paused".to_owned());
    }
    let failed = match report.last_run.as_ref().and_then(|run| run.exit_code) {
        Some(1) => Some("the last run failed"),
        Some(6) => Some("rows moved under the last run"),
        _ => None,
    };
    parts.extend(failed.map(str::to_owned));
    let is_cut_off = report.activity == Activity::Idle
        && report.last_run.as_ref().is_some_and(|run| run.finished_at.is_none());
    if is_cut_off {
        parts.push("the last run was cut off".to_owned());
    }
    let tone = if failed.is_some() || is_cut_off || refused > 0 {
        Tone::Bad
    } else if parts.len() > 1 {
        Tone::Warning
    } else {
        Tone::Good
    };
    (tone, format!("{}.", parts.join("; ")))
}

/// What was never read is unknown, and not none.
fn bookable(report: &StatusReport) -> String {
    if !report.knows_rows() {
        return "How many services are bookable is not known: no run could read the table yet"
            .to_owned();
    }
    let number = usize::try_from(report.bookable()).unwrap_or(usize::MAX);
    let known = format!("{} bookable", are(number, "service"));
    let unread = report.unread().map(|company| {
        format!("; of company {company} it is not known: no run could read its rows yet")
    });
    known + &unread.collect::<String>()
}

fn newest_refused(report: &StatusReport) -> impl Iterator<Item = (&Timestamp, &ObservationLine)> {
    let teams = report.companies.iter().flat_map(|company| &company.teams);
    teams
        .filter_map(|team| team.newest.as_ref().map(|(at, line)| (at, line)))
        .filter(|(_, line)| line.verdict != Verdict::Accepted)
}

fn last_run(page: &mut Page, report: &StatusReport, last: &RunRecord) {
    let voice = page.voice();
    let age = ago(last.finished_at.unwrap_or(last.started_at), report.now);
    let what = format!("run {}, {} ({age})", last.id, voice.time(last.started_at));
    let (tone, words) = match (last.finished_at, report.activity) {
        (Some(_), Activity::Idle) => (Tone::Faint, format!("Last: {what}: {}.", ending(last))),
        (Some(_), Activity::RunAtWork) => {
            (Tone::Faint, format!("A run is at work now. Before it: {what}: {}.", ending(last)))
        }
        (None, Activity::RunAtWork) => (Tone::Faint, format!("At work now: {what}.")),
        (None, Activity::Idle) => (Tone::Bad, cut_off(last.id, &what)),
    };
    page.line(tone, &words);
}

fn cut_off(id: RunId, what: &str) -> String {
    format!(
        "Cut off before its end: {what}. The next run reads the rows and finishes what it left; `reconciler show {id}` has what is known."
    )
}

/// How long ago, as people say it.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = (now - at).num_minutes();
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        _ if minutes < 1 => "just now".to_owned(),
        (0, 0, m) => format!("{m} min ago"),
        (0, h, m) => format!("{h} h {m} min ago"),
        (1, h, _) => format!("1 day {h} h ago"),
        (d, _, _) => format!("{d} days ago"),
    }
}

/// Adoption night comes first: these services look switched off by mistake.
fn switched_off_before(page: &mut Page, pending: &[PendingLine]) {
    let these: Vec<&PendingLine> =
        pending.iter().filter(|line| line.kind == ReviewKind::Reactivate).collect();
    if these.is_empty() {
        return;
    }
    let were = if these.len() == 1 { "was" } else { "were" };
    page.heading(
        Tone::Bad,
        &format!(
            "{} {were} probably switched off by an older sync: switch on again with `reconciler review`",
            count(these.len(), "service")
        ),
    );
    question_table(page, &these);
}

fn refused(page: &mut Page, report: &StatusReport) {
    for (at, line) in newest_refused(report) {
        observations::refused(page, line, Tense::Now);
        let at = page.voice().time(*at);
        page.indented(Tone::Faint, &format!("seen on {at}; it is read again by each run"));
    }
}

fn companies(page: &mut Page, report: &StatusReport) {
    let rows = report.companies.iter().map(|company| {
        let teams: Vec<String> =
            company.teams.iter().map(|team| team.team_id.to_string()).collect();
        let accepted = company.last_accepted_at.map(|at| page.voice().time(at));
        let accepted = accepted.map_or(Cell::new("never", Tone::Warning), Cell::from);
        let number = |of: fn(ServiceCounts) -> u32| {
            let known = company.services.map(|services| Cell::from(of(services).to_string()));
            known.unwrap_or(Cell::new("?", Tone::Warning))
        };
        vec![
            Cell::from(company.company_id.to_string()),
            Cell::from(teams.join(", ")),
            number(|services| services.active),
            number(|services| services.inactive),
            number(|services| services.unlinked),
            accepted,
        ]
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    page.heading(Tone::Strong, "Services");
    let header = ["company", "teams", "active", "inactive", "unlinked", "list last accepted"];
    page.table(Some(&header), &rows);
}

fn questions(page: &mut Page, pending: &[PendingLine]) {
    // Switched off before stands above, and an observation's question with the observation.
    let told = [ReviewKind::Reactivate, ReviewKind::Observation];
    let others: Vec<&PendingLine> =
        pending.iter().filter(|line| !told.contains(&line.kind)).collect();
    if !others.is_empty() {
        page.heading(Tone::Warning, "Questions: answer them with `reconciler review`");
        question_table(page, &others);
    }
}

fn question_table(page: &mut Page, lines: &[&PendingLine]) {
    let rows = lines.iter().take(QUESTIONS_SHOWN).map(|line| {
        vec![
            Cell::from(line.id.to_string()),
            Cell::from(question(line.kind)),
            Cell::from(line.service_id.map_or(String::new(), |id| id.to_string())),
            Cell::from(cut(&line.name, NAME_WIDTH)),
            Cell::from(&*line.reason),
        ]
    });
    page.table_with_reasons(&["no.", "question", "service", "name", "why"], rows.collect());
    let more = lines.len().saturating_sub(QUESTIONS_SHOWN);
    if more > 0 {
        page.indented(Tone::Faint, &format!("… and {more} more: `reconciler review list`"));
    }
}

fn holds(page: &mut Page, holds: &[Hold]) {
    if holds.is_empty() {
        return;
    }
    page.heading(Tone::Strong, "Held: left alone until `reconciler release`");
    let rows = holds.iter().map(|hold| {
        let target = match hold.target {
            HoldTarget::Service(id) => format!("service {id}"),
            HoldTarget::EventType(id) => format!("event type {id}"),
        };
        vec![
            Cell::from(target),
            Cell::from(cut(&hold.by, 20)),
            Cell::from(page.voice().time(hold.at)),
            Cell::from(cut(&hold.reason, 120)),
        ]
    });
    let rows: Vec<_> = rows.collect();
    page.table(Some(&["what", "by", "since", "why"]), &rows);
}

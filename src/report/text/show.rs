//! One run, as the ledger has it.

use super::Voice;
use super::changes::{self, NAME_WIDTH};
use super::observations::{self, Tense};
use super::page::{Cell, Page, Tone};
use super::run::{held, question};
use super::runs::{did, ending, kind};
use crate::model::observation::Verdict;
use crate::model::review::{ReviewKind, ReviewState};
use crate::report::harmless::cut;
use crate::report::history::{AskedLine, ShownCompany, ShownRun};
use crate::report::lines::PutBack;
use crate::report::status::Activity;

/// One run.
pub fn show(shown: &ShownRun, voice: &Voice) -> String {
    let mut page = Page::new(*voice);
    let (tone, sentence) = first_line(shown, *voice);
    page.line(tone, &sentence);
    for company in &shown.companies {
        tell(&mut page, company, shown.companies.len() > 1);
    }
    held(&mut page, &shown.holds, Some(shown.run.id));
    page.into_text()
}

fn first_line(shown: &ShownRun, voice: Voice) -> (Tone, String) {
    let run = &shown.run;
    let what = format!("Run {} ({}), {}", run.id, kind(run.kind), voice.time(run.started_at));
    match (run.finished_at, shown.activity) {
        (None, Activity::RunAtWork) => (Tone::Warning, format!("{what}: at work now.")),
        (None, Activity::Idle) => (
            Tone::Bad,
            format!(
                "{what}: cut off before its end. What it left open is finished by the next run, which reads the rows first."
            ),
        ),
        (Some(_), _) => {
            let tone = if matches!(run.exit_code, Some(0 | 3)) { Tone::Good } else { Tone::Bad };
            let code = run.exit_code.unwrap_or_default();
            let lines = shown.companies.iter().flat_map(|company| &company.changes);
            let put_back = PutBack::of(lines);
            let did = did(run, Some(&put_back));
            (tone, format!("{what}: {} (exit code {code}); {did}.", ending(run)))
        }
    }
}

fn tell(page: &mut Page, company: &ShownCompany, several: bool) {
    if several {
        page.heading(Tone::Strong, &format!("Company {}", company.company_id));
    }
    if let Some((_, services)) = company.closed {
        page.line(
            Tone::Faint,
            &format!(
                "Services as read: {} active, {} inactive, {} unlinked.",
                services.active, services.inactive, services.unlinked
            ),
        );
    }
    for (line, accepted_by) in &company.observations {
        if line.verdict == Verdict::Accepted {
            let number = line.id.map_or(String::new(), |id| format!("observation {id}, "));
            page.line(Tone::Faint, &format!("Read: {number}{}.", observations::brief(line)));
            for remark in observations::remarks(line, page.voice()) {
                page.indented(Tone::Faint, &remark);
            }
        } else {
            observations::refused(page, line, tense(company));
        }
        if let Some(by) = accepted_by {
            page.indented(Tone::Strong, &format!("accepted all the same by {}", cut(by, 40)));
        }
    }
    if let Some(trouble) = &company.trouble {
        page.heading(Tone::Bad, "Not finished");
        page.indented(Tone::Plain, trouble);
    }
    changes::all(page, &company.changes);
    asked(page, company);
    decisions(page, company);
    look_ups(page, company);
}

/// What a person can do about an observation is said as long as the question waits.
fn tense(company: &ShownCompany) -> Tense {
    let waits = |line: &AskedLine| {
        line.kind == ReviewKind::Observation && line.state == ReviewState::Pending
    };
    if company.asked.iter().any(waits) { Tense::Now } else { Tense::Past }
}

fn asked(page: &mut Page, company: &ShownCompany) {
    if company.asked.is_empty() {
        return;
    }
    page.heading(Tone::Strong, "Asked, and how it stands now");
    let rows = company.asked.iter().map(|line| {
        let is_ours = line.kind == ReviewKind::Observation;
        vec![
            Cell::from(line.id.to_string()),
            Cell::from(question(line.kind)),
            Cell::from(line.service_id.map_or(String::new(), |id| id.to_string())),
            Cell::from(cut(&line.name, if is_ours { 40 } else { NAME_WIDTH })),
            Cell::from(line.state.as_str()),
            Cell::from(&*line.reason),
        ]
    });
    page.table(
        Some(&["no.", "question", "service", "name", "now", "why"]),
        &rows.collect::<Vec<_>>(),
    );
}

fn decisions(page: &mut Page, company: &ShownCompany) {
    if company.decisions.is_empty() {
        return;
    }
    page.heading(Tone::Strong, "Decided otherwise than the run before");
    let rows = company.decisions.iter().map(|line| {
        let subject = match (line.service_id, line.event_type_id) {
            (Some(id), _) => id.to_string(),
            (None, Some(id)) => format!("type {id}"),
            (None, None) => String::new(),
        };
        vec![
            Cell::from(subject),
            Cell::from(cut(&line.name, NAME_WIDTH)),
            Cell::from(&*line.action),
            Cell::from(&*line.reason),
        ]
    });
    page.table(Some(&["service", "name", "decision", "why"]), &rows.collect::<Vec<_>>());
}

fn look_ups(page: &mut Page, company: &ShownCompany) {
    if company.look_ups.is_empty() {
        return;
    }
    page.heading(Tone::Strong, "Looked up by id");
    let rows = company.look_ups.iter().map(|line| {
        let tone = if &*line.answer == "not-found" { Tone::Plain } else { Tone::Warning };
        vec![
            Cell::from(line.event_type_id.to_string()),
            Cell::from(format!("team {}", line.team_id)),
            Cell::new(&*line.answer, tone),
            Cell::from(line.note.as_deref().unwrap_or_default()),
        ]
    });
    page.table(Some(&["event type", "where", "answer", "seen"]), &rows.collect::<Vec<_>>());
}

//! The review queue in a company's pass: what is asked, and what is not any more.

use super::Pass;
use crate::decide::assess::Assessment;
use crate::decide::gate::{ClearedChange, Turn, observation_question};
use crate::io::ledger::{CompanyClose, RecordedObservation};
use crate::model::memory::CompanyMemory;
use crate::model::observation::{Check, Finding, Verdict};
use crate::model::review::{Question, ReviewItem, ReviewKind, ReviewState};
use crate::model::run::{ChangeKind, Counts};
use crate::report::lines::TurnLine;
use crate::report::run_report::CompanyReport;
use std::collections::{BTreeMap, BTreeSet};

impl Pass<'_> {
    /// A quarantined observation that a person may accept is a question; an older one of the same
    /// team is not any more.
    pub(super) fn turn_observation_items(
        &self,
        assessment: &Assessment,
        recorded: &[RecordedObservation],
        report: &mut CompanyReport,
        close: &mut CompanyClose,
    ) -> anyhow::Result<()> {
        let open = self.ledger.open_reviews_of(self.company.company_id)?;
        for item in open.iter().filter(|item| item.question.subject.kind == ReviewKind::Observation)
        {
            void(item, "a newer observation of the team was made", report, close);
        }
        for (observation, number) in assessment.observations().iter().zip(recorded) {
            let acceptable = observation.verdict == Verdict::Quarantined
                && observation.findings.iter().map(Finding::check).all(Check::can_be_accepted);
            if acceptable {
                close.questions.push(observation_question(observation, number.id));
            }
        }
        Ok(())
    }

    /// A question, even an approved one, about an event type that is alive by its id is void.
    pub(super) fn void_contradicted(
        &self,
        question: &Question,
        report: &mut CompanyReport,
        close: &mut CompanyClose,
    ) -> anyhow::Result<()> {
        let open = self.ledger.open_reviews_of(self.company.company_id)?;
        for item in open.iter().filter(|item| item.question.subject == question.subject) {
            let note = "its event type is alive by its id, though the list does not show it";
            void(item, note, report, close);
        }
        Ok(())
    }

    /// A question about what the policy has allowed meanwhile is not one any more.
    pub(super) fn void_overtaken(
        &self,
        cleared: &[ClearedChange],
        report: &mut CompanyReport,
        close: &mut CompanyClose,
    ) -> anyhow::Result<()> {
        let intents = cleared.iter().map(ClearedChange::intent);
        let overtaken: BTreeSet<_> = intents
            .filter(|intent| intent.kind == ChangeKind::Deactivate && intent.review_id.is_none())
            .map(|intent| intent.change.service_id())
            .collect();
        if overtaken.is_empty() {
            return Ok(());
        }
        for item in self.ledger.open_reviews_of(self.company.company_id)? {
            let subject = item.question.subject;
            let is_overtaken =
                subject.kind == ReviewKind::Deactivate && overtaken.contains(&subject.service_id);
            if is_overtaken && !close.turns.iter().any(|(id, ..)| *id == item.id) {
                void(&item, "auto mode acts on it without an answer", report, close);
            }
        }
        Ok(())
    }

    /// Questions that will wait when this run has closed.
    pub(super) fn count_waiting(
        &self,
        close: &CompanyClose,
        counts: &mut Counts,
    ) -> anyhow::Result<()> {
        let turned: BTreeMap<_, _> = close.turns.iter().map(|(id, to, _)| (*id, *to)).collect();
        let asked_anew: BTreeSet<_> = close.questions.iter().map(|one| one.subject).collect();
        let open = self.ledger.open_reviews_of(self.company.company_id)?;
        let waiting = open
            .iter()
            .filter(|item| turned.get(&item.id).unwrap_or(&item.state) == &ReviewState::Pending)
            .filter(|item| !asked_anew.contains(&item.question.subject))
            .count();
        let sum = waiting + close.questions.len();
        counts.waiting_for_review = u32::try_from(sum).unwrap_or(u32::MAX);
        Ok(())
    }
}

/// Turns questions, each once, and says so.
pub(super) fn turn(
    memory: &CompanyMemory,
    turns: Vec<Turn>,
    report: &mut CompanyReport,
    close: &mut CompanyClose,
) {
    let mut told = BTreeSet::new();
    for Turn { review_id, to, note } in turns {
        let item = memory.open_items.iter().find(|item| item.id == review_id);
        if let (Some(item), true) = (item, told.insert(review_id)) {
            end(item, to, &note, report, close);
        }
    }
}

fn void(item: &ReviewItem, note: &str, report: &mut CompanyReport, close: &mut CompanyClose) {
    end(item, ReviewState::Void, note, report, close);
}

fn end(
    item: &ReviewItem,
    to: ReviewState,
    note: &str,
    report: &mut CompanyReport,
    close: &mut CompanyClose,
) {
    report.turned.push(TurnLine {
        review_id: item.id,
        kind: item.question.subject.kind,
        name: item.question.name.clone(),
        from: item.state,
        to,
        note: note.into(),
    });
    close.turns.push((item.id, to, note.into()));
}

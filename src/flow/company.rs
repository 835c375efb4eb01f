//! One company's pass: assess, record, plan, gate, confirm, apply.

use super::apply::apply;
use super::work::{Clock, Work};
use crate::decide::assess::{
    Assessment, Coverage, Known, Presence, TeamInput, assess, assess_without_services,
};
use crate::decide::gate::{Confirmed, Due, Gate, GateInput, WINDOW, gate, void_what_is_shown};
use crate::decide::plan::{PlanningInput, plan};
use crate::io::calcom::CalCom;
use crate::io::ledger::{CompanyClose, Ledger, RecordedObservation};
use crate::io::store::{CompanyLock, Store, StoreError};
use crate::model::ids::{EventTypeId, RunId, ServiceId, TeamId};
use crate::model::memory::{CompanyMemory, References};
use crate::model::observation::Scope;
use crate::model::policy::{CompanyPolicy, Consent};
use crate::model::reading::Reading;
use crate::model::review::{Pause, Question};
use crate::model::run::{Counts, ServiceCounts};
use crate::model::service::Service;
use crate::report::lines::{Doubt, DoubtLine, QuestionLine};
use crate::report::run_report::{CompanyReport, Mode};
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};

mod questions;
mod telling;

pub use telling::{add_to_counts, service_counts};

const UNREAD: &str = "the ledger could not be read";

/// What a company's pass has in hand.
pub struct Pass<'a> {
    pub run: RunId,
    pub mode: Mode,
    pub clock: Clock,
    pub work: &'a Work,
    pub company: &'a CompanyPolicy,
    pub calcom: &'a CalCom,
    pub ledger: &'a mut Ledger,
    /// A person's word to touch no service, as far as this run has heard of it.
    pub paused: &'a mut Option<Pause>,
}

impl Pass<'_> {
    /// Walks the company through the run. Trouble with its rows ends its pass and no other's; only
    /// a ledger that cannot be written ends the run.
    pub async fn walk(
        &mut self,
        readings: Vec<Reading>,
        store: &mut Result<Store, StoreError>,
    ) -> anyhow::Result<(CompanyClose, CompanyReport)> {
        let mut report = CompanyReport::of(self.company.company_id);
        let read = match store {
            Ok(store) => self.lock_and_read(store).await.map_err(|error| error.in_full()),
            Err(error) => Err(error.in_full()),
        };
        let (lock, rows) = match read {
            Ok((lock, rows)) => (lock, Ok(rows)),
            Err(words) => (CompanyLock::Theirs, Err(Box::<str>::from(words))),
        };
        report.services = telling::service_counts(rows.as_deref().unwrap_or(&[]));

        let assessment = self.assess(readings, rows.as_deref().ok())?;
        let recorded = self.record(&assessment, rows.as_deref().ok())?;
        report.observations = telling::observations(&assessment, &recorded, self.mode);
        let mut close = CompanyClose::of(self.company.company_id);
        self.turn_observation_items(&assessment, &recorded, &mut report, &mut close)
            .with_context(|| self.untouched(UNREAD))?;

        match (rows, &mut *store) {
            (Ok(_), Ok(_)) if lock == CompanyLock::Theirs => {
                tracing::warn!(company.id = self.company.company_id.0, "another run works on it");
                report.left_to_another_run = true;
            }
            (Ok(rows), Ok(store)) => {
                self.act(&assessment, &rows, store, &mut report, &mut close).await?;
            }
            (Err(words), _) => {
                tracing::error!(company.id = self.company.company_id.0, trouble = %words, "not read");
                report.trouble = Some(words);
            }
            (Ok(_), Err(error)) => report.trouble = Some(error.in_full().into()),
        }
        if let Ok(store) = store {
            store.unlock_company(self.company.company_id).await;
        }
        self.count_waiting(&close, &mut report.counts)?;
        report.asked = close.questions.iter().map(QuestionLine::of).collect();
        close.counts = report.counts;
        close.services = report.services;
        close.trouble.clone_from(&report.trouble);
        Ok((close, report))
    }

    /// The rows are read under the lock, so that what is decided on them is still so when it is
    /// written. What another run works on is only read.
    async fn lock_and_read(
        &self,
        store: &mut Store,
    ) -> Result<(CompanyLock, Vec<Service>), StoreError> {
        let lock = store.lock_company(self.company.company_id).await?;
        Ok((lock, store.rows_of(self.company.company_id).await?))
    }

    fn assess(
        &self,
        readings: Vec<Reading>,
        rows: Option<&[Service]>,
    ) -> anyhow::Result<Assessment> {
        let mut teams = Vec::with_capacity(readings.len());
        for (reading, team) in readings.into_iter().zip(&self.company.teams) {
            let scope = self.work.scope_of(self.company, reading.team_id)?;
            let memory = self.ledger.team_memory(team).with_context(|| self.untouched(UNREAD))?;
            teams.push(TeamInput { reading, scope, memory });
        }
        let Some(rows) = rows else { return Ok(assess_without_services(self.company, teams)) };
        let linked_active: BTreeSet<EventTypeId> = rows
            .iter()
            .filter(|row| row.lifecycle.is_active())
            .filter_map(|row| row.event_type_id)
            .collect();
        Ok(assess(self.company, teams, &linked_active))
    }

    /// Writes down what was observed, whatever it is, and how the rows were seen.
    fn record(
        &mut self,
        assessment: &Assessment,
        rows: Option<&[Service]>,
    ) -> anyhow::Result<Vec<RecordedObservation>> {
        for observation in assessment.observations() {
            telling::log(observation);
        }
        let recorded = self
            .ledger
            .record_observations(self.run, assessment.observations())
            .with_context(|| self.untouched("the observations could not be written down"))?;
        if let Some(rows) = rows {
            self.ledger
                .record_sightings(self.run, self.company.company_id, rows)
                .with_context(|| self.untouched("the rows' states could not be written down"))?;
        }
        Ok(recorded)
    }

    async fn act(
        &mut self,
        assessment: &Assessment,
        rows: &[Service],
        store: &mut Store,
        report: &mut CompanyReport,
        close: &mut CompanyClose,
    ) -> anyhow::Result<()> {
        let presence = assessment.presence();
        let memory = self.remember(&presence, rows)?;
        let mut turns = void_what_is_shown(&memory.open_items, &assessment.shown());
        if presence.coverage() == Coverage::Nothing {
            questions::turn(&memory, turns, report, close);
            return Ok(());
        }
        let references = self.references(&memory, rows, store).await;
        let input = PlanningInput {
            company: self.company,
            now: self.clock.now(),
            rows,
            presence,
            memory: &memory,
            references: &references,
        };
        let plan = plan(&input);
        self.ledger
            .record_decisions(self.run, self.company.company_id, &plan.decisions)
            .with_context(|| self.untouched("the decisions could not be written down"))?;
        let scopes: Vec<Scope> =
            assessment.observations().iter().map(|one| one.scope.clone()).collect();
        let gate = gate(&GateInput {
            plan: &plan,
            company: self.company,
            memory: &memory,
            now: self.clock.now(),
            scopes: &scopes,
            rows,
        });
        turns.extend(gate.turns.iter().cloned());
        questions::turn(&memory, turns, report, close);
        telling::plan(&plan, &input, report);
        telling::held_back(&gate, report);
        self.carry_out(gate, &input.presence, rows, store, report, close).await
    }

    /// From what is cleared to what is done; a rehearsal and a pause stop short of it.
    async fn carry_out(
        &mut self,
        gate: Gate,
        presence: &Presence<'_>,
        rows: &[Service],
        store: &mut Store,
        report: &mut CompanyReport,
        close: &mut CompanyClose,
    ) -> anyhow::Result<()> {
        if self.mode == Mode::Rehearsal {
            telling::rehearsed(&gate, report);
            close.questions.extend(gate.questions);
            return Ok(());
        }
        let mut cleared = gate.cleared;
        for due in gate.due {
            match self.confirm(due, presence).await? {
                Confirmed::Cleared(change) => cleared.push(change),
                Confirmed::Ask(question) => close.questions.push(question),
                Confirmed::Contradicted { question, team_id } => {
                    self.void_contradicted(&question, report, close)?;
                    report.doubts.push(doubt(&question, team_id, Doubt::Contradiction));
                }
                Confirmed::Unclear { question, team_id, seen } => {
                    report.doubts.push(doubt(&question, team_id, Doubt::Unclear { seen }));
                }
            }
        }
        close.questions.extend(gate.questions);
        if self.is_paused()? {
            telling::paused(&cleared, report);
            return Ok(());
        }
        self.void_overtaken(&cleared, report, close)?;
        let lines = apply(self.ledger, store, self.run, self.clock.now(), cleared, None).await?;
        telling::add_to_counts(&lines, &mut report.counts);
        report.changes.extend(lines);
        self.stamp(presence, rows, store, report).await;
        Ok(())
    }

    /// Asked at the last moment before anything is written: a pause is a person's hand on the
    /// switch, and holds for a run that has begun as well. One that ended meanwhile held for the
    /// companies before.
    fn is_paused(&mut self) -> anyhow::Result<bool> {
        if self.paused.is_none() {
            let now = self.clock.later();
            *self.paused = self.ledger.pause(now).with_context(|| self.untouched(UNREAD))?;
        }
        Ok(self.paused.is_some())
    }

    /// Said beside what of the ledger failed, before anything of the company is written.
    fn untouched(&self, what: &str) -> String {
        format!("{what}; no service of company {} was touched", self.company.company_id)
    }

    /// Looks an event type up by its id in every team of the company.
    async fn confirm(&mut self, due: Due, presence: &Presence<'_>) -> anyhow::Result<Confirmed> {
        let mut answers = BTreeMap::new();
        if let Some(event_type) = due.event_type_id() {
            for team in &self.company.teams {
                let answer = self.calcom.look_up(team.team_id, event_type).await;
                let company = self.company.company_id;
                self.ledger
                    .record_look_up(self.run, company, team.team_id, event_type, &answer)
                    .with_context(|| self.untouched("a look-up could not be written down"))?;
                answers.insert(team.team_id, answer);
            }
        }
        Ok(due.confirm(presence, &answers))
    }

    fn remember(&self, presence: &Presence<'_>, rows: &[Service]) -> anyhow::Result<CompanyMemory> {
        let orphans: Vec<&Service> = rows
            .iter()
            .filter(|row| row.lifecycle.is_active())
            .filter(|row| {
                row.event_type_id
                    .is_some_and(|id| matches!(presence.of_event_type(id), Known::Absent(_)))
            })
            .collect();
        let now = self.clock.now();
        self.ledger
            .company_memory(self.company, now, now - WINDOW, &orphans)
            .with_context(|| self.untouched(UNREAD))
    }

    /// What points at the services that auto mode may switch off. `None`: nobody could tell.
    async fn references(
        &self,
        memory: &CompanyMemory,
        rows: &[Service],
        store: &mut Store,
    ) -> BTreeMap<ServiceId, Option<References>> {
        let mut found = BTreeMap::new();
        if self.company.policy.deactivate != Consent::Auto {
            return found;
        }
        let threshold = self.company.safety.absent_threshold;
        let due = rows.iter().filter(|row| {
            memory.absences.get(&row.id).is_some_and(|absence| absence.streak.0 >= threshold)
        });
        for row in due {
            let references = store.references(row.id, self.clock.now()).await;
            if let Err(error) = &references {
                tracing::warn!(service.id = row.id.0, %error, "references could not be read");
            }
            found.insert(row.id, references.ok());
        }
        found
    }

    /// Writes `last_sync` on what accepted observations show, where no local edit waits.
    async fn stamp(
        &self,
        presence: &Presence<'_>,
        rows: &[Service],
        store: &mut Store,
        report: &mut CompanyReport,
    ) {
        let shown: Vec<ServiceId> = rows
            .iter()
            .filter(|row| !row.has_local_edits())
            .filter(|row| {
                row.event_type_id
                    .is_some_and(|id| matches!(presence.of_event_type(id), Known::Present(_)))
            })
            .map(|row| row.id)
            .collect();
        if let Err(error) = store.stamp(&shown, self.clock.now()).await {
            report.trouble = Some(error.in_full().into());
        }
    }
}

fn doubt(question: &Question, team_id: TeamId, doubt: Doubt) -> DoubtLine {
    let (service_id, event_type_id) = (question.subject.service_id, question.subject.event_type_id);
    tracing::warn!(?service_id, ?event_type_id, ?doubt, "look-up by id");
    DoubtLine { service_id, event_type_id, name: question.name.clone(), team_id, doubt }
}

impl CompanyClose {
    /// A company of which nothing is to be written yet.
    pub fn of(company_id: crate::model::ids::CompanyId) -> Self {
        Self {
            company_id,
            counts: Counts::default(),
            services: ServiceCounts::default(),
            trouble: None,
            questions: Vec::new(),
            turns: Vec::new(),
        }
    }
}

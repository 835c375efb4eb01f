//! One world for sixty days: the real ledger, in memory, the real verdicts, and a table of rows.
//!
//! It walks as `flow` walks, without HTTP and files; `a_whole_program_lives_through_the_same_weeks`
//! holds it against the whole program.

use super::lies::{LookUps, RUNS, Shown, Source, id_of, is_hidden};
use chrono::TimeDelta;
use reconciler::decide::assess::{Assessment, Coverage, Known, TeamInput, assess};
use reconciler::decide::gate::{
    ClearedChange, Confirmed, Due, GateInput, WINDOW, gate, observation_question,
    void_what_is_shown,
};
use reconciler::decide::plan::{PlanningInput, plan};
use reconciler::io::ledger::{Answer as Say, CompanyClose, Ledger, Said};
use reconciler::model::Timestamp;
use reconciler::model::change::{Column, Image, Value};
use reconciler::model::event_type::{EventType, Visibility};
use reconciler::model::ids::{EventTypeId, ObservationId, RunId, ServiceId, TeamId};
use reconciler::model::memory::{CompanyMemory, References};
use reconciler::model::observation::{Check, Finding, Scope, Verdict};
use reconciler::model::policy::{CompanyPolicy, Consent};
use reconciler::model::reading::{
    Answer, LookUp, Reach, Reading, SourceTrouble, TeamKind, TeamRecord, Witness,
};
use reconciler::model::review::{Breadth, Question, ReviewKind, ReviewState, Word};
use reconciler::model::run::{EntryState, RunKind, Settlement};
use reconciler::model::service::{Lifecycle, Service, SyncStatus};
use std::collections::{BTreeMap, BTreeSet};

/// What became of a world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The most services that were off at once although their event types existed.
    pub wrongly_off: usize,
    /// Runs from the true deletion to the first question about it.
    pub asked_after: Option<u32>,
    /// Runs from the true deletion until the service was off.
    pub off_after: Option<u32>,
    /// Runs whose observation was not accepted.
    pub refused: u32,
    /// Look-ups by id that found alive what the list had not shown three times.
    pub contradicted: u32,
}

impl Outcome {
    /// Counts a run from what stands in the table and in the queue after it.
    pub fn look_at(&mut self, source: Source, run: u32, on: &[bool], asked: bool) {
        let is_off = |number: &u32| !on[*number as usize];
        let wrong = source.existing(run).filter(is_off).count();
        self.wrongly_off = self.wrongly_off.max(wrong);
        let Some(after) = run.checked_sub(source.deletion) else { return };
        if asked {
            self.asked_after.get_or_insert(after);
        }
        if is_off(&(source.services - 1)) {
            self.off_after.get_or_insert(after);
        }
    }
}

/// A company, its table and its ledger.
pub struct Simulation<'a> {
    company: &'a CompanyPolicy,
    source: Source,
    rows: Vec<Service>,
    ledger: Ledger,
    outcome: Outcome,
}

/// Lives through sixty days.
pub fn simulate(company: &CompanyPolicy, source: Source) -> Outcome {
    let rows = (0..source.services).map(|number| row(company, number)).collect();
    let ledger = Ledger::in_memory().unwrap();
    let mut world = Simulation { company, source, rows, ledger, outcome: Outcome::default() };
    for run in 0..RUNS {
        world.run(run);
    }
    world.outcome
}

/// The moment of a run.
pub fn moment(run: u32) -> Timestamp {
    let start: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(30 * i64::from(run))
}

/// What a service and its event type are called.
pub fn name_of(number: u32) -> String {
    format!("Service {number}")
}

fn row(company: &CompanyPolicy, number: u32) -> Service {
    Service {
        id: ServiceId(1 + i64::from(number)),
        company_id: company.company_id,
        name: name_of(number).into(),
        event_type_id: Some(EventTypeId(id_of(number))),
        lifecycle: Lifecycle::Active,
        sync_status: Some(SyncStatus::Synced),
        sync_error: None,
        duration_minutes: Some(30),
        slug: Some("a-slug".into()),
    }
}

impl Simulation<'_> {
    fn team(&self) -> TeamId {
        self.company.teams[0].team_id
    }

    fn scope(&self) -> Scope {
        Scope {
            base_url: "https://api.cal.com".into(),
            api_version: "2026-06-12".into(),
            team_id: self.team(),
            company_teams: vec![self.team()],
            key_fingerprint: "0123456789abcdef".into(),
            mapping_version: 1,
        }
    }

    fn run(&mut self, number: u32) {
        let (now, shown) = (moment(number), self.source.answer(number));
        let run = self.ledger.open_run(RunKind::Sync, now).unwrap();
        let assessment = self.assess(&shown, now);
        let recorded = self.ledger.record_observations(run, assessment.observations()).unwrap();
        self.ledger.record_sightings(run, self.company.company_id, &self.rows).unwrap();
        let mut close = CompanyClose::of(self.company.company_id);
        self.turn_observation_items(&assessment, recorded[0].id, &mut close);
        self.act(run, number, &shown, &assessment, &mut close);
        self.ledger.close_run(run, &[close], (now, now), 0, |_| Vec::new()).unwrap();
        ana_says_yes(&mut self.ledger, self.company, now);
        let on: Vec<bool> = self.rows.iter().map(|row| row.lifecycle.is_active()).collect();
        let asked = self.asked();
        self.outcome.look_at(self.source, number, &on, asked);
    }

    fn assess(&self, shown: &Shown, now: Timestamp) -> Assessment {
        let team_id = self.team();
        let event_types: Vec<EventType> = shown
            .numbers
            .iter()
            .map(|number| EventType {
                id: EventTypeId(id_of(*number) + shown.id_offset),
                team_id,
                title: name_of(*number).into(),
                slug: "a-slug".into(),
                length_minutes: 30,
                visibility: if is_hidden(*number) {
                    Visibility::Hidden
                } else {
                    Visibility::Public
                },
            })
            .collect();
        let witness = event_types.first().map(|first| Witness {
            event_type_id: first.id,
            answer: if shown.look_ups == LookUps::Forbidden { forbidden() } else { LookUp::Exists },
        });
        let name = "A team".into();
        let identity = Some(TeamRecord { id: team_id, slug: None, name, kind: TeamKind::Team });
        let outcome = Ok(Answer { identity, event_types, witness });
        let reading = Reading { team_id, at: now, outcome };
        let memory = self.ledger.team_memory(&self.company.teams[0]).unwrap();
        let linked: BTreeSet<EventTypeId> =
            self.active().filter_map(|row| row.event_type_id).collect();
        assess(self.company, vec![TeamInput { reading, scope: self.scope(), memory }], &linked)
    }

    fn active(&self) -> impl Iterator<Item = &Service> {
        self.rows.iter().filter(|row| row.lifecycle.is_active())
    }

    fn turn_observation_items(
        &mut self,
        assessment: &Assessment,
        id: ObservationId,
        close: &mut CompanyClose,
    ) {
        for item in self.ledger.open_reviews_of(self.company.company_id).unwrap() {
            if item.question.subject.kind == ReviewKind::Observation {
                close.turns.push((item.id, ReviewState::Void, "a newer one was made".into()));
            }
        }
        let observation = &assessment.observations()[0];
        self.outcome.refused += u32::from(observation.verdict != Verdict::Accepted);
        if observation.verdict == Verdict::Quarantined
            && observation.findings.iter().map(Finding::check).all(Check::can_be_accepted)
        {
            close.questions.push(observation_question(observation, id));
        }
    }

    fn act(
        &mut self,
        run: RunId,
        number: u32,
        shown: &Shown,
        assessment: &Assessment,
        close: &mut CompanyClose,
    ) {
        let (now, presence) = (moment(number), assessment.presence());
        let orphans: Vec<&Service> = self
            .active()
            .filter(|row| {
                row.event_type_id
                    .is_some_and(|id| matches!(presence.of_event_type(id), Known::Absent(_)))
            })
            .collect();
        let memory = self.ledger.company_memory(self.company, now, now - WINDOW, &orphans).unwrap();
        let mut turns = void_what_is_shown(&memory.open_items, &assessment.shown());
        if presence.coverage() != Coverage::Nothing {
            let references = self.references(&memory);
            let input = PlanningInput {
                company: self.company,
                now,
                rows: &self.rows,
                presence,
                memory: &memory,
                references: &references,
            };
            let plan = plan(&input);
            self.ledger.record_decisions(run, self.company.company_id, &plan.decisions).unwrap();
            let gate = gate(&GateInput {
                plan: &plan,
                company: self.company,
                memory: &memory,
                now,
                scopes: &[self.scope()],
                rows: &self.rows,
            });
            turns.extend(gate.turns);
            let mut cleared = gate.cleared;
            for due in gate.due {
                match self.confirm(run, number, shown, due, assessment) {
                    Confirmed::Cleared(change) => cleared.push(change),
                    Confirmed::Ask(question) => close.questions.push(question),
                    Confirmed::Contradicted { question, .. } => self.contradicted(&question, close),
                    Confirmed::Unclear { .. } => {}
                }
            }
            close.questions.extend(gate.questions);
            self.apply(run, now, &cleared);
        }
        let ids: BTreeSet<_> = turns.iter().map(|turn| turn.review_id).collect();
        let first = |id| turns.iter().find(|turn| turn.review_id == id).unwrap();
        close.turns.extend(ids.into_iter().map(|id| (id, first(id).to, first(id).note.clone())));
    }

    fn references(&self, memory: &CompanyMemory) -> BTreeMap<ServiceId, Option<References>> {
        if self.company.policy.deactivate != Consent::Auto {
            return BTreeMap::new();
        }
        let none = Some(References { upcoming: 0, total: 0 });
        let absent = memory.absences.iter().filter(|(_, absence)| absence.streak.0 >= 3);
        absent.map(|(id, _)| (*id, none)).collect()
    }

    fn confirm(
        &mut self,
        run: RunId,
        number: u32,
        shown: &Shown,
        due: Due,
        assessment: &Assessment,
    ) -> Confirmed {
        let (team, wanted) = (self.team(), due.event_type_id().unwrap());
        let alive =
            self.source.existing(number).any(|one| id_of(one) + shown.id_offset == wanted.0);
        let answer = match shown.look_ups {
            LookUps::Forbidden => forbidden(),
            LookUps::TheTruth | LookUps::AsTheListSays if alive => LookUp::Exists,
            LookUps::TheTruth | LookUps::AsTheListSays => LookUp::NotFound,
        };
        let company = self.company.company_id;
        self.ledger.record_look_up(run, company, team, wanted, &answer).unwrap();
        due.confirm(&assessment.presence(), &[(team, answer)].into())
    }

    fn contradicted(&mut self, question: &Question, close: &mut CompanyClose) {
        self.outcome.contradicted += 1;
        for item in self.ledger.open_reviews_of(self.company.company_id).unwrap() {
            if item.question.subject == question.subject {
                close.turns.push((item.id, ReviewState::Void, "alive by its id".into()));
            }
        }
    }

    fn apply(&mut self, run: RunId, now: Timestamp, cleared: &[ClearedChange]) {
        if cleared.is_empty() {
            return;
        }
        let intents: Vec<_> = cleared.iter().map(ClearedChange::intent).collect();
        let ids = self.ledger.journal(run, now, &intents, None).unwrap();
        let mut settlements = Vec::new();
        for (journal_id, intent) in ids.into_iter().zip(intents) {
            let service_id = intent.change.service_id();
            let row = self.rows.iter_mut().find(|row| Some(row.id) == service_id).unwrap();
            assert_eq!(
                Some(&row.seen_through(intent.change.before().unwrap())),
                intent.change.before()
            );
            write(row, intent.change.after().unwrap());
            let state = EntryState::Applied;
            settlements.push(Settlement { journal_id, state, service_id, note: None });
        }
        self.ledger.settle(None, &settlements).unwrap();
    }

    /// A question waits that leads to the true deletion: about it, or about the empty list.
    fn asked(&self) -> bool {
        is_asked(&self.ledger, self.company, self.source.services)
    }
}

/// Where people are asked, Ana says yes at once to every question whether to switch a service off.
/// In auto mode nobody ever answers.
pub fn ana_says_yes(ledger: &mut Ledger, company: &CompanyPolicy, now: Timestamp) {
    if company.policy.deactivate != Consent::Review {
        return;
    }
    let open = ledger.open_reviews_of(company.company_id).unwrap();
    let expires_at = now + company.safety.approval_ttl;
    let answer = Say::Approve { expires_at, breadth: Breadth::WithinLimits };
    let word = Word { by: "ana".into(), at: now, reason: None };
    let yes: Vec<_> = open
        .iter()
        .filter(|item| item.question.subject.kind == ReviewKind::Deactivate)
        .filter(|item| item.state == ReviewState::Pending)
        .map(|item| Said { item, answer: answer.clone(), word: word.clone() })
        .collect();
    if !yes.is_empty() {
        ledger.answer(&yes).unwrap();
    }
}

/// Whether a question waits about the last service, or, where it is the only one, about the list.
pub fn is_asked(ledger: &Ledger, company: &CompanyPolicy, services: u32) -> bool {
    let last = Some(ServiceId(i64::from(services)));
    ledger.open_reviews_of(company.company_id).unwrap().iter().any(|item| {
        let subject = item.question.subject;
        subject.service_id == last && subject.kind == ReviewKind::Deactivate
            || services == 1 && subject.kind == ReviewKind::Observation
    })
}

fn forbidden() -> LookUp {
    LookUp::Unclear(SourceTrouble {
        check: Check::Unauthorized,
        request: "GET /v2/teams/34209/event-types/1001".into(),
        seen: "HTTP 403".into(),
        reach: Reach::Team,
    })
}

fn write(row: &mut Service, after: &Image) {
    for (column, value) in after.iter() {
        match (column, value) {
            (Column::IsActive, Value::Bool(on)) => row.lifecycle = (*on).into(),
            (Column::SyncStatus, Value::Text(word)) => row.sync_status = Some((&**word).into()),
            (Column::SyncError, Value::Text(word)) => row.sync_error = Some(word.clone()),
            (Column::SyncError, Value::Null) => row.sync_error = None,
            (column, value) => assert_eq!(row.value(column), *value, "an unforeseen {column}"),
        }
    }
}

//! One run of the program's own verdicts on a small world: assess, plan, gate and confirm.

use super::state::{Ago, Item, KINDS, LastWrite, One, Row, Setup, Stands, State, Status, Weather};
use chrono::TimeDelta;
use reconciler::decide::assess::{Assessment, Coverage, TeamInput, assess};
use reconciler::decide::gate::{
    ClearedChange, Confirmed, Due, Gate, GateInput, Turn, gate, void_what_is_shown,
};
use reconciler::decide::plan::{Plan, PlanningInput, plan};
use reconciler::model::Timestamp;
use reconciler::model::change::{Column, Image, Value};
use reconciler::model::decision::Decision;
use reconciler::model::event_type::{EventType, Visibility};
use reconciler::model::ids::{CompanyId, EventTypeId, ReviewId, ServiceId, TeamId};
use reconciler::model::memory::{CompanyMemory, References, TeamMemory};
use reconciler::model::observation::{Check, Scope, Verdict};
use reconciler::model::policy::CompanyPolicy;
use reconciler::model::reading::{
    Answer, LookUp, Reach, Reading, SourceTrouble, TeamKind, TeamRecord, Witness,
};
use reconciler::model::review::{Question, ReviewKind, ReviewState};
use reconciler::model::run::{ChangeKind, Intent};
use reconciler::model::service::{Service, SyncStatus};
use std::collections::{BTreeMap, BTreeSet};

/// What a run made of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub verdict: Verdict,
    pub counts: bool,
    /// Services that it switched off, and on.
    pub off: BTreeSet<usize>,
    pub on: BTreeSet<usize>,
    /// Services whose event types were found alive, though the list lacks them.
    pub contradicted: BTreeSet<usize>,
    /// How the questions to switch off and on stand now, service by service.
    pub questions: Vec<[Option<Stands>; 2]>,
}

/// Everything that a run leaves: the outcome, the next state, and what the ledger is told.
pub struct Ran {
    pub outcome: Outcome,
    pub state: State,
    pub facts: Facts,
}

/// What the ledger writes down of a run, and what it remembered while the run planned.
pub struct Facts {
    pub assessment: Assessment,
    /// The rows as read.
    pub rows: Vec<Service>,
    pub team_memory: TeamMemory,
    pub memory: CompanyMemory,
    pub decisions: Vec<Decision>,
    pub look_ups: Vec<(EventTypeId, LookUp)>,
    pub applied: Vec<Intent>,
    pub turns: Vec<Turn>,
    /// Questions void since their event types are alive, and those that the policy overtook.
    pub contradicted: Vec<Question>,
    pub overtaken: Vec<ReviewId>,
    pub questions: Vec<Question>,
}

impl Facts {
    fn of(
        assessment: Assessment,
        rows: Vec<Service>,
        team_memory: TeamMemory,
        memory: CompanyMemory,
    ) -> Self {
        Self {
            assessment,
            rows,
            team_memory,
            memory,
            decisions: Vec::new(),
            look_ups: Vec::new(),
            applied: Vec::new(),
            turns: Vec::new(),
            contradicted: Vec::new(),
            overtaken: Vec::new(),
            questions: Vec::new(),
        }
    }
}

/// The program, configured for a world.
pub struct Program {
    pub setup: Setup,
    pub company: CompanyPolicy,
    pub scope: Scope,
    /// What it asks of a row, as it asks it of a company in which nothing else happens.
    questions: BTreeMap<(usize, ReviewKind, Row), Question>,
}

pub fn event_type_id(number: usize) -> EventTypeId {
    EventTypeId(101 + i64::try_from(number).unwrap())
}

pub fn service_id(number: usize) -> ServiceId {
    ServiceId(1 + i64::try_from(number).unwrap())
}

pub fn number_of(service: ServiceId) -> usize {
    usize::try_from(service.0 - 1).unwrap()
}

/// A question's number: one a service and kind, since no more of them are open at once.
pub fn review_id(service: usize, kind: ReviewKind) -> ReviewId {
    ReviewId(10 * service_id(service).0 + i64::from(kind == ReviewKind::Reactivate))
}

fn status_of(row: Row) -> SyncStatus {
    match row.status {
        Status::Synced => SyncStatus::Synced,
        Status::Pending => SyncStatus::Pending,
        Status::Error => SyncStatus::Error,
    }
}

fn trouble(check: Check) -> SourceTrouble {
    let (request, seen) = ("GET /".into(), "something else".into());
    SourceTrouble { check, request, seen, reach: Reach::Team }
}

impl Program {
    pub fn new(setup: Setup, company: CompanyPolicy) -> Self {
        let team_id = company.teams[0].team_id;
        let scope = Scope {
            base_url: "https://api.cal.com".into(),
            api_version: "2026-06-12".into(),
            team_id,
            company_teams: vec![team_id],
            key_fingerprint: "0123456789abcdef".into(),
            mapping_version: 1,
        };
        let mut program = Self { setup, company, scope, questions: BTreeMap::new() };
        program.questions = program.asks_all();
        program
    }

    pub fn question(&self, service: usize, kind: ReviewKind, row: Row) -> &Question {
        &self.questions[&(service, kind, row)]
    }

    /// Every question of these worlds, each asked in the quietest of them.
    fn asks_all(&self) -> BTreeMap<(usize, ReviewKind, Row), Question> {
        let mut questions = BTreeMap::new();
        for service in 0..self.setup.services {
            for (kind, row) in Row::all().filter_map(|row| Some((row.asked_about()?, row))) {
                questions.insert((service, kind, row), self.asks(service, kind, row));
            }
        }
        questions
    }

    /// An active row whose event type is gone for good; an inactive one whose event type is there.
    fn asks(&self, service: usize, kind: ReviewKind, row: Row) -> Question {
        let quiet = Setup { services: self.setup.services + 1, shared: false, ..self.setup };
        let (mut state, now) = (State::begins(quiet), Timestamp::UNIX_EPOCH);
        let event_type = self.setup.event_type_of(service);
        state.services.truncate(self.setup.services);
        state.services[service].row = row;
        if kind == ReviewKind::Deactivate {
            (state.exists[event_type], state.shown[event_type]) = (false, false);
            (state.services[service].streak, state.services[service].since) = (3, Some(0));
        }
        let rows = self.rows(&state);
        let memory = self.team_memory(&state, now);
        let assessment = self.assess(&state, Weather::Fair, &rows, memory, now);
        let gate = self.gate(&assessment, &rows, &self.company_memory(&state, now), now).1;
        let due = gate.due.first().map(Due::question);
        due.or(gate.questions.first()).unwrap().clone()
    }

    pub fn team(&self) -> TeamId {
        self.scope.team_id
    }

    fn company_id(&self) -> CompanyId {
        self.company.company_id
    }

    pub fn link(&self, service: usize) -> EventTypeId {
        event_type_id(self.setup.event_type_of(service))
    }

    /// One run, at this moment. `now` makes moments of what is so and so long ago, and no more.
    pub fn run(&self, before: &State, weather: Weather, now: Timestamp) -> Ran {
        let mut state = before.clone();
        state.passes(weather.minutes());
        let rows = self.rows(&state);
        let team_memory = self.team_memory(&state, now);
        let assessment = self.assess(&state, weather, &rows, team_memory.clone(), now);
        self.remember(&mut state, &assessment, weather);
        let memory = self.company_memory(&state, now);
        let mut facts = Facts::of(assessment, rows, team_memory, memory);
        self.act(&state, weather, &mut facts, now);
        let outcome = self.close(&mut state, &facts);
        Ran { outcome, state, facts }
    }

    /// What the very first run sees, before which nothing was known.
    pub fn first_sight(&self, state: &State, now: Timestamp) -> Facts {
        let (rows, memory) = (self.rows(state), CompanyMemory::default());
        let assessment = self.assess(state, Weather::Fair, &rows, TeamMemory::default(), now);
        Facts::of(assessment, rows, TeamMemory::default(), memory)
    }

    fn rows(&self, state: &State) -> Vec<Service> {
        let row = |(number, one): (usize, &One)| Service {
            id: service_id(number),
            company_id: self.company_id(),
            name: format!("Service {number}").into(),
            event_type_id: Some(self.link(number)),
            lifecycle: one.row.active.into(),
            sync_status: Some(status_of(one.row)),
            sync_error: one.row.noted.then(|| "Event type not found in Cal.com".into()),
            duration_minutes: Some(30),
            slug: Some("a-slug".into()),
        };
        state.services.iter().enumerate().map(row).collect()
    }

    fn assess(
        &self,
        state: &State,
        weather: Weather,
        rows: &[Service],
        memory: TeamMemory,
        now: Timestamp,
    ) -> Assessment {
        let outcome = match weather.list(state) {
            None => Err(trouble(Check::Transport)),
            Some(list) => Ok(self.answer(&list, weather == Weather::Forbidden)),
        };
        let reading = Reading { team_id: self.team(), at: now, outcome };
        let team = TeamInput { reading, scope: self.scope.clone(), memory };
        let active = rows.iter().filter(|row| row.lifecycle.is_active());
        let linked: BTreeSet<EventTypeId> = active.filter_map(|row| row.event_type_id).collect();
        assess(&self.company, vec![team], &linked)
    }

    /// A linked event type is called as its service; the one of [`Self::asks`] as nothing else.
    fn title(&self, number: usize) -> Box<str> {
        let is_linked = number < self.setup.event_types();
        if is_linked { format!("Service {number}").into() } else { "Another".into() }
    }

    /// A list with the witness beside it, as Cal.com sends it.
    pub fn answer(&self, list: &[bool], forbidden: bool) -> Answer {
        let shown = (0..list.len()).filter(|one| list[*one]);
        let event_types: Vec<EventType> = shown
            .map(|number| EventType {
                id: event_type_id(number),
                team_id: self.team(),
                title: self.title(number),
                slug: "a-slug".into(),
                length_minutes: 30,
                visibility: Visibility::Public,
            })
            .collect();
        let witness = event_types.first().map(|first| Witness {
            event_type_id: first.id,
            answer: if forbidden {
                LookUp::Unclear(trouble(Check::Unauthorized))
            } else {
                LookUp::Exists
            },
        });
        let (name, kind) = ("A team".into(), TeamKind::Team);
        let identity = Some(TeamRecord { id: self.team(), slug: None, name, kind });
        Answer { identity, event_types, witness }
    }

    fn act(&self, state: &State, weather: Weather, facts: &mut Facts, now: Timestamp) {
        facts.turns = void_what_is_shown(&facts.memory.open_items, &facts.assessment.shown());
        if facts.assessment.presence().coverage() == Coverage::Nothing {
            return;
        }
        let (plan, gate) = self.gate(&facts.assessment, &facts.rows, &facts.memory, now);
        facts.decisions = plan.decisions;
        self.confirm(state, weather, gate, facts);
    }

    fn gate(
        &self,
        assessment: &Assessment,
        rows: &[Service],
        memory: &CompanyMemory,
        now: Timestamp,
    ) -> (Plan, Gate) {
        let references = self.references(memory);
        let plan = plan(&PlanningInput {
            company: &self.company,
            now,
            rows,
            presence: assessment.presence(),
            memory,
            references: &references,
        });
        let gate = gate(&GateInput {
            plan: &plan,
            company: &self.company,
            memory,
            now,
            scopes: std::slice::from_ref(&self.scope),
            rows,
        });
        (plan, gate)
    }

    fn references(&self, memory: &CompanyMemory) -> BTreeMap<ServiceId, Option<References>> {
        if !self.setup.auto {
            return BTreeMap::new();
        }
        let due = memory.absences.iter().filter(|(_, absence)| absence.streak.0 >= 3);
        let references = |(id, _): (&ServiceId, _)| {
            let upcoming = u32::from(Setup::is_booked(number_of(*id)));
            (*id, Some(References { upcoming, total: 7 }))
        };
        due.map(references).collect()
    }

    /// Looks up what is due, and takes what is cleared.
    fn confirm(&self, state: &State, weather: Weather, gate: Gate, facts: &mut Facts) {
        facts.turns.extend(gate.turns);
        let mut cleared = gate.cleared;
        for due in gate.due {
            let wanted = due.event_type_id().unwrap();
            let exists = state.exists[usize::try_from(wanted.0 - 101).unwrap()];
            let answer = match (weather, exists) {
                (Weather::NoLookUps, _) => LookUp::Unclear(trouble(Check::Transport)),
                (_, true) => LookUp::Exists,
                (_, false) => LookUp::NotFound,
            };
            facts.look_ups.push((wanted, answer.clone()));
            let answers = BTreeMap::from([(self.team(), answer)]);
            match due.confirm(&facts.assessment.presence(), &answers) {
                Confirmed::Cleared(change) => cleared.push(change),
                Confirmed::Ask(question) => facts.questions.push(question),
                Confirmed::Contradicted { question, .. } => facts.contradicted.push(question),
                Confirmed::Unclear { .. } => {}
            }
        }
        facts.questions.extend(gate.questions);
        facts.applied = cleared.iter().map(ClearedChange::intent).cloned().collect();
        let unasked = facts.applied.iter().filter(|intent| intent.review_id.is_none());
        let number = |intent: &Intent| number_of(intent.change.service_id().unwrap());
        facts.overtaken =
            unasked.map(|intent| review_id(number(intent), ReviewKind::Deactivate)).collect();
    }

    /// Writes the rows, turns and asks the questions, and tells the outcome.
    fn close(&self, state: &mut State, facts: &Facts) -> Outcome {
        state.most_active = state.most_active.max(state.active());
        for (wanted, answer) in &facts.look_ups {
            for (number, one) in state.services.iter_mut().enumerate() {
                if *answer == LookUp::Exists && self.link(number) == *wanted {
                    (one.streak, one.since) = (0, None);
                }
            }
        }
        let mut outcome = Outcome {
            verdict: facts.assessment.observations()[0].verdict,
            counts: facts.assessment.observations()[0].counts_for_absence(),
            off: BTreeSet::new(),
            on: BTreeSet::new(),
            contradicted: BTreeSet::new(),
            questions: Vec::new(),
        };
        for intent in &facts.applied {
            Self::write(state, intent, &facts.rows, &mut outcome);
        }
        self.turn(state, facts, &mut outcome);
        let stands = |one: &One| KINDS.map(|kind| one.item(kind).map(|item| item.stands));
        outcome.questions = state.services.iter().map(stands).collect();
        outcome
    }

    fn write(state: &mut State, intent: &Intent, rows: &[Service], outcome: &mut Outcome) {
        let number = number_of(intent.change.service_id().unwrap());
        let before = intent.change.before().unwrap();
        assert_eq!(&rows[number].seen_through(before), before, "the row that was read");
        let one = &mut state.services[number];
        one.row = written(one.row, intent.change.after().unwrap());
        let kind = match intent.kind {
            ChangeKind::Deactivate => {
                assert!(outcome.off.insert(number), "once");
                state.switched_off += 1;
                one.last_write = LastWrite::Off;
                ReviewKind::Deactivate
            }
            ChangeKind::Reactivate => {
                assert!(outcome.on.insert(number), "once");
                one.last_write = LastWrite::On;
                ReviewKind::Reactivate
            }
            other => panic!("nothing else is written here: {other:?}"),
        };
        // Answered, or overtaken by what the policy allows.
        *one.item_mut(kind) = None;
    }

    fn turn(&self, state: &mut State, facts: &Facts, outcome: &mut Outcome) {
        let mut turned = BTreeSet::new();
        for Turn { review_id: id, to, .. } in &facts.turns {
            if !turned.insert(*id) {
                continue;
            }
            for (number, one) in state.services.iter_mut().enumerate() {
                for kind in KINDS.into_iter().filter(|kind| review_id(number, *kind) == *id) {
                    let item = one.item_mut(kind);
                    match (to, &mut *item) {
                        (ReviewState::Pending, Some(item)) => item.stands = Stands::Pending,
                        _ => *item = None,
                    }
                }
            }
        }
        for question in &facts.contradicted {
            let number = number_of(question.subject.service_id.unwrap());
            outcome.contradicted.insert(number);
            *state.services[number].item_mut(question.subject.kind) = None;
        }
        for question in &facts.questions {
            let number = number_of(question.subject.service_id.unwrap());
            let (one, kind) = (&mut state.services[number], question.subject.kind);
            let asked_on = one.row;
            assert_eq!(question.digest, self.question(number, kind, asked_on).digest);
            *one.item_mut(kind) = Some(Item { asked_on, stands: Stands::Pending });
        }
    }
}

pub fn minutes(ago: Ago) -> TimeDelta {
    TimeDelta::minutes(ago.into())
}

/// The row after a write.
fn written(mut row: Row, after: &Image) -> Row {
    for (column, value) in after.iter() {
        match (column, value) {
            (Column::IsActive, Value::Bool(active)) => row.active = *active,
            (Column::SyncStatus, Value::Text(word)) => {
                row.status = match SyncStatus::from(&**word) {
                    SyncStatus::Synced => Status::Synced,
                    SyncStatus::Error => Status::Error,
                    other => panic!("never written: {other}"),
                }
            }
            (Column::SyncError, value) => row.noted = *value != Value::Null,
            (Column::EventTypeId, _) => {}
            (column, value) => panic!("an unforeseen {column}: {value}"),
        }
    }
    row
}

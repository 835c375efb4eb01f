//! Random walks through small worlds with the real ledger beside them: before each run it remembers
//! exactly what these worlds count by hand.

use super::company;
use super::program::{Facts, Program, number_of, review_id, service_id};
use super::state::{Act, SNOOZE, Setup, State, Weather};
use crate::dice::Dice;
use chrono::TimeDelta;
use reconciler::decide::assess::Coverage;
use reconciler::decide::gate::WINDOW;
use reconciler::io::ledger::{Answer as Say, CompanyClose, Ledger, Said};
use reconciler::model::Timestamp;
use reconciler::model::ids::{EventTypeId, ReviewId, RunId, ServiceId};
use reconciler::model::memory::{CompanyMemory, TeamMemory};
use reconciler::model::review::{HoldTarget, ReviewItem, ReviewKind, ReviewState, Word};
use reconciler::model::run::{Counts, EntryState, RunKind, ServiceCounts, Settlement};
use reconciler::model::service::Service;
use std::collections::BTreeMap;

/// A world, and a ledger that is told of it what a run tells.
struct Walk<'a> {
    program: &'a Program,
    state: State,
    ledger: Ledger,
    now: Timestamp,
}

/// Walks so many runs; how many services were switched off on the way.
pub fn walk(setup: Setup, runs: u32, dice: &mut Dice) -> usize {
    let program = Program::new(setup, company(setup));
    let mut walk = Walk {
        program: &program,
        state: State::begins(setup),
        ledger: Ledger::in_memory().unwrap(),
        now: super::now(),
    };
    walk.begins();
    let mut off = 0;
    for _ in 0..runs {
        let act = likely(&walk.state, dice);
        walk.happens(act);
        let is_fair = dice.part() < 0.8;
        let weather = if is_fair { Weather::Fair } else { dice.one_of(&Weather::all(&walk.state)) };
        off += walk.runs(weather);
    }
    off
}

/// Yeses, where something is asked, and patience, where something is gone, lead farther than most.
fn likely(state: &State, dice: &mut Dice) -> Act {
    let acts = state.acts();
    let is_yes = |act: &&Act| matches!(act, Act::Approves(..));
    let yeses: Vec<Act> = acts.iter().filter(is_yes).copied().collect();
    match (yeses.is_empty(), state.exists.contains(&false), dice.part()) {
        (false, _, part) if part < 0.6 => dice.one_of(&yeses),
        (true, true, part) if part < 0.7 => Act::Nothing,
        _ => dice.one_of(&acts),
    }
}

impl Walk<'_> {
    fn word(&self) -> Word {
        Word { by: "ana".into(), at: self.now, reason: None }
    }

    /// The first run finds everything in step.
    fn begins(&mut self) {
        let facts = self.program.first_sight(&self.state, self.now);
        self.ledger_hears(&facts);
    }

    fn happens(&mut self, act: Act) {
        let (word, held) = (self.word(), |one| HoldTarget::Service(service_id(one)));
        match act {
            Act::Approves(one, kind, breadth) => {
                let expires_at = self.now + self.program.company.safety.approval_ttl;
                self.answers(one, kind, Say::Approve { expires_at, breadth });
            }
            Act::Snoozes(one, kind) => {
                let until = self.now + TimeDelta::minutes(SNOOZE.into());
                self.answers(one, kind, Say::Snooze { until });
            }
            Act::Keeps(one, kind) => {
                let holds = vec![held(one)];
                self.answers(one, kind, Say::Keep { holds });
            }
            Act::Holds(one) => {
                self.ledger.hold(&word, held(one)).unwrap();
            }
            Act::Releases(one) => {
                self.ledger.release(&word, held(one)).unwrap();
            }
            Act::Nothing
            | Act::Deletes(_)
            | Act::Restores(_)
            | Act::SwitchesOff(_)
            | Act::SwitchesOn(_)
            | Act::Edits(_)
            | Act::Sends(_) => {}
        }
        self.state = self.state.after(act);
    }

    fn answers(&mut self, service: usize, kind: ReviewKind, answer: Say) {
        let (id, word) = (self.numbers()[&review_id(service, kind)], self.word());
        let item = self.ledger.review(id).unwrap().unwrap();
        self.ledger.answer(&[Said { item: &item, answer, word }]).unwrap();
    }

    /// The ledger's numbers of the open questions, by ours.
    fn numbers(&self) -> BTreeMap<ReviewId, ReviewId> {
        let company = self.program.company.company_id;
        let open = self.ledger.open_reviews_of(company).unwrap();
        open.iter().map(|item| (ours(item), item.id)).collect()
    }

    fn runs(&mut self, weather: Weather) -> usize {
        self.now += TimeDelta::minutes(weather.minutes().into());
        let team = &self.program.company.teams[0];
        let ran = self.program.run(&self.state, weather, self.now);
        let remembered = self.ledger.team_memory(team).unwrap();
        assert_eq!(team_words(&remembered), team_words(&ran.facts.team_memory), "{weather:?}");
        self.ledger_hears(&ran.facts);
        self.state = ran.state;
        ran.outcome.off.len()
    }

    /// Everything that a run writes down, in its order; on the way the memory is held against ours.
    fn ledger_hears(&mut self, facts: &Facts) {
        let (company, now) = (&self.program.company, self.now);
        let run = self.ledger.open_run(RunKind::Sync, now).unwrap();
        self.ledger.record_observations(run, facts.assessment.observations()).unwrap();
        self.ledger.record_sightings(run, company.company_id, &facts.rows).unwrap();
        let presence = facts.assessment.presence();
        let shown: Vec<EventTypeId> = presence.event_types().map(|one| one.id).collect();
        let is_orphan = |row: &&Service| {
            row.lifecycle.is_active() && !shown.contains(&row.event_type_id.unwrap())
        };
        let orphans: Vec<&Service> = match presence.coverage() {
            Coverage::Whole => facts.rows.iter().filter(is_orphan).collect(),
            Coverage::Partial | Coverage::Nothing => Vec::new(),
        };
        let memory = self.ledger.company_memory(company, now, now - WINDOW, &orphans).unwrap();
        if presence.coverage() == Coverage::Whole {
            assert_eq!(words(&memory), words(&facts.memory), "{:#?}", self.state);
        } else {
            assert_eq!(items(&memory), items(&facts.memory), "{:#?}", self.state);
        }
        self.writes(run, facts);
    }

    fn writes(&mut self, run: RunId, facts: &Facts) {
        let (company, team) = (self.program.company.company_id, self.program.scope.team_id);
        self.ledger.record_decisions(run, company, &facts.decisions).unwrap();
        for (event_type, answer) in &facts.look_ups {
            self.ledger.record_look_up(run, company, team, *event_type, answer).unwrap();
        }
        let (numbers, mut turns) = (self.numbers(), BTreeMap::new());
        for turn in &facts.turns {
            turns.entry(turn.review_id).or_insert((turn.to, turn.note.clone()));
        }
        let mut intents = facts.applied.clone();
        for intent in &mut intents {
            intent.review_id = intent.review_id.map(|id| numbers[&id]);
        }
        let ids = self.ledger.journal(run, self.now, &intents.iter().collect::<Vec<_>>(), None);
        let settled = ids.unwrap().into_iter().zip(&intents).map(|(journal_id, intent)| {
            let (state, service_id) = (EntryState::Applied, intent.change.service_id());
            Settlement { journal_id, state, service_id, note: None }
        });
        self.ledger.settle(None, &settled.collect::<Vec<_>>()).unwrap();
        let active = facts.rows.iter().filter(|row| row.lifecycle.is_active()).count();
        let overtaken = facts.overtaken.iter().map(|id| (*id, ReviewState::Void));
        let contradicted = facts.contradicted.iter().map(|question| {
            let number = number_of(question.subject.service_id.unwrap());
            (review_id(number, question.subject.kind), ReviewState::Void)
        });
        let turned = turns.into_iter().map(|(id, (to, _))| (id, to));
        let close = CompanyClose {
            company_id: company,
            counts: Counts::default(),
            services: ServiceCounts {
                active: u32::try_from(active).unwrap(),
                ..Default::default()
            },
            trouble: None,
            questions: facts.questions.clone(),
            turns: turned
                .chain(contradicted)
                .chain(overtaken)
                .filter_map(|(id, to)| Some((*numbers.get(&id)?, to, "turned".into())))
                .collect(),
        };
        let moments = (self.now, self.now);
        self.ledger.close_run(run, &[close], moments, 0, |_| Vec::new()).unwrap();
    }
}

fn ours(item: &ReviewItem) -> ReviewId {
    let subject = item.question.subject;
    review_id(number_of(subject.service_id.unwrap()), subject.kind)
}

/// All that an open question means for a run.
fn items(memory: &CompanyMemory) -> Vec<String> {
    let mut items: Vec<String> = memory
        .open_items
        .iter()
        .map(|item| {
            let yes = item.approval.as_ref().map(|yes| (yes.at, yes.expires_at, yes.breadth));
            let ReviewItem { question, state, snoozed_until, .. } = item;
            let (subject, digest) = (question.subject, question.digest);
            format!("{subject:?} {digest} {:?} {state} {snoozed_until:?} {yes:?}", question.changes)
        })
        .collect();
    items.sort();
    items
}

fn words(memory: &CompanyMemory) -> Vec<String> {
    let CompanyMemory { absences, switched_off_by_us, switched_on_again, holds, window, .. } =
        memory;
    let mut held: Vec<HoldTarget> = holds.iter().map(|hold| hold.target).collect();
    held.sort_unstable();
    held.dedup();
    let by_us: Vec<&ServiceId> = switched_off_by_us.keys().collect();
    let off = window.switched_off_at.len();
    let mut words = items(memory);
    words.push(format!("{absences:?} {by_us:?} {switched_on_again:?} {held:?}"));
    words.push(format!("{off} switched off of {}", window.most_active));
    words
}

fn team_words(memory: &TeamMemory) -> String {
    let previous = memory.previous.as_ref().unwrap();
    let (at, shown) = (previous.at, &previous.event_types);
    format!("{at} {shown:?} {:?} {:?} {:?}", previous.scope, memory.last_counted_at, memory.past)
}

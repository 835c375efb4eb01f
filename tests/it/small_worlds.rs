//! Every small world there is: companies of up to four services, five runs after the first, every
//! weather, everything that people, the application and Cal.com may do between two runs; in each of
//! them a run does what the rules say, no more and no less. The rules are written down a second
//! time in `oracle.rs`.

mod state;
mod program;
mod memory;
mod oracle;
mod walks;

use crate::aloud::{aloud, is_long};
use crate::dice::Dice;
use crate::each::each;
use crate::safety_page::{self, grouped};
use crate::world::{TEAM, World};
use program::Program;
use reconciler::model::Timestamp;
use reconciler::model::policy::{CompanyPolicy, Consent};
use state::{Act, Setup, State, Weather};
use std::collections::BTreeMap;
use std::time::Duration;

/// Runs after the first.
const RUNS: u32 = 5;

/// One way to get to a state, for whoever must find out why.
type Way = Vec<(Act, Weather)>;

/// States, how many histories lead to each, and one of these.
type Layer = BTreeMap<State, (u128, Way)>;

/// What was lived through.
#[derive(Debug, Default)]
struct Tally {
    histories: u128,
    runs: u64,
    off: u64,
    on: u64,
    contradicted: u64,
    asked: u64,
}

fn company(setup: Setup) -> CompanyPolicy {
    let mut company = World::of(&[(TEAM, 1)]).work().companies.remove(0);
    if setup.auto {
        company.policy.deactivate = Consent::Auto;
    }
    company.safety.max_deactivation_percent = setup.percent;
    company.safety.auto_min_absence = Duration::from_mins(state::AUTO_MIN_ABSENCE.into());
    company.safety.approval_ttl = Duration::from_mins(state::APPROVAL_TTL.into());
    company
}

fn now() -> Timestamp {
    "2026-01-05T08:00:00Z".parse().unwrap()
}

fn explore(setup: Setup) -> Tally {
    let program = Program::new(setup, company(setup));
    let mut tally = Tally::default();
    let mut layer: Layer = [(State::begins(setup), (1, Way::new()))].into();
    for _ in 0..RUNS {
        let mut posed: Layer = Layer::new();
        for (state, (histories, way)) in &layer {
            for act in state.acts() {
                let longer = || way.iter().copied().chain([(act, Weather::Fair)]).collect();
                posed.entry(state.after(act)).or_insert_with(|| (0, longer())).0 += histories;
            }
        }
        layer = Layer::new();
        for (state, (histories, way)) in posed {
            for weather in Weather::all(&state) {
                let ran = program.run(&state, weather, now());
                let mut way = way.clone();
                way.last_mut().unwrap().1 = weather;
                let expected = oracle::expects(setup, &state, weather);
                assert_eq!(ran.outcome, expected, "{setup:?}, {way:?}, before it {state:?}");
                tally.runs += 1;
                tally.off += ran.outcome.off.len() as u64;
                tally.on += ran.outcome.on.len() as u64;
                tally.contradicted += ran.outcome.contradicted.len() as u64;
                tally.asked += ran.facts.questions.len() as u64;
                layer.entry(ran.state.alike(setup)).or_insert((0, way)).0 += histories;
            }
        }
    }
    tally.histories = layer.values().map(|(histories, _)| histories).sum();
    tally
}

/// Companies of up to two services; and, with `RECONCILER_TEST_LONG`, of up to four.
fn setups() -> Vec<Setup> {
    let mut setups = Vec::new();
    for services in 1..=if is_long() { 4 } else { 2 } {
        for auto in [true, false] {
            setups.push(Setup { services, auto, percent: 50, shared: false });
        }
        if services > 1 {
            setups.push(Setup { services, auto: true, percent: 50, shared: true });
        }
        if services > 2 {
            // Room for all, or for one.
            let percent = if services == 3 { 100 } else { 25 };
            setups.push(Setup { services, auto: true, percent, shared: false });
        }
    }
    setups.reverse(); // the longest first
    setups
}

/// Never a deactivation without three spaced accepted absences, a "not found" beside a witness, and
/// a person's yes or all the conditions of auto mode; never more than the limits; never a lost edit;
/// and what is truly gone is asked about after three runs.
#[test]
fn in_every_small_world_a_run_does_what_the_rules_say() {
    let tallies = each(&setups(), |setup| (setup, explore(setup)));
    let histories = tallies.iter().map(|(_, tally)| tally.histories).sum::<u128>();
    let runs = tallies.iter().map(|(_, tally)| tally.runs).sum::<u64>();
    let (histories, runs) = (grouped(histories), grouped(runs));
    safety_page::says(&format!("{histories} histories, lived through in {runs} runs"));
    for (setup, tally) in &tallies {
        aloud(&format!("{setup:?}: {tally:?}"));
        let one_is_the_whole_list = setup.event_types() == 1;
        assert!(one_is_the_whole_list || (tally.off > 100 && tally.asked > 1000), "{tally:?}");
        assert!(one_is_the_whole_list || (tally.on > 50 && tally.contradicted > 500), "{tally:?}");
    }
}

/// The ledger remembers, before each run of a few hundred random histories, just what these worlds
/// count by hand.
#[test]
fn the_ledger_remembers_what_the_small_worlds_count() {
    let mut dice = Dice(crate::aloud::seed());
    let mut off = 0;
    for number in 0..300 {
        let services = 2 + number % 3;
        let setup = Setup { services, auto: number % 2 == 0, percent: 50, shared: number % 7 == 0 };
        off += walks::walk(setup, RUNS, &mut dice);
    }
    assert!(off > 30, "{off}");
}

//! Weeks of lies: sixty days of half-hourly runs against a source that lies by plan.

mod lies;
mod simulation;
mod whole;
mod others;
mod page;

use crate::each::each;
use crate::safety_page::{self, grouped};
use crate::world::{TEAM, World};
use lies::{Lie, Source};
use page::asked_to;
use reconciler::model::policy::{CompanyPolicy, Consent};
use simulation::simulate;

const SIZES: [u32; 7] = [1, 2, 3, 5, 8, 20, 50];
/// Those that every run of the suite lives through; `RECONCILER_TEST_LONG` lives through all.
const SIZES_OF_EVERY_RUN: [u32; 1] = [8];
const MODES: [Consent; 2] = [Consent::Review, Consent::Auto];

/// Every default, as the configuration has it.
fn company(mode: Consent) -> CompanyPolicy {
    let mut company = World::of(&[(TEAM, 1)]).work().companies.remove(0);
    company.policy.deactivate = mode;
    company
}

/// A source that lies by plan for sixty days, every half hour, switches nothing off that exists; and
/// what is truly deleted is asked about, and switched off. The tables of `docs/SAFETY.md` say how
/// soon, and are held against what was just lived through.
#[test]
fn weeks_of_lies_switch_nothing_off_that_exists() {
    let sizes = if asked_to("RECONCILER_TEST_LONG") { &SIZES[..] } else { &SIZES_OF_EVERY_RUN[..] };
    let mut worlds = Vec::new();
    for size in sizes.iter().rev() {
        for lie in 0..Lie::ALL.len() {
            worlds.extend([(0, lie, *size), (1, lie, *size)]);
        }
    }
    let (count, runs) = (worlds.len(), grouped(worlds.len() as u64 * u64::from(lies::RUNS)));
    let each_world = grouped(lies::RUNS);
    safety_page::says(&format!("{count} worlds of {each_world} runs each, {runs} runs"));
    let companies = MODES.map(company);
    let outcomes = each(&worlds, |(mode, lie, size)| {
        let source = Source::new(Lie::ALL[lie], size);
        ((mode, lie, size), simulate(&companies[mode], source))
    });
    for ((mode, lie, size), outcome) in &outcomes {
        let world =
            format!("{:?}, {:?}, {size} services: {outcome:?}", MODES[*mode], Lie::ALL[*lie]);
        assert_eq!(outcome.wrongly_off, 0, "{world}");
        assert!(outcome.asked_after.is_some() || outcome.off_after.is_some(), "{world}");
        assert!(outcome.off_after.is_some() || *size == 1, "{world}");
        let bites = outcome.refused + outcome.contradicted > 0;
        assert!(bites || Lie::ALL[*lie] == Lie::None || *size < 8, "the lie is none: {world}");
    }
    page::compare(&outcomes.into_iter().collect());
}

/// The same weeks through the whole program, HTTP, files and all: it does in every run what the
/// simulation does.
#[test]
fn a_whole_program_lives_through_the_same_weeks() {
    let all: Vec<(usize, Lie)> = if asked_to("RECONCILER_TEST_LONG") {
        (0..MODES.len()).flat_map(|mode| Lie::ALL.map(|lie| (mode, lie))).collect()
    } else {
        vec![(1, Lie::OneInTenAtRandom)]
    };
    let (count, runs) = (all.len(), grouped(all.len() as u64 * u64::from(lies::RUNS)));
    safety_page::says(&format!("{count} of these worlds, {runs} runs"));
    each(&all, |(mode, lie)| {
        let source = Source::new(lie, 5);
        let simulated = simulate(&company(MODES[mode]), source);
        assert_eq!(whole::lives_through(MODES[mode], source), simulated, "{mode} {lie:?}");
    });
}

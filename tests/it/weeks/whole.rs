//! The same sixty days through the whole program: configuration, HTTP on loopback, files.

use super::lies::{LookUps, RUNS, Source, id_of, is_hidden};
use super::simulation::{Outcome, ana_says_yes, is_asked, moment, name_of};
use crate::world::{TEAM, World};
use reconciler::flow::sync::sync;
use reconciler::flow::work::{Clock, Work};
use reconciler::io::ledger::Ledger;
use reconciler::io::loopback_calcom::{KeyRole, SourceEventType, Weather};
use reconciler::model::observation::Verdict;
use reconciler::model::policy::Consent;
use reconciler::report::lines::Doubt;
use reconciler::report::run_report::{Mode, RunReport};
use rusqlite::Connection;
use tokio::runtime::Runtime;

/// Lives through sixty days.
pub fn lives_through(mode: Consent, source: Source) -> Outcome {
    let mut world = World::of(&[(TEAM, 1)]);
    if mode == Consent::Auto {
        world.auto_mode("24h");
    }
    for number in 0..source.services {
        let event_type = SourceEventType::new(id_of(number), TEAM, &name_of(number));
        world.calcom_has(SourceEventType { hidden: is_hidden(number), ..event_type });
        world.row(1, &name_of(number), Some(id_of(number)));
    }
    let work = world.work();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut ledger = Ledger::open(&work.ledger).unwrap();
    let services = world.services();
    let mut outcome = Outcome::default();
    for run in 0..RUNS {
        let report = one_run(&world, &work, &runtime, source, run);
        let company = &report.companies[0];
        outcome.refused += u32::from(company.observations[0].verdict != Verdict::Accepted);
        let contradictions =
            company.doubts.iter().filter(|line| matches!(line.doubt, Doubt::Contradiction));
        outcome.contradicted += u32::try_from(contradictions.count()).unwrap();
        ana_says_yes(&mut ledger, &work.companies[0], moment(run));
        let asked = is_asked(&ledger, &work.companies[0], source.services);
        outcome.look_at(source, run, &on(&services), asked);
    }
    outcome
}

fn one_run(world: &World, work: &Work, runtime: &Runtime, source: Source, run: u32) -> RunReport {
    if run == source.deletion {
        world.calcom_removes(&name_of(source.services - 1));
    }
    let shown = source.answer(run);
    let role = if shown.look_ups == LookUps::Forbidden { KeyRole::Member } else { KeyRole::Admin };
    let lacks = source.existing(run).filter(|number| !shown.numbers.contains(number));
    let weather = match shown.id_offset {
        0 => Weather::Without(lacks.map(id_of).collect()),
        offset => Weather::AllIdsRegenerated(offset),
    };
    world.calcom.change(|calcom| {
        calcom.key_role = role;
        calcom.weather = weather;
    });
    runtime.block_on(sync(work, Mode::Real, Clock::starting_at(moment(run)))).unwrap()
}

fn on(services: &Connection) -> Vec<bool> {
    let mut on = services.prepare_cached("SELECT is_active FROM services ORDER BY id").unwrap();
    on.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

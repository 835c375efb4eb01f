//! Any company at any moment, against rules written down a second time: whatever the past, the
//! limits and the people, nothing is switched off that should not be, and nothing is forgotten.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::fixtures::{World, absence, event_type, inactive, minute, pending, row};
use super::gate::{Confirmed, Gate, WINDOW};
use crate::model::change::{Column, Value};
use crate::model::decision::LastListed;
use crate::model::ids::{EventTypeId, ServiceId};
use crate::model::memory::References;
use crate::model::observation::Check;
use crate::model::policy::Consent;
use crate::model::reading::LookUp;
use crate::model::review::{Breadth, HoldTarget, ReviewKind, ReviewState};
use crate::model::run::Intent;
use crate::model::service::SyncStatus;
use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

/// Minutes since the story began, at the moment of the run.
const NOW: i64 = 3 * 24 * 60;

/// One service, and all that can be said about it.
#[derive(Debug, Clone)]
struct Dice {
    listed: bool,
    streak: u32,
    since: i64,
    never_listed: bool,
    row: Row,
    held: Held,
    points_at_it: PointsAtIt,
    switched_on_again: bool,
    said: Said,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Active,
    Inactive,
    Pending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    No,
    Service,
    EventType,
}

/// What is known of upcoming appointments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PointsAtIt {
    NobodyLooked,
    NobodyCouldTell,
    Upcoming(u32),
}

/// What a person said to the question, if it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    NeverAsked,
    Nothing,
    Yes,
    YesAndTheNumber,
    Later,
    /// A yes, and then the row changed under it.
    YesToAnotherRow,
}

fn any_service() -> impl Strategy<Value = Dice> {
    let row = select(vec![Row::Active, Row::Active, Row::Active, Row::Inactive, Row::Pending]);
    let held = select(vec![Held::No, Held::No, Held::No, Held::Service, Held::EventType]);
    let said = select(vec![
        Said::NeverAsked,
        Said::NeverAsked,
        Said::Nothing,
        Said::Yes,
        Said::YesAndTheNumber,
        Said::Later,
        Said::YesToAnotherRow,
    ]);
    let points_at_it = select(vec![
        PointsAtIt::Upcoming(0),
        PointsAtIt::Upcoming(0),
        PointsAtIt::Upcoming(2),
        PointsAtIt::NobodyCouldTell,
        PointsAtIt::NobodyLooked,
    ]);
    let past = (any::<bool>(), 0..6_u32, 0..NOW, proptest::bool::weighted(0.1));
    (past, row, held, points_at_it, proptest::bool::weighted(0.1), said).prop_map(
        |(
            (listed, streak, since, never_listed),
            row,
            held,
            points_at_it,
            switched_on_again,
            said,
        )| {
            Dice {
                listed,
                streak,
                since,
                never_listed,
                row,
                held,
                points_at_it,
                switched_on_again,
                said,
            }
        },
    )
}

#[derive(Debug, Clone)]
struct Limits {
    mode: Consent,
    max: u32,
    percent: u32,
    most_active: u32,
    /// How long ago others were switched off, in minutes.
    switched_off: Vec<i64>,
}

fn any_limits() -> impl Strategy<Value = Limits> {
    let mode = select(vec![Consent::Auto, Consent::Auto, Consent::Review, Consent::Off]);
    (mode, 1..8_u32, 1..=100_u32, 0..30_u32, vec(0..12 * 24 * 60_i64, 0..4)).prop_map(
        |(mode, max, percent, most_active, switched_off)| Limits {
            mode,
            max,
            percent,
            most_active,
            switched_off,
        },
    )
}

fn id(place: usize) -> i64 {
    i64::try_from(place).unwrap() + 1
}

/// The world of the dice: first everything is asked in the default mode, then people answer, then
/// the run of the story comes.
fn world(services: &[Dice], limits: &Limits) -> World {
    let mut world = World::new();
    world.company.safety.max_deactivations = limits.max;
    world.company.safety.max_deactivation_percent = limits.percent;
    world.memory.window.most_active = limits.most_active;
    let mut off: Vec<_> = limits.switched_off.iter().map(|ago| minute(NOW - ago)).collect();
    off.sort_unstable();
    world.memory.window.switched_off_at = off;
    for (place, dice) in services.iter().enumerate() {
        let (id, name) = (id(place), format!("Service {place}"));
        let plain = row(id, &name, 1000 + id);
        world.rows.push(match dice.row {
            Row::Active => plain,
            Row::Inactive => inactive(plain, SyncStatus::Synced),
            Row::Pending => pending(plain),
        });
        if dice.listed {
            world.listed.push(event_type(1000 + id, &name));
        } else if dice.row != Row::Inactive {
            let mut known = absence(dice.streak, dice.since);
            if dice.never_listed {
                known.last_listed = LastListed::Never;
            }
            world.memory.absences.insert(ServiceId(id), known);
        }
    }
    people(&mut world, services);
    world.company.policy.deactivate = limits.mode;
    world
}

fn people(world: &mut World, services: &[Dice]) {
    world.ask_everything();
    for (place, dice) in services.iter().enumerate() {
        let service = ServiceId(id(place));
        let item = world
            .memory
            .open_items
            .iter()
            .find(|item| item.question.subject.service_id == Some(service))
            .map(|item| item.id.0);
        match (dice.said, item) {
            (Said::NeverAsked, Some(item)) => {
                world.memory.open_items.retain(|open| open.id.0 != item);
            }
            (Said::Yes, Some(item)) => world.approve(item, NOW - 60, Breadth::WithinLimits),
            (Said::YesAndTheNumber, Some(item)) => world.approve(item, NOW - 60, Breadth::Mass),
            (Said::YesToAnotherRow, Some(item)) => {
                world.approve(item, NOW - 60, Breadth::Mass);
                if dice.row == Row::Active {
                    world.rows.get_mut(place).unwrap().sync_status = Some(SyncStatus::Never);
                }
            }
            (Said::Later, Some(item)) => {
                let until = world.now + TimeDelta::days(1);
                let item = world.item(item);
                (item.state, item.snoozed_until) = (ReviewState::Snoozed, Some(until));
            }
            (Said::Nothing, _) | (_, None) => {}
        }
        match dice.held {
            Held::No => {}
            Held::Service => world.hold(HoldTarget::Service(service)),
            Held::EventType => world.hold(HoldTarget::EventType(EventTypeId(1000 + service.0))),
        }
        if dice.switched_on_again {
            world.memory.switched_on_again.insert(service);
        }
        let known = match dice.points_at_it {
            PointsAtIt::NobodyLooked => continue,
            PointsAtIt::NobodyCouldTell => None,
            PointsAtIt::Upcoming(upcoming) => Some(References { upcoming, total: 9 }),
        };
        world.references.insert(service, known);
    }
}

/// What became of everything due, with every look-up answered so.
fn confirmed(world: &World, gate: Gate, answer: &LookUp) -> (Vec<Intent>, BTreeSet<ServiceId>) {
    let assessment = world.assessed();
    let mut cleared: Vec<Intent> = gate.cleared.iter().map(|one| one.intent().clone()).collect();
    let mut asked = BTreeSet::new();
    for due in gate.due {
        let service = due.service_id().unwrap();
        match due.confirm(&assessment.presence(), &world.answers(answer)) {
            Confirmed::Cleared(change) => cleared.push(change.intent().clone()),
            Confirmed::Ask(_) => drop(asked.insert(service)),
            Confirmed::Contradicted { .. } | Confirmed::Unclear { .. } => {}
        }
    }
    let off = |intent: &Intent| {
        intent.change.written().any(|one| one == (Column::IsActive, &Value::Bool(false)))
    };
    cleared.retain(off);
    (cleared, asked)
}

/// What the limits leave, counted by hand.
fn room_left(world: &World, limits: &Limits) -> usize {
    let active = world.rows.iter().filter(|row| row.lifecycle.is_active()).count();
    let most = active.max(limits.most_active as usize);
    let limit = (limits.max as usize).min((most * limits.percent as usize / 100).max(1));
    let week = WINDOW.num_minutes();
    limit.saturating_sub(limits.switched_off.iter().filter(|ago| **ago < week).count())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn nothing_is_switched_off_against_the_rules(
        services in vec(any_service(), 1..9), limits in any_limits(),
    ) {
        let world = world(&services, &limits);
        let (off, _) = confirmed(&world, world.gate(), &LookUp::NotFound);
        let dice = |intent: &Intent| {
            let id = intent.change.service_id().unwrap().0;
            services.get(usize::try_from(id - 1).unwrap()).unwrap().clone()
        };
        for intent in &off {
            let dice = dice(intent);
            prop_assert!(!dice.listed && dice.streak >= 3, "three absences: {dice:?}");
            prop_assert!(dice.row == Row::Active && dice.held == Held::No, "{dice:?}");
            if intent.review_id.is_some() {
                prop_assert!(matches!(dice.said, Said::Yes | Said::YesAndTheNumber), "{dice:?}");
            } else {
                prop_assert!(limits.mode == Consent::Auto, "nobody said yes: {dice:?}");
                prop_assert!(NOW - dice.since >= 24 * 60, "a day: {dice:?}");
                prop_assert!(dice.points_at_it == PointsAtIt::Upcoming(0), "nothing upcoming: {dice:?}");
                prop_assert!(!dice.never_listed && !dice.switched_on_again, "{dice:?}");
                prop_assert!(dice.said != Said::Later, "a person said later: {dice:?}");
            }
        }
        let automatic = off.iter().filter(|one| one.review_id.is_none()).count();
        let named = off.iter().filter(|one| dice(one).said == Said::YesAndTheNumber).count();
        prop_assert!(limits.mode != Consent::Off || off.is_empty());
        prop_assert!(off.len() - named <= room_left(&world, &limits), "the limits");
        let active = world.rows.iter().filter(|row| row.lifecycle.is_active()).count();
        prop_assert!(automatic == 0 || off.len() < active, "the last one is asked about");
        prop_assert!(world.listed.is_empty() <= (off.len() == named), "no witness, no deactivation");
    }

    #[test]
    fn only_not_found_lets_anything_pass(
        services in vec(any_service(), 1..9), limits in any_limits(),
    ) {
        let world = world(&services, &limits);
        let unclear = LookUp::Unclear(super::fixtures::trouble(Check::Transport));
        for answer in [LookUp::Exists, unclear] {
            let (off, asked) = confirmed(&world, world.gate(), &answer);
            prop_assert!(off.is_empty() && asked.is_empty(), "{off:?} {asked:?}");
        }
    }

    #[test]
    fn what_is_gone_is_never_forgotten(
        services in vec(any_service(), 1..9), limits in any_limits(),
    ) {
        let mut world = world(&services, &limits);
        let gate = world.gate();
        let ended = gate.turns.iter().filter(|turn| !turn.to.is_open());
        let turned: BTreeSet<_> = ended.map(|turn| turn.review_id).collect();
        let (off, asked) = confirmed(&world, gate, &LookUp::NotFound);
        // What the gate has turned away waits no longer, unless it is asked anew.
        world.memory.open_items.retain(|item| !turned.contains(&item.id));
        for (place, dice) in services.iter().enumerate() {
            let service = ServiceId(id(place));
            let gone = !dice.listed && dice.streak >= 3 && dice.row != Row::Inactive;
            if !gone || dice.held != Held::No || limits.mode == Consent::Off {
                continue;
            }
            let is_off = off.iter().any(|intent| intent.change.service_id() == Some(service));
            let waits = world.memory.open_items.iter().any(|item| {
                item.question.subject.service_id == Some(service)
                    && item.question.subject.kind == ReviewKind::Deactivate
            });
            // In auto mode nothing is written without a witness, and an empty list has none.
            let unclear = limits.mode == Consent::Auto && world.listed.is_empty();
            prop_assert!(is_off || asked.contains(&service) || waits || unclear, "{dice:?}");
        }
    }

    #[test]
    fn the_same_input_gives_the_same_plan(
        services in vec(any_service(), 1..9), limits in any_limits(),
    ) {
        let (one, other) = (world(&services, &limits), world(&services, &limits));
        prop_assert_eq!(format!("{:?}", one.plan()), format!("{:?}", other.plan()));
        prop_assert_eq!(format!("{:?}", one.gate()), format!("{:?}", other.gate()));
    }
}

//! The ledger grows with change, not with time, and forgets nothing.

use crate::world::{TEAM, World};
use reconciler::io::ledger::Ledger;
use reconciler::io::loopback_calcom::{SourceEventType, SourceTeam, Weather};
use reconciler::model::ids::ObservationId;

/// How large the ledger is when nothing in it is wasted.
fn packed(world: &World, name: &str) -> u64 {
    let path = world.path(name);
    world.ledger().execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
    std::fs::metadata(path).unwrap().len()
}

/// Two hundred runs in which nothing happened cost less than 250 bytes each, whatever the number
/// of event types. More than half of it is the chain: three links (the run, its observation, its
/// ending) with a hash of 32 bytes each.
#[test]
fn an_unchanged_run_costs_the_ledger_less_than_250_bytes() {
    let mut world = World::of(&[(TEAM, 1)]);
    world.calcom.change(|source| {
        source.teams.insert(TEAM, SourceTeam::generated(TEAM, 45));
    });
    world.sets("policy", "import", r#""off""#);
    world.row(1, "Cut", Some(3_757_701));
    world.row(1, "Old", Some(1));
    world.syncs(10);
    let before = packed(&world, "before.db");
    world.syncs(200);
    let grown = packed(&world, "after.db") - before;
    assert!(grown < 200 * 250, "{grown} bytes in 200 runs");
}

/// Two days of the same bad answer are no reason to fill a disk.
#[test]
fn a_bad_answer_that_stays_costs_the_ledger_little() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard"]);
    world.calcom_answers(Weather::Status(500));
    world.syncs(10);
    let before = packed(&world, "before.db");
    world.syncs(100);
    let grown = packed(&world, "after.db") - before;
    assert!(grown < 100 * 300, "{grown} bytes in 100 runs");
}

/// Whatever was read, in whichever run, can be shown exactly.
#[test]
fn any_past_observation_can_be_shown_exactly() {
    let mut world = World::with_services(&["Cut", "Färben & Tönen", "Beard"]);
    let mut seen = Vec::new();
    for number in 0..12 {
        match number % 4 {
            0 => world.calcom_edits("Cut", |it| it.length = 30 + number),
            1 => {
                let id = 2000 + i64::from(number);
                world.calcom_has(SourceEventType::new(id, TEAM, &format!("New {number}")));
            }
            2 => world.calcom_edits("Beard", |it| it.hidden = !it.hidden),
            _ => {}
        }
        world.sync().accepts();
        world.calcom.change(|source| {
            let mut shown: Vec<_> = source.teams[&TEAM]
                .event_types
                .iter()
                .map(|it| (it.id, it.title.clone(), it.slug.clone(), it.length, it.hidden))
                .collect();
            shown.sort();
            seen.push(shown);
        });
    }
    let ledger = Ledger::open_to_read(&world.path("ledger.db")).unwrap();
    for (number, expected) in (2..).zip(seen) {
        let shown = ledger.shown_by(ObservationId(number)).unwrap().unwrap();
        let hidden = |it: &reconciler::model::event_type::EventType| {
            it.visibility == reconciler::model::event_type::Visibility::Hidden
        };
        let shown: Vec<_> = shown
            .iter()
            .map(|it| {
                (it.id.0, it.title.to_string(), it.slug.to_string(), it.length_minutes, hidden(it))
            })
            .collect();
        assert_eq!(shown, expected, "observation {number}");
    }
}

/// An answer names hosts, with their addresses; the ledger keeps none of it.
#[test]
fn the_ledger_keeps_no_personal_data_of_an_answer() {
    let mut world = World::with_services(&["Cut", "Colour"]);
    world.calcom_edits("Cut", |it| {
        it.description = "Call Petra Muster, petra@example.org".to_owned();
    });
    world.syncs(2);
    world.calcom_answers(Weather::EmptyList);
    world.sync();
    packed(&world, "whole.db");
    let bytes = std::fs::read(world.path("whole.db")).unwrap();
    for personal in ["Petra", "Muster", "example.org"] {
        let found = bytes.windows(personal.len()).any(|window| window == personal.as_bytes());
        assert!(!found, "{personal}");
    }
}

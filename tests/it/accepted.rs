//! What a person may believe against the checks, what follows from it, and what does not.

use crate::world::{TEAM, World};
use reconciler::flow::review::{Queue, Refusal};
use reconciler::io::loopback_calcom::{KeyRole, SourceEventType, Weather};
use reconciler::model::ids::ObservationId;
use reconciler::model::observation::{Check, Verdict};
use reconciler::model::review::Word;
use reconciler::model::run::ChangeKind;
use reconciler::report::run_report::Ending;

const SALON: [&str; 6] = ["Cut", "Colour", "Beard", "Perm", "Wash", "Braids"];

fn newest(world: &World) -> i64 {
    world.ledger_number("SELECT max(id) FROM observations", ())
}

fn accept(world: &World, observation: i64) -> Result<(), Refusal> {
    let work = world.work();
    let said = Word { by: "ana".into(), at: world.now, reason: Some("we closed".into()) };
    let accepted = Queue::open(work.records()).unwrap().accept(ObservationId(observation), &said);
    accepted.map(|_| ()).map_err(|error| error.downcast().unwrap())
}

/// The catalogue really shrank, and a person says so: that is one absence, at its own time, and
/// the new baseline; two more must follow, and then a person decides on each.
#[test]
fn an_accepted_loss_counts_as_one_absence() {
    let mut world = World::with_services(&SALON);
    for name in ["Beard", "Perm", "Wash"] {
        world.calcom_removes(name);
    }
    world.syncs(4).refuses(Check::Shrunk, Verdict::Quarantined);
    accept(&world, newest(&world)).unwrap();
    world.sync().accepts().watches("Beard", 2).watches("Wash", 2).changes_nothing();
    world.sync().decides("Beard", "propose-deactivation").changes_nothing();
    for name in ["Beard", "Perm", "Wash"] {
        assert_eq!(world.waiting_about(name), ["deactivate"]);
    }
}

/// Only the newest observation can be believed, and only while none was accepted after it.
#[test]
fn only_the_newest_observation_can_be_accepted() {
    let mut world = World::with_services(&SALON);
    world.calcom_answers(Weather::EmptyList);
    world.syncs(2);
    assert!(matches!(accept(&world, newest(&world) - 1), Err(Refusal::NotAcceptable { .. })));
    let empty = newest(&world);
    world.calcom_recovers();
    world.sync().accepts();
    assert!(matches!(accept(&world, empty), Err(Refusal::NotAcceptable { .. })));
    world.syncs(3).accepts().changes_nothing();
}

/// What is not trustworthy, or not obtained, cannot be believed by anybody.
#[test]
fn nobody_can_accept_what_proves_nothing() {
    for weather in [
        Weather::Status(500),
        Weather::Html200,
        Weather::DataNull,
        Weather::TeamRecordNull,
        Weather::ForeignTeamIds(35),
    ] {
        let mut world = World::with_services(&SALON);
        world.calcom_answers(weather.clone());
        world.sync().changes_nothing();
        let refused = accept(&world, newest(&world));
        assert!(matches!(refused, Err(Refusal::NotAcceptable { .. })), "{weather:?}");
    }
    let mut world = World::with_services(&SALON);
    world.key_is_of(KeyRole::Member);
    world.sync().refuses(Check::Witness, Verdict::Quarantined);
    assert!(matches!(accept(&world, newest(&world)), Err(Refusal::NotAcceptable { .. })));
}

/// A team that was really emptied: ordinary from then on; without a witness only a yes that named
/// its number passes; and when event types return, empty is as suspicious as ever.
#[test]
fn an_accepted_empty_list_is_ordinary_until_event_types_return() {
    let mut world = World::with_services(&["Cut", "Colour"]);
    world.sets("safety", "max_deactivation_percent", "100");
    world.calcom_removes("Cut");
    world.calcom_removes("Colour");
    world.sync().refuses(Check::Empty, Verdict::Quarantined);
    accept(&world, newest(&world)).unwrap();
    world.sync().accepts().watches("Cut", 2);
    world.sync().accepts().decides("Cut", "propose-deactivation");
    world.ana_approves("Cut");
    let run = world.sync();
    run.changes_nothing().ends(Ending::NotTrusted);
    assert!(world.is_bookable("Cut"));
    world
        .ledger()
        .execute("UPDATE review_items SET mass = 1 WHERE state = 'approved'", ())
        .unwrap();
    world.sync().applies("Cut", ChangeKind::Deactivate);

    world.calcom_has(SourceEventType::new(1002, TEAM, "Colour"));
    world.sync().accepts().watches("Colour", 0);
    world.calcom_removes("Colour");
    world.syncs(5).refuses(Check::Empty, Verdict::Quarantined);
    assert!(world.is_bookable("Colour"));
}

/// A canary that a person accepted as missing is retired; another configuration asks anew.
#[test]
fn an_accepted_canary_is_retired_until_the_configuration_changes() {
    let mut world = World::of(&[(TEAM, 1)]);
    world.team_says(TEAM, "must_contain = [1003]");
    for name in SALON {
        world.serves(name);
    }
    world.sync().accepts();
    world.calcom_removes("Beard");
    world.syncs(3).refuses(Check::Canary, Verdict::Quarantined);
    accept(&world, newest(&world)).unwrap();
    world.sync().accepts().watches("Beard", 2);
    world.team_says(TEAM, "must_contain = [1001, 1003]");
    world.sync().refuses(Check::Canary, Verdict::Quarantined);
}

/// A person believes an answer that lacks what was asked about: the streak goes on as usual, and
/// what the answer showed is present.
#[test]
fn an_accepted_observation_proves_what_it_shows() {
    let mut world = World::with_services(&SALON);
    let beard = world.calcom_removes("Beard");
    world.syncs(2).watches("Beard", 2);
    world.calcom_has(beard);
    world.calcom_answers(Weather::Without(vec![1004, 1005]));
    world.sync().refuses(Check::Shrunk, Verdict::Quarantined);
    accept(&world, newest(&world)).unwrap();
    world.calcom_removes("Beard");
    let run = world.sync();
    run.watches("Beard", 1).watches("Perm", 2).watches("Wash", 2);
}

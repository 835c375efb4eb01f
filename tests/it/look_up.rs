//! Promise 3: before a deactivation, the event type is looked up by its own id, with a witness.

use crate::world::{TEAM, World};
use reconciler::io::loopback_calcom::{ItemAnswer, KeyRole, SourceEventType, Weather};
use reconciler::model::observation::{Check, Verdict};
use reconciler::model::review::ReviewKind;
use reconciler::model::run::ChangeKind;
use reconciler::report::lines::Doubt;
use reconciler::report::run_report::Ending;

const SALON: [&str; 6] = ["Cut", "Colour", "Beard", "Perm", "Wash", "Braids"];

/// Gone from the list and alive by its own number: the list is wrong, not the service.
#[test]
fn promise_3_an_event_type_that_is_alive_by_its_id_contradicts_the_list() {
    for auto in [false, true] {
        let mut world = World::with_services(&SALON);
        if auto {
            world.auto_mode("0s");
        }
        world.calcom_answers(Weather::Without(vec![1003]));
        world.syncs(2).watches("Beard", 2);
        for _ in 0..3 {
            let run = world.sync();
            run.ends(Ending::NotTrusted).changes_nothing();
            assert_eq!(run.doubts(), [&Doubt::Contradiction]);
            assert_eq!(run.asked("Beard"), []);
            world.sync().watches("Beard", 1);
            world.sync().watches("Beard", 2);
        }
        assert!(world.is_bookable("Beard"));
    }
}

/// Even a yes does not outweigh Cal.com's own answer that the event type is there.
#[test]
fn promise_3_a_contradiction_makes_an_approval_void() {
    let mut world = World::with_services(&SALON);
    let gone = world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    world.calcom_has(gone);
    world.calcom_answers(Weather::Without(vec![1003]));
    world.sync().changes_nothing().ends(Ending::NotTrusted);
    world.calcom_recovers();
    world.calcom_removes("Beard");
    world.syncs(10).changes_nothing();
    assert!(world.is_bookable("Beard"));
}

/// Only the exact "not found" is an answer; after any other the approved change waits.
#[test]
fn promise_3_an_unclear_look_up_lets_nothing_pass() {
    let other = |weather| ItemAnswer::Other(Box::new(weather));
    let answers = [
        ItemAnswer::CannotGet,
        ItemAnswer::OtherItem,
        other(Weather::Status(401)),
        other(Weather::Status(403)),
        other(Weather::NotAnAdmin),
        other(Weather::Status(429)),
        other(Weather::Status(500)),
        other(Weather::Html503),
        other(Weather::Status(404)),
        other(Weather::Html200),
        other(Weather::EmptyList),
        other(Weather::DataNull),
        other(Weather::Reset),
        other(Weather::ErrorBodyWith200),
        other(Weather::Raw {
            status: 404,
            content_type: "application/json".to_owned(),
            body: br#"{"message":"Event type with id 1003 not found"}"#.to_vec(),
        }),
    ];
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.syncs(2);
    // Before it is asked.
    for answer in &answers {
        world.calcom_answers(Weather::ItemAnswer(answer.clone()));
        let run = world.sync();
        run.ends(Ending::NotTrusted).changes_nothing();
        assert!(matches!(run.doubts()[..], [Doubt::Unclear { .. }]), "{answer:?}");
        assert_eq!(run.asked("Beard"), [], "{answer:?}");
    }
    world.calcom_recovers();
    world.sync().asks("Beard", ReviewKind::Deactivate);
    world.ana_approves("Beard");
    // And before it is done.
    for answer in &answers {
        world.calcom_answers(Weather::ItemAnswer(answer.clone()));
        let run = world.sync();
        run.ends(Ending::NotTrusted).changes_nothing();
        assert!(matches!(run.doubts()[..], [Doubt::Unclear { .. }]), "{answer:?}");
        assert!(world.is_bookable("Beard"), "{answer:?}");
    }
    world.calcom_recovers();
    world.sync().applies("Beard", ChangeKind::Deactivate);
}

/// A key that may not look up single event types may not see hidden ones either: its "not found"
/// means nothing.
#[test]
fn promise_3_without_a_witness_nothing_is_absent() {
    let mut world = World::with_services(&SALON);
    world.calcom_edits("Beard", |it| it.hidden = true);
    world.sync().accepts();
    world.key_is_of(KeyRole::Member);
    for _ in 0..10 {
        world.sync().refuses(Check::Witness, Verdict::Quarantined);
    }
    world.key_is_of(KeyRole::Admin);
    world.sync().watches("Beard", 0);

    for answer in [ItemAnswer::NotFound, ItemAnswer::CannotGet, ItemAnswer::OtherItem] {
        world.calcom_removes("Beard");
        world.calcom_answers(Weather::WitnessAnswer(answer));
        world.syncs(5).refuses(Check::Witness, Verdict::Quarantined);
        world.calcom_recovers();
        world.sync().watches("Beard", 1);
        world.calcom_has(SourceEventType::new(1003, TEAM, "Beard"));
        world.sync().watches("Beard", 0);
    }
}

/// Every team of the company is asked; alive in any of them is alive.
#[test]
fn promise_3_the_look_up_is_made_in_every_team_of_the_company() {
    let mut world = World::of(&[(TEAM, 1), (77, 1)]);
    for name in SALON {
        world.serves(name);
    }
    let nails = world.calcom_adds(77, "Nails");
    world.row(1, "Nails", Some(nails));
    world.sync().accepts();
    let moved = world.calcom_removes("Beard");
    world.calcom_has(SourceEventType { team_id: 77, ..moved });
    world.calcom_answers_for(77, Weather::Without(vec![1003]));
    world.syncs(2).watches("Beard", 2);
    world.calcom.forget_requests();
    let run = world.sync();
    run.changes_nothing();
    assert_eq!(run.doubts(), [&Doubt::Contradiction]);
    let requests = world.calcom.requests();
    for team in [TEAM, 77] {
        let asked = format!("GET /v2/teams/{team}/event-types/1003");
        assert_eq!(requests.iter().filter(|one| **one == asked).count(), 1, "{requests:?}");
    }
}

/// The look-up comes in the same run, before the write, and not only before the question.
#[test]
fn promise_3_each_deactivation_is_looked_up_in_its_own_run() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    world.calcom.forget_requests();
    world.sync().applies("Beard", ChangeKind::Deactivate);
    let asked = format!("GET /v2/teams/{TEAM}/event-types/1003");
    assert!(world.calcom.requests().contains(&asked));
    let found = "SELECT count(*) FROM lookups l JOIN journal j ON j.run_id = l.run_id
                 WHERE l.event_type_id = 1003 AND l.answer = 'not-found'";
    assert_eq!(world.ledger_number(found, ()), 1);
}

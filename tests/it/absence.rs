//! Promise 1: what it takes until a service is switched off.

use crate::world::{TEAM, World};
use reconciler::io::loopback_calcom::{SourceEventType, Weather};
use reconciler::model::decision::{AsksBecause, Reason};
use reconciler::model::observation::Check;
use reconciler::model::review::ReviewKind;
use reconciler::model::run::ChangeKind;
use reconciler::report::lines::ChangeStatus;
use reconciler::report::run_report::Ending;

const SALON: [&str; 6] = ["Cut", "Colour", "Beard", "Perm", "Wash", "Braids"];

/// Three absences, and then a person decides. Proposing is not doing.
#[test]
fn promise_1_a_missing_service_stays_bookable_until_a_person_says_otherwise() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");

    world.sync().decides("Beard", "watch").watches("Beard", 1);
    world.sync().decides("Beard", "watch").watches("Beard", 2);
    let asks = world.sync();
    asks.decides("Beard", "propose-deactivation").asks("Beard", ReviewKind::Deactivate);
    asks.changes_nothing().ends(Ending::SomethingWaits);
    world.syncs(200).changes_nothing();
    assert!(world.is_bookable("Beard"));

    world.ana_approves("Beard");
    world.sync().applies("Beard", ChangeKind::Deactivate);
    assert!(!world.is_bookable("Beard"));
    assert_eq!(world.holds_in("Beard", "sync_status"), "error".to_owned().into());
    let words = "Event type not found in Cal.com".to_owned();
    assert_eq!(world.holds_in("Beard", "sync_error"), words.into());
    for other in SALON.iter().filter(|name| **name != "Beard") {
        assert!(world.is_bookable(other));
    }
    world.sync().changes_nothing().ends(Ending::Done);
}

/// Runs started by hand, one after another, are not three observations.
#[test]
fn promise_1_absences_closer_together_than_the_gap_count_as_one() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.sync().watches("Beard", 1);
    for _ in 0..9 {
        world.passes(1);
        let run = world.sync_now();
        run.watches("Beard", 1);
        assert!(run.checks().contains(&Check::TooSoon));
    }
    world.passes(1);
    world.sync_now().watches("Beard", 2);
}

/// Present once is present: the count starts at one again.
#[test]
fn promise_1_a_service_that_returned_is_counted_from_one_again() {
    let mut world = World::with_services(&SALON);
    let gone = world.calcom_removes("Beard");
    world.syncs(2).watches("Beard", 2);
    world.calcom_has(gone);
    world.sync().watches("Beard", 0);
    world.calcom_removes("Beard");
    world.sync().watches("Beard", 1);
}

/// The question was about a fact; when the event type returns, the question is void, the yes too.
#[test]
fn promise_1_an_approval_is_void_when_the_event_type_returns() {
    let mut world = World::with_services(&SALON);
    let gone = world.calcom_removes("Beard");
    world.syncs(3).asks("Beard", ReviewKind::Deactivate);
    world.ana_approves("Beard");
    world.calcom_has(gone);
    world.sync().changes_nothing();
    world.calcom_removes("Beard");
    world.syncs(2).changes_nothing().watches("Beard", 2);
    world.sync().asks("Beard", ReviewKind::Deactivate).changes_nothing();
    assert!(world.is_bookable("Beard"));
}

/// A yes is a yes to exactly that change: an edit of what it rests on makes it void.
#[test]
fn promise_1_an_approval_is_void_when_the_row_changed() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    world.somebody_edits("Beard", "sync_error", "ask Petra".to_owned());
    world.sync().changes_nothing().asks("Beard", ReviewKind::Deactivate);
    assert!(world.is_bookable("Beard"));
}

/// A yes given in spring does not switch off a service in autumn.
#[test]
fn promise_1_an_approval_expires() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    world.ana_pauses();
    for _ in 0..8 {
        world.passes(2 * 24 * 60);
        world.sync_now().changes_nothing();
    }
    world.ledger().execute("UPDATE pauses SET resumed_at = 1, resumed_by = 'ana'", ()).unwrap();
    world.syncs(5).changes_nothing();
    assert!(world.is_bookable("Beard"));
    let expired = "SELECT count(*) FROM review_items WHERE state = 'expired'";
    assert_eq!(world.ledger_number(expired, ()), 1);
}

/// Two months of silence about one event type never switch anything off by themselves.
#[test]
fn promise_1_by_default_nothing_is_ever_switched_off_without_a_person() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    for _ in 0..60 {
        world.passes(24 * 60);
        world.sync_now().changes_nothing();
    }
    assert!(world.is_bookable("Beard"));
    let asked = "SELECT count(*) FROM review_items
                 WHERE state = 'pending' AND reason LIKE 'absent in % consecutive accepted observations'";
    assert_eq!(world.ledger_number(asked, ()), 1);
}

/// Another key may see less. What was counted under the old one does not count.
#[test]
fn promise_1_another_key_version_or_set_of_teams_starts_the_count_again() {
    let changes: [fn(&mut World); 3] = [
        |world| world.new_key("cal_live_another_0123456789"),
        |world| world.sets("calcom", "api_version", r#""2024-09-04""#),
        |world| world.configures_teams(&[(TEAM, 1), (77, 1)]),
    ];
    for change in changes {
        let mut world = World::of(&[(TEAM, 1), (77, 9)]);
        world.configures_teams(&[(TEAM, 1)]);
        for name in SALON {
            world.serves(name);
        }
        world.calcom_adds(77, "Nails");
        world.sync();
        world.calcom_removes("Beard");
        world.syncs(2).watches("Beard", 2);
        change(&mut world);
        let baseline = world.sync();
        baseline.watches("Beard", 0).accepts();
        assert!(baseline.checks().contains(&Check::NewScope));
        world.sync().watches("Beard", 1);
        world.sync().watches("Beard", 2).changes_nothing();
        world.sync().decides("Beard", "propose-deactivation");
    }
}

/// A yes given under one key does not hold under another, which may see less.
#[test]
fn promise_1_an_approval_is_void_under_another_key() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    world.new_key("cal_live_another_0123456789");
    world.syncs(3).changes_nothing();
    assert!(world.is_bookable("Beard"));
}

/// Two absences before a long silence and one after it are not three in a row.
#[test]
fn promise_1_a_streak_expires_after_three_days_without_an_observation() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.syncs(2).watches("Beard", 2);
    world.passes(72 * 60 + 1);
    world.sync_now().watches("Beard", 1);
}

/// A clock that jumps back makes no time pass; one that jumps ahead makes no absences.
#[test]
fn promise_1_a_clock_that_jumps_counts_nothing_twice() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.sync().watches("Beard", 1);
    world.passes(-24 * 60);
    for _ in 0..20 {
        world.sync().watches("Beard", 1).changes_nothing();
    }
    world.passes(24 * 60);
    world.sync().watches("Beard", 2);
    world.passes(365 * 24 * 60);
    world.sync_now().watches("Beard", 1);
}

/// A company with two teams: absent is only what is in neither list.
#[test]
fn promise_1_an_event_type_that_moved_to_a_sibling_team_is_present() {
    let mut world = World::of(&[(TEAM, 1), (77, 1)]);
    for name in SALON {
        world.serves(name);
    }
    let nails = world.calcom_adds(77, "Nails");
    world.row(1, "Nails", Some(nails));
    world.sync().accepts();
    let moved = world.calcom_removes("Beard");
    world.calcom_has(SourceEventType { team_id: 77, ..moved });
    world.syncs(5).watches("Beard", 0).changes_nothing().ends(Ending::Done);
}

/// While one of a company's teams cannot be read, nothing of the company is absent.
#[test]
fn promise_1_absence_needs_an_accepted_observation_of_all_teams() {
    let mut world = World::of(&[(TEAM, 1), (77, 1)]);
    for name in SALON {
        world.serves(name);
    }
    let nails = world.calcom_adds(77, "Nails");
    world.row(1, "Nails", Some(nails));
    world.sync().accepts();
    world.calcom_removes("Beard");
    world.calcom_answers_for(77, Weather::Status(500));
    for _ in 0..10 {
        let run = world.sync();
        run.changes_nothing().ends(Ending::NotTrusted).watches("Beard", 0);
        assert_eq!(run.decided("Beard"), Vec::<&str>::new(), "nothing is known of it");
    }
    world.calcom_recovers();
    world.sync().watches("Beard", 1);
}

/// A company's trouble is its own: the other one goes on.
#[test]
fn promise_1_companies_do_not_count_for_each_other() {
    let mut world = World::of(&[(TEAM, 1), (77, 2)]);
    for name in SALON {
        world.serves(name);
    }
    for name in ["Nails", "Toes"] {
        let id = world.calcom_adds(77, name);
        world.row(2, name, Some(id));
    }
    world.sync().accepts();
    world.calcom_removes("Beard");
    world.calcom_removes("Toes");
    world.calcom_answers_for(77, Weather::Status(403));
    world.syncs(3).decides("Beard", "propose-deactivation").watches("Toes", 0);
    world.calcom_recovers();
    world.sync().watches("Toes", 1);
}

/// A team that now belongs to another company brings no absences along: in the new company an
/// event type is counted as missing from when it went missing.
#[test]
fn promise_1_a_team_given_to_another_company_brings_no_absences_along() {
    let mut world = World::with_services(&SALON);
    world.configures_teams(&[(TEAM, 2)]);
    world.services().execute("UPDATE services SET company_id = 2", ()).unwrap();
    world.syncs(5).accepts();
    world.calcom_removes("Beard");
    world.sync().watches("Beard", 1).decides("Beard", "watch");
    world.sync().watches("Beard", 2);
    world.sync().decides("Beard", "propose-deactivation");
}

/// A service whose team is not configured any more is told of, and never counted.
#[test]
fn promise_1_a_service_of_a_team_that_is_not_configured_is_unwatched() {
    let mut world = World::of(&[(TEAM, 1), (77, 1)]);
    for name in SALON {
        world.serves(name);
    }
    let nails = world.calcom_adds(77, "Nails");
    world.row(1, "Nails", Some(nails));
    world.sync().accepts();
    world.configures_teams(&[(TEAM, 1)]);
    world.auto_mode("0s");
    for _ in 0..10 {
        world.sync().decides("Nails", "wait").changes_nothing();
    }
    assert!(world.is_bookable("Nails"));
}

/// A row linked to a number that Cal.com never listed: somebody mistyped. It is asked about from
/// the third run on, and never switched off without.
#[test]
fn promise_1_a_link_that_was_never_listed_is_asked_about_and_never_automatic() {
    let mut world = World::with_services(&SALON);
    world.auto_mode("0s");
    world.row(1, "Typo", Some(999_999));
    world.sync().watches("Typo", 1);
    world.sync().watches("Typo", 2);
    world.sync().decides("Typo", "propose-deactivation").asks("Typo", ReviewKind::Deactivate);
    world.syncs(60).changes_nothing();
    assert!(world.is_bookable("Typo"));
}

/// A row just linked to an id that was gone already is counted from its own first sighting.
#[test]
fn promise_1_a_row_that_was_relinked_or_switched_on_is_counted_from_then() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.syncs(5).watches("Beard", 5);
    world.somebody_edits("Beard", "is_active", 0);
    world.sync().watches("Beard", 0);
    world.somebody_edits("Beard", "is_active", 1);
    world.sync().watches("Beard", 1).changes_nothing();
    world.somebody_edits("Cut", "calcom_event_type_id", 1003);
    world.sync().watches("Cut", 1).watches("Beard", 2);
}

/// In auto mode: three absences *and* a whole day, and then the look-up. Until then it is asked, and
/// nobody is asked any more about what is done.
#[test]
fn promise_1_auto_mode_waits_for_its_day_and_says_why() {
    let mut world = World::with_services(&SALON);
    world.auto_mode("24h");
    world.calcom_removes("Beard");
    for _ in 0..48 {
        world.sync().changes_nothing();
        assert!(world.is_bookable("Beard"));
    }
    // Its time has come, and a person says wait: it is still on, and still asked.
    world.ana_pauses();
    world.sync().ends(Ending::Paused);
    assert!(world.is_bookable("Beard"));
    assert_eq!(world.waiting_about("Beard"), ["deactivate"]);
    world.types("resume --by ana").exits(0);
    world.sync().applies("Beard", ChangeKind::Deactivate);
    assert!(!world.is_bookable("Beard"));
    assert!(world.waiting_about("Beard").is_empty());
}

fn asks_because(world: &mut World, name: &str) -> Option<AsksBecause> {
    let run = world.syncs(4);
    run.changes_nothing();
    let decision = run.company().decisions.iter().find_map(|decision| match &decision.reason {
        Reason::Absent { asks_because, .. } => *asks_because,
        _ => None,
    });
    assert!(world.is_bookable(name));
    decision
}

/// Auto mode asks where a customer has an appointment, where services share an event type, and
/// before the last one.
#[test]
fn promise_1_auto_mode_asks_where_something_speaks_against_it() {
    let mut world = World::with_services(&SALON);
    world.auto_mode("0s");
    world.calcom_removes("Beard");
    let tomorrow = (world.now + chrono::TimeDelta::days(1)).format("%Y-%m-%d %H:%M:%S").to_string();
    let book = "INSERT INTO appointments (service_id, starts_at) VALUES (3, ?1)";
    world.services().execute(book, [tomorrow]).unwrap();
    let because = Some(AsksBecause::UpcomingReferences { count: 1 });
    assert_eq!(asks_because(&mut world, "Beard"), because);

    let mut world = World::with_services(&SALON);
    world.auto_mode("0s");
    world.row(1, "Beard, long", Some(1003));
    world.sync();
    world.calcom_removes("Beard");
    assert_eq!(asks_because(&mut world, "Beard"), Some(AsksBecause::SharedLink));
    assert!(world.is_bookable("Beard, long"));

    let mut world = World::with_services(&["Only"]);
    world.auto_mode("0s");
    world.calcom_adds(TEAM, "Hidden one");
    world.calcom_edits("Hidden one", |it| it.hidden = true);
    world.sync();
    world.calcom_removes("Only");
    assert_eq!(asks_because(&mut world, "Only"), Some(AsksBecause::LastActive));

    let mut world = World::with_services(&SALON);
    world.auto_mode("0s");
    world.calcom_removes("Beard");
    world.somebody_edits("Beard", "sync_status", "pending".to_owned());
    let run = world.syncs(4);
    run.changes_nothing().decides("Beard", "propose-deactivation");
}

/// A hold is a person's word, above all counting; so is a pause.
#[test]
fn a_hold_or_a_pause_leaves_the_service_alone() {
    let mut world = World::with_services(&SALON);
    world.auto_mode("0s");
    world.calcom_removes("Beard");
    world.ana_holds("Beard");
    world.syncs(10).changes_nothing().decides("Beard", "held");
    assert!(world.is_bookable("Beard"));
    world.ledger().execute("UPDATE holds SET released_at = 1, released_by = 'ana'", ()).unwrap();
    world.ana_pauses();
    let run = world.sync();
    run.ends(Ending::Paused);
    assert_eq!(run.changes_of("Beard"), [(ChangeKind::Deactivate, ChangeStatus::Waiting)]);
    assert!(world.is_bookable("Beard"));
}

/// A row of one company that cannot be read stops that company, and no other.
#[test]
fn a_company_whose_rows_cannot_be_read_stops_alone() {
    let mut world = World::of(&[(TEAM, 1), (77, 2)]);
    for name in SALON {
        world.serves(name);
    }
    let nails = world.calcom_adds(77, "Nails");
    world.row(2, "Nails", Some(nails));
    world.sync().accepts();
    world.somebody_edits("Cut", "is_active", 2);
    world.calcom_adds(77, "Toes");
    let run = world.sync();
    run.ends(Ending::Failed).applies("Toes", ChangeKind::Import);
    let trouble = run.company().trouble.as_deref().unwrap();
    assert!(trouble.contains("row 1") && trouble.contains("is_active"), "{trouble}");
}

//! The incident, replayed with the least careful configuration there is, and every bad answer
//! instead of the one that it was: no service is switched off.

use crate::bad_answers::bad_answers;
use crate::world::{TEAM, World};
use reconciler::io::loopback_calcom::{KeyRole, Weather};
use reconciler::report::run_report::{Ending, Mode};

const RUNS: u32 = 2 * 48;

/// As careless as the configuration allows.
fn careless(world: &mut World) {
    world.auto_mode("0s");
    world.sets("safety", "max_deactivations", "1000");
    world.sets("safety", "max_deactivation_percent", "100");
    world.sets("calcom", "max_body", r#""2 MB""#);
}

/// Two days of a run every half hour against each bad answer, in a company of its own each.
fn two_days_of(bad: Vec<(Weather, i64)>) {
    let teams: Vec<(i64, i64)> = bad.iter().zip(1..).map(|((_, team), id)| (*team, id)).collect();
    let mut world = World::of(&teams);
    careless(&mut world);
    for (team, company) in &teams {
        for name in ["Cut", "Colour", "Beard", "Perm"] {
            let id = world.calcom_adds(*team, name);
            world.row(*company, name, Some(id));
        }
        world.team_says(*team, &format!("slug = \"team-{team}\""));
    }
    world.sync().accepts();
    let before = world.rows();
    for (weather, team) in bad {
        world.calcom_answers_for(team, weather);
    }
    for _ in 0..RUNS {
        world.passes(30);
        let report = world.report(Mode::Real);
        assert_eq!(report.ending, Ending::NotTrusted);
        assert_eq!(report.counts().deactivated, 0);
    }
    assert_eq!(world.rows(), before, "every byte stands as it stood");
    world.calcom_recovers();
    world.sync().accepts().ends(Ending::Done);
}

fn of_company(position: usize) -> i64 {
    TEAM + i64::try_from(position).unwrap()
}

/// The part of all bad answers that one test takes, so that they share the processors.
fn part(number: usize) {
    let bad = bad_answers().into_iter().map(|(weather, ..)| weather);
    // Ids differ from company to company: what names ids is told with its own below.
    let bad = bad.filter(|weather| !matches!(weather, Weather::Without(_)));
    let part: Vec<_> = bad.enumerate().filter(|(place, _)| place % 4 == number).collect();
    let own = |(place, (_, weather)): (usize, (usize, Weather))| match weather {
        Weather::FirstN(_) => (Weather::FirstN(2), of_company(place)),
        Weather::TeamRecordOther { id: TEAM, slug } => {
            (Weather::TeamRecordOther { id: of_company(place), slug }, of_company(place))
        }
        weather => (weather, of_company(place)),
    };
    two_days_of(part.into_iter().enumerate().map(own).collect());
}

/// Two days of bad answers switch off nothing (first part).
#[test]
fn promise_2_two_days_of_any_bad_answer_switch_off_nothing_1() {
    part(0);
}

/// Two days of bad answers switch off nothing (second part).
#[test]
fn promise_2_two_days_of_any_bad_answer_switch_off_nothing_2() {
    part(1);
}

/// Two days of bad answers switch off nothing (third part).
#[test]
fn promise_2_two_days_of_any_bad_answer_switch_off_nothing_3() {
    part(2);
}

/// Two days of bad answers switch off nothing (fourth part).
#[test]
fn promise_2_two_days_of_any_bad_answer_switch_off_nothing_4() {
    part(3);
}

/// The incident itself: 18 services, 45 event types, 15 old rows; the list is empty for two days,
/// repaired by hand now and then; and comes back.
#[test]
fn promise_2_the_incident_switches_off_none_of_the_eighteen() {
    let mut world = World::of(&[(TEAM, 1)]);
    careless(&mut world);
    let names: Vec<String> = (1..=18).map(|number| format!("Service {number}")).collect();
    for name in &names {
        world.serves(name);
    }
    world.sets("policy", "import", r#""off""#);
    for number in 1..=27 {
        world.calcom_adds(TEAM, &format!("New {number}"));
    }
    for number in 1..=15 {
        world.row(1, &format!("Old test {number}"), Some(500 + number));
        world.somebody_edits(&format!("Old test {number}"), "is_active", 0);
    }
    let counts = world.sync().company().counts;
    assert_eq!((counts.matched, counts.new, counts.orphaned_inactive), (18, 27, 15));
    let before = world.rows();
    world.calcom_answers(Weather::EmptyList);
    for _ in 0..RUNS {
        world.sync().changes_nothing().ends(Ending::NotTrusted);
    }
    assert_eq!(world.rows(), before);
    world.calcom_recovers();
    world.sync().accepts().ends(Ending::Done);
    assert!(names.iter().all(|name| world.is_bookable(name)));
}

/// The key's owner is no admin any more, for two days: hidden event types are left out.
#[test]
fn promise_2_two_days_without_the_admins_role_switch_off_nothing() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard", "Perm"]);
    careless(&mut world);
    world.calcom_edits("Beard", |it| it.hidden = true);
    world.sync();
    let before = world.rows();
    for role in [KeyRole::Member, KeyRole::Stranger] {
        world.key_is_of(role);
        for _ in 0..RUNS / 2 {
            world.sync().changes_nothing().ends(Ending::NotTrusted);
        }
    }
    assert_eq!(world.rows(), before);
}

/// Event types that are only left out of the list, one or more, for two days: each is alive by its
/// own number.
#[test]
fn promise_3_two_days_of_a_list_with_holes_switch_off_nothing() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard", "Perm"]);
    careless(&mut world);
    let before = world.rows_but_stamp();
    world.calcom_answers(Weather::Without(vec![1003]));
    for _ in 0..RUNS {
        world.sync().changes_nothing();
    }
    assert_eq!(world.rows_but_stamp(), before);
}

/// Bad answers and good ones by turns, with one event type really gone: only that one goes.
#[test]
fn promise_2_bad_answers_between_good_ones_switch_off_only_what_is_gone() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard", "Perm", "Wash"]);
    careless(&mut world);
    world.calcom_removes("Beard");
    let bad = [Weather::EmptyList, Weather::Status(500), Weather::FirstN(2), Weather::Html200];
    let mut off = Vec::new();
    for weather in bad.iter().cycle().take(24) {
        world.calcom_answers(weather.clone());
        world.sync().changes_nothing();
        world.calcom_recovers();
        off.extend(world.sync().switched_off().into_iter().map(str::to_owned));
    }
    assert_eq!(off, ["Beard"]);
}

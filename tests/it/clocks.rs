//! A clock that is wrong costs time, never a service.

use crate::world::World;
use chrono::TimeDelta;
use reconciler::model::observation::Check;

const SALON: [&str; 4] = ["Cut", "Colour", "Beard", "Perm"];

fn minutes_of(days: i64) -> i64 {
    TimeDelta::days(days).num_minutes()
}

/// Two absences, and then the clock is a year ahead for one run: that is no third absence, and
/// when the clock is right again, counting starts again at once, not in a year.
#[test]
fn a_year_ahead_for_one_run_costs_one_count() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.syncs(2).watches("Beard", 2);

    let year = minutes_of(365);
    world.passes(year);
    world.sync().accepts().finds(Check::StreaksExpired).watches("Beard", 1);
    world.passes(-year);
    world.sync().accepts().finds(Check::StreaksExpired).watches("Beard", 0);
    world.sync().accepts().watches("Beard", 1);
    world.sync().watches("Beard", 2);
    world.sync().decides("Beard", "propose-deactivation").changes_nothing();
}

/// A day back: nothing counts until the clock has caught up, and nothing is lost.
#[test]
fn a_day_back_holds_the_count_where_it_is() {
    let mut world = World::with_services(&SALON);
    world.calcom_removes("Beard");
    world.syncs(2).watches("Beard", 2);

    world.passes(-minutes_of(1));
    world.syncs(10).accepts().finds(Check::TooSoon).watches("Beard", 2);
    world.passes(minutes_of(1) - 5 * 60);
    world.sync().decides("Beard", "propose-deactivation").changes_nothing();
}

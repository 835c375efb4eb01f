//! How much room there is.

use super::World;
use crate::decide::fixtures::minute;
use chrono::TimeDelta;

/// `min(max_deactivations, max(1, floor(percent × high-water)))`: a team of five is protected as
/// well as one of five hundred.
#[test]
fn the_limit_protects_small_and_large_teams() {
    let unlimited = u32::MAX;
    for (active, percent, most, limit) in [
        (1, 20, 5, 1),
        (2, 20, 5, 1),
        (5, 20, 5, 1),
        (9, 20, 5, 1),
        (10, 20, 5, 2),
        (18, 20, 5, 3),
        (50, 20, 5, 5),
        (500, 20, 5, 5),
        (1, 20, unlimited, 1),
        (50, 20, unlimited, 10),
        (500, 20, unlimited, 100),
        (500, 1, unlimited, 5),
        (18, 1, unlimited, 1),
        (18, 100, unlimited, 18),
        (18, 100, 1, 1),
    ] {
        let mut world = World::with_orphans(active, 0);
        world.company.safety.max_deactivation_percent = percent;
        world.company.safety.max_deactivations = most;
        let room = world.gate().room;
        assert_eq!(room.limit, limit, "{percent} percent of {active}, at most {most}");
        assert_eq!((room.left(), room.used()), (limit, 0));
        assert_eq!(room.frees_at(), None);
    }
}

/// The percentage is taken of the most active services in seven days: ten a week is ten of what
/// there was, not of what is left.
#[test]
fn the_high_water_mark_of_the_window_counts() {
    for (now, in_window, most_active, limit) in [(10, 18, 18, 3), (18, 10, 18, 3), (4, 4, 4, 1)] {
        let mut world = World::with_orphans(now, 0);
        world.memory.window.most_active = in_window;
        let room = world.gate().room;
        assert_eq!((room.most_active, room.limit), (most_active, limit));
    }
}

/// What was switched off in the last seven days takes room, to the millisecond.
#[test]
fn the_window_is_seven_days() {
    let week = TimeDelta::days(7);
    let millisecond = TimeDelta::milliseconds(1);
    let world = |at| {
        let mut world = World::with_orphans(18, 0);
        world.memory.window.switched_off_at = vec![at];
        world
    };
    let now = World::new().now;
    for (name, at, used) in [
        ("a year ago", now - week * 52, 0),
        ("seven days ago", now - week, 0),
        ("a millisecond less than seven days ago", now - week + millisecond, 1),
        ("now", now, 1),
        ("in the future: the clock jumped back", now + week, 1),
    ] {
        let room = world(at).gate().room;
        assert_eq!((room.used(), room.left()), (used, 3 - used), "{name}");
    }
}

/// When there is room again: as soon as enough of those switched off have left the window.
#[test]
fn the_room_says_when_it_frees() {
    let mut world = World::with_orphans(18, 0);
    let at = |hours: i64| minute(hours * 60);
    world.memory.window.switched_off_at = vec![at(1), at(2), at(3)];
    let room = world.gate().room;
    assert_eq!((room.left(), room.frees_at()), (0, Some(at(1) + TimeDelta::days(7))));
    // More than the limit, as after a mass approval or a changed limit.
    world.memory.window.switched_off_at = vec![at(1), at(2), at(3), at(4), at(5)];
    let room = world.gate().room;
    assert_eq!((room.left(), room.frees_at()), (0, Some(at(3) + TimeDelta::days(7))));
}

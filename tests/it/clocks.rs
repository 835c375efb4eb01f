//! A clock that is wrong costs time, never a service, and never the word that people wait for.

use crate::receiver::Receiver;
use crate::world::{TEAM, World, dump};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::Weather;
use reconciler::model::observation::Check;
use reconciler::model::review::ReviewKind;
use reconciler::model::run::ChangeKind;
use reconciler::report::run_report::Ending;

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

/// Slack is down while the clock is a year ahead, or a day: what failed then, as often as you like,
/// goes out with the very next run of a clock that is right again.
#[test]
fn a_message_that_failed_under_a_wrong_clock_goes_out_with_the_next_right_run() {
    for jump in [365, 1] {
        let mut world = World::with_services(&SALON);
        let slack = Receiver::start();
        slack.answers(503, "no_service");
        world.posts_to(&slack.url("/hook"));
        world.passes(minutes_of(jump));
        world.sets("policy", "import", r#""review""#);
        world.calcom_adds(TEAM, "Braids");
        world.sync().asks("Braids", ReviewKind::Import);
        for _ in 0..5 {
            let waiting = world.sync().report.undelivered;
            assert!(waiting[0].attempts >= 2 && waiting[0].next_try_at > Some(world.now));
        }
        world.passes(-minutes_of(jump));
        slack.answers(200, "ok");
        slack.posted();
        assert_eq!(world.sync().report.undelivered, [], "{jump} days");
        let posted = slack.posted();
        assert_eq!(posted.len(), 1, "{jump} days: {posted:#?}");
        assert!(posted[0].body.contains("Braids"), "{posted:#?}");
    }
}

/// A source that is down before and after: the trouble that the wrong clock told of is told again
/// at once, and then as rarely as ever.
#[test]
fn a_standing_trouble_is_told_again_when_the_clock_is_right() {
    for jump in [365, 1] {
        let mut world = World::with_services(&SALON);
        let slack = Receiver::start();
        world.posts_to(&slack.url("/hook"));
        world.passes(minutes_of(jump));
        world.calcom_answers(Weather::Status(503));
        world.syncs(2).ends(Ending::NotTrusted);
        assert_eq!(slack.posted().len(), 1, "{jump} days");
        world.passes(-minutes_of(jump));
        world.sync().ends(Ending::NotTrusted);
        assert_eq!(slack.posted().len(), 1, "{jump} days");
        world.syncs(6);
        assert_eq!(slack.posted().len(), 0, "{jump} days: no storm");
        world.calcom_recovers();
        world.sync().ends(Ending::Done);
        assert_eq!(slack.posted().len(), 1, "{jump} days: it is over");
    }
}

/// The daily mail of a year ahead is not the last one for a year: the next right run sends one,
/// about the day that it is right about.
#[test]
fn the_daily_mail_comes_again_with_the_next_right_run() {
    for jump in [365, 1] {
        let mut world = World::with_services(&SALON);
        world.mails_by("smtp://127.0.0.1:9", &["ops@example.com"]);
        world.sets("notify.email", "send", r#""daily""#);
        let mails = |world: &World| world.ledger_number("SELECT count(*) FROM outbox", ());
        world.sync();
        assert_eq!(mails(&world), 1, "the first shows that it works");
        world.calcom_adds(TEAM, "Braids");
        world.sync().applies("Braids", ChangeKind::Import);
        assert_eq!(mails(&world), 1, "{jump} days: daily is daily");
        world.passes(minutes_of(jump)).sync_now();
        assert_eq!(mails(&world), 2);
        world.passes(-minutes_of(jump));
        world.sync();
        assert_eq!(mails(&world), 3, "{jump} days");
        let newest = "SELECT body FROM outbox ORDER BY id DESC LIMIT 1";
        let newest = dump(&world.ledger(), newest).concat();
        assert!(newest.contains("Braids"), "{jump} days: {newest}");
        world.syncs(5);
        assert_eq!(mails(&world), 3, "{jump} days: and then daily again");
    }
}

/// A list that was last believed a year ahead has an age all the same: the monitor raises the alarm
/// after `max_blind` of the right clock. So has one that was never believed.
#[test]
fn the_monitor_learns_of_blindness_that_began_under_a_wrong_clock() {
    for jump in [365, 1] {
        for ever_believed in [true, false] {
            let mut world = World::of(&[(TEAM, 1)]);
            world.serves("Cut");
            let monitor = Receiver::start();
            world.pings(&monitor.url("/p"));
            world.sets("notify.ping", "max_blind", r#""2h""#);
            if !ever_believed {
                world.calcom_answers(Weather::Status(401));
            }
            world.passes(minutes_of(jump)).sync_now();
            world.passes(-minutes_of(jump));
            world.calcom_answers(Weather::Status(401));
            monitor.posted();
            for _ in 0..5 {
                world.sync().ends(Ending::NotTrusted);
                assert_eq!(monitor.targets(), ["/p/start", "/p"], "{jump} days");
            }
            world.sync().ends(Ending::NotTrusted);
            assert_eq!(monitor.targets(), ["/p/start", "/p/fail"], "{jump} days");
        }
    }
}

/// A yes that was typed while the clock was a year ahead is asked for once more; it does not lie in
/// wait for a year. A clock that was a day ahead costs nobody a yes.
#[test]
fn a_yes_typed_a_year_ahead_is_asked_for_once_more() {
    for (jump, is_done) in [(365, false), (1, true)] {
        let mut world = World::with_services(&SALON);
        world.calcom_removes("Beard");
        world.syncs(3).asks("Beard", ReviewKind::Deactivate);
        world.passes(minutes_of(jump));
        world.ana_approves("Beard");
        world.passes(-minutes_of(jump));
        let run = world.sync();
        assert_eq!(world.is_bookable("Beard"), !is_done, "{jump} days");
        assert_eq!(run.switched_off().is_empty(), !is_done);
        if !is_done {
            run.asks("Beard", ReviewKind::Deactivate);
            world.ana_approves("Beard");
            assert_eq!(world.sync().switched_off(), ["Beard"]);
        }
    }
}

/// A "later" that was typed while the clock was a year ahead hides its question until the next run
/// of a clock that is right, not for a year.
#[test]
fn a_later_typed_a_year_ahead_hides_no_question() {
    let mut world = World::with_services(&SALON);
    world.sets("policy", "import", r#""review""#);
    world.calcom_adds(TEAM, "Braids");
    world.sync().asks("Braids", ReviewKind::Import);
    world.passes(minutes_of(365));
    let (now, until) = (world.now, world.now + TimeDelta::days(7));
    let later = "UPDATE review_items SET state = 'snoozed', decided_by = 'ana', decided_at = ?1,
                                         snoozed_until = ?2 WHERE name = 'Braids'";
    let times = (now.timestamp_millis(), until.timestamp_millis());
    assert_eq!(world.ledger().execute(later, times).unwrap(), 1);
    world.passes(-minutes_of(365));
    assert_eq!(world.waiting_about("Braids"), Vec::<String>::new());
    world.sync().changes_nothing();
    assert_eq!(world.waiting_about("Braids"), ["import"]);
    world.ana_approves("Braids");
    world.sync().applies("Braids", ChangeKind::Import);
}

/// A pause for two hours, and one run of a clock that is a year ahead: by that clock the pause is
/// over. When the clock is right again, the pause holds to the end that it was given.
#[test]
fn a_pause_holds_to_its_end_whatever_the_clock_was_in_between() {
    let mut world = World::with_services(&SALON);
    let until = world.now + TimeDelta::hours(2);
    world.ana_pauses_until(Some(until));
    world.sync().ends(Ending::Paused);
    world.passes(minutes_of(365)).sync_now().ends(Ending::Done);
    world.passes(-minutes_of(365));
    world.passes(-minutes_of(1)).sync_now().ends(Ending::Paused);
    world.passes(minutes_of(1));
    for _ in 0..2 {
        world.sync().ends(Ending::Paused);
    }
    assert_eq!(world.now, until - TimeDelta::minutes(30));
    world.sync().ends(Ending::Done);
}

/// The night in which summer begins has an hour less, and the one in which it ends has one more:
/// absences are counted by the time that passes, and the daily mail comes at its hour of the zone.
#[test]
fn a_change_of_daylight_saving_is_an_hour_like_any_other() {
    for (evening, mornings) in [
        ("2026-03-28T22:00:00Z", ["2026-03-29 05:00", "2026-03-30 05:00"]),
        ("2026-10-24T22:00:00Z", ["2026-10-25 06:00", "2026-10-26 06:00"]),
    ] {
        let mut world = World::of(&[(TEAM, 1)]);
        for name in SALON {
            world.serves(name);
        }
        world.now = evening.parse().unwrap();
        world.mails_by("smtp://127.0.0.1:9", &["ops@example.com"]);
        world.sets("notify.email", "send", r#""daily""#);
        world.sets("notify.email", "time_zone", r#""Europe/Berlin""#);
        world.syncs(4);
        // The clocks change at one o'clock UTC, between the first and the third of these.
        world.calcom_removes("Beard");
        for streak in 1..=2 {
            world.sync().watches("Beard", streak);
        }
        world.sync().asks("Beard", ReviewKind::Deactivate);
        world.syncs(2 * 36);
        let at = "SELECT strftime('%Y-%m-%d %H:%M', created_at / 1000, 'unixepoch') FROM outbox
                  ORDER BY id";
        let told = dump(&world.ledger(), at);
        let [_first, told @ ..] = &told[..] else { panic!("{told:?}") };
        assert_eq!(told, mornings.map(|at| format!("[Text({at:?})]")), "{evening}");
    }
}

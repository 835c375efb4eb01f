//! How many messages people get, over every length of trouble and every pattern of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::*;
use crate::model::ids::CompanyId;
use crate::model::message::TroubleKind;

const SOURCE: Trouble = (CompanyId(1), TroubleKind::Source);
const FAILED: Trouble = (CompanyId(1), TroubleKind::Failed);

/// Somebody at the end of a channel, and runs half an hour apart.
struct Reader {
    told: Told,
    now: Timestamp,
    send: SendWhen,
    zone: Tz,
}

impl Reader {
    fn of(send: SendWhen) -> Self {
        let now = "2026-01-05T08:00:00Z".parse().unwrap();
        Self { told: Told::default(), now, send, zone: Tz::UTC }
    }

    fn run(&mut self, troubles: &[Trouble], happened: bool) -> Option<Cause> {
        self.now += TimeDelta::minutes(30);
        let troubles = troubles.iter().copied().collect();
        let news = News { now: self.now, troubles, happened };
        let (cause, told) = tell(&self.told, &news, self.send, self.zone)?;
        // What is written down with a message is all that the next run knows.
        self.told = serde_json::from_str(&serde_json::to_string(&told).unwrap()).unwrap();
        Some(cause)
    }
}

/// Trouble of any length up to ten days: told at once, at most four times in its first day and once
/// a day from then on, and exactly once that it is over.
#[test]
fn trouble_of_any_length_is_told_at_once_rarely_and_to_its_end() {
    for runs in 1..=480_usize {
        let mut reader = Reader::of(SendWhen::OnChange);
        assert_eq!(reader.run(&[], false), None);
        let said: Vec<_> = (0..runs).map(|_| reader.run(&[SOURCE], false)).collect();
        assert_eq!(said.first().unwrap(), &Some(Cause::TroubleBegan));
        let told = said.iter().flatten().count();
        assert!(told <= 4 + runs / 48, "{told} messages of {runs} runs");
        if runs <= 48 {
            assert!(told <= 4, "{told} messages of {runs} runs");
        }
        assert!(told > runs.saturating_sub(1) / 49, "{runs} runs are not forgotten: {told}");
        assert_eq!(reader.run(&[], false), Some(Cause::TroubleOver), "after {runs} runs");
        for _ in 0..100 {
            assert_eq!(reader.run(&[], false), None, "it is over once, after {runs} runs");
        }
    }
}

/// Every pattern of good and bad runs over ten runs: nobody is left with the wrong belief for
/// long, and nobody gets a storm.
#[test]
fn trouble_that_comes_and_goes_is_no_storm_and_its_end_is_never_left_out() {
    for pattern in 0..1_u32 << 10 {
        let mut reader = Reader::of(SendWhen::OnChange);
        let (mut told, mut believed) = (0, false);
        for run in 0..10 {
            let bad = pattern >> run & 1 == 1;
            let said = if bad { reader.run(&[SOURCE], false) } else { reader.run(&[], false) };
            match said {
                Some(Cause::TroubleBegan) => believed = true,
                Some(Cause::TroubleOver) => believed = false,
                Some(Cause::TroubleStill) => assert!(believed),
                other => assert_eq!(other, None),
            }
            told += u32::from(said.is_some());
            assert!(bad || !believed, "{pattern:b}: in order, and people believe otherwise");
        }
        assert!(told <= 6, "{pattern:b}: {told} messages in five hours");
        assert_eq!(told == 0, pattern == 0, "{pattern:b}");
    }
    let mut reader = Reader::of(SendWhen::OnChange);
    let day = (0..48).filter(|run| {
        let troubles: &[Trouble] = if run % 2 == 0 { &[SOURCE] } else { &[] };
        reader.run(troubles, false).is_some()
    });
    assert!(day.count() <= 8, "a day of coming and going");
}

/// Other trouble is told at once, whatever people know; the same some days later is new.
#[test]
fn other_trouble_is_told_at_once() {
    let mut reader = Reader::of(SendWhen::OnChange);
    assert_eq!(reader.run(&[SOURCE], false), Some(Cause::TroubleBegan));
    assert_eq!(reader.run(&[SOURCE, FAILED], false), Some(Cause::TroubleBegan));
    assert_eq!(reader.run(&[FAILED], false), None, "less is no news");
    assert_eq!(reader.run(&[], false), Some(Cause::TroubleOver));
    assert_eq!(reader.run(&[SOURCE], false), None, "the same trouble, back within the hour");
    assert_eq!(reader.run(&[], false), None, "of which nobody was told");
    reader.now += TimeDelta::hours(30);
    assert_eq!(reader.run(&[SOURCE], false), Some(Cause::TroubleBegan));
}

/// What happens is told in the run in which it happens, and silence is told of nobody.
#[test]
fn on_change_is_when_something_happened() {
    let mut reader = Reader::of(SendWhen::OnChange);
    assert_eq!(reader.run(&[], false), None);
    assert_eq!(reader.run(&[], true), Some(Cause::News));
    assert_eq!(reader.run(&[], false), None);
    assert_eq!(reader.run(&[SOURCE], true), Some(Cause::TroubleBegan), "one message, not two");
    assert_eq!(reader.run(&[SOURCE], true), Some(Cause::News), "trouble does not hide it");
    let mut every = Reader::of(SendWhen::EveryRun);
    assert!((0..10).all(|_| every.run(&[], false) == Some(Cause::EveryRun)));
}

/// One a day, by the first run after the hour; trouble does not wait for it.
#[test]
fn daily_is_once_a_day_after_its_hour_and_trouble_does_not_wait() {
    let hour = NaiveTime::from_hms_opt(7, 0, 0).unwrap();
    let mut reader = Reader { zone: Tz::Europe__Berlin, ..Reader::of(SendWhen::Daily(hour)) };
    // Over the change to summer time, on 29 March 2026.
    reader.now = "2026-03-25T12:10:00Z".parse().unwrap();
    assert_eq!(reader.run(&[], false), Some(Cause::Daily), "the first shows that it works");
    let mut times = Vec::new();
    for _ in 0..48 * 7 {
        if reader.run(&[], true) == Some(Cause::Daily) {
            times.push(reader.now.with_timezone(&reader.zone).format("%d. %H:%M").to_string());
        }
    }
    assert_eq!(
        times,
        ["26. 07:10", "27. 07:10", "28. 07:10", "29. 07:10", "30. 07:10", "31. 07:10", "01. 07:10"]
    );
    assert_eq!(reader.run(&[SOURCE], false), Some(Cause::TroubleBegan));
    assert_eq!(reader.run(&[], false), Some(Cause::TroubleOver));
}

/// An hour that the clock skips is not skipped, and one that it shows twice is not two.
#[test]
fn the_hours_that_a_clock_skips_or_repeats_are_one_each() {
    let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
    for (start, days) in [("2026-03-28T12:00:00Z", 2), ("2026-10-24T12:00:00Z", 2)] {
        let mut reader =
            Reader { zone: Tz::Europe__Berlin, ..Reader::of(SendWhen::Daily(half_past_two)) };
        reader.now = start.parse().unwrap();
        reader.told.daily_at = Some(reader.now);
        let told = (0..48 * days).filter(|_| reader.run(&[], false).is_some()).count();
        assert_eq!(told, days, "{start}");
    }
}

/// A clock that is a year ahead for some hours, or put back by a day: from the next run on, people
/// are told as if it had always been right, and no more often.
#[test]
fn moments_that_are_yet_to_come_keep_nothing_from_being_told() {
    for jump in [TimeDelta::days(365), TimeDelta::days(1)] {
        let mut reader = Reader::of(SendWhen::OnChange);
        reader.now += jump;
        assert_eq!(reader.run(&[SOURCE], false), Some(Cause::TroubleBegan));
        reader.now -= jump;
        assert_eq!(reader.run(&[SOURCE], false), Some(Cause::TroubleStill), "{jump}");
        let episode = reader.told.episode.clone().unwrap();
        assert!(episode.began_at <= reader.now, "{episode:?}");
        let day = (0..48).filter(|_| reader.run(&[SOURCE], false).is_some());
        assert!(day.count() <= 3, "{jump}: once is enough");

        reader.now += jump;
        assert_eq!(reader.run(&[], false), Some(Cause::TroubleOver));
        reader.now -= jump;
        assert_eq!(reader.run(&[SOURCE], false), Some(Cause::TroubleBegan), "{jump}");
        assert_eq!(reader.run(&[], false), Some(Cause::TroubleOver));

        let hour = NaiveTime::from_hms_opt(7, 0, 0).unwrap();
        let mut reader = Reader::of(SendWhen::Daily(hour));
        reader.now += jump;
        assert_eq!(reader.run(&[], false), Some(Cause::Daily));
        reader.now -= jump;
        assert_eq!(reader.run(&[], false), Some(Cause::Daily), "{jump}");
        let week = (0..48 * 7).filter(|_| reader.run(&[], false).is_some());
        assert_eq!(week.count(), 7, "{jump}");
    }
}

/// No wait for the next try is longer than those there are, whatever the clock was when it began.
#[test]
fn a_try_waits_no_longer_than_it_could_have_been_told_to() {
    let now: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
    for attempts in 0..6 {
        let next = next_try_at(attempts, now);
        assert!(may_be_tried(attempts, None, now));
        assert_eq!(may_be_tried(attempts, next, now), attempts < 2, "{attempts}");
        if let Some(at) = next {
            assert!(may_be_tried(attempts, next, at), "{attempts}");
            for earlier in [TimeDelta::milliseconds(1), TimeDelta::days(1), TimeDelta::days(365)] {
                assert!(may_be_tried(attempts, next, now - earlier), "{attempts} {earlier}");
            }
        }
    }
}

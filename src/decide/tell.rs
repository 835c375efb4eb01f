//! Whether a run is worth a message, by what people know already.
//!
//! | this run | they know of trouble | message |
//! |---|---|---|
//! | in trouble | no, or not of this | at once |
//! | in trouble | yes | again, ever more rarely |
//! | in order | yes | that it is over |
//! | changed or asks something | – | `on-change` |
//! | the first after the hour | – | `daily` |
//! | any | – | `every-run` |
//!
//! At most one message comes of a run; a rising streak alone is none of this. What people know
//! stands with the last message in the ledger, so a crash, or two hundred quiet runs, forget
//! nothing.

use crate::model::Timestamp;
use crate::model::message::{Cause, Episode, Told, Trouble};
use crate::model::settings::SendWhen;
use chrono::{NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use std::collections::BTreeSet;

#[cfg(test)]
mod tests;

/// How long after people were told of trouble for the first, second, third time they are told
/// again; from then on the last of these, which is a little less than the day that nightly trouble
/// takes to return. A day of trouble is 4 messages at most.
const REMIND_AFTER: [TimeDelta; 4] =
    [TimeDelta::hours(2), TimeDelta::hours(6), TimeDelta::hours(16), TimeDelta::hours(23)];

/// Trouble that returns sooner than this after people were told that it is over is the same trouble,
/// and waits for its reminder: a source that comes and goes all day is no storm of messages. Longer
/// than any reminder, so that what comes and goes in silence is not forgotten before it is due.
const SAME_TROUBLE_WITHIN: TimeDelta = TimeDelta::hours(24);

/// How long a message waits after its second, third and further tries that failed; after the first,
/// the very next run tries again. Runs that come every half an hour try at least every hour.
const TRY_AGAIN_AFTER: [TimeDelta; 3] =
    [TimeDelta::minutes(10), TimeDelta::minutes(25), TimeDelta::minutes(55)];

/// What a run has to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The run's moment.
    pub now: Timestamp,
    /// What is wrong.
    pub troubles: BTreeSet<Trouble>,
    /// Whether it changed something, asked something, or settled what an earlier run had left.
    pub happened: bool,
}

/// Whether to tell, why, and what people know afterwards.
pub fn tell(told: &Told, news: &News, send: SendWhen, zone: Tz) -> Option<(Cause, Told)> {
    let mut after = told.clone();
    let trouble = trouble(&mut after.episode, news);
    let daily = match send {
        SendWhen::Daily(at) => is_due(told.daily_at, news.now, at, zone).then_some(Cause::Daily),
        SendWhen::OnChange | SendWhen::EveryRun => None,
    };
    if daily.is_some() {
        after.daily_at = Some(news.now);
    }
    let usual = match send {
        SendWhen::OnChange => news.happened.then_some(Cause::News),
        SendWhen::EveryRun => Some(Cause::EveryRun),
        SendWhen::Daily(_) => None,
    };
    trouble.or(daily).or(usual).map(|cause| (cause, after))
}

fn trouble(episode: &mut Option<Episode>, news: &News) -> Option<Cause> {
    let now = news.now;
    if let Some(known) = episode {
        known.began_at = known.began_at.min(now);
    }
    if news.troubles.is_empty() {
        let lasting = episode.as_mut().filter(|known| known.over_at.is_none())?;
        lasting.over_at = Some(now);
        return Some(Cause::TroubleOver);
    }
    let is_forgotten = |over_at| is_over(over_at, SAME_TROUBLE_WITHIN, now);
    let same = episode.as_mut().filter(|known| !known.over_at.is_some_and(is_forgotten));
    let Some(known) = same else {
        let troubles = news.troubles.clone();
        *episode = Some(Episode { began_at: now, troubles, times: 1, told_at: now, over_at: None });
        return Some(Cause::TroubleBegan);
    };
    if !news.troubles.is_subset(&known.troubles) {
        known.troubles.extend(news.troubles.iter().copied());
        (known.told_at, known.over_at) = (now, None);
        return Some(Cause::TroubleBegan);
    }
    if !is_over(known.told_at, reminder(known.times), now) {
        return None;
    }
    known.times += 1;
    known.told_at = now;
    if known.over_at.take().is_none() {
        return Some(Cause::TroubleStill);
    }
    known.began_at = now;
    Some(Cause::TroubleBegan)
}

/// When a message may be tried again after so many tries that failed; `None`: by the next run.
pub fn next_try_at(attempts: u32, now: Timestamp) -> Option<Timestamp> {
    let place = usize::try_from(attempts).unwrap_or(usize::MAX).checked_sub(2)?;
    let [.., longest] = TRY_AGAIN_AFTER;
    Some(now + TRY_AGAIN_AFTER.get(place).copied().unwrap_or(longest))
}

/// Whether a message that waits after so many tries that failed may be tried now. A moment further
/// away than any such wait is a clock's that was wrong, and nothing waits for it.
pub fn may_be_tried(attempts: u32, next_try_at: Option<Timestamp>, now: Timestamp) -> bool {
    let (Some(at), Some(furthest)) = (next_try_at, self::next_try_at(attempts, now)) else {
        return true;
    };
    at <= now || at > furthest
}

/// Whether a wait that began then is over. A beginning that is yet to come was written by a clock
/// that was wrong: how long ago it was nobody knows, and people are told rather than not.
fn is_over(began: Timestamp, wait: TimeDelta, now: Timestamp) -> bool {
    began > now || now - began >= wait
}

fn reminder(times: u32) -> TimeDelta {
    let place = usize::try_from(times).unwrap_or(usize::MAX).saturating_sub(1);
    let [.., longest] = REMIND_AFTER;
    REMIND_AFTER.get(place).copied().unwrap_or(longest)
}

/// Whether the newest moment at which the clock showed `at` has had no daily message yet. One that
/// a clock which was wrong says is yet to come was none.
fn is_due(last: Option<Timestamp>, now: Timestamp, at: NaiveTime, zone: Tz) -> bool {
    let last = last.filter(|last| *last <= now);
    let today = now.with_timezone(&zone).date_naive();
    let newest = [Some(today), today.pred_opt()].into_iter().flatten().find_map(|day| {
        // An hour that the clock skips in spring is the one after it.
        let local = zone.from_local_datetime(&day.and_time(at));
        let later = || zone.from_local_datetime(&(day.and_time(at) + TimeDelta::hours(1)));
        let moment = local.earliest().or_else(|| later().earliest())?;
        (moment <= now).then(|| moment.to_utc())
    });
    match (last, newest) {
        (Some(last), Some(newest)) => last < newest,
        (None, _) => true,
        (_, None) => false,
    }
}

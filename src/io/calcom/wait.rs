//! How long to wait between two attempts of one request.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// The first wait, where patience allows it.
const FIRST: Duration = Duration::from_millis(500);
/// No usual wait is longer.
const LONGEST: Duration = Duration::from_secs(10);
/// How often the first wait must fit into the patience: with three attempts after the first, the
/// usual waits (1 + 2 + 4, each up to one more by jitter) then leave most of it for the answers.
const FIRST_IN_PATIENCE: u32 = 50;
/// How long Cal.com blocks a key (API v2 source, v6.1.11: `throttler-guard.ts`).
const BLOCK: Duration = Duration::from_mins(1);

/// The usual waits: doubling, with jitter.
pub(super) struct Delays(ExponentialBackoff);

impl Delays {
    /// Waits that suit this patience: half a second at first from 25 s of patience on, in
    /// proportion below (so that little patience still leaves room for all attempts).
    pub(super) fn new(patience: Duration) -> Self {
        let first = FIRST.min(patience / FIRST_IN_PATIENCE);
        let delays = ExponentialBuilder::default()
            .with_min_delay(first)
            .with_max_delay(LONGEST)
            .with_factor(2.0)
            .without_max_times()
            .with_jitter();
        Self(delays.build())
    }

    /// The next wait.
    pub(super) fn next(&mut self) -> Duration {
        self.0.next().unwrap_or(LONGEST)
    }
}

/// How long the server asks to be left alone.
///
/// Cal.com itself sends no `Retry-After`, but what stands before it may. Its own header
/// `X-RateLimit-Reset-Default` counts remaining seconds (API v2 source, v6.1.11).
pub(super) fn asked_wait(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    if let Some(wait) = retry_after(headers) {
        return Some(wait);
    }
    if status != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    Some(seconds(headers, "x-ratelimit-reset-default").unwrap_or(BLOCK))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Some(wait) = seconds(headers, RETRY_AFTER.as_str()) {
        return Some(wait);
    }
    // A date is held against the server's own clock, never against ours.
    let until = httpdate::parse_http_date(headers.get(RETRY_AFTER)?.to_str().ok()?).ok()?;
    let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    //! What servers say about waiting.
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn asked(status: u16, headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        asked_wait(StatusCode::from_u16(status).unwrap(), &headers.collect())
    }

    #[test]
    fn the_wait_a_server_asks_for_is_understood() {
        let date = ("date", "Sun, 22 Nov 2026 19:00:00 GMT");
        let until = ("retry-after", "Sun, 22 Nov 2026 19:00:30 GMT");
        let past = ("retry-after", "Sun, 22 Nov 2026 18:00:00 GMT");
        let reset = ("x-ratelimit-reset-default", "17");
        for (name, status, headers, seconds) in [
            ("seconds", 429, vec![("retry-after", "7"), reset], Some(7)),
            ("seconds of a 503", 503, vec![("retry-after", "7")], Some(7)),
            ("a date, by the server's clock", 503, vec![date, until], Some(30)),
            ("a date that has passed", 503, vec![date, past], Some(0)),
            ("a date without a clock", 503, vec![until], None),
            ("Cal.com's own header", 429, vec![reset], Some(17)),
            ("Cal.com's own header on another status", 500, vec![reset], None),
            ("a 429 that says nothing", 429, vec![], Some(60)),
            ("nonsense", 503, vec![("retry-after", "soon")], None),
            ("an overflow", 429, vec![("retry-after", "99999999999999999999")], Some(60)),
        ] {
            assert_eq!(asked(status, &headers), seconds.map(Duration::from_secs), "{name}");
        }
    }

    #[test]
    fn usual_waits_grow_and_suit_the_patience() {
        let patience = Duration::from_secs(1);
        let mut delays = Delays::new(patience);
        let waits: Vec<_> = (0..3).map(|_| delays.next()).collect();
        assert!(waits.iter().all(|wait| *wait >= Duration::from_millis(20)), "{waits:?}");
        assert!(waits.iter().sum::<Duration>() < patience / 2, "{waits:?}");
        assert!(Delays::new(Duration::from_mins(3)).next() >= FIRST);
    }
}

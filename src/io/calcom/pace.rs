//! How fast this program may ask: a sliding window over the last minute.
//!
//! Cal.com API v2 (source, v6.1.11) lets an API key send 120 requests in 60 seconds and blocks it
//! for a minute after that; it is better never to get there.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_mins(1);

/// When the requests of the last minute were sent.
pub(super) struct Window {
    sent: VecDeque<Instant>,
    per_minute: usize,
}

impl Window {
    /// A window that is empty yet. A limit of zero would let nothing through, ever; one it is then.
    pub(super) fn new(per_minute: u32) -> Self {
        Self { sent: VecDeque::new(), per_minute: per_minute.max(1) as usize }
    }

    /// Takes one place at this moment, or says how long it is until one may be free.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        while self.sent.front().is_some_and(|sent| now.duration_since(*sent) >= MINUTE) {
            self.sent.pop_front();
        }
        match self.sent.front() {
            Some(oldest) if self.sent.len() >= self.per_minute => {
                Err(MINUTE.saturating_sub(now.duration_since(*oldest)))
            }
            _ => {
                self.sent.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    //! The window, with moments as arguments.

    use super::*;

    #[test]
    fn no_minute_ever_holds_more_requests_than_allowed() {
        let start = Instant::now();
        let mut window = Window::new(3);
        let mut sent = Vec::new();
        for millis in (0..300_000).step_by(700) {
            let now = start + Duration::from_millis(millis);
            if window.take(now).is_ok() {
                sent.push(now);
            }
        }
        assert!(sent.len() >= 15, "it does let requests through: {}", sent.len());
        for (oldest, fourth) in sent.iter().zip(sent.iter().skip(3)) {
            assert!(fourth.duration_since(*oldest) >= MINUTE);
        }
    }

    #[test]
    fn a_full_window_says_when_a_place_is_free() {
        let start = Instant::now();
        let mut window = Window::new(1);
        assert_eq!(window.take(start), Ok(()));
        let later = start + Duration::from_secs(20);
        assert_eq!(window.take(later), Err(Duration::from_secs(40)));
        assert_eq!(window.take(later + Duration::from_secs(40)), Ok(()));
    }

    #[test]
    fn a_limit_of_zero_still_lets_one_request_a_minute_through() {
        let start = Instant::now();
        let mut window = Window::new(0);
        assert_eq!(window.take(start), Ok(()));
        assert!(window.take(start).is_err());
    }
}

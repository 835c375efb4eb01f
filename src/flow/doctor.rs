//! Doctor: does it all fit together? Looks at everything a run needs, one thing after another, and
//! changes nothing; it sends a test message only where a person asks for it. What is wrong with one
//! thing does not keep it from looking at the next.

pub use notify::Trial;

use super::work::{Clock, Work};
use crate::model::Timestamp;
use crate::report::doctor::{Examination, Examined};
use std::error::Error;
use std::path::Path;

mod ledger;
mod notify;
mod source;
mod store;
#[cfg(test)]
mod tests;

/// What the configuration says besides what a run works on.
#[derive(Debug, Clone, Copy)]
pub struct Configured<'a> {
    /// The file it was read from.
    pub file: &'a Path,
    /// Settings that protect nothing, one sentence each.
    pub inert_settings: &'a [String],
    /// Whether people are sent a test message.
    pub trial: Trial,
}

/// Examines everything.
pub async fn examine(work: &Work, configured: &Configured<'_>, clock: Clock) -> Examination {
    let ledger = ledger::examine(work, clock);
    let undelivered = ledger.open.as_ref().and_then(|open| open.waiting_messages().ok());
    let store = store::examine(work).await;
    let mut checks = configuration(configured);
    checks.extend(source::examine(work, ledger.open.as_ref(), &store.rows, clock).await);
    checks.extend(store.checks);
    checks.extend(ledger.checks);
    checks.extend(notify::examine(&work.notify, configured.trial, clock).await);
    checks.extend(undelivered.and_then(|messages| notify::waiting(&messages)));
    Examination { checks }
}

fn configuration(configured: &Configured<'_>) -> Vec<Examined> {
    let mut checks =
        vec![Examined::ok("config", format!("{} is valid", configured.file.display()))];
    for sentence in configured.inert_settings {
        let advice = "change it, or take it out: it promises what it does not do";
        checks.push(Examined::advice("config", sentence, advice));
    }
    checks
}

/// An error in one line, with its causes.
fn in_one_line(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let deeper_words = deeper.to_string();
        if !words.ends_with(&deeper_words) {
            words.push_str(": ");
            words.push_str(&deeper_words);
        }
        cause = deeper.source();
    }
    words
}

/// A moment, for people.
fn told(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `1 row`, `2 rows`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

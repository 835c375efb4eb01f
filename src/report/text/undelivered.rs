//! Messages that wait, told to people.

use super::Voice;
use super::page::{Page, Tone};
use crate::model::message::{Channel, WaitingMessage};
use crate::report::words::count;

/// How many are told one by one; the rest are counted.
const SHOWN: usize = 3;

/// What waits, since when, and why it has not gone: nothing where nothing waits.
pub(super) fn undelivered(page: &mut Page, messages: &[WaitingMessage]) {
    if messages.is_empty() {
        return;
    }
    let verb = if messages.len() == 1 { "waits" } else { "wait" };
    let what = count(messages.len(), "message");
    page.heading(
        Tone::Warning,
        &format!(
            "{what} {verb} to be delivered: each run tries again, and no service depends on it"
        ),
    );
    for message in messages.iter().take(SHOWN) {
        let since = page.voice().time(message.since);
        let noun = message.channel.noun();
        let why = match (message.attempts, message.last_error.as_deref().unwrap_or_default()) {
            (0, _) => "not tried yet".to_owned(),
            (1, error) => format!("tried once: {error}"),
            (times, error) => format!("tried {times} times: {error}"),
        };
        page.indented(Tone::Plain, &format!("{noun} of {since}, {why}"));
    }
    if messages.len() > SHOWN {
        page.indented(Tone::Faint, &format!("… and {} more", messages.len() - SHOWN));
    }
    page.indented(Tone::Faint, "`reconciler doctor --send-test` tries the way at once");
}

/// A message that a person wanted sent at once.
pub fn sent(channels: &[Channel], waiting: &[WaitingMessage], voice: &Voice) -> String {
    let mut page = Page::new(*voice);
    let gone = |channel: &&Channel| !waiting.iter().any(|message| message.channel == **channel);
    let gone: Vec<&str> = channels.iter().filter(gone).map(|channel| channel.noun()).collect();
    if !gone.is_empty() {
        page.line(Tone::Good, &format!("Sent: {}.", gone.join(", ")));
    }
    undelivered(&mut page, waiting);
    page.into_text()
}

//! A digest as a message for Slack: Block Kit, escaped.

use super::digest::{Digest, Occasion};
use super::letter::{Item, Letter, Line, Piece, Said, Section, letter};
use crate::model::run::ChangeKind;
use crate::model::settings::Language;
use crate::report::lines::ChangeStatus;
use chrono_tz::Tz;
use serde_json::{Value, json};

#[cfg(test)]
mod tests;

/// How many blocks a message may have: <https://docs.slack.dev/reference/block-kit/blocks/>.
const BLOCKS_MAX: usize = 50;
/// How many characters a section's text may have:
/// <https://docs.slack.dev/reference/block-kit/blocks/section-block/>. The same is the limit of
/// every text object of a section or a context.
const TEXT_MAX: usize = 3000;
/// How many characters a header's text may have:
/// <https://docs.slack.dev/reference/block-kit/blocks/header-block/>.
const HEADER_MAX: usize = 150;

/// The body of a request to an incoming webhook, where there is something to say: services were
/// switched off, something waits, a source is not trusted, or that is over.
pub fn slack(digest: &Digest, language: Language, zone: Tz) -> Option<Value> {
    is_worth_it(digest).then(|| message(&letter(digest, language, zone)))
}

fn is_worth_it(digest: &Digest) -> bool {
    let switched_off = digest.changes.iter().any(|one| {
        one.line.kind == ChangeKind::Deactivate && one.line.status == ChangeStatus::Applied
    });
    switched_off
        || digest.occasion != Occasion::Usual
        || digest.unanswered().next().is_some()
        || digest.standing_refusals().next().is_some()
        || !digest.doubts.is_empty()
}

fn message(letter: &Letter) -> Value {
    let header: String = letter.subject.as_str().chars().take(HEADER_MAX).collect();
    let mut blocks = vec![
        // Plain text is not read as anything but text, and needs no escaping.
        json!({ "type": "header", "text": { "type": "plain_text", "text": header, "emoji": false } }),
    ];
    let opening = std::iter::once(&letter.state).chain(&letter.lead);
    blocks.push(section(&joined(opening.map(mrkdwn))));
    blocks.extend(letter.sections.iter().map(|one| section(&told(one))));
    let small = joined(letter.footer.iter().map(mrkdwn));
    let element = json!({ "type": "mrkdwn", "text": small, "verbatim": true });
    blocks.truncate(BLOCKS_MAX - 1);
    blocks.push(json!({ "type": "context", "elements": [element] }));
    json!({ "text": mrkdwn(&letter.state), "blocks": blocks })
}

/// `verbatim`: no link, channel or mention is made of what only looks like one.
fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } })
}

fn told(section: &Section) -> String {
    let heading = std::iter::once(format!("*{}*", mrkdwn(&section.heading)));
    let note = section.note.iter().map(mrkdwn);
    let items = section.items.iter().map(item);
    joined(heading.chain(note).chain(items).chain(section.more.iter().map(mrkdwn)))
}

fn item(item: &Item) -> String {
    let mut text = format!("• {}", mrkdwn(&item.title));
    for Line { label, words } in &item.lines {
        text.push_str("\n    ");
        if !label.is_empty() {
            text.push_str(&mrkdwn(label));
            text.push_str(": ");
        }
        text.push_str(&mrkdwn(words));
    }
    text
}

/// One under the other, as many as there is room for.
fn joined(parts: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    let mut length = 0;
    for part in parts {
        length += part.chars().count() + 1;
        if length + 1 > TEXT_MAX {
            text.push_str("\n…");
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&part);
    }
    text
}

/// Words as Slack's mrkdwn: commands as code, and everything else as nothing but text.
fn mrkdwn(words: &Said) -> String {
    let pieces = words.pieces().map(|piece| match piece {
        Piece::Words(words) => escaped(&unformatted(words)),
        Piece::Command(command) => format!("`{}`", escaped(command)),
    });
    pieces.collect()
}

/// The three characters that mean something to Slack:
/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>.
fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// mrkdwn has no escape for its own marks, so that a name's asterisk becomes one that only looks
/// like it.
fn unformatted(words: &str) -> String {
    words.replace('*', "∗").replace('_', "ˍ").replace('~', "∼")
}

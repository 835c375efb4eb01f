//! What Slack is sent, and when.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::{BLOCKS_MAX, HEADER_MAX, TEXT_MAX, slack};
use crate::model::settings::Language;
use crate::report::digest::fixtures::{self, days};
use chrono_tz::Europe::Berlin;
use serde_json::Value;

/// Every text object of a message, as type and text.
fn texts(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    match value {
        Value::Object(object) => {
            if let (Some(kind), Some(Value::String(text))) =
                (object.get("type"), object.get("text"))
            {
                found.push((kind.as_str().unwrap().to_owned(), text.clone()));
            }
            found.extend(object.values().flat_map(texts));
        }
        Value::Array(list) => found.extend(list.iter().flat_map(texts)),
        _ => {}
    }
    found
}

/// Quiet days are not for Slack.
#[test]
fn slack_is_told_only_what_a_person_should_look_at() {
    for (day, digest) in days() {
        let is_told = slack(&digest, Language::En, Berlin).is_some();
        assert_eq!(is_told, !matches!(day, "quiet_day" | "paused"), "{day}");
    }
}

/// Slack refuses a message that is too long, as a whole.
#[test]
fn a_message_keeps_within_slacks_limits() {
    for (day, digest) in days() {
        let Some(message) = slack(&digest, Language::De, Berlin) else { continue };
        let blocks = message.get("blocks").and_then(Value::as_array).unwrap();
        assert!((2..=BLOCKS_MAX).contains(&blocks.len()), "{day}");
        for (kind, text) in texts(&message) {
            let most = if kind == "plain_text" { HEADER_MAX } else { TEXT_MAX };
            assert!((1..=most).contains(&text.chars().count()), "{day}: {text}");
        }
    }
}

/// A name cannot call a channel, make a link, or be anything but text.
#[test]
fn a_hostile_name_is_only_text() {
    let message = slack(&fixtures::hostile(), Language::En, Berlin).unwrap();
    let texts = texts(&message);
    assert!(texts.iter().any(|(_, text)| text.contains("script")), "it is there");
    for (kind, text) in texts {
        if kind == "mrkdwn" {
            // What stands in backticks is a command or a key of the configuration: ours.
            let outside: String = text.split('`').step_by(2).collect();
            assert!(!outside.contains(['<', '>', '_', '~']), "{text}");
            assert!(!text.contains("`reconciler review approve 1`"), "{text}");
            let bold = text.matches('*').count();
            assert!(bold <= 2, "only the heading is bold: {text}");
        }
    }
}

/// The incident, as Slack is told of it.
#[test]
fn the_incident_in_slack() {
    let message = slack(&fixtures::incident(), Language::En, Berlin).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&message).unwrap());
}

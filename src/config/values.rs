//! Values as people write them: text, numbers, durations, sizes, words of a list.

use super::keys;
use super::typed::{Entry, Section};
use crate::model::change::Value;
use std::time::Duration;
use toml::de::DeValue;

/// Nothing that is configured or typed is meaningful beyond this, and the calendar's arithmetic stays far from its ends.
pub const DURATION_MAX: Duration = Duration::from_hours(10 * 365 * 24);

/// Text from the file, safe to show: no control characters, and not endless.
pub(super) fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(60).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("\"{}{more}\"", shown.escape_debug())
}

impl<'t> Entry<'t> {
    /// Text.
    pub(super) fn text(&self) -> Option<&'t str> {
        let DeValue::String(text) = self.value() else {
            let hint = matches!(self.value(), DeValue::Integer(_) | DeValue::Float(_));
            let hint = hint.then(|| "write it in quotes".to_owned());
            self.say_type("text", self.value(), hint);
            return None;
        };
        Some(text)
    }

    /// Text on one line that is not empty.
    pub(super) fn line_of_text(&self) -> Option<&'t str> {
        let text = self.text()?;
        if text.trim().is_empty() {
            self.say(format!("`{}` is empty", self.key()), None);
            return None;
        }
        if text.chars().any(char::is_control) {
            self.say(format!("`{}` contains a line break or control character", self.key()), None);
            return None;
        }
        Some(text)
    }

    /// A whole number between two others, both included.
    fn number(&self, least: i64, most: i64) -> Option<i64> {
        let DeValue::Integer(integer) = self.value() else {
            let number = self.value().as_str().is_some_and(|text| text.parse::<i64>().is_ok());
            let hint = number.then(|| "write it without quotes".to_owned());
            self.say_type("a whole number", self.value(), hint);
            return None;
        };
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            Ok(number) if number < least => {
                self.say(format!("`{}` is {number}; the least is {least}", self.key()), None);
                None
            }
            Ok(_) | Err(_) => {
                let bound = if integer.as_str().starts_with('-') {
                    format!("the least is {least}")
                } else {
                    format!("the most is {most}")
                };
                self.say(format!("`{}` is {integer}; {bound}", self.key()), None);
                None
            }
        }
    }

    /// What a column can hold: text, a whole number, or a truth value.
    pub(super) fn cell(&self) -> Option<Value> {
        match self.value() {
            DeValue::Boolean(truth) => Some(Value::Bool(*truth)),
            DeValue::Integer(_) => self.number(i64::MIN, i64::MAX).map(Value::Int),
            DeValue::String(text) => Some(Value::Text(text.as_ref().into())),
            other => {
                let hint = "write anything else in quotes, as the database would: \"0.00\"";
                self.say_type("text, a whole number, true or false", other, Some(hint.to_owned()));
                None
            }
        }
    }

    /// A number that identifies something.
    pub(super) fn id(&self) -> Option<i64> {
        self.number(1, i64::MAX)
    }

    /// A duration.
    fn duration(&self) -> Option<Duration> {
        let example =
            || Some("write a number and a unit: \"30s\", \"10m\", \"24h\", \"14d\"".into());
        let DeValue::String(text) = self.value() else {
            self.say_type("a duration in quotes", self.value(), example());
            return None;
        };
        if text.contains('M') {
            // `10M` is ten months to the parser, and ten minutes to whoever typed it.
            let message =
                format!("`{}` is {}: a capital M is not a unit here", self.key(), quoted(text));
            self.say(message, Some("write \"10m\" for minutes, \"30d\" for a month".into()));
            return None;
        }
        match humantime::parse_duration(text.trim()) {
            Ok(duration) if duration <= DURATION_MAX => Some(duration),
            Ok(_) => {
                let message =
                    format!("`{}` is {}; the most is ten years", self.key(), quoted(text));
                self.say(message, None);
                None
            }
            Err(_) => {
                let message =
                    format!("`{}` is {}, which is not a duration", self.key(), quoted(text));
                self.say(message, example());
                None
            }
        }
    }

    /// A size in bytes, of at least one.
    fn size(&self) -> Option<u64> {
        let example = || {
            let units = "B, KB, MB, GB (of 1000) or KiB, MiB, GiB (of 1024)";
            Some(format!("write a whole number and a unit, {units}: \"64 MiB\""))
        };
        let DeValue::String(text) = self.value() else {
            self.say_type("a size in quotes", self.value(), example());
            return None;
        };
        let size = parse_size(text);
        if size.is_none() {
            let message = format!("`{}` is {}, which is not a size", self.key(), quoted(text));
            self.say(message, example());
        }
        size.filter(|bytes| {
            if *bytes == 0 {
                self.say(format!("`{}` is zero; the least is one byte", self.key()), None);
            }
            *bytes > 0
        })
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let allowed = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>();
        let DeValue::String(text) = self.value() else {
            let hint = format!("allowed: {}", quote_all(&allowed()));
            self.say_type("text", self.value(), Some(hint));
            return None;
        };
        let found = words.iter().find(|(word, _)| word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let hint = match keys::nearest(text, allowed()) {
                Some(meant) => {
                    format!("did you mean \"{meant}\"? allowed: {}", quote_all(&allowed()))
                }
                None => format!("allowed: {}", quote_all(&allowed())),
            };
            let message = format!("`{}` cannot be {}", self.key(), quoted(text));
            self.say(message, Some(hint));
        }
        found
    }
}

impl Section<'_> {
    /// A count from `least` on. The default also stands in where the typed value is wrong, so that
    /// the rest can be checked: with a problem noted, nothing comes of it.
    pub(super) fn count(&self, key: &'static str, least: u32, default: u32) -> u32 {
        self.number(key, least, u32::MAX, default)
    }

    /// A percentage from 1 to 100.
    pub(super) fn percent(&self, key: &'static str, default: u32) -> u32 {
        self.number(key, 1, 100, default)
    }

    /// A duration, `0s` included.
    pub(super) fn duration(&self, key: &'static str, default: Duration) -> Duration {
        self.entry(key).and_then(|entry| entry.duration()).unwrap_or(default)
    }

    /// A duration longer than `0s`.
    pub(super) fn positive_duration(&self, key: &'static str, default: Duration) -> Duration {
        let duration = self.duration(key, default);
        if duration.is_zero() {
            let message = format!("`{}` is 0s: nothing can be done in no time", self.key(key));
            self.say(key, &message, Some("write a longer duration, for instance \"30s\""));
        }
        duration
    }

    /// A size in bytes.
    pub(super) fn size(&self, key: &'static str, default: u64) -> u64 {
        self.entry(key).and_then(|entry| entry.size()).unwrap_or(default)
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &'static str,
        words: &[(&'static str, T)],
        default: T,
    ) -> T {
        self.entry(key).and_then(|entry| entry.choice(words)).unwrap_or(default)
    }

    fn number(&self, key: &'static str, least: u32, most: u32, default: u32) -> u32 {
        self.entry(key)
            .and_then(|entry| entry.number(i64::from(least), i64::from(most)))
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(default)
    }
}

fn quote_all(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "b" => 1,
        "kb" => 1000,
        "mb" => 1000 * 1000,
        "gb" => 1000 * 1000 * 1000,
        "kib" => 1024,
        "mib" => 1024 * 1024,
        "gib" => 1024 * 1024 * 1024,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

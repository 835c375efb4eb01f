//! A language and a zone: numbers with their nouns, moments, and spans of time.

use crate::model::Timestamp;
use crate::model::settings::Language;
use chrono_tz::Tz;

/// Both languages side by side, so that neither is forgotten.
macro_rules! say {
    ($speech:expr, $($english:expr),+; $($german:expr),+ $(,)?) => {
        match $speech.language {
            $crate::model::settings::Language::En => format!($($english),+),
            $crate::model::settings::Language::De => format!($($german),+),
        }
    };
}
pub(super) use say;

/// In which language, and in which zone times are told.
#[derive(Debug, Clone, Copy)]
pub struct Speech {
    /// The language.
    pub language: Language,
    /// The zone.
    pub zone: Tz,
}

/// A noun that is counted: its forms for one and for any other number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noun {
    english: [&'static str; 2],
    german: [&'static str; 2],
}

pub(super) const SERVICE: Noun =
    Noun { english: ["service", "services"], german: ["Leistung", "Leistungen"] };
pub(super) const EVENT_TYPE: Noun =
    Noun { english: ["event type", "event types"], german: ["Ereignistyp", "Ereignistypen"] };
pub(super) const RUN: Noun = Noun { english: ["run", "runs"], german: ["Lauf", "Läufe"] };
pub(super) const ROW: Noun = Noun { english: ["row", "rows"], german: ["Zeile", "Zeilen"] };
pub(super) const MESSAGE: Noun =
    Noun { english: ["message", "messages"], german: ["Nachricht", "Nachrichten"] };
const MINUTE: Noun = Noun { english: ["minute", "minutes"], german: ["Minute", "Minuten"] };
const HOUR: Noun = Noun { english: ["hour", "hours"], german: ["Stunde", "Stunden"] };
const DAY: Noun = Noun { english: ["day", "days"], german: ["Tag", "Tage"] };
/// In German, "seit" and "vor" take another form of days.
const DAY_DATIVE: Noun = Noun { english: ["day", "days"], german: ["Tag", "Tagen"] };

impl Speech {
    /// A number with its noun: `1 service`, `2 Leistungen`.
    pub(super) fn count(self, number: usize, noun: Noun) -> String {
        let forms = match self.language {
            Language::En => noun.english,
            Language::De => noun.german,
        };
        let [one, other] = forms;
        format!("{number} {}", if number == 1 { one } else { other })
    }

    /// A verb that goes with a number.
    pub(super) fn verb(
        self,
        number: usize,
        english: [&'static str; 2],
        german: [&'static str; 2],
    ) -> &'static str {
        let [one, other] = match self.language {
            Language::En => english,
            Language::De => german,
        };
        if number == 1 { one } else { other }
    }

    /// A moment: `4 Nov 2025, 22:25 CET`, `04.11.2025 um 22:25 Uhr`.
    pub(super) fn time(self, at: Timestamp) -> String {
        let local = at.with_timezone(&self.zone);
        match self.language {
            Language::En => local.format("%-d %b %Y, %H:%M %Z").to_string(),
            Language::De => local.format("%d.%m.%Y um %H:%M Uhr").to_string(),
        }
    }

    /// How long ago: `3 hours ago`, `vor 3 Stunden`.
    pub(super) fn ago(self, at: Timestamp, now: Timestamp) -> String {
        let Some((number, noun)) = largest_unit(at, now, DAY_DATIVE) else {
            return say!(self, "just now"; "gerade eben");
        };
        let span = self.count(number, noun);
        say!(self, "{span} ago"; "vor {span}")
    }

    /// How long: `3 hours`, `3 Stunden`.
    pub(super) fn span(self, from: Timestamp, to: Timestamp) -> String {
        let (number, noun) = largest_unit(from, to, DAY).unwrap_or((1, MINUTE));
        self.count(number, noun)
    }

    /// Quotation marks of the language.
    pub(super) fn quote(self, words: &str) -> String {
        say!(self, "“{words}”"; "„{words}“")
    }
}

/// A span in its largest unit; `None` under a minute. Up to two days are told in hours.
fn largest_unit(from: Timestamp, to: Timestamp, day: Noun) -> Option<(usize, Noun)> {
    let minutes = usize::try_from((to - from).num_minutes()).unwrap_or(0);
    match minutes {
        0 => None,
        1..=90 => Some((minutes, MINUTE)),
        91..=2880 => Some(((minutes + 30) / 60, HOUR)),
        _ => Some(((minutes + 720) / 1440, day)),
    }
}

#[cfg(test)]
mod tests {
    use super::{SERVICE, Speech};
    use crate::model::settings::Language;
    use crate::report::fixtures::at;

    const SPEECHES: [Speech; 2] = [
        Speech { language: Language::En, zone: chrono_tz::Europe::Berlin },
        Speech { language: Language::De, zone: chrono_tz::Europe::Berlin },
    ];

    #[test]
    fn one_and_many_are_said_as_people_say_them() {
        let said = |number| SPEECHES.map(|speech| speech.count(number, SERVICE));
        assert_eq!(said(0), ["0 services", "0 Leistungen"]);
        assert_eq!(said(1), ["1 service", "1 Leistung"]);
        assert_eq!(said(2), ["2 services", "2 Leistungen"]);
    }

    #[test]
    fn spans_of_time_are_told_in_their_largest_unit() {
        let ago = |minutes| SPEECHES.map(|speech| speech.ago(at(0), at(minutes)));
        let span = |minutes| SPEECHES.map(|speech| speech.span(at(0), at(minutes)));
        assert_eq!(ago(0), ["just now", "gerade eben"]);
        assert_eq!(ago(1), ["1 minute ago", "vor 1 Minute"]);
        assert_eq!(ago(120), ["2 hours ago", "vor 2 Stunden"]);
        assert_eq!(ago(3 * 1440), ["3 days ago", "vor 3 Tagen"]);
        assert_eq!(span(3 * 1440), ["3 days", "3 Tage"]);
        assert_eq!(span(0), ["1 minute", "1 Minute"]);
        assert_eq!(ago(-5), ["just now", "gerade eben"], "a clock that was put back");
    }

    #[test]
    fn times_are_told_in_the_readers_zone() {
        let told = SPEECHES.map(|speech| speech.time(at(0)));
        assert_eq!(told, ["4 Nov 2025, 22:25 CET", "04.11.2025 um 22:25 Uhr"]);
    }
}

//! A digest as a letter: subject, state, sections and lines, in one language, before anybody knows
//! whether it becomes text, HTML or Slack's blocks.
//!
//! Every word that enters a letter is made harmless here, so that no voice has to think of it.

use super::digest::Digest;
use super::harmless::{cut, harmless};
use crate::model::settings::Language;
use chrono_tz::Tz;

mod speech;
mod state;
mod waiting;
mod happened;
mod refused;
mod rest;

use speech::{Speech, say};

/// How wide a name may be, in columns: a title from outside may have ten thousand characters.
const NAME_WIDTH: usize = 60;

/// What is said, in order.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    /// In which language.
    pub language: Language,
    /// Understood on the lock screen of a telephone.
    pub subject: Said,
    /// How serious it is.
    pub tone: Tone,
    /// The first line: how things stand.
    pub state: Said,
    /// What else must be known at once, a sentence each.
    pub lead: Vec<Said>,
    /// The rest, by subjects.
    pub sections: Vec<Section>,
    /// Small print.
    pub footer: Vec<Said>,
}

/// How serious something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// All is well.
    Good,
    /// Something waits for a person.
    Waits,
    /// Something is wrong.
    Bad,
    /// For information.
    Plain,
}

/// Some lines under a heading.
#[derive(Debug, Clone)]
pub(super) struct Section {
    /// How serious.
    pub tone: Tone,
    /// Its heading.
    pub heading: Said,
    /// What holds for all of its items.
    pub note: Option<Said>,
    /// One thing each.
    pub items: Vec<Item>,
    /// How many more there are, and where.
    pub more: Option<Said>,
}

/// One thing.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// What it is about.
    pub title: Said,
    /// What is said of it.
    pub lines: Vec<Line>,
}

/// A line about one thing.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// What kind of line, in a word or two; empty where none is needed.
    pub label: Said,
    /// The line.
    pub words: Said,
}

impl Line {
    /// A line without a label.
    fn plain(words: &str) -> Self {
        Self::new("", words)
    }

    fn new(label: &str, words: &str) -> Self {
        Self { label: Said::new(label), words: Said::new(words) }
    }
}

/// Words on one line that nothing foreign can escape from. What stands in backticks is a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said(String);

impl Said {
    /// Makes any text harmless.
    pub fn new(text: &str) -> Self {
        Self(harmless(text))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True where nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The command, where there is nothing else.
    pub fn as_command(&self) -> Option<&str> {
        let command = self.0.strip_prefix('`')?.strip_suffix('`')?;
        (!command.contains('`')).then_some(command)
    }

    /// The words in pieces, commands told apart.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let pieces = self.0.split('`').enumerate();
        pieces.filter(|(_, words)| !words.is_empty()).map(|(place, words)| match place % 2 {
            0 => Piece::Words(words),
            _ => Piece::Command(words),
        })
    }
}

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// To be read.
    Words(&'a str),
    /// To be typed.
    Command(&'a str),
}

/// A name from outside: short, harmless, and never a command.
pub(super) fn name(foreign: &str) -> String {
    foreign_text(foreign, NAME_WIDTH)
}

/// Any text from outside, cut to `width` columns.
pub(super) fn foreign_text(foreign: &str, width: usize) -> String {
    cut(foreign, width).replace('`', "'")
}

/// Puts a digest into words.
pub(super) fn letter(digest: &Digest, language: Language, zone: Tz) -> Letter {
    let speech = Speech { language, zone };
    let state = state::state(digest, speech);
    Letter {
        language,
        subject: Said::new(&state.subject),
        tone: state.tone,
        state: Said::new(&state.first_line),
        lead: state.lead.iter().map(|words| Said::new(words)).collect(),
        sections: [
            refused::standing(digest, speech),
            happened::not_done(digest, speech),
            waiting::questions(digest, speech),
            waiting::turned(digest, speech),
            waiting::decided(digest, speech),
            happened::done(digest, speech),
            refused::passed(digest, speech),
            rest::watched(digest, speech),
            rest::drifted(digest, speech),
        ]
        .into_iter()
        .flatten()
        .collect(),
        footer: rest::footer(digest, speech).iter().map(|words| Said::new(words)).collect(),
    }
}

/// How many more there are than are shown, and where they are.
fn more(number: usize, command: &str, speech: Speech) -> Option<Said> {
    (number > 0).then(|| {
        Said::new(&say!(
            speech,
            "… and {number} more: `{command}`";
            "… und {number} weitere: `{command}`"
        ))
    })
}

/// The words, fit to begin a sentence.
fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{Piece, Said};

    #[test]
    fn nothing_enters_a_letter_that_is_not_harmless() {
        let said = Said::new("one\nAll is well\u{1b}[2J\u{202e}\u{200b}");
        assert_eq!(said.as_str(), "one All is well\u{fffd}[2J");
    }

    #[test]
    fn commands_are_told_apart() {
        let said = Said::new("first `reconciler status`, then `reconciler doctor`.");
        let pieces: Vec<Piece<'_>> = said.pieces().collect();
        let (words, command) = (Piece::Words, Piece::Command);
        let expected = [
            words("first "),
            command("reconciler status"),
            words(", then "),
            command("reconciler doctor"),
            words("."),
        ];
        assert_eq!(pieces, expected);
        assert_eq!(said.as_command(), None);
        assert_eq!(Said::new("`reconciler doctor`").as_command(), Some("reconciler doctor"));
    }
}

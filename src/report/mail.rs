//! A digest as a mail: subject, text, and HTML without images, scripts or anything remote.

use super::digest::Digest;
use super::letter::{Letter, Piece, Tone, letter};
use crate::model::settings::Language;
use askama::Template;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

mod text;
#[cfg(test)]
mod tests;

/// A mail, ready for its envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// One line, without control characters.
    pub subject: String,
    /// For readers without HTML, and for everybody who prefers it.
    pub text: String,
    /// One document; names from outside are escaped in it.
    pub html: String,
}

/// Puts a digest into a mail.
pub fn mail(digest: &Digest, language: Language, zone: Tz) -> Mail {
    let letter = letter(digest, language, zone);
    Mail {
        subject: letter.subject.as_str().to_owned(),
        text: text::text(&letter),
        html: html(&letter),
    }
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Page<'a> {
    letter: &'a Letter,
}

impl Page<'_> {
    /// As HTML names it.
    fn language(&self) -> &'static str {
        match self.letter.language {
            Language::En => "en",
            Language::De => "de",
        }
    }
}

fn html(letter: &Letter) -> String {
    // Rendering into a string fails only where a template says so, and this one does not; the text
    // says everything that the HTML would.
    let mut html = Page { letter }.render().unwrap_or_default();
    html.push('\n');
    html
}

impl Tone {
    /// Its colour on white; for a dark page the template has others, by the class.
    fn colour(self) -> &'static str {
        match self {
            Self::Good => "#15803d",
            Self::Waits => "#b45309",
            Self::Bad => "#b91c1c",
            Self::Plain => "#374151",
        }
    }

    /// Its class in the template.
    fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waits => "waits",
            Self::Bad => "bad",
            Self::Plain => "plain",
        }
    }
}

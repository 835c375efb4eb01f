//! A letter as text, for people who read mail without HTML, and for the terminal.

use crate::report::letter::{Item, Letter, Line, Said, Section};
use unicode_width::UnicodeWidthStr;

/// How wide a line is, in columns: leaves room for quoting within the 78 of RFC 5322, 2.1.1.
const WIDTH: usize = 72;
/// What further lines of a paragraph begin with, so that nothing foreign has a line of its own.
const HANG: usize = 2;

/// The letter, line by line.
pub(super) fn text(letter: &Letter) -> String {
    let mut text = String::new();
    paragraph(&mut text, 0, "", &letter.state);
    for words in &letter.lead {
        paragraph(&mut text, 0, "", words);
    }
    for section in &letter.sections {
        text.push('\n');
        tell(&mut text, section);
    }
    text.push('\n');
    for words in &letter.footer {
        paragraph(&mut text, 0, "", words);
    }
    text
}

fn tell(text: &mut String, section: &Section) {
    paragraph(text, 0, "", &section.heading);
    if let Some(words) = &section.note {
        paragraph(text, 2, "", words);
    }
    for item in &section.items {
        let Item { title, lines } = item;
        paragraph(text, 2, "", title);
        for Line { label, words } in lines {
            paragraph(text, 4, label.as_str(), words);
        }
    }
    if let Some(words) = &section.more {
        paragraph(text, 2, "", words);
    }
}

/// One paragraph, broken at spaces; a command stays in one piece.
fn paragraph(text: &mut String, indent: usize, label: &str, words: &Said) {
    let mut line = " ".repeat(indent);
    if !label.is_empty() {
        line.push_str(label);
        line.push_str(": ");
    }
    let mut is_fresh = true;
    let command = words.as_command();
    for word in words_of(command.unwrap_or(words.as_str()), command.is_some()) {
        if !is_fresh && line.width() + 1 + word.width() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(indent + HANG);
            is_fresh = true;
        }
        if !is_fresh {
            line.push(' ');
        }
        line.push_str(word);
        is_fresh = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// The words between spaces; what stands in backticks is one.
fn words_of(text: &str, is_command: bool) -> impl Iterator<Item = &str> {
    let mut inside = is_command;
    text.split(move |character| {
        inside ^= character == '`';
        character == ' ' && !inside
    })
    .filter(|word| !word.is_empty())
}

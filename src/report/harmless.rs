//! Foreign text made harmless: names, titles and error bodies are data, never instructions to a
//! terminal and never a line of their own.

use std::fmt::Write as _;
use unicode_width::UnicodeWidthChar;

/// How many marks may stand on one letter: more is an attempt to write over the lines around it.
const MARKS_MAX: usize = 3;

/// The text on one line, without anything that moves the cursor, turns the direction, or hides.
///
/// Whitespace of any kind becomes a space and control characters become `�`, so that it shows that
/// something was there. Marks without a width of their own that change how others are read (bidi
/// overrides and isolates, zero-width characters, tags) are dropped.
pub fn harmless(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    for character in text.chars() {
        if character.is_whitespace() {
            clean.push(' ');
            marks = 0;
        } else if character.is_control() {
            clean.push('\u{FFFD}');
            marks = 0;
        } else if is_invisible(character) {
            // Dropped.
        } else if character.width() == Some(0) {
            marks += 1;
            if marks <= MARKS_MAX {
                clean.push(character);
            }
        } else {
            clean.push(character);
            marks = 0;
        }
    }
    clean
}

/// [`harmless`], and cut to `width` columns of a terminal, the last of them `…`.
pub fn cut(text: &str, width: usize) -> String {
    let clean = harmless(text.trim());
    if columns(&clean) <= width {
        return clean;
    }
    let mut short = String::new();
    let mut used = 1; // the ellipsis
    for character in clean.chars() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        short.push(character);
    }
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// [`harmless`], but for the escape sequences that colour text: for a line of which the colours are
/// our own.
pub fn harmless_but_colours(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let (before, sequence) = rest.split_at(at);
        clean.push_str(&harmless(before));
        let parameters = sequence.get(2..).unwrap_or_default();
        let end = parameters.find(|letter: char| !letter.is_ascii_digit() && letter != ';');
        let colour = end.filter(|end| parameters.get(*end..).is_some_and(|it| it.starts_with('m')));
        let length = colour.map_or(1, |end| end + 3);
        let (sequence, after) = sequence.split_at(length);
        clean.push_str(if colour.is_some() { sequence } else { "\u{FFFD}" });
        rest = after;
    }
    clean.push_str(&harmless(rest));
    clean
}

/// A JSON document that does nothing to a terminal either: what [`harmless`] would replace or drop
/// is escaped, and reads back as it was.
pub fn harmless_json(document: &str) -> String {
    let mut escaped = String::with_capacity(document.len());
    let mut units = [0; 2];
    for character in document.chars() {
        let is_layout = matches!(character, '\n' | ' ');
        let moves = character.is_control() || character.is_whitespace() && !character.is_ascii();
        if !is_layout && (moves || is_invisible(character)) {
            for unit in character.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// How many columns a text takes: never less than a terminal would take for it.
fn columns(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// Characters that show nothing and change how their neighbours are read, or whether two names can
/// be told apart.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' // soft hyphen
        | '\u{34F}' // grapheme joiner
        | '\u{61C}' // Arabic letter mark
        | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' // Hangul fillers
        | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' // zero widths, direction marks
        | '\u{202A}'..='\u{202E}' // embeddings and overrides
        | '\u{2060}'..='\u{206F}' // joiners, isolates
        | '\u{FE00}'..='\u{FE0F}' // variation selectors
        | '\u{FEFF}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}' // tags, more variation selectors
    )
}

#[cfg(test)]
mod tests {
    use super::{cut, harmless, harmless_but_colours, harmless_json};

    #[test]
    fn a_name_cannot_forge_a_line() {
        let forged = "Haarschnitt\nAll 18 services are fine\r\u{85}\u{2028}\u{2029}\u{b}x";
        assert_eq!(harmless(forged), "Haarschnitt All 18 services are fine     x");
    }

    #[test]
    fn a_name_cannot_talk_to_the_terminal() {
        assert_eq!(harmless("\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\0"), "�[2J�]0;owned��31m�");
    }

    #[test]
    fn a_name_cannot_turn_the_direction_or_hide() {
        assert_eq!(harmless("a\u{202e}b\u{2066}c\u{200b}d\u{feff}e\u{ad}f\u{e0041}"), "abcdef");
    }

    #[test]
    fn a_letter_carries_three_marks_and_no_tower() {
        let tower = format!("e{}", "\u{301}".repeat(40));
        assert_eq!(harmless(&tower), format!("e{}", "\u{301}".repeat(3)));
    }

    #[test]
    fn our_colours_stay_and_nothing_else() {
        let line = "\u{1b}[31mERROR\u{1b}[0m \u{1b}[2J\u{1b}]0;x\u{7} \u{1b}[1;2mx\u{1b}[\u{1b}";
        let shown = "\u{1b}[31mERROR\u{1b}[0m �[2J�]0;x� \u{1b}[1;2mx�[�";
        assert_eq!(harmless_but_colours(line), shown);
    }

    #[test]
    fn json_does_nothing_to_a_terminal_and_reads_back_as_it_was() {
        let name = "a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{200b}\u{2028}\u{e0041}\u{85}\u{a0}\n\tä 💇";
        let document = serde_json::json!({ "name": name }).to_string();
        let shown = harmless_json(&document);
        assert_eq!(harmless(&shown), shown);
        let back: Option<serde_json::Value> = serde_json::from_str(&shown).ok();
        assert_eq!(back, Some(serde_json::json!({ "name": name })));
        assert!(shown.contains("ä 💇"), "{shown}");
    }

    #[test]
    fn a_text_is_cut_by_the_columns_it_takes() {
        assert_eq!(cut("Färben & Tönen", 14), "Färben & Tönen");
        assert_eq!(cut("Färben & Tönen", 13), "Färben & Tön…");
        assert_eq!(cut("美容美容美容", 7), "美容美…");
        assert_eq!(cut("one two three", 5), "one…");
        assert_eq!(cut("  padded  ", 80), "padded");
    }
}

//! Text that fits a terminal.

use super::harmless::harmless;

/// How wide a terminal is taken to be.
pub const WIDTH: usize = 80;

/// Breaks words into lines: the first one after `first`, the others after as many blanks. What
/// could move a cursor or turn the direction of writing is made harmless.
pub fn fill(first: &str, words: &str) -> String {
    hang(first, first.chars().count(), words)
}

/// The same where `first` is shown narrower than it is long: it has colours in it.
pub fn hang(first: &str, indent: usize, words: &str) -> String {
    let mut text = first.to_owned();
    let mut column = indent;
    let mut at_start = true;
    for word in words.split_whitespace() {
        let word = harmless(word);
        let length = word.chars().count();
        if !at_start && column + 1 + length > WIDTH {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
            at_start = true;
        }
        if !at_start {
            text.push(' ');
            column += 1;
        }
        text.push_str(&word);
        column += length;
        at_start = false;
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    //! Lines.

    use super::*;

    #[test]
    fn lines_hang_under_their_first_word_and_end_before_the_edge() {
        let text = fill("seen  ", &"twelve chars ".repeat(20));
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line:?}");
        }
        let hangs = |line: &str| line.starts_with("      ") && !line.starts_with("       ");
        assert!(text.lines().count() > 3 && text.lines().skip(1).all(hangs), "{text}");
    }

    #[test]
    fn what_moves_a_cursor_is_made_harmless() {
        assert_eq!(fill("", "red \u{1b}[31m \u{202E}turned"), "red �[31m turned\n");
    }
}

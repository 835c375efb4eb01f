//! A page of text: the one place where words become lines, so that nothing foreign can forge one.

use super::Voice;
use crate::report::harmless::harmless;
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Color, ColumnConstraint, ContentArrangement, Table, Width};
use unicode_width::UnicodeWidthStr;

/// What a paragraph's further lines begin with.
const HANG: &str = "  ";
/// A space at which no line is broken: commands in backticks stay in one piece.
const FIXED_SPACE: char = '\u{A0}';
/// How many rows a table shows before it only counts.
pub(super) const ROWS_MAX: usize = 40;

/// How something is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Good,
    Warning,
    Bad,
    Faint,
}

impl Tone {
    fn on(self, cell: comfy_table::Cell) -> comfy_table::Cell {
        let bold = |cell: comfy_table::Cell| cell.add_attribute(Attribute::Bold);
        match self {
            Self::Plain => cell,
            Self::Strong => bold(cell),
            Self::Good => bold(cell).fg(Color::DarkGreen),
            Self::Warning => bold(cell).fg(Color::DarkYellow),
            Self::Bad => bold(cell).fg(Color::DarkRed),
            Self::Faint => cell.add_attribute(Attribute::Dim),
        }
    }
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub(super) struct Cell(String, Tone);

impl Cell {
    pub fn new(words: impl Into<String>, tone: Tone) -> Self {
        Self(words.into(), tone)
    }
}

impl From<String> for Cell {
    fn from(words: String) -> Self {
        Self(words, Tone::Plain)
    }
}

impl From<&str> for Cell {
    fn from(words: &str) -> Self {
        Self(words.to_owned(), Tone::Plain)
    }
}

/// Lines for people.
pub(super) struct Page {
    voice: Voice,
    text: String,
}

impl Page {
    pub fn new(voice: Voice) -> Self {
        Self { voice, text: String::new() }
    }

    pub fn into_text(self) -> String {
        self.text
    }

    pub fn voice(&self) -> Voice {
        self.voice
    }

    /// A paragraph from the left edge.
    pub fn line(&mut self, tone: Tone, words: &str) {
        self.put(&[vec![Cell::new(words, tone)]], None, 0);
    }

    /// A paragraph under a heading.
    pub fn indented(&mut self, tone: Tone, words: &str) {
        self.put(&[vec![Cell::new(words, tone)]], None, 2);
    }

    /// A heading, after an empty line.
    pub fn heading(&mut self, tone: Tone, words: &str) {
        self.text.push('\n');
        self.line(tone, words);
    }

    /// Keys with their meanings, each in one piece.
    pub fn keys(&mut self, keys: &[String]) {
        let room = usize::from(self.voice.width).saturating_sub(HANG.len());
        let mut line = String::new();
        for key in keys {
            if !line.is_empty() && line.width() + 2 + key.width() > room {
                self.line(Tone::Faint, &line);
                line.clear();
            }
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(key);
        }
        self.line(Tone::Faint, &line);
    }

    /// A table without borders, its first row a header where there is one; a paragraph a row where
    /// words would have to be broken.
    pub fn table(&mut self, header: Option<&[&str]>, rows: &[Vec<Cell>]) {
        let more = rows.len().saturating_sub(ROWS_MAX);
        let shown = rows.get(..ROWS_MAX).unwrap_or(rows);
        match header {
            Some(header) if !self.has_room_for(header, shown) => self.paragraphs(header, shown),
            _ => self.put(shown, header, 2),
        }
        if more > 0 {
            self.indented(Tone::Faint, &format!("… and {more} more: `--json` has them all"));
        }
    }

    /// A table that shows every row, however many: where a person is about to say yes to them.
    pub fn whole_table(&mut self, rows: &[Vec<Cell>]) {
        self.put(rows, None, 2);
    }

    /// A table whose last column says why. Where all rows have the same reason, it is said once.
    pub fn table_with_reasons(&mut self, header: &[&str], mut rows: Vec<Vec<Cell>>) {
        let reason = |row: &Vec<Cell>| row.last().map(|cell| cell.0.clone());
        let first = rows.first().and_then(reason);
        let is_same = rows.len() > 1 && rows.iter().all(|row| reason(row) == first);
        match (first, header.split_last()) {
            (Some(reason), Some((why, header))) if is_same => {
                self.indented(Tone::Plain, &format!("all of them: {reason}"));
                debug_assert_eq!(*why, "why", "the last column says why");
                for row in &mut rows {
                    row.pop();
                }
                self.table(Some(header), &rows);
            }
            _ => self.table(Some(header), &rows),
        }
    }

    /// Whether the longest words of all columns stand side by side.
    fn has_room_for(&self, header: &[&str], rows: &[Vec<Cell>]) -> bool {
        let wanted = header.iter().enumerate().map(|(place, name)| {
            let cells = rows.iter().filter_map(|row| row.get(place)).map(|cell| &*cell.0);
            2 + cells.chain([*name]).map(longest_word).max().unwrap_or(0)
        });
        wanted.sum::<usize>() <= usize::from(self.voice.width)
    }

    /// Each row in a sentence, its cells named by the header.
    fn paragraphs(&mut self, header: &[&str], rows: &[Vec<Cell>]) {
        for row in rows {
            let cells = header.iter().zip(row).filter(|(_, cell)| !cell.0.is_empty());
            let words: Vec<String> =
                cells.map(|(name, Cell(words, _))| format!("{name}: {words}")).collect();
            self.line(Tone::Plain, &words.join("; "));
        }
    }

    fn put(&mut self, rows: &[Vec<Cell>], header: Option<&[&str]>, indent: u16) {
        if rows.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(NOTHING);
        // Only the first line of a paragraph stands at the left edge, so that no foreign text can
        // be made long enough to have a line there.
        let hang = if indent == 0 { HANG } else { "" };
        let width = self.voice.width.saturating_sub(if indent == 0 { 2 } else { 0 });
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        table.style_text_only();
        if self.voice.colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        if let Some(header) = header {
            table.set_header(header.iter().map(|word| self.cell(&Cell::new(*word, Tone::Faint))));
        }
        for row in rows {
            table.add_row(row.iter().map(|cell| self.cell(cell)));
        }
        for (place, column) in table.column_iter_mut().enumerate() {
            column.set_padding(if place == 0 { (indent, 0) } else { (2, 0) });
            let least = header.and_then(|header| header.get(place)).map(|name| {
                let cells = rows.iter().filter_map(|row| row.get(place)).map(|cell| &*cell.0);
                2 + cells.chain([*name]).map(longest_word).max().unwrap_or(0)
            });
            if let Some(least) = least.and_then(|least| u16::try_from(least).ok()) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
            }
        }
        for (number, line) in table.lines().enumerate() {
            if number > 0 {
                self.text.push_str(hang);
            }
            let line = line.replace(FIXED_SPACE, " ");
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    fn cell(&self, Cell(words, tone): &Cell) -> comfy_table::Cell {
        let cell = comfy_table::Cell::new(in_one_piece(&harmless(words)));
        if self.voice.colour { tone.on(cell) } else { cell }
    }
}

/// How many columns the longest piece has that is kept on one line.
fn longest_word(words: &str) -> usize {
    in_one_piece(&harmless(words)).split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// Keeps what stands in backticks on one line.
fn in_one_piece(words: &str) -> String {
    let mut inside = false;
    words
        .chars()
        .map(|character| {
            inside ^= character == '`';
            if inside && character == ' ' { FIXED_SPACE } else { character }
        })
        .collect()
}

//! The story of the demo, as people read it.

use super::paragraph::hang;
use crate::model::Timestamp;
use crate::model::ids::RunId;
use anstyle::{AnsiColor, Style};

/// One scene: what happened at Cal.com, and what became of it.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// Its place in the story.
    pub number: u32,
    /// What happens, in a few words.
    pub title: &'static str,
    /// The runs in it, and when they were; a rehearsal has no number.
    pub runs: Vec<(Option<RunId>, Timestamp)>,
    /// What is told, in order.
    pub told: Vec<Told>,
    /// Services that callers can book, before and after.
    pub bookable: (u32, u32),
    /// How many things were checked.
    pub checked: u32,
    /// What did not come out as the story has it: none, or the demo has failed.
    pub failed: Vec<String>,
}

/// One paragraph.
#[derive(Debug, Clone)]
pub struct Told {
    /// Whom it is about.
    pub of: Whom,
    /// What is told.
    pub words: String,
}

/// Whom a paragraph is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The source.
    CalCom,
    /// This program.
    Reconciler,
    /// What did it before.
    OldSync,
}

impl Whom {
    fn as_str(self) -> &'static str {
        match self {
            Self::CalCom => "Cal.com",
            Self::Reconciler => "reconciler",
            Self::OldSync => "the old sync",
        }
    }
}

/// Where a paragraph begins.
const INDENT: usize = 16;

impl Chapter {
    /// One chapter of text.
    pub fn text(&self, colour: bool) -> String {
        let paint = |style: Style, words: &str| {
            if colour { format!("{style}{words}{style:#}") } else { words.to_owned() }
        };
        let title = format!("{}  {}", self.number, self.title);
        let when = self.when();
        let gap = super::paragraph::WIDTH
            .saturating_sub(title.chars().count() + when.chars().count())
            .max(2);
        let bold = Style::new().bold();
        let dim = Style::new().dimmed();
        let mut text =
            format!("\n{}{}{}\n", paint(bold, &title), " ".repeat(gap), paint(dim, &when));
        let mut last = None;
        for told in &self.told {
            let label = if last == Some(told.of) { "" } else { told.of.as_str() };
            let style = if told.of == Whom::OldSync { AnsiColor::Yellow.on_default() } else { dim };
            let label = paint(style, &format!("   {label:<13}"));
            text.push_str(&hang(&label, INDENT, &told.words));
            last = Some(told.of);
        }
        let (before, after) = self.bookable;
        let colour = if before == after { AnsiColor::Green } else { AnsiColor::Red };
        let numbers = paint(colour.on_default().bold(), &format!("{before} before, {after} after"));
        text.push_str(&hang(&paint(dim, &format!("   {:<13}", "bookable")), INDENT, ""));
        text.truncate(text.trim_end_matches('\n').len());
        text.push_str(&numbers);
        text.push('\n');
        for failed in &self.failed {
            let label = paint(AnsiColor::Red.on_default().bold(), "   NOT AS TOLD  ");
            text.push_str(&hang(&label, INDENT, failed));
        }
        text
    }

    fn when(&self) -> String {
        let runs: Vec<String> =
            self.runs.iter().filter_map(|(id, _)| Some(id.as_ref()?.to_string())).collect();
        let times = match self.runs.as_slice() {
            [] => return String::new(),
            [(_, at)] => at.format("%H:%M").to_string(),
            [(_, first), .., (_, last)] => {
                format!("{}–{}", first.format("%H:%M"), last.format("%H:%M"))
            }
        };
        match runs.as_slice() {
            [] => format!("rehearsal, {times}"),
            [one] => format!("run {one}, {times}"),
            [first, .., last] => format!("runs {first}–{last}, {times}"),
        }
    }
}

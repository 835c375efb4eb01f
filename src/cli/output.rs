//! The one writer: stdout for what was asked for, stderr for what went wrong.

use super::USAGE;
use super::people::Nameless;
use crate::config::ConfigError;
use crate::flow::sync::{LockedElsewhere, RunError, advice};
use crate::flow::{review, rollback};
use crate::report::harmless::harmless;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

/// The columns of a page where nobody watches, and the most there are where somebody does: longer
/// lines are hard to read.
const WIDTH: u16 = 80;
/// Narrower than this, nothing can be said.
const WIDTH_LEAST: u16 = 30;

/// An answer that did not get to whoever asked: a file on a full disk, a terminal that is gone.
#[derive(Debug, thiserror::Error)]
#[error("the answer could not be written to stdout")]
pub struct Unsaid(#[source] io::Error);

/// Something was typed that cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Where answers go.
#[derive(Clone, Copy)]
pub struct Output {
    colour: bool,
}

impl Output {
    /// Colours only where a person sees them.
    pub fn new(colour: bool) -> Self {
        Self { colour: colour && std::io::stdout().is_terminal() }
    }

    /// Whether answers are coloured.
    pub fn colour(self) -> bool {
        self.colour
    }

    /// How many columns a page has, at this moment: a terminal may be resized.
    pub fn width() -> u16 {
        let terminal = terminal_size::terminal_size_of(std::io::stdout());
        terminal.map_or(WIDTH, |(width, _)| width.0.clamp(WIDTH_LEAST, WIDTH))
    }

    /// Prints an answer. Whoever closed the pipe does not want it.
    pub fn print(text: &str) -> Result<(), Unsaid> {
        let mut stdout = std::io::stdout().lock();
        wanted(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
    }

    /// Says what went wrong, and with which exit code.
    pub fn error(error: &anyhow::Error) -> u8 {
        let code = if let Some(problems) = error.downcast_ref::<ConfigError>() {
            Self::complain_line_by_line(&problems.to_string());
            return USAGE;
        } else if let Some(Usage(words)) = error.downcast_ref() {
            Self::complain(words);
            return USAGE;
        } else if error.is::<review::Refusal>() || error.is::<rollback::Refusal>() {
            Self::complain(&format!("{error:#}"));
            Self::complain("nothing was changed");
            return USAGE;
        } else if matches!(error.downcast_ref(), Some(RunError::Locked(_)))
            || error.is::<LockedElsewhere>()
        {
            4
        } else if error.is::<Nameless>() {
            USAGE
        } else {
            1
        };
        match advice(error) {
            Some(advice) => Self::complain(&format!("{error:#}. What to do: {advice}")),
            None => Self::complain(&format!("{error:#}")),
        }
        if code == 4 {
            Self::complain("nothing was touched; a run that is at work ends by itself");
        }
        if error.is::<Unsaid>() {
            Self::complain("what was done until then stands: `reconciler status` tells of it");
        }
        code
    }

    /// A line for people on stderr. Whatever is quoted in it stays on that line. Where stderr cannot
    /// be written there is nobody left to tell.
    pub fn complain(words: &str) {
        let mut stderr = std::io::stderr().lock();
        let _closed = writeln!(stderr, "reconciler: {}", harmless(words));
    }

    /// The same of words that are several lines by themselves: what they quote has no line breaks.
    fn complain_line_by_line(words: &str) {
        let lines: Vec<String> = words.lines().map(harmless).collect();
        let mut stderr = std::io::stderr().lock();
        let _closed = writeln!(stderr, "reconciler: {}", lines.join("\n"));
    }
}

/// Help, version and usage errors, in clap's words.
pub fn clap_says(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    if !error.use_stderr()
        && let Err(unsaid) = wanted(printed.and_then(|()| std::io::stdout().flush()))
    {
        return ExitCode::from(Output::error(&unsaid.into()));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
}

/// An answer that nobody wants to read to its end is no failure.
fn wanted(written: io::Result<()>) -> Result<(), Unsaid> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Unsaid(error)),
        _ => Ok(()),
    }
}

//! The log: on stderr, for whoever asks what happened. stdout is data.

use super::LogFormat;
use crate::report::harmless::{harmless, harmless_but_colours, harmless_json};
use std::io::{IsTerminal, Write};
use tracing::level_filters::LevelFilter;

/// Starts the log. Warnings are shown by default; `--quiet` leaves them to the report.
pub fn start(format: LogFormat, verbose: u8, quiet: bool, colour: bool) {
    let level = match (verbose, quiet) {
        (0, true) => LevelFilter::OFF,
        (0, false) => LevelFilter::WARN,
        (1, _) => LevelFilter::INFO,
        (2, _) => LevelFilter::DEBUG,
        (_, _) => LevelFilter::TRACE,
    };
    let colour = colour && std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_writer(move || Line { format, colour })
        .with_max_level(level)
        .with_target(false)
        .with_ansi(colour)
        // It would be told by `eprintln!`, on that same stderr, and end the run.
        .log_internal_errors(false);
    match format {
        LogFormat::Text => log.compact().init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

/// One event on its way to stderr, which stays one line and does nothing to a terminal, whatever it
/// quotes.
struct Line {
    format: LogFormat,
    colour: bool,
}

impl Write for Line {
    /// `tracing` writes a whole event at once.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let words = String::from_utf8_lossy(event);
        let words = words.trim_end_matches('\n');
        let line = match (self.format, self.colour) {
            (LogFormat::Json, _) => harmless_json(words),
            (LogFormat::Text, true) => harmless_but_colours(words),
            (LogFormat::Text, false) => harmless(words),
        };
        writeln!(std::io::stderr().lock(), "{line}")?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

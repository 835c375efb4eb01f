//! The log: on stderr, for whoever asks what happened. stdout is data.

use super::LogFormat;
use std::io::IsTerminal;
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
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(level)
        .with_target(false)
        .with_ansi(colour && std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => log.compact().init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

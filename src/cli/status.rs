//! `reconciler status`: what is going on, on one screen.

use super::output::Output;
use super::{Session, records};
use crate::flow::look;
use crate::report::{json, text};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON document on stdout
    #[arg(long)]
    json: bool,
}

/// Looks, and says. It exits 0 whatever it sees.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let config = session.records()?;
    let report = look::status(records(&config), session.clock.now())?;
    Output::print(&if args.json {
        json::status(&report)
    } else {
        text::status(&report, &session.voice(config.time_zone))
    })?;
    Ok(0)
}

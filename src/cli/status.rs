//! `reconciler status`: what is going on, on one screen.

use super::output::Output;
use super::{Session, work};
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
    let config = session.config()?;
    let report = look::status(&work(&config), session.clock.now())?;
    Output::print(&if args.json {
        json::status(&report)
    } else {
        text::status(&report, &session.voice(&config))
    });
    Ok(0)
}

//! `reconciler runs`: the history, newest first.

use super::output::Output;
use super::{Session, records};
use crate::flow::look;
use crate::report::{json, text};

/// How many runs are shown unless a number is asked for: about a day of them.
const SHOWN: u32 = 40;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON document on stdout: every run, unless --limit says otherwise
    #[arg(long)]
    json: bool,
    /// At most this many runs [default: 40; all of them with --json]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

/// Looks, and says.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let config = session.records()?;
    let most = if args.json { args.limit } else { args.limit.or(Some(SHOWN)) };
    let report = look::runs(records(&config), most)?;
    Output::print(&if args.json {
        json::runs(&report)
    } else {
        text::runs(&report, &session.voice(config.time_zone))
    })?;
    Ok(0)
}

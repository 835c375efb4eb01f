//! `reconciler show RUN_ID`: one run, as the ledger has it.

use super::output::Output;
use super::{Session, USAGE, records};
use crate::flow::look::{self, Look};
use crate::model::ids::RunId;
use crate::report::{json, text};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run's number, as `reconciler runs` shows it
    #[arg(value_name = "RUN_ID")]
    run: i64,
    /// One JSON document on stdout
    #[arg(long)]
    json: bool,
}

/// Shows a run, as `reconciler show` does.
pub fn tell(session: &Session, run_id: i64) -> anyhow::Result<u8> {
    run(session, &Args { run: run_id, json: false })
}

/// Looks, and says.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let config = session.records()?;
    let said = match look::show(records(&config), RunId(args.run))? {
        Look::Found(shown) if args.json => json::show(&shown),
        Look::Found(shown) => text::show(&shown, &session.voice(config.time_zone)),
        Look::NoRunYet(gone) => {
            let (text, json) = (text::no_run_yet(gone), json::no_run_yet(gone));
            Output::print(if args.json { &json } else { &text })?;
            return Ok(USAGE);
        }
        Look::Unknown { perhaps } => {
            let newest = perhaps.map_or(String::new(), |id| {
                format!("; the newest is {id}: `reconciler show {id}`")
            });
            Output::complain(&format!(
                "there is no run {}{newest}. All of them: `reconciler runs`",
                args.run
            ));
            return Ok(USAGE);
        }
    };
    Output::print(&said)?;
    Ok(0)
}

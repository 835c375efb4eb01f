//! `reconciler doctor`: checks config, key, team, store, ledger, mail; says what to do.

use super::output::Output;
use super::{Session, block_on, work};
use crate::config::Needed;
use crate::flow::doctor::{Configured, Trial, examine};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON document on stdout
    #[arg(long)]
    json: bool,
    /// Send a test message on every configured way: mail, Slack, and a line for the monitor's log
    #[arg(long)]
    send_test: bool,
}

/// Examines everything; 1 where something is broken.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let config = session.config(Needed::Nothing)?;
    let trial = if args.send_test { Trial::SendTest } else { Trial::SettingsOnly };
    let configured =
        Configured { file: &config.file, inert_settings: &config.inert_settings, trial };
    let examination = block_on(examine(&work(&config), &configured, session.clock))?;
    if args.json {
        Output::print(&examination.json())?;
    } else {
        Output::print(&examination.text(session.output.colour()))?;
    }
    Ok(u8::from(!examination.is_ok()))
}

//! `reconciler run`: observe, and act on what was observed.

use super::output::{Output, Usage};
use super::{Session, block_on, work};
use crate::config::Needed;
use crate::flow::sync::sync;
use crate::model::ids::CompanyId;
use crate::report::json;
use crate::report::run_report::{Ending, Mode, RunReport};
use crate::report::text;

#[derive(Debug, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Args {
    /// Rehearse: observe, plan and say what would happen; write nothing anywhere
    #[arg(long)]
    check_only: bool,
    /// Only this company (may be given several times)
    #[arg(long, value_name = "ID")]
    company: Vec<i64>,
    /// One JSON document on stdout
    #[arg(long)]
    pub(super) json: bool,
    /// Print nothing unless a person should look
    #[arg(long)]
    pub(super) quiet: bool,
    /// Exit 3 where the run is done and something waits for a person
    #[arg(long)]
    exit_code: bool,
}

/// Runs once.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let config = session.config(Needed::Everything)?;
    let only: Vec<CompanyId> = args.company.iter().copied().map(CompanyId).collect();
    let known = |id: &CompanyId| config.companies.iter().any(|one| one.company_id == *id);
    if let Some(unknown) = only.iter().find(|id| !known(id)) {
        return Err(Usage(format!("no team is configured for company {unknown}")).into());
    }
    let mode = if args.check_only { Mode::Rehearsal } else { Mode::Real };
    let work = work(&config).narrowed_to(&only);
    let report = block_on(sync(&work, mode, session.clock))??;
    let code = exit_code(&report, args);
    if args.json {
        Output::print(&json::run(&report, code))?;
    } else if !args.quiet || report.is_news() {
        let voice = session.voice(config.time_zone);
        Output::print(&text::run(&report, &voice))?;
    }
    Ok(code)
}

fn exit_code(report: &RunReport, args: &Args) -> u8 {
    match report.ending {
        Ending::SomethingWaits if args.exit_code => 3,
        ending => ending.exit_code(),
    }
}

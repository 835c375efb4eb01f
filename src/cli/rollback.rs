//! `reconciler rollback`: undo one run, exactly, and keep the later ones.

use super::output::{Output, Unsaid, Usage};
use super::people::{self, Person};
use super::{Session, block_on, work};
use crate::config::Needed;
use crate::flow::rollback::{Request, Target, rollback};
use crate::flow::work::Work;
use crate::model::Timestamp;
use crate::model::ids::{CompanyId, RunId, ServiceId};
use crate::report::json;
use crate::report::run_report::{Mode, RunReport};
use crate::report::text::{self, Voice};
use std::io::{BufRead, IsTerminal};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run to undo
    #[arg(value_name = "RUN_ID", required_unless_present = "since", conflicts_with = "since")]
    run: Option<i64>,
    /// Every deactivation since then that is still in effect, as one run: a time like
    /// 2025-11-04T21:00:00Z, or how long ago, like 6h
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// With --since: only this company
    #[arg(long, value_name = "ID")]
    company: Option<i64>,
    /// Only this service (may be given several times)
    #[arg(long, value_name = "ID")]
    service: Vec<i64>,
    /// Show what would be done, and stop there
    #[arg(long)]
    check_only: bool,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// One JSON document on stdout
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    person: Person,
}

/// Shows what a rollback would do, asks, and does it.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    // Not by clap's `requires`: it is lifted where what is required conflicts with what was typed.
    if args.company.is_some() && args.since.is_none() {
        let words = "--company goes with --since; what a run changed is narrowed by --service ID";
        return Err(Usage(words.to_owned()).into());
    }
    let config = session.config(Needed::Database)?;
    let work = work(&config);
    let Some(target) = target(args, session.clock.now()) else {
        let words = "--since takes a time like 2025-11-04T21:00:00Z, or how long ago, like 6h";
        return Err(Usage(words.to_owned()).into());
    };
    let asks = !args.check_only && !args.yes;
    if asks && (args.json || !std::io::stdin().is_terminal()) {
        let words =
            "a rollback asks on a terminal; elsewhere say --yes, or --check-only to look first";
        return Err(Usage(words.to_owned()).into());
    }
    let voice = session.voice(config.time_zone);
    let mut request = Request {
        target,
        services: args.service.iter().copied().map(ServiceId).collect(),
        mode: Mode::Rehearsal,
        word: args.person.word(session)?,
    };
    if asks || args.check_only {
        let report = match go(session, &work, &request) {
            Ok(report) => report,
            Err(error) => return people::refused(error),
        };
        if args.check_only {
            return tell(&report, args.json, voice);
        }
        Output::print(&text::run(&report, &voice))?;
        if !confirmed()? {
            Output::print("Nothing was done.\n")?;
            return Ok(0);
        }
    }
    request.mode = Mode::Real;
    match go(session, &work, &request) {
        Ok(report) => tell(&report, args.json, voice),
        Err(error) => people::refused(error),
    }
}

fn go(session: &Session, work: &Work, request: &Request) -> anyhow::Result<RunReport> {
    Ok(block_on(rollback(work, request, session.clock))??)
}

fn tell(report: &RunReport, as_json: bool, voice: Voice) -> anyhow::Result<u8> {
    let code = report.ending.exit_code();
    Output::print(&if as_json { json::run(report, code) } else { text::run(report, &voice) })?;
    Ok(code)
}

fn target(args: &Args, now: Timestamp) -> Option<Target> {
    let Some(since) = &args.since else { return args.run.map(|run| Target::Run(RunId(run))) };
    let company = args.company.map(CompanyId);
    let at = if let Ok(at) = chrono::DateTime::parse_from_rfc3339(since) {
        at.to_utc()
    } else {
        let ago = chrono::TimeDelta::from_std(people::duration(since).ok()?).ok()?;
        now.checked_sub_signed(ago)?
    };
    Some(Target::Since(at, company))
}

fn confirmed() -> Result<bool, Unsaid> {
    Output::print("Roll this back? Type yes: ")?;
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    Ok(read.is_ok() && answer.trim().eq_ignore_ascii_case("yes"))
}

//! `reconciler hold`, `release`, `pause` and `resume`: a person's word to leave things alone.

use super::output::Output;
use super::people::{self, Person};
use super::{Session, USAGE, records};
use crate::flow::review::{Held, Queue};
use crate::model::ids::{EventTypeId, RunId, ServiceId};
use crate::model::review::HoldTarget;
use crate::report::status::Activity;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub struct HoldArgs {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    person: Person,
}

#[derive(Debug, clap::Args)]
pub struct ReleaseArgs {
    #[command(flatten)]
    target: Target,
    /// Everything that this rollback left held
    #[arg(long, value_name = "RUN_ID", conflicts_with_all = ["service", "event_type"])]
    run: Option<i64>,
    #[command(flatten)]
    person: Person,
}

#[derive(Debug, clap::Args)]
struct Target {
    /// The service
    #[arg(value_name = "SERVICE_ID", conflicts_with = "event_type")]
    service: Option<i64>,
    /// An event type instead; while it is held, it is not imported, linked or asked about
    #[arg(long, value_name = "ID")]
    event_type: Option<i64>,
}

impl Target {
    fn meant(&self) -> Option<HoldTarget> {
        let service = self.service.map(|id| HoldTarget::Service(ServiceId(id)));
        service.or(self.event_type.map(|id| HoldTarget::EventType(EventTypeId(id))))
    }
}

#[derive(Debug, clap::Args)]
pub struct PauseArgs {
    /// For how long, like 2h [default: until `reconciler resume`]
    #[arg(long = "for", value_name = "DURATION", value_parser = people::a_while)]
    pause: Option<Duration>,
    #[command(flatten)]
    person: Person,
}

#[derive(Debug, clap::Args)]
pub struct ResumeArgs {
    #[command(flatten)]
    person: Person,
}

/// Leaves a service or an event type alone.
pub fn hold(session: &Session, args: &HoldArgs) -> anyhow::Result<u8> {
    let Some(target) = args.target.meant() else {
        return usage("say which: `reconciler hold SERVICE_ID --reason TEXT`, or --event-type ID");
    };
    let word = args.person.word(session)?;
    if word.reason.is_none() {
        return usage("say why: --reason TEXT; whoever finds the hold next year will want to know");
    }
    let config = session.records()?;
    match Queue::open(records(&config)).and_then(|mut queue| queue.hold(target, &word)) {
        Ok(Held::Held) => say(&format!("{} is held until it is released.", name(target))),
        Ok(Held::UnknownService) => usage(&format!(
            "no run has seen {} yet. SERVICE_ID is the row's `id` in the application's table, of a \
             company that the configuration names; an event type is held by --event-type ID",
            name(target)
        )),
        Err(error) => people::refused(error),
    }
}

/// Ends a hold.
pub fn release(session: &Session, args: &ReleaseArgs) -> anyhow::Result<u8> {
    let config = session.records()?;
    let word = args.person.word(session)?;
    let mut queue = match Queue::open(records(&config)) {
        Ok(queue) => queue,
        Err(error) => return people::refused(error),
    };
    let (released, what) = match (args.run, args.target.meant()) {
        (Some(run), _) => (queue.release_run(RunId(run), &word)?, format!("rollback {run}")),
        (None, Some(target)) => (queue.release(target, &word)?, name(target)),
        (None, None) => {
            return usage(
                "say which: `reconciler release SERVICE_ID`, --event-type ID or --run RUN_ID",
            );
        }
    };
    match released {
        0 => usage(&format!("nothing is held on {what}")),
        1 => say(&format!("{what}: released.")),
        many => say(&format!("{what}: {many} holds released.")),
    }
}

/// Touches no service for a while.
pub fn pause(session: &Session, args: &PauseArgs) -> anyhow::Result<u8> {
    let word = args.person.word(session)?;
    if word.reason.is_none() {
        return usage("say why: --reason TEXT; whoever finds the pause at night will want to know");
    }
    let config = session.records()?;
    let until = args
        .pause
        .and_then(|pause| chrono::TimeDelta::from_std(pause).ok())
        .map(|pause| session.clock.now() + pause);
    match Queue::open(records(&config)).and_then(|mut queue| queue.pause(until, &word)) {
        Ok(activity) => {
            let until = match until {
                Some(until) => until
                    .with_timezone(&config.time_zone)
                    .format("%a %Y-%m-%d %H:%M %Z")
                    .to_string(),
                None => "`reconciler resume`".to_owned(),
            };
            let at_work = match activity {
                Activity::RunAtWork => {
                    "\nA run is at work: it begins to write nothing more. What it is writing at this \
                     very moment it finishes; `reconciler status` tells."
                }
                Activity::Idle => "",
            };
            say(&format!(
                "Paused until {until}: runs observe and record, and touch no service.{at_work}"
            ))
        }
        Err(error) => people::refused(error),
    }
}

/// Ends a pause.
pub fn resume(session: &Session, args: &ResumeArgs) -> anyhow::Result<u8> {
    let config = session.records()?;
    let word = args.person.word(session)?;
    match Queue::open(records(&config)).and_then(|mut queue| queue.resume(&word)) {
        Ok(true) => say("Resumed."),
        Ok(false) => usage("nothing is paused"),
        Err(error) => people::refused(error),
    }
}

fn name(target: HoldTarget) -> String {
    match target {
        HoldTarget::Service(id) => format!("service {id}"),
        HoldTarget::EventType(id) => format!("event type {id}"),
    }
}

fn say(words: &str) -> anyhow::Result<u8> {
    Output::print(&format!("{words}\n"))?;
    Ok(0)
}

#[expect(clippy::unnecessary_wraps, reason = "an arm beside arms that can fail")]
fn usage(words: &str) -> anyhow::Result<u8> {
    Output::complain(words);
    Ok(USAGE)
}

//! `reconciler explain SERVICE_ID`: why is this service off, and who decided it?

use super::output::Output;
use super::{Session, USAGE, records};
use crate::flow::look::{self, Look};
use crate::model::ids::ServiceId;
use crate::report::{json, text};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The row's id in the application's table of services
    #[arg(value_name = "SERVICE_ID")]
    service: i64,
    /// One JSON document on stdout
    #[arg(long)]
    json: bool,
}

/// Tells a service's story, as `reconciler explain` does.
pub fn tell(session: &Session, service: i64) -> anyhow::Result<u8> {
    run(session, &Args { service, json: false })
}

/// Looks, and says.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let config = session.records()?;
    let id = args.service;
    let said = match look::explain(records(&config), ServiceId(id))? {
        Look::Found(story) if args.json => json::explain(&story),
        Look::Found(story) => text::explain(&story, &session.voice(config.time_zone)),
        Look::NoRunYet(gone) => {
            let (text, json) = (text::no_run_yet(gone), json::no_run_yet(gone));
            Output::print(if args.json { &json } else { &text })?;
            return Ok(USAGE);
        }
        Look::Unknown { perhaps: Some(service) } => {
            Output::complain(&format!(
                "no run ever saw a service {id}, but that is the number of an event type: the service linked to it is {service}: `reconciler explain {service}`"
            ));
            return Ok(USAGE);
        }
        Look::Unknown { perhaps: None } => {
            Output::complain(&format!(
                "no run ever saw a service {id}. SERVICE_ID is the row's `id` in the application's table, of a company that the configuration names; `reconciler status` says which those are"
            ));
            return Ok(USAGE);
        }
    };
    Output::print(&said)?;
    Ok(0)
}

//! `reconciler digest`: what a mail tells, shown.

use super::output::Output;
use super::people::duration;
use super::{Session, USAGE, block_on, records, work};
use crate::config::Needed;
use crate::flow::digest;
use crate::flow::send::{Sent, send};
use crate::model::Timestamp;
use crate::model::settings::Language;
use crate::report::{json, mail, text};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What happened in this time is told; what stands is told whenever it began
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration)]
    since: Duration,
    /// One JSON document on stdout
    #[arg(long)]
    json: bool,
    /// Write the mail's HTML into this file, in the configured language; `-` is stdout
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Send it now, by mail and to Slack, as far as they are configured
    #[arg(long, conflicts_with_all = ["json", "html"])]
    send: bool,
}

/// Looks, and says. It exits 0 whatever it sees.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let now = session.clock.now();
    let since = chrono::TimeDelta::from_std(args.since)
        .ok()
        .and_then(|span| now.checked_sub_signed(span))
        .unwrap_or(Timestamp::UNIX_EPOCH);
    if args.send {
        return send_now(session, since);
    }
    if args.json && args.html.as_deref() == Some(Path::new("-")) {
        Output::complain("stdout takes one document: --json, or --html -");
        return Ok(USAGE);
    }
    let config = session.records()?;
    let told = digest::look(records(&config), since, now)?;
    if let Some(file) = &args.html {
        let page = mail::mail(&told, config.language, config.time_zone).html;
        if file.as_os_str() == "-" {
            Output::print(&page)?;
        } else {
            digest::keep(file, &page)?;
        }
    }
    if args.json {
        Output::print(&json::digest(&told))?;
    } else if args.html.is_none() {
        // The terminal speaks English, whatever the mail's language.
        Output::print(&mail::mail(&told, Language::En, config.time_zone).text)?;
    }
    Ok(0)
}

/// Sends it by the way of every message. What was not taken waits, and that is a failure only to
/// the person who wanted it sent.
fn send_now(session: &Session, since: Timestamp) -> anyhow::Result<u8> {
    let config = session.config(Needed::Everything)?;
    match block_on(send(&work(&config), since, session.clock))?? {
        Sent::NoRunYet(gone) => {
            Output::print(&text::no_run_yet(gone))?;
            Ok(0)
        }
        Sent::Nowhere => {
            Output::complain("nothing was sent: [notify.email] or [notify.slack] is wanted for it");
            Ok(USAGE)
        }
        Sent::Left => {
            Output::print("A run is at work: it, or the next one, delivers the message.\n")?;
            Ok(0)
        }
        Sent::Tried(channels, waiting) => {
            Output::print(&text::sent(&channels, &waiting, &session.voice(config.time_zone)))?;
            Ok(u8::from(!waiting.is_empty()))
        }
    }
}

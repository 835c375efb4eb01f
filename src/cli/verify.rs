//! `reconciler verify`: whether the ledger can be believed.

use super::output::Output;
use super::{Session, block_on, work};
use crate::config::Needed;
use crate::flow::verify::{SHORTEST_ANCHOR, verify};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tell whether this earlier head, from a mail or a ping, is still in the chain
    #[arg(long, value_name = "HASH", value_parser = anchor)]
    anchor: Option<String>,
    /// One JSON document on stdout
    #[arg(long)]
    json: bool,
}

/// Verifies; 1 where something must not be so.
pub fn run(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let config = session.config(Needed::Database)?;
    let verification = block_on(verify(&work(&config), args.anchor.as_deref()))?;
    Output::print(&if args.json { verification.json() } else { verification.text() })?;
    Ok(u8::from(!verification.is_ok()))
}

fn anchor(typed: &str) -> Result<String, String> {
    let hash = typed.trim().to_ascii_lowercase();
    let is_hex = hash.chars().all(|letter| letter.is_ascii_hexdigit());
    if is_hex && (SHORTEST_ANCHOR..=64).contains(&hash.len()) {
        return Ok(hash);
    }
    Err(format!("a head is 64 hex digits; its first {SHORTEST_ANCHOR} or more are enough"))
}

//! Send: what a person asks for now goes the way of every message, through the outbox.

use super::deliver::deliver;
use super::tell::asked;
use super::work::{Clock, Work};
use super::{digest, look};
use crate::io::ledger::Ledger;
use crate::io::lock::{LockError, RunLock};
use crate::model::Timestamp;
use crate::model::chain::ChainHead;
use crate::model::message::{Channel, WaitingMessage};
use anyhow::Context;

/// What became of a digest that somebody asked to be sent.
#[derive(Debug)]
pub enum Sent {
    /// No ledger: there is nothing to tell but where one ended that was here.
    NoRunYet(Option<ChainHead>),
    /// Neither mail nor Slack is configured, or neither has anything to be told.
    Nowhere,
    /// A run is at work, and delivers it when it is done.
    Left,
    /// Tried: on these channels, and this is what still waits.
    Tried(Vec<Channel>, Vec<WaitingMessage>),
}

/// Writes the messages down, and tries to deliver them and what else waits. Two never deliver at
/// the same time: whoever does holds the run lock.
pub async fn send(work: &Work, since: Timestamp, clock: Clock) -> anyhow::Result<Sent> {
    if !work.ledger.exists() {
        return Ok(Sent::NoRunYet(look::gone(&look::open(work.records())?)?));
    }
    let facts = digest::look(work.records(), since, clock.now())?;
    let mut ledger = Ledger::open(&work.ledger).context("the ledger could not be opened")?;
    let mut channels = Vec::new();
    for channel in Channel::ALL {
        let message = asked(&ledger, work, channel, &facts).context("nothing was sent")?;
        if let Some(message) = message {
            ledger.put_into_outbox(&message, clock.now()).context("nothing was sent")?;
            channels.push(channel);
        }
    }
    if channels.is_empty() {
        return Ok(Sent::Nowhere);
    }
    match RunLock::take(&work.ledger, clock.now()) {
        Ok(_lock) => Ok(Sent::Tried(channels, deliver(work, &mut ledger, clock).await)),
        Err(LockError::Held { .. }) => Ok(Sent::Left),
        Err(error) => Err(error).context("the messages wait for the next run"),
    }
}

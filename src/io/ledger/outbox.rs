//! The outbox: messages from the commit that decided them to their delivery.
//!
//! A message is written down before anybody tries to send it, and marked after a server has taken
//! it. A crash between those two is the only way to a double, and a double has the same Message-ID.

use super::{Ledger, Result, commit, millis, moment, word};
use crate::model::Timestamp;
use crate::model::ids::RunId;
use crate::model::message::{Channel, MessageNumber, NewMessage, Outgoing, Told, WaitingMessage};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use std::collections::BTreeSet;

/// How many delivered messages of a channel are kept, to see what people were told lately. With
/// more, a ledger whose messages go out after every run would grow with time.
const DELIVERED_KEPT: u32 = 20;

impl Ledger {
    /// What the people at the end of a channel know, as of the last message decided for it. `None`
    /// where there never was one.
    pub fn told(&self, channel: Channel) -> Result<Option<Told>> {
        let newest = "SELECT told FROM outbox WHERE channel = ?1 ORDER BY id DESC LIMIT 1";
        let found = self
            .connection
            .prepare_cached(newest)?
            .query_row([channel.as_str()], |row| row.get::<_, String>(0))
            .optional()?;
        Ok(found.map(|told| serde_json::from_str(&told)).transpose()?)
    }

    /// Writes a message down that a person asked for, outside of any run.
    pub fn put_into_outbox(&mut self, message: &NewMessage, now: Timestamp) -> Result<()> {
        let tx = self.write()?;
        put(&tx, None, message, now)?;
        commit(tx)
    }

    /// What is not delivered to everybody yet, oldest first.
    pub fn waiting_messages(&self) -> Result<Vec<WaitingMessage>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, channel, created_at, attempts, next_try_at, last_error FROM outbox
             WHERE delivered_at IS NULL ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| Ok(waiting(row)))?;
        rows.map(|row| row?).collect()
    }

    /// One waiting message with everything that sending it needs.
    pub fn outgoing(&self, number: MessageNumber) -> Result<Outgoing> {
        let row = self.connection.query_row(
            "SELECT id, channel, created_at, attempts, next_try_at, last_error,
                    message_id, thread, body
             FROM outbox WHERE id = ?1",
            [number.0],
            |row| {
                let thread: String = row.get(7)?;
                Ok(waiting(row).map(|waiting| (waiting, thread)).and_then(|(waiting, thread)| {
                    Ok(Outgoing {
                        waiting,
                        message_id: row.get(6)?,
                        thread: thread.split(' ').map(Into::into).collect(),
                        body: row.get(8)?,
                        delivered_to: BTreeSet::new(),
                    })
                }))
            },
        )?;
        let mut outgoing = row?;
        let mut statement = self
            .connection
            .prepare_cached("SELECT recipient FROM deliveries WHERE outbox_id = ?1")?;
        let rows = statement.query_map([number.0], |row| row.get(0))?;
        outgoing.delivered_to = rows.collect::<rusqlite::Result<_>>()?;
        Ok(outgoing)
    }

    /// One of several recipients has it.
    pub fn delivered_to(
        &mut self,
        number: MessageNumber,
        recipient: &str,
        at: Timestamp,
    ) -> Result<()> {
        let tx = self.write()?;
        tx.execute(
            "INSERT OR IGNORE INTO deliveries (outbox_id, recipient, at) VALUES (?1, ?2, ?3)",
            (number.0, recipient, millis(at)),
        )?;
        commit(tx)
    }

    /// Everybody has it: it has gone. What was delivered long before it is let go.
    pub fn delivered(&mut self, number: MessageNumber, at: Timestamp) -> Result<()> {
        let tx = self.write()?;
        tx.execute(
            "UPDATE outbox SET delivered_at = ?2, attempts = attempts + 1, last_error = NULL,
                               next_try_at = NULL
             WHERE id = ?1 AND delivered_at IS NULL",
            (number.0, millis(at)),
        )?;
        tx.execute("DELETE FROM deliveries WHERE outbox_id = ?1", [number.0])?;
        tx.execute(
            "DELETE FROM outbox WHERE delivered_at IS NOT NULL AND id <=
               (SELECT newer.id FROM outbox newer
                WHERE newer.channel = outbox.channel AND newer.delivered_at IS NOT NULL
                ORDER BY newer.id DESC LIMIT 1 OFFSET ?1)",
            [DELIVERED_KEPT],
        )?;
        commit(tx)
    }

    /// A channel that is not configured any more: what waited for it is withdrawn. How many.
    pub fn withdraw(&mut self, channel: Channel) -> Result<usize> {
        let tx = self.write()?;
        let withdrawn = tx.execute(
            "DELETE FROM outbox WHERE channel = ?1 AND delivered_at IS NULL",
            [channel.as_str()],
        )?;
        commit(tx)?;
        Ok(withdrawn)
    }

    /// A try that did not reach everybody, and when the next one may be.
    pub fn not_delivered(
        &mut self,
        number: MessageNumber,
        error: &str,
        next_try_at: Option<Timestamp>,
    ) -> Result<()> {
        let tx = self.write()?;
        tx.execute(
            "UPDATE outbox SET attempts = attempts + 1, last_error = ?2, next_try_at = ?3
             WHERE id = ?1 AND delivered_at IS NULL",
            (number.0, error, next_try_at.map(millis)),
        )?;
        commit(tx)
    }
}

/// Writes a message down, in the commit that its run is closed with.
pub(super) fn put(
    tx: &Transaction<'_>,
    run: Option<RunId>,
    message: &NewMessage,
    now: Timestamp,
) -> Result<()> {
    let ledger = identity(tx, now)?;
    let newest = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0)";
    let id = tx.query_row(newest, [], |row| row.get::<_, i64>(0))? + 1;
    let domain = &message.domain;
    let thread: Vec<String> = message
        .companies
        .iter()
        .map(|company| format!("<company-{company}.{ledger}@{domain}>"))
        .collect();
    tx.execute(
        "INSERT INTO outbox (id, run_id, channel, created_at, message_id, thread, body, told)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (
            id,
            run.map(|run| run.0),
            message.channel.as_str(),
            millis(now),
            // With its moment: a ledger that was put back from a backup counts from there again.
            format!("<{id}-{}.{ledger}@{domain}>", millis(now)),
            thread.join(" "),
            &message.body,
            serde_json::to_string(&message.told)?,
        ),
    )?;
    Ok(())
}

/// The ledger's own name, made when it is first needed.
fn identity(connection: &Connection, now: Timestamp) -> Result<String> {
    let known = connection
        .query_row("SELECT uuid FROM identity", [], |row| row.get::<_, String>(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let at = uuid::Timestamp::from_unix_time(seconds, now.timestamp_subsec_nanos(), 0, 0);
    let uuid = uuid::Uuid::new_v7(at).to_string();
    connection.execute("INSERT INTO identity (id, uuid) VALUES (1, ?1)", [&uuid])?;
    Ok(uuid)
}

fn waiting(row: &Row<'_>) -> Result<WaitingMessage> {
    let channel: String = row.get(1)?;
    let next_try_at: Option<i64> = row.get(4)?;
    Ok(WaitingMessage {
        number: MessageNumber(row.get(0)?),
        channel: word(&Channel::ALL, Channel::as_str, &channel)?,
        since: moment(row.get(2)?)?,
        attempts: row.get(3)?,
        next_try_at: next_try_at.map(moment).transpose()?,
        last_error: row.get(5)?,
    })
}

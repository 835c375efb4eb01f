//! The hash chain: what a link is made of, whether the links fit, and where they end.
//!
//! Links are made by the triggers of `schema.sql`, in the very commit that adds what they are for;
//! this file lends them the hash, and reads the chain back.

use super::{Ledger, LedgerError, Result};
use crate::model::chain::{BrokenLink, ChainHash, ChainHead, Dependents, LinkFault, Linked};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

/// How many of the newest links a run checks before it writes anything: about five runs in which
/// nothing happened, in less than a millisecond. `verify` checks them all.
const NEWEST: i64 = 16;

/// The shortest beginning of a hash that names a link: 12 hex digits, 48 bits.
pub const SHORTEST_ANCHOR: usize = 12;

/// A link's hash. `before` is that of the link before it; the first has none.
fn link_hash(before: Option<[u8; 32]>, line: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(ChainHash(before.unwrap_or_default()).to_string());
    hasher.update("\n");
    hasher.update(line);
    hasher.update("\n");
    hasher.finalize().into()
}

/// Lends a connection the function `link_hash`, without which nothing can be added to a ledger.
pub fn lend_link_hash(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("link_hash", 2, flags, |context| {
        let line = context.get_raw(1).as_str().map_err(|error| {
            // No line: there is no such row, and nothing to make a link for.
            rusqlite::Error::UserFunctionError(Box::new(error))
        })?;
        Ok(link_hash(context.get(0)?, line).to_vec())
    })
}

/// A link as it is stored.
struct Stored {
    number: i64,
    linked: Linked,
    hash: [u8; 32],
}

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { number: row.get(0)?, linked: linked(row, 1)?, hash: row.get(4)? })
    }

    /// `line` is what its row says now.
    fn fault(&self, line: Option<&str>, before: Option<(i64, [u8; 32])>) -> Option<LinkFault> {
        let (number, hash) = before.unzip();
        if number.unwrap_or(0) + 1 != self.number {
            return Some(LinkFault::Gap);
        }
        let Some(line) = line else { return Some(LinkFault::RowGone) };
        (link_hash(hash, line) != self.hash).then_some(LinkFault::Altered)
    }
}

fn linked(row: &Row<'_>, first: usize) -> rusqlite::Result<Linked> {
    Ok(Linked { fact: row.get(first)?, key: row.get(first + 1)?, since: row.get(first + 2)? })
}

impl Ledger {
    /// The newest link; `None` where nothing was ever written down.
    pub fn head(&self) -> Result<Option<ChainHead>> {
        let mut newest = self
            .connection
            .prepare_cached("SELECT id, hash FROM chain ORDER BY id DESC LIMIT 1")?;
        let found = newest
            .query_row([], |row| Ok((row.get::<_, i64>(0)?, ChainHash(row.get(1)?))))
            .optional()?;
        Ok(found.map(|(links, hash)| ChainHead { links, hash }))
    }

    /// The quick check of a run: the newest links fit.
    ///
    /// # Errors
    /// [`LedgerError::Broken`] names the first that does not.
    pub fn check_newest_links(&self) -> Result<()> {
        let newest: i64 =
            self.connection
                .query_row("SELECT coalesce(max(id), 0) FROM chain", [], |row| row.get(0))?;
        match self.broken_links(newest - NEWEST)?.into_iter().next() {
            Some(link) => Err(LedgerError::Broken { link }),
            None => Ok(()),
        }
    }

    /// The links after that number that do not fit, in order. One that was altered breaks itself
    /// and, where its hash was altered, the next.
    pub fn broken_links(&self, after: i64) -> Result<Vec<BrokenLink>> {
        let mut before = self
            .connection
            .query_row("SELECT id, hash FROM chain WHERE id = ?1", [after], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let mut links = self
            .connection
            .prepare("SELECT id, fact, key, since, hash FROM chain WHERE id > ?1 ORDER BY id")?;
        // One look-up a link, by number: joined, SQLite would write out every line there is first.
        let mut says_now = self
            .connection
            .prepare("SELECT line FROM chain_lines WHERE fact = ?1 AND key = ?2 AND since IS ?3")?;
        let mut broken = Vec::new();
        for link in links.query_map([after], Stored::of)? {
            let link = link?;
            let Linked { fact, key, since } = &link.linked;
            let row: Option<String> =
                says_now.query_row((fact, key, since), |row| row.get(0)).optional()?;
            if let Some(fault) = link.fault(row.as_deref(), before) {
                let linked = link.linked.clone();
                broken.push(BrokenLink { number: link.number, linked, fault });
            }
            before = Some((link.number, link.hash));
        }
        Ok(broken)
    }

    /// Rows that no link was made for: somebody added them by other means.
    pub fn rows_without_a_link(&self) -> Result<Vec<Linked>> {
        let mut rows = self.connection.prepare(
            "SELECT fact, key, since FROM chain_lines EXCEPT SELECT fact, key, since FROM chain",
        )?;
        let rows = rows.query_map([], |row| linked(row, 0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What came after a link.
    pub fn dependents(&self, link: i64) -> Result<Dependents> {
        Ok(self.connection.query_row(
            "SELECT count(*), min(key) FILTER (WHERE fact = 'run'),
                    max(key) FILTER (WHERE fact = 'run'), count(*) FILTER (WHERE fact = 'change')
             FROM chain WHERE id > ?1",
            [link],
            |row| {
                let runs = row.get::<_, Option<i64>>(1)?.zip(row.get(2)?);
                Ok(Dependents { links: row.get(0)?, runs, changes: row.get(3)? })
            },
        )?)
    }

    /// The link whose hash begins so, in lower-case hex, and what it is for.
    pub fn link_of(&self, anchor: &str) -> Result<Option<(i64, Linked)>> {
        let mut links = self.connection.prepare(
            "SELECT id, fact, key, since FROM chain
             WHERE substr(lower(hex(hash)), 1, length(?1)) = ?1 ORDER BY id LIMIT 1",
        )?;
        Ok(links.query_row([anchor], |row| Ok((row.get(0)?, linked(row, 1)?))).optional()?)
    }

    /// How many of the first links were made when an older ledger got its chain: they vouch for
    /// nothing that happened before.
    pub fn links_made_afterwards(&self) -> Result<Option<i64>> {
        let mut found = self
            .connection
            .prepare("SELECT max(links) FROM chain_beginnings HAVING count(*) > 0")?;
        Ok(found.query_row([], |row| row.get(0)).optional()?)
    }
}

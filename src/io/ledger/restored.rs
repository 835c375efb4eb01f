//! A ledger that was put back: noticed by the head that the last run left in a file beside it.
//!
//! A backup is a true history, only an old one: nothing inside it can tell. What it says of streaks
//! and approvals may have been overtaken by what it does not know.

use super::{Ledger, Result};
use crate::io::power;
use crate::model::chain::{ChainHash, ChainHead};
use crate::model::ids::RunId;
use rusqlite::{OptionalExtension, Transaction};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The file beside the ledger, and what stood in it when the ledger was opened.
#[derive(Debug, Default)]
pub struct Beside {
    /// Where the next head is left; `None` for a ledger in memory.
    file: Option<PathBuf>,
    left: Option<ChainHead>,
}

fn file_beside(ledger: &Path) -> PathBuf {
    let mut name = OsString::from(ledger);
    name.push(".head");
    PathBuf::from(name)
}

/// `812 5f3c…`: how many links there were, and the hash of the last. Anything else says nothing.
fn parse(text: &str) -> Option<ChainHead> {
    let (links, hash) = text.trim().split_once(' ')?;
    let hash: [u8; 32] = hex::decode(hash).ok()?.try_into().ok()?;
    Some(ChainHead { links: links.parse().ok()?, hash: ChainHash(hash) })
}

impl Beside {
    /// For a run.
    pub fn of(ledger: &Path) -> Self {
        Self { file: Some(file_beside(ledger)), ..Self::to_look(ledger) }
    }

    /// For a rehearsal, which leaves none.
    pub fn to_look(ledger: &Path) -> Self {
        let text = std::fs::read_to_string(file_beside(ledger)).ok();
        Self { file: None, left: text.as_deref().and_then(parse) }
    }
}

impl Ledger {
    /// The head that the last run left, where it is not in this chain.
    pub fn lost_head(&self) -> Result<Option<ChainHead>> {
        let Some(left) = self.beside.left else { return Ok(None) };
        let here: Option<[u8; 32]> = self
            .connection
            .query_row("SELECT hash FROM chain WHERE id = ?1", [left.links], |row| row.get(0))
            .optional()?;
        Ok((here != Some(left.hash.0)).then_some(left))
    }

    /// Leaves the head for the next run. Without it that run notices nothing, and goes on.
    pub(super) fn leave_head(&self) -> Result<()> {
        let (Some(file), Some(head)) = (&self.beside.file, self.head()?) else { return Ok(()) };
        let mut new = file.clone().into_os_string();
        new.push(".new");
        let words = format!("{} {head}\n", head.links);
        let left = std::fs::write(&new, words).and_then(|()| {
            power::step();
            std::fs::rename(&new, file)
        });
        power::step();
        if let Err(error) = left {
            tracing::warn!(%error, "the chain's head was not left beside the ledger");
        }
        Ok(())
    }

    /// What a run found out when it began: the head that the run before it had left, and that is
    /// not in this chain.
    pub fn restoration_of(&self, run: RunId) -> Result<Option<ChainHead>> {
        Ok(self.restorations("WHERE run_id = ?1", run.0)?.pop().map(|(_, head)| head))
    }

    /// Every run that found this out, and the head.
    pub fn all_restorations(&self) -> Result<Vec<(RunId, ChainHead)>> {
        self.restorations("WHERE 0 = ?1 ORDER BY run_id", 0)
    }

    fn restorations(&self, which: &str, key: i64) -> Result<Vec<(RunId, ChainHead)>> {
        let query = format!("SELECT run_id, links, hash FROM restorations {which}");
        let mut found = self.connection.prepare_cached(&query)?;
        let rows = found.query_map([key], |row| {
            let head = ChainHead { links: row.get(1)?, hash: ChainHash(row.get(2)?) };
            Ok((RunId(row.get(0)?), head))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// Writes down that this ledger is not the one that the last run left. Streaks begin again with
/// this run, by the view `absence_evidence`; a yes that stands in it may have been taken back, and
/// is void.
pub fn note(tx: &Transaction<'_>, run: RunId, lost: ChainHead) -> Result<()> {
    tx.execute(
        "INSERT INTO restorations (run_id, links, hash) VALUES (?1, ?2, ?3)",
        (run.0, lost.links, lost.hash.0),
    )?;
    tx.execute(
        "UPDATE review_items SET state = 'void', note = 'given in a ledger that was put back'
         WHERE state = 'approved'",
        (),
    )?;
    Ok(())
}

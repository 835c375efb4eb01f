//! What was read, kept once per distinct content: the fields that matter, in id order, as JSON
//! lines, compressed, addressed by the SHA-256 of the lines.

use super::{LedgerError, Result};
use crate::model::event_type::{EventType, Visibility};
use crate::model::ids::{EventTypeId, TeamId};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{OptionalExtension, Transaction};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Write};

/// The content's row; made, and only then compressed, if it was never seen before.
pub fn keep(tx: &Transaction<'_>, event_types: &[EventType]) -> Result<i64> {
    let mut hasher = Hashing(Sha256::new());
    write_lines(event_types, &mut hasher).map_err(LedgerError::unreadable)?;
    let hash: [u8; 32] = hasher.0.finalize().into();
    let found = tx
        .prepare_cached("SELECT id FROM contents WHERE hash = ?1")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let body = write_lines(event_types, &mut encoder)
        .and_then(|()| encoder.finish())
        .map_err(LedgerError::unreadable)?;
    tx.execute(
        "INSERT INTO contents (hash, event_types, body) VALUES (?1, ?2, ?3)",
        (hash, i64::try_from(event_types.len()).unwrap_or(i64::MAX), body),
    )?;
    Ok(tx.last_insert_rowid())
}

/// Reads a content back, exactly.
pub fn unpack(team_id: TeamId, body: &[u8]) -> Result<Vec<EventType>> {
    BufReader::new(ZlibDecoder::new(body))
        .lines()
        .map(|line| {
            let line = line.map_err(LedgerError::unreadable)?;
            let (id, title, slug, length_minutes, hidden): (i64, Box<str>, Box<str>, u32, bool) =
                serde_json::from_str(&line)?;
            let visibility = if hidden { Visibility::Hidden } else { Visibility::Public };
            let id = EventTypeId(id);
            Ok(EventType { id, team_id, title, slug, length_minutes, visibility })
        })
        .collect()
}

/// Whether the lines of a content are those whose hash it is kept under.
pub fn is_addressed_by(hash: [u8; 32], body: &[u8]) -> bool {
    let mut hasher = Hashing(Sha256::new());
    let whole = io::copy(&mut ZlibDecoder::new(body), &mut hasher).is_ok();
    let found: [u8; 32] = hasher.0.finalize().into();
    whole && found == hash
}

fn write_lines(event_types: &[EventType], mut out: impl Write) -> io::Result<()> {
    let mut line = Vec::with_capacity(256);
    for event_type in event_types {
        line.clear();
        let hidden = event_type.visibility == Visibility::Hidden;
        let fields =
            (event_type.id, &event_type.title, &event_type.slug, event_type.length_minutes, hidden);
        serde_json::to_writer(&mut line, &fields)?;
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

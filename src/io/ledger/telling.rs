//! What a digest asks of the ledger: what happened since a moment, and what stands.

use super::history::{LookUpRecord, ObservationRecord};
use super::{Ledger, Result, millis, moment};
use crate::model::Timestamp;
use crate::model::ids::{CompanyId, ReviewId, RunId, ServiceId, TeamId};
use crate::model::review::Word;
use crate::model::run::JournalEntry;
use rusqlite::OptionalExtension;

impl Ledger {
    /// The first and the last run since a moment, and how many there were.
    pub fn runs_since(&self, at: Timestamp) -> Result<Option<(RunId, RunId, u32)>> {
        let (first, last, count): (Option<i64>, Option<i64>, u32) = self
            .connection
            .prepare_cached("SELECT min(id), max(id), count(*) FROM runs WHERE started_at >= ?1")?
            .query_row([millis(at)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(first.zip(last).map(|(first, last)| (RunId(first), RunId(last), count)))
    }

    /// A team's observations since a moment, newest first.
    pub fn observations_since(
        &self,
        team: TeamId,
        at: Timestamp,
    ) -> Result<Vec<ObservationRecord>> {
        // The team's index gives them newest first, so that only what is told is read.
        let mut told = Vec::new();
        self.each_observation_of(team, |record| {
            let is_told = record.at >= at;
            if is_told {
                told.push(record);
            }
            is_told
        })?;
        Ok(told)
    }

    /// The entries written down since a moment, oldest first.
    pub fn entries_since(&self, at: Timestamp) -> Result<Vec<JournalEntry>> {
        self.entries("WHERE at >= ?1 ORDER BY id", millis(at))
    }

    /// The look-ups since a moment, oldest first.
    pub fn look_ups_since(&self, at: Timestamp) -> Result<Vec<LookUpRecord>> {
        self.look_ups("r.started_at >= ?1 ORDER BY l.id", millis(at))
    }

    /// Who answered a question, when, and why in their words.
    pub fn answer_to(&self, id: ReviewId) -> Result<Option<Word>> {
        let query = "SELECT decided_by, decided_at, decided_why FROM review_items
                     WHERE id = ?1 AND decided_by IS NOT NULL AND decided_at IS NOT NULL";
        let found: Option<(Box<str>, i64, Option<Box<str>>)> = self
            .connection
            .prepare_cached(query)?
            .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        found.map(|(by, at, reason)| Ok(Word { by, at: moment(at)?, reason })).transpose()
    }

    /// Who asked for a rollback; of one that an older version made, as far as its holds tell.
    pub fn who_rolled_back(&self, run: RunId) -> Result<Option<Box<str>>> {
        let query = "SELECT by FROM rollbacks WHERE run_id = ?1
                     UNION ALL SELECT by FROM holds WHERE run_id = ?1 LIMIT 1";
        Ok(self
            .connection
            .prepare_cached(query)?
            .query_row([run.0], |row| row.get(0))
            .optional()?)
    }

    /// A company's rows that differ from Cal.com by the last decision on them.
    pub fn drifting(&self, company: CompanyId) -> Result<Vec<ServiceId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT service_id FROM (SELECT service_id, action, max(id) FROM decisions
                                     WHERE company_id = ?1 AND service_id IS NOT NULL
                                     GROUP BY service_id)
             WHERE action = 'report-drift' ORDER BY service_id",
        )?;
        let rows = statement.query_map([company.0], |row| Ok(ServiceId(row.get(0)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

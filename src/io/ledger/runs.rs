//! Runs: opened with a number, closed with counts.

use super::{
    Ledger, LedgerError, Result, commit, interned, millis, moment, outbox, restored, reviews,
};
use crate::model::Timestamp;
use crate::model::ids::{CompanyId, ReviewId, RunId};
use crate::model::message::NewMessage;
use crate::model::review::{Question, ReviewState, Word};
use crate::model::run::{Counts, RunKind, RunRecord, ServiceCounts};
use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};

/// One company's part of a run, as it is closed.
#[derive(Debug, Clone)]
pub struct CompanyClose {
    /// The company.
    pub company_id: CompanyId,
    /// What was seen and done.
    pub counts: Counts,
    /// The rows, as read.
    pub services: ServiceCounts,
    /// Why it could not be finished, for people.
    pub trouble: Option<Box<str>>,
    /// Questions to be asked.
    pub questions: Vec<Question>,
    /// Questions whose state turns: which, to what, and why.
    pub turns: Vec<(ReviewId, ReviewState, Box<str>)>,
}

/// One company's part of a run, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyRun {
    /// The company.
    pub company_id: CompanyId,
    /// What was seen and done.
    pub counts: Counts,
    /// The rows, as read.
    pub services: ServiceCounts,
    /// Why it could not be finished.
    pub trouble: Option<Box<str>>,
}

#[derive(Serialize, Deserialize)]
struct Tally {
    counts: Counts,
    services: ServiceCounts,
}

impl Ledger {
    /// Gives a run its number, and writes down if this ledger is not the one that the last run left.
    pub fn open_run(&mut self, kind: RunKind, now: Timestamp) -> Result<RunId> {
        self.begin(kind, now, None)
    }

    /// The same for a rollback, with who asks for it.
    pub fn open_rollback(&mut self, kind: RunKind, now: Timestamp, asked: &Word) -> Result<RunId> {
        self.begin(kind, now, Some(asked))
    }

    fn begin(&mut self, kind: RunKind, now: Timestamp, asked: Option<&Word>) -> Result<RunId> {
        let lost = self.lost_head()?;
        let tx = self.write()?;
        tx.execute(
            "INSERT INTO runs (kind, reverts, started_at) VALUES (?1, ?2, ?3)",
            (kind.as_str(), kind.reverts().map(|run| run.0), millis(now)),
        )?;
        let id = RunId(tx.last_insert_rowid());
        if let Some(Word { by, reason, .. }) = asked {
            tx.execute(
                "INSERT INTO rollbacks (run_id, by, reason) VALUES (?1, ?2, ?3)",
                (id.0, &**by, reason.as_deref()),
            )?;
        }
        if let Some(lost) = lost {
            restored::note(&tx, id, lost)?;
        }
        commit(tx)?;
        Ok(id)
    }

    /// Closes a run: counts, the review queue, its ending, and what people are told of it, in one
    /// commit. `tell` sees the ledger as it will stand, and says which messages go into the outbox.
    pub fn close_run(
        &mut self,
        run: RunId,
        companies: &[CompanyClose],
        (started_at, finished_at): (Timestamp, Timestamp),
        exit_code: u8,
        tell: impl FnOnce(&Self) -> Vec<NewMessage>,
    ) -> Result<()> {
        // Unchecked: this borrow is the only one that writes, and `tell` can only read.
        let tx = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        for company in companies {
            for (review, to, note) in &company.turns {
                reviews::turn(&tx, *review, *to, note)?;
            }
            for question in &company.questions {
                reviews::ask(&tx, run, started_at, question)?;
            }
            let tally = Tally { counts: company.counts, services: company.services };
            let tally_id = interned(&tx, "tallies", &serde_json::to_string(&tally)?)?;
            tx.execute(
                "INSERT INTO company_runs (run_id, company_id, tally_id, trouble)
                 VALUES (?1, ?2, ?3, ?4)",
                (run.0, company.company_id.0, tally_id, company.trouble.as_deref()),
            )?;
        }
        tx.execute(
            "INSERT INTO run_endings (run_id, finished_at, exit_code) VALUES (?1, ?2, ?3)",
            (run.0, millis(finished_at), exit_code),
        )?;
        for message in tell(self) {
            outbox::put(&tx, Some(run), &message, started_at)?;
        }
        commit(tx)?;
        self.leave_head()
    }

    /// The runs, newest first; at most `most` of them.
    pub fn runs(&self, most: u32) -> Result<Vec<RunRecord>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM run_history ORDER BY id DESC LIMIT ?1")?;
        let rows = statement.query_map([most], run_record)?;
        rows.map(|row| self.with_counts(row??)).collect()
    }

    /// One run.
    pub fn run(&self, id: RunId) -> Result<Option<RunRecord>> {
        let mut statement =
            self.connection.prepare_cached("SELECT * FROM run_history WHERE id = ?1")?;
        let found = statement.query_row([id.0], run_record).optional()?;
        found.map(|record| self.with_counts(record?)).transpose()
    }

    /// When the first of the runs directly before this one began that were cut off after they had
    /// begun to change something: nobody was told of them.
    pub fn cut_off_before(&self, run: RunId) -> Result<Option<Timestamp>> {
        let at: Option<i64> = self.connection.query_row(
            "SELECT min(r.started_at) FROM runs r
             WHERE r.id < ?1
               AND r.id > coalesce((SELECT max(e.run_id) FROM run_endings e WHERE e.run_id < ?1), 0)
               AND EXISTS (SELECT 1 FROM journal j WHERE j.run_id = r.id)",
            [run.0],
            |row| row.get(0),
        )?;
        at.map(moment).transpose()
    }

    /// The newest run.
    pub fn last_run(&self) -> Result<Option<RunRecord>> {
        Ok(self.runs(1)?.pop())
    }

    /// The companies' parts of a run, in order of their ids.
    pub fn company_runs(&self, run: RunId) -> Result<Vec<CompanyRun>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT c.company_id, t.body, c.trouble FROM company_runs c
             JOIN tallies t ON t.id = c.tally_id WHERE c.run_id = ?1 ORDER BY c.company_id",
        )?;
        let rows = statement.query_map([run.0], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, Option<Box<str>>>(2)?))
        })?;
        rows.map(|row| {
            let (company_id, body, trouble) = row?;
            let Tally { counts, services } = serde_json::from_str(&body)?;
            Ok(CompanyRun { company_id: CompanyId(company_id), counts, services, trouble })
        })
        .collect()
    }

    fn with_counts(&self, mut record: RunRecord) -> Result<RunRecord> {
        for company in self.company_runs(record.id)? {
            record.counts += company.counts;
        }
        Ok(record)
    }
}

fn run_record(row: &Row<'_>) -> rusqlite::Result<Result<RunRecord>> {
    let kind: String = row.get("kind")?;
    let reverts: Option<i64> = row.get("reverts")?;
    let (started, finished): (i64, Option<i64>) = (row.get("started_at")?, row.get("finished_at")?);
    let (id, exit_code) = (RunId(row.get("id")?), row.get("exit_code")?);
    let build = || {
        Ok(RunRecord {
            id,
            kind: match kind.as_str() {
                "sync" => RunKind::Sync,
                "rollback" => RunKind::Rollback { reverts: reverts.map(RunId) },
                other => return Err(LedgerError::unreadable(format!("the kind {other:?}"))),
            },
            started_at: moment(started)?,
            finished_at: finished.map(moment).transpose()?,
            exit_code,
            counts: Counts::default(),
        })
    };
    Ok(build())
}

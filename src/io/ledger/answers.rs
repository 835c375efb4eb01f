//! What people say: answers to questions, holds and pauses. Each call is one commit, and either all
//! of it happens or nothing.

use super::{Ledger, LedgerError, Result, commit, millis};
use crate::model::Timestamp;
use crate::model::ids::{EventTypeId, ObservationId, ReviewId, RunId, ServiceId, TeamId};
use crate::model::review::{Breadth, HoldTarget, ReviewItem, Word};
use rusqlite::Transaction;
use std::collections::BTreeSet;

/// An answer to one question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Yes, until then, and how broadly.
    Approve {
        /// Until when it holds.
        expires_at: Timestamp,
        /// Whether its number was named.
        breadth: Breadth,
    },
    /// No: leave these alone.
    Keep {
        /// What is held from now on.
        holds: Vec<HoldTarget>,
    },
    /// Later.
    Snooze {
        /// When to ask again.
        until: Timestamp,
    },
    /// A quarantined observation is believed.
    Accept(Acceptance),
    /// It is not.
    Discard(ObservationId),
}

/// What a person said to one question.
#[derive(Debug, Clone)]
pub struct Said<'a> {
    /// The question as the person saw it: an answer to another state of it is none.
    pub item: &'a ReviewItem,
    /// The answer.
    pub answer: Answer,
    /// Who, when and why.
    pub word: Word,
}

/// A yes to a quarantined observation.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The observation.
    pub observation: ObservationId,
    /// Its team.
    pub team: TeamId,
    /// What it shows.
    pub shown: BTreeSet<EventTypeId>,
    /// Whether an absence in it advances streaks.
    pub counts: bool,
    /// The canaries of the configuration: they are retired.
    pub must_contain: Vec<EventTypeId>,
}

impl Ledger {
    /// Writes down answers to open questions.
    ///
    /// # Errors
    /// [`LedgerError::Decided`] where one of them is not as it was seen any more; then none is
    /// written.
    pub fn answer(&mut self, said: &[Said<'_>]) -> Result<()> {
        let tx = self.write()?;
        for Said { item, answer, word } in said {
            let stands = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM review_items
                                WHERE id = ?1 AND state = ?2 AND decided_at IS ?3)",
                (item.id.0, item.state.as_str(), item.answered_at.map(millis)),
                |row| row.get::<_, bool>(0),
            )?;
            if !stands || write_answer(&tx, item.id, answer, word)? != 1 {
                return Err(LedgerError::Decided { id: item.id });
            }
        }
        commit(tx)
    }

    /// Writes down that a person believes a quarantined observation: from now on it is accepted,
    /// and what it does not show was absent in it.
    pub fn accept_observation(&mut self, word: &Word, acceptance: &Acceptance) -> Result<()> {
        let tx = self.write()?;
        accept(&tx, word, acceptance)?;
        close_observation_item(&tx, word, acceptance.observation, "applied")?;
        commit(tx)
    }

    /// Writes down that a person does not believe a quarantined observation.
    pub fn discard_observation(&mut self, word: &Word, observation: ObservationId) -> Result<()> {
        let tx = self.write()?;
        close_observation_item(&tx, word, observation, "kept")?;
        commit(tx)
    }

    /// Holds something.
    pub fn hold(&mut self, word: &Word, target: HoldTarget) -> Result<()> {
        let tx = self.write()?;
        hold(&tx, word, target, None)?;
        commit(tx)
    }

    /// Releases what is held on a target; how many holds that were.
    pub fn release(&mut self, word: &Word, target: HoldTarget) -> Result<usize> {
        let (column, id) = column_of(target);
        self.release_where(word, column, id)
    }

    /// Releases every hold that a rollback left; how many that were.
    pub fn release_run(&mut self, word: &Word, run: RunId) -> Result<usize> {
        self.release_where(word, "run_id", run.0)
    }

    fn release_where(&mut self, word: &Word, column: &str, id: i64) -> Result<usize> {
        let tx = self.write()?;
        let released = tx.execute(
            &format!(
                "UPDATE holds SET released_at = ?1, released_by = ?2
                 WHERE {column} = ?3 AND released_at IS NULL"
            ),
            (millis(word.at), &*word.by, id),
        )?;
        commit(tx)?;
        Ok(released)
    }

    /// Touches no service until then, or until [`Ledger::resume`].
    pub fn set_pause(&mut self, word: &Word, until: Option<Timestamp>) -> Result<()> {
        let tx = self.write()?;
        resume(&tx, word)?;
        tx.execute(
            "INSERT INTO pauses (by, at, reason, until) VALUES (?1, ?2, ?3, ?4)",
            (
                &*word.by,
                millis(word.at),
                word.reason.as_deref().unwrap_or_default(),
                until.map(millis),
            ),
        )?;
        commit(tx)
    }

    /// Ends a pause; whether there was one.
    pub fn resume(&mut self, word: &Word) -> Result<bool> {
        let tx = self.write()?;
        let ended = resume(&tx, word)?;
        commit(tx)?;
        Ok(ended > 0)
    }
}

/// How many open questions that answered: one, or none where it was decided meanwhile.
fn write_answer(tx: &Transaction<'_>, id: ReviewId, answer: &Answer, word: &Word) -> Result<usize> {
    let (at, why) = (millis(word.at), word.reason.as_deref());
    match answer {
        Answer::Approve { expires_at, breadth } => Ok(tx.execute(
            "UPDATE review_items SET state = 'approved', decided_at = ?1, decided_by = ?2,
                    decided_why = ?3, expires_at = ?4, mass = ?5, snoozed_until = NULL
             WHERE id = ?6 AND state IN ('pending', 'snoozed')",
            (at, &*word.by, why, millis(*expires_at), *breadth == Breadth::Mass, id.0),
        )?),
        Answer::Keep { holds } => {
            for target in holds {
                hold(tx, word, *target, None)?;
            }
            Ok(tx.execute(
                "UPDATE review_items SET state = 'kept', decided_at = ?1, decided_by = ?2,
                        decided_why = ?3
                 WHERE id = ?4 AND state IN ('pending', 'snoozed', 'approved')",
                (at, &*word.by, why, id.0),
            )?)
        }
        Answer::Snooze { until } => Ok(tx.execute(
            "UPDATE review_items SET state = 'snoozed', decided_at = ?1, decided_by = ?2,
                    decided_why = ?3, snoozed_until = ?4
             WHERE id = ?5 AND state IN ('pending', 'snoozed')",
            (at, &*word.by, why, millis(*until), id.0),
        )?),
        Answer::Accept(acceptance) => {
            accept(tx, word, acceptance)?;
            close_observation_item(tx, word, acceptance.observation, "applied")
        }
        Answer::Discard(observation) => close_observation_item(tx, word, *observation, "kept"),
    }
}

fn resume(tx: &Transaction<'_>, word: &Word) -> Result<usize> {
    Ok(tx.execute(
        "UPDATE pauses SET resumed_at = ?1, resumed_by = ?2
         WHERE resumed_at IS NULL AND (until IS NULL OR until > ?1)",
        (millis(word.at), &*word.by),
    )?)
}

fn column_of(target: HoldTarget) -> (&'static str, i64) {
    match target {
        HoldTarget::Service(ServiceId(id)) => ("service_id", id),
        HoldTarget::EventType(EventTypeId(id)) => ("event_type_id", id),
    }
}

/// Holds a target; `run` is the rollback that leaves it.
pub fn hold(
    tx: &Transaction<'_>,
    word: &Word,
    target: HoldTarget,
    run: Option<RunId>,
) -> Result<()> {
    let (column, id) = column_of(target);
    tx.execute(
        &format!(
            "INSERT INTO holds ({column}, by, at, reason, run_id) VALUES (?1, ?2, ?3, ?4, ?5)"
        ),
        (
            id,
            &*word.by,
            millis(word.at),
            word.reason.as_deref().unwrap_or("kept in review"),
            run.map(|run| run.0),
        ),
    )?;
    Ok(())
}

fn accept(tx: &Transaction<'_>, word: &Word, acceptance: &Acceptance) -> Result<()> {
    let Acceptance { observation, team, shown, counts, must_contain } = acceptance;
    tx.execute(
        "INSERT INTO acceptances (observation_id, at, by, reason, counts, must_contain)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            observation.0,
            millis(word.at),
            &*word.by,
            word.reason.as_deref(),
            counts,
            serde_json::to_string(must_contain)?,
        ),
    )?;
    let open: Vec<i64> = tx
        .prepare_cached(
            "SELECT event_type_id FROM presence
             WHERE team_id = ?1 AND until IS NULL AND since < ?2",
        )?
        .query_map((team.0, observation.0), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for absent in open.iter().filter(|id| !shown.contains(&EventTypeId(**id))) {
        tx.execute(
            "UPDATE presence SET until = ?1
             WHERE team_id = ?2 AND event_type_id = ?3 AND until IS NULL",
            (observation.0, team.0, absent),
        )?;
    }
    Ok(())
}

fn close_observation_item(
    tx: &Transaction<'_>,
    word: &Word,
    observation: ObservationId,
    state: &str,
) -> Result<usize> {
    Ok(tx.execute(
        "UPDATE review_items SET state = ?1, decided_at = ?2, decided_by = ?3, decided_why = ?4
         WHERE kind = 'observation' AND observation_id = ?5 AND state IN ('pending', 'snoozed')",
        (state, millis(word.at), &*word.by, word.reason.as_deref(), observation.0),
    )?)
}

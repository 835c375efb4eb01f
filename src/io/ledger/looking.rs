//! What `status` and `explain` ask of the ledger, beyond what a run asks.

use super::{Ledger, LedgerError, Result, moment, word};
use crate::model::Timestamp;
use crate::model::ids::{
    CompanyId, EventTypeId, ObservationId, ReviewId, RunId, ServiceId, TeamId,
};
use crate::model::review::ReviewState;
use crate::model::run::JournalEntry;
use rusqlite::OptionalExtension;

/// From when to when an event type was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceRecord {
    /// Where.
    pub team_id: TeamId,
    /// The run that first listed it.
    pub since: (RunId, Timestamp),
    /// The run whose list did not show it any more; `None`: it is listed still.
    pub until: Option<(RunId, Timestamp)>,
}

/// How an event type left a team's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartureRecord {
    /// The first accepted observation without it.
    pub observation: ObservationId,
    /// The run of the last accepted observation with it, and when.
    pub last_shown: (RunId, Timestamp),
    /// The run of that first observation, and when.
    pub first_absent: (RunId, Timestamp),
    /// How many event types of the team went with that observation, this one included.
    pub gone: usize,
    /// What it showed for the first time, ascending.
    pub came: Vec<EventTypeId>,
}

/// What a person answered to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRecord {
    /// The question.
    pub review_id: ReviewId,
    /// Where it stands now.
    pub state: ReviewState,
    /// Whether it was a yes: only that has an end.
    pub is_approval: bool,
    /// When they answered.
    pub at: Timestamp,
    /// Who.
    pub by: Box<str>,
    /// Why, in their words.
    pub reason: Option<Box<str>>,
}

/// A hold, released or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRecord {
    /// Who asked for it.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: Box<str>,
    /// The rollback that left it.
    pub run_id: Option<RunId>,
    /// When it was released, and by whom.
    pub released: Option<(Timestamp, Box<str>)>,
}

impl Ledger {
    /// A company's active, linked rows, as last seen, whose event types are not listed now: each
    /// with its link and its name, in order of their ids.
    pub fn orphans_last_seen(
        &self,
        company: CompanyId,
    ) -> Result<Vec<(ServiceId, EventTypeId, Box<str>)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT s.service_id, s.event_type_id, s.name
             FROM sightings s INDEXED BY sightings_open
             WHERE s.company_id = ?1 AND s.until_run IS NULL
               AND s.is_active = 1 AND s.event_type_id IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM presence p INDEXED BY presence_by_event_type
                               WHERE p.event_type_id = s.event_type_id
                                 AND p.company_id = s.company_id AND p.until IS NULL)
             ORDER BY s.service_id",
        )?;
        let rows = statement.query_map([company.0], |row| {
            Ok((ServiceId(row.get(0)?), EventTypeId(row.get(1)?), row.get(2)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The entries that a company's last reading of its rows cannot have seen yet.
    pub fn entries_not_seen_yet(&self, company: CompanyId) -> Result<Vec<JournalEntry>> {
        let last_read: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT c.run_id FROM company_runs c JOIN runs r ON r.id = c.run_id
                 WHERE c.company_id = ?1 AND r.kind = 'sync' AND c.trouble IS NULL
                 ORDER BY c.run_id DESC LIMIT 1",
            )?
            .query_row([company.0], |row| row.get(0))
            .optional()?;
        let mut entries = self.entries("WHERE run_id >= ?1 ORDER BY id", last_read.unwrap_or(0))?;
        entries.retain(|entry| entry.intent.change.company_id() == company);
        Ok(entries)
    }

    /// The first run after `run` that read a company's rows to their end.
    pub fn next_reading(
        &self,
        company: CompanyId,
        run: RunId,
    ) -> Result<Option<(RunId, Timestamp)>> {
        let found: Option<(i64, i64)> = self
            .connection
            .prepare_cached(
                "SELECT c.run_id, r.started_at FROM company_runs c JOIN runs r ON r.id = c.run_id
                 WHERE c.company_id = ?1 AND c.run_id > ?2 AND r.kind = 'sync'
                   AND c.trouble IS NULL
                 ORDER BY c.run_id LIMIT 1",
            )?
            .query_row((company.0, run.0), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.map(|(run, at)| Ok((RunId(run), moment(at)?))).transpose()
    }

    /// When an event type was listed for a company, oldest first.
    pub fn presence_of(
        &self,
        company: CompanyId,
        event_type: EventTypeId,
    ) -> Result<Vec<PresenceRecord>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT p.team_id, rs.id, rs.started_at, ru.id, ru.started_at
             FROM presence p INDEXED BY presence_by_event_type
             JOIN observations os ON os.id = p.since JOIN runs rs ON rs.id = os.run_id
             LEFT JOIN observations ou ON ou.id = p.until LEFT JOIN runs ru ON ru.id = ou.run_id
             WHERE p.event_type_id = ?1 AND p.company_id = ?2 ORDER BY p.since",
        )?;
        let rows = statement.query_map((event_type.0, company.0), |row| {
            let until: Option<(i64, i64)> = row.get::<_, Option<i64>>(3)?.zip(row.get(4)?);
            Ok((TeamId(row.get(0)?), RunId(row.get(1)?), row.get::<_, i64>(2)?, until))
        })?;
        rows.map(|row| {
            let (team_id, run, at, until) = row?;
            let until = until.map(|(run, at)| Ok::<_, LedgerError>((RunId(run), moment(at)?)));
            Ok(PresenceRecord { team_id, since: (run, moment(at)?), until: until.transpose()? })
        })
        .collect()
    }

    /// How an event type went; `None` while it is listed, or where it never was.
    pub fn departure_of(
        &self,
        company: CompanyId,
        event_type: EventTypeId,
    ) -> Result<Option<DepartureRecord>> {
        let found: Option<(i64, Option<i64>, i64)> = self
            .connection
            .prepare_cached(
                "SELECT team_id, until, since FROM presence
                 WHERE event_type_id = ?1 AND company_id = ?2 ORDER BY since DESC LIMIT 1",
            )?
            .query_row((event_type.0, company.0), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((team, Some(until), since)) = found else { return Ok(None) };
        let last: i64 = self
            .connection
            .prepare_cached(
                "SELECT coalesce(max(id), ?2) FROM accepted_observations
                 WHERE team_id = ?1 AND id >= ?2 AND id < ?3",
            )?
            .query_row((team, since, until), |row| row.get(0))?;
        let gone: i64 = self
            .connection
            .prepare_cached("SELECT count(*) FROM presence WHERE team_id = ?1 AND until = ?2")?
            .query_row((team, until), |row| row.get(0))?;
        let mut came = self.connection.prepare_cached(
            "SELECT event_type_id FROM presence p WHERE team_id = ?1 AND since = ?2
               AND NOT EXISTS (SELECT 1 FROM presence e WHERE e.team_id = p.team_id
                                 AND e.event_type_id = p.event_type_id AND e.since < p.since)
             ORDER BY event_type_id",
        )?;
        let came = came.query_map((team, until), |row| row.get(0).map(EventTypeId))?;
        Ok(Some(DepartureRecord {
            observation: ObservationId(until),
            last_shown: self.run_of_observation(last)?,
            first_absent: self.run_of_observation(until)?,
            gone: usize::try_from(gone).map_err(LedgerError::unreadable)?,
            came: came.collect::<rusqlite::Result<_>>()?,
        }))
    }

    fn run_of_observation(&self, observation: i64) -> Result<(RunId, Timestamp)> {
        let (run, at): (i64, i64) = self
            .connection
            .prepare_cached(
                "SELECT r.id, r.started_at FROM observations o JOIN runs r ON r.id = o.run_id
                 WHERE o.id = ?1",
            )?
            .query_row([observation], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((RunId(run), moment(at)?))
    }

    /// What people answered to the questions about a row, oldest question first.
    pub fn answers_about(&self, service: ServiceId) -> Result<Vec<AnswerRecord>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, state, expires_at IS NOT NULL, decided_at, decided_by, decided_why
             FROM review_items
             WHERE service_id = ?1 AND decided_by IS NOT NULL AND decided_at IS NOT NULL
             ORDER BY id",
        )?;
        let rows = statement.query_map([service.0], |row| {
            let state: String = row.get(1)?;
            Ok((row.get(0)?, state, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })?;
        rows.map(|row| {
            let (id, state, is_approval, at, by, reason) = row?;
            Ok(AnswerRecord {
                review_id: ReviewId(id),
                state: word(&ReviewState::ALL, ReviewState::as_str, &state)?,
                is_approval,
                at: moment(at)?,
                by,
                reason,
            })
        })
        .collect()
    }

    /// Every hold there ever was on a row, oldest first.
    pub fn holds_on(&self, service: ServiceId) -> Result<Vec<HoldRecord>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT by, at, reason, run_id, released_at, released_by FROM holds
             WHERE service_id = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([service.0], |row| {
            let run: Option<i64> = row.get(3)?;
            let (at, by): (Option<i64>, Option<Box<str>>) = (row.get(4)?, row.get(5)?);
            let released = at.map(|at| (at, by));
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, run, released))
        })?;
        rows.map(|row: rusqlite::Result<_>| {
            let (by, at, reason, run, released) = row?;
            let released = released
                .map(|(at, by)| Ok::<_, LedgerError>((moment(at)?, by.unwrap_or_default())));
            Ok(HoldRecord {
                by,
                at: moment(at)?,
                reason,
                run_id: run.map(RunId),
                released: released.transpose()?,
            })
        })
        .collect()
    }

    /// A row that is, or once was, linked to an event type.
    pub fn service_linked_to(&self, event_type: EventTypeId) -> Result<Option<ServiceId>> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT service_id FROM sightings WHERE event_type_id = ?1
                 ORDER BY until_run IS NULL DESC, service_id LIMIT 1",
            )?
            .query_row([event_type.0], |row| row.get(0))
            .optional()?;
        Ok(found.map(ServiceId))
    }
}

//! What happened, for people who ask: observations, decisions, look-ups and sightings read back.

use super::{Ledger, LedgerError, Result, content, millis, moment, word};
use crate::model::Timestamp;
use crate::model::event_type::EventType;
use crate::model::ids::{CompanyId, EventTypeId, ObservationId, RunId, ServiceId, TeamId};
use crate::model::observation::{Finding, Scope, Verdict};
use rusqlite::{OptionalExtension, Row};

/// An observation, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservationRecord {
    /// Its number.
    pub id: ObservationId,
    /// The run that made it.
    pub run_id: RunId,
    /// The company it was read for.
    pub company_id: CompanyId,
    /// The team.
    pub team_id: TeamId,
    /// When it was made.
    pub at: Timestamp,
    /// What it is worth.
    pub verdict: Verdict,
    /// Whether an absence in it advances streaks.
    pub counts_for_absence: bool,
    /// What it was made of.
    pub scope: Scope,
    /// Why.
    pub findings: Vec<Finding>,
    /// How many event types it shows; `None` where nothing readable came.
    pub event_types: Option<usize>,
    /// How many the previous accepted observation of the team had.
    pub previous_event_types: Option<usize>,
    /// Who accepted it in spite of its findings.
    pub accepted_by: Option<Box<str>>,
}

/// A decision, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// The run that decided.
    pub run_id: RunId,
    /// When.
    pub at: Timestamp,
    /// The company.
    pub company_id: CompanyId,
    /// The row, if there is one.
    pub service_id: Option<ServiceId>,
    /// The event type, if there is one.
    pub event_type_id: Option<EventTypeId>,
    /// What, in one word.
    pub action: Box<str>,
    /// Why.
    pub reason: Box<str>,
}

/// A look-up by id, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUpRecord {
    /// The run that asked.
    pub run_id: RunId,
    /// When.
    pub at: Timestamp,
    /// The company.
    pub company_id: CompanyId,
    /// The team asked.
    pub team_id: TeamId,
    /// What was looked up.
    pub event_type_id: EventTypeId,
    /// `exists`, `not-found` or `unclear`.
    pub answer: Box<str>,
    /// What was seen, when unclear.
    pub note: Option<Box<str>>,
}

/// How runs saw a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SightingRecord {
    /// The row.
    pub service_id: ServiceId,
    /// The first run that saw it so, and when.
    pub since: (RunId, Timestamp),
    /// The first run that saw it otherwise, or gone; `None`: it is so still.
    pub until_run: Option<RunId>,
    /// Its company.
    pub company_id: CompanyId,
    /// Its name: foreign text.
    pub name: Box<str>,
    /// Its link.
    pub event_type_id: Option<EventTypeId>,
    /// Whether callers could book it.
    pub is_active: bool,
    /// The application's word.
    pub sync_status: Option<Box<str>>,
}

const OBSERVATIONS: &str = "SELECT o.id, o.run_id, o.company_id, o.team_id, r.started_at,
        o.verdict, o.counts, s.body AS scope, f.body AS findings, c.event_types, a.by,
        (SELECT pc.event_types FROM accepted_observations p JOIN contents pc ON pc.id = p.content_id
         WHERE p.team_id = o.team_id AND p.id < o.id ORDER BY p.id DESC LIMIT 1) AS previous
     FROM observations o JOIN runs r ON r.id = o.run_id JOIN scopes s ON s.id = o.scope_id
     LEFT JOIN findings f ON f.id = o.findings_id LEFT JOIN contents c ON c.id = o.content_id
     LEFT JOIN acceptances a ON a.observation_id = o.id";

impl Ledger {
    /// The observations of a run, in order of their numbers.
    pub fn observations_of_run(&self, run: RunId) -> Result<Vec<ObservationRecord>> {
        let query = format!(
            "{OBSERVATIONS} WHERE o.id BETWEEN
                (SELECT min(id) FROM observations WHERE run_id = ?1) AND
                (SELECT max(id) FROM observations WHERE run_id = ?1) ORDER BY o.id"
        );
        self.observations(&query, run.0)
    }

    /// A team's newest observation, whatever it is worth.
    pub fn newest_observation(&self, team: TeamId) -> Result<Option<ObservationRecord>> {
        let query = format!("{OBSERVATIONS} WHERE o.team_id = ?1 ORDER BY o.id DESC LIMIT 1");
        Ok(self.observations(&query, team.0)?.pop())
    }

    /// A team's observations, newest first, as long as `more` wants them.
    pub(super) fn each_observation_of(
        &self,
        team: TeamId,
        mut more: impl FnMut(ObservationRecord) -> bool,
    ) -> Result<()> {
        let query = format!("{OBSERVATIONS} WHERE o.team_id = ?1 ORDER BY o.id DESC");
        let mut statement = self.connection.prepare_cached(&query)?;
        let mut rows = statement.query([team.0])?;
        while let Some(row) = rows.next()? {
            if !more(observation(row)?) {
                break;
            }
        }
        Ok(())
    }

    /// One observation.
    pub fn observation(&self, id: ObservationId) -> Result<Option<ObservationRecord>> {
        Ok(self.observations(&format!("{OBSERVATIONS} WHERE o.id = ?1"), id.0)?.pop())
    }

    /// When a team's newest accepted observation was made.
    pub fn last_accepted_at(&self, team: TeamId) -> Result<Option<Timestamp>> {
        let at: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT at FROM accepted_observations WHERE team_id = ?1 ORDER BY id DESC LIMIT 1",
            )?
            .query_row([team.0], |row| row.get(0))
            .optional()?;
        at.map(moment).transpose()
    }

    /// Since when a team's list may not have been believed: its newest accepted observation, or its
    /// first of any kind. Where a clock that was wrong says that this is yet to come, the next one
    /// of a clock that was right: no later than then it had been.
    pub fn blind_since(&self, team: TeamId, now: Timestamp) -> Result<Option<Timestamp>> {
        let at: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT r.started_at FROM observations o JOIN runs r ON r.id = o.run_id
                 WHERE o.team_id = ?1 AND r.started_at <= ?2
                   AND o.id >= coalesce((SELECT id FROM accepted_observations WHERE team_id = ?1
                                         ORDER BY id DESC LIMIT 1), 0)
                 ORDER BY o.id LIMIT 1",
            )?
            .query_row((team.0, millis(now)), |row| row.get(0))
            .optional()?;
        at.map(moment).transpose()
    }

    /// When an accepted or quarantined observation last showed an event type to a company: the last
    /// one before its presence ended, or the newest while it has not.
    pub fn last_shown_at(
        &self,
        company: CompanyId,
        event_type: EventTypeId,
    ) -> Result<Option<Timestamp>> {
        let at: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT max(r.started_at) FROM presence p
                 JOIN observations o ON o.team_id = p.team_id AND o.id >= p.since
                  AND (p.until IS NULL OR o.id < p.until) AND o.content_id IS NOT NULL
                 JOIN runs r ON r.id = o.run_id
                 WHERE p.event_type_id = ?1 AND p.company_id = ?2
                   AND p.since = (SELECT max(since) FROM presence
                                  WHERE event_type_id = ?1 AND company_id = ?2)",
            )?
            .query_row((event_type.0, company.0), |row| row.get(0))?;
        at.map(moment).transpose()
    }

    /// Exactly what an observation showed; `None` where nothing readable came.
    pub fn shown_by(&self, id: ObservationId) -> Result<Option<Vec<EventType>>> {
        let found: Option<(i64, Vec<u8>)> = self
            .connection
            .prepare_cached(
                "SELECT o.team_id, c.body FROM observations o
                 JOIN contents c ON c.id = o.content_id WHERE o.id = ?1",
            )?
            .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.map(|(team, body)| content::unpack(TeamId(team), &body)).transpose()
    }

    fn observations(&self, query: &str, key: i64) -> Result<Vec<ObservationRecord>> {
        let mut statement = self.connection.prepare_cached(query)?;
        let rows = statement.query_map([key], |row| Ok(observation(row)))?;
        rows.map(|row| row?).collect()
    }

    /// What a run decided anew, in order of the rows, then of new event types.
    pub fn decisions_of_run(&self, run: RunId) -> Result<Vec<DecisionRecord>> {
        self.decisions("d.run_id = ?1 ORDER BY d.id", run.0)
    }

    /// What was ever decided about a row, oldest first.
    pub fn decisions_of_service(&self, service: ServiceId) -> Result<Vec<DecisionRecord>> {
        self.decisions("d.service_id = ?1 ORDER BY d.id", service.0)
    }

    fn decisions(&self, which: &str, key: i64) -> Result<Vec<DecisionRecord>> {
        let query = format!(
            "SELECT d.run_id, r.started_at, d.company_id, d.service_id, d.event_type_id, d.action,
                    d.reason
             FROM decisions d JOIN runs r ON r.id = d.run_id WHERE {which}"
        );
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map([key], |row| {
            let at: i64 = row.get(1)?;
            Ok(moment(at).and_then(|at| {
                Ok(DecisionRecord {
                    run_id: RunId(row.get(0)?),
                    at,
                    company_id: CompanyId(row.get(2)?),
                    service_id: row.get::<_, Option<i64>>(3)?.map(ServiceId),
                    event_type_id: row.get::<_, Option<i64>>(4)?.map(EventTypeId),
                    action: row.get(5)?,
                    reason: row.get(6)?,
                })
            }))
        })?;
        rows.map(|row| row?).collect()
    }

    /// The look-ups of a run, in the order in which they were made.
    pub fn look_ups_of_run(&self, run: RunId) -> Result<Vec<LookUpRecord>> {
        self.look_ups("l.run_id = ?1 ORDER BY l.id", run.0)
    }

    /// The look-ups of an event type, oldest first.
    pub fn look_ups_of_event_type(&self, id: EventTypeId) -> Result<Vec<LookUpRecord>> {
        self.look_ups("l.event_type_id = ?1 ORDER BY l.id", id.0)
    }

    pub(super) fn look_ups(&self, which: &str, key: i64) -> Result<Vec<LookUpRecord>> {
        let query = format!(
            "SELECT l.run_id, r.started_at, l.company_id, l.team_id, l.event_type_id, l.answer,
                    l.note
             FROM lookups l JOIN runs r ON r.id = l.run_id WHERE {which}"
        );
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map([key], |row| {
            let at: i64 = row.get(1)?;
            Ok(moment(at).and_then(|at| {
                Ok(LookUpRecord {
                    run_id: RunId(row.get(0)?),
                    at,
                    company_id: CompanyId(row.get(2)?),
                    team_id: TeamId(row.get(3)?),
                    event_type_id: EventTypeId(row.get(4)?),
                    answer: row.get(5)?,
                    note: row.get(6)?,
                })
            }))
        })?;
        rows.map(|row| row?).collect()
    }

    /// How runs saw a row, oldest first.
    pub fn sightings_of(&self, service: ServiceId) -> Result<Vec<SightingRecord>> {
        self.sightings("s.service_id = ?1 ORDER BY s.since_run", service.0)
    }

    /// A company's rows as the last run saw them, in order of their ids.
    pub fn rows_last_seen(&self, company: CompanyId) -> Result<Vec<SightingRecord>> {
        self.sightings("s.company_id = ?1 AND s.until_run IS NULL ORDER BY s.service_id", company.0)
    }

    fn sightings(&self, which: &str, key: i64) -> Result<Vec<SightingRecord>> {
        let query = format!(
            "SELECT s.service_id, s.since_run, r.started_at, s.until_run, s.company_id, s.name,
                    s.event_type_id, s.is_active, s.sync_status
             FROM sightings s JOIN runs r ON r.id = s.since_run WHERE {which}"
        );
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map([key], |row| {
            let at: i64 = row.get(2)?;
            Ok(moment(at).and_then(|at| {
                Ok(SightingRecord {
                    service_id: ServiceId(row.get(0)?),
                    since: (RunId(row.get(1)?), at),
                    until_run: row.get::<_, Option<i64>>(3)?.map(RunId),
                    company_id: CompanyId(row.get(4)?),
                    name: row.get(5)?,
                    event_type_id: row.get::<_, Option<i64>>(6)?.map(EventTypeId),
                    is_active: row.get(7)?,
                    sync_status: row.get(8)?,
                })
            }))
        })?;
        rows.map(|row| row?).collect()
    }
}

fn observation(row: &Row<'_>) -> Result<ObservationRecord> {
    const VERDICTS: [Verdict; 4] =
        [Verdict::Accepted, Verdict::Quarantined, Verdict::Rejected, Verdict::Failed];
    let (verdict, scope): (String, String) = (row.get("verdict")?, row.get("scope")?);
    let findings: Option<String> = row.get("findings")?;
    let count = |column: &str| -> Result<Option<usize>> {
        let found: Option<i64> = row.get(column)?;
        found.map(|count| usize::try_from(count).map_err(LedgerError::unreadable)).transpose()
    };
    Ok(ObservationRecord {
        id: ObservationId(row.get("id")?),
        run_id: RunId(row.get("run_id")?),
        company_id: CompanyId(row.get("company_id")?),
        team_id: TeamId(row.get("team_id")?),
        at: moment(row.get("started_at")?)?,
        verdict: word(&VERDICTS, Verdict::as_str, &verdict)?,
        counts_for_absence: row.get("counts")?,
        scope: serde_json::from_str(&scope)?,
        findings: findings.map_or(Ok(Vec::new()), |body| serde_json::from_str(&body))?,
        event_types: count("event_types")?,
        previous_event_types: count("previous")?,
        accepted_by: row.get("by")?,
    })
}

//! What assessing, planning and gating need of the past.

use super::{Ledger, Result, millis, moment};
use crate::model::Timestamp;
use crate::model::decision::{Absence, AbsenceStreak, LastListed};
use crate::model::ids::{
    CompanyId, EventTypeId, JournalId, ObservationId, RunId, ServiceId, TeamId,
};
use crate::model::memory::{
    AcceptedBy, CompanyMemory, PreviousObservation, TeamMemory, TeamPast, Window,
};
use crate::model::observation::Finding;
use crate::model::policy::{CompanyPolicy, TeamPolicy};
use crate::model::review::{Hold, HoldTarget, Pause};
use crate::model::service::Service;
use rusqlite::OptionalExtension;
use std::collections::{BTreeMap, BTreeSet};

impl Ledger {
    /// What is known of a team before this run's observation of it is judged.
    pub fn team_memory(&self, team: &TeamPolicy) -> Result<TeamMemory> {
        let id = team.team_id;
        let ever = "SELECT EXISTS (SELECT 1 FROM presence WHERE team_id = ?1)";
        let had_some = self.connection.query_row(ever, [id.0], |row| row.get(0))?;
        // The clock was ahead where a series began at an earlier moment than what came before it:
        // such a moment would make every list too soon until the clock gets there. The CASE keeps
        // SQLite from asking that of the lists that do not count: after weeks of refusals it would
        // be asked of each of them, about all that came after it.
        let last_counted: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT at FROM accepted_observations o
                 WHERE team_id = ?1 AND counts = 1
                   AND CASE WHEN counts = 1 THEN
                         NOT EXISTS (SELECT 1 FROM accepted_observations b
                                     WHERE b.team_id = o.team_id AND b.starts_series = 1
                                       AND b.id > o.id AND b.at < o.at)
                       ELSE 0 END
                 ORDER BY id DESC LIMIT 1",
            )?
            .query_row([id.0], |row| row.get(0))
            .optional()?;
        Ok(TeamMemory {
            previous: self.previous_accepted(id)?,
            last_counted_at: last_counted.map(moment).transpose()?,
            past: if had_some { TeamPast::HadSome } else { TeamPast::NeverHadAny },
            retired_canaries: self.retired_canaries(team)?,
        })
    }

    fn previous_accepted(&self, team: TeamId) -> Result<Option<PreviousObservation>> {
        let newest = self
            .connection
            .prepare_cached(
                "SELECT o.id, o.at, s.body, o.accepted_by FROM accepted_observations o
                 JOIN scopes s ON s.id = o.scope_id
                 WHERE o.team_id = ?1 ORDER BY o.id DESC LIMIT 1",
            )?
            .query_row([team.0], |row| {
                let accepted_by: Option<String> = row.get(3)?;
                Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, String>(2)?, accepted_by))
            })
            .optional()?;
        let Some((id, at, scope, accepted_by)) = newest else { return Ok(None) };
        // What a quarantined observation opened since then was not shown by this one.
        let event_types = self
            .connection
            .prepare_cached(
                "SELECT event_type_id FROM presence
                 WHERE team_id = ?1 AND until IS NULL AND since <= ?2 ORDER BY event_type_id",
            )?
            .query_map((team.0, id), |row| row.get(0).map(EventTypeId))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Some(PreviousObservation {
            id: ObservationId(id),
            at: moment(at)?,
            scope: serde_json::from_str(&scope)?,
            event_types,
            accepted_by: accepted_by.map_or(AcceptedBy::Checks, |_| AcceptedBy::Person),
        }))
    }

    /// A canary that a person accepted as missing is retired until `must_contain` changes.
    fn retired_canaries(&self, team: &TeamPolicy) -> Result<Vec<EventTypeId>> {
        if team.must_contain.is_empty() {
            return Ok(Vec::new());
        }
        let configured = serde_json::to_string(&team.must_contain)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT f.body FROM acceptances a JOIN observations o ON o.id = a.observation_id
             JOIN findings f ON f.id = o.findings_id
             WHERE o.team_id = ?1 AND a.must_contain = ?2",
        )?;
        let bodies = statement.query_map((team.team_id.0, configured), |row| row.get(0))?;
        let mut retired = Vec::new();
        for body in bodies {
            let findings: Vec<Finding> = serde_json::from_str(&body.map(|b: String| b)?)?;
            for finding in findings {
                if let Finding::Canary { missing } = finding {
                    retired.extend(missing);
                }
            }
        }
        Ok(retired)
    }

    /// What is known of a company when this run plans; its observations and sightings are recorded
    /// already. `orphans` are the rows that are active, linked, and absent from this run's lists.
    pub fn company_memory(
        &self,
        company: &CompanyPolicy,
        now: Timestamp,
        window_start: Timestamp,
        orphans: &[&Service],
    ) -> Result<CompanyMemory> {
        let mut absences = BTreeMap::new();
        for row in orphans {
            if let Some(event_type) = row.event_type_id {
                absences.insert(row.id, self.absence(company, row.id, event_type)?);
            }
        }
        Ok(CompanyMemory {
            absences,
            switched_off_by_us: self.switched_off_by_us(company.company_id)?,
            switched_on_again: self.switched_on_again(orphans)?,
            holds: self.holds()?,
            open_items: self.open_reviews_of(company.company_id)?,
            window: self.window(company.company_id, window_start, now)?,
        })
    }

    /// How long an active service's event type has been absent: the rows of `absence_evidence`.
    pub fn absence(
        &self,
        company: &CompanyPolicy,
        service: ServiceId,
        event_type: EventTypeId,
    ) -> Result<Absence> {
        // A team that another company had before is this company's now, with its past.
        let teams: Vec<TeamId> = company.teams.iter().map(|team| team.team_id).collect();
        let last_team: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT team_id FROM presence WHERE event_type_id = ?1
                   AND (company_id = ?2 OR team_id IN (SELECT value FROM json_each(?3)))
                 ORDER BY coalesce(until, 9223372036854775807) DESC, since DESC LIMIT 1",
            )?
            .query_row(
                (event_type.0, company.company_id.0, serde_json::to_string(&teams)?),
                |row| row.get(0),
            )
            .optional()?;
        let last_listed = last_team.map_or(LastListed::Never, |id| LastListed::Team(TeamId(id)));
        // One that was never listed is counted where every absence of the company is: in its first
        // team, whose observations count only if all teams were accepted.
        let counted_in = match last_listed {
            LastListed::Team(team) => Some(team),
            LastListed::Never => company.teams.first().map(|team| team.team_id),
        };
        // The view asks for both bounds itself, row by row. Said once more, they spare it the rows
        // before them: a streak costs what it is long, not what the ledger is old.
        let (streak, since): (u32, Option<i64>) = self
            .connection
            .prepare_cached(
                "SELECT count(*), min(at) FROM absence_evidence
                 WHERE service_id = ?1 AND event_type_id = ?2 AND team_id = ?3
                   AND observation_id >= coalesce((
                         SELECT max(until) FROM presence
                         WHERE event_type_id = ?2 AND team_id = ?3), 0)
                   AND observation_id > coalesce((
                         SELECT id FROM observations
                         WHERE team_id = ?3 AND run_id <= (
                             SELECT max(run_id) FROM lookups WHERE event_type_id = ?2
                             AND company_id = ?4 AND answer = 'exists')
                         ORDER BY id DESC LIMIT 1), 0)",
            )?
            .query_row(
                (service.0, event_type.0, counted_in.map(|team| team.0), company.company_id.0),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
        let since = since.map(moment).transpose()?;
        Ok(Absence { streak: AbsenceStreak(streak), since, last_listed })
    }

    /// Services whose last journal entry is our deactivation, applied, and that no run has seen
    /// otherwise since.
    fn switched_off_by_us(&self, company: CompanyId) -> Result<BTreeMap<ServiceId, JournalId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT e.service_id, e.id FROM journal_entries e
             WHERE e.company_id = ?1 AND e.kind = 'deactivate' AND e.state = 'applied'
               -- What a ledger that was put back says of before is not all that happened since.
               AND e.run_id >= coalesce((SELECT max(run_id) FROM restorations), 0)
               AND NOT EXISTS (SELECT 1 FROM journal_entries later
                               WHERE later.service_id = e.service_id AND later.id > e.id
                                 AND later.state IN ('applied', 'intended'))
               -- The very next run that read the rows saw it switched off: one that saw it as it
               -- was before opened no new sighting.
               AND EXISTS (SELECT 1 FROM sightings b
                           WHERE b.service_id = e.service_id AND b.since_run <= e.run_id
                             AND b.until_run > e.run_id
                             AND b.until_run <= coalesce(
                                   (SELECT min(c.run_id) FROM company_runs c
                                    JOIN runs r ON r.id = c.run_id
                                    WHERE c.company_id = e.company_id AND c.run_id > e.run_id
                                      AND r.kind = 'sync' AND c.trouble IS NULL), b.until_run))
               AND NOT EXISTS (SELECT 1 FROM sightings s
                               WHERE s.service_id = e.service_id AND s.since_run > e.run_id
                                 AND (s.is_active = 1
                                   OR s.event_type_id IS NOT json_extract(e.after, '$.event_type_id')
                                   OR s.sync_status IS NOT
                                      coalesce(json_extract(e.after, '$.sync_status'), s.sync_status)))",
        )?;
        let rows = statement
            .query_map([company.0], |row| Ok((ServiceId(row.get(0)?), JournalId(row.get(1)?))))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Of active services, those whose last journal entry switched them off: somebody repaired that,
    /// after it was written or while it was. What a rollback would not do to a row says nothing.
    fn switched_on_again(&self, active: &[&Service]) -> Result<BTreeSet<ServiceId>> {
        let mut last_kind = self.connection.prepare_cached(
            "SELECT kind FROM journal_entries
             WHERE service_id = ?1
               AND (state = 'applied' OR (state = 'conflicted' AND kind = 'deactivate'))
             ORDER BY id DESC LIMIT 1",
        )?;
        let mut repaired = BTreeSet::new();
        for row in active {
            let kind: Option<String> =
                last_kind.query_row([row.id.0], |row| row.get(0)).optional()?;
            if kind.as_deref() == Some("deactivate") {
                repaired.insert(row.id);
            }
        }
        Ok(repaired)
    }

    /// What people said to leave alone, and have not released.
    pub fn holds(&self) -> Result<Vec<Hold>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, service_id, event_type_id, by, at, reason, run_id FROM holds
             WHERE released_at IS NULL ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| {
            let (service, event_type): (Option<i64>, i64) =
                (row.get(1)?, row.get::<_, Option<i64>>(2)?.unwrap_or_default());
            let at: i64 = row.get(4)?;
            Ok(moment(at).map(|at| (service, event_type, at)).and_then(
                |(service, event_type, at)| {
                    Ok(Hold {
                        id: row.get(0)?,
                        target: service
                            .map_or(HoldTarget::EventType(EventTypeId(event_type)), |id| {
                                HoldTarget::Service(ServiceId(id))
                            }),
                        by: row.get(3)?,
                        at,
                        reason: row.get(5)?,
                        run_id: row.get::<_, Option<i64>>(6)?.map(RunId),
                    })
                },
            ))
        })?;
        rows.map(|row| row?).collect()
    }

    /// What a rollback left held and nobody has released.
    pub fn held_by_run(&self, run: RunId) -> Result<Vec<HoldTarget>> {
        let holds = self.holds()?.into_iter().filter(|hold| hold.run_id == Some(run));
        Ok(holds.map(|hold| hold.target).collect())
    }

    /// An event type that a team showed last: a witness for a run that reads no list.
    pub fn witness_of(&self, team: TeamId) -> Result<Option<EventTypeId>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT event_type_id FROM presence WHERE team_id = ?1 AND until IS NULL
                 ORDER BY event_type_id LIMIT 1",
            )?
            .query_row([team.0], |row| row.get(0).map(EventTypeId))
            .optional()?)
    }

    /// A person's word to touch no service, if it holds now.
    pub fn pause(&self, now: Timestamp) -> Result<Option<Pause>> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT by, at, reason, until FROM pauses
                 WHERE resumed_at IS NULL AND (until IS NULL OR until > ?1)
                 ORDER BY id DESC LIMIT 1",
            )?
            .query_row([millis(now)], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<i64>>(3)?))
            })
            .optional()?;
        let Some((by, at, reason, until)) = found else { return Ok(None) };
        let until = until.map(moment).transpose()?;
        Ok(Some(Pause { by, at: moment(at)?, reason, until }))
    }

    /// The deactivations since `start`, by whatever run, and the most active services that a run
    /// of those days saw. An entry whose outcome is not known counts: it may have happened.
    pub fn window(&self, company: CompanyId, start: Timestamp, now: Timestamp) -> Result<Window> {
        let mut statement = self.connection.prepare_cached(
            "SELECT at FROM journal_entries
             WHERE company_id = ?1 AND at > ?2 AND state IN ('applied', 'intended')
               AND json_extract(before, '$.is_active') = 1
               AND json_extract(after, '$.is_active') = 0
             ORDER BY at",
        )?;
        let switched_off_at = statement
            .query_map((company.0, millis(start)), |row| row.get(0))?
            .map(|at| moment(at?))
            .collect::<Result<_>>()?;
        let most_active: Option<u32> = self
            .connection
            .prepare_cached(
                "SELECT max(json_extract(t.body, '$.services.active')) FROM company_runs c
                 JOIN runs r ON r.id = c.run_id JOIN tallies t ON t.id = c.tally_id
                 WHERE c.company_id = ?1 AND r.started_at BETWEEN ?2 AND ?3",
            )?
            .query_row((company.0, millis(start), millis(now)), |row| row.get(0))?;
        Ok(Window { switched_off_at, most_active: most_active.unwrap_or(0) })
    }
}

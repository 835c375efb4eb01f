//! Observations: what one run read of each team, and what that says of presence.

use super::{Ledger, Result, commit, content, interned};
use crate::model::event_type::EventType;
use crate::model::ids::{ObservationId, RunId, TeamId};
use crate::model::observation::{Observation, Scope, Series, Verdict};
use rusqlite::{OptionalExtension, Transaction};
use sha2::{Digest, Sha256};

/// An observation's number, in the order in which they were recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedObservation {
    /// The team.
    pub team_id: TeamId,
    /// The number.
    pub id: ObservationId,
}

impl Ledger {
    /// Writes down a company's observations of this run, whatever they are, in one commit.
    pub fn record_observations(
        &mut self,
        run: RunId,
        observations: &[Observation],
    ) -> Result<Vec<RecordedObservation>> {
        let tx = self.write()?;
        let mut recorded = Vec::with_capacity(observations.len());
        for observation in observations {
            let id = record(&tx, run, observation)?;
            recorded.push(RecordedObservation { team_id: observation.team_id, id });
        }
        commit(tx)?;
        Ok(recorded)
    }
}

fn record(tx: &Transaction<'_>, run: RunId, observation: &Observation) -> Result<ObservationId> {
    let scope = scope_id(tx, &observation.scope)?;
    let content = observation.event_types.as_deref().map(|list| content::keep(tx, list));
    let findings = match observation.findings.as_slice() {
        [] => None,
        findings => Some(interned(tx, "findings", &serde_json::to_string(findings)?)?),
    };
    tx.prepare_cached(
        "INSERT INTO observations (run_id, company_id, team_id, verdict, counts, starts_series,
                                   scope_id, content_id, findings_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute((
        run.0,
        observation.company_id.0,
        observation.team_id.0,
        observation.verdict.as_str(),
        observation.counts_for_absence(),
        observation.series == Series::Starts,
        scope,
        content.transpose()?,
        findings,
    ))?;
    let id = ObservationId(tx.last_insert_rowid());
    let shown = observation.event_types.as_deref().unwrap_or(&[]);
    match observation.verdict {
        Verdict::Accepted => mark_presence(tx, id, observation, shown, Missing::IsAbsent)?,
        Verdict::Quarantined => mark_presence(tx, id, observation, shown, Missing::SaysNothing)?,
        Verdict::Rejected | Verdict::Failed => {}
    }
    Ok(id)
}

fn scope_id(tx: &Transaction<'_>, scope: &Scope) -> Result<i64> {
    let body = serde_json::to_string(scope)?;
    let hash: [u8; 32] = Sha256::digest(body.as_bytes()).into();
    let found = tx
        .prepare_cached("SELECT id FROM scopes WHERE hash = ?1")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    tx.execute("INSERT INTO scopes (hash, body) VALUES (?1, ?2)", (hash, body))?;
    Ok(tx.last_insert_rowid())
}

/// What it means that an observation does not show an event type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    IsAbsent,
    SaysNothing,
}

/// Opens intervals for what is shown anew; ends those of what an accepted observation does not show.
fn mark_presence(
    tx: &Transaction<'_>,
    id: ObservationId,
    observation: &Observation,
    shown: &[EventType],
    missing: Missing,
) -> Result<()> {
    let team = observation.team_id.0;
    let open: Vec<i64> = tx
        .prepare_cached(
            "SELECT event_type_id FROM presence
             WHERE team_id = ?1 AND until IS NULL ORDER BY event_type_id",
        )?
        .query_map([team], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut begin = tx.prepare_cached(
        "INSERT INTO presence (team_id, event_type_id, since, company_id) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for new in shown.iter().filter(|shown| open.binary_search(&shown.id.0).is_err()) {
        begin.execute((team, new.id.0, id.0, observation.company_id.0))?;
    }
    if missing == Missing::IsAbsent {
        let mut end = tx.prepare_cached(
            "UPDATE presence SET until = ?1
             WHERE team_id = ?2 AND event_type_id = ?3 AND until IS NULL",
        )?;
        let is_shown = |id: &i64| shown.binary_search_by_key(id, |shown| shown.id.0).is_ok();
        for absent in open.iter().filter(|id| !is_shown(id)) {
            end.execute((id.0, team, absent))?;
        }
    }
    Ok(())
}

//! Decisions and look-ups, written down as they are made.

use super::{Ledger, Result, commit};
use crate::model::decision::{AbsenceStreak, Action, Decision, Reason, Subject};
use crate::model::ids::{CompanyId, EventTypeId, RunId, ServiceId, TeamId};
use crate::model::reading::LookUp;
use std::collections::BTreeMap;

/// Action and reason of the last decision on each subject.
type Standing = BTreeMap<Subject, (Box<str>, Box<str>)>;

impl Ledger {
    /// Writes down the decisions that differ from the last ones on the same subjects. What is in
    /// step and always was leaves no row.
    pub fn record_decisions(
        &mut self,
        run: RunId,
        company: CompanyId,
        decisions: &[Decision],
    ) -> Result<()> {
        let standing = self.standing_decisions(company)?;
        let news: Vec<(&Decision, String)> = decisions
            .iter()
            .filter_map(|decision| {
                let last = standing.get(&decision.subject);
                if last.is_none() && is_unremarkable(&decision.reason) {
                    return None;
                }
                let words = words(decision);
                let same = last.is_some_and(|(action, reason)| {
                    **action == *decision.action.as_str() && **reason == *words
                });
                (!same).then_some((decision, words))
            })
            .collect();
        if news.is_empty() {
            return Ok(());
        }
        let tx = self.write()?;
        for (decision, words) in news {
            tx.prepare_cached(
                "INSERT INTO decisions (run_id, company_id, service_id, event_type_id, action,
                                        reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                run.0,
                company.0,
                decision.subject.service_id.map(|id| id.0),
                decision.subject.event_type_id.map(|id| id.0),
                decision.action.as_str(),
                words,
            ))?;
        }
        commit(tx)
    }

    /// The last decision on every subject that ever had a remarkable one.
    fn standing_decisions(&self, company: CompanyId) -> Result<Standing> {
        let mut statement = self.connection.prepare_cached(
            "SELECT service_id, event_type_id, action, reason, max(id) FROM decisions
             WHERE company_id = ?1 GROUP BY service_id, event_type_id",
        )?;
        let rows = statement.query_map([company.0], |row| {
            let subject = Subject {
                service_id: row.get::<_, Option<i64>>(0)?.map(ServiceId),
                event_type_id: row.get::<_, Option<i64>>(1)?.map(EventTypeId),
            };
            Ok((subject, (row.get(2)?, row.get(3)?)))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Writes down the answer to a look-up by id.
    pub fn record_look_up(
        &mut self,
        run: RunId,
        company: CompanyId,
        team: TeamId,
        event_type: EventTypeId,
        answer: &LookUp,
    ) -> Result<()> {
        let (word, note) = match answer {
            LookUp::Exists => ("exists", None),
            LookUp::NotFound => ("not-found", None),
            LookUp::Unclear(trouble) => ("unclear", Some(trouble.to_string())),
        };
        let tx = self.write()?;
        tx.execute(
            "INSERT INTO lookups (run_id, company_id, team_id, event_type_id, answer, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (run.0, company.0, team.0, event_type.0, word, note),
        )?;
        commit(tx)
    }
}

/// In step, or nobody's: a subject without any decision is that.
fn is_unremarkable(reason: &Reason) -> bool {
    matches!(reason, Reason::InStep | Reason::Unlinked)
}

/// A decision's reason in words that stay the same as long as the decision does: a streak that
/// goes on beyond its threshold is no news.
fn words(decision: &Decision) -> String {
    match (&decision.action, &decision.reason) {
        (Action::ReportDrift(drifts), reason) => {
            let drifts: Vec<String> = drifts.iter().map(ToString::to_string).collect();
            format!("{reason}: {}", drifts.join("; "))
        }
        (_, Reason::Absent { streak, threshold, asks_because }) => Reason::Absent {
            streak: AbsenceStreak(streak.0.min(*threshold)),
            threshold: *threshold,
            asks_because: *asks_because,
        }
        .to_string(),
        (_, reason) => reason.to_string(),
    }
}

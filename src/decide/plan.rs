//! What should happen? One pure function from everything that is known to one decision on every
//! row and every new event type. Same input, same plan, byte for byte.
//!
//! | event type | row | streak | decision |
//! |---|---|---|---|
//! | any | held | | leave it, and say so |
//! | present | linked, same | | keep |
//! | present | linked, active, differs in a column Cal.com owns | | update |
//! | present | linked, active, `never` synced | | update |
//! | present | linked, active, differs in a reported column | | report drift |
//! | present | linked, a local edit waits | | wait |
//! | present | linked, inactive, by us and untouched since | | reactivate |
//! | present | linked, inactive, `error`, not by us | | ask: reactivate |
//! | present | linked, inactive otherwise | | keep: a person did that |
//! | absent | linked, inactive | | keep |
//! | absent | linked, active | below the threshold | watch |
//! | absent | linked, active, a new event type bears its name | any | wait for the relink question |
//! | absent | linked, active | at the threshold | propose; or switch off, in auto mode, if nothing speaks against it |
//! | absent | linked, active, last seen in a team that is not configured | any | wait: unwatched |
//! | present | none; an absent active service bears the name | | ask: relink |
//! | present | none; one unlinked row bears the name, and no other | | link |
//! | present | none; several rows could be meant | | ask which |
//! | present | none; another row bears the name | | ask: import |
//! | present | none | | import, by the first matching rule |
//!
//! Where not every team of the company was accepted, presence alone is known: new event types and
//! absent ones get no decision at all in that run.

use crate::model::Timestamp;
use crate::model::decision::{Action, Decision};
use crate::model::ids::{CompanyId, EventTypeId, ServiceId};
use crate::model::memory::{CompanyMemory, References};
use crate::model::policy::CompanyPolicy;
use crate::model::run::Counts;
use crate::model::service::Service;
use std::collections::BTreeMap;

mod changes;
mod newcomers;
mod rows;
#[cfg(test)]
mod tests;

use super::assess::{Coverage, Known, Presence};

/// The planner's whole world: if it is not in here, it cannot matter.
#[derive(Debug)]
pub struct PlanningInput<'a> {
    /// The company, its policy and its limits.
    pub company: &'a CompanyPolicy,
    /// The run's moment.
    pub now: Timestamp,
    /// The company's rows, in order of their ids.
    pub rows: &'a [Service],
    /// What this run's accepted observations prove.
    pub presence: Presence<'a>,
    /// What the ledger remembers, this run's observations included.
    pub memory: &'a CompanyMemory,
    /// What points at the services that may be switched off in auto mode; `None` where nobody
    /// could tell.
    pub references: &'a BTreeMap<ServiceId, Option<References>>,
}

/// All decisions of a run on one company: rows in order of their ids, then new event types.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a plan that nobody gates changes nothing"]
pub struct Plan {
    /// The company.
    pub company_id: CompanyId,
    /// Whether absence was known at all.
    pub coverage: Coverage,
    /// One for each row and each new event type, as far as anything is known of it.
    pub decisions: Vec<Decision>,
    /// What was seen, in numbers; what was done is for `apply` to add.
    pub counts: Counts,
    /// How many services callers can book now.
    pub active_services: u32,
}

/// Plans one company's part of a run.
pub fn plan(input: &PlanningInput<'_>) -> Plan {
    let links = Links::of(input.rows);
    let newcomers = newcomers::decide(input, &links);
    let mut decisions: Vec<Decision> = input
        .rows
        .iter()
        .filter_map(|row| rows::decide(input, &links, &newcomers.recreated, row))
        .collect();
    decisions.extend(newcomers.decisions);
    Plan {
        company_id: input.company.company_id,
        coverage: input.presence.coverage(),
        counts: count(input, &links, &decisions),
        decisions,
        active_services: count_u32(input.rows.iter().filter(|row| row.lifecycle.is_active())),
    }
}

/// Who is linked to what.
struct Links(Vec<(EventTypeId, ServiceId)>);

impl Links {
    fn of(rows: &[Service]) -> Self {
        let mut links: Vec<_> =
            rows.iter().filter_map(|row| Some((row.event_type_id?, row.id))).collect();
        links.sort_unstable();
        Self(links)
    }

    fn count(&self, event_type: EventTypeId) -> usize {
        let start = self.0.partition_point(|(id, _)| *id < event_type);
        let end = self.0.partition_point(|(id, _)| *id <= event_type);
        end - start
    }

    fn has(&self, event_type: EventTypeId) -> bool {
        self.0.binary_search_by_key(&event_type, |(id, _)| *id).is_ok()
    }
}

fn count(input: &PlanningInput<'_>, links: &Links, decisions: &[Decision]) -> Counts {
    let shown = || input.presence.event_types();
    let of = |wanted: fn(&Action) -> bool| {
        count_u32(decisions.iter().filter(|decision| wanted(&decision.action)))
    };
    let absent_and_inactive = input.rows.iter().filter(|row| {
        !row.lifecycle.is_active()
            && row.event_type_id.is_some_and(|event_type| {
                matches!(input.presence.of_event_type(event_type), Known::Absent(_))
            })
    });
    Counts {
        matched: count_u32(shown().filter(|event_type| links.has(event_type.id))),
        new: count_u32(shown().filter(|event_type| !links.has(event_type.id))),
        orphaned_inactive: count_u32(absent_and_inactive),
        watching: of(|action| matches!(action, Action::WatchAbsence(_))),
        drifted: of(|action| matches!(action, Action::ReportDrift(_))),
        held: of(|action| matches!(action, Action::LeaveHeld)),
        ..Counts::default()
    }
}

fn count_u32<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

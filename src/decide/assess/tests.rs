//! Every check of an observation, as tables with named rows; and what a company's teams mean
//! together.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    reason = "a test that cannot go on should stop, and a table is as long as it is"
)]

mod checks;
mod loss;
mod series;
mod teams;

use super::{TeamInput, assess};
use crate::decide::fixtures::{TEAM, company, event_types, ids, minute, reading, scope};
use crate::model::ids::{EventTypeId, ObservationId};
use crate::model::memory::{AcceptedBy, PreviousObservation, TeamMemory, TeamPast};
use crate::model::observation::{Check, Finding, Observation, Verdict};
use crate::model::policy::CompanyPolicy;
use crate::model::reading::Answer;
use std::collections::BTreeSet;

/// One team, read once. As it stands, nothing is wrong with it.
struct Case {
    company: CompanyPolicy,
    input: TeamInput,
    linked_active: BTreeSet<EventTypeId>,
}

impl Case {
    /// The team showed the ids 1 to `count` half an hour ago, and shows them again.
    fn of(count: i64) -> Self {
        let company = company();
        let scope = scope(&company, TEAM);
        let memory = TeamMemory {
            previous: Some(PreviousObservation {
                id: ObservationId(1),
                at: minute(0),
                scope: scope.clone(),
                event_types: ids(1..=count),
                accepted_by: AcceptedBy::Checks,
            }),
            last_counted_at: Some(minute(0)),
            past: TeamPast::HadSome,
            retired_canaries: Vec::new(),
        };
        let reading = reading(TEAM, minute(30), event_types(1..=count));
        Self {
            company,
            input: TeamInput { reading, scope, memory },
            linked_active: ids(1..=count.min(18)),
        }
    }

    fn shows(&mut self, ids: impl IntoIterator<Item = i64>) {
        self.input.reading.outcome = reading(TEAM, minute(30), event_types(ids)).outcome;
    }

    fn answer(&mut self) -> &mut Answer {
        self.input.reading.outcome.as_mut().unwrap()
    }

    fn previous(&mut self) -> &mut PreviousObservation {
        self.input.memory.previous.as_mut().unwrap()
    }

    /// The team was never accepted before.
    fn is_new(&mut self) {
        self.input.memory = TeamMemory::default();
    }

    fn judged(self) -> Observation {
        let assessment = assess(&self.company, vec![self.input], &self.linked_active);
        assert_eq!(assessment.observations().len(), 1);
        assessment.observations()[0].clone()
    }
}

/// A named row of a table: what is given, and what it is worth.
struct Row {
    name: &'static str,
    given: fn(&mut Case),
    checks: &'static [Check],
    verdict: Verdict,
    counts: bool,
}

fn check_rows(rows: &[Row]) {
    for Row { name, given, checks, verdict, counts } in rows {
        let mut case = Case::of(45);
        given(&mut case);
        let observation = case.judged();
        let seen: Vec<Check> = observation.findings.iter().map(Finding::check).collect();
        assert_eq!(seen, *checks, "{name}: {:?}", observation.findings);
        assert_eq!(observation.verdict, *verdict, "{name}");
        assert_eq!(observation.counts_for_absence(), *counts, "{name}");
    }
}

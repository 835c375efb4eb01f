//! The truth table of the plan, one named row each, and its finer points.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    reason = "a test that cannot go on should stop, and a table is as long as it is"
)]

mod absences;
mod columns;
mod newcomers;
mod truth_table;

use crate::decide::fixtures::World;
use crate::model::change::Change;
use crate::model::decision::Decision;

impl World {
    /// `row/event type action: reason`, one line a decision.
    fn decides(&self) -> Vec<String> {
        self.plan().decisions.iter().map(line).collect()
    }

    /// The change of the decision at a place.
    fn change(&self, place: usize) -> Change {
        self.plan().decisions[place].action.change().unwrap().clone()
    }
}

fn line(decision: &Decision) -> String {
    let of = |id: Option<i64>| id.map_or_else(|| "-".into(), |id| id.to_string());
    let subject = decision.subject;
    format!(
        "{}/{} {}: {}",
        of(subject.service_id.map(|id| id.0)),
        of(subject.event_type_id.map(|id| id.0)),
        decision.action.as_str(),
        decision.reason
    )
}

/// A named row of a table: what is given, and everything that is decided.
struct Row {
    name: &'static str,
    given: fn(&mut World),
    decides: &'static [&'static str],
}

fn check_rows(rows: &[Row]) {
    for Row { name, given, decides } in rows {
        let mut world = World::new();
        given(&mut world);
        assert_eq!(world.decides(), *decides, "{name}");
    }
}

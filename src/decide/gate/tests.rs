//! Limits, approvals and look-ups: what is let through, what waits, and what is asked.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod approvals;
mod automatic;
mod confirming;
mod limits;
mod questions;

use super::{Gate, Waiting, WaitsFor};
use crate::decide::fixtures::World;
use crate::model::Timestamp;
use crate::model::ids::ReviewId;
use crate::model::policy::Consent;
use crate::model::review::ReviewState;

/// In auto mode, with nothing that speaks against switching the orphans off.
fn automatic(active: i64, orphans: i64) -> World {
    let mut world = World::with_orphans(active, orphans);
    world.company.policy.deactivate = Consent::Auto;
    world
}

/// The services on their way to being switched off, in order.
fn switching_off(gate: &Gate) -> Vec<i64> {
    let intended = gate.due.iter().filter(|due| due.intent().is_some());
    intended.map(|due| due.service_id().unwrap().0).collect()
}

/// The services about which somebody is to be asked, in order.
fn asking(gate: &Gate) -> Vec<i64> {
    let asked = gate.due.iter().filter(|due| due.intent().is_none());
    asked.map(|due| due.service_id().unwrap().0).collect()
}

/// The services that wait for room, and until when.
fn waiting_for_room(gate: &Gate) -> Vec<(i64, Option<Timestamp>)> {
    let wait = |waiting: &Waiting| match waiting.waits_for {
        WaitsFor::Room { until } => Some((waiting.change.service_id()?.0, until)),
        WaitsFor::LocalEdits | WaitsFor::Breach => None,
    };
    gate.waiting.iter().filter_map(wait).collect()
}

fn turns(gate: &Gate) -> Vec<(ReviewId, ReviewState)> {
    gate.turns.iter().map(|turn| (turn.review_id, turn.to)).collect()
}

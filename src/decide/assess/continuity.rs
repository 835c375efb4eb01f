//! Whether an observation continues the ones before it: scope, silence, and the gap between two.

use crate::model::Timestamp;
use crate::model::memory::PreviousObservation;
use crate::model::observation::{Familiarity, Finding, Scope};
use crate::model::policy::CompanyPolicy;

pub fn new_scope(previous: Option<&PreviousObservation>, scope: &Scope) -> Option<Finding> {
    match previous {
        None => Some(Finding::NewScope { known_team: Familiarity::FirstTime }),
        Some(previous) if previous.scope != *scope => {
            Some(Finding::NewScope { known_team: Familiarity::OtherScope })
        }
        Some(_) => None,
    }
}

pub fn streaks_expired(
    company: &CompanyPolicy,
    previous: Option<&PreviousObservation>,
    at: Timestamp,
) -> Option<Finding> {
    let previous = previous?;
    // Far behind or, by a clock that was wrong, far ahead: what was counted then is no evidence now.
    let distance = (at - previous.at).abs().to_std().unwrap_or_default();
    (distance > company.safety.streak_expires_after)
        .then_some(Finding::StreaksExpired { last: previous.at })
}

pub fn too_soon(
    company: &CompanyPolicy,
    last_counted_at: Option<Timestamp>,
    at: Timestamp,
) -> Option<Finding> {
    let last = last_counted_at?;
    let gap = company.safety.min_observation_gap;
    // A clock that is earlier than the last observation that counted has no age at all.
    let far_enough = (at - last).to_std().is_ok_and(|age| age >= gap);
    (!far_enough).then_some(Finding::TooSoon { last, gap_seconds: gap.as_secs() })
}

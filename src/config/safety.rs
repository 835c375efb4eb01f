//! `[safety]`: every limit.

use super::typed::Section;
use crate::model::policy::{Consent, Policy, Safety};
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

/// Deactivations are limited over this long; an approval should outlive it.
const WINDOW: Duration = Duration::from_hours(7 * 24);

pub(super) fn check(section: &Section<'_>, policy: &Policy) -> Safety {
    let safety = Safety {
        absent_threshold: section.count("absent_threshold", 3, 3),
        min_observation_gap: section.duration("min_observation_gap", Duration::from_mins(10)),
        max_shrink_percent: section.percent("max_shrink_percent", 20),
        max_deactivations: section.count("max_deactivations", 1, 5),
        max_deactivation_percent: section.percent("max_deactivation_percent", 20),
        auto_min_absence: section.duration("auto_min_absence", 24 * HOUR),
        streak_expires_after: section.duration("streak_expires_after", 72 * HOUR),
        max_imports: section.count("max_imports", 1, 10),
        approval_ttl: section.duration("approval_ttl", 14 * 24 * HOUR),
    };
    say_inert(section, &safety, policy);
    safety
}

fn say_inert(section: &Section<'_>, safety: &Safety, policy: &Policy) {
    let say = |sentence: &str| section.say_inert(sentence.to_owned());
    if safety.min_observation_gap.is_zero() {
        say("`safety.min_observation_gap` is 0s: three runs within a second are three absences");
    }
    if safety.max_shrink_percent == 100 {
        say("`safety.max_shrink_percent` is 100: an observation may lose all but everything and \
             still count");
    }
    if safety.max_deactivation_percent == 100 {
        say(
            "`safety.max_deactivation_percent` is 100: only `safety.max_deactivations` limits how \
             much is switched off",
        );
    }
    if policy.deactivate == Consent::Auto && safety.auto_min_absence.is_zero() {
        say(
            "`safety.auto_min_absence` is 0s with `policy.deactivate` = \"auto\": nothing but the \
             number of absences stands before a deactivation",
        );
    }
    if safety.streak_expires_after <= safety.min_observation_gap {
        say(
            "`safety.streak_expires_after` is not longer than `safety.min_observation_gap`: every \
             streak ends before it can grow, and nothing is ever proposed for deactivation",
        );
    }
    if safety.approval_ttl <= WINDOW {
        say("`safety.approval_ttl` is not longer than seven days: what waits for room under the \
             seven-day limit expires while it waits");
    }
}

//! A company with several teams: absence needs all of them.

use super::super::{Assessment, Coverage, Known, TeamInput, assess};
use crate::decide::fixtures::{
    OTHER_TEAM, TEAM, company_of, event_types, failing, ids, minute, reading, scope,
};
use crate::model::ids::{EventTypeId, ObservationId, TeamId};
use crate::model::memory::{AcceptedBy, PreviousObservation, TeamMemory, TeamPast};
use crate::model::observation::{Check, Finding, Observation, Verdict, Weight, Yardstick};
use crate::model::policy::CompanyPolicy;
use crate::model::reading::Reading;
use std::collections::BTreeSet;

fn company() -> CompanyPolicy {
    company_of(&[TEAM, OTHER_TEAM])
}

fn known(reading: Reading, previous: impl IntoIterator<Item = i64>) -> TeamInput {
    let scope = scope(&company(), reading.team_id);
    let previous = PreviousObservation {
        id: ObservationId(1),
        at: minute(0),
        scope: scope.clone(),
        event_types: ids(previous),
        accepted_by: AcceptedBy::Checks,
    };
    let memory = TeamMemory {
        previous: Some(previous),
        last_counted_at: Some(minute(0)),
        past: TeamPast::HadSome,
        retired_canaries: Vec::new(),
    };
    TeamInput { reading, scope, memory }
}

fn never_seen(reading: Reading) -> TeamInput {
    let scope = scope(&company(), reading.team_id);
    TeamInput { reading, scope, memory: TeamMemory::default() }
}

fn reads(team: TeamId, ids: impl IntoIterator<Item = i64>) -> Reading {
    reading(team, minute(30), event_types(ids))
}

fn checks(assessment: &Assessment, place: usize) -> Vec<Check> {
    assessment.observations()[place].findings.iter().map(Finding::check).collect()
}

fn is_absent(assessment: &Assessment, id: i64) -> bool {
    matches!(assessment.presence().of_event_type(EventTypeId(id)), Known::Absent(_))
}

/// What no team of the company shows is absent, and an absence counts.
#[test]
fn absence_is_known_where_all_teams_were_accepted() {
    let teams = vec![known(reads(TEAM, 1..=5), 1..=5), known(reads(OTHER_TEAM, 11..=15), 11..=15)];
    let assessment = assess(&company(), teams, &BTreeSet::new());
    assert_eq!(assessment.presence().coverage(), Coverage::Whole);
    assert!(is_absent(&assessment, 99));
    assert!(assessment.observations().iter().all(Observation::counts_for_absence));
    for id in [1, 5, 11, 15] {
        let found = assessment.presence().of_event_type(EventTypeId(id));
        assert!(matches!(found, Known::Present(one) if one.id == EventTypeId(id)), "{id}");
    }
}

/// The event type could be in the very team that was not read.
#[test]
fn one_team_that_was_not_accepted_makes_every_absence_unknown() {
    let other_readings = [
        ("failed", failing(OTHER_TEAM, minute(30), Check::Transport), Verdict::Failed),
        ("rejected", failing(OTHER_TEAM, minute(30), Check::Malformed), Verdict::Rejected),
        ("quarantined", reads(OTHER_TEAM, []), Verdict::Quarantined),
    ];
    for (name, other, verdict) in other_readings {
        let teams = vec![known(reads(TEAM, 1..=5), 1..=5), known(other, 11..=15)];
        let assessment = assess(&company(), teams, &BTreeSet::new());
        assert_eq!(assessment.observations().len(), 2, "{name}: every team has one observation");
        let [healthy, ill] = assessment.observations() else { panic!("{name}") };
        assert_eq!((ill.team_id, ill.verdict), (OTHER_TEAM, verdict), "{name}");
        assert_eq!(healthy.verdict, Verdict::Accepted, "{name}: other teams go on");
        assert_eq!(healthy.weight, Weight::PresenceOnly, "{name}");
        let expected = Finding::OtherTeam { team_id: OTHER_TEAM, verdict };
        assert_eq!(healthy.findings, [expected], "{name}");

        assert_eq!(assessment.presence().coverage(), Coverage::Partial, "{name}");
        assert!(!is_absent(&assessment, 99), "{name}");
        let present = assessment.presence().of_event_type(EventTypeId(1));
        assert!(matches!(present, Known::Present(_)), "{name}");
    }
}

/// A team that nobody even tried to read is no proof either.
#[test]
fn a_configured_team_without_a_reading_proves_no_absence() {
    let teams = vec![known(reads(TEAM, 1..=5), 1..=5)];
    let assessment = assess(&company(), teams, &BTreeSet::new());
    assert_eq!(checks(&assessment, 0), [Check::OtherTeam]);
    assert!(!assessment.observations()[0].counts_for_absence());
    assert_eq!(assessment.presence().coverage(), Coverage::Partial);
    assert!(!is_absent(&assessment, 99));
}

/// Nothing accepted, nothing known; nothing in quarantine is forgotten.
#[test]
fn without_any_accepted_observation_nothing_is_known() {
    let teams = vec![
        known(failing(TEAM, minute(30), Check::Transport), 1..=5),
        known(reads(OTHER_TEAM, [11, 77]), 11..=15),
    ];
    let assessment = assess(&company(), teams, &BTreeSet::new());
    assert_eq!(assessment.presence().coverage(), Coverage::Nothing);
    assert!(!is_absent(&assessment, 99));
    assert!(matches!(assessment.presence().of_event_type(EventTypeId(11)), Known::Unknown));
    assert_eq!(assessment.shown(), ids([11, 77]));
    // A rejected or failed list shows nothing at all.
    let mut foreign = reads(TEAM, 1..=5);
    foreign.outcome.as_mut().unwrap().identity = None;
    let assessment = assess(&company(), vec![known(foreign, 1..=5)], &BTreeSet::new());
    assert_eq!(assessment.shown(), ids([]));
}

/// A team that is not configured was never asked for: its reading is nobody's.
#[test]
fn a_reading_of_a_team_that_is_not_configured_is_dropped() {
    let stranger = reads(TeamId(1), 1..=5);
    let assessment = assess(&company(), vec![never_seen(stranger)], &BTreeSet::new());
    assert_eq!(assessment.observations().len(), 0);
    assert_eq!(assessment.presence().coverage(), Coverage::Nothing);
}

/// The services of a company are held against the union of its teams' lists.
#[test]
fn at_first_sight_services_are_compared_with_all_teams_together() {
    let linked: BTreeSet<EventTypeId> = ids((1..=5).chain(11..=15));
    let both = |other: Reading| {
        let teams = vec![never_seen(reads(TEAM, 1..=5)), never_seen(other)];
        assess(&company(), teams, &linked)
    };
    let assessment = both(reads(OTHER_TEAM, 11..=15));
    assert_eq!(checks(&assessment, 0), [Check::NewScope]);
    assert_eq!(checks(&assessment, 1), [Check::NewScope]);

    // Two of ten may be gone, three may not; then both first sights are doubted.
    let assessment = both(reads(OTHER_TEAM, 13..=15));
    assert_eq!(checks(&assessment, 1), [Check::NewScope]);
    let assessment = both(reads(OTHER_TEAM, 14..=15));
    for place in [0, 1] {
        let findings = &assessment.observations()[place].findings;
        let expected = Finding::Shrunk {
            gone: ids(11..=13),
            gone_count: 3,
            of: 10,
            allowed: 2,
            yardstick: Yardstick::ActiveServices,
        };
        assert_eq!(findings.last(), Some(&expected));
    }
}

/// A team that was accepted before is compared with itself alone.
#[test]
fn the_services_are_no_yardstick_for_a_team_that_was_accepted_before() {
    let linked: BTreeSet<EventTypeId> = ids(101..=110);
    let teams = vec![known(reads(TEAM, 1..=5), 1..=5), known(reads(OTHER_TEAM, 11..=15), 11..=15)];
    let assessment = assess(&company(), teams, &linked);
    assert!(assessment.observations().iter().all(|one| one.findings.is_empty()));

    // Beside a new team, the new one alone is doubted, and the other has to wait for it.
    let teams = vec![known(reads(TEAM, 1..=5), 1..=5), never_seen(reads(OTHER_TEAM, 11..=15))];
    let assessment = assess(&company(), teams, &linked);
    assert_eq!(checks(&assessment, 0), [Check::OtherTeam]);
    assert_eq!(checks(&assessment, 1), [Check::NewScope, Check::Shrunk]);
}

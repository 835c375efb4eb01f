//! What an accepted observation is worth for streaks: scope, time, and the time between.

use super::{Case, Row, check_rows};
use crate::decide::fixtures::{OTHER_TEAM, TEAM, minute};
use crate::model::Timestamp;
use crate::model::observation::{
    Check, Familiarity, Finding, Observation, Scope, Series, Verdict, Weight,
};
use chrono::TimeDelta;

fn judged(given: impl FnOnce(&mut Case)) -> Observation {
    let mut case = Case::of(45);
    given(&mut case);
    case.judged()
}

/// Under a new scope the first accepted observation is a baseline and proves no absence.
#[test]
fn whatever_an_observation_is_made_of_makes_a_new_scope() {
    type Change = fn(&mut Scope);
    let changes: [(&str, Change); 6] = [
        ("the base URL", |scope| scope.base_url = "https://api.cal.eu".into()),
        ("the API version", |scope| scope.api_version = "2027-01-01".into()),
        ("the team", |scope| scope.team_id = OTHER_TEAM),
        ("the company's teams", |scope| scope.company_teams = vec![TEAM, OTHER_TEAM]),
        ("the key", |scope| scope.key_fingerprint = "f2".into()),
        ("the mapping", |scope| scope.mapping_version = 2),
    ];
    for (name, change) in changes {
        let observation = judged(|case| change(&mut case.previous().scope));
        let expected = Finding::NewScope { known_team: Familiarity::OtherScope };
        assert_eq!(observation.findings, [expected], "{name}");
        assert_eq!(observation.verdict, Verdict::Accepted, "{name}");
        assert_eq!(observation.weight, Weight::PresenceOnly, "{name}");
        assert_eq!(observation.series, Series::Starts, "{name}");
    }
    let first = judged(Case::is_new);
    assert_eq!(first.findings, [Finding::NewScope { known_team: Familiarity::FirstTime }]);
    assert_eq!((first.weight, first.series), (Weight::PresenceOnly, Series::Starts));
    assert_eq!(first.previous_event_types, None);

    let same = judged(|_| {});
    assert_eq!((same.weight, same.series), (Weight::CountsForAbsence, Series::Continues));
    assert_eq!(same.previous_event_types, Some(45));
}

/// Three absences within a minute are one absence.
#[test]
fn an_observation_too_soon_after_the_last_one_does_not_count() {
    let gap = TimeDelta::minutes(10);
    let millisecond = TimeDelta::milliseconds(1);
    for (name, last, counts) in [
        ("long ago", minute(0), true),
        ("exactly the gap", minute(30) - gap, true),
        ("a millisecond short of the gap", minute(30) - gap + millisecond, false),
        ("a millisecond more than the gap", minute(30) - gap - millisecond, true),
        ("at the same moment", minute(30), false),
        ("the clock jumped back", minute(31), false),
        ("the clock jumped back by a year", minute(525_600), false),
    ] {
        let observation = judged(|case| case.input.memory.last_counted_at = Some(last));
        assert_eq!(observation.counts_for_absence(), counts, "{name}");
        assert_eq!(observation.verdict, Verdict::Accepted, "{name}");
        assert_eq!(observation.series, Series::Continues, "{name}");
        let expected = Finding::TooSoon { last, gap_seconds: 600 };
        let expected = if counts { vec![] } else { vec![expected] };
        assert_eq!(observation.findings, expected, "{name}");
    }
    // What did not count does not make the next one too soon.
    assert!(judged(|case| case.input.memory.last_counted_at = None).counts_for_absence());
    // No gap at all is a setting too; an earlier clock is still none.
    for (last, counts) in [(minute(30), true), (minute(30) + millisecond, false)] {
        let observation = judged(|case| {
            case.company.safety.min_observation_gap = std::time::Duration::ZERO;
            case.input.memory.last_counted_at = Some(last);
        });
        assert_eq!(observation.counts_for_absence(), counts, "{last}");
    }
}

/// After three days without an accepted observation, nothing that was counted before counts.
#[test]
fn streaks_start_again_after_a_long_silence() {
    let silence = |previous: Timestamp| judged(|case| case.previous().at = previous);
    let three_days = TimeDelta::hours(72);

    let just = silence(minute(30) - three_days);
    assert_eq!((just.findings.len(), just.series), (0, Series::Continues));

    let last = minute(30) - three_days - TimeDelta::milliseconds(1);
    let expired = silence(last);
    assert_eq!(expired.findings, [Finding::StreaksExpired { last }]);
    assert_eq!((expired.verdict, expired.series), (Verdict::Accepted, Series::Starts));
    assert!(expired.counts_for_absence(), "it is the first of a new series");

    // A clock that jumped back a little says nothing about silence.
    assert_eq!(silence(minute(60)).series, Series::Continues);
    assert_eq!(silence(minute(30) + three_days).series, Series::Continues);
    // One that was a year ahead then leaves nothing that could be counted on.
    let last = minute(525_600);
    let ahead = silence(last);
    assert_eq!(ahead.findings, [Finding::StreaksExpired { last }]);
    assert_eq!((ahead.verdict, ahead.series), (Verdict::Accepted, Series::Starts));
}

/// Which accepted findings let an absence count.
#[test]
fn accepted_is_not_always_evidence_of_absence() {
    let row = |name, given, checks, counts| Row {
        name,
        given,
        checks,
        verdict: Verdict::Accepted,
        counts,
    };
    check_rows(&[
        row("nothing found", |_| {}, &[], true),
        row(
            "a new scope, long after",
            |case| {
                case.previous().scope.mapping_version = 0;
                case.previous().at = minute(-10_000);
            },
            &[Check::NewScope, Check::StreaksExpired],
            false,
        ),
        row(
            "expired and too soon",
            |case| {
                case.previous().at = minute(-10_000);
                case.input.memory.last_counted_at = Some(minute(29));
            },
            &[Check::StreaksExpired, Check::TooSoon],
            false,
        ),
    ]);
}

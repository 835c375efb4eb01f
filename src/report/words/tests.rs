//! Every finding in words: four parts, and the command to type.

use super::{Words, breach_in, doubt_in, finding, finding_in};
use crate::model::ids::{EventTypeId, TeamId};
use crate::model::observation::{
    Check, Familiarity, Finding, IdentityMismatch, Verdict, Yardstick,
};
use crate::model::reading::{Reach, SourceTrouble};
use crate::model::settings::Language;
use crate::report::fixtures::{at, contradiction_and_breach, refused};

fn trouble(check: Check, reach: Reach) -> SourceTrouble {
    SourceTrouble { check, request: "GET /v2/me".into(), seen: "something".into(), reach }
}

/// One of each kind.
fn every_finding() -> Vec<Finding> {
    let mut all: Vec<Finding> = [
        Check::Transport,
        Check::Unauthorized,
        Check::UnexpectedStatus,
        Check::NotFound,
        Check::ContentType,
        Check::Envelope,
        Check::Malformed,
    ]
    .into_iter()
    .flat_map(|check| [Reach::Key, Reach::Team].map(|reach| trouble(check, reach)))
    .map(Finding::Source)
    .collect();
    let id = EventTypeId(7);
    all.extend([
        Finding::WrongTeam { event_type_id: id, says: TeamId(2), items: 3 },
        Finding::Identity(IdentityMismatch::Null),
        Finding::Identity(IdentityMismatch::Id { says: TeamId(2) }),
        Finding::Identity(IdentityMismatch::Slug { says: None, configured: "friseur".into() }),
        Finding::Identity(IdentityMismatch::Organization),
        Finding::Witness { event_type_id: id, trouble: None },
        Finding::Duplicates { event_type_id: id },
        Finding::Canary { missing: vec![id] },
        Finding::Empty { previous: None, linked: 1 },
        Finding::Shrunk {
            gone: vec![id],
            gone_count: 2,
            of: 5,
            allowed: 1,
            yardstick: Yardstick::ActiveServices,
        },
        Finding::NewScope { known_team: Familiarity::FirstTime },
        Finding::NewScope { known_team: Familiarity::OtherScope },
        Finding::TooSoon { last: at(0), gap_seconds: 600 },
        Finding::OtherTeam { team_id: TeamId(2), verdict: Verdict::Failed },
        Finding::StreaksExpired { last: at(0) },
        Finding::Twins { merged: 1 },
    ]);
    all
}

fn words(of: &Finding, findings: Vec<Finding>) -> Words {
    finding(of, &refused(of.check().verdict(), findings, Some(0)), chrono_tz::UTC)
}

#[test]
fn every_finding_says_all_four_parts() {
    for one in every_finding() {
        let said = words(&one, vec![one.clone()]);
        for part in [&said.seen, &said.compared_with, &said.not_done, &said.what_to_do] {
            assert!(part.ends_with('.') && part.len() > 5, "{one:?}: {part:?}");
        }
    }
}

#[test]
fn only_what_a_person_may_accept_names_the_command_to_accept_it() {
    for one in every_finding() {
        let said = words(&one, vec![one.clone()]).what_to_do;
        let quarantined = one.check().verdict() == Verdict::Quarantined;
        let may = quarantined && one.check().can_be_accepted();
        assert_eq!(said.contains("`reconciler review accept 31`"), may, "{one:?}: {said}");
    }
}

#[test]
fn nothing_is_offered_for_acceptance_beside_something_that_cannot_be_accepted() {
    let empty = Finding::Empty { previous: Some(45), linked: 18 };
    let witness = Finding::Witness { event_type_id: EventTypeId(7), trouble: None };
    let said = words(&empty, vec![witness, empty.clone()]).what_to_do;
    assert_eq!(said, "First see to what else was found.");
}

/// What stands in backticks, to be typed or looked up.
fn typed(words: &Words) -> [Vec<&str>; 4] {
    let Words { seen, compared_with, not_done, what_to_do } = words;
    [seen, compared_with, not_done, what_to_do]
        .map(|part| part.split('`').skip(1).step_by(2).collect::<Vec<_>>())
}

/// A German reader is told the same four parts, and the very same commands and keys.
#[test]
fn both_languages_say_the_same_parts_and_name_the_same_commands() {
    let mut told = 0;
    let mut hold_together = |what: &str, [english, german]: [Words; 2]| {
        for part in [&german.seen, &german.compared_with, &german.not_done, &german.what_to_do] {
            assert!(part.ends_with('.') && part.len() > 5, "{what}: {part:?}");
        }
        assert_eq!(typed(&english), typed(&german), "{what}");
        assert_ne!(english, german, "{what}");
        told += 1;
    };
    let languages = [Language::En, Language::De];
    for one in every_finding() {
        let line = refused(one.check().verdict(), vec![one.clone()], Some(0));
        let said = languages.map(|language| finding_in(&one, &line, chrono_tz::UTC, language));
        hold_together(&format!("{one:?}"), said);
    }
    for company in &contradiction_and_breach().companies {
        for line in &company.doubts {
            hold_together("a doubt", languages.map(|language| doubt_in(line, language)));
        }
        if let Some(line) = &company.breach {
            hold_together("a breach", languages.map(|language| breach_in(line, language)));
        }
    }
    assert!(told > 30, "only {told}");
}

//! The look-up by id: only "not found" from every team lets a deactivation pass.

use super::{World, automatic};
use crate::decide::fixtures::{OTHER_TEAM, TEAM, company_of, event_type, trouble};
use crate::decide::gate::{Confirmed, Due};
use crate::model::ids::{EventTypeId, ServiceId, TeamId};
use crate::model::observation::Check;
use crate::model::reading::{LookUp, SourceTrouble};
use crate::model::review::Breadth;
use std::collections::BTreeMap;

/// The ways in which a deactivation can be due.
const WAYS: [&str; 4] = ["ask", "approved", "mass", "automatic"];

/// One orphan of eighteen in a company of two teams, due in one of the ways. The other team shows
/// something, too.
fn due(way: &str) -> (World, Due) {
    due_where(way, vec![event_type(5000, "Elsewhere")])
}

fn due_where(
    way: &str,
    listed_by_other_team: Vec<crate::model::event_type::EventType>,
) -> (World, Due) {
    let mut world = if way == "automatic" { automatic(18, 1) } else { World::with_orphans(18, 1) };
    world.company.teams = company_of(&[TEAM, OTHER_TEAM]).teams;
    world.company.policy.import = crate::model::policy::Consent::Off;
    world.listed_by_other_team = Some(listed_by_other_team);
    match way {
        "approved" | "mass" => {
            world.ask_everything();
            let breadth = if way == "mass" { Breadth::Mass } else { Breadth::WithinLimits };
            world.approve(1, 1, breadth);
        }
        _ => {}
    }
    let mut due = world.gate().due;
    assert_eq!(due.len(), 1, "{way}");
    (world, due.remove(0))
}

/// `cleared`, `ask`, `contradicted by TEAM`, or `unclear: TEAM: what was seen`.
fn outcome(world: &World, due: Due, answers: &BTreeMap<TeamId, LookUp>) -> String {
    match due.confirm(&world.assessed().presence(), answers) {
        Confirmed::Cleared(cleared) => {
            assert_eq!(cleared.intent().change.service_id(), Some(ServiceId(1)));
            "cleared".into()
        }
        Confirmed::Ask(question) => {
            assert_eq!(question.subject.service_id, Some(ServiceId(1)));
            "ask".into()
        }
        Confirmed::Contradicted { team_id, .. } => format!("contradicted by {team_id}"),
        Confirmed::Unclear { team_id, seen, .. } => format!("unclear: {team_id}: {seen}"),
    }
}

fn passes(way: &str) -> &'static str {
    if way == "ask" { "ask" } else { "cleared" }
}

/// Not found in every team: the question may be asked, the change may be made.
#[test]
fn not_found_in_every_team_lets_it_pass() {
    for way in WAYS {
        let (world, due) = due(way);
        assert_eq!(due.event_type_id(), Some(EventTypeId(1001)));
        assert_eq!(due.service_id(), Some(ServiceId(1)));
        let answers = world.answers(&LookUp::NotFound);
        assert_eq!(outcome(&world, due, &answers), passes(way), "{way}");
    }
}

/// Absent from the list and alive by its id: the list cannot be relied on, in whichever team.
#[test]
fn alive_by_its_id_anywhere_contradicts_the_list() {
    let others = [LookUp::NotFound, LookUp::Exists, LookUp::Unclear(trouble(Check::Transport))];
    for way in WAYS {
        for other in &others {
            for (alive, silent) in [(TEAM, OTHER_TEAM), (OTHER_TEAM, TEAM)] {
                let (world, due) = due(way);
                let answers = [(alive, LookUp::Exists), (silent, other.clone())].into();
                let first = if *other == LookUp::Exists { TEAM } else { alive };
                let expected = format!("contradicted by {first}");
                assert_eq!(outcome(&world, due, &answers), expected, "{way}, {other:?}");
            }
        }
        // Even where the other team was not asked at all.
        let (world, due) = due(way);
        let answers = [(OTHER_TEAM, LookUp::Exists)].into();
        assert_eq!(outcome(&world, due, &answers), format!("contradicted by {OTHER_TEAM}"));
    }
}

/// Any other answer says nothing about the event type: it waits.
#[test]
fn an_unclear_answer_makes_it_wait() {
    let seen = [
        (Check::Unauthorized, "401"),
        (Check::Unauthorized, "403"),
        (Check::Transport, "429 four times"),
        (Check::Transport, "502 four times"),
        (Check::Transport, "no answer"),
        (Check::UnexpectedStatus, "404 \"Cannot GET /v2/teams/34209/event-types/1001\""),
        (Check::Envelope, "200 with status error"),
    ];
    for way in WAYS {
        for (check, seen) in seen {
            for (unclear, not_found) in [(TEAM, OTHER_TEAM), (OTHER_TEAM, TEAM)] {
                let (world, due) = due(way);
                let trouble = SourceTrouble { seen: seen.into(), ..trouble(check) };
                let expected = format!("unclear: {unclear}: {trouble}");
                let answers =
                    [(unclear, LookUp::Unclear(trouble)), (not_found, LookUp::NotFound)].into();
                assert_eq!(outcome(&world, due, &answers), expected, "{way}");
            }
        }
    }
}

/// A team that was not asked has not said no.
#[test]
fn a_missing_answer_makes_it_wait() {
    for way in WAYS {
        for (asked, missing) in [(TEAM, OTHER_TEAM), (OTHER_TEAM, TEAM)] {
            let (world, due) = due(way);
            let answers = [(asked, LookUp::NotFound)].into();
            let expected = format!("unclear: {missing}: it was not looked up");
            assert_eq!(outcome(&world, due, &answers), expected, "{way}");
        }
        let (world, due) = due(way);
        let expected = format!("unclear: {TEAM}: it was not looked up");
        assert_eq!(outcome(&world, due, &BTreeMap::new()), expected, "{way}");
    }
}

/// Without an accepted observation of every team, "not found" means nothing.
#[test]
fn partial_coverage_makes_it_wait() {
    for way in WAYS {
        let (mut world, due) = due(way);
        world.listed_by_other_team = None;
        let answers = world.answers(&LookUp::NotFound);
        let seen = outcome(&world, due, &answers);
        assert!(seen.ends_with("not every team of the company was accepted"), "{way}: {seen}");
    }
}

/// An empty list has no witness: it may be asked, but only a yes that names its number passes.
#[test]
fn without_a_witness_only_a_mass_approval_passes() {
    for way in WAYS {
        let (world, due) = due_where(way, Vec::new());
        let answers = world.answers(&LookUp::NotFound);
        let seen = outcome(&world, due, &answers);
        match way {
            "ask" | "mass" => assert_eq!(seen, passes(way), "{way}"),
            _ => assert!(seen.starts_with(&format!("unclear: {OTHER_TEAM}: the list is empty"))),
        }
        // With the exact "not found" alone.
        let (world, due) = due_where(way, Vec::new());
        let unclear = LookUp::Unclear(trouble(Check::Unauthorized));
        let answers = [(TEAM, LookUp::NotFound), (OTHER_TEAM, unclear)].into();
        assert!(outcome(&world, due, &answers).starts_with("unclear"), "{way}");
    }
}

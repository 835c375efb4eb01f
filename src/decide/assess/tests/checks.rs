//! One row for each check, and for each way in which it can be wrong.

use super::{Case, Row, check_rows};
use crate::decide::fixtures::{OTHER_TEAM, event_type, failing, ids, minute, trouble};
use crate::decide::fixtures::{TEAM, event_types};
use crate::model::event_type::Visibility;
use crate::model::ids::{EventTypeId, TeamId};
use crate::model::memory::{AcceptedBy, TeamPast};
use crate::model::observation::{Check, Finding, IdentityMismatch, Verdict, Weight};
use crate::model::reading::{LookUp, TeamKind, Witness};
use Verdict::{Accepted, Failed, Quarantined, Rejected};

const fn row(name: &'static str, given: fn(&mut Case)) -> Row {
    Row { name, given, checks: &[], verdict: Accepted, counts: true }
}

/// What could not be read proves nothing, and the reason has the check's name.
#[test]
fn an_answer_that_never_came_proves_nothing() {
    for (check, verdict) in [
        (Check::Transport, Failed),
        (Check::Unauthorized, Failed),
        (Check::UnexpectedStatus, Failed),
        (Check::NotFound, Failed),
        (Check::ContentType, Rejected),
        (Check::Envelope, Rejected),
        (Check::Malformed, Rejected),
    ] {
        let mut case = Case::of(45);
        case.input.reading = failing(TEAM, minute(30), check);
        let observation = case.judged();
        assert_eq!(observation.verdict, verdict, "{check}");
        assert_eq!(observation.weight, Weight::Nothing, "{check}");
        assert_eq!(observation.event_types, None, "{check}");
        assert_eq!(observation.findings, [Finding::Source(trouble(check))], "{check}");
        assert!(!check.can_be_accepted(), "{check}");
    }
}

/// A list that is not this team's, or not the team's whole list, is never evidence.
#[test]
fn a_list_from_the_wrong_place_is_rejected() {
    check_rows(&[
        row("nothing is wrong", |_| {}),
        row("the order sent does not matter", |case| case.answer().event_types.reverse()),
        row("hidden is present", |case| {
            case.answer().event_types[6].visibility = Visibility::Hidden;
        }),
        Row {
            checks: &[Check::WrongTeam],
            verdict: Rejected,
            counts: false,
            ..row("an item of another team", |case| {
                case.answer().event_types[3].team_id = OTHER_TEAM;
            })
        },
        Row {
            checks: &[Check::Identity],
            verdict: Rejected,
            counts: false,
            ..row("no record of the team", |case| case.answer().identity = None)
        },
        Row {
            checks: &[Check::Identity],
            verdict: Rejected,
            counts: false,
            ..row("the record of another team", |case| {
                case.answer().identity.as_mut().unwrap().id = OTHER_TEAM;
            })
        },
        Row {
            checks: &[Check::Identity],
            verdict: Rejected,
            counts: false,
            ..row("an organization", |case| {
                case.answer().identity.as_mut().unwrap().kind = TeamKind::Organization;
            })
        },
        Row {
            checks: &[Check::Identity],
            verdict: Rejected,
            counts: false,
            ..row("another slug", |case| {
                case.company.teams[0].slug = Some("friseur".into());
                case.answer().identity.as_mut().unwrap().slug = Some("fris\u{f6}r".into());
            })
        },
        Row {
            checks: &[Check::Identity],
            verdict: Rejected,
            counts: false,
            ..row("a slug is configured, and the record has none", |case| {
                case.company.teams[0].slug = Some("friseur".into());
            })
        },
        row("the configured slug", |case| {
            case.company.teams[0].slug = Some("friseur".into());
            case.answer().identity.as_mut().unwrap().slug = Some("friseur".into());
        }),
        row("a slug, and none is configured", |case| {
            case.answer().identity.as_mut().unwrap().slug = Some("friseur".into());
        }),
        Row {
            checks: &[Check::Duplicates],
            verdict: Rejected,
            counts: false,
            ..row("one id with two contents", |case| {
                case.answer().event_types.push(event_type(7, "Something else"));
            })
        },
        Row {
            checks: &[Check::Twins],
            ..row("identical twins are merged", |case| {
                case.answer().event_types.extend(event_types([7, 7, 9]));
            })
        },
        Row {
            checks: &[Check::Duplicates, Check::Twins],
            verdict: Rejected,
            counts: false,
            ..row("twins do not hide a duplicate", |case| {
                case.answer().event_types.extend(event_types([7]));
                case.answer().event_types.push(event_type(7, "Something else"));
            })
        },
    ]);
}

/// Readable and not plausible: it waits for a person, and no absence in it counts.
#[test]
fn an_implausible_list_is_quarantined() {
    check_rows(&[
        Row {
            checks: &[Check::Witness],
            verdict: Quarantined,
            counts: false,
            ..row("the witness is not found, though the list shows it", |case| {
                case.answer().witness.as_mut().unwrap().answer = LookUp::NotFound;
            })
        },
        Row {
            checks: &[Check::Witness],
            verdict: Quarantined,
            counts: false,
            ..row("the witness is forbidden to this key", |case| {
                case.answer().witness.as_mut().unwrap().answer =
                    LookUp::Unclear(trouble(Check::Unauthorized));
            })
        },
        Row {
            checks: &[Check::Witness],
            verdict: Quarantined,
            counts: false,
            ..row("event types, and no witness at all", |case| case.answer().witness = None)
        },
        row("any event type of the list may be the witness", |case| {
            case.answer().witness =
                Some(Witness { event_type_id: EventTypeId(9), answer: LookUp::Exists });
        }),
        Row {
            checks: &[Check::Canary],
            verdict: Quarantined,
            counts: false,
            ..row("a canary is missing", |case| {
                case.company.teams[0].must_contain = ids([1, 99]);
            })
        },
        row("every canary is there", |case| case.company.teams[0].must_contain = ids([1, 45])),
        row("a retired canary is not missed", |case| {
            case.company.teams[0].must_contain = ids([1, 99]);
            case.input.memory.retired_canaries = ids([99]);
        }),
        Row {
            checks: &[Check::Canary],
            verdict: Quarantined,
            counts: false,
            ..row("one canary is retired, another is missing", |case| {
                case.company.teams[0].must_contain = ids([98, 99]);
                case.input.memory.retired_canaries = ids([99]);
            })
        },
    ]);
}

/// Zero event types are an incident until a person says otherwise: this is the bug we exist for.
#[test]
fn an_empty_list_is_believed_only_where_nothing_was_expected() {
    check_rows(&[
        Row {
            checks: &[Check::Empty],
            verdict: Quarantined,
            counts: false,
            ..row("empty, and 45 the last time", |case| case.shows([]))
        },
        Row {
            checks: &[Check::Empty],
            verdict: Quarantined,
            counts: false,
            ..row("empty, no service is linked, but the team had some", |case| {
                case.shows([]);
                case.linked_active.clear();
            })
        },
        Row {
            checks: &[Check::Empty, Check::NewScope],
            verdict: Quarantined,
            counts: false,
            ..row("empty at first sight, and services are linked", |case| {
                case.shows([]);
                case.is_new();
            })
        },
        Row {
            checks: &[Check::Empty, Check::NewScope],
            verdict: Quarantined,
            counts: false,
            ..row("never accepted, but a quarantined one had shown some", |case| {
                case.shows([]);
                case.is_new();
                case.input.memory.past = TeamPast::HadSome;
                case.linked_active.clear();
            })
        },
        Row {
            checks: &[Check::NewScope],
            counts: false,
            ..row("empty at first sight, and nothing is linked", |case| {
                case.shows([]);
                case.is_new();
                case.linked_active.clear();
            })
        },
        row("a person accepted empty the last time", |case| {
            case.shows([]);
            case.previous().event_types.clear();
            case.previous().accepted_by = AcceptedBy::Person;
        }),
        row("empty again, after the checks followed the person", |case| {
            case.shows([]);
            case.previous().event_types.clear();
        }),
        Row {
            checks: &[Check::Empty],
            verdict: Quarantined,
            counts: false,
            ..row("a person accepted something else the last time", |case| {
                case.shows([]);
                case.previous().accepted_by = AcceptedBy::Person;
            })
        },
        Row {
            checks: &[Check::Empty],
            verdict: Quarantined,
            counts: false,
            ..row("always empty, and now a service is linked", |case| {
                case.shows([]);
                case.previous().event_types.clear();
                case.input.memory.past = TeamPast::NeverHadAny;
            })
        },
    ]);
}

/// A refusal explains itself: what was seen, and what it was compared with.
#[test]
fn findings_say_what_was_seen() {
    let found = |given: fn(&mut Case)| {
        let mut case = Case::of(45);
        given(&mut case);
        case.judged().findings
    };
    let empty = found(|case| case.shows([]));
    assert_eq!(empty, [Finding::Empty { previous: Some(45), linked: 18 }]);

    let wrong_team = found(|case| {
        case.answer().event_types[3].team_id = TeamId(7);
        case.answer().event_types[9].team_id = OTHER_TEAM;
    });
    let expected = Finding::WrongTeam { event_type_id: EventTypeId(4), says: TeamId(7), items: 2 };
    assert_eq!(wrong_team, [expected]);

    let slug = found(|case| case.company.teams[0].slug = Some("friseur".into()));
    let mismatch = IdentityMismatch::Slug { says: None, configured: "friseur".into() };
    assert_eq!(slug, [Finding::Identity(mismatch)]);

    let twins = found(|case| case.answer().event_types.extend(event_types([7, 7, 9])));
    assert_eq!(twins, [Finding::Twins { merged: 3 }]);
}

/// The verdict is the worst finding's, whatever else was fine.
#[test]
fn the_worst_finding_decides() {
    check_rows(&[
        Row {
            checks: &[Check::WrongTeam, Check::Canary],
            verdict: Rejected,
            counts: false,
            ..row("rejected is worse than quarantined", |case| {
                case.answer().event_types[3].team_id = OTHER_TEAM;
                case.company.teams[0].must_contain = ids([99]);
            })
        },
        Row {
            checks: &[Check::Twins, Check::Canary, Check::TooSoon],
            verdict: Quarantined,
            counts: false,
            ..row("quarantined is worse than accepted", |case| {
                case.answer().event_types.extend(event_types([7]));
                case.company.teams[0].must_contain = ids([99]);
                case.input.memory.last_counted_at = Some(minute(29));
            })
        },
    ]);
    let mut case = Case::of(45);
    case.company.teams[0].must_contain = ids([99]);
    assert_eq!(case.judged().weight, Weight::PresenceOnly);
}

/// A person can accept `empty`, `shrunk` and `canary`. Nobody can accept the others.
#[test]
fn only_empty_shrunk_and_canary_can_be_accepted_by_a_person() {
    for check in [
        Check::WrongTeam,
        Check::Identity,
        Check::Duplicates,
        Check::Witness,
        Check::Transport,
        Check::Malformed,
    ] {
        assert!(!check.can_be_accepted(), "{check}");
    }
    for check in [Check::Empty, Check::Shrunk, Check::Canary] {
        assert!(check.can_be_accepted(), "{check}");
        assert_eq!(check.verdict(), Quarantined, "{check}");
    }
}

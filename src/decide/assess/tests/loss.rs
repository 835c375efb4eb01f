//! How many ids may be gone at once. Ids, not counts.

use super::Case;
use crate::decide::fixtures::ids;
use crate::model::ids::EventTypeId;
use crate::model::observation::{Check, Finding, Verdict, Yardstick};

/// So many ids gone, out of so many.
fn after_losing(gone: i64, of: i64) -> Vec<Check> {
    let mut case = Case::of(of);
    case.shows(gone + 1..=of);
    case.judged().findings.iter().map(Finding::check).collect()
}

/// One missing is always plausible; of the rest, a fifth, rounded down.
#[test]
fn small_teams_are_guarded_like_large_ones() {
    for (of, most) in [(2, 1), (5, 1), (9, 1), (10, 2), (18, 3), (45, 9), (500, 100)] {
        assert_eq!(after_losing(0, of), [], "nothing gone of {of}");
        assert_eq!(after_losing(1, of), [], "one gone of {of}");
        assert_eq!(after_losing(most, of), [], "{most} gone of {of}");
        let all_gone = most + 1 == of;
        let expected = if all_gone { Check::Empty } else { Check::Shrunk };
        assert_eq!(after_losing(most + 1, of), [expected], "{} gone of {of}", most + 1);
        assert_eq!(after_losing(of, of), [Check::Empty], "all gone of {of}");
    }
    assert_eq!(after_losing(1, 1), [Check::Empty], "the only one gone");
}

/// As many new ids as lost ones are the worst of all: a re-created catalogue.
#[test]
fn a_catalogue_with_all_ids_new_is_not_believed() {
    for of in [2, 5, 18, 45, 500] {
        let mut case = Case::of(of);
        case.shows(1001..=1000 + of);
        let observation = case.judged();
        assert_eq!(observation.verdict, Verdict::Quarantined, "{of} new ids");
        let count = usize::try_from(of).unwrap();
        let Finding::Shrunk { gone, gone_count, of, allowed, yardstick } = &observation.findings[0]
        else {
            panic!("{:?}", observation.findings);
        };
        assert_eq!((*gone_count, *of, *yardstick), (count, count, Yardstick::PreviousObservation));
        assert_eq!(*allowed, (count / 5).max(1));
        let named: Vec<EventTypeId> = ids(1..=20.min(i64::try_from(count).unwrap()));
        assert_eq!(*gone, named, "at most twenty are named, in order");
    }
    // One of one is one, and one is always plausible.
    let mut case = Case::of(1);
    case.shows([1001]);
    assert_eq!(case.judged().findings, []);
}

/// A catalogue that shrinks by one at a time is not a catastrophe the second time either.
#[test]
fn an_id_counts_once() {
    // 46 to 90 were there long ago, and the previous accepted observation lacked them already.
    let mut case = Case::of(45);
    case.linked_active = ids(1..=90);
    case.shows(2..=45);
    assert_eq!(case.judged().findings, []);
}

/// The percentage is the configured one; new ids beside the known ones never matter.
#[test]
fn the_configured_percentage_counts() {
    for (percent, gone, expected) in [
        (1, 1, vec![]),
        (1, 2, vec![Check::Shrunk]),
        (50, 22, vec![]),
        (50, 23, vec![Check::Shrunk]),
        (100, 44, vec![]),
    ] {
        let mut case = Case::of(45);
        case.company.safety.max_shrink_percent = percent;
        case.shows((gone + 1..=45).chain(200..300));
        let seen: Vec<Check> = case.judged().findings.iter().map(Finding::check).collect();
        assert_eq!(seen, expected, "{gone} gone at {percent} percent");
    }
}

/// Where nothing was accepted yet, the services themselves are the yardstick.
#[test]
fn at_first_sight_the_active_services_are_the_yardstick() {
    for (linked, missing, expected) in [
        (18, 3, vec![Check::NewScope]),
        (18, 4, vec![Check::NewScope, Check::Shrunk]),
        (18, 18, vec![Check::NewScope, Check::Shrunk]),
        (2, 1, vec![Check::NewScope]),
        (2, 2, vec![Check::NewScope, Check::Shrunk]),
        (1, 1, vec![Check::NewScope]),
    ] {
        let mut case = Case::of(45);
        case.is_new();
        case.linked_active = ids(46 - linked + missing..=45 + missing);
        let observation = case.judged();
        let seen: Vec<Check> = observation.findings.iter().map(Finding::check).collect();
        assert_eq!(seen, expected, "{missing} missing of {linked}: {:?}", observation.findings);
    }
}

//! Event types that no row is linked to.

use super::{Row, World, check_rows};
use crate::decide::fixtures::{absence, event_type, inactive, pending, row, rule, unlinked};
use crate::model::change::{Column, Value};
use crate::model::event_type::Visibility;
use crate::model::ids::{EventTypeId, ServiceId};
use crate::model::policy::{Consent, ImportAction};
use crate::model::review::HoldTarget;
use crate::model::service::SyncStatus;

/// One active orphan called "Cut", and one new event type of that name.
fn recreated(world: &mut World) {
    world.rows = vec![row(1, "Cut", 10)];
    world.listed = vec![event_type(30, "cut ")];
    world.memory.absences.insert(ServiceId(1), absence(1, 0));
}

const RELINK: &str = "1/30 ask-relink: bears the name of a service whose event type 10 is absent: probably recreated";
const RELINK_FIRST: &str =
    "1/10 wait: absent, but event type 30 bears its name: relink or not comes first";

/// A recreated event type is the old service's, and never a twin beside it.
#[test]
fn a_recreated_event_type_is_asked_about_and_nothing_else_happens() {
    check_rows(&[
        Row { name: "watching", given: recreated, decides: &[RELINK_FIRST, RELINK] },
        Row {
            name: "confirmed, in auto mode",
            given: |world| {
                recreated(world);
                world.memory.absences.insert(ServiceId(1), absence(9, 0));
                world.company.policy.deactivate = Consent::Auto;
                world.company.policy.relink = Consent::Auto;
                world.nothing_points_at(1);
            },
            decides: &[RELINK_FIRST, RELINK],
        },
        Row {
            name: "a held orphan gets its question too",
            given: |world| {
                recreated(world);
                world.hold(HoldTarget::Service(ServiceId(1)));
            },
            decides: &["1/10 held: held: on leave", RELINK],
        },
        Row {
            name: "the new event type is held",
            given: |world| {
                recreated(world);
                world.hold(HoldTarget::EventType(EventTypeId(30)));
            },
            decides: &[
                "1/10 watch: absent in 1 consecutive accepted observations (of 3)",
                "-/30 held: held: on leave",
            ],
        },
        Row {
            name: "two orphans of one name",
            given: |world| {
                recreated(world);
                world.rows.push(row(2, "CUT", 20));
            },
            decides: &[
                RELINK_FIRST,
                "2/20 wait: absent, but event type 30 bears its name: relink or not comes first",
                "1/30 ask-relink: 2 services could be meant by this name",
                "2/30 ask-relink: 2 services could be meant by this name",
            ],
        },
        Row {
            name: "two new event types for one orphan",
            given: |world| {
                recreated(world);
                world.listed.push(event_type(31, "Cut"));
            },
            decides: &[
                RELINK_FIRST,
                RELINK,
                "1/31 ask-relink: bears the name of a service whose event type 10 is absent: probably recreated",
            ],
        },
        Row {
            name: "an unlinked row of that name does not come before the orphan",
            given: |world| {
                recreated(world);
                world.rows.push(unlinked(2, "Cut"));
            },
            decides: &[RELINK_FIRST, "2/- keep: not linked to any event type", RELINK],
        },
        Row {
            name: "relink is off: no twin without asking, and the orphan goes its way",
            given: |world| {
                recreated(world);
                world.company.policy.relink = Consent::Off;
            },
            decides: &[
                "1/10 watch: absent in 1 consecutive accepted observations (of 3)",
                "-/30 ask-import: service 1 bears this name already",
            ],
        },
    ]);
}

/// A service that the application made first is linked, not doubled.
#[test]
fn an_unlinked_row_of_the_same_name_is_linked() {
    fn same_name(world: &mut World) {
        world.company.policy.link = Consent::Auto;
        world.rows = vec![unlinked(1, "  Damen   SCHNITT ")];
        world.listed = vec![event_type(30, "Damen Schnitt")];
    }
    const UNLINKED: &str = "1/- keep: not linked to any event type";
    check_rows(&[
        Row {
            name: "exactly one, auto",
            given: same_name,
            decides: &[UNLINKED, "1/30 link: one unlinked service bears the same name"],
        },
        Row {
            name: "exactly one, review",
            given: |world| {
                same_name(world);
                world.company.policy.link = Consent::Review;
            },
            decides: &[UNLINKED, "1/30 ask-link: one unlinked service bears the same name"],
        },
        Row {
            name: "exactly one, off: not imported beside it either",
            given: |world| {
                same_name(world);
                world.company.policy.link = Consent::Off;
            },
            decides: &[UNLINKED, "-/30 ask-import: service 1 bears this name already"],
        },
        Row {
            name: "a local edit waits in it",
            given: |world| {
                same_name(world);
                world.rows = vec![pending(unlinked(1, "Damen Schnitt"))];
            },
            decides: &[UNLINKED, "1/30 wait: waits for the application: sync_status is pending"],
        },
        Row {
            name: "it is held",
            given: |world| {
                same_name(world);
                world.hold(HoldTarget::Service(ServiceId(1)));
            },
            decides: &[
                "1/- held: held: on leave",
                "-/30 ask-import: service 1 bears this name already",
            ],
        },
        Row {
            name: "two of them: one question each",
            given: |world| {
                same_name(world);
                world.rows.push(unlinked(2, "Damen Schnitt"));
            },
            decides: &[
                UNLINKED,
                "2/- keep: not linked to any event type",
                "1/30 ask-link: 2 services could be meant by this name",
                "2/30 ask-link: 2 services could be meant by this name",
            ],
        },
        Row {
            name: "a linked row bears the name too",
            given: |world| {
                same_name(world);
                world.rows.push(row(2, "Damen Schnitt", 40));
                world.listed.push(event_type(40, "Damen Schnitt"));
            },
            decides: &[
                UNLINKED,
                "2/40 keep: in step with Cal.com",
                "1/30 ask-link: 2 services could be meant by this name",
            ],
        },
        Row {
            name: "two new event types of that title",
            given: |world| {
                same_name(world);
                world.listed.push(event_type(31, "damen schnitt"));
            },
            decides: &[
                UNLINKED,
                "1/30 ask-link: event type 31 is new too, and bears the same title",
                "1/31 ask-link: event type 30 is new too, and bears the same title",
            ],
        },
        Row {
            name: "blank names are nobody's",
            given: |world| {
                same_name(world);
                world.rows = vec![unlinked(1, " ")];
                world.listed = vec![event_type(30, ""), event_type(31, "\u{a0}")];
            },
            decides: &[UNLINKED, "-/30 import: new at Cal.com", "-/31 import: new at Cal.com"],
        },
    ]);
}

/// What is new is imported as the policy says, and the first matching rule.
#[test]
fn a_new_event_type_is_imported_by_the_first_matching_rule() {
    fn new(world: &mut World) {
        world.listed = vec![event_type(30, "Dauerwelle (2 von 4)")];
    }
    fn ruled(world: &mut World, action: ImportAction) {
        new(world);
        let rules = &mut world.company.policy.import_rules;
        rules.push(rule(r"^Probe", ImportAction::Skip));
        rules.push(rule(r"\(\d+ von \d+\)", action));
        rules.push(rule(r"Dauerwelle", ImportAction::Skip));
    }
    check_rows(&[
        Row { name: "no rule", given: new, decides: &["-/30 import: new at Cal.com"] },
        Row {
            name: "hidden",
            given: |world| {
                new(world);
                world.listed[0].visibility = Visibility::Hidden;
            },
            decides: &["-/30 import: new at Cal.com, and hidden there"],
        },
        Row {
            name: "the second rule matches, and the third does not come to it",
            given: |world| ruled(world, ImportAction::Inactive),
            decides: &["-/30 import: new at Cal.com; import rule 2 matches"],
        },
        Row {
            name: "a rule that skips",
            given: |world| ruled(world, ImportAction::Skip),
            decides: &["-/30 skip: new at Cal.com; import rule 2 matches"],
        },
        Row {
            name: "a rule that asks",
            given: |world| ruled(world, ImportAction::Review),
            decides: &["-/30 ask-import: new at Cal.com; import rule 2 matches"],
        },
        Row {
            name: "a rule never makes it less careful than the policy",
            given: |world| {
                ruled(world, ImportAction::Active);
                world.company.policy.import = Consent::Review;
            },
            decides: &["-/30 ask-import: new at Cal.com; policy.import asks"],
        },
        Row {
            name: "review",
            given: |world| {
                new(world);
                world.company.policy.import = Consent::Review;
            },
            decides: &["-/30 ask-import: new at Cal.com; policy.import asks"],
        },
        Row {
            name: "off",
            given: |world| {
                new(world);
                world.company.policy.import = Consent::Off;
            },
            decides: &["-/30 skip: policy.import is off"],
        },
        Row {
            name: "held",
            given: |world| {
                new(world);
                world.hold(HoldTarget::EventType(EventTypeId(30)));
            },
            decides: &["-/30 held: held: on leave"],
        },
        Row {
            name: "a rule that does not compile asks",
            given: |world| {
                new(world);
                world.company.policy.import_rules.push(rule("(", ImportAction::Active));
            },
            decides: &["-/30 ask-import: new at Cal.com; import rule 1 matches"],
        },
        Row {
            name: "two new ones of one title",
            given: |world| {
                world.listed = vec![event_type(30, "Cut"), event_type(31, "CUT")];
            },
            decides: &[
                "-/30 ask-import: event type 31 is new too, and bears the same title",
                "-/31 ask-import: event type 30 is new too, and bears the same title",
            ],
        },
        Row {
            name: "a linked, active row bears the name",
            given: |world| {
                world.rows = vec![row(1, "Cut", 10)];
                world.listed = vec![event_type(10, "Cut"), event_type(30, "Cut")];
            },
            decides: &[
                "1/10 keep: in step with Cal.com",
                "-/30 ask-import: service 1 bears this name already",
            ],
        },
        Row {
            name: "an inactive row with an absent event type bears the name",
            given: |world| {
                world.rows = vec![inactive(row(1, "Cut", 10), SyncStatus::Synced)];
                world.listed = vec![event_type(30, "Cut")];
            },
            decides: &[
                "1/10 keep: its event type is absent; inactive already",
                "-/30 ask-import: service 1 bears this name already",
            ],
        },
    ]);
}

/// Hidden event types are imported inactive, and so is what a rule says.
#[test]
fn what_is_hidden_or_ruled_inactive_is_imported_inactive() {
    type Given = fn(&mut World);
    let cases: [(&str, Given, bool); 5] = [
        ("public", |_| {}, true),
        ("hidden", |world| world.listed[0].visibility = Visibility::Hidden, false),
        (
            "ruled inactive",
            |world| world.company.policy.import_rules.push(rule("Cut", ImportAction::Inactive)),
            false,
        ),
        (
            "hidden, and ruled active",
            |world| {
                world.listed[0].visibility = Visibility::Hidden;
                world.company.policy.import_rules.push(rule("Cut", ImportAction::Active));
            },
            false,
        ),
        (
            "hidden, and asked about",
            |world| {
                world.listed[0].visibility = Visibility::Hidden;
                world.company.policy.import = Consent::Review;
            },
            false,
        ),
    ];
    for (name, given, is_active) in cases {
        let mut world = World::new();
        world.listed = vec![event_type(30, "Cut")];
        given(&mut world);
        let change = world.change(0);
        let expected = Value::Bool(is_active);
        assert_eq!(change.after().unwrap().get(Column::IsActive), Some(&expected), "{name}");
    }
}

//! The table at the top of `plan.rs`, row by row.

use super::{Row, World, check_rows};
use crate::decide::fixtures::{
    OTHER_TEAM, TEAM, absence, company_of, event_type, inactive, pending, row, unlinked,
};
use crate::model::change::Column;
use crate::model::decision::{Absence, LastListed};
use crate::model::ids::{EventTypeId, JournalId, ServiceId, TeamId};
use crate::model::memory::References;
use crate::model::policy::{Consent, FieldPolicy};
use crate::model::review::HoldTarget;
use crate::model::service::SyncStatus;

/// An absent, active, linked row in auto mode, with nothing that speaks against switching it off.
fn switches_off_by_itself(world: &mut World) {
    world.company.policy.deactivate = Consent::Auto;
    world.rows = vec![row(1, "Cut", 10), row(2, "Colour", 20)];
    world.listed = vec![event_type(20, "Colour")];
    world.memory.absences.insert(ServiceId(1), absence(3, 0));
    world.nothing_points_at(1);
}

fn is_absent(world: &mut World, streak: u32) {
    world.rows = vec![row(1, "Cut", 10), row(2, "Colour", 20)];
    world.listed = vec![event_type(20, "Colour")];
    world.memory.absences.insert(ServiceId(1), absence(streak, 0));
}

/// What a service that Cal.com shows may expect.
#[test]
fn a_present_event_type_decides_by_its_row() {
    check_rows(&[
        Row {
            name: "linked, same",
            given: |world| {
                world.rows = vec![row(1, "Cut", 10)];
                world.listed = vec![event_type(10, "Cut")];
            },
            decides: &["1/10 keep: in step with Cal.com"],
        },
        Row {
            name: "linked, differs in a column Cal.com owns",
            given: |world| {
                world.company.policy.fields.insert(Column::Name, FieldPolicy::Source);
                world.rows = vec![row(1, "Old cut", 10)];
                world.listed = vec![event_type(10, "Cut")];
            },
            decides: &["1/10 update: differs in columns that Cal.com owns"],
        },
        Row {
            name: "linked, never synced",
            given: |world| {
                world.rows = vec![row(1, "Cut", 10)];
                world.rows[0].sync_status = Some(SyncStatus::Never);
                world.listed = vec![event_type(10, "Cut")];
            },
            decides: &["1/10 update: differs in columns that Cal.com owns"],
        },
        Row {
            name: "linked, differs in a reported column",
            given: |world| {
                world.rows = vec![row(1, "Old cut", 10)];
                world.listed = vec![event_type(10, "Cut")];
            },
            decides: &[
                "1/10 report-drift: differs from Cal.com in columns that the application owns",
            ],
        },
        Row {
            name: "linked, differs in an ignored column",
            given: |world| {
                world.company.policy.fields.insert(Column::Name, FieldPolicy::Ignore);
                world.rows = vec![row(1, "Old cut", 10)];
                world.listed = vec![event_type(10, "Cut")];
            },
            decides: &["1/10 keep: in step with Cal.com"],
        },
        Row {
            name: "linked, differs, and a local edit waits",
            given: |world| {
                world.company.policy.fields.insert(Column::Name, FieldPolicy::Source);
                world.rows = vec![pending(row(1, "Old cut", 10))];
                world.listed = vec![event_type(10, "Cut")];
            },
            decides: &["1/10 wait: waits for the application: sync_status is pending"],
        },
        Row {
            name: "linked, active, and the application does not book it",
            given: |world| {
                world.rows = vec![row(1, "Cut", 10)];
                world.rows[0].sync_status = Some(SyncStatus::Error);
                world.listed = vec![event_type(10, "Cut")];
            },
            decides: &[
                "1/10 report-drift: active, but the application books only rows whose sync_status is synced",
            ],
        },
        Row {
            name: "not linked, and no event type bears its name",
            given: |world| world.rows = vec![unlinked(1, "Cut")],
            decides: &["1/- keep: not linked to any event type"],
        },
        Row {
            name: "held",
            given: |world| {
                world.company.policy.fields.insert(Column::Name, FieldPolicy::Source);
                world.rows = vec![row(1, "Old cut", 10)];
                world.listed = vec![event_type(10, "Cut")];
                world.hold(HoldTarget::Service(ServiceId(1)));
            },
            decides: &["1/10 held: held: on leave"],
        },
        Row {
            name: "its event type is held",
            given: |world| {
                world.rows = vec![row(1, "Old cut", 10)];
                world.listed = vec![event_type(10, "Cut")];
                world.hold(HoldTarget::EventType(EventTypeId(10)));
            },
            decides: &["1/10 held: held: on leave"],
        },
    ]);
}

/// What a person switched off stays off.
#[test]
fn an_inactive_service_is_switched_on_only_if_we_switched_it_off() {
    fn off(world: &mut World, status: SyncStatus) {
        world.rows = vec![inactive(row(1, "Cut", 10), status)];
        world.listed = vec![event_type(10, "Cut")];
    }
    fn by_us(world: &mut World) {
        off(world, SyncStatus::Error);
        world.memory.switched_off_by_us.insert(ServiceId(1), JournalId(7));
    }
    check_rows(&[
        Row {
            name: "by us, untouched since",
            given: by_us,
            decides: &[
                "1/10 reactivate: its event type is back; switched off by journal entry 7, untouched since",
            ],
        },
        Row {
            name: "by us, and the policy asks",
            given: |world| {
                by_us(world);
                world.company.policy.reactivate = Consent::Review;
            },
            decides: &[
                "1/10 ask-reactivate: its event type is back; switched off by journal entry 7, untouched since",
            ],
        },
        Row {
            name: "by us, and the policy is off",
            given: |world| {
                by_us(world);
                world.company.policy.reactivate = Consent::Off;
            },
            decides: &["1/10 keep: policy.reactivate is off"],
        },
        Row {
            name: "by us, and a local edit waits",
            given: |world| {
                by_us(world);
                world.rows[0].sync_status = Some(SyncStatus::Pending);
            },
            decides: &["1/10 wait: waits for the application: sync_status is pending"],
        },
        Row {
            name: "by us, and held",
            given: |world| {
                by_us(world);
                world.hold(HoldTarget::Service(ServiceId(1)));
            },
            decides: &["1/10 held: held: on leave"],
        },
        Row {
            name: "adoption night: in error, and not by us, in auto mode too",
            given: |world| off(world, SyncStatus::Error),
            decides: &[
                "1/10 ask-reactivate: inactive with sync_status error though its event type is present: probably switched off by an older sync",
            ],
        },
        Row {
            name: "adoption night, and the policy is off",
            given: |world| {
                off(world, SyncStatus::Error);
                world.company.policy.reactivate = Consent::Off;
            },
            decides: &["1/10 keep: policy.reactivate is off"],
        },
        Row {
            name: "in step, and a person's decision",
            given: |world| off(world, SyncStatus::Synced),
            decides: &["1/10 keep: switched off, and not by this program"],
        },
        Row {
            name: "with a local edit, and a person's decision",
            given: |world| off(world, SyncStatus::Pending),
            decides: &["1/10 keep: switched off, and not by this program"],
        },
        Row {
            name: "a row whose name differs is not even updated while inactive",
            given: |world| {
                off(world, SyncStatus::Synced);
                world.company.policy.fields.insert(Column::Name, FieldPolicy::Source);
                world.rows[0].name = "Old cut".into();
            },
            decides: &["1/10 keep: switched off, and not by this program"],
        },
    ]);
}

/// Three absences, and then a person decides. Proposing is not doing.
#[test]
fn an_absent_event_type_decides_by_its_streak() {
    check_rows(&[
        Row {
            name: "inactive",
            given: |world| {
                is_absent(world, 9);
                world.rows[0] = inactive(row(1, "Cut", 10), SyncStatus::Synced);
            },
            decides: &[
                "1/10 keep: its event type is absent; inactive already",
                "2/20 keep: in step with Cal.com",
            ],
        },
        Row {
            name: "nothing counted yet",
            given: |world| {
                is_absent(world, 0);
                world.memory.absences.clear();
            },
            decides: &[
                "1/10 watch: absent in 0 consecutive accepted observations (of 3)",
                "2/20 keep: in step with Cal.com",
            ],
        },
        Row {
            name: "one",
            given: |world| is_absent(world, 1),
            decides: &[
                "1/10 watch: absent in 1 consecutive accepted observations (of 3)",
                "2/20 keep: in step with Cal.com",
            ],
        },
        Row {
            name: "two",
            given: |world| is_absent(world, 2),
            decides: &[
                "1/10 watch: absent in 2 consecutive accepted observations (of 3)",
                "2/20 keep: in step with Cal.com",
            ],
        },
        Row {
            name: "three",
            given: |world| is_absent(world, 3),
            decides: &[
                "1/10 propose-deactivation: absent in 3 consecutive accepted observations",
                "2/20 keep: in step with Cal.com",
            ],
        },
        Row {
            name: "three, and the configured threshold is four",
            given: |world| {
                is_absent(world, 3);
                world.company.safety.absent_threshold = 4;
            },
            decides: &[
                "1/10 watch: absent in 3 consecutive accepted observations (of 4)",
                "2/20 keep: in step with Cal.com",
            ],
        },
        Row {
            name: "three, and the policy is off",
            given: |world| {
                is_absent(world, 3);
                world.company.policy.deactivate = Consent::Off;
            },
            decides: &["1/10 wait: policy.deactivate is off", "2/20 keep: in step with Cal.com"],
        },
        Row {
            name: "three, and held",
            given: |world| {
                is_absent(world, 3);
                world.hold(HoldTarget::Service(ServiceId(1)));
            },
            decides: &["1/10 held: held: on leave", "2/20 keep: in step with Cal.com"],
        },
        Row {
            name: "unwatched: last seen in a team that is not configured any more",
            given: |world| {
                is_absent(world, 9);
                let gone = LastListed::Team(TeamId(5));
                let absence = Absence { last_listed: gone, ..absence(9, 0) };
                world.memory.absences.insert(ServiceId(1), absence);
            },
            decides: &[
                "1/10 wait: unwatched: last seen in team 5, which is not configured any more",
                "2/20 keep: in step with Cal.com",
            ],
        },
        Row {
            name: "a new event type bears its name: relink first",
            given: |world| {
                is_absent(world, 9);
                world.listed.push(event_type(30, "Cut"));
            },
            decides: &[
                "1/10 wait: absent, but event type 30 bears its name: relink or not comes first",
                "2/20 keep: in step with Cal.com",
                "1/30 ask-relink: bears the name of a service whose event type 10 is absent: probably recreated",
            ],
        },
    ]);
}

/// In auto mode everything that speaks against switching off makes it a question.
#[test]
fn auto_mode_asks_wherever_something_speaks_against_it() {
    const QUESTION: &str =
        "1/10 propose-deactivation: absent in 3 consecutive accepted observations; ";
    type Doubt = (&'static str, fn(&mut World));
    let doubts: [Doubt; 10] = [
        ("absent for less than auto_min_absence", |world| {
            world.memory.absences.insert(ServiceId(1), absence(3, 2 * 24 * 60 + 1));
        }),
        ("absent for less than auto_min_absence", |world| {
            let unknown = Absence { since: None, ..absence(3, 0) };
            world.memory.absences.insert(ServiceId(1), unknown);
        }),
        ("absent for less than auto_min_absence", |world| {
            // The clock jumped back.
            world.memory.absences.insert(ServiceId(1), absence(3, 30 * 24 * 60));
        }),
        ("2 upcoming references", |world| {
            let two = References { upcoming: 2, total: 2 };
            world.references.insert(ServiceId(1), Some(two));
        }),
        ("upcoming references could not be read", |world| {
            world.references.insert(ServiceId(1), None);
        }),
        ("upcoming references could not be read", |world| world.references.clear()),
        ("several services share this event type", |world| {
            world.rows.push(inactive(row(3, "Cut, old", 10), SyncStatus::Synced));
        }),
        ("the company's last active service", |world| {
            world.rows[1] = inactive(row(2, "Colour", 20), SyncStatus::Synced);
        }),
        ("its event type was never listed", |world| {
            let never = Absence { last_listed: LastListed::Never, ..absence(3, 0) };
            world.memory.absences.insert(ServiceId(1), never);
        }),
        ("waits for the application: sync_status is pending", |world| {
            world.rows[0] = pending(row(1, "Cut", 10));
        }),
    ];
    for (why, given) in doubts {
        let mut world = World::new();
        switches_off_by_itself(&mut world);
        given(&mut world);
        assert_eq!(world.decides()[0], format!("{QUESTION}{why}"));
    }

    let mut world = World::new();
    switches_off_by_itself(&mut world);
    let off = "1/10 deactivate: absent in 3 consecutive accepted observations";
    assert_eq!(world.decides()[0], off);
    // `auto_min_absence` is reached when it is over, not later.
    world.memory.absences.insert(ServiceId(1), absence(3, 2 * 24 * 60));
    assert_eq!(world.decides()[0], off);
    // Nothing remembered is no permission, whatever the threshold.
    world.memory.absences.clear();
    world.company.safety.absent_threshold = 0;
    let never = "1/10 propose-deactivation: absent in 0 consecutive accepted observations; its event type was never listed";
    assert_eq!(world.decides()[0], never);
}

/// Where one team was not accepted, what is not shown is unknown: not absent, and not new.
#[test]
fn partial_coverage_decides_nothing_about_absent_and_new_event_types() {
    let mut world = World::new();
    switches_off_by_itself(&mut world);
    world.rows.push(unlinked(3, "Wash"));
    world.listed.extend([event_type(30, "Cut"), event_type(40, "Shave")]);
    world.hold(HoldTarget::Service(ServiceId(1)));
    assert_eq!(world.decides().len(), 5);

    world.company.teams = company_of(&[TEAM, OTHER_TEAM]).teams;
    let expected = ["2/20 keep: in step with Cal.com", "3/- keep: not linked to any event type"];
    assert_eq!(world.decides(), expected);
    assert_eq!(world.plan().counts.watching, 0);
}

//! What a planned write holds: every column written, every column the decision rests on, no other.

use super::World;
use crate::decide::fixtures::{COMPANY, absence, event_type, image, inactive, row, text, unlinked};
use crate::model::change::{Change, Column, Value};
use crate::model::ids::{EventTypeId, JournalId, ServiceId};
use crate::model::policy::{Consent, FieldPolicy, MappedColumns};
use crate::model::service::SyncStatus;
use Column::{CompanyId, Duration, EventTypeId as Link, IsActive, Name, Slug};
use Column::{SyncError, SyncStatus as Status};

fn update(
    service: i64,
    before: impl IntoIterator<Item = (Column, Value)>,
    after: impl IntoIterator<Item = (Column, Value)>,
) -> Change {
    Change::Update {
        service_id: ServiceId(service),
        company_id: COMPANY,
        before: image(before),
        after: image(after),
    }
}

fn orphan() -> World {
    let mut world = World::new();
    world.rows = vec![row(1, "Cut", 10)];
    world.memory.absences.insert(ServiceId(1), absence(3, 0));
    world
}

/// The application's own words, and nothing besides.
#[test]
fn a_deactivation_writes_three_columns_and_guards_the_link() {
    let expected = update(
        1,
        [
            (Link, Value::Int(10)),
            (IsActive, Value::Bool(true)),
            (Status, text("synced")),
            (SyncError, Value::Null),
        ],
        [
            (Link, Value::Int(10)),
            (IsActive, Value::Bool(false)),
            (Status, text("error")),
            (SyncError, text("Event type not found in Cal.com")),
        ],
    );
    assert_eq!(orphan().change(0), expected);

    // What is not mapped is neither read nor written.
    let mut world = orphan();
    world.company.mapped = [CompanyId, Name, Link, IsActive].into_iter().collect();
    let expected = update(
        1,
        [(Link, Value::Int(10)), (IsActive, Value::Bool(true))],
        [(Link, Value::Int(10)), (IsActive, Value::Bool(false))],
    );
    assert_eq!(world.change(0), expected);
}

/// Switching on again undoes exactly what switching off did.
#[test]
fn a_reactivation_writes_what_the_deactivation_wrote() {
    let mut world = World::new();
    world.rows = vec![inactive(row(1, "Cut", 10), SyncStatus::Error)];
    world.rows[0].sync_error = Some("Event type not found in Cal.com".into());
    world.listed = vec![event_type(10, "Cut")];
    world.memory.switched_off_by_us.insert(ServiceId(1), JournalId(7));
    let Change::Update { before, after, .. } = orphan().change(0) else {
        panic!("a deactivation is an update");
    };
    let undone = Change::Update {
        service_id: ServiceId(1),
        company_id: COMPANY,
        before: after,
        after: before,
    };
    assert_eq!(world.change(0), undone);
}

/// A link, or a moved link, leaves it open whether callers can book the row.
#[test]
fn a_link_does_not_switch_anything_on_or_off() {
    let mut world = World::new();
    world.rows = vec![inactive(unlinked(1, "Cut"), SyncStatus::Never)];
    world.listed = vec![event_type(30, "Cut")];
    let expected = update(
        1,
        [
            (Link, Value::Null),
            (IsActive, Value::Bool(false)),
            (Status, text("never")),
            (SyncError, Value::Null),
        ],
        [
            (Link, Value::Int(30)),
            (IsActive, Value::Bool(false)),
            (Status, text("synced")),
            (SyncError, Value::Null),
        ],
    );
    assert_eq!(world.change(1), expected);

    let mut world = orphan();
    world.listed = vec![event_type(30, "Cut")];
    let change = world.change(1);
    assert_eq!(change.before().unwrap().event_type_id(), Some(EventTypeId(10)));
    let written: Vec<_> = change.written().collect();
    assert_eq!(written, [(Link, &Value::Int(30))]);
}

/// Only the columns that Cal.com owns are written; the others keep the application's word.
#[test]
fn an_update_writes_the_owned_columns_that_differ() {
    let mut world = World::new();
    let owned = [(Name, FieldPolicy::Report), (Duration, FieldPolicy::Source)];
    world.company.policy.fields = owned.into_iter().chain([(Slug, FieldPolicy::Ignore)]).collect();
    world.rows = vec![row(1, "Old cut", 10)];
    world.rows[0].duration_minutes = None;
    world.rows[0].slug = None;
    world.listed = vec![event_type(10, "Cut")];
    let guards = [(Link, Value::Int(10)), (IsActive, Value::Bool(true)), (Status, text("synced"))];
    let expected = update(
        1,
        guards.clone().into_iter().chain([(Duration, Value::Null)]),
        guards.into_iter().chain([(Duration, Value::Int(30))]),
    );
    assert_eq!(world.change(0), expected);

    // `never` becomes `synced` in the same write.
    world.rows[0].sync_status = Some(SyncStatus::Never);
    let change = world.change(0);
    let written: Vec<_> = change.written().collect();
    assert_eq!(written, [(Status, &text("synced")), (Duration, &Value::Int(30))]);
}

/// What Cal.com does not say is unknown, and never a default.
#[test]
fn a_column_of_which_cal_com_says_nothing_is_never_written() {
    let mut world = World::new();
    world.company.policy.fields =
        Column::ALL.into_iter().map(|column| (column, FieldPolicy::Source)).collect();
    world.rows = vec![row(1, "Cut", 10)];
    world.rows[0].sync_error = Some("the application's own".into());
    world.listed = vec![event_type(10, "Cut")];
    assert_eq!(world.decides(), ["1/10 keep: in step with Cal.com"]);

    // Nor is a column that is not mapped.
    world.rows[0].slug = None;
    world.rows[0].duration_minutes = None;
    world.company.mapped = [CompanyId, Name, Link, IsActive].into_iter().collect();
    assert_eq!(world.decides(), ["1/10 keep: in step with Cal.com"]);
}

/// Applications trim what people type, and Cal.com does not.
#[test]
fn outer_spaces_are_no_difference() {
    let mut world = World::new();
    world.rows = vec![row(1, "Cut", 10)];
    world.listed = vec![event_type(10, " Cut ")];
    assert_eq!(world.decides(), ["1/10 keep: in step with Cal.com"]);
    world.listed = vec![event_type(10, "cut")];
    assert!(world.decides()[0].starts_with("1/10 report-drift"));
}

/// An import fills what it knows and the table has; the company is always named.
#[test]
fn an_import_fills_the_mapped_columns_and_no_other() {
    let mut world = World::new();
    world.listed = vec![event_type(30, "Cut")];
    let insert = |after: Vec<(Column, Value)>| Change::Insert {
        company_id: COMPANY,
        event_type_id: EventTypeId(30),
        after: image(after),
    };
    let least = vec![
        (CompanyId, Value::Int(1)),
        (Name, text("Cut")),
        (Link, Value::Int(30)),
        (IsActive, Value::Bool(true)),
    ];
    let optional = [
        (Status, text("synced")),
        (SyncError, Value::Null),
        (Duration, Value::Int(30)),
        (Slug, text("slug-30")),
    ];
    let all = least.iter().cloned().chain(optional).collect();
    assert_eq!(world.change(0), insert(all));

    let mapped: MappedColumns = [CompanyId, Name, Link, IsActive].into_iter().collect();
    world.company.mapped = mapped;
    assert_eq!(world.change(0), insert(least.clone()));

    world.company.mapped = mapped.with(Duration);
    let with_duration = least.into_iter().chain([(Duration, Value::Int(30))]).collect();
    assert_eq!(world.change(0), insert(with_duration));
}

/// Every write of an existing row names what it rests on, so that a row which moved is not written.
#[test]
fn every_update_carries_its_guards_and_both_images_the_same_columns() {
    let mut world = orphan();
    world.company.policy.link = Consent::Auto;
    world.company.policy.fields.insert(Name, FieldPolicy::Source);
    world.memory.switched_off_by_us.insert(ServiceId(2), JournalId(7));
    world.rows.extend([
        inactive(row(2, "Back", 20), SyncStatus::Error),
        inactive(row(3, "Old sync", 30), SyncStatus::Error),
        row(4, "Old name", 40),
        unlinked(5, "Link me"),
        row(6, "Recreated", 60),
    ]);
    world.listed = vec![
        event_type(20, "Back"),
        event_type(30, "Old sync"),
        event_type(40, "New name"),
        event_type(50, "Link me"),
        event_type(61, "Recreated"),
    ];
    let plan = world.plan();
    let mut seen = Vec::new();
    for decision in &plan.decisions {
        let Some(Change::Update { before, after, .. }) = decision.action.change() else { continue };
        seen.push(decision.action.as_str());
        for guard in [Link, IsActive, Status] {
            assert!(before.get(guard).is_some(), "{guard} in {decision:?}");
        }
        assert!(before.columns().eq(after.columns()), "{decision:?}");
        assert_eq!(before.get(CompanyId), None, "{decision:?}");
    }
    let all = ["propose-deactivation", "reactivate", "ask-reactivate", "update", "link"];
    assert_eq!(seen, all.into_iter().chain(["ask-relink"]).collect::<Vec<_>>());
}

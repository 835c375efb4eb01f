//! The writes that a plan can want. Each before-image holds what is written *and* what the
//! decision rests on, so that a row which moved is not written.

use crate::decide::assess::ProvenAbsence;
use crate::model::change::{Change, Column, Image, Value};
use crate::model::event_type::EventType;
use crate::model::ids::{CompanyId, EventTypeId};
use crate::model::policy::{FieldPolicy, MappedColumns, Policy};
use crate::model::service::{Lifecycle, Service, SyncStatus};

/// The application's own words for it.
const NOT_FOUND: &str = "Event type not found in Cal.com";

/// What every decision on a row rests on.
const GUARDS: [Column; 3] = [Column::EventTypeId, Column::IsActive, Column::SyncStatus];

fn rewrite(
    row: &Service,
    mapped: MappedColumns,
    writes: impl IntoIterator<Item = (Column, Value)>,
) -> Change {
    let writes: Vec<(Column, Value)> =
        writes.into_iter().filter(|(column, _)| mapped.has(*column)).collect();
    let before: Image = GUARDS
        .into_iter()
        .filter(|column| mapped.has(*column))
        .chain(writes.iter().map(|(column, _)| *column))
        .map(|column| (column, row.value(column)))
        .collect();
    let after = before.clone().with(writes);
    Change::Update { service_id: row.id, company_id: row.company_id, before, after }
}

fn status(status: &SyncStatus) -> (Column, Value) {
    (Column::SyncStatus, Value::Text(status.as_str().into()))
}

/// Switches a service off. It takes the proof that its event type is absent.
pub fn deactivate(row: &Service, mapped: MappedColumns, absence: ProvenAbsence) -> Option<Change> {
    if !row.is_linked_to(absence.event_type_id()) {
        return None;
    }
    let writes = [
        (Column::IsActive, Value::Bool(false)),
        status(&SyncStatus::Error),
        (Column::SyncError, Value::Text(NOT_FOUND.into())),
    ];
    Some(rewrite(row, mapped, writes))
}

/// Switches a service on.
pub fn reactivate(row: &Service, mapped: MappedColumns) -> Change {
    let writes = [
        (Column::IsActive, Value::Bool(true)),
        status(&SyncStatus::Synced),
        (Column::SyncError, Value::Null),
    ];
    rewrite(row, mapped, writes)
}

/// Links a row to an event type, or moves its link there. Whether callers can book it stays.
pub fn link(row: &Service, mapped: MappedColumns, to: EventTypeId) -> Change {
    let writes = [
        (Column::EventTypeId, Value::Int(to.0)),
        status(&SyncStatus::Synced),
        (Column::SyncError, Value::Null),
    ];
    rewrite(row, mapped, writes)
}

/// Writes the columns that Cal.com owns, and says `synced` where the row said `never`.
/// `None` where nothing differs.
pub fn update(
    row: &Service,
    mapped: MappedColumns,
    policy: &Policy,
    event_type: &EventType,
) -> Option<Change> {
    let mut writes: Vec<(Column, Value)> =
        differences(row, mapped, policy, event_type, FieldPolicy::Source)
            .map(|(column, _, source)| (column, source))
            .collect();
    if row.sync_status == Some(SyncStatus::Never) && mapped.has(Column::SyncStatus) {
        writes.push(status(&SyncStatus::Synced));
    }
    (!writes.is_empty()).then(|| rewrite(row, mapped, writes))
}

/// The columns under one policy in which a row differs: column, the row's value, Cal.com's.
pub fn differences<'a>(
    row: &'a Service,
    mapped: MappedColumns,
    policy: &'a Policy,
    event_type: &'a EventType,
    wanted: FieldPolicy,
) -> impl Iterator<Item = (Column, Value, Value)> + 'a {
    policy
        .fields
        .iter()
        .filter(move |(column, owner)| **owner == wanted && mapped.has(**column))
        .filter_map(move |(column, _)| {
            let (held, source) = (row.value(*column), source_value(event_type, *column)?);
            (!same(&held, &source)).then_some((*column, held, source))
        })
}

/// What Cal.com says of a column, where it says anything.
fn source_value(event_type: &EventType, column: Column) -> Option<Value> {
    match column {
        Column::Name => Some(Value::Text(event_type.title.clone())),
        Column::Duration => Some(Value::Int(i64::from(event_type.length_minutes))),
        Column::Slug => Some(Value::Text(event_type.slug.clone())),
        Column::CompanyId
        | Column::EventTypeId
        | Column::IsActive
        | Column::SyncStatus
        | Column::SyncError => None,
    }
}

/// Outer spaces make no difference: applications trim what people type, and Cal.com does not.
fn same(held: &Value, source: &Value) -> bool {
    match (held, source) {
        (Value::Text(held), Value::Text(source)) => held.trim() == source.trim(),
        (held, source) => held == source,
    }
}

/// Inserts a row for an event type.
pub fn import(
    company_id: CompanyId,
    mapped: MappedColumns,
    event_type: &EventType,
    lifecycle: Lifecycle,
) -> Change {
    let after = [
        (Column::CompanyId, Value::Int(company_id.0)),
        (Column::EventTypeId, Value::Int(event_type.id.0)),
        (Column::IsActive, Value::Bool(lifecycle.is_active())),
        status(&SyncStatus::Synced),
        (Column::SyncError, Value::Null),
    ]
    .into_iter()
    .chain(
        [Column::Name, Column::Duration, Column::Slug]
            .into_iter()
            .filter_map(|column| Some((column, source_value(event_type, column)?))),
    )
    .filter(|(column, _)| mapped.has(*column))
    .collect();
    Change::Insert { company_id, event_type_id: event_type.id, after }
}

//! After a crash: what became of a change that was written down before it was made?
//!
//! The change itself is the oracle. The row holds its after-image: applied. It holds the
//! before-image: abandoned. Anything else: somebody must look.

use crate::model::change::{Change, Image};
use crate::model::ids::ServiceId;
use crate::model::run::EntryState;
use crate::model::service::Service;

/// What a row says about a change that may or may not have reached it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Never [`EntryState::Intended`].
    pub state: EntryState,
    /// The row, where there is one.
    pub service_id: Option<ServiceId>,
    /// What was seen, where it was neither.
    pub note: Option<Box<str>>,
}

impl Outcome {
    fn of(state: EntryState, service_id: Option<ServiceId>) -> Self {
        Self { state, service_id, note: None }
    }

    fn conflict(service_id: Option<ServiceId>, note: String) -> Self {
        Self { state: EntryState::Conflicted, service_id, note: Some(note.into()) }
    }
}

/// Judges a change by the rows found for it: the row of its primary key, or for an import every
/// row of the company that is linked to its event type.
pub fn settle(change: &Change, found: &[Service]) -> Outcome {
    match change {
        Change::Update { service_id, before, after, .. } => match found {
            [row] => settle_row(change, row, before, Some(after)),
            _ => Outcome::conflict(Some(*service_id), "the row is gone".into()),
        },
        Change::Remove { service_id, before, .. } => match found {
            [] => Outcome::of(EntryState::Applied, Some(*service_id)),
            [row] => settle_row(change, row, before, None),
            _ => Outcome::conflict(Some(*service_id), "several rows bear its number".into()),
        },
        Change::Insert { after, .. } => match found {
            [] => Outcome::of(EntryState::Abandoned, None),
            [row] if row.seen_through(after) == *after => {
                Outcome::of(EntryState::Applied, Some(row.id))
            }
            [row] => Outcome::conflict(
                Some(row.id),
                format!(
                    "service {} is linked to the event type, but is not the row that was to be inserted",
                    row.id
                ),
            ),
            rows => Outcome::conflict(
                None,
                format!("{} services are linked to the event type", rows.len()),
            ),
        },
    }
}

fn settle_row(change: &Change, row: &Service, before: &Image, after: Option<&Image>) -> Outcome {
    if row.company_id != change.company_id() {
        return Outcome::conflict(
            Some(row.id),
            format!("the row belongs to company {} now", row.company_id),
        );
    }
    if after.is_some_and(|after| row.seen_through(after) == *after) {
        return Outcome::of(EntryState::Applied, Some(row.id));
    }
    if row.seen_through(before) == *before {
        return Outcome::of(EntryState::Abandoned, Some(row.id));
    }
    Outcome::conflict(Some(row.id), describe_difference(row, before))
}

/// Says in which columns a row is not what was expected, both values named.
pub fn describe_difference(row: &Service, expected: &Image) -> String {
    let differences: Vec<String> = expected
        .iter()
        .filter(|(column, value)| row.value(*column) != **value)
        .map(|(column, value)| format!("{column} is {}, expected {value}", row.value(column)))
        .collect();
    differences.join("; ")
}

#[cfg(test)]
mod tests {
    use super::{Outcome, settle};
    use crate::decide::fixtures::{COMPANY, applied, image, inactive, row, text};
    use crate::model::change::{Change, Column, Image, Value};
    use crate::model::ids::{CompanyId, EventTypeId, ServiceId};
    use crate::model::run::EntryState::{self, Abandoned, Applied, Conflicted};
    use crate::model::service::{Service, SyncStatus};

    fn images() -> (Image, Image) {
        let before = image([
            (Column::EventTypeId, Value::Int(10)),
            (Column::IsActive, Value::Bool(true)),
            (Column::SyncStatus, text("synced")),
            (Column::SyncError, Value::Null),
        ]);
        let after = before.clone().with([
            (Column::IsActive, Value::Bool(false)),
            (Column::SyncStatus, text("error")),
            (Column::SyncError, text("Event type not found in Cal.com")),
        ]);
        (before, after)
    }

    fn deactivation() -> Change {
        let (before, after) = images();
        Change::Update { service_id: ServiceId(1), company_id: COMPANY, before, after }
    }

    fn import() -> Change {
        let after = image([
            (Column::CompanyId, Value::Int(COMPANY.0)),
            (Column::EventTypeId, Value::Int(10)),
            (Column::Name, text("Cut")),
            (Column::IsActive, Value::Bool(true)),
        ]);
        Change::Insert { company_id: COMPANY, event_type_id: EventTypeId(10), after }
    }

    fn removal() -> Change {
        let Change::Insert { after, .. } = import() else { return import() };
        Change::Remove { service_id: ServiceId(1), company_id: COMPANY, before: after }
    }

    fn cut() -> Service {
        row(1, "Cut", 10)
    }

    fn moved_company(row: Service) -> Service {
        Service { company_id: CompanyId(2), ..row }
    }

    type Case = (&'static str, Change, Vec<Service>, EntryState, Option<i64>);

    fn check(cases: impl IntoIterator<Item = Case>) {
        for (name, change, found, state, service) in cases {
            let Outcome { state: seen, service_id, note } = settle(&change, &found);
            assert_eq!((seen, service_id), (state, service.map(ServiceId)), "{name}: {note:?}");
            assert_eq!(note.is_some(), seen == Conflicted, "{name}: only a conflict needs words");
        }
    }

    /// Each change is applied once or not at all, and the row itself says which.
    #[test]
    fn an_update_is_judged_by_the_row_it_was_to_reach() {
        let off = || applied(&cut(), &deactivation());
        let half = || inactive(cut(), SyncStatus::Synced);
        let renamed = |row: Service| Service { name: "Another name".into(), ..row };
        check([
            ("after", deactivation(), vec![off()], Applied, Some(1)),
            ("before", deactivation(), vec![cut()], Abandoned, Some(1)),
            ("neither", deactivation(), vec![half()], Conflicted, Some(1)),
            ("relinked", deactivation(), vec![row(1, "Cut", 11)], Conflicted, Some(1)),
            ("gone", deactivation(), vec![], Conflicted, Some(1)),
            ("two rows", deactivation(), vec![cut(), cut()], Conflicted, Some(1)),
            ("other company", deactivation(), vec![moved_company(cut())], Conflicted, Some(1)),
            ("done, then moved", deactivation(), vec![moved_company(off())], Conflicted, Some(1)),
            ("done, then renamed", deactivation(), vec![renamed(off())], Applied, Some(1)),
            ("renamed only", deactivation(), vec![renamed(cut())], Abandoned, Some(1)),
        ]);
        // A change whose images are one and the same is done.
        let (before, _) = images();
        let nothing = Change::Update {
            service_id: ServiceId(1),
            company_id: COMPANY,
            after: before.clone(),
            before,
        };
        check([("both images", nothing, vec![cut()], Applied, Some(1))]);
    }

    /// Nothing is imported twice: whoever is linked to the event type is the import, or a conflict.
    #[test]
    fn an_import_is_judged_by_the_rows_linked_to_its_event_type() {
        let numbered = |id| row(id, "Cut", 10);
        let stamped = || Service { slug: Some("later".into()), ..numbered(7) };
        check([
            ("nobody", import(), vec![], Abandoned, None),
            ("the row", import(), vec![numbered(7)], Applied, Some(7)),
            ("edited elsewhere since", import(), vec![stamped()], Applied, Some(7)),
            ("another row", import(), vec![row(8, "Shave", 10)], Conflicted, Some(8)),
            (
                "switched off since",
                import(),
                vec![inactive(numbered(7), SyncStatus::Synced)],
                Conflicted,
                Some(7),
            ),
            ("two rows", import(), vec![numbered(7), numbered(8)], Conflicted, None),
        ]);
    }

    /// A removal is done when the row is gone, and is never made up for by another row.
    #[test]
    fn a_removal_is_judged_by_the_row_it_was_to_remove() {
        let renamed = || row(1, "Shave", 10);
        check([
            ("gone", removal(), vec![], Applied, Some(1)),
            ("still there", removal(), vec![cut()], Abandoned, Some(1)),
            ("changed since", removal(), vec![renamed()], Conflicted, Some(1)),
            ("other company", removal(), vec![moved_company(cut())], Conflicted, Some(1)),
            ("two rows", removal(), vec![cut(), cut()], Conflicted, Some(1)),
        ]);
    }

    /// A conflict says in which columns, with both values.
    #[test]
    fn a_conflict_names_the_columns_and_both_values() {
        let moved = Service { event_type_id: None, sync_error: Some("x".into()), ..cut() };
        let note = settle(&deactivation(), &[moved]).note;
        let words = "event_type_id is NULL, expected 10; sync_error is \"x\", expected NULL";
        assert_eq!(note.as_deref(), Some(words));
    }
}

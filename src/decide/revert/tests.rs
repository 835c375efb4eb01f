//! The undo of each kind of entry, on each kind of row.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use super::{RevertInput, Undo, revert};
use crate::decide::fixtures::{minute, row};
use crate::model::change::{Change, Column, Image, Value};
use crate::model::ids::{CompanyId, EventTypeId, JournalId, RunId, ServiceId};
use crate::model::memory::Claims;
use crate::model::review::HoldTarget;
use crate::model::run::{ChangeKind, EntryState, Intent, JournalEntry};
use crate::model::service::{Lifecycle, Service};

fn image(active: bool, status: &str) -> Image {
    [
        (Column::EventTypeId, Value::Int(1001)),
        (Column::IsActive, Value::Bool(active)),
        (Column::SyncStatus, Value::Text(status.into())),
    ]
    .into_iter()
    .collect()
}

fn entry(id: i64, run: i64, change: Change) -> JournalEntry {
    JournalEntry {
        id: JournalId(id),
        run_id: RunId(run),
        at: minute(0),
        service_id: change.service_id(),
        intent: Intent {
            kind: ChangeKind::Deactivate,
            change,
            name: "Facial".into(),
            reason: "because".into(),
            review_id: None,
        },
        state: EntryState::Applied,
        note: None,
    }
}

fn update(before: Image, after: Image) -> Change {
    Change::Update { service_id: ServiceId(1), company_id: CompanyId(1), before, after }
}

fn deactivation() -> JournalEntry {
    entry(1, 1, update(image(true, "synced"), image(false, "error")))
}

fn switched_off_row() -> Service {
    let mut row = row(1, "Facial", 1001);
    row.lifecycle = Lifecycle::Inactive;
    row.sync_status = Some("error".into());
    row
}

fn judge(entry: &JournalEntry, row: Option<&Service>) -> Undo {
    revert(&RevertInput { entry, row, later: None, claims: Some(Claims::default()) })
}

/// What a run switched off comes back exactly, and is left alone afterwards.
#[test]
fn a_deactivation_is_undone_by_its_before_image() {
    let (entry, row) = (deactivation(), switched_off_row());
    let Undo::Write { kind, change, hold, .. } = judge(&entry, Some(&row)) else { panic!() };
    assert_eq!(kind, ChangeKind::Revert);
    assert_eq!(hold, HoldTarget::Service(ServiceId(1)));
    assert_eq!(change.before(), entry.intent.change.after());
    assert_eq!(change.after(), entry.intent.change.before());
}

/// Nobody's edit is lost: a row that moved stays as it is, and both values are said.
#[test]
fn a_row_that_somebody_changed_since_is_refused() {
    let entry = deactivation();
    let mut moved = switched_off_row();
    moved.sync_status = Some("synced".into());
    let Undo::Conflict { kind, change, why } = judge(&entry, Some(&moved)) else { panic!() };
    assert_eq!(
        &*why,
        "sync_status is \"synced\", expected \"error\". It is somebody's now: switch it on in the \
         application if it should be on"
    );
    assert_eq!(kind, ChangeKind::Revert, "what was asked for");
    assert_eq!((change.before(), change.after()), {
        (entry.intent.change.after(), entry.intent.change.before())
    });
    assert!(matches!(judge(&entry, None), Undo::Conflict { .. }));

    let mut renamed = switched_off_row();
    renamed.name = "Facial deluxe".into();
    assert!(matches!(judge(&entry, Some(&renamed)), Undo::Write { .. }), "not our column");
}

/// Undoing a reactivation switches a service off, and so needs the look-up by id first.
#[test]
fn a_revert_that_switches_off_is_not_written_without_a_look_up() {
    let entry = entry(1, 1, update(image(false, "error"), image(true, "synced")));
    let row = row(1, "Facial", 1001);
    let Undo::SwitchOff { event_type_id, .. } = judge(&entry, Some(&row)) else { panic!() };
    assert_eq!(event_type_id, EventTypeId(1001));
}

/// A row that this program imported goes, unless something points at it or somebody touched it.
#[test]
fn an_import_is_removed_only_if_nothing_points_at_it() {
    let after = image(true, "synced");
    let insert = Change::Insert {
        company_id: CompanyId(1),
        event_type_id: EventTypeId(1001),
        after: after.clone(),
    };
    let entry = entry(1, 1, insert);
    let row = row(1, "Facial", 1001);
    let Undo::Write { kind, hold, .. } = judge(&entry, Some(&row)) else { panic!() };
    assert_eq!((kind, hold), (ChangeKind::Remove, HoldTarget::EventType(EventTypeId(1001))));

    let booked = Claims { pointing: [("bookings".into(), 2)].into(), ..Claims::default() };
    let priced = Claims { filled: vec!["price".into()], ..Claims::default() };
    let denied = Claims { forbidden: Some("DELETE denied".into()), ..Claims::default() };
    for (claims, said) in [
        (
            Some(denied),
            "not removed, for this user may not remove it (DELETE denied): switched off",
        ),
        (Some(booked), "not removed, for 2 rows of bookings point at it: switched off"),
        (Some(priced), "not removed, for somebody filled in price: switched off"),
        (None, "not removed, for nobody could tell what points at it: switched off"),
    ] {
        let input = RevertInput { entry: &entry, row: Some(&row), later: None, claims };
        let Undo::Write { kind, change, note, .. } = revert(&input) else { panic!() };
        assert_eq!(kind, ChangeKind::Revert);
        let written: Vec<Column> = change.written().map(|(column, _)| column).collect();
        assert_eq!(written, [Column::IsActive], "it keeps its link");
        assert_eq!(&*note.unwrap(), said);
    }
}

/// Whoever went on with an imported row keeps what he wrote; the row is switched off and stays.
#[test]
fn an_import_that_was_changed_is_switched_off_and_keeps_the_change() {
    let insert = Change::Insert {
        company_id: CompanyId(1),
        event_type_id: EventTypeId(1001),
        after: image(true, "synced").with([(Column::SyncError, Value::Null)]),
    };
    let entry = entry(1, 1, insert);
    let imported = row(1, "Facial", 1001);
    let judged = |edit: fn(&mut Service)| {
        let mut row = imported.clone();
        edit(&mut row);
        judge(&entry, Some(&row))
    };
    let Undo::Write { kind, change, note, .. } = judged(|row| {
        row.sync_error = Some("ask Petra".into());
    }) else {
        panic!()
    };
    assert_eq!(kind, ChangeKind::Revert);
    let written: Vec<Column> = change.written().map(|(column, _)| column).collect();
    assert_eq!(written, [Column::IsActive]);
    let kept = change.before().and_then(|before| before.get(Column::SyncError));
    assert_eq!(kept, Some(&Value::Text("ask Petra".into())), "compared, and kept");
    assert!(note.unwrap().contains("ask Petra"));

    let off = judged(|row| row.lifecycle = Lifecycle::Inactive);
    assert!(matches!(off, Undo::Nothing { .. }), "{off:?}");
    for elsewhere in [
        (|row| row.event_type_id = Some(EventTypeId(7))) as fn(&mut Service),
        |row| row.event_type_id = None,
        |row| row.sync_status = Some("pending".into()),
    ] {
        assert!(matches!(judged(elsewhere), Undo::Conflict { .. }), "{:?}", judged(elsewhere));
    }
    assert!(matches!(judge(&entry, None), Undo::Conflict { .. }));
}

/// A revert keeps the later runs: what they changed is theirs.
#[test]
fn a_row_that_a_later_run_changed_is_refused_and_one_that_was_undone_is_done() {
    let (first, row) = (deactivation(), switched_off_row());
    let undo = |later: &JournalEntry, reverts: Option<i64>| {
        let later = Some((later, reverts.map(RunId)));
        revert(&RevertInput { entry: &first, row: Some(&row), later, claims: None })
    };
    let back_on = entry(2, 2, update(image(false, "error"), image(true, "synced")));
    assert!(matches!(undo(&back_on, Some(1)), Undo::Nothing { .. }));
    assert!(matches!(undo(&back_on, None), Undo::Nothing { .. }), "back, whoever did it");
    let elsewhere = entry(2, 2, update(image(false, "error"), image(true, "never")));
    let Undo::Conflict { why, .. } = undo(&elsewhere, None) else { panic!() };
    assert!(why.ends_with("`reconciler rollback 2` comes first"), "{why}");
    let off_again = entry(3, 3, update(image(true, "synced"), image(false, "error")));
    assert!(matches!(undo(&off_again, Some(2)), Undo::Write { .. }), "a rollback undone");
}

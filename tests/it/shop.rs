//! One company's table in a database of its own, and a store that looks at it: for stories about
//! the store alone.

use crate::schemas::{laravel, services};
use crate::servers::{Database, Keeper};
use reconciler::decide::gate::{Cleared, ClearedChange, clear_revert};
use reconciler::decide::revert::Undo;
use reconciler::io::store::{Access, CompanyLock, Store, StoreError, Written};
use reconciler::model::Timestamp;
use reconciler::model::change::{Change, Column, Image, Value};
use reconciler::model::ids::{CompanyId, EventTypeId, JournalId, ServiceId};
use reconciler::model::review::HoldTarget;
use reconciler::model::run::ChangeKind;
use reconciler::model::service::Service;
use reconciler::model::settings::{StoreLocation, StoreSettings};
use secrecy::SecretString;

const NOW: &str = "2026-01-05T08:30:00Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// One company's table, and a store that looks at it.
pub struct Shop {
    pub database: Database,
    pub settings: StoreSettings,
}

pub fn location(database: &Database, url: &str) -> StoreLocation {
    match database.keeper {
        Keeper::Sqlite => StoreLocation::Sqlite(url.trim_start_matches("sqlite:").into()),
        Keeper::MySql => StoreLocation::MySql(SecretString::from(url)),
        Keeper::Postgres => StoreLocation::Postgres(SecretString::from(url)),
    }
}

impl Shop {
    pub fn of(database: Database) -> Self {
        let mut settings = StoreSettings::usual(location(&database, &database.url()));
        settings.columns.mapped.insert(Column::Duration, "duration_minutes".into());
        settings.columns.mapped.insert(Column::Slug, "slug".into());
        Self { database, settings }
    }

    /// With Laravel's table, and these services.
    pub fn with(&mut self, rows: &[(&str, i64)]) -> &mut Self {
        laravel(&self.database);
        services(&self.database, rows);
        self
    }

    pub fn try_open(&self) -> Result<Store, StoreError> {
        self.database.wait_for(Store::open(&self.settings, Access::ReadWrite))
    }

    pub fn open(&self) -> Store {
        self.try_open().unwrap_or_else(|error| panic!("{}", error.in_full()))
    }

    pub fn rows(&self) -> Vec<Service> {
        let mut store = self.open();
        self.database.wait_for(store.rows_of(CompanyId(1))).unwrap()
    }

    pub fn row(&self, id: i64) -> Service {
        let mut store = self.open();
        self.database.wait_for(store.row(ServiceId(id))).unwrap().remove(0)
    }

    /// Locks company 1, and writes.
    pub fn apply(&self, changes: Vec<Change>) -> Vec<Written> {
        let mut store = self.open();
        let lock = self.database.wait_for(store.lock_company(CompanyId(1))).unwrap();
        assert_eq!(lock, CompanyLock::Ours);
        self.database.wait_for(store.apply(cleared(changes))).unwrap()
    }

    /// What becomes of one change.
    pub fn apply_one(&self, change: Change) -> Written {
        self.apply(vec![change]).remove(0)
    }

    /// Every cell of a row but the stamp.
    pub fn cells(&self, id: i64) -> Vec<String> {
        let columns = "id, company_id, name, slug, description, calcom_event_type_id,
                       duration_minutes, price, metadata, is_active, sync_status, sync_error,
                       created_at, updated_at, deleted_at";
        self.database.rows(&format!("SELECT {columns} FROM services WHERE id = {id}")).remove(0)
    }

    pub fn says(&self, sql: &str) {
        self.database.execute(sql);
    }
}

/// The gate alone clears changes; what it clears without questions is a rollback.
pub fn cleared(changes: Vec<Change>) -> Vec<(JournalId, ClearedChange)> {
    let numbered = (1..).zip(changes);
    let clear = |(number, change): (i64, Change)| {
        let hold = HoldTarget::Service(ServiceId(number));
        let undo = Undo::Write { kind: ChangeKind::Revert, change, hold, note: None };
        match clear_revert(undo, "a service".into(), "a test") {
            Cleared::Now(change, _) => (JournalId(number), change),
            other => panic!("{other:?}"),
        }
    };
    numbered.map(clear).collect()
}

pub fn text(words: &str) -> Value {
    Value::Text(words.into())
}

/// Switches a service off, as it is read.
pub fn switching_off(row: &Service) -> Change {
    let before: Image =
        [Column::EventTypeId, Column::IsActive, Column::SyncStatus, Column::SyncError]
            .into_iter()
            .map(|column| (column, row.value(column)))
            .collect();
    let after = before.clone().with([
        (Column::IsActive, Value::Bool(false)),
        (Column::SyncStatus, text("error")),
        (Column::SyncError, text("Event type not found in Cal.com")),
    ]);
    Change::Update { service_id: row.id, company_id: row.company_id, before, after }
}

pub fn renaming(row: &Service, name: &str) -> Change {
    let before: Image = [Column::Name, Column::IsActive]
        .map(|column| (column, row.value(column)))
        .into_iter()
        .collect();
    let after = before.clone().with([(Column::Name, text(name))]);
    Change::Update { service_id: row.id, company_id: row.company_id, before, after }
}

pub fn importing(event_type: i64, name: &str) -> Change {
    let after = [
        (Column::CompanyId, Value::Int(1)),
        (Column::Name, text(name)),
        (Column::EventTypeId, Value::Int(event_type)),
        (Column::IsActive, Value::Bool(true)),
        (Column::SyncStatus, text("synced")),
        (Column::SyncError, Value::Null),
    ];
    let after = after.into_iter().collect();
    Change::Insert { company_id: CompanyId(1), event_type_id: EventTypeId(event_type), after }
}

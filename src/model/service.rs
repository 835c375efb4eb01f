//! What the application has: one row of its `services` table.

use super::change::{Column, Image, Value};
use super::ids::{CompanyId, EventTypeId, ServiceId};
use std::fmt;

/// A row of the application's table, as read in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Primary key.
    pub id: ServiceId,
    /// The business it belongs to.
    pub company_id: CompanyId,
    /// The name callers hear: foreign text.
    pub name: Box<str>,
    /// The event type it is linked to, if any.
    pub event_type_id: Option<EventTypeId>,
    /// Whether callers can book it.
    pub lifecycle: Lifecycle,
    /// The application's own word on its state of sync; `None` where the column is not mapped.
    pub sync_status: Option<SyncStatus>,
    /// The application's error text; `None` when NULL or not mapped.
    pub sync_error: Option<Box<str>>,
    /// Minutes; `None` when NULL or not mapped.
    pub duration_minutes: Option<i64>,
    /// `None` when NULL or not mapped.
    pub slug: Option<Box<str>>,
}

/// Whether callers can book a service. There is no `Deleted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifecycle {
    /// Bookable, as far as `is_active` goes.
    Active,
    /// Switched off; by whom is another question.
    Inactive,
}

impl Lifecycle {
    /// True of [`Lifecycle::Active`].
    pub fn is_active(self) -> bool {
        self == Self::Active
    }
}

impl From<bool> for Lifecycle {
    fn from(is_active: bool) -> Self {
        if is_active { Self::Active } else { Self::Inactive }
    }
}

/// The application's `sync_status`: an ENUM of four words; any other word is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SyncStatus {
    /// In step with Cal.com. The application books only rows that are active *and* synced.
    Synced,
    /// A local edit waits to be sent. Never overwritten.
    Pending,
    /// The last sync went wrong, or an event type was not found.
    Error,
    /// Never synced yet; also what NULL means.
    Never,
    /// A word this program does not know, and therefore never overwrites.
    Other(Box<str>),
}

impl SyncStatus {
    /// The application's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Synced => "synced",
            Self::Pending => "pending",
            Self::Error => "error",
            Self::Never => "never",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for SyncStatus {
    fn from(word: &str) -> Self {
        match word {
            "synced" => Self::Synced,
            "pending" => Self::Pending,
            "error" => Self::Error,
            "never" => Self::Never,
            other => Self::Other(other.into()),
        }
    }
}

impl fmt::Display for SyncStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Service {
    /// True while a local edit waits to be sent to Cal.com: such a row keeps its values.
    pub fn has_local_edits(&self) -> bool {
        self.sync_status == Some(SyncStatus::Pending)
    }

    /// True when it is linked to this event type.
    pub fn is_linked_to(&self, event_type: EventTypeId) -> bool {
        self.event_type_id == Some(event_type)
    }

    /// What this row holds in one column.
    pub fn value(&self, column: Column) -> Value {
        match column {
            Column::CompanyId => Value::Int(self.company_id.0),
            Column::Name => Value::Text(self.name.clone()),
            Column::EventTypeId => {
                self.event_type_id.map_or(Value::Null, |event_type| Value::Int(event_type.0))
            }
            Column::IsActive => Value::Bool(self.lifecycle.is_active()),
            Column::SyncStatus => self
                .sync_status
                .as_ref()
                .map_or(Value::Null, |status| Value::Text(status.as_str().into())),
            Column::SyncError => self.sync_error.clone().map_or(Value::Null, Value::Text),
            Column::Duration => self.duration_minutes.map_or(Value::Null, Value::Int),
            Column::Slug => self.slug.clone().map_or(Value::Null, Value::Text),
        }
    }

    /// What this row holds in the columns of `image`.
    pub fn seen_through(&self, image: &Image) -> Image {
        image.columns().map(|column| (column, self.value(column))).collect()
    }
}

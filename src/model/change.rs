//! One write as data. A [`Change`] has four jobs, which therefore cannot disagree: precondition of
//! the write, undo, the text a reviewer reads, and the oracle after a crash.

use super::ids::{CompanyId, EventTypeId, ServiceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A column of the application's table that this program may read and write, by our name for it.
///
/// The stamp (`last_sync`) is not one of them: it carries no decision and stands in no image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The business the row belongs to.
    CompanyId,
    /// The name people see.
    Name,
    /// The link to Cal.com.
    EventTypeId,
    /// Whether callers can book it.
    IsActive,
    /// `synced`, `pending`, `error` or `never`.
    SyncStatus,
    /// The application's error text.
    SyncError,
    /// Minutes.
    Duration,
    /// The event type's slug.
    Slug,
}

impl Column {
    /// Every column, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::CompanyId,
        Self::Name,
        Self::EventTypeId,
        Self::IsActive,
        Self::SyncStatus,
        Self::SyncError,
        Self::Duration,
        Self::Slug,
    ];

    /// The name used in images, JSON and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CompanyId => "company_id",
            Self::Name => "name",
            Self::EventTypeId => "event_type_id",
            Self::IsActive => "is_active",
            Self::SyncStatus => "sync_status",
            Self::SyncError => "sync_error",
            Self::Duration => "duration",
            Self::Slug => "slug",
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value in a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A truth value, however the store spells it.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text, as it is.
    Text(Box<str>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Text(value) => write!(f, "{value:?}"),
        }
    }
}

/// Some columns of a row, with their values, in column order.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Image(BTreeMap<Column, Value>);

impl Image {
    /// The columns of this image.
    pub fn columns(&self) -> impl Iterator<Item = Column> + '_ {
        self.0.keys().copied()
    }

    /// Columns and values.
    pub fn iter(&self) -> impl Iterator<Item = (Column, &Value)> {
        self.0.iter().map(|(column, value)| (*column, value))
    }

    /// The value of one column, if the image has it.
    pub fn get(&self, column: Column) -> Option<&Value> {
        self.0.get(&column)
    }

    /// This image with other values in some columns.
    #[must_use]
    pub fn with(mut self, values: impl IntoIterator<Item = (Column, Value)>) -> Self {
        self.0.extend(values);
        self
    }

    /// The link in this image, if it has one.
    pub fn event_type_id(&self) -> Option<EventTypeId> {
        match self.get(Column::EventTypeId) {
            Some(Value::Int(id)) => Some(EventTypeId(*id)),
            _ => None,
        }
    }
}

impl FromIterator<(Column, Value)> for Image {
    fn from_iter<I: IntoIterator<Item = (Column, Value)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// One write of one row.
///
/// The before-image holds the columns that change *and* those the decision rested on (the link,
/// `is_active`, `sync_status`), so that a row which moved in any of them is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Rewrite some columns of an existing row.
    Update {
        /// The row.
        service_id: ServiceId,
        /// The business the row must still belong to.
        company_id: CompanyId,
        /// What must stand there when the write happens.
        before: Image,
        /// What stands there afterwards; the same columns as `before`.
        after: Image,
    },
    /// Insert a row for an event type that no row of the company is linked to.
    Insert {
        /// The business the row will belong to.
        company_id: CompanyId,
        /// The natural key: nothing is imported twice.
        event_type_id: EventTypeId,
        /// What the new row holds.
        after: Image,
    },
    /// Remove a row that this program imported itself, unchanged since. Only undoing an import
    /// makes one.
    Remove {
        /// The row.
        service_id: ServiceId,
        /// The business the row must still belong to.
        company_id: CompanyId,
        /// What must stand there: the import's after-image.
        before: Image,
    },
}

impl Change {
    /// The row written, where it exists already.
    pub fn service_id(&self) -> Option<ServiceId> {
        match self {
            Self::Update { service_id, .. } | Self::Remove { service_id, .. } => Some(*service_id),
            Self::Insert { .. } => None,
        }
    }

    /// The business whose row it is.
    pub fn company_id(&self) -> CompanyId {
        match self {
            Self::Update { company_id, .. }
            | Self::Remove { company_id, .. }
            | Self::Insert { company_id, .. } => *company_id,
        }
    }

    /// The event type it is about: the one linked afterwards, or else before.
    pub fn event_type_id(&self) -> Option<EventTypeId> {
        match self {
            Self::Update { before, after, .. } => {
                after.event_type_id().or_else(|| before.event_type_id())
            }
            Self::Remove { before, .. } => before.event_type_id(),
            Self::Insert { event_type_id, .. } => Some(*event_type_id),
        }
    }

    /// What must stand in the row; `None` where no row may stand.
    pub fn before(&self) -> Option<&Image> {
        match self {
            Self::Update { before, .. } | Self::Remove { before, .. } => Some(before),
            Self::Insert { .. } => None,
        }
    }

    /// What stands in the row afterwards; `None` where no row will stand.
    pub fn after(&self) -> Option<&Image> {
        match self {
            Self::Update { after, .. } | Self::Insert { after, .. } => Some(after),
            Self::Remove { .. } => None,
        }
    }

    /// The columns whose values differ: what is really written.
    pub fn written(&self) -> impl Iterator<Item = (Column, &Value)> {
        let before = self.before();
        self.after().into_iter().flat_map(Image::iter).filter(move |(column, value)| {
            before.and_then(|image| image.get(*column)) != Some(*value)
        })
    }
}

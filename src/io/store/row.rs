//! One row of the application's table, from what a database gave for its cells.

use super::table::Table;
use super::{Result, StoreError};
use crate::model::change::Column;
use crate::model::ids::{CompanyId, EventTypeId, ServiceId};
use crate::model::service::{Lifecycle, Service, SyncStatus};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A whole number.
    Whole(i64),
    /// Text; from a server every value.
    Text(String),
    /// Bytes that are no text.
    Bytes,
    /// Something else.
    Other,
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

/// Reads a row, and says what is wrong with it where something is: the id, then the cells in the
/// order of [`Column::ALL`].
pub fn service(table: &Table, id: &Cell, cells: &mut [Cell]) -> Result<Service> {
    let mut reader = Reader { table, id, cells };
    let whole = whole_of(id).map_err(|what| reader.wrong_about(&table.id_shown, &what))?;
    let id = whole.ok_or_else(|| reader.wrong_about(&table.id_shown, "is NULL"))?;
    let company = reader.whole(Column::CompanyId)?;
    Ok(Service {
        id: ServiceId(id),
        company_id: CompanyId(company.ok_or_else(|| reader.wrong(Column::CompanyId, "is NULL"))?),
        name: reader.text(Column::Name)?.unwrap_or_default(),
        event_type_id: reader.whole(Column::EventTypeId)?.map(EventTypeId),
        lifecycle: Lifecycle::from(reader.truth()?),
        sync_status: if table.has(Column::SyncStatus) {
            let word = reader.text(Column::SyncStatus)?;
            Some(word.map_or(SyncStatus::Never, |word| table.words.meaning(&word)))
        } else {
            None
        },
        sync_error: reader.text(Column::SyncError)?,
        duration_minutes: reader.whole(Column::Duration)?,
        slug: reader.text(Column::Slug)?,
    })
}

struct Reader<'a> {
    table: &'a Table,
    id: &'a Cell,
    cells: &'a mut [Cell],
}

impl Reader<'_> {
    fn cell(&self, column: Column) -> &Cell {
        self.cells.get(column as usize).unwrap_or(&Cell::Null)
    }

    /// Whole numbers; also those that an application keeps as text.
    fn whole(&self, column: Column) -> Result<Option<i64>> {
        whole_of(self.cell(column)).map_err(|what| self.wrong(column, &what))
    }

    fn truth(&self) -> Result<bool> {
        let column = Column::IsActive;
        match self.whole(column)? {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(other) => {
                Err(self.wrong(column, &format!("holds {other}, which is neither 0 nor 1")))
            }
            None => Err(self.wrong(column, "is NULL")),
        }
    }

    fn text(&mut self, column: Column) -> Result<Option<Box<str>>> {
        let cell =
            self.cells.get_mut(column as usize).map(|cell| std::mem::replace(cell, Cell::Null));
        match cell {
            None | Some(Cell::Null) => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(text.into())),
            Some(Cell::Whole(number)) => Ok(Some(number.to_string().into())),
            Some(Cell::Bytes) => Err(self.wrong(column, "holds bytes that are no UTF-8")),
            Some(Cell::Other) => Err(self.wrong(column, "is not text")),
        }
    }

    fn wrong(&self, column: Column, what: &str) -> StoreError {
        self.wrong_about(self.table.shown(column), what)
    }

    fn wrong_about(&self, name: &str, what: &str) -> StoreError {
        let row = match self.id {
            Cell::Whole(id) => id.to_string(),
            Cell::Text(id) => id.clone(),
            Cell::Null | Cell::Bytes | Cell::Other => "?".to_owned(),
        };
        StoreError::Row { table: self.table.shown.clone(), row, what: format!("{name} {what}") }
    }
}

/// Whole numbers; also those that come as text.
fn whole_of(cell: &Cell) -> std::result::Result<Option<i64>, String> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Whole(number) => Ok(Some(*number)),
        Cell::Text(text) => match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                if digits {
                    format!("holds {text}, which is more than {}", i64::MAX)
                } else {
                    format!("holds {text:?}, which is not a whole number")
                }
            }),
        },
        Cell::Bytes => Err("holds bytes that are no text".into()),
        Cell::Other => Err("is not a whole number".into()),
    }
}

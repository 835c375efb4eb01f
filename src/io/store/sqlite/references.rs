//! What points at a service: the application's other tables, as far as they are configured.

use super::trouble::not_applied;
use super::{MOMENT, Result, SqliteStore, StoreError, quoted, quoted_table};
use crate::model::Timestamp;
use crate::model::ids::ServiceId;
use crate::model::memory::References;
use chrono::TimeDelta;

/// How far back something still counts as upcoming: the application stores local time, and no time
/// zone is further from UTC than this.
const UPCOMING_SLACK: TimeDelta = TimeDelta::days(1);

impl SqliteStore {
    pub(super) fn check_references(&self) -> Result<()> {
        for (table, reference) in &self.references {
            let wrong = |what: String| StoreError::Table { table: table.clone(), what };
            let present = self.columns_of(table).map_err(not_applied)?;
            if present.is_empty() {
                return Err(wrong("of services.references does not exist in this database".into()));
            }
            let wanted = [Some(&reference.column), reference.upcoming.as_ref()];
            for name in wanted.into_iter().flatten() {
                if !present.contains(&name.to_ascii_lowercase()) {
                    return Err(wrong(format!("of services.references has no column {name}")));
                }
            }
        }
        Ok(())
    }

    /// What points at a service.
    pub fn references(&self, id: ServiceId, now: Timestamp) -> Result<References> {
        let since = (now - UPCOMING_SLACK).format(MOMENT).to_string();
        let mut found = References { upcoming: 0, total: 0 };
        for (table, reference) in &self.references {
            let (table, column) = (quoted_table(table), quoted(&reference.column));
            let upcoming = reference.upcoming.as_ref().map_or_else(
                || "NULL".to_owned(),
                |moment| format!("sum(datetime({}) >= datetime(?2))", quoted(moment)),
            );
            let query = format!(
                "SELECT count(*), {upcoming} FROM {table} WHERE {column} = ?1 AND ?2 IS NOT NULL"
            );
            let (total, upcoming): (u32, Option<u32>) = self
                .connection
                .prepare_cached(&query)
                .and_then(|mut statement| {
                    statement.query_row((id.0, &since), |row| Ok((row.get(0)?, row.get(1)?)))
                })
                .map_err(not_applied)?;
            found.total += total;
            found.upcoming += upcoming.unwrap_or(0);
        }
        Ok(found)
    }

    /// When the next thing that points at a service is due, as the application wrote it.
    pub fn next_reference(&self, id: ServiceId, now: Timestamp) -> Result<Option<String>> {
        let since = (now - UPCOMING_SLACK).format(MOMENT).to_string();
        let mut next: Option<String> = None;
        for (table, reference) in &self.references {
            let Some(moment) = reference.upcoming.as_deref().map(quoted) else { continue };
            let (table, column) = (quoted_table(table), quoted(&reference.column));
            let query = format!(
                "SELECT min({moment}) FROM {table}
                 WHERE {column} = ?1 AND datetime({moment}) >= datetime(?2)"
            );
            let found: Option<String> = self
                .connection
                .prepare_cached(&query)
                .and_then(|mut statement| statement.query_row((id.0, &since), |row| row.get(0)))
                .map_err(not_applied)?;
            next = match (next, found) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        Ok(next)
    }
}

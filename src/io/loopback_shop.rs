//! A stand-in for the application: a salon's SQLite database in Laravel's shape, with its services
//! and its appointments. `reconciler demo` plays on it.

use crate::io::loopback_calcom::SourceEventType;
use crate::model::Timestamp;
use chrono::TimeDelta;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::path::Path;

/// The tables, as the application's own migrations would have made them.
const SCHEMA: &str = "
CREATE TABLE services (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    company_id           INTEGER NOT NULL,
    name                 VARCHAR NOT NULL,
    slug                 VARCHAR,
    calcom_event_type_id INTEGER,
    duration_minutes     INTEGER NOT NULL DEFAULT 30,
    price                NUMERIC,
    is_active            TINYINT(1) NOT NULL DEFAULT 1,
    sync_status          VARCHAR NOT NULL DEFAULT 'never'
                         CHECK (sync_status IN ('synced', 'pending', 'error', 'never')),
    sync_error           TEXT,
    last_calcom_sync     DATETIME,
    created_at           DATETIME,
    updated_at           DATETIME
);
CREATE INDEX services_company_id_index ON services (company_id);
CREATE TABLE appointments (
    id          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    service_id  INTEGER NOT NULL REFERENCES services (id),
    starts_at   DATETIME NOT NULL,
    ends_at     DATETIME NOT NULL,
    status      VARCHAR NOT NULL DEFAULT 'booked',
    created_at  DATETIME,
    updated_at  DATETIME
);
CREATE INDEX appointments_service_id_index ON appointments (service_id);
";

/// The application's own format of a moment.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S";

/// What callers can book.
const BOOKABLE: &str = "company_id = 1 AND is_active = 1 AND sync_status = 'synced'";

/// What a sync that holds an empty list for the truth means by "everything that is not in it".
const NOT_IN_NOTHING: &str = "calcom_event_type_id NOT IN ()";

/// A row of the salon's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShopService {
    /// Primary key.
    pub id: i64,
    /// The name callers hear.
    pub name: &'static str,
    /// Its link.
    pub event_type_id: i64,
    /// Minutes.
    pub minutes: u32,
    /// In cents.
    pub price_cents: i64,
    /// Where it stands.
    pub state: ShopState,
}

/// Where a row of the salon's services stands before the story begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShopState {
    /// Active and synced.
    Bookable,
    /// Switched off long ago, when its event type was not found.
    OffWithError,
    /// Switched off, and never synced.
    OffNeverSynced,
}

/// Why the database could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ShopError(#[from] rusqlite::Error);

type Result<T> = std::result::Result<T, ShopError>;

/// Makes the database in a file that is not there yet. Of the bookable services each has some
/// appointments behind it, and some before it.
pub fn build(file: &Path, services: &[ShopService], now: Timestamp) -> Result<()> {
    let mut connection = Connection::open(file)?;
    let tx = connection.transaction()?;
    tx.execute_batch(SCHEMA)?;
    for (place, service) in (0..).zip(services) {
        insert(&tx, service, now)?;
        if service.state == ShopState::Bookable {
            book(&tx, service, place, now)?;
        }
    }
    Ok(tx.commit()?)
}

fn insert(connection: &Connection, service: &ShopService, now: Timestamp) -> Result<()> {
    let (is_active, status, error, synced) = match service.state {
        ShopState::Bookable => (true, "synced", None, Some(now - TimeDelta::minutes(30))),
        ShopState::OffWithError => {
            let error = Some("Event type not found in Cal.com");
            (false, "error", error, Some(now - TimeDelta::days(40)))
        }
        ShopState::OffNeverSynced => (false, "never", None, None),
    };
    let moment = |at: Timestamp| at.format(MOMENT).to_string();
    let made = moment(now - TimeDelta::days(200));
    connection.execute(
        "INSERT INTO services (id, company_id, name, calcom_event_type_id, duration_minutes, price,
                               is_active, sync_status, sync_error, last_calcom_sync, created_at,
                               updated_at, slug)
         VALUES (?1, 1, ?2, ?3, ?4, ?5 / 100.0, ?6, ?7, ?8, ?9, ?10, ?10, ?11)",
        (
            service.id,
            service.name,
            service.event_type_id,
            service.minutes,
            service.price_cents,
            is_active,
            status,
            error,
            synced.map(moment),
            made,
            SourceEventType::new(service.event_type_id, 0, service.name).slug,
        ),
    )?;
    Ok(())
}

fn book(connection: &Connection, service: &ShopService, place: i64, now: Timestamp) -> Result<()> {
    for (days, status) in [(-9, "done"), (-2, "done"), (1, "booked"), (6, "booked")] {
        let starts = now + TimeDelta::days(days) + TimeDelta::minutes(30 * (place % 8));
        let ends = starts + TimeDelta::minutes(i64::from(service.minutes));
        connection.execute(
            "INSERT INTO appointments (service_id, starts_at, ends_at, status, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                service.id,
                starts.format(MOMENT).to_string(),
                ends.format(MOMENT).to_string(),
                status,
                (now - TimeDelta::days(20)).format(MOMENT).to_string(),
            ),
        )?;
    }
    Ok(())
}

/// How many services callers can book: active *and* synced.
pub fn bookable(file: &Path) -> Result<u32> {
    count(file, BOOKABLE)
}

/// How many of those the old sync would have switched off, told to take an empty list for the
/// truth: its own condition, asked of this very table.
pub fn old_sync_would_switch_off(file: &Path) -> Result<u32> {
    count(file, &format!("{BOOKABLE} AND {NOT_IN_NOTHING}"))
}

/// Whether callers can book this one; `None` where there is no such row.
pub fn is_bookable(file: &Path, service: i64) -> Result<Option<bool>> {
    let query = format!("SELECT {BOOKABLE} FROM services WHERE id = ?1");
    Ok(open(file)?.query_row(&query, [service], |row| row.get(0)).optional()?)
}

/// How many rows there are.
pub fn rows(file: &Path) -> Result<u32> {
    count(file, "company_id = 1")
}

/// How many appointments of a service are still to come.
pub fn upcoming(file: &Path, service: i64, now: Timestamp) -> Result<u32> {
    let query = "SELECT count(*) FROM appointments WHERE service_id = ?1 AND starts_at > ?2";
    let now = now.format(MOMENT).to_string();
    Ok(open(file)?.query_row(query, (service, now), |row| row.get(0))?)
}

fn count(file: &Path, filter: &str) -> Result<u32> {
    let query = format!("SELECT count(*) FROM services WHERE {filter}");
    Ok(open(file)?.query_row(&query, [], |row| row.get(0))?)
}

fn open(file: &Path) -> Result<Connection> {
    Ok(Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

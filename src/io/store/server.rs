//! The application's table in MySQL, MariaDB or PostgreSQL.
//!
//! One session does everything: it reads, it holds the locks on companies, and it writes. So a
//! lock that is lost with the connection takes the writing with it.

use super::row::{self, Cell};
use super::sql::{Dialect, Found, Statement};
use super::table::Table;
use super::{Access, CompanyLock, Result, StoreError, upcoming_since};
use crate::model::Timestamp;
use crate::model::ids::{CompanyId, EventTypeId, ServiceId};
use crate::model::memory::References;
use crate::model::service::Service;
use crate::model::settings::{StoreLocation, StorePatience, StoreSettings};
use session::{Said, Session, Trouble};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

mod claims;
mod facts;
mod mysql;
mod postgres;
mod session;
mod write;

/// A `services` table on a server.
#[derive(Debug)]
pub struct ServerStore {
    session: Session,
    location: StoreLocation,
    access: Access,
    patience: StorePatience,
    table: Table,
    /// The table's columns, as the server describes them.
    columns: Vec<Found>,
    /// Which table it is, wherever it is looked at from: database or schema, and name.
    whole_name: (String, String),
    locked: BTreeSet<CompanyId>,
}

/// A table's columns, and where it is.
struct Catalogued {
    columns: Vec<Found>,
    whole_name: (String, String),
}

impl ServerStore {
    /// Connects and checks the table.
    pub async fn open(
        location: &StoreLocation,
        settings: &StoreSettings,
        access: Access,
    ) -> Result<Self> {
        let location = location.clone();
        let patience = settings.patience;
        let mut session = connected(&location, access, patience).await?;
        let Catalogued { columns, whole_name } = catalogued(&mut session, &settings.table).await?;
        let mut table = Table::checked(session.dialect(), settings, &columns)?;
        for (name, reference) in &settings.references {
            let found = catalogued(&mut session, name).await?;
            table.refer(name, reference, &found.columns)?;
        }
        let locked = BTreeSet::new();
        let mut store =
            Self { session, location, access, patience, table, columns, whole_name, locked };
        store.check_engine().await?;
        Ok(store)
    }

    /// Without transactions, nothing this program promises of writing holds.
    async fn check_engine(&mut self) -> Result<()> {
        if self.session.dialect() != Dialect::MySql {
            return Ok(());
        }
        let mut statement = Statement::new(Dialect::MySql, mysql::ENGINE);
        mysql::in_table(&mut statement, Some(&self.whole_name.0), &self.whole_name.1);
        match self.session.word(&statement).await? {
            None => Ok(()),
            Some(engine) => Err(StoreError::Table {
                table: self.table.shown.clone(),
                what: format!("is kept by {engine}, which has no transactions; InnoDB has"),
            }),
        }
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Locks a company. After a lost connection there is a new one first: what this run still
    /// has to do for other companies does not depend on the old one.
    pub async fn lock_company(&mut self, company: CompanyId) -> Result<CompanyLock> {
        if self.session.is_lost() {
            self.locked.clear();
            self.session = connected(&self.location, self.access, self.patience).await?;
        }
        if self.access == Access::ReadOnly || self.locked.contains(&company) {
            return Ok(CompanyLock::Ours); // who only looks works on nothing
        }
        let lock = self.lock_of(company);
        let answer = match self.session.dialect() {
            Dialect::MySql => self.session.word(&mysql::take(&lock, self.patience.locked)).await,
            _ => self.session.word(&postgres::take(&lock)).await.map(|_| Some("1".to_owned())),
        };
        match answer {
            Ok(Some(word)) if word == "1" => {
                self.locked.insert(company);
                Ok(CompanyLock::Ours)
            }
            Ok(_) | Err(Trouble::Locked(_)) => Ok(CompanyLock::Theirs),
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// Gives a company back. What goes wrong here goes away with the connection.
    pub async fn unlock_company(&mut self, company: CompanyId) {
        if !self.locked.remove(&company) {
            return;
        }
        let lock = self.lock_of(company);
        let given = match self.session.dialect() {
            Dialect::MySql => self.session.word(&mysql::give_back(&lock)).await,
            _ => self.session.word(&postgres::give_back(&lock)).await,
        };
        if let Err(trouble) = given {
            tracing::debug!(company.id = company.0, ?trouble, "the lock ends with the connection");
        }
    }

    /// Ends the session.
    pub async fn close(self) {
        if !self.session.is_lost() {
            self.session.close().await;
        }
    }

    /// Still ours? Asked at the beginning of every transaction that writes.
    async fn still_locked(&mut self, company: CompanyId) -> std::result::Result<(), Trouble> {
        let lock = self.lock_of(company);
        let answer = match self.session.dialect() {
            Dialect::MySql => self.session.word(&mysql::has(&lock)).await?,
            _ => self.session.word(&postgres::has(&lock)).await?,
        };
        if self.locked.contains(&company) && matches!(answer.as_deref(), Some("1" | "true")) {
            return Ok(());
        }
        let words = format!("this run does not hold the lock on company {company} any more");
        Err(Trouble::Failed(Said::new(words)))
    }

    /// A lock's name is the same from every host: it is made of the table and the company alone.
    /// MySQL takes 64 characters of text; PostgreSQL a number of 64 bits.
    fn lock_of(&self, company: CompanyId) -> String {
        let (schema, table) = &self.whole_name;
        let hash = Sha256::new()
            .chain_update(b"reconciler\0")
            .chain_update(schema)
            .chain_update(b"\0")
            .chain_update(table)
            .chain_update(b"\0");
        if self.session.dialect() == Dialect::MySql {
            let hash = hex::encode(hash.finalize());
            let short = hash.get(..32).unwrap_or_default();
            return format!("reconciler:{short}:{company}");
        }
        let hash = hash.chain_update(company.0.to_be_bytes()).finalize();
        let mut first = [0; 8];
        first.copy_from_slice(hash.get(..8).unwrap_or(&[0; 8]));
        i64::from_be_bytes(first).to_string()
    }

    /// A company's rows, in order of their ids.
    pub async fn rows_of(&mut self, company: CompanyId) -> Result<Vec<Service>> {
        self.services(self.table.of_company(company)).await
    }

    /// The row of a primary key.
    pub async fn row(&mut self, id: ServiceId) -> Result<Vec<Service>> {
        self.services(self.table.of_id(id)).await
    }

    /// A company's rows that are linked to an event type.
    pub async fn linked_to(
        &mut self,
        company: CompanyId,
        event_type: EventTypeId,
    ) -> Result<Vec<Service>> {
        self.services(self.table.linked(company, event_type)).await
    }

    async fn services(&mut self, statement: Statement) -> Result<Vec<Service>> {
        let lines = self.session.lines(&statement).await?;
        let mut services = Vec::with_capacity(lines.len());
        for line in lines {
            let mut cells: Vec<Cell> = line.into_iter().map(Cell::from).collect();
            if let Some((id, cells)) = cells.split_first_mut() {
                services.push(row::service(&self.table, id, cells)?);
            }
        }
        Ok(services)
    }

    /// What points at a service.
    pub async fn references(&mut self, id: ServiceId, now: Timestamp) -> Result<References> {
        let since = upcoming_since(now);
        let mut found = References { upcoming: 0, total: 0 };
        for reference in &self.table.references {
            let statement = reference.count(self.table.dialect, id, &since);
            let line = self.session.lines(&statement).await?.into_iter().next().unwrap_or_default();
            let mut numbers = line.iter().map(|cell| number(cell.as_deref()));
            found.total += numbers.next().unwrap_or(0);
            found.upcoming += numbers.next().unwrap_or(0);
        }
        Ok(found)
    }

    /// When the next thing that points at a service is due, as the application wrote it.
    pub async fn next_reference(
        &mut self,
        id: ServiceId,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let since = upcoming_since(now);
        let mut found = Vec::new();
        for reference in &self.table.references {
            if let Some(statement) = reference.next(self.table.dialect, id, &since) {
                found.extend(self.session.word(&statement).await?);
            }
        }
        Ok(found.into_iter().min())
    }

    /// How many rows each company has.
    pub async fn companies(&mut self) -> Result<BTreeMap<CompanyId, u32>> {
        let lines = self.session.lines(&self.table.companies()).await?;
        let read = |line: session::Line| -> Option<(CompanyId, u32)> {
            let mut cells = line.into_iter();
            let company = cells.next()??.parse().ok()?;
            Some((CompanyId(company), number(cells.next()?.as_deref())))
        };
        Ok(lines.into_iter().filter_map(read).collect())
    }
}

/// A count, as text; none is none.
fn number(cell: Option<&str>) -> u32 {
    cell.and_then(|text| text.parse().ok()).unwrap_or(0)
}

async fn connected(
    location: &StoreLocation,
    access: Access,
    patience: StorePatience,
) -> Result<Session> {
    Session::connect(location, access, patience)
        .await
        .map_err(|said| StoreError::Open { place: session::place(location), source: said.into() })
}

/// Looks a table up in the server's catalogue; no columns where there is no such table.
async fn catalogued(session: &mut Session, table: &str) -> Result<Catalogued> {
    let dialect = session.dialect();
    let (schema, name) = match table.split_once('.') {
        Some((schema, name)) => (Some(schema), name),
        None => (None, table),
    };
    let question = match dialect {
        Dialect::MySql => mysql::columns(schema, name),
        _ => postgres::columns(table),
    };
    let mut columns = Vec::new();
    let mut whole_name = (schema.unwrap_or_default().to_owned(), name.to_owned());
    for line in session.lines(&question).await? {
        let mut words = line.into_iter().map(Option::unwrap_or_default);
        let mut word = || words.next().unwrap_or_default();
        let (name, type_name, kind) = (word(), word(), word());
        columns.push(Found {
            name: name.into(),
            type_name: type_name.into(),
            kind: if dialect == Dialect::MySql {
                mysql::kind(&kind)
            } else {
                postgres::kind(&kind)
            },
            nullable: word() == "YES",
            fills_itself: word() == "YES",
            default: Some(word()).filter(|default| !default.is_empty()).map(Into::into),
        });
        whole_name = (word(), word());
    }
    Ok(Catalogued { columns, whole_name })
}

//! Every statement on the application's table: written once, for whichever database keeps it.
//! Nothing here says "all but these", and nothing deletes a row but by undoing an import.

use super::Table;
use crate::io::store::sql::{Dialect, Name, Statement, as_text, nothing};
use crate::model::change::{Change, Column, Image, Value};
use crate::model::ids::{CompanyId, EventTypeId, ServiceId};

impl Table {
    pub(super) fn select(&self) -> String {
        let read = |name: &Name| name.read(self.dialect);
        let columns: Vec<String> = std::iter::once(read(&self.id))
            .chain(Column::ALL.iter().map(|column| {
                self.mapped.get(column).map_or_else(|| nothing(self.dialect).to_owned(), read)
            }))
            .collect();
        format!("SELECT {} FROM {} WHERE ", columns.join(", "), self.quoted)
    }

    fn reading(&self) -> Statement {
        Statement::new(self.dialect, self.select.clone())
    }

    /// A company's rows, in order of their ids.
    pub fn of_company(&self, company: CompanyId) -> Statement {
        let mut statement = self.reading();
        statement.is(&self.company, &Value::Int(company.0));
        self.only_alive(&mut statement);
        self.in_order(&mut statement);
        statement
    }

    /// The row of a primary key.
    pub fn of_id(&self, id: ServiceId) -> Statement {
        let mut statement = self.reading();
        statement.is(&self.id, &Value::Int(id.0));
        self.only_alive(&mut statement);
        statement
    }

    /// The same, on a server, and nobody else may write it, or point at it by a foreign key, until
    /// the transaction ends.
    pub fn locked(&self, id: ServiceId) -> Statement {
        let mut statement = self.of_id(id);
        statement.say(" FOR UPDATE");
        statement
    }

    /// A company's rows that are linked to an event type.
    pub fn linked(&self, company: CompanyId, event_type: EventTypeId) -> Statement {
        let mut statement = self.reading();
        self.is_linked(&mut statement, company, event_type);
        self.in_order(&mut statement);
        statement
    }

    /// By the key itself: by its bare name, PostgreSQL would sort by the text that is read of it.
    fn in_order(&self, statement: &mut Statement) {
        statement.say(" ORDER BY ").say(&self.quoted).say(".").say(self.id.quoted());
    }

    fn is_linked(&self, statement: &mut Statement, company: CompanyId, event_type: EventTypeId) {
        statement.is(&self.company, &Value::Int(company.0)).say(" AND ");
        statement.is(&self.link, &Value::Int(event_type.0));
        self.only_alive(statement);
    }

    fn only_alive<'s>(&self, statement: &'s mut Statement) -> &'s mut Statement {
        if let Some(name) = &self.deleted_at {
            statement.say(" AND ").say(name.quoted()).say(" IS NULL");
        }
        statement
    }

    /// How many rows each company has: its number, and how many.
    pub fn companies(&self) -> Statement {
        let (company, table) = (self.company.quoted(), &self.quoted);
        let read = self.company.read(self.dialect);
        let count = as_text(self.dialect, "count(*)");
        let alive = self.alive();
        let text = format!(
            "SELECT {read}, {count} FROM {table} WHERE {company} IS NOT NULL AND {alive} GROUP BY {company}"
        );
        Statement::new(self.dialect, text)
    }

    /// Writes one change by compare-and-set: it touches one row, or none. An insert says its key
    /// where the dialect can.
    pub fn write(&self, change: &Change) -> Statement {
        match change {
            Change::Update { service_id, company_id, before, .. } => {
                let head = format!("UPDATE {} SET ", self.quoted);
                let mut statement = Statement::new(self.dialect, head);
                let mut first = true;
                for (column, value) in change.written() {
                    let Some(name) = self.mapped.get(&column) else { continue };
                    if !std::mem::take(&mut first) {
                        statement.say(", ");
                    }
                    statement.say(name.quoted()).say(" = ");
                    statement.value(name, &self.spelled(column, value));
                }
                self.compare(&mut statement, *service_id, *company_id, before);
                statement
            }
            Change::Remove { service_id, company_id, before } => {
                let head = format!("DELETE FROM {}", self.quoted);
                let mut statement = Statement::new(self.dialect, head);
                self.compare(&mut statement, *service_id, *company_id, before);
                statement
            }
            Change::Insert { company_id, event_type_id, after } => {
                self.insert(*company_id, *event_type_id, after)
            }
        }
    }

    /// The row is named by its primary key, and must still hold its before-image.
    fn compare(
        &self,
        statement: &mut Statement,
        service_id: ServiceId,
        company_id: CompanyId,
        before: &Image,
    ) {
        statement.say(" WHERE ").is(&self.id, &Value::Int(service_id.0));
        statement.say(" AND ").is(&self.company, &Value::Int(company_id.0));
        for (column, value) in before.iter() {
            let Some(name) = self.mapped.get(&column) else { continue };
            let spelled = self.spelled(column, value);
            // NULL means `never` to the application, and an image says so.
            if column == Column::SyncStatus && *value == Value::Text("never".into()) {
                statement.say(" AND (").say(name.quoted()).say(" IS NULL OR ");
                statement.holds(name, &spelled).say(")");
            } else {
                statement.say(" AND ").holds(name, &spelled);
            }
        }
        self.only_alive(statement);
    }

    /// Nothing is imported twice: the same statement looks for the event type.
    fn insert(&self, company: CompanyId, event_type: EventTypeId, after: &Image) -> Statement {
        let cells: Vec<(&Name, Value)> = after
            .iter()
            .filter_map(|(column, value)| {
                Some((self.mapped.get(&column)?, self.spelled(column, value)))
            })
            .chain(self.insert_defaults.iter().map(|(name, value)| (name, value.clone())))
            .collect();
        let names: Vec<&str> = cells.iter().map(|(name, _)| name.quoted()).collect();
        let head = format!("INSERT INTO {} ({}) SELECT ", self.quoted, names.join(", "));
        let mut statement = Statement::new(self.dialect, head);
        for (place, (name, value)) in cells.iter().enumerate() {
            statement.say(if place == 0 { "" } else { ", " }).value(name, value);
        }
        let from = if self.dialect == Dialect::MySql { " FROM DUAL" } else { "" };
        statement.say(from).say(" WHERE NOT EXISTS (SELECT 1 FROM ").say(&self.quoted);
        statement.say(" WHERE ");
        self.is_linked(&mut statement, company, event_type);
        statement.say(")");
        if self.dialect != Dialect::MySql {
            statement.say(" RETURNING ").say(&self.id.read(self.dialect));
        }
        statement
    }

    fn spelled(&self, column: Column, value: &Value) -> Value {
        match (column, value) {
            (Column::SyncStatus, Value::Text(word)) => Value::Text(self.words.spelled(word).into()),
            (_, value) => value.clone(),
        }
    }

    /// Writes `last_sync` alone, on rows named by their primary keys; nothing for no rows.
    pub fn stamp(&self, rows: &[ServiceId], moment: &str) -> Option<Statement> {
        let last_sync = self.last_sync.as_ref()?;
        let (first, others) = rows.split_first()?;
        let head = format!("UPDATE {} SET {} = ", self.quoted, last_sync.quoted());
        let mut statement = Statement::new(self.dialect, head);
        statement.value(last_sync, &Value::Text(moment.into()));
        statement.say(" WHERE ").say(self.id.quoted()).say(" IN (");
        statement.value(&self.id, &Value::Int(first.0));
        for id in others {
            statement.say(", ").value(&self.id, &Value::Int(id.0));
        }
        statement.say(")");
        self.only_alive(&mut statement);
        Some(statement)
    }
}

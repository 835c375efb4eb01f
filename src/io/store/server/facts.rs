//! What is worth knowing of the table and its server, for `doctor`.

use super::session::Trouble;
use super::{ServerStore, mysql, number, postgres, session};
use crate::io::store::facts::{advice, broken};
use crate::io::store::sql::{Dialect, Found, Statement};
use crate::io::store::{Access, Result, TableFact, facts};
use crate::model::change::{Change, Column, Image, Value};
use crate::model::ids::{CompanyId, EventTypeId, ServiceId};

/// No row has it: what is only explained must not even by mistake touch one.
const NOBODY: i64 = 0;

impl ServerStore {
    /// What is worth knowing.
    pub async fn facts(&mut self) -> Result<Vec<TableFact>> {
        let mut found = vec![self.server().await?];
        let rows = self.count(&facts::count_rows(&self.table)).await?;
        let twins = self.count(&facts::count_twins(&self.table)).await?;
        found.extend(facts::of_rows(&self.table, rows, twins));
        found.extend(self.described());
        found.extend(self.index().await?);
        found.extend(self.rights().await?);
        found.extend(self.excess().await?);
        let triggers = match self.session.dialect() {
            Dialect::MySql => mysql::triggers(&self.whole_name),
            _ => postgres::triggers(&self.whole_name),
        };
        found.extend(facts::of_triggers(&self.words(&triggers).await?));
        Ok(found)
    }

    /// Its version, and whether others can listen.
    async fn server(&mut self) -> Result<TableFact> {
        let dialect = self.session.dialect();
        let version = if dialect == Dialect::MySql { mysql::VERSION } else { postgres::VERSION };
        let version = self.session.word(&Statement::new(dialect, version)).await?;
        let version = version.unwrap_or_default();
        Ok(match self.session.tls().await? {
            Some(tls) => TableFact::Well(format!("{version}, over {tls}")),
            None if session::is_on_this_machine(&self.location) => {
                TableFact::Well(format!("{version} on this machine, not encrypted"))
            }
            None => advice(
                format!("{version} on another machine, not encrypted"),
                "whoever stands in between can read and change what is said: set up TLS there, and \
                 let services.url verify it",
            ),
        })
    }

    /// Every column that is used, as the server describes it; and what does not go together.
    fn described(&self) -> Vec<TableFact> {
        let used = self.table.used();
        let columns: Vec<String> = self
            .columns
            .iter()
            .filter(|found| {
                used.iter().any(|name| self.table.dialect.is_same_name(name, &found.name))
            })
            .map(|found| {
                let null = if found.nullable { "" } else { " not null" };
                format!("{} {}{null}", found.name, found.type_name)
            })
            .collect();
        let mut described = vec![TableFact::Well(format!("columns: {}", columns.join(", ")))];
        let of = |column| {
            let name = self.table.shown(column);
            let found = |one: &&Found| self.table.dialect.is_same_name(&one.name, name);
            self.columns.iter().find(found).filter(|_| self.table.has(column))
        };
        if of(Column::SyncError).is_some_and(|found| !found.nullable) {
            described.push(broken(
                format!("{} must not be NULL", self.table.shown(Column::SyncError)),
                "a service that is well again has no error: let the column be NULL, or do not map it",
            ));
        }
        if let Some(found) = of(Column::SyncStatus).filter(|it| it.type_name.starts_with("enum(")) {
            let words = &self.table.words;
            let missing: Vec<&str> = [&words.synced, &words.error]
                .into_iter()
                .map(|word| &**word)
                .filter(|word| !found.type_name.contains(&format!("'{word}'")))
                .collect();
            if !missing.is_empty() {
                described.push(broken(
                    format!("{} does not know the word {}", found.name, missing.join(", ")),
                    "name the application's own words in [services.values]",
                ));
            }
        }
        described
    }

    async fn index(&mut self) -> Result<Option<TableFact>> {
        let names = [Column::CompanyId, Column::EventTypeId]
            .map(|column| self.table.shown(column).to_owned());
        let question = match self.session.dialect() {
            Dialect::MySql => mysql::index(&self.whole_name, &names),
            _ => postgres::index(&self.whole_name, &names),
        };
        let found = self.session.word(&question).await?;
        Ok((number(found.as_deref()) == 0).then(|| {
            let table = self.table.quoted_table();
            let (company, link) =
                (self.table.quoted(Column::CompanyId), self.table.quoted(Column::EventTypeId));
            advice(
                "no index begins with the company and the event type",
                format!(
                    "every import reads the whole table without it: CREATE INDEX \
                     services_company_event_type ON {table} ({company}, {link})"
                ),
            )
        }))
    }

    /// The very statements of a run, explained by the server: it checks this user's rights, and
    /// does nothing.
    async fn rights(&mut self) -> Result<Vec<TableFact>> {
        let mut found = Vec::new();
        let [update, insert, delete] = self.samples();
        let stamp = self.table.stamp(&[ServiceId(NOBODY)], "2026-01-01 00:00:00");
        let statements = [
            (Some(self.table.write(&update)), "change a service", true),
            (stamp, "write when a service was last seen", true),
            (Some(self.table.write(&insert)), "import a service", false),
            (Some(self.table.write(&delete)), "undo an import", false),
        ];
        let mut may = Vec::new();
        for (statement, what, needed) in statements {
            let Some(statement) = statement else { continue };
            let Some(said) = self.refusal_of(statement).await? else {
                may.push(what);
                continue;
            };
            let seen = format!("this user may not {what}: {said}");
            found.push(if needed {
                broken(seen, "README.md has a GRANT ready to paste")
            } else {
                advice(seen, "if it should: README.md has a GRANT ready to paste")
            });
        }
        if !may.is_empty() {
            found.insert(0, TableFact::Well(format!("this user may {}", may.join(", "))));
        }
        Ok(found)
    }

    /// The server's words where this user may not do this; it is explained, and not done.
    pub(super) async fn refusal_of(&mut self, statement: Statement) -> Result<Option<Box<str>>> {
        // Some servers do not even explain a write where nothing may be written.
        let opens = self.access == Access::ReadOnly && self.session.dialect() == Dialect::MySql;
        if opens {
            self.session.plain("SET SESSION TRANSACTION READ WRITE").await?;
        }
        let refused = match self.session.execute(&statement.explained()).await {
            Ok(_) => None,
            Err(Trouble::Failed(said)) if !self.session.is_lost() => Some(said.to_string().into()),
            Err(other) => return Err(other.into()),
        };
        if opens {
            self.session.plain("SET SESSION TRANSACTION READ ONLY").await?;
        }
        Ok(refused)
    }

    /// What this user may do and this program never does.
    async fn excess(&mut self) -> Result<Option<TableFact>> {
        let question = match self.session.dialect() {
            Dialect::MySql => mysql::excess(&self.whole_name),
            _ => postgres::excess(&self.whole_name),
        };
        let rights = self.words(&question).await?;
        Ok((!rights.is_empty()).then(|| {
            advice(
                format!("this user may do more than it needs: {}", rights.join(", ")),
                "give this program a user of its own; README.md has a GRANT ready to paste",
            )
        }))
    }

    /// One change of each kind, of a row that is nobody's.
    pub(super) fn samples(&self) -> [Change; 3] {
        let (service_id, company_id) = (ServiceId(NOBODY), CompanyId(NOBODY));
        let has = |column: &Column| self.table.has(*column);
        let image = |status: &str, truth: bool| -> Image {
            [
                (Column::EventTypeId, Value::Int(NOBODY)),
                (Column::IsActive, Value::Bool(truth)),
                (Column::SyncStatus, Value::Text(status.into())),
                (Column::SyncError, if truth { Value::Null } else { Value::Text("x".into()) }),
            ]
            .into_iter()
            .filter(|(column, _)| has(column))
            .collect()
        };
        let before = image("synced", true);
        let after = image("error", false).with([(Column::EventTypeId, Value::Int(1))]);
        let names = [Column::Name, Column::CompanyId].map(|column| match column {
            Column::CompanyId => (column, Value::Int(NOBODY)),
            _ => (column, Value::Text("x".into())),
        });
        let whole = before.clone().with(names);
        let event_type_id = EventTypeId(NOBODY);
        [
            Change::Update { service_id, company_id, before: before.clone(), after },
            Change::Insert { company_id, event_type_id, after: whole },
            Change::Remove { service_id, company_id, before },
        ]
    }

    async fn words(&mut self, question: &Statement) -> Result<Vec<String>> {
        let lines = self.session.lines(question).await?;
        Ok(lines.into_iter().filter_map(|line| line.into_iter().next().flatten()).collect())
    }

    async fn count(&mut self, query: &str) -> Result<u32> {
        let dialect = self.session.dialect();
        let as_text = match dialect {
            Dialect::MySql => query.replacen("count(*)", "CAST(count(*) AS CHAR)", 1),
            _ => query.replacen("count(*)", "CAST(count(*) AS text)", 1),
        };
        let answer = self.session.word(&Statement::new(dialect, as_text)).await?;
        Ok(number(answer.as_deref()))
    }
}

//! Writing to a server: by primary key, by compare-and-set, and by clearance only.

use super::ServerStore;
use super::session::{Said, Trouble};
use crate::decide::gate::ClearedChange;
use crate::io::power;
use crate::io::store::sql::Dialect;
use crate::io::store::{Outcome, Result, STAMP_BATCH, Written, moment};
use crate::model::Timestamp;
use crate::model::change::Change;
use crate::model::ids::{CompanyId, JournalId, ServiceId};
use crate::model::run::EntryState;
use std::collections::BTreeSet;
use std::time::Duration;

/// How often a transaction is tried that collides with others. They are milliseconds long on both
/// sides; what still collides then is no chance meeting, and is told.
const ATTEMPTS_MAX: u32 = 5;

/// How long to stay out of the way before the second attempt; later ones wait that much longer
/// each.
const STEP_ASIDE: Duration = Duration::from_millis(50);

impl ServerStore {
    /// Writes cleared changes in one transaction, of companies that this run has locked.
    pub async fn apply(&mut self, batch: Vec<(JournalId, ClearedChange)>) -> Result<Vec<Written>> {
        power::step();
        let mut attempt = 1;
        let mut written = loop {
            match self.transaction(&batch).await {
                Ok(written) => break written,
                Err(Trouble::Collision(said)) if attempt < ATTEMPTS_MAX => {
                    tracing::info!(attempt, %said, "another transaction stood in the way");
                    tokio::time::sleep(STEP_ASIDE * attempt).await;
                    attempt += 1;
                }
                Err(Trouble::Collision(said)) => {
                    let words = format!("{said} ({ATTEMPTS_MAX} attempts)");
                    return Err(Trouble::Failed(Said::new(words)).into());
                }
                Err(trouble) => return Err(trouble.into()),
            }
        };
        power::step();
        let unexplained =
            |one: &&mut Written| one.state == EntryState::Conflicted && one.note.is_none();
        for one in written.iter_mut().filter(unexplained) {
            let found = match one.service_id {
                Some(id) => self.row(id).await.map(Some),
                None => Ok(None),
            };
            one.note = Some(one.what_stands_there(&found));
        }
        Ok(written)
    }

    async fn transaction(
        &mut self,
        batch: &[(JournalId, ClearedChange)],
    ) -> std::result::Result<Vec<Written>, Trouble> {
        self.session.plain("BEGIN").await?;
        match self.write_all(batch).await {
            Ok(written) => {
                power::step();
                self.session.commit().await?;
                Ok(written)
            }
            Err(trouble) => {
                self.session.roll_back().await;
                Err(trouble)
            }
        }
    }

    async fn write_all(
        &mut self,
        batch: &[(JournalId, ClearedChange)],
    ) -> std::result::Result<Vec<Written>, Trouble> {
        let companies: BTreeSet<CompanyId> =
            batch.iter().map(|(_, cleared)| cleared.intent().change.company_id()).collect();
        for company in companies {
            self.still_locked(company).await?;
        }
        for (_, cleared) in batch {
            // Nobody may come to point at a row between the question who does and its removal.
            if let Change::Remove { service_id, .. } = cleared.intent().change {
                self.session.lines(&self.table.locked(service_id)).await?;
            }
        }
        let mut written = Vec::with_capacity(batch.len());
        for (journal_id, cleared) in batch {
            let change = &cleared.intent().change;
            let outcome = match self.table.refuses(change) {
                Some(why) => Outcome::Refused(why),
                None => match self.unless_claimed(change).await {
                    Err(Trouble::Refused(said)) => Outcome::Refused(said.to_string()),
                    other => other?,
                },
            };
            written.push(outcome.of(*journal_id, change.service_id()));
        }
        Ok(written)
    }

    /// A removal asks again who has made something of the row.
    async fn unless_claimed(&mut self, change: &Change) -> std::result::Result<Outcome, Trouble> {
        if let Change::Remove { service_id, before, .. } = change
            && let Some(by) = self.claims_now(*service_id, before).await?.in_words()
        {
            return Ok(Outcome::Claimed(by));
        }
        self.write_one(change).await
    }

    /// One row. What the database refuses undoes its own statement, and the others stand: MySQL
    /// does so by itself, PostgreSQL with a savepoint.
    async fn write_one(&mut self, change: &Change) -> std::result::Result<Outcome, Trouble> {
        if self.session.dialect() == Dialect::MySql {
            return self.statement(change).await;
        }
        self.session.plain("SAVEPOINT one_row").await?;
        match self.statement(change).await {
            Err(Trouble::Refused(said)) => {
                self.session.plain("ROLLBACK TO SAVEPOINT one_row").await?;
                Err(Trouble::Refused(said))
            }
            Ok(outcome) => {
                self.session.plain("RELEASE SAVEPOINT one_row").await?;
                Ok(outcome)
            }
            Err(other) => Err(other),
        }
    }

    async fn statement(&mut self, change: &Change) -> std::result::Result<Outcome, Trouble> {
        let statement = self.table.write(change);
        let key = match change {
            Change::Update { service_id, .. } | Change::Remove { service_id, .. } => {
                let done = self.session.execute(&statement).await?;
                return Ok(match done.rows {
                    1 => Outcome::Applied(*service_id),
                    _ => Outcome::Conflict,
                });
            }
            Change::Insert { .. } if self.session.dialect() == Dialect::MySql => {
                let done = self.session.execute(&statement).await?;
                done.key.filter(|_| done.rows == 1)
            }
            Change::Insert { .. } => {
                let key = self.session.word(&statement).await?;
                key.and_then(|key| key.parse().ok())
            }
        };
        Ok(key.map_or(Outcome::Conflict, |key| Outcome::Applied(ServiceId(key))))
    }

    /// Writes `last_sync` alone, a batch a transaction: it carries no decision.
    pub async fn stamp(&mut self, rows: &[ServiceId], now: Timestamp) -> Result<()> {
        let moment = moment(now);
        for batch in rows.chunks(STAMP_BATCH) {
            let Some(statement) = self.table.stamp(batch, &moment) else { return Ok(()) };
            power::step();
            let mut attempt = 1;
            while let Err(trouble) = self.session.execute(&statement).await {
                if !matches!(trouble, Trouble::Collision(_)) || attempt == ATTEMPTS_MAX {
                    return Err(trouble.into());
                }
                tokio::time::sleep(STEP_ASIDE * attempt).await;
                attempt += 1;
            }
            power::step();
        }
        Ok(())
    }
}

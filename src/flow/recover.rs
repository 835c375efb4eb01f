//! Recover: settle what an interrupted run left open, by reading the rows.

use crate::decide::settle::settle;
use crate::io::ledger::Ledger;
use crate::io::store::{CompanyLock, Store};
use crate::model::change::Change;
use crate::model::ids::{CompanyId, RunId};
use crate::model::run::Settlement;
use crate::report::lines::{ChangeLine, ChangeStatus};
use anyhow::Context;
use std::collections::BTreeMap;

/// Settles every open entry, and says what became of it. A row that cannot be read leaves its
/// entry open, for the next run. So does a company that another session still has: it may be the
/// interrupted run's own, and only when a server has ended that is it known what it wrote.
pub async fn recover(
    ledger: &mut Ledger,
    store: &mut Store,
    run: RunId,
) -> anyhow::Result<Vec<ChangeLine>> {
    let open =
        ledger.open_entries().context("the journal could not be read; no service was touched")?;
    let mut settlements = Vec::with_capacity(open.len());
    let mut lines = Vec::with_capacity(open.len());
    let mut locks: BTreeMap<CompanyId, CompanyLock> = BTreeMap::new();
    for entry in open {
        let company = entry.intent.change.company_id();
        let lock = match locks.get(&company) {
            Some(lock) => *lock,
            None => store.lock_company(company).await.unwrap_or(CompanyLock::Theirs),
        };
        locks.insert(company, lock);
        if lock == CompanyLock::Theirs {
            tracing::error!(journal.id = entry.id.0, "still open: its company is not ours to read");
            continue;
        }
        let found = match &entry.intent.change {
            Change::Update { service_id, .. } | Change::Remove { service_id, .. } => {
                store.row(*service_id).await
            }
            Change::Insert { company_id, event_type_id, .. } => {
                store.linked_to(*company_id, *event_type_id).await
            }
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(journal.id = entry.id.0, %error, "still open: the row cannot be read");
                continue;
            }
        };
        let outcome = settle(&entry.intent.change, &found);
        tracing::warn!(journal.id = entry.id.0, state = outcome.state.as_str(), "recovered");
        settlements.push(Settlement {
            journal_id: entry.id,
            state: outcome.state,
            service_id: outcome.service_id,
            note: outcome.note.clone(),
        });
        lines.push(ChangeLine {
            status: ChangeStatus::of(outcome.state),
            note: outcome.note,
            ..ChangeLine::of_entry(&entry)
        });
    }
    for company in locks.into_keys() {
        store.unlock_company(company).await;
    }
    if !settlements.is_empty() {
        let released = ledger
            .settle(Some(run), &settlements)
            .context("recovered entries were not settled; no service was touched")?;
        let of_them =
            |line: &&mut ChangeLine| line.journal_id.is_some_and(|id| released.contains(&id));
        for line in lines.iter_mut().filter(of_them) {
            line.note = Some("what was held for it is released".into());
        }
    }
    Ok(lines)
}

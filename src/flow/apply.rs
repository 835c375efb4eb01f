//! Apply: write down what is intended, write it, settle it.

use crate::decide::gate::ClearedChange;
use crate::io::ledger::{Leaving, Ledger};
use crate::io::store::{Store, StoreError, Written};
use crate::model::Timestamp;
use crate::model::ids::{JournalId, RunId};
use crate::model::run::{EntryState, Settlement};
use crate::report::lines::{ChangeLine, ChangeStatus};
use anyhow::Context;

/// How many rows one transaction of the store holds: it keeps the application waiting for
/// milliseconds, not for seconds.
const BATCH: usize = 500;

/// Journals every change, then writes it by compare-and-set, then settles its entry. An entry whose
/// outcome is not known stays intended: the next run reads the row and says. On a ledger whose file
/// is damaged nothing is changed: what was decided may rest on what cannot be read any more.
pub async fn apply(
    ledger: &mut Ledger,
    store: &mut Store,
    run: RunId,
    now: Timestamp,
    cleared: Vec<ClearedChange>,
    leaving: Option<&Leaving>,
) -> anyhow::Result<Vec<ChangeLine>> {
    if cleared.is_empty() {
        return Ok(Vec::new());
    }
    ledger.check_file().context("none of the changes was made")?;
    let intents: Vec<_> = cleared.iter().map(ClearedChange::intent).collect();
    let ids = ledger
        .journal(run, now, &intents, leaving)
        .context("the changes could not be written down, so none of them was made")?;
    let mut lines: Vec<ChangeLine> = intents
        .iter()
        .zip(&ids)
        .map(|(intent, id)| ChangeLine {
            journal_id: Some(*id),
            ..ChangeLine::of_intent(intent, ChangeStatus::Unknown)
        })
        .collect();

    let mut waiting = ids.iter().copied().zip(cleared);
    let mut settled = lines.as_mut_slice();
    loop {
        let batch: Vec<(JournalId, ClearedChange)> = waiting.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(lines);
        }
        let numbers: Vec<JournalId> = batch.iter().map(|(id, _)| *id).collect();
        let (these, rest) = settled.split_at_mut(batch.len());
        settled = rest;
        let settlements = match store.apply(batch).await {
            Ok(written) => written.into_iter().map(settlement).collect(),
            Err(error) => {
                // Also where nothing can be settled, people want to know why.
                let note: Box<str> = error.in_full().into();
                for line in these.iter_mut() {
                    line.note = Some(note.clone());
                }
                after_failure(&numbers, &error)
            }
        };
        ledger
            .settle(None, &settlements)
            .context("what was written could not be settled; the next run will")?;
        for (line, settlement) in these.iter_mut().zip(settlements) {
            line.status = ChangeStatus::of(settlement.state);
            line.service_id = settlement.service_id.or(line.service_id);
            line.note = settlement.note;
        }
    }
}

fn settlement(written: Written) -> Settlement {
    let Written { journal_id, state, service_id, note } = written;
    Settlement { journal_id, state, service_id, note }
}

/// Nothing of the batch was applied: abandoned. Unknown: left open.
fn after_failure(numbers: &[JournalId], error: &StoreError) -> Vec<Settlement> {
    tracing::error!(error = error.in_full(), "changes were not applied");
    match error {
        StoreError::OutcomeUnknown(_) => Vec::new(),
        _ => numbers
            .iter()
            .map(|id| Settlement {
                journal_id: *id,
                state: EntryState::Abandoned,
                service_id: None,
                note: Some(error.in_full().into()),
            })
            .collect(),
    }
}

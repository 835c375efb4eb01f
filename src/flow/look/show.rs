//! One run, rebuilt from the ledger.

use super::observation_line;
use crate::io::ledger::{Ledger, LedgerError};
use crate::model::ids::{CompanyId, RunId, ServiceId};
use crate::report::history::{AskedLine, DecisionLine, LookUpLine, ShownCompany};
use crate::report::lines::ChangeLine;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

type Companies = BTreeMap<CompanyId, ShownCompany>;

/// Its companies, in order of their ids: those it closed, and those it was cut off in.
pub(super) fn companies(ledger: &Ledger, run: RunId) -> Result<Vec<ShownCompany>, LedgerError> {
    let mut companies = Companies::new();
    for record in ledger.observations_of_run(run)? {
        // Runs that overlapped cannot be, but numbers between the first and the last are asked for.
        if record.run_id == run {
            let line = observation_line(&record);
            let company = of(&mut companies, record.company_id);
            company.observations.push((line, record.accepted_by));
        }
    }
    for close in ledger.company_runs(run)? {
        let company = of(&mut companies, close.company_id);
        company.closed = Some((close.counts, close.services));
        company.trouble = close.trouble;
    }
    for entry in ledger.entries_of_run(run)? {
        let company = of(&mut companies, entry.intent.change.company_id());
        company.changes.push(ChangeLine::of_entry(&entry));
    }
    for record in ledger.look_ups_of_run(run)? {
        let company = of(&mut companies, record.company_id);
        company.look_ups.push(LookUpLine {
            team_id: record.team_id,
            event_type_id: record.event_type_id,
            answer: record.answer,
            note: record.note,
        });
    }
    for item in ledger.reviews_of_run(run)? {
        let subject = item.question.subject;
        of(&mut companies, subject.company_id).asked.push(AskedLine {
            id: item.id,
            kind: subject.kind,
            service_id: subject.service_id,
            name: item.question.name,
            reason: item.question.reason,
            state: item.state,
        });
    }
    decisions(ledger, run, &mut companies)?;
    Ok(companies.into_values().collect())
}

fn of(companies: &mut Companies, id: CompanyId) -> &mut ShownCompany {
    companies.entry(id).or_insert_with(|| ShownCompany {
        company_id: id,
        closed: None,
        trouble: None,
        observations: Vec::new(),
        decisions: Vec::new(),
        changes: Vec::new(),
        look_ups: Vec::new(),
        asked: Vec::new(),
    })
}

/// A decision bears no name of its own: the row's is looked up among those last seen.
fn decisions(ledger: &Ledger, run: RunId, companies: &mut Companies) -> Result<(), LedgerError> {
    let mut names: BTreeMap<CompanyId, BTreeMap<ServiceId, Box<str>>> = BTreeMap::new();
    for record in ledger.decisions_of_run(run)? {
        let names = match names.entry(record.company_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let rows = ledger.rows_last_seen(record.company_id)?.into_iter();
                place.insert(rows.map(|row| (row.service_id, row.name)).collect())
            }
        };
        let name = record.service_id.and_then(|id| names.get(&id).cloned());
        of(companies, record.company_id).decisions.push(DecisionLine {
            service_id: record.service_id,
            event_type_id: record.event_type_id,
            name: name.unwrap_or_default(),
            action: record.action,
            reason: record.reason,
        });
    }
    Ok(())
}

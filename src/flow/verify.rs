//! Verify: whether the ledger can be believed. It reads, and changes nothing anywhere.

use super::work::Work;
use crate::decide::audit::audit;
pub use crate::io::ledger::SHORTEST_ANCHOR;
use crate::io::ledger::{Ledger, LedgerError};
use crate::io::store::{Access, Store, StoreError};
use crate::model::chain::Dependents;
use crate::model::history::History;
use crate::model::ids::ServiceId;
use crate::model::run::{EntryState, JournalEntry};
use crate::report::verify::{Finding, Outlook, Verification};
use crate::report::words;
use std::collections::BTreeMap;

/// How many of a kind are named; the others are counted.
const NAMED: usize = 20;

/// Verifies the ledger; `anchor` is the beginning of an earlier head, in lower-case hex.
pub async fn verify(work: &Work, anchor: Option<&str>) -> Verification {
    let path = work.ledger.display();
    let unopened = |what: String| Verification {
        findings: vec![Finding::new("file", what)],
        outlook: Outlook::Refuses,
        anchor: anchor.map(|anchor| (anchor.to_owned(), None)),
        ..Verification::default()
    };
    if !work.ledger.exists() {
        let lost = work.records().ledger_to_read().and_then(|nothing| nothing.lost_head());
        let gone = match lost {
            Ok(Some(head)) => format!(": {}", words::gone(head)),
            Ok(None) | Err(_) => String::new(),
        };
        let what = format!("there is no ledger at {path}{gone}; the next run begins a new one");
        return Verification { outlook: Outlook::NoFile, ..unopened(what) };
    }
    let looked = work.records().ledger_to_read().and_then(|ledger| {
        ledger.at_one_moment(|ledger| {
            let mut found = Verification::default();
            let history = look(ledger, anchor, &mut found);
            (found, history)
        })
    });
    match looked {
        Ok((mut found, history)) => {
            hold_against_the_rows(work, &history, &mut found).await;
            found
        }
        Err(error) => unopened(in_full(&error)),
    }
}

/// Every check of the file itself.
fn look(ledger: &Ledger, anchor: Option<&str>, found: &mut Verification) -> History {
    let findings = &mut found.findings;
    let damage = checked("file", ledger.damage(), findings);
    tell("file", damage, findings);
    let shapes = checked("schema", ledger.foreign_shapes(), findings);
    tell("schema", shapes, findings);
    if !findings.is_empty() || ledger.check_newest_links().is_err() {
        found.outlook = Outlook::Refuses;
    }
    chain(ledger, findings);
    let contents = checked("content", ledger.unsound_contents(), findings);
    let unsound = |id| format!("content {id} is not what was read: its hash is another");
    tell("content", contents.into_iter().map(unsound).collect(), findings);
    let history = checked("audit", ledger.history(), findings);
    tell("audit", audit(&history).iter().map(ToString::to_string).collect(), findings);
    found.head = checked("chain", ledger.head(), findings);
    if let Some(lost) = checked("chain", ledger.lost_head(), findings) {
        let what = format!(
            "this is not the ledger that the last run left: that ended at link {}, {lost}; it was \
             put back, replaced or rewritten",
            lost.links
        );
        let depends = "its streaks and approvals: the next run believes none of them";
        findings.push(Finding { depends: Some(depends.into()), ..Finding::new("chain", what) });
    }
    let restorations = checked("chain", ledger.all_restorations(), findings);
    found.told.extend(restorations.into_iter().map(|(run, head)| {
        let links = head.links;
        let what = format!(
            "run {run} found this ledger put back: the one before it ended at link {links}, {head}"
        );
        Finding::new("chain", what)
    }));
    found.made_afterwards = checked("chain", ledger.links_made_afterwards(), findings);
    if let Some(anchor) = anchor {
        let link = checked("anchor", ledger.link_of(anchor), findings);
        if link.is_none() {
            findings.push(Finding::new(
                "anchor",
                format!(
                    "{anchor} is not in this chain: this is a backup from before it, another \
                     ledger, or a history that was rewritten"
                ),
            ));
        }
        found.anchor = Some((anchor.to_owned(), link));
    }
    history
}

fn chain(ledger: &Ledger, findings: &mut Vec<Finding>) {
    let broken = checked("chain", ledger.broken_links(0), findings);
    if let Some(first) = broken.first() {
        let depends = checked("chain", ledger.dependents(first.number).map(Some), findings);
        let others = match broken.len() - 1 {
            0 => String::new(),
            more => format!("; {more} later links do not fit either"),
        };
        findings.push(Finding {
            check: "chain",
            what: format!("{first}{others}"),
            depends: depends.map(|depends| resting(&depends)),
        });
    }
    let loose = checked("chain", ledger.rows_without_a_link(), findings);
    let words = |row| format!("{row} has no link: something other than this program added it");
    tell("chain", loose.into_iter().map(words).collect(), findings);
}

fn resting(depends: &Dependents) -> String {
    let Dependents { links, runs, changes } = depends;
    match runs {
        Some((first, last)) => format!(
            "after it come {links} links, with the runs {first} to {last} and {changes} changes \
             of services: what those decided rested on it"
        ),
        None => format!("after it come {links} links, and no run"),
    }
}

/// A check that could not be made is a finding itself.
fn checked<T: Default>(
    check: &'static str,
    result: Result<T, LedgerError>,
    findings: &mut Vec<Finding>,
) -> T {
    result.unwrap_or_else(|error| {
        findings.push(Finding::new(check, format!("it cannot be checked: {}", in_full(&error))));
        T::default()
    })
}

fn tell(check: &'static str, mut lines: Vec<String>, findings: &mut Vec<Finding>) {
    let more = lines.len().saturating_sub(NAMED);
    lines.truncate(NAMED);
    findings.extend(lines.into_iter().map(|line| Finding::new(check, line)));
    if more > 0 {
        findings.push(Finding::new(check, format!("and {more} more like these")));
    }
}

/// The journal against the rows. What others changed since is told, and is no failure.
async fn hold_against_the_rows(work: &Work, history: &History, found: &mut Verification) {
    let mut last: BTreeMap<ServiceId, &JournalEntry> = BTreeMap::new();
    for facts in &history.changes {
        let entry = &facts.entry;
        match (entry.state, entry.service_id) {
            (EntryState::Applied, Some(service)) => {
                last.insert(service, entry);
            }
            (EntryState::Intended, _) => found.told.push(Finding::new(
                "journal",
                format!(
                    "change {} of run {} is open; the next run settles it",
                    entry.id, entry.run_id
                ),
            )),
            _ => {}
        }
    }
    if last.is_empty() {
        return;
    }
    let told = match differences(work, &last).await {
        Ok(told) => told,
        Err(error) => {
            let what = format!("the rows cannot be held against the journal: {}", error.in_full());
            found.findings.push(Finding::new("store", what));
            return;
        }
    };
    tell("journal", told, &mut found.told);
}

async fn differences(
    work: &Work,
    last: &BTreeMap<ServiceId, &JournalEntry>,
) -> Result<Vec<String>, StoreError> {
    let mut store = Store::open(&work.store, Access::ReadOnly).await?;
    let mut told = Vec::new();
    for (service, entry) in last {
        let row = store.row(*service).await?.pop();
        let by = format!("change {} of run {}", entry.id, entry.run_id);
        let since = match (&row, entry.intent.change.after()) {
            (None, Some(_)) => format!("service {service} is gone since {by}"),
            (Some(_), None) => {
                format!("service {service} is there again since {by}, which removed it")
            }
            (None, None) => continue,
            (Some(row), Some(after)) => {
                let other: Vec<String> = after
                    .iter()
                    .filter(|(column, value)| row.value(*column) != **value)
                    .map(|(column, value)| {
                        format!("{} is {}, not {value}", column.as_str(), row.value(column))
                    })
                    .collect();
                if other.is_empty() {
                    continue;
                }
                format!("service {service} was changed by others since {by}: {}", other.join(", "))
            }
        };
        told.push(since);
    }
    Ok(told)
}

fn in_full(error: &LedgerError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    words
}

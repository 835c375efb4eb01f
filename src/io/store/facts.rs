//! What is worth knowing of the table, in words for `doctor`.

use super::TableFact;
use super::table::Table;
use crate::model::change::Column;

/// Something to do something about.
pub fn advice(what: impl Into<String>, advice: impl Into<String>) -> TableFact {
    TableFact::Advice { what: what.into(), advice: advice.into() }
}

/// Something on which a run would fail.
pub fn broken(what: impl Into<String>, advice: impl Into<String>) -> TableFact {
    TableFact::Broken { what: what.into(), advice: advice.into() }
}

/// How many rows are somebody's.
pub fn count_rows(table: &Table) -> String {
    format!("SELECT count(*) FROM {} WHERE {}", table.quoted_table(), table.alive())
}

/// How many event types have several rows of one company.
pub fn count_twins(table: &Table) -> String {
    let (company, link) = (table.quoted(Column::CompanyId), table.quoted(Column::EventTypeId));
    format!(
        "SELECT count(*) FROM (SELECT 1 AS one FROM {} WHERE {link} IS NOT NULL AND {}
         GROUP BY {company}, {link} HAVING count(*) > 1) AS twins",
        table.quoted_table(),
        table.alive()
    )
}

/// The rows, and columns that no import can fill.
pub fn of_rows(table: &Table, rows: u32, twins: u32) -> Vec<TableFact> {
    let well = format!("the table {} has every mapped column, and {rows} rows", table.shown);
    let mut facts = vec![TableFact::Well(well)];
    if twins > 0 {
        facts.push(advice(
            format!("{twins} event types have several rows linked to them"),
            "such rows are never switched off without asking; unlink the ones that are not meant",
        ));
    }
    if !table.unfillable.is_empty() {
        facts.push(advice(
            format!("no import can fill {}", table.unfillable.join(", ")),
            "these must not be NULL and have no default: give each a value in \
             [services.insert_defaults], or set policy.import to \"off\"",
        ));
    }
    facts
}

/// Triggers on the table.
pub fn of_triggers(names: &[String]) -> Option<TableFact> {
    (!names.is_empty()).then(|| {
        advice(
            format!("triggers stand on the table: {}", names.join(", ")),
            "make sure none of them writes on an update of is_active or sync_status: it would \
             look like a person's edit, or push it back to Cal.com (docs/OPERATIONS.md)",
        )
    })
}

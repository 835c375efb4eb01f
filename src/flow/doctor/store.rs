//! The application's table: can it be read, can it be written, and is it about these companies?

use super::{counted, in_one_line};
use crate::flow::work::Work;
use crate::io::store::{Access, Store, StoreError, TableFact};
use crate::model::ids::CompanyId;
use crate::model::policy::Consent;
use crate::model::service::{Service, SyncStatus};
use crate::model::settings::{Opened, StoreLocation};
use crate::report::doctor::Examined;
use std::collections::BTreeMap;
use std::fs::OpenOptions;

const NAME: &str = "services";

/// What was found, and the rows that could be read.
pub struct Found {
    pub checks: Vec<Examined>,
    pub rows: BTreeMap<CompanyId, Vec<Service>>,
}

/// Opens it to look, as a rehearsal does.
pub async fn examine(work: &Work) -> Found {
    let mut found = Found { checks: Vec::new(), rows: BTreeMap::new() };
    match Store::open(&work.store, Access::ReadOnly).await {
        Ok(mut store) => {
            found.checks.extend(facts(work, &mut store).await);
            found.checks.extend(companies(work, &mut store).await);
            for company in &work.companies {
                let id = company.company_id;
                match store.rows_of(id).await {
                    Ok(rows) => {
                        found.checks.push(lives(id, &rows));
                        found.rows.insert(id, rows);
                    }
                    Err(error) => found.checks.push(unreadable(&work.store.location, &error)),
                }
            }
        }
        Err(error) => found.checks.push(unreadable(&work.store.location, &error)),
    }
    found.checks.extend(may_be_written(work));
    found.checks.push(references(work));
    found
}

fn unreadable(location: &Opened<StoreLocation>, error: &StoreError) -> Examined {
    let advice = match error {
        StoreError::Secret(missing) => &*missing.hint,
        StoreError::Missing { .. } => {
            "name the application's own database in services.url; this program never makes one"
        }
        StoreError::Table { .. } => match location {
            Ok(StoreLocation::Sqlite(_)) | Err(_) => {
                "name the table in services.table, and its columns in [services.columns]"
            }
            Ok(StoreLocation::MySql(_) | StoreLocation::Postgres(_)) => {
                "name the table in services.table, and its columns in [services.columns]; what this \
                 user has no right on is not shown to it: README.md has a GRANT ready to paste"
            }
        },
        StoreError::Row { .. } => {
            "repair the row, or map another column: no row of its company is \
                                   touched until it can be read"
        }
        StoreError::Open { .. } | StoreError::NotApplied(_) | StoreError::OutcomeUnknown(_) => {
            match location {
                Ok(StoreLocation::Sqlite(_)) | Err(_) => {
                    "the user who runs this program must be able to read the file and its folder"
                }
                Ok(StoreLocation::MySql(_) | StoreLocation::Postgres(_)) => {
                    "compare services.url with what the application itself uses; the user needs the \
                     rights of README.md's GRANT"
                }
            }
        }
    };
    Examined::broken(NAME, in_one_line(error), advice)
}

async fn facts(work: &Work, store: &mut Store) -> Vec<Examined> {
    match store.facts().await {
        Ok(facts) => facts
            .into_iter()
            .map(|fact| match fact {
                TableFact::Well(what) => Examined::ok(NAME, what),
                TableFact::Advice { what, advice } => Examined::advice(NAME, what, advice),
                TableFact::Broken { what, advice } => Examined::broken(NAME, what, advice),
            })
            .collect(),
        Err(error) => vec![unreadable(&work.store.location, &error)],
    }
}

/// Companies without rows, and rows without a team.
async fn companies(work: &Work, store: &mut Store) -> Vec<Examined> {
    let in_table = match store.companies().await {
        Ok(companies) => companies,
        Err(error) => return vec![unreadable(&work.store.location, &error)],
    };
    let is_configured = |id: &CompanyId| work.companies.iter().any(|one| one.company_id == *id);
    let mut checks = Vec::new();
    for company in work.companies.iter().filter(|one| !in_table.contains_key(&one.company_id)) {
        checks.push(Examined::advice(
            format!("company {}", company.company_id),
            "it has no row in the table",
            "is its company_id in [[teams]] the application's own number? Everything Cal.com has \
             would be new",
        ));
    }
    for (id, rows) in in_table.iter().filter(|(id, _)| !is_configured(id)) {
        let rows = counted(usize::try_from(*rows).unwrap_or(usize::MAX), "row");
        checks.push(Examined::advice(
            format!("company {id}"),
            format!("it has {rows}, and no team in the configuration"),
            "its rows are never looked at; add a [[teams]] entry if they should be",
        ));
    }
    checks
}

/// How a company's rows stand.
fn lives(company: CompanyId, rows: &[Service]) -> Examined {
    let active: Vec<&Service> = rows.iter().filter(|row| row.lifecycle.is_active()).collect();
    let unlinked = rows.iter().filter(|row| row.event_type_id.is_none()).count();
    let name = format!("company {company}");
    let seen = format!(
        "{}, {} active, {} inactive, {unlinked} without an event type",
        counted(rows.len(), "row"),
        active.len(),
        rows.len() - active.len(),
    );
    let unbookable = active
        .iter()
        .filter(|row| row.sync_status.as_ref().is_some_and(|word| *word != SyncStatus::Synced))
        .count();
    if unbookable == 0 {
        return Examined::ok(name, seen);
    }
    Examined::advice(
        name,
        format!("{seen}; {unbookable} active but not `synced`"),
        "an application that books only rows which are active and synced does not offer these",
    )
}

/// A run writes to it; opening a file to write changes nothing in it.
fn may_be_written(work: &Work) -> Option<Examined> {
    let Ok(StoreLocation::Sqlite(path)) = &work.store.location else { return None };
    if !path.exists() {
        return None; // said already
    }
    let error = OpenOptions::new().write(true).open(path).err()?;
    Some(Examined::broken(
        NAME,
        format!("{} cannot be written: {error}", path.display()),
        "the user who runs this program must be able to write the file and its folder",
    ))
}

fn references(work: &Work) -> Examined {
    const NAME: &str = "references";
    let tables: Vec<&str> = work.store.references.keys().map(|table| &**table).collect();
    let automatic = work.companies.iter().any(|one| one.policy.deactivate == Consent::Auto);
    let timeless = work.store.references.values().all(|one| one.upcoming.is_none());
    match (tables.is_empty(), automatic) {
        (true, true) => Examined::advice(
            NAME,
            "policy.deactivate is auto, and no table is named that points at a service",
            "name the appointments in [services.references]: then a service that is booked is \
             never switched off without asking",
        ),
        (false, true) if timeless => Examined::advice(
            NAME,
            format!("policy.deactivate is auto, and {} has no `upcoming`", tables.join(", ")),
            "name the column with the time in [services.references]: otherwise nothing counts as \
             upcoming",
        ),
        (true, false) => Examined::ok(NAME, "no table is named; a person is asked in any case"),
        (false, _) => Examined::ok(NAME, format!("looked up in {}", tables.join(", "))),
    }
}

//! Changes as the ledger spells them: images are JSON text.

use super::{LedgerError, Result};
use crate::model::change::{Change, Image};
use crate::model::ids::{CompanyId, EventTypeId, ServiceId};
use serde_json::{Value, json};

/// An image as JSON text.
pub fn text(image: Option<&Image>) -> Result<Option<String>> {
    Ok(image.map(serde_json::to_string).transpose()?)
}

/// An image from JSON text.
pub fn image(text: Option<&str>) -> Result<Option<Image>> {
    Ok(text.map(serde_json::from_str).transpose()?)
}

/// A change from its parts.
pub fn change(
    company_id: CompanyId,
    service_id: Option<ServiceId>,
    event_type_id: Option<EventTypeId>,
    before: Option<Image>,
    after: Option<Image>,
) -> Result<Change> {
    match (before, after, service_id, event_type_id) {
        (Some(before), Some(after), Some(service_id), _) => {
            Ok(Change::Update { service_id, company_id, before, after })
        }
        (None, Some(after), _, Some(event_type_id)) => {
            Ok(Change::Insert { company_id, event_type_id, after })
        }
        (Some(before), None, Some(service_id), _) => {
            Ok(Change::Remove { service_id, company_id, before })
        }
        _ => Err(LedgerError::unreadable("a change without a row or without images")),
    }
}

/// The changes of a question, as one JSON text.
pub fn changes_text(changes: &[Change]) -> String {
    let list: Vec<Value> = changes
        .iter()
        .map(|change| {
            let event_type_id = match change {
                Change::Insert { event_type_id, .. } => Some(*event_type_id),
                Change::Update { .. } | Change::Remove { .. } => None,
            };
            json!({
                "service_id": change.service_id(),
                "event_type_id": event_type_id,
                "before": change.before(),
                "after": change.after(),
            })
        })
        .collect();
    Value::from(list).to_string()
}

/// The changes of a question, from JSON text.
pub fn changes(company_id: CompanyId, text: &str) -> Result<Vec<Change>> {
    #[derive(serde::Deserialize)]
    struct Stored {
        service_id: Option<ServiceId>,
        event_type_id: Option<EventTypeId>,
        before: Option<Image>,
        after: Option<Image>,
    }
    let list: Vec<Stored> = serde_json::from_str(text)?;
    list.into_iter()
        .map(|stored| {
            let Stored { service_id, event_type_id, before, after } = stored;
            change(company_id, service_id, event_type_id, before, after)
        })
        .collect()
}

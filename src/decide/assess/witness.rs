//! The witness: an event type of the list, looked up by its own id.

use crate::model::event_type::EventType;
use crate::model::observation::{Check, Finding};
use crate::model::reading::{LookUp, Reach, SourceTrouble, Witness};

/// An empty list has no witness, and `empty` looks after it. Any other list needs one.
pub(super) fn untrue(witness: Option<Witness>, event_types: &[EventType]) -> Option<Finding> {
    let first = event_types.first()?.id;
    match witness.map(|witness| (witness.event_type_id, witness.answer)) {
        Some((_, LookUp::Exists)) => None,
        Some((event_type_id, LookUp::NotFound)) => {
            Some(Finding::Witness { event_type_id, trouble: None })
        }
        Some((event_type_id, LookUp::Unclear(trouble))) => {
            Some(Finding::Witness { event_type_id, trouble: Some(trouble) })
        }
        None => Some(Finding::Witness { event_type_id: first, trouble: Some(not_looked_up()) }),
    }
}

fn not_looked_up() -> SourceTrouble {
    SourceTrouble {
        check: Check::Witness,
        request: "the witness".into(),
        seen: "it was not looked up".into(),
        reach: Reach::Team,
    }
}

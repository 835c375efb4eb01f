//! Questions that have one cause are one story: twelve services whose event types went with the
//! same list are one thing to understand, not twelve.

use crate::model::Timestamp;
use crate::model::ids::{CompanyId, EventTypeId, ObservationId, ReviewId, RunId, ServiceId};
use crate::model::review::{ReviewItem, ReviewKind};
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// How an event type went: between which lists, and what else moved between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The first accepted observation without it.
    pub observation: ObservationId,
    /// The run whose accepted list showed it last, and when.
    pub last_shown: (RunId, Timestamp),
    /// The run of that first observation, and when.
    pub first_absent: (RunId, Timestamp),
    /// How many event types went with that observation, this one included.
    pub gone: usize,
    /// How many that were there before are there still.
    pub stayed: usize,
    /// What that observation showed for the first time, newest first: foreign text.
    pub came: Vec<(EventTypeId, Box<str>)>,
}

/// What is known around the questions.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// How the event types went that active services are linked to.
    pub departures: BTreeMap<ReviewId, Departure>,
    /// The services whose absence would begin to count, were an observation believed.
    pub would_count: BTreeMap<ReviewId, Vec<(ServiceId, Box<str>)>>,
}

/// What questions have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Services that are off though their event types are there.
    SwitchedOff,
    /// A quarantined observation.
    Quarantined(ObservationId),
    /// The first accepted observation without their event types.
    Gone(ObservationId),
    /// What a run found otherwise: new event types, links, values that differ.
    Found(Finding, RunId),
    /// They wait for nobody any more.
    Over,
}

/// What a run found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// A service whose event type was never listed.
    NeverListed,
    /// Rows that a new event type may belong to.
    Links,
    /// Values that differ.
    Differences,
    /// New event types.
    Newcomers,
}

/// Questions of one company that have one cause, oldest first.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// The business.
    pub company_id: CompanyId,
    /// What they have in common.
    pub cause: Cause,
    /// At least one.
    pub items: Vec<&'a ReviewItem>,
}

impl Cause {
    /// The cause of one question.
    pub fn of(item: &ReviewItem, around: &Circumstances) -> Self {
        if !item.state.is_open() {
            return Self::Over;
        }
        let departure = around.departures.get(&item.id);
        match (item.question.subject.kind, item.observation(), departure) {
            (_, Some(observation), _) => Self::Quarantined(observation),
            (ReviewKind::Reactivate, ..) => Self::SwitchedOff,
            (_, _, Some(departure)) => Self::Gone(departure.observation),
            (kind, ..) => Self::Found(Finding::of(kind), item.run_id),
        }
    }

    /// The word in JSON: the same for questions of one company that have one cause.
    pub fn key(self) -> String {
        match self {
            Self::SwitchedOff => "switched-off".to_owned(),
            Self::Quarantined(observation) => format!("quarantined-{observation}"),
            Self::Gone(observation) => format!("gone-{observation}"),
            Self::Found(Finding::NeverListed, run) => format!("never-listed-{run}"),
            Self::Found(Finding::Links, run) => format!("links-{run}"),
            Self::Found(Finding::Differences, run) => format!("differences-{run}"),
            Self::Found(Finding::Newcomers, run) => format!("newcomers-{run}"),
            Self::Over => "over".to_owned(),
        }
    }
}

impl Finding {
    fn of(kind: ReviewKind) -> Self {
        match kind {
            ReviewKind::Deactivate | ReviewKind::Reactivate | ReviewKind::Observation => {
                Self::NeverListed
            }
            ReviewKind::Relink | ReviewKind::Link => Self::Links,
            ReviewKind::Update => Self::Differences,
            ReviewKind::Import | ReviewKind::ImportBatch => Self::Newcomers,
        }
    }
}

/// Groups questions by company and cause: trouble first, and in each group the oldest first.
pub fn groups<'a>(items: &'a [ReviewItem], around: &Circumstances) -> Vec<Group<'a>> {
    let mut found: BTreeMap<(Cause, CompanyId), Vec<&ReviewItem>> = BTreeMap::new();
    for item in items {
        let key = (Cause::of(item, around), item.question.subject.company_id);
        found.entry(key).or_default().push(item);
    }
    let groups = found.into_iter().map(|((cause, company_id), mut items)| {
        items.sort_by_key(|item| item.id);
        Group { company_id, cause, items }
    });
    groups.collect()
}

//! What a person needs to answer one question: collected once, told in any voice.

use super::group::Departure;
use crate::model::Timestamp;
use crate::model::ids::{EventTypeId, ReviewId, ServiceId, TeamId};
use crate::model::memory::References;
use crate::model::reading::LookUp;

/// The facts beside one question.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// How many accepted observations in a row did not show its event type.
    pub streak: u32,
    /// How many it takes.
    pub threshold: u32,
    /// When the first of them was made.
    pub absent_since: Option<Timestamp>,
    /// When its event type was last shown.
    pub last_seen: Option<Timestamp>,
    /// What Cal.com says now, asked by its id, team by team.
    pub look_ups: Vec<(TeamId, LookUp)>,
    /// How its event type went, and what moved with it.
    pub departure: Option<Departure>,
    /// Event types whose titles are alike: its own was probably recreated.
    pub alike: Vec<Alike>,
    /// The open question whether to relink the service instead.
    pub relink: Option<ReviewId>,
    /// What points at the service.
    pub pointing: Pointing,
    /// The services whose absence would begin to count, were the observation believed.
    pub would_count: Option<Vec<(ServiceId, Box<str>)>>,
    /// What happened to the service before: what, when.
    pub history: Vec<(Timestamp, Box<str>)>,
}

/// An event type whose title is like a service's name.
#[derive(Debug, Clone)]
pub struct Alike {
    /// Which.
    pub event_type_id: EventTypeId,
    /// Its title: foreign text.
    pub title: Box<str>,
    /// The service that has it already.
    pub service: Option<ServiceId>,
}

/// What points at a service.
#[derive(Debug, Clone, Default)]
pub enum Pointing {
    /// The question is about no service.
    #[default]
    NotAsked,
    /// The configuration names no table that points at services.
    NotConfigured,
    /// The application's tables could not be read.
    Unreadable,
    /// It is known.
    Known {
        /// How many.
        found: References,
        /// When the next of them is due, as the application wrote it.
        next: Option<Box<str>>,
    },
}

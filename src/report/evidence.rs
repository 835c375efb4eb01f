//! What a person needs to answer one question: collected once, told in any voice.

use crate::model::Timestamp;
use crate::model::ids::{EventTypeId, TeamId};
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
    /// How many other services' event types went with the same observation.
    pub gone_together: usize,
    /// Event types that no service is linked to, and whose titles are alike: probably recreated.
    pub alike: Vec<(EventTypeId, Box<str>)>,
    /// What points at the service; `None`: nobody could tell.
    pub references: Option<References>,
    /// When the next of them is due, as the application wrote it.
    pub next_due: Option<Box<str>>,
    /// What happened to the service before: what, when.
    pub history: Vec<(Timestamp, Box<str>)>,
}

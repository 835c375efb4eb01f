//! What Cal.com has.

use super::ids::{EventTypeId, TeamId};
use serde::{Deserialize, Serialize};

/// A Cal.com event type: the fields that matter here, each of them required of every answer.
///
/// A field that Cal.com leaves out is *unknown*, never a default; an answer with an item that
/// lacks one of these is not a reading at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventType {
    /// Cal.com's number for it.
    pub id: EventTypeId,
    /// The team the item itself says it belongs to; `assess` compares it with the one asked for.
    pub team_id: TeamId,
    /// The name people see, as sent: foreign text.
    pub title: Box<str>,
    /// Unique within a team, and mutable.
    pub slug: Box<str>,
    /// Length of an appointment, in minutes.
    pub length_minutes: u32,
    /// Whether it shows on the booking page. Hidden is *present*.
    pub visibility: Visibility,
}

/// Whether an event type shows on Cal.com's own booking page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Anybody sees it.
    Public,
    /// Only the team's admins see it. Not deletion: `hidden: true` is present.
    Hidden,
}

//! What was read, before anybody judged it.
//!
//! A read that failed is a [`SourceTrouble`], and can never be seen as a list.

use super::Timestamp;
use super::event_type::EventType;
use super::ids::{EventTypeId, TeamId};
use super::observation::Check;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What one run saw of one team.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The team asked for.
    pub team_id: TeamId,
    /// The run's moment.
    pub at: Timestamp,
    /// All that was read, or what stood in the way.
    pub outcome: Result<Answer, SourceTrouble>,
}

/// A complete answer of Cal.com about one team: holding one proves that the read finished.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The team's own record; `None` where Cal.com said `data: null`.
    pub identity: Option<TeamRecord>,
    /// The list, in the order sent, every item with all its required fields.
    pub event_types: Vec<EventType>,
    /// One event type of the list, looked up by its own id; `None` where the list was empty.
    pub witness: Option<Witness>,
}

/// A team, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRecord {
    /// Its number.
    pub id: TeamId,
    /// Its slug; Cal.com may leave it out.
    pub slug: Option<Box<str>>,
    /// Its name: foreign text.
    pub name: Box<str>,
    /// A team, or an organization under a team's route.
    pub kind: TeamKind,
}

/// Organizations are rows of the same kind at Cal.com, normally with no event types of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamKind {
    /// What we want.
    Team,
    /// `isOrganization: true`.
    Organization,
}

/// An event type known to exist, looked up by its own id in the same run with the same key.
///
/// The item route needs the team's admin. So does seeing hidden event types in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Which event type of the list was asked for.
    pub event_type_id: EventTypeId,
    /// What Cal.com said.
    pub answer: LookUp,
}

/// The answer to "does this team have this event type?", asked by the event type's own id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUp {
    /// `200`, and the item carries this id and this team.
    Exists,
    /// `404` with the message `Event type with id N not found`, and nothing else.
    NotFound,
    /// Anything else: it says nothing about the event type.
    Unclear(SourceTrouble),
}

/// Why something could not be read: what was asked, and what came instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTrouble {
    /// The check that names it: one of `transport`, `unauthorized`, `unexpected-status`,
    /// `not-found`, `content-type`, `envelope`, `malformed`.
    pub check: Check,
    /// The request, as method and path; never with a key.
    pub request: Box<str>,
    /// What was seen instead of an answer, for people; foreign text in it is quoted and cut.
    pub seen: Box<str>,
    /// Whom it concerns.
    pub reach: Reach,
}

/// How far a trouble reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// This request's team only; other teams go on.
    Team,
    /// The key itself, and so every team read with it.
    Key,
}

impl fmt::Display for SourceTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.request, self.seen)
    }
}

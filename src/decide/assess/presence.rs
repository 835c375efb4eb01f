//! What accepted observations prove: who is present, and who is absent.

use crate::model::event_type::EventType;
use crate::model::ids::{EventTypeId, TeamId};
use crate::model::observation::{Observation, Verdict};

/// An observation that proves presence and absence. Made here alone, from observations that
/// `assess` judged.
#[derive(Debug, Clone, Copy)]
pub struct AcceptedObservation<'a> {
    team_id: TeamId,
    event_types: &'a [EventType],
}

impl<'a> AcceptedObservation<'a> {
    fn of(observation: &'a Observation) -> Option<Self> {
        if observation.verdict != Verdict::Accepted {
            return None;
        }
        let event_types = observation.event_types.as_deref()?;
        Some(Self { team_id: observation.team_id, event_types })
    }

    /// The team.
    pub fn team_id(&self) -> TeamId {
        self.team_id
    }

    /// What it shows, in id order.
    pub fn event_types(&self) -> &'a [EventType] {
        self.event_types
    }
}

/// What the accepted observations of one run prove about one company.
#[derive(Debug)]
pub struct Presence<'a> {
    accepted: Vec<AcceptedObservation<'a>>,
    coverage: Coverage,
}

/// Whether all of a company's teams were accepted in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All: what is in none of them is absent.
    Whole,
    /// Some: what is in them is present; nothing is absent.
    Partial,
    /// None: nothing is known.
    Nothing,
}

/// What is known of one event type.
#[derive(Debug)]
pub enum Known<'a> {
    /// An accepted observation of this run shows it.
    Present(&'a EventType),
    /// Accepted observations of all teams do not.
    Absent(ProvenAbsence),
    /// Not every team was accepted, and those that were do not show it.
    Unknown,
}

/// An absence that accepted observations of all teams of a company prove. Nothing else makes one,
/// and no deactivation is planned without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvenAbsence {
    event_type_id: EventTypeId,
}

impl ProvenAbsence {
    /// What is absent.
    pub fn event_type_id(self) -> EventTypeId {
        self.event_type_id
    }
}

impl<'a> Presence<'a> {
    /// A configured team that was not even read is no proof of anything either.
    pub(super) fn of(observations: &'a [Observation], teams: &[TeamId]) -> Self {
        let accepted: Vec<_> = observations.iter().filter_map(AcceptedObservation::of).collect();
        let was_accepted = |team: &TeamId| accepted.iter().any(|read| read.team_id == *team);
        let coverage = if accepted.is_empty() {
            Coverage::Nothing
        } else if accepted.len() == observations.len() && teams.iter().all(was_accepted) {
            Coverage::Whole
        } else {
            Coverage::Partial
        };
        Self { accepted, coverage }
    }

    /// Whether all teams were accepted.
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// The accepted observations, in order of their teams. One that shows anything has its
    /// witness: without it `assess` would have quarantined it.
    pub fn accepted(&self) -> impl Iterator<Item = AcceptedObservation<'a>> + '_ {
        self.accepted.iter().copied()
    }

    /// What is known of one event type.
    pub fn of_event_type(&self, id: EventTypeId) -> Known<'a> {
        let found = self.accepted.iter().find_map(|observation| {
            let event_types = observation.event_types;
            let place = event_types.binary_search_by_key(&id, |event_type| event_type.id).ok()?;
            event_types.get(place)
        });
        match (found, self.coverage) {
            (Some(event_type), _) => Known::Present(event_type),
            (None, Coverage::Whole) => Known::Absent(ProvenAbsence { event_type_id: id }),
            (None, Coverage::Partial | Coverage::Nothing) => Known::Unknown,
        }
    }

    /// Every event type shown, team by team, in id order within a team.
    pub fn event_types(&self) -> impl Iterator<Item = &'a EventType> + '_ {
        self.accepted.iter().flat_map(|observation| observation.event_types)
    }
}

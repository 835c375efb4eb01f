//! The look-up by id, and what comes out of it. Here alone a [`ClearedChange`] is made.

use crate::decide::assess::{Coverage, Presence};
use crate::model::ids::{EventTypeId, ServiceId, TeamId};
use crate::model::reading::LookUp;
use crate::model::review::{Breadth, Question};
use crate::model::run::Intent;
use std::collections::BTreeMap;

/// A change that may be written. It cannot be copied, it cannot be made outside the gate, and the
/// store takes it by value: no clearance, no write; one clearance, one write.
#[derive(Debug)]
#[must_use = "a cleared change waits to be applied"]
pub struct ClearedChange {
    intent: Intent,
}

impl ClearedChange {
    pub(super) fn by_policy(intent: Intent) -> Self {
        Self { intent }
    }

    pub(super) fn by_approval(intent: Intent) -> Self {
        Self { intent }
    }

    /// What will be written, and why.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }
}

/// A deactivation on its way to being asked about or written: first its event type is looked up by
/// its own id, in every team of the company.
#[derive(Debug)]
#[must_use = "what is due must be confirmed, or it is neither asked nor done"]
pub struct Due {
    question: Question,
    path: Path,
}

#[derive(Debug)]
enum Path {
    Ask,
    Approved(Intent, Breadth),
    Automatic(Intent),
}

/// What became of a due deactivation.
#[derive(Debug)]
pub enum Confirmed {
    /// It may be written.
    Cleared(ClearedChange),
    /// It may be asked.
    Ask(Question),
    /// The event type is alive: the list cannot be relied on.
    Contradicted {
        /// What would have been asked or done.
        question: Question,
        /// Where it is alive.
        team_id: TeamId,
    },
    /// The look-up said nothing: it waits.
    Unclear {
        /// What would have been asked or done.
        question: Question,
        /// The team whose answer said nothing.
        team_id: TeamId,
        /// What was seen, for people.
        seen: Box<str>,
    },
}

impl Due {
    pub(super) fn ask(question: Question) -> Self {
        Self { question, path: Path::Ask }
    }

    pub(super) fn approved(question: Question, intent: Intent, breadth: Breadth) -> Self {
        Self { question, path: Path::Approved(intent, breadth) }
    }

    pub(super) fn automatic(question: Question, intent: Intent) -> Self {
        Self { question, path: Path::Automatic(intent) }
    }

    /// What it would switch off.
    pub fn service_id(&self) -> Option<ServiceId> {
        self.question.subject.service_id
    }

    /// What must be looked up.
    pub fn event_type_id(&self) -> Option<EventTypeId> {
        self.question.subject.event_type_id
    }

    /// What is, or would be, asked.
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// What would be written, where no question stands in the way.
    pub fn intent(&self) -> Option<&Intent> {
        match &self.path {
            Path::Ask => None,
            Path::Approved(intent, _) | Path::Automatic(intent) => Some(intent),
        }
    }

    /// Holds the answers of every team of the company against it.
    ///
    /// Only `404 "Event type with id N not found"` from all of them, each with its own witness in
    /// the same run, lets it pass. A team whose list is empty has no witness; then a person must
    /// have named the number.
    pub fn confirm(self, presence: &Presence<'_>, answers: &BTreeMap<TeamId, LookUp>) -> Confirmed {
        if let Some((team_id, _)) = answers.iter().find(|(_, answer)| **answer == LookUp::Exists) {
            return Confirmed::Contradicted { question: self.question, team_id: *team_id };
        }
        match self.first_doubt(presence, answers) {
            Some((team_id, seen)) => Confirmed::Unclear { question: self.question, team_id, seen },
            None => match self.path {
                Path::Ask => Confirmed::Ask(self.question),
                Path::Approved(intent, _) | Path::Automatic(intent) => {
                    Confirmed::Cleared(ClearedChange { intent })
                }
            },
        }
    }

    fn first_doubt(
        &self,
        presence: &Presence<'_>,
        answers: &BTreeMap<TeamId, LookUp>,
    ) -> Option<(TeamId, Box<str>)> {
        let needs_witness = match &self.path {
            Path::Ask => false,
            Path::Automatic(_) => true,
            Path::Approved(_, breadth) => *breadth == Breadth::WithinLimits,
        };
        let mut teams = presence.accepted().peekable();
        if teams.peek().is_none() || presence.coverage() != Coverage::Whole {
            return Some((TeamId(0), "not every team of the company was accepted".into()));
        }
        teams.find_map(|team| {
            let team_id = team.team_id();
            match answers.get(&team_id) {
                None => Some((team_id, "it was not looked up".into())),
                Some(LookUp::Unclear(trouble)) => Some((team_id, trouble.to_string().into())),
                Some(LookUp::Exists) => Some((team_id, "it exists".into())),
                Some(LookUp::NotFound) if needs_witness && team.event_types().is_empty() => Some((
                    team_id,
                    "the list is empty, so there is no witness: only an approval that names its number (--mass) passes".into(),
                )),
                Some(LookUp::NotFound) => None,
            }
        })
    }
}

//! What is an observation worth? Judged here, and nowhere else.
//!
//! A source that says nothing is not a source that says no: of all readings only an accepted one
//! can prove an absence, and [`AcceptedObservation`], from which alone absence is computed, can
//! only be made in this file.

use crate::model::Timestamp;
use crate::model::event_type::EventType;
use crate::model::ids::{CompanyId, EventTypeId, TeamId};
use crate::model::memory::{AcceptedBy, PreviousObservation, TeamMemory, TeamPast};
use crate::model::observation::{
    Finding, IdentityMismatch, Observation, Scope, Series, Verdict, Weight, Yardstick,
};
use crate::model::policy::{CompanyPolicy, TeamPolicy};
use crate::model::reading::{Answer, Reading, TeamKind, TeamRecord};
use std::collections::BTreeSet;

mod continuity;
mod presence;
mod witness;
#[cfg(test)]
mod tests;

use continuity::{new_scope, streaks_expired, too_soon};
pub use presence::{AcceptedObservation, Coverage, Known, Presence, ProvenAbsence};

/// What is known of one team when its reading is judged.
#[derive(Debug)]
pub struct TeamInput {
    /// What was read, or why not.
    pub reading: Reading,
    /// What it was made of.
    pub scope: Scope,
    /// What the ledger remembers.
    pub memory: TeamMemory,
}

/// The judged observations of all of a company's teams in one run. Only [`assess`] makes one.
#[derive(Debug)]
pub struct Assessment {
    observations: Vec<Observation>,
    teams: Vec<TeamId>,
}

impl Assessment {
    /// One observation for each configured team, in order of the teams' ids.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// What the accepted ones prove.
    pub fn presence(&self) -> Presence<'_> {
        Presence::of(&self.observations, &self.teams)
    }

    /// Every event type that is proved present: by an accepted observation, or by a quarantined
    /// one, which proves that much and no more.
    pub fn shown(&self) -> BTreeSet<EventTypeId> {
        self.observations
            .iter()
            .filter(|one| matches!(one.verdict, Verdict::Accepted | Verdict::Quarantined))
            .flat_map(|observation| observation.event_types.iter().flatten())
            .map(|event_type| event_type.id)
            .collect()
    }
}

/// Judges the readings of a company's teams.
///
/// `linked_active` holds the event types that the company's active services are linked to.
pub fn assess(
    company: &CompanyPolicy,
    teams: Vec<TeamInput>,
    linked_active: &BTreeSet<EventTypeId>,
) -> Assessment {
    judge(company, teams, Some(linked_active))
}

/// The same where the company's rows could not be read: a team's first list has nothing then to be
/// held against, and does not become a baseline.
pub fn assess_without_services(company: &CompanyPolicy, teams: Vec<TeamInput>) -> Assessment {
    judge(company, teams, None)
}

fn judge(
    company: &CompanyPolicy,
    teams: Vec<TeamInput>,
    services: Option<&BTreeSet<EventTypeId>>,
) -> Assessment {
    let none = BTreeSet::new();
    let linked_active = services.unwrap_or(&none);
    let mut judged: Vec<Judged> = teams
        .into_iter()
        .filter_map(|input| {
            let policy = company.teams.iter().find(|team| team.team_id == input.reading.team_id)?;
            Some(judge_alone(company, policy, input, linked_active))
        })
        .collect();
    if services.is_none() {
        let first_lists = judged.iter_mut().filter(|team| team.memory.previous.is_none());
        for team in first_lists.filter(|team| team.event_types.is_some()) {
            team.findings.push(Finding::ServicesUnknown);
        }
    }
    compare_with_services(company, &mut judged, linked_active);
    weigh_absences(company, &mut judged);
    Assessment {
        observations: judged.into_iter().map(Judged::into_observation).collect(),
        teams: company.teams.iter().map(|team| team.team_id).collect(),
    }
}

/// A team's reading on its way to an observation.
struct Judged {
    company: CompanyId,
    team_id: TeamId,
    at: Timestamp,
    scope: Scope,
    memory: TeamMemory,
    findings: Vec<Finding>,
    event_types: Option<Vec<EventType>>,
}

impl Judged {
    fn verdict(&self) -> Verdict {
        let worst = self.findings.iter().map(|finding| finding.check().verdict()).max();
        worst.unwrap_or(Verdict::Accepted)
    }

    /// The list, where it may be believed as far as presence goes.
    fn believable_list(&self) -> &[EventType] {
        match self.verdict() {
            Verdict::Accepted | Verdict::Quarantined => self.event_types.as_deref().unwrap_or(&[]),
            Verdict::Rejected | Verdict::Failed => &[],
        }
    }

    fn series(&self) -> Series {
        let starts = self.findings.iter().any(|finding| {
            matches!(finding, Finding::NewScope { .. } | Finding::StreaksExpired { .. })
        });
        if starts { Series::Starts } else { Series::Continues }
    }

    fn weight(&self) -> Weight {
        let held_back = self.findings.iter().any(|finding| {
            matches!(
                finding,
                Finding::NewScope { .. } | Finding::TooSoon { .. } | Finding::OtherTeam { .. }
            )
        });
        match self.verdict() {
            Verdict::Accepted if !held_back => Weight::CountsForAbsence,
            Verdict::Accepted | Verdict::Quarantined => Weight::PresenceOnly,
            Verdict::Rejected | Verdict::Failed => Weight::Nothing,
        }
    }

    fn into_observation(self) -> Observation {
        Observation {
            team_id: self.team_id,
            company_id: self.company,
            at: self.at,
            verdict: self.verdict(),
            weight: self.weight(),
            series: self.series(),
            previous_event_types: self.memory.previous.map(|previous| previous.event_types.len()),
            scope: self.scope,
            findings: self.findings,
            event_types: self.event_types,
        }
    }
}

/// Everything that can be said of a team without looking at its siblings.
fn judge_alone(
    company: &CompanyPolicy,
    policy: &TeamPolicy,
    input: TeamInput,
    linked_active: &BTreeSet<EventTypeId>,
) -> Judged {
    let TeamInput { reading, scope, memory } = input;
    let mut judged = Judged {
        company: company.company_id,
        team_id: reading.team_id,
        at: reading.at,
        scope,
        memory,
        findings: Vec::new(),
        event_types: None,
    };
    match reading.outcome {
        Err(trouble) => judged.findings.push(Finding::Source(trouble)),
        Ok(answer) => judge_answer(company, policy, answer, linked_active, &mut judged),
    }
    judged
}

fn judge_answer(
    company: &CompanyPolicy,
    policy: &TeamPolicy,
    answer: Answer,
    linked_active: &BTreeSet<EventTypeId>,
    judged: &mut Judged,
) {
    let Answer { identity, mut event_types, witness } = answer;
    let findings = &mut judged.findings;
    findings.extend(wrong_identity(policy, identity.as_ref()).map(Finding::Identity));
    findings.extend(wrong_team(policy.team_id, &event_types));

    event_types.sort_by_key(|event_type| event_type.id);
    let sent = event_types.len();
    event_types.dedup();
    findings.extend(duplicates(&event_types));
    if event_types.len() < sent {
        findings.push(Finding::Twins { merged: sent - event_types.len() });
    }
    findings.extend(witness::untrue(witness, &event_types));
    findings.extend(missing_canaries(policy, &judged.memory, &event_types));
    findings.extend(empty(&judged.memory, &event_types, linked_active));
    findings.extend(shrunk_since_previous(company, judged.memory.previous.as_ref(), &event_types));
    findings.extend(new_scope(judged.memory.previous.as_ref(), &judged.scope));
    findings.extend(streaks_expired(company, judged.memory.previous.as_ref(), judged.at));
    findings.extend(too_soon(company, judged.memory.last_counted_at, judged.at));
    judged.event_types = Some(event_types);
}

fn wrong_identity(policy: &TeamPolicy, record: Option<&TeamRecord>) -> Option<IdentityMismatch> {
    let Some(record) = record else { return Some(IdentityMismatch::Null) };
    if record.id != policy.team_id {
        return Some(IdentityMismatch::Id { says: record.id });
    }
    if record.kind == TeamKind::Organization {
        return Some(IdentityMismatch::Organization);
    }
    let configured = policy.slug.as_ref()?;
    (record.slug.as_ref() != Some(configured)).then(|| IdentityMismatch::Slug {
        says: record.slug.clone(),
        configured: configured.clone(),
    })
}

fn wrong_team(team_id: TeamId, event_types: &[EventType]) -> Option<Finding> {
    let mut foreign = event_types.iter().filter(|event_type| event_type.team_id != team_id);
    let first = foreign.next()?;
    Some(Finding::WrongTeam {
        event_type_id: first.id,
        says: first.team_id,
        items: 1 + foreign.count(),
    })
}

/// Of a list in id order without identical twins.
fn duplicates(event_types: &[EventType]) -> Option<Finding> {
    event_types.windows(2).find_map(|pair| match pair {
        [one, other] if one.id == other.id => Some(Finding::Duplicates { event_type_id: one.id }),
        _ => None,
    })
}

fn missing_canaries(
    policy: &TeamPolicy,
    memory: &TeamMemory,
    event_types: &[EventType],
) -> Option<Finding> {
    let missing: Vec<EventTypeId> = policy
        .must_contain
        .iter()
        .copied()
        .filter(|canary| !memory.retired_canaries.contains(canary) && !shows(event_types, *canary))
        .collect();
    (!missing.is_empty()).then_some(Finding::Canary { missing })
}

fn empty(
    memory: &TeamMemory,
    event_types: &[EventType],
    linked_active: &BTreeSet<EventTypeId>,
) -> Option<Finding> {
    if !event_types.is_empty() {
        return None;
    }
    // Once accepted by a person, empty is ordinary until types return: the next empty ones are
    // accepted by the checks, and of a team that had some that can only be in the person's wake.
    let accepted_as_empty = memory.previous.as_ref().is_some_and(|previous| {
        previous.event_types.is_empty()
            && (previous.accepted_by == AcceptedBy::Person || memory.past == TeamPast::HadSome)
    });
    let expected_some = memory.past == TeamPast::HadSome || !linked_active.is_empty();
    (expected_some && !accepted_as_empty).then(|| Finding::Empty {
        previous: memory.previous.as_ref().map(|previous| previous.event_types.len()),
        linked: linked_active.len(),
    })
}

/// Ids, not counts: as many new ones as lost ones are the worst of all.
fn shrunk_since_previous(
    company: &CompanyPolicy,
    previous: Option<&PreviousObservation>,
    event_types: &[EventType],
) -> Option<Finding> {
    let previous = previous?;
    let gone = previous.event_types.iter().copied().filter(|id| !shows(event_types, *id));
    let of = previous.event_types.len();
    shrunk(company, gone, of, Yardstick::PreviousObservation).filter(|_| !event_types.is_empty()) // `empty` has said it already
}

fn shrunk(
    company: &CompanyPolicy,
    gone: impl Iterator<Item = EventTypeId>,
    of: usize,
    yardstick: Yardstick,
) -> Option<Finding> {
    let mut gone: Vec<EventTypeId> = gone.collect();
    let allowed = plausible_loss(company.safety.max_shrink_percent, of);
    let gone_count = gone.len();
    gone.truncate(Finding::IDS_SHOWN);
    (gone_count > allowed).then_some(Finding::Shrunk { gone, gone_count, of, allowed, yardstick })
}

/// One missing is always plausible; beyond that, whole numbers of percent, rounded down.
fn plausible_loss(percent: u32, of: usize) -> usize {
    let share = (of as u128 * u128::from(percent)) / 100;
    usize::try_from(share).unwrap_or(usize::MAX).max(1)
}

/// While a team was never accepted, the company's active services are the yardstick: too many of
/// their event types in none of the lists of this run make that team's observation implausible.
fn compare_with_services(
    company: &CompanyPolicy,
    judged: &mut [Judged],
    linked_active: &BTreeSet<EventTypeId>,
) {
    if judged.iter().all(|team| team.memory.previous.is_some()) {
        return;
    }
    let lists = judged.iter().flat_map(Judged::believable_list);
    let shown: BTreeSet<EventTypeId> = lists.map(|event_type| event_type.id).collect();
    let gone = linked_active.difference(&shown).copied();
    let Some(finding) = shrunk(company, gone, linked_active.len(), Yardstick::ActiveServices)
    else {
        return;
    };
    for team in judged {
        if team.memory.previous.is_none() && !team.believable_list().is_empty() {
            team.findings.push(finding.clone());
        }
    }
}

/// Absence for a company needs an accepted observation of all its teams in the same run.
fn weigh_absences(company: &CompanyPolicy, judged: &mut [Judged]) {
    let not_accepted = judged
        .iter()
        .find(|team| team.verdict() != Verdict::Accepted)
        .map(|team| (team.team_id, team.verdict()))
        .or_else(|| {
            // A configured team without any reading: cannot happen, and must not count if it does.
            let unread = company
                .teams
                .iter()
                .find(|team| !judged.iter().any(|read| read.team_id == team.team_id))?;
            Some((unread.team_id, Verdict::Failed))
        });
    let Some((team_id, verdict)) = not_accepted else { return };
    for team in judged.iter_mut().filter(|team| team.verdict() == Verdict::Accepted) {
        team.findings.push(Finding::OtherTeam { team_id, verdict });
    }
}

fn shows(event_types: &[EventType], id: EventTypeId) -> bool {
    event_types.binary_search_by_key(&id, |event_type| event_type.id).is_ok()
}

//! Quarantined observations: a person believes one, or does not.

use super::{Queue, Refusal, company_of};
use crate::flow::work::Records;
use crate::io::ledger::{Acceptance, Ledger, ObservationRecord};
use crate::model::ids::{ObservationId, ServiceId};
use crate::model::observation::{Check, Finding, Verdict};
use crate::model::review::Word;
use anyhow::Context;
use std::collections::BTreeSet;

impl Queue<'_> {
    /// Believes a quarantined observation; what that means.
    ///
    /// # Errors
    /// [`Refusal::NotAcceptable`] where nobody can.
    pub fn accept(&mut self, id: ObservationId, word: &Word) -> anyhow::Result<Meaning> {
        let (meaning, acceptance) = acceptance(self.records, &self.ledger, id)?;
        self.ledger.accept_observation(word, &acceptance).context("nothing was recorded")?;
        Ok(meaning)
    }

    /// Does not believe a quarantined observation.
    pub fn discard(&mut self, id: ObservationId, word: &Word) -> anyhow::Result<Meaning> {
        let meaning = meaning(&self.ledger, id)?;
        self.ledger.discard_observation(word, id).context("nothing was recorded")?;
        Ok(meaning)
    }
}

/// What accepting an observation would mean, before anybody says yes.
#[derive(Debug, Clone)]
pub struct Meaning {
    /// The observation.
    pub observation: ObservationRecord,
    /// The active services whose absence would begin to count, with their names.
    pub absent: Vec<(ServiceId, Box<str>)>,
}

pub(super) fn meaning(ledger: &Ledger, id: ObservationId) -> anyhow::Result<Meaning> {
    let refuse = |why: String| Refusal::NotAcceptable { id, why };
    let observation =
        ledger.observation(id)?.ok_or_else(|| refuse("does not exist in this ledger".into()))?;
    if observation.verdict != Verdict::Quarantined {
        return Err(refuse(format!("is {}, not quarantined", observation.verdict)).into());
    }
    if observation.accepted_by.is_some() {
        return Err(refuse("was accepted already".into()).into());
    }
    let newest = ledger.newest_observation(observation.team_id)?;
    if let Some(newest) = newest.filter(|newest| newest.id != id) {
        return Err(refuse(newer(&newest)).into());
    }
    if let Some(check) = in_the_way(&observation) {
        let why = format!("cannot be accepted by anybody: {check} is not a matter of opinion");
        return Err(refuse(why).into());
    }
    let shown: BTreeSet<_> =
        ledger.shown_by(id)?.unwrap_or_default().into_iter().map(|shown| shown.id).collect();
    let absent = ledger
        .rows_last_seen(observation.company_id)?
        .into_iter()
        .filter(|row| row.is_active)
        .filter(|row| row.event_type_id.is_some_and(|link| !shown.contains(&link)))
        .map(|row| (row.service_id, row.name))
        .collect();
    Ok(Meaning { observation, absent })
}

/// The check that nobody can overrule, if there is one.
fn in_the_way(observation: &ObservationRecord) -> Option<Check> {
    let mut checks = observation.findings.iter().map(Finding::check);
    checks.find(|check| !check.can_be_accepted())
}

/// Which one is the newest, and whether it waits for an answer: a number in a mail is soon that of
/// an older one.
fn newer(newest: &ObservationRecord) -> String {
    let (id, run) = (newest.id, newest.run_id);
    let then = match (newest.verdict, &newest.accepted_by, in_the_way(newest)) {
        (Verdict::Accepted, ..) => "It was accepted, so there is nothing to answer".to_owned(),
        (_, Some(by), _) => format!("{by} has accepted it already"),
        (Verdict::Quarantined, None, None) => format!(
            "See whether it says the same, with `reconciler show {run}`; then \
             `reconciler review accept {id}`, or discard"
        ),
        (verdict, None, _) => {
            format!("It is {verdict}, and nobody can accept that: `reconciler show {run}`")
        }
    };
    format!("is not the team's newest any more: that is observation {id}, of run {run}. {then}")
}

/// What the ledger needs to know of a yes.
pub(super) fn acceptance(
    records: Records<'_>,
    ledger: &Ledger,
    id: ObservationId,
) -> anyhow::Result<(Meaning, Acceptance)> {
    let meaning = meaning(ledger, id)?;
    let team_id = meaning.observation.team_id;
    let held_back = meaning
        .observation
        .findings
        .iter()
        .any(|one| matches!(one, Finding::NewScope { .. } | Finding::TooSoon { .. }));
    let siblings = ledger.observations_of_run(meaning.observation.run_id)?;
    let all_accepted = siblings
        .iter()
        .filter(|one| one.company_id == meaning.observation.company_id && one.id != id)
        .all(|one| one.verdict == Verdict::Accepted || one.accepted_by.is_some());
    let must_contain = company_of(records, meaning.observation.company_id)
        .and_then(|company| company.teams.iter().find(|team| team.team_id == team_id))
        .map(|team| team.must_contain.clone())
        .unwrap_or_default();
    let shown = ledger.shown_by(id)?.unwrap_or_default().into_iter().map(|one| one.id).collect();
    let counts = !held_back && all_accepted;
    let acceptance = Acceptance { observation: id, team: team_id, shown, counts, must_contain };
    Ok((meaning, acceptance))
}

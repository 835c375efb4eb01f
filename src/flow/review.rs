//! Review: people answer questions. Nothing here writes to a service: only a run does, on its own
//! accepted observation, with the witness and the look-up.

use super::work::Work;
use crate::decide::gate::{Room, WINDOW};
use crate::io::ledger::{Answer, Ledger, LedgerError, ObservationRecord};
use crate::model::Timestamp;
use crate::model::change::Change;
use crate::model::ids::{CompanyId, ObservationId, ReviewId, RunId, ServiceId};
use crate::model::observation::{Finding, Verdict};
use crate::model::policy::CompanyPolicy;
use crate::model::review::{Breadth, HoldTarget, ReviewItem, ReviewKind, ReviewState, Word};
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

pub mod evidence;

/// What a person says to some questions at once.
#[derive(Debug, Clone)]
pub enum Request {
    /// Yes; with the number of deactivations, where it is named.
    Approve {
        /// `--mass N`.
        mass: Option<u32>,
    },
    /// No: leave it alone.
    Keep,
    /// Ask again later.
    Snooze {
        /// How much later.
        pause: Duration,
    },
}

/// Why a request was refused whole. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No such question.
    #[error("there is no question {0}; `reconciler review list` shows those that wait")]
    Unknown(ReviewId),
    /// It is not open any more.
    #[error("question {id} ({what}) does not wait for an answer: it is {state}")]
    NotOpen {
        /// Which.
        id: ReviewId,
        /// What it was about.
        what: String,
        /// What it is.
        state: &'static str,
    },
    /// It is about an observation.
    #[error(
        "question {id} is about an observation: `reconciler review accept {observation}`, or discard"
    )]
    Observation {
        /// Which.
        id: ReviewId,
        /// Its observation.
        observation: ObservationId,
    },
    /// More than the limits leave room for.
    #[error(
        "company {company}: these are {asked} deactivations, and the limits leave room for {left} \
         ({used} of {limit} are used up in the last seven days); say --mass {total} if you mean all of them"
    )]
    NeedsMass {
        /// The company.
        company: CompanyId,
        /// How many deactivations of it are among the ids.
        asked: u32,
        /// How many there is room for.
        left: u32,
        /// The limit.
        limit: u32,
        /// How much of it is used.
        used: u32,
        /// How many deactivations are among the ids, over all companies.
        total: u32,
    },
    /// `--mass` names another number.
    #[error("--mass {said} does not fit: {counted} deactivations are among these questions")]
    WrongNumber {
        /// What was said.
        said: u32,
        /// What there is.
        counted: u32,
    },
    /// There is no ledger.
    #[error("there is no ledger at {}: no run was made yet", .0.display())]
    NoLedger(PathBuf),
    /// The observation cannot be accepted or discarded.
    #[error("observation {id} {why}")]
    NotAcceptable {
        /// Which.
        id: ObservationId,
        /// Why not.
        why: String,
    },
}

/// What became of a request to hold something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It is held.
    Held,
    /// No run has seen such a service.
    UnknownService,
}

/// The review queue, open for answers.
#[derive(Debug)]
pub struct Queue<'a> {
    work: &'a Work,
    ledger: Ledger,
}

/// The questions that wait, oldest first; with `All`, every question that was ever asked.
pub fn list(work: &Work, which: Which) -> anyhow::Result<Vec<ReviewItem>> {
    let ledger = work.ledger_to_read().context("the questions could not be read")?;
    if which == Which::All {
        return Ok(ledger.all_reviews()?);
    }
    let mut items = ledger.open_reviews()?;
    items.retain(|item| item.state != ReviewState::Snoozed);
    Ok(items)
}

/// Which questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Pending or approved.
    Waiting,
    /// All.
    All,
}

impl<'a> Queue<'a> {
    /// Opens the ledger to write answers down. A ledger that does not exist has no questions, and
    /// is not made.
    pub fn open(work: &'a Work) -> anyhow::Result<Self> {
        if !work.ledger.exists() {
            return Err(Refusal::NoLedger(work.ledger.clone()).into());
        }
        let ledger = Ledger::open(&work.ledger).context("nothing was recorded")?;
        Ok(Self { work, ledger })
    }

    /// Answers questions: all of them, or none.
    pub fn answer(
        &mut self,
        ids: &[ReviewId],
        request: &Request,
        word: &Word,
    ) -> anyhow::Result<Vec<ReviewItem>> {
        let wanted: BTreeSet<ReviewId> = ids.iter().copied().collect();
        let items = wanted.into_iter().map(|id| open_item(&self.ledger, id));
        let items: Vec<ReviewItem> = items.collect::<anyhow::Result<_>>()?;
        if let Request::Approve { mass } = request {
            check_room(self.work, &self.ledger, &items, *mass, word.at)?;
        }
        let answers: Vec<(ReviewId, Answer)> = items
            .iter()
            .map(|item| (item.id, answer_to(self.work, item, request, word.at)))
            .collect();
        match self.ledger.answer(word, &answers) {
            Ok(()) => Ok(items),
            Err(LedgerError::Decided { id }) => {
                let item = self.ledger.review(id)?.ok_or(Refusal::Unknown(id))?;
                Err(not_open(&item).into())
            }
            Err(error) => Err(error).context("nothing was recorded"),
        }
    }

    /// Leaves something alone until it is released.
    pub fn hold(&mut self, target: HoldTarget, word: &Word) -> anyhow::Result<Held> {
        if let HoldTarget::Service(id) = target
            && self.ledger.sightings_of(id)?.is_empty()
        {
            return Ok(Held::UnknownService);
        }
        self.ledger.hold(word, target).context("nothing was recorded")?;
        Ok(Held::Held)
    }

    /// Ends the holds on something; how many there were.
    pub fn release(&mut self, target: HoldTarget, word: &Word) -> anyhow::Result<usize> {
        self.ledger.release(word, target).context("nothing was recorded")
    }

    /// Ends the holds that a rollback left; how many there were.
    pub fn release_run(&mut self, run: RunId, word: &Word) -> anyhow::Result<usize> {
        self.ledger.release_run(word, run).context("nothing was recorded")
    }

    /// Touches no service until then, or until [`Queue::resume`].
    pub fn pause(&mut self, until: Option<Timestamp>, word: &Word) -> anyhow::Result<()> {
        self.ledger.set_pause(word, until).context("nothing was recorded")
    }

    /// Ends a pause; whether there was one.
    pub fn resume(&mut self, word: &Word) -> anyhow::Result<bool> {
        self.ledger.resume(word).context("nothing was recorded")
    }

    /// What accepting an observation would mean.
    ///
    /// # Errors
    /// [`Refusal::NotAcceptable`] where nobody can accept it.
    pub fn meaning(&self, id: ObservationId) -> anyhow::Result<Meaning> {
        meaning(&self.ledger, id)
    }

    /// Believes a quarantined observation.
    pub fn accept(&mut self, id: ObservationId, word: &Word) -> anyhow::Result<Meaning> {
        accept(self.work, &mut self.ledger, id, word)
    }

    /// Does not believe a quarantined observation.
    pub fn discard(&mut self, id: ObservationId, word: &Word) -> anyhow::Result<Meaning> {
        let meaning = meaning(&self.ledger, id)?;
        self.ledger.discard_observation(word, id).context("nothing was recorded")?;
        Ok(meaning)
    }
}

fn open_item(ledger: &Ledger, id: ReviewId) -> anyhow::Result<ReviewItem> {
    let item = ledger.review(id)?.ok_or(Refusal::Unknown(id))?;
    if !item.state.is_open() {
        return Err(not_open(&item).into());
    }
    if let Some(observation) = item.question.subject.observation_id {
        return Err(Refusal::Observation { id, observation }.into());
    }
    Ok(item)
}

fn not_open(item: &ReviewItem) -> Refusal {
    let what = format!("{} {}", item.question.subject.kind, item.question.name);
    Refusal::NotOpen { id: item.id, what, state: item.state.as_str() }
}

fn answer_to(work: &Work, item: &ReviewItem, request: &Request, at: Timestamp) -> Answer {
    match request {
        Request::Approve { mass } => {
            let company = company_of(work, item.question.subject.company_id);
            let ttl = company.map_or(DEFAULT_TTL, |company| company.safety.approval_ttl);
            let expires_at = at + chrono::TimeDelta::from_std(ttl).unwrap_or(WINDOW);
            let breadth = if mass.is_some() { Breadth::Mass } else { Breadth::WithinLimits };
            Answer::Approve { expires_at, breadth }
        }
        Request::Keep => Answer::Keep { holds: what_to_hold(item) },
        Request::Snooze { pause } => {
            let pause = chrono::TimeDelta::from_std(*pause).unwrap_or(WINDOW);
            Answer::Snooze { until: at + pause }
        }
    }
}

/// Of a yes about a company that is not configured any more: no run will use it.
const DEFAULT_TTL: Duration = Duration::from_hours(24);

fn company_of(work: &Work, id: CompanyId) -> Option<&CompanyPolicy> {
    work.companies.iter().find(|company| company.company_id == id)
}

/// What a "no" leaves alone. A relink that is not meant is about the *new* event type: the service
/// stays an orphan, and goes on being watched.
fn what_to_hold(item: &ReviewItem) -> Vec<HoldTarget> {
    let subject = item.question.subject;
    match subject.kind {
        ReviewKind::Deactivate | ReviewKind::Link | ReviewKind::Update | ReviewKind::Reactivate => {
            subject.service_id.map(HoldTarget::Service).into_iter().collect()
        }
        ReviewKind::Import | ReviewKind::Relink => {
            subject.event_type_id.map(HoldTarget::EventType).into_iter().collect()
        }
        ReviewKind::ImportBatch => {
            let changes = item.question.changes.iter();
            changes.filter_map(Change::event_type_id).map(HoldTarget::EventType).collect()
        }
        ReviewKind::Observation => Vec::new(),
    }
}

/// More than the limits leave room for needs the number.
fn check_room(
    work: &Work,
    ledger: &Ledger,
    items: &[ReviewItem],
    mass: Option<u32>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut asked: BTreeMap<CompanyId, u32> = BTreeMap::new();
    for item in items.iter().filter(|item| item.question.subject.kind == ReviewKind::Deactivate) {
        *asked.entry(item.question.subject.company_id).or_default() += 1;
    }
    let total = asked.values().sum();
    match mass {
        Some(said) if said != total => {
            return Err(Refusal::WrongNumber { said, counted: total }.into());
        }
        Some(_) => return Ok(()),
        None => {}
    }
    for (company, asked) in asked {
        let Some(policy) = company_of(work, company) else { continue };
        let room = room_of(ledger, policy, now)?;
        if asked > room.left() {
            let (left, limit, used) = (room.left(), room.limit, room.used());
            return Err(Refusal::NeedsMass { company, asked, left, limit, used, total }.into());
        }
    }
    Ok(())
}

/// The room under the limits, by what the last run saw.
pub fn room_of(ledger: &Ledger, company: &CompanyPolicy, now: Timestamp) -> anyhow::Result<Room> {
    let window = ledger.window(company.company_id, now - WINDOW, now)?;
    let rows = ledger.rows_last_seen(company.company_id)?;
    let active = rows.iter().filter(|row| row.is_active).count();
    let active = u32::try_from(active).unwrap_or(u32::MAX);
    Ok(Room::under(&company.safety, &window, active, now))
}

/// What accepting an observation would mean, before anybody says yes.
#[derive(Debug, Clone)]
pub struct Meaning {
    /// The observation.
    pub observation: ObservationRecord,
    /// The active services whose absence would begin to count, with their names.
    pub absent: Vec<(ServiceId, Box<str>)>,
}

fn meaning(ledger: &Ledger, id: ObservationId) -> anyhow::Result<Meaning> {
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
    if newest.is_some_and(|newest| newest.id != id) {
        let why = "is not the team's newest any more: a later run looked again".into();
        return Err(refuse(why).into());
    }
    let stands_in_the_way =
        observation.findings.iter().map(Finding::check).find(|check| !check.can_be_accepted());
    if let Some(check) = stands_in_the_way {
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

fn accept(
    work: &Work,
    ledger: &mut Ledger,
    id: ObservationId,
    said: &Word,
) -> anyhow::Result<Meaning> {
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
    let canaries: Vec<_> = company_of(work, meaning.observation.company_id)
        .and_then(|company| company.teams.iter().find(|team| team.team_id == team_id))
        .map(|team| team.must_contain.clone())
        .unwrap_or_default();
    let shown = ledger.shown_by(id)?.unwrap_or_default();
    let counts = !held_back && all_accepted;
    ledger
        .accept_observation(said, id, counts, &canaries, (team_id, &shown))
        .context("nothing was recorded")?;
    Ok(meaning)
}

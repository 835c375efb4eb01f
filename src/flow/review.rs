//! Review: people answer questions. Nothing here writes to a service: only a run does, on its own
//! accepted observation, with the witness and the look-up.

use super::look;
use super::work::Records;
use crate::decide::gate::{Room, WINDOW};
use crate::io::ledger::{Answer, Ledger, LedgerError, Said};
use crate::model::Timestamp;
use crate::model::change::Change;
use crate::model::ids::{CompanyId, ReviewId, RunId};
use crate::model::policy::CompanyPolicy;
use crate::model::review::{Breadth, HoldTarget, ReviewItem, ReviewKind, ReviewState, Word};
use crate::report::status::Activity;
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub mod evidence;
mod around;
mod observation;
mod refusal;

pub use around::circumstances;
pub use observation::Meaning;
pub use refusal::Refusal;

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
    records: Records<'a>,
    ledger: Ledger,
}

/// The questions that wait, oldest first; with `All`, every question that was ever asked.
pub fn list(records: Records<'_>, which: Which) -> anyhow::Result<Vec<ReviewItem>> {
    let ledger = records.ledger_to_read().context("the questions could not be read")?;
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
    pub fn open(records: Records<'a>) -> anyhow::Result<Self> {
        if !records.ledger.exists() {
            return Err(Refusal::NoLedger(records.ledger.to_owned()).into());
        }
        let ledger = Ledger::open(records.ledger).context("nothing was recorded")?;
        Ok(Self { records, ledger })
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
        let not_mine = items.iter().find_map(|item| Some((item.id, item.observation()?)));
        if let Some((id, observation)) = not_mine {
            return Err(Refusal::Observation { id, observation }.into());
        }
        if let Request::Approve { mass } = request {
            check_room(self.records, &self.ledger, &items, *mass, word.at)?;
        }
        self.write_down(items.iter().map(|item| (item, request, word)))?;
        Ok(items)
    }

    /// Answers each question, as it was seen, with a word of its own, those about observations
    /// included: all of them, or none where one was answered meanwhile. A yes to an observation
    /// accepts it; anything else discards it.
    pub fn answer_each(&mut self, answers: &[(&ReviewItem, Request, Word)]) -> anyhow::Result<()> {
        let approved = answers.iter().filter_map(|(item, request, word)| {
            let Request::Approve { mass } = request else { return None };
            Some(((*item).clone(), *mass, word.at))
        });
        let approved: Vec<_> = approved.collect();
        if let Some((_, mass, at)) = approved.first().cloned() {
            let approved: Vec<_> = approved.into_iter().map(|(item, ..)| item).collect();
            check_room(self.records, &self.ledger, &approved, mass, at)?;
        }
        self.write_down(answers.iter().map(|(item, request, word)| (*item, request, word)))
    }

    /// Whether a yes to these at once is within the limits.
    ///
    /// # Errors
    /// [`Refusal::NeedsMass`] where it is not.
    pub fn check_room(&self, items: &[ReviewItem], now: Timestamp) -> anyhow::Result<()> {
        check_room(self.records, &self.ledger, items, None, now)
    }

    fn write_down<'b>(
        &mut self,
        answers: impl Iterator<Item = (&'b ReviewItem, &'b Request, &'b Word)>,
    ) -> anyhow::Result<()> {
        let said = answers.map(|(item, request, word)| {
            let answer = match (item.observation(), request) {
                (None, _) => answer_to(self.records, item, request, word.at),
                (Some(id), Request::Approve { .. }) => {
                    Answer::Accept(observation::acceptance(self.records, &self.ledger, id)?.1)
                }
                (Some(id), _) => Answer::Discard(id),
            };
            Ok(Said { item, answer, word: word.clone() })
        });
        let said: Vec<Said<'_>> = said.collect::<anyhow::Result<_>>()?;
        match self.ledger.answer(&said) {
            Ok(()) => Ok(()),
            Err(LedgerError::Decided { id }) => {
                let item = self.ledger.review(id)?.ok_or(Refusal::Unknown(id))?;
                let by = self.ledger.answer_to(id)?.map(|word| word.by);
                Err(answered_meanwhile(&item, by).into())
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

    /// Touches no service until then, or until [`Queue::resume`]; whether a run was at work, which
    /// heeds it before its next write.
    pub fn pause(&mut self, until: Option<Timestamp>, word: &Word) -> anyhow::Result<Activity> {
        self.ledger.set_pause(word, until).context("nothing was recorded")?;
        Ok(look::activity(self.records))
    }

    /// Ends a pause; whether there was one.
    pub fn resume(&mut self, word: &Word) -> anyhow::Result<bool> {
        self.ledger.resume(word).context("nothing was recorded")
    }
}

fn open_item(ledger: &Ledger, id: ReviewId) -> anyhow::Result<ReviewItem> {
    let item = ledger.review(id)?.ok_or(Refusal::Unknown(id))?;
    if !item.state.is_open() {
        return Err(not_open(&item).into());
    }
    Ok(item)
}

fn not_open(item: &ReviewItem) -> Refusal {
    Refusal::NotOpen { id: item.id, what: about(item), state: item.state.as_str() }
}

fn answered_meanwhile(item: &ReviewItem, by: Option<Box<str>>) -> Refusal {
    let is_a_runs =
        matches!(item.state, ReviewState::Void | ReviewState::Expired | ReviewState::Applied);
    let by = by.filter(|_| !is_a_runs).unwrap_or_else(|| "a run".into());
    Refusal::AnsweredMeanwhile { id: item.id, what: about(item), state: item.state.as_str(), by }
}

fn about(item: &ReviewItem) -> String {
    format!("{} {}", item.question.subject.kind, item.question.name)
}

fn answer_to(records: Records<'_>, item: &ReviewItem, request: &Request, at: Timestamp) -> Answer {
    match request {
        Request::Approve { mass } => {
            let company = company_of(records, item.question.subject.company_id);
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

fn company_of(records: Records<'_>, id: CompanyId) -> Option<&CompanyPolicy> {
    records.companies.iter().find(|company| company.company_id == id)
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
    records: Records<'_>,
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
        let Some(policy) = company_of(records, company) else { continue };
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

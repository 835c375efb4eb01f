//! The rules once more, in the order in which the README tells them, and written from the README:
//! what a run must make of a small world. It shares no line with `decide`.

use super::program::Outcome;
use super::state::{
    APPROVAL_TTL, AUTO_MIN_ABSENCE, LastWrite, MIN_OBSERVATION_GAP, One, Row, SNOOZE,
    STREAK_EXPIRES_AFTER, Setup, Stands, State, Status, Weather,
};
use reconciler::model::observation::Verdict;
use std::collections::BTreeSet;

/// `safety.max_deactivations`, the default.
const MAX_DEACTIVATIONS: u32 = 5;

/// A run as it must be.
struct Judge {
    setup: Setup,
    /// The world as the run finds it.
    state: State,
    weather: Weather,
    list: Vec<bool>,
    off: BTreeSet<usize>,
    on: BTreeSet<usize>,
    contradicted: BTreeSet<usize>,
    /// To switch it off, and to switch it on.
    questions: Vec<[Option<Stands>; 2]>,
    /// Services about which the run has a question, or acts on an answer.
    asked: BTreeSet<(usize, usize)>,
    /// More would be switched off than may be: nothing happens by itself.
    is_breached: bool,
}

const OFF: usize = 0;
const ON: usize = 1;

/// What a run must make of a world.
pub fn expects(setup: Setup, before: &State, weather: Weather) -> Outcome {
    let mut state = before.clone();
    state.passes(weather.minutes());
    let (verdict, counts) = believes(&state, weather);
    let list = weather.list(&state).unwrap_or_default();
    let stands = |one: &One| [one.off_item, one.on_item].map(|item| Some(item?.stands));
    let questions = state.services.iter().map(stands).collect();
    let mut judge = Judge {
        setup,
        state,
        weather,
        list,
        off: BTreeSet::new(),
        on: BTreeSet::new(),
        contradicted: BTreeSet::new(),
        questions,
        asked: BTreeSet::new(),
        is_breached: false,
    };
    if matches!(verdict, Verdict::Accepted | Verdict::Quarantined) {
        judge.what_is_shown_is_not_asked();
    }
    if verdict == Verdict::Accepted {
        judge.counts_absences(counts);
        judge.time_runs_out();
        judge.looks_at_the_gone();
        judge.looks_at_the_returned();
        judge.forgets_what_is_not_asked();
    }
    let Judge { off, on, contradicted, questions, .. } = judge;
    Outcome { verdict, counts, off, on, contradicted, questions }
}

/// What a list is worth, and whether what it lacks counts as an absence.
fn believes(state: &State, weather: Weather) -> (Verdict, bool) {
    let Some(list) = weather.list(state) else { return (Verdict::Failed, false) };
    let shown_before = state.shown.iter().filter(|shown| **shown).count();
    let gone = (0..list.len()).filter(|one| state.shown[*one] && !list[*one]).count();
    let plausible = (shown_before / 5).max(1);
    let is_empty = !list.contains(&true);
    if weather == Weather::Forbidden || is_empty || gone > plausible {
        return (Verdict::Quarantined, false);
    }
    (Verdict::Accepted, state.counted.is_none_or(|ago| ago >= MIN_OBSERVATION_GAP))
}

impl Judge {
    fn event_type(&self, service: usize) -> usize {
        self.setup.event_type_of(service)
    }

    fn all(&self) -> std::ops::Range<usize> {
        0..self.state.services.len()
    }

    fn row(&self, service: usize) -> Row {
        self.state.services[service].row
    }

    fn is_listed(&self, service: usize) -> bool {
        self.list[self.event_type(service)]
    }

    /// A list that is doubted proves what it shows: nobody is asked about that.
    fn what_is_shown_is_not_asked(&mut self) {
        for service in self.all() {
            if self.is_listed(service) {
                self.questions[service][OFF] = None;
            }
        }
    }

    fn counts_absences(&mut self, counts: bool) {
        let starts_again = self.state.accepted > STREAK_EXPIRES_AFTER;
        for service in self.all() {
            let is_gone = !self.is_listed(service) && self.row(service).active;
            let one = &mut self.state.services[service];
            if !is_gone || starts_again {
                (one.streak, one.since) = (0, None);
            }
            if is_gone && counts {
                one.streak += 1;
                one.since = one.since.or(Some(0));
            }
        }
    }

    /// A yes does not hold for ever, and "later" comes.
    fn time_runs_out(&mut self) {
        for stands in self.questions.iter_mut().flatten() {
            match stands {
                Some(Stands::Approved { ago, .. }) if *ago >= APPROVAL_TTL => *stands = None,
                Some(Stands::Snoozed { ago }) if *ago >= SNOOZE => *stands = Some(Stands::Pending),
                _ => {}
            }
        }
    }

    /// Whether a question stands that is about the row as it is now.
    fn answer(&self, service: usize, which: usize) -> Option<Stands> {
        let one = &self.state.services[service];
        let item = if which == OFF { one.off_item } else { one.on_item };
        let stands = self.questions[service][which]?;
        (item?.asked_on == one.row).then_some(stands)
    }

    /// Active services, not held, whose event types were absent three times in a row.
    fn looks_at_the_gone(&mut self) {
        let is_due = |service: &usize| {
            let one = &self.state.services[*service];
            !self.is_listed(*service) && one.row.active && !one.held && one.streak >= 3
        };
        let due: Vec<usize> = self.all().filter(is_due).collect();
        for service in &due {
            self.has_to_do_with(*service, OFF);
        }
        let (approved, others): (Vec<usize>, Vec<usize>) = due
            .into_iter()
            .partition(|one| matches!(self.answer(*one, OFF), Some(Stands::Approved { .. })));
        let (room, left) = self.acts_on_answers(approved);
        let (automatic, asked): (Vec<usize>, Vec<usize>) =
            others.into_iter().partition(|service| self.needs_nobody(*service));
        for service in asked {
            self.asks(service, OFF);
        }
        self.acts_by_itself(&automatic, room, left);
    }

    /// The oldest yes first, as the limits leave room; a yes to a named number needs none.
    fn acts_on_answers(&mut self, mut approved: Vec<usize>) -> (usize, u32) {
        let (mut room, mut left) = (self.room(), self.state.active());
        let yes = |service: &usize| match self.questions[*service][OFF] {
            Some(Stands::Approved { ago, number_named }) => (ago, number_named),
            _ => (0, false),
        };
        let named: BTreeSet<usize> = approved.iter().copied().filter(|one| yes(one).1).collect();
        approved.sort_by_key(|service| std::cmp::Reverse(yes(service).0));
        for service in approved {
            let waits = self.row(service).status == Status::Pending;
            if waits || (room == 0 && !named.contains(&service)) {
                continue;
            }
            (room, left) = (room.saturating_sub(1), left - 1);
            self.switches_off(service);
        }
        (room, left)
    }

    /// At least one in seven days, in the smallest company too.
    fn room(&self) -> usize {
        let most = self.state.most_active.max(self.state.active());
        let limit = (most * self.setup.percent / 100).clamp(1, MAX_DEACTIVATIONS);
        limit.saturating_sub(self.state.switched_off) as usize
    }

    /// The conditions of auto mode.
    fn needs_nobody(&self, service: usize) -> bool {
        let one = &self.state.services[service];
        let is_repaired = matches!(one.last_write, LastWrite::Off | LastWrite::OffAndTouched);
        let shares =
            |other: usize| other != service && self.event_type(other) == self.event_type(service);
        self.setup.auto
            && !matches!(self.answer(service, OFF), Some(Stands::Snoozed { .. }))
            && one.row.status != Status::Pending
            && !is_repaired
            && one.since.is_some_and(|ago| ago >= AUTO_MIN_ABSENCE)
            && !Setup::is_booked(service)
            && !self.all().any(shares)
            && self.state.active() > 1
    }

    /// All of them or, where the limits have no room for all, none; and never the last one.
    fn acts_by_itself(&mut self, automatic: &[usize], room: usize, mut left: u32) {
        self.is_breached = automatic.len() > room;
        for service in automatic {
            if self.is_breached || left <= 1 {
                self.asks(*service, OFF);
            } else {
                left -= 1;
                self.switches_off(*service);
            }
        }
    }

    /// Only if its event type is not found by its id, either.
    fn switches_off(&mut self, service: usize) {
        if self.is_not_found(service) {
            self.questions[service][OFF] = None;
            self.off.insert(service);
        }
    }

    fn is_not_found(&mut self, service: usize) -> bool {
        if self.weather == Weather::NoLookUps {
            return false;
        }
        let exists = self.state.exists[self.event_type(service)];
        if exists {
            self.questions[service][OFF] = None;
            self.contradicted.insert(service);
        }
        !exists
    }

    /// What was asked about the row as it was before is void.
    fn has_to_do_with(&mut self, service: usize, which: usize) {
        self.asked.insert((service, which));
        self.questions[service][which] = self.answer(service, which);
    }

    /// A question that stands already is not asked again.
    fn asks(&mut self, service: usize, which: usize) {
        let stands = self.answer(service, which).is_some();
        if !stands && (which == ON || self.is_not_found(service)) {
            self.questions[service][which] = Some(Stands::Pending);
        }
    }

    /// Inactive services whose event types are there.
    fn looks_at_the_returned(&mut self) {
        for service in self.all() {
            let one = self.state.services[service];
            if !self.is_listed(service) || one.row.active || one.held {
                continue;
            }
            let ours = one.last_write == LastWrite::Off && one.row.status == Status::Error;
            if ours && !self.is_breached {
                self.on.insert(service);
            }
            if !ours && one.row.status == Status::Error {
                self.has_to_do_with(service, ON);
                if matches!(self.answer(service, ON), Some(Stands::Approved { .. })) {
                    self.questions[service][ON] = None;
                    self.on.insert(service);
                } else {
                    self.asks(service, ON);
                }
            }
        }
    }

    /// A question whose facts have changed is void.
    fn forgets_what_is_not_asked(&mut self) {
        for service in self.all() {
            for which in [OFF, ON] {
                if !self.asked.contains(&(service, which)) {
                    self.questions[service][which] = None;
                }
            }
        }
    }
}

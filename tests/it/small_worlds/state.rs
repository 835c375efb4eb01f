//! A small company and all that can happen to it, as plain values that can be compared: two
//! histories that lead to the same state have the same future, and only one of them is lived on.

use reconciler::model::review::{Breadth, ReviewKind};

/// How long ago, in minutes, seen from the run that comes next.
pub type Ago = u32;

/// What the configuration of these worlds says. Five runs are two hours, or some days where the
/// source was silent, and all that may happen later must have its time in them.
pub const AUTO_MIN_ABSENCE: Ago = 75;
pub const MIN_OBSERVATION_GAP: Ago = 10;
pub const STREAK_EXPIRES_AFTER: Ago = 3 * 24 * 60;
pub const APPROVAL_TTL: Ago = 50;
/// For how long people put a question off.
pub const SNOOZE: Ago = 50;

/// In companies of more services than this, histories that differ only in which of the services
/// they are about are lived through once.
const SORTED_FROM: usize = 2;

/// What stays the same in a world.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    pub services: usize,
    /// `policy.deactivate`: true is `auto`, false `review`.
    pub auto: bool,
    /// `safety.max_deactivation_percent`.
    pub percent: u32,
    /// The last two services are linked to the same event type.
    pub shared: bool,
}

impl Setup {
    /// Which event type a service is linked to.
    pub fn event_type_of(self, service: usize) -> usize {
        if self.shared && service + 1 == self.services { service - 1 } else { service }
    }

    /// How many event types there are.
    pub fn event_types(self) -> usize {
        self.services - usize::from(self.shared)
    }

    /// Callers have booked the second service for tomorrow.
    pub fn is_booked(service: usize) -> bool {
        service == 1
    }

    /// Nothing but its number tells it from other plain ones.
    fn is_plain(self, service: usize) -> bool {
        let is_shared = self.shared && service + 2 >= self.services;
        let is_booked = self.auto && Self::is_booked(service);
        !is_shared && !is_booked
    }
}

/// Everything that the past means for the future.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// Which event types exist at Cal.com.
    pub exists: Vec<bool>,
    pub services: Vec<One>,
    /// Which the last accepted list showed, and how long ago it did.
    pub shown: Vec<bool>,
    pub accepted: Ago,
    /// When a list last counted for absence.
    pub counted: Option<Ago>,
    /// How many services were switched off, all of them in the last seven days, and how many were
    /// active at most: no five runs switch one off and then see seven days go by.
    pub switched_off: u32,
    pub most_active: u32,
}

/// What stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub active: bool,
    pub status: Status,
    /// The row says that its event type was not found.
    pub noted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Synced,
    Pending,
    Error,
}

/// One service: its row, and what is remembered of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct One {
    pub row: Row,
    /// Accepted absences in a row that count, and when the first of them was.
    pub streak: u32,
    pub since: Option<Ago>,
    pub last_write: LastWrite,
    pub held: bool,
    /// The open question whether to switch it off, and the one whether to switch it on.
    pub off_item: Option<Item>,
    pub on_item: Option<Item>,
}

/// What the program wrote into a row last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LastWrite {
    Nothing,
    /// Switched it off, and no run has seen it otherwise since.
    Off,
    /// Switched it off, and somebody touched it since.
    OffAndTouched,
    On,
}

/// An open question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// The row as it was when the question was asked.
    pub asked_on: Row,
    pub stands: Stands,
}

/// How a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    Pending,
    Approved { ago: Ago, number_named: bool },
    Snoozed { ago: Ago },
}

impl Row {
    /// Whatever can stand in a row.
    pub fn all() -> impl Iterator<Item = Self> {
        let statuses = [Status::Synced, Status::Pending, Status::Error];
        [false, true].into_iter().flat_map(move |active| {
            statuses.into_iter().flat_map(move |status| {
                [false, true].into_iter().map(move |noted| Self { active, status, noted })
            })
        })
    }

    /// What may be asked about it.
    pub fn asked_about(self) -> Option<ReviewKind> {
        match (self.active, self.status) {
            (true, _) => Some(ReviewKind::Deactivate),
            (false, Status::Error) => Some(ReviewKind::Reactivate),
            (false, _) => None,
        }
    }
}

impl One {
    pub fn item(&self, kind: ReviewKind) -> Option<Item> {
        if kind == ReviewKind::Deactivate { self.off_item } else { self.on_item }
    }

    pub fn item_mut(&mut self, kind: ReviewKind) -> &mut Option<Item> {
        if kind == ReviewKind::Deactivate { &mut self.off_item } else { &mut self.on_item }
    }
}

/// The kinds of questions that these worlds ask.
pub const KINDS: [ReviewKind; 2] = [ReviewKind::Deactivate, ReviewKind::Reactivate];

/// What happens between two runs: one thing, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Nothing,
    /// Somebody deletes an event type at Cal.com, or it is there again.
    Deletes(usize),
    Restores(usize),
    /// Somebody switches a service off, or on.
    SwitchesOff(usize),
    SwitchesOn(usize),
    /// The application edits a row that is to be sent to Cal.com, or has sent it.
    Edits(usize),
    Sends(usize),
    /// A person answers a question, or holds or releases a service.
    Approves(usize, ReviewKind, Breadth),
    Keeps(usize, ReviewKind),
    Snoozes(usize, ReviewKind),
    Holds(usize),
    Releases(usize),
}

/// How the next run finds the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Half an hour later, and the list is what exists.
    Fair,
    /// The same, five minutes later.
    TooSoon,
    /// The same, three days later.
    AfterSilence,
    /// No answer.
    Failed,
    /// `200`, and nothing.
    Empty,
    /// The key's owner is no admin.
    Forbidden,
    /// The list lacks one that exists.
    Lacks(usize),
    /// The list is true, and no look-up by id is answered.
    NoLookUps,
}

impl Weather {
    /// How long after the run before.
    pub fn minutes(self) -> Ago {
        match self {
            Self::TooSoon => 5,
            Self::AfterSilence => 73 * 60,
            _ => 30,
        }
    }

    /// Every weather there can be.
    pub fn all(state: &State) -> Vec<Self> {
        let mut all = vec![Self::Fair, Self::TooSoon, Self::AfterSilence];
        all.extend([Self::Failed, Self::Empty, Self::Forbidden, Self::NoLookUps]);
        all.extend((0..state.exists.len()).filter(|one| state.exists[*one]).map(Self::Lacks));
        all
    }

    /// What the list shows; `None`: there is none.
    pub fn list(self, state: &State) -> Option<Vec<bool>> {
        let mut list = state.exists.clone();
        match self {
            Self::Failed => return None,
            Self::Empty => list.fill(false),
            Self::Lacks(one) => list[one] = false,
            _ => {}
        }
        Some(list)
    }
}

impl State {
    /// The company after its first run: everything is in step.
    pub fn begins(setup: Setup) -> Self {
        let row = Row { active: true, status: Status::Synced, noted: false };
        let one = One {
            row,
            streak: 0,
            since: None,
            last_write: LastWrite::Nothing,
            held: false,
            off_item: None,
            on_item: None,
        };
        Self {
            exists: vec![true; setup.event_types()],
            services: vec![one; setup.services],
            shown: vec![true; setup.event_types()],
            accepted: 0,
            counted: None,
            switched_off: 0,
            most_active: u32::try_from(setup.services).unwrap(),
        }
    }

    pub fn active(&self) -> u32 {
        u32::try_from(self.services.iter().filter(|one| one.row.active).count()).unwrap()
    }

    /// Time goes on.
    pub fn passes(&mut self, minutes: Ago) {
        self.accepted += minutes;
        self.counted = self.counted.map(|ago| ago + minutes);
        for one in &mut self.services {
            one.since = one.since.map(|ago| ago + minutes);
            for item in [&mut one.off_item, &mut one.on_item].into_iter().flatten() {
                if let Stands::Approved { ago, .. } | Stands::Snoozed { ago } = &mut item.stands {
                    *ago += minutes;
                }
            }
        }
    }

    /// The same without the differences that can make none: what is long enough ago for its
    /// purpose, and, of services that differ in their numbers alone, which is which.
    #[must_use]
    pub fn alike(mut self, setup: Setup) -> Self {
        // Only a silence of three days gets there, from wherever it begins.
        self.accepted = if self.accepted > STREAK_EXPIRES_AFTER { self.accepted } else { 0 };
        self.counted = self.counted.map(|ago| ago.min(MIN_OBSERVATION_GAP));
        for one in &mut self.services {
            one.since = one.since.map(|ago| ago.min(AUTO_MIN_ABSENCE));
        }
        if setup.services > SORTED_FROM {
            self.sort(setup);
        }
        self
    }

    fn sort(&mut self, setup: Setup) {
        let places: Vec<usize> = (0..setup.services).filter(|one| setup.is_plain(*one)).collect();
        let whole = |one: &usize| (self.services[*one], self.exists[*one], self.shown[*one]);
        let mut sorted: Vec<_> = places.iter().map(whole).collect();
        sorted.sort_unstable();
        for (place, (one, exists, shown)) in places.into_iter().zip(sorted) {
            (self.services[place], self.exists[place], self.shown[place]) = (one, exists, shown);
        }
    }

    /// Everything that can happen before the next run.
    pub fn acts(&self) -> Vec<Act> {
        let mut acts = vec![Act::Nothing];
        for (event_type, exists) in self.exists.iter().enumerate() {
            acts.push(if *exists { Act::Deletes(event_type) } else { Act::Restores(event_type) });
        }
        for (service, one) in self.services.iter().enumerate() {
            acts.push(if one.row.active { Act::SwitchesOff } else { Act::SwitchesOn }(service));
            let waits = one.row.status == Status::Pending;
            acts.push(if waits { Act::Sends } else { Act::Edits }(service));
            acts.push(if one.held { Act::Releases } else { Act::Holds }(service));
            for kind in KINDS {
                let Some(item) = one.item(kind) else { continue };
                acts.push(Act::Keeps(service, kind));
                if !matches!(item.stands, Stands::Approved { .. }) {
                    acts.push(Act::Approves(service, kind, Breadth::WithinLimits));
                    acts.push(Act::Snoozes(service, kind));
                    if kind == ReviewKind::Deactivate {
                        acts.push(Act::Approves(service, kind, Breadth::Mass));
                    }
                }
            }
        }
        acts
    }

    /// The state in which one of them has happened.
    #[must_use]
    pub fn after(&self, act: Act) -> Self {
        let mut state = self.clone();
        let services = &mut state.services;
        let mut stands = |service: usize, kind, stands| {
            services[service].item_mut(kind).as_mut().unwrap().stands = stands;
        };
        match act {
            Act::Nothing => {}
            Act::Deletes(one) => state.exists[one] = false,
            Act::Restores(one) => state.exists[one] = true,
            Act::SwitchesOff(one) => services[one].row.active = false,
            Act::SwitchesOn(one) => services[one].row.active = true,
            Act::Edits(one) => services[one].row.status = Status::Pending,
            Act::Sends(one) => {
                (services[one].row.status, services[one].row.noted) = (Status::Synced, false);
            }
            Act::Approves(one, kind, breadth) => {
                let number_named = breadth == Breadth::Mass;
                stands(one, kind, Stands::Approved { ago: 0, number_named });
            }
            Act::Snoozes(one, kind) => stands(one, kind, Stands::Snoozed { ago: 0 }),
            Act::Keeps(one, kind) => {
                *services[one].item_mut(kind) = None;
                services[one].held = true;
            }
            Act::Holds(one) => services[one].held = true,
            Act::Releases(one) => services[one].held = false,
        }
        state
    }
}

//! Sources that lie by plan: what the list shows in each of 2880 runs, and what is true.

/// A run every half hour, for sixty days.
pub const RUNS: u32 = 60 * DAY;
const HOUR: u32 = 2;
const DAY: u32 = 24 * HOUR;
const WEEK: u32 = 7 * DAY;
/// From here on the next moment at which a lie begins is also the moment of the true deletion.
const NOT_BEFORE: u32 = 30 * DAY;
/// The id of the first event type; the others follow.
pub const FIRST_ID: i64 = 1001;

/// A plan of lies. All go on to the end: after the true deletion, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    None,
    EmptyOnce,
    EmptyNinetyMinutes,
    EmptyTwoDays,
    HalfMissing,
    LeakEveryTwoHours,
    LeakEveryDay,
    PageCap,
    IdsRegenerated,
    OneInTenAtRandom,
    AdminRoleLost,
}

/// What look-ups by id are answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookUps {
    /// As it is.
    TheTruth,
    /// `403`: the key's owner is no admin.
    Forbidden,
    /// As the list says: the old ids are "not found".
    AsTheListSays,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Numbers of the event types in the list, from 0, ascending.
    pub numbers: Vec<u32>,
    /// How much higher their ids are than they should be.
    pub id_offset: i64,
    pub look_ups: LookUps,
}

impl Lie {
    pub const ALL: [Self; 11] = [
        Self::None,
        Self::EmptyOnce,
        Self::EmptyNinetyMinutes,
        Self::EmptyTwoDays,
        Self::HalfMissing,
        Self::LeakEveryTwoHours,
        Self::LeakEveryDay,
        Self::PageCap,
        Self::IdsRegenerated,
        Self::OneInTenAtRandom,
        Self::AdminRoleLost,
    ];

    /// The plan, for the table.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "none: the source is honest",
            Self::EmptyOnce => "one empty answer, every day",
            Self::EmptyNinetyMinutes => "90 minutes empty, every day",
            Self::EmptyTwoDays => "48 hours empty, every week",
            Self::HalfMissing => "every other one missing for 48 hours, every week",
            Self::LeakEveryTwoHours => "a fifth less every two hours, 48 hours long, every week",
            Self::LeakEveryDay => "a fifth less every day, a week long, every fortnight",
            Self::PageCap => "a page cap: the last fifth missing, from day 10 on",
            Self::IdsRegenerated => "all ids regenerated for 48 hours, every week",
            Self::OneInTenAtRandom => "each missing in a tenth of all runs, at random",
            Self::AdminRoleLost => {
                "hidden ones vanish with the admin role for 48 hours, every week"
            }
        }
    }

    /// How far into a lie a run is, in runs; `None` where the source tells the truth.
    fn since(self, run: u32) -> Option<u32> {
        let window = |every: u32, from: u32, length: u32| {
            let since = (run % every).checked_sub(from)?;
            (since < length).then_some(since)
        };
        match self {
            Self::None => None,
            Self::EmptyOnce => window(DAY, 10 * HOUR, 1),
            Self::EmptyNinetyMinutes => window(DAY, 10 * HOUR, 3),
            Self::LeakEveryDay => window(2 * WEEK, 2 * DAY, WEEK),
            Self::PageCap => run.checked_sub(10 * DAY),
            Self::OneInTenAtRandom => run.checked_sub(1),
            Self::EmptyTwoDays
            | Self::HalfMissing
            | Self::LeakEveryTwoHours
            | Self::IdsRegenerated
            | Self::AdminRoleLost => window(WEEK, 2 * DAY, 2 * DAY),
        }
    }

    /// The run before which somebody really deletes the last event type: where a lie begins.
    fn deletion(self) -> u32 {
        let begins = |run: &u32| self.since(*run) == Some(0);
        (NOT_BEFORE..RUNS).find(begins).unwrap_or(NOT_BEFORE)
    }

    fn lied(self, mut shown: Shown, services: u32, run: u32, since: u32) -> Shown {
        let numbers = &mut shown.numbers;
        let leaked = |fifths: u32| (services * fifths).div_ceil(5);
        match self {
            Self::None => {}
            Self::EmptyOnce | Self::EmptyNinetyMinutes | Self::EmptyTwoDays => numbers.clear(),
            Self::HalfMissing => numbers.retain(|number| !number.is_multiple_of(2)),
            Self::LeakEveryTwoHours => {
                numbers.retain(|number| *number >= leaked(1 + since / (2 * HOUR)));
            }
            Self::LeakEveryDay => numbers.retain(|number| *number >= leaked(1 + since / DAY)),
            Self::PageCap => {
                let cap = services - (services / 5).max(1);
                numbers.truncate(cap.max(1) as usize);
            }
            Self::IdsRegenerated => {
                shown.id_offset = 100_000 * i64::from(1 + run / WEEK);
                shown.look_ups = LookUps::AsTheListSays;
            }
            Self::OneInTenAtRandom => numbers.retain(|number| !drawn(run, *number)),
            Self::AdminRoleLost => {
                numbers.retain(|number| !is_hidden(*number));
                shown.look_ups = LookUps::Forbidden;
            }
        }
        shown
    }
}

/// A source that lies by a plan, and has so many event types.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    pub lie: Lie,
    pub services: u32,
    /// The run before which somebody really deletes the last event type.
    pub deletion: u32,
}

impl Source {
    pub fn new(lie: Lie, services: u32) -> Self {
        Self { lie, services, deletion: lie.deletion() }
    }

    /// Whether an event type really exists.
    pub fn has(self, number: u32, run: u32) -> bool {
        number + 1 < self.services || run < self.deletion
    }

    /// The event types that really exist.
    pub fn existing(self, run: u32) -> impl Iterator<Item = u32> {
        (0..self.services).filter(move |number| self.has(*number, run))
    }

    /// What it answers in a run.
    pub fn answer(self, run: u32) -> Shown {
        let numbers = self.existing(run).collect();
        let truth = Shown { numbers, id_offset: 0, look_ups: LookUps::TheTruth };
        match self.lie.since(run) {
            None => truth,
            Some(since) => self.lie.lied(truth, self.services, run, since),
        }
    }
}

/// Every third event type is hidden, the first one too.
pub fn is_hidden(number: u32) -> bool {
    number.is_multiple_of(3)
}

pub fn id_of(number: u32) -> i64 {
    FIRST_ID + i64::from(number)
}

/// A tenth of all pairs, always the same tenth: `SplitMix64`'s mixer with a fixed seed.
fn drawn(run: u32, number: u32) -> bool {
    let mut mixed = (u64::from(run) << 32 | u64::from(number)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)).is_multiple_of(10)
}

//! Who switched it off, or on: read from what runs saw and what the journal says.

use super::{Fact, StoryEvent, leaves_on};
use crate::model::Timestamp;
use crate::model::ids::RunId;
use crate::model::run::ChangeKind;
use crate::report::lines::{ChangeLine, ChangeStatus};
use crate::report::words::time;
use chrono_tz::Tz;

/// How a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Callers can book it, as far as `is_active` goes.
    On,
    /// They cannot.
    Off,
    /// The row is not there any more.
    Gone,
}

impl State {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Gone => "gone",
        }
    }
}

/// Since when it stands so, and who decided it.
#[derive(Debug, Clone)]
pub enum Cause {
    /// It stood so when a run first saw it.
    FirstSeen {
        /// That run.
        run_id: RunId,
        /// When.
        at: Timestamp,
    },
    /// This program did it.
    Ours {
        /// The run.
        run_id: RunId,
        /// When.
        at: Timestamp,
        /// The change, with its reason and who allowed it.
        change: Box<ChangeLine>,
    },
    /// Somebody else did it, before this run saw it.
    Others {
        /// The run that found it so.
        run_id: RunId,
        /// When.
        at: Timestamp,
    },
    /// This program was about to do it, and nobody knows yet whether it did.
    Unknown {
        /// The run.
        run_id: RunId,
        /// When.
        at: Timestamp,
        /// The change.
        change: Box<ChangeLine>,
    },
}

impl Cause {
    /// Since when.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::FirstSeen { at, .. }
            | Self::Ours { at, .. }
            | Self::Others { at, .. }
            | Self::Unknown { at, .. } => *at,
        }
    }

    /// The run that did it, or that found it so.
    pub fn run_id(&self) -> RunId {
        match self {
            Self::FirstSeen { run_id, .. }
            | Self::Ours { run_id, .. }
            | Self::Others { run_id, .. }
            | Self::Unknown { run_id, .. } => *run_id,
        }
    }

    /// The word in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::FirstSeen { .. } => "first-seen",
            Self::Ours { .. } => "reconciler",
            Self::Others { .. } => "others",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// How a row stands, and why, by all that is known of it, in order. `None` where nothing is.
    pub fn of(events: &[StoryEvent]) -> Option<(State, Self)> {
        let mut stands: Option<(State, Self)> = None;
        for StoryEvent { at, run_id, fact } in events {
            let Some(run_id) = *run_id else { continue };
            let at = *at;
            let (state, cause) = match fact {
                Fact::Seen(sight) => {
                    let state = if sight.is_active { State::On } else { State::Off };
                    let cause = match stands {
                        None => Self::FirstSeen { run_id, at },
                        Some(_) => Self::Others { run_id, at },
                    };
                    (state, cause)
                }
                Fact::Gone => (State::Gone, Self::Others { run_id, at }),
                Fact::Changed(change) => match written(change, run_id, at) {
                    Some(found) => found,
                    None => continue,
                },
                Fact::Listed { .. }
                | Fact::NotListed { .. }
                | Fact::Decided { .. }
                | Fact::LookedUp { .. }
                | Fact::Asked { .. }
                | Fact::Answered { .. }
                | Fact::Held { .. }
                | Fact::Released { .. } => continue,
            };
            if stands.as_ref().is_none_or(|(before, _)| *before != state) {
                stands = Some((state, cause));
            }
        }
        stands
    }
}

fn written(change: &ChangeLine, run_id: RunId, at: Timestamp) -> Option<(State, Cause)> {
    let state = match (change.kind, leaves_on(change)) {
        (ChangeKind::Remove, _) => State::Gone,
        (_, Some(true)) => State::On,
        (_, Some(false)) => State::Off,
        (_, None) => return None,
    };
    let change_of = Box::new(change.clone());
    match change.status {
        ChangeStatus::Applied => Some((state, Cause::Ours { run_id, at, change: change_of })),
        ChangeStatus::Unknown => Some((state, Cause::Unknown { run_id, at, change: change_of })),
        ChangeStatus::Planned
        | ChangeStatus::NeedsReview
        | ChangeStatus::Waiting
        | ChangeStatus::Conflict
        | ChangeStatus::Abandoned => None,
    }
}

/// The answer in one sentence: how it stands, since when, and who decided it.
pub fn sentence(state: State, cause: &Cause, zone: Tz) -> String {
    let when = time(cause.at(), zone);
    match (state, cause) {
        (State::Off, Cause::FirstSeen { run_id, .. }) => format!(
            "Off, and not by reconciler: it was off when run {run_id} first saw it on {when}."
        ),
        (State::On, Cause::FirstSeen { run_id, .. }) => {
            format!("On: it was on when run {run_id} first saw it on {when}, and ever since.")
        }
        (State::Off, Cause::Others { run_id, .. }) => format!(
            "Off, and not by reconciler: somebody else switched it off before run {run_id} saw it so on {when}."
        ),
        (State::On, Cause::Others { run_id, .. }) => format!(
            "On, and not by reconciler: somebody else switched it on before run {run_id} saw it so on {when}."
        ),
        (State::Gone, Cause::Ours { run_id, change, .. }) => {
            format!(
                "Gone since {when}: run {run_id} removed the row it had imported; {}.",
                change.reason
            )
        }
        (State::Gone, _) => format!(
            "Gone, and not by reconciler: run {} did not find the row any more on {when}.",
            cause.run_id()
        ),
        (State::Off, Cause::Ours { run_id, change, .. }) => {
            let did = match change.kind {
                ChangeKind::Import => "imported it switched off",
                ChangeKind::Revert => "put it back to off",
                _ => "switched it off",
            };
            format!("Off since {when}: run {run_id} {did}; {}.", change.reason)
        }
        (State::On, Cause::Ours { run_id, change, .. }) => {
            let did = match change.kind {
                ChangeKind::Import => "imported it",
                ChangeKind::Revert => "put it back to on",
                _ => "switched it on",
            };
            format!("On since {when}: run {run_id} {did}; {}.", change.reason)
        }
        (state, Cause::Unknown { run_id, .. }) => format!(
            "Perhaps {}: run {run_id} was about to switch it so on {when}, and was cut off; the next run reads the row and says.",
            state.as_str()
        ),
    }
}

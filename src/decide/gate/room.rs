//! The blast radius: how many services may be switched off in one run and in any seven days.

use super::GateInput;
use crate::model::Timestamp;
use crate::model::memory::Window;
use crate::model::policy::Safety;
use chrono::TimeDelta;

/// The window over which deactivations are limited.
pub const WINDOW: TimeDelta = TimeDelta::days(7);

/// How much room the limits leave one company.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Room {
    /// The most that may be switched off in the window.
    pub limit: u32,
    /// The most active services in the window, of which the percentage is taken.
    pub most_active: u32,
    /// When those already switched off in the window were, oldest first.
    pub switched_off_at: Vec<Timestamp>,
}

/// A plan that would cross a limit: what nobody approved stops for the whole company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// How many services would be switched off without asking.
    pub due: u32,
    /// How many may be, after the approved ones.
    pub left: u32,
    /// The limit, and what of it is used.
    pub room: Room,
}

impl Room {
    pub(super) fn of(input: &GateInput<'_>) -> Self {
        let (safety, window) = (&input.company.safety, &input.memory.window);
        Self::under(safety, window, input.plan.active_services, input.now)
    }

    /// The room that limits leave after what a window holds, with so many services active now.
    pub fn under(safety: &Safety, window: &Window, active: u32, now: Timestamp) -> Self {
        let most_active = window.most_active.max(active);
        let share = u64::from(most_active) * u64::from(safety.max_deactivation_percent) / 100;
        let share = u32::try_from(share).unwrap_or(u32::MAX).max(1);
        let since = now - WINDOW;
        // A moment in the future is a clock that jumped back: it counts.
        let switched_off_at = window.switched_off_at.iter().copied().filter(|at| *at > since);
        Self {
            limit: safety.max_deactivations.min(share),
            most_active,
            switched_off_at: switched_off_at.collect(),
        }
    }

    /// How many were switched off in the window.
    pub fn used(&self) -> u32 {
        u32::try_from(self.switched_off_at.len()).unwrap_or(u32::MAX)
    }

    /// How many more may be switched off now.
    pub fn left(&self) -> u32 {
        self.limit.saturating_sub(self.used())
    }

    /// Counts one more as switched off.
    pub(super) fn take(&mut self, at: Timestamp) {
        let place = self.switched_off_at.partition_point(|other| *other <= at);
        self.switched_off_at.insert(place, at);
    }

    /// When the window leaves room for one more; `None` where there is room now.
    pub fn frees_at(&self) -> Option<Timestamp> {
        let over = self.used().checked_sub(self.limit)?;
        let place = usize::try_from(over).ok()?;
        self.switched_off_at.get(place).map(|at| *at + WINDOW)
    }
}

//! Verdicts. Pure functions: they cannot wait, cannot fail, do not know what time it is, and know
//! nothing of HTTP, SQL or terminals.
//!
//! In the order of a run: [`assess`] what was read, [`plan`] what should happen, [`gate`] what may,
//! after a crash [`settle`] what did, and at the end whether to [`tell`] people. [`audit`] judges all
//! of it again.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod assess;
pub mod names;
pub mod plan;
pub mod gate;
pub mod settle;
pub mod revert;
pub mod tell;
pub mod audit;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod properties;

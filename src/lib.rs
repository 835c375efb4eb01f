//! `reconciler`: the sync that cannot switch off a business by mistake.
//!
//! The map, in reading order:
//!
//! - [`model`]: the nouns. Plain values.
//! - [`decide`]: verdicts. What an observation is worth, what should happen, what may. Pure.

pub mod model;
pub mod decide;

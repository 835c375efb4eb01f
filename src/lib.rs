//! `reconciler`: the sync that cannot switch off a business by mistake.
//!
//! The map, in reading order:
//!
//! - [`model`]: the nouns. Plain values.

pub mod model;

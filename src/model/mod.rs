//! The nouns. Plain values: no input or output, no clock, no async, nothing of ours beneath.
//!
//! In reading order: what Cal.com has, what the application has, what was read, what was judged,
//! what would be written, what was decided, under which policy, and the run that did it.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod ids;
pub mod event_type;
pub mod service;
pub mod reading;
pub mod observation;
pub mod change;
pub mod decision;
pub mod policy;
pub mod settings;
pub mod review;
pub mod run;
pub mod memory;
pub mod chain;
pub mod history;
pub mod message;
pub mod shell;

/// A moment, in UTC. The ledger keeps milliseconds.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

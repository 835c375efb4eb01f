//! `reconciler`: the sync that cannot switch off a business by mistake.
//!
//! The map, in reading order:
//!
//! - [`model`]: the nouns. Plain values.
//! - [`decide`]: verdicts. What an observation is worth, what should happen, what may. Pure.
//! - [`report`]: one view of a run, many voices. Pure.
//! - [`io`]: effects. Cal.com, the ledger, the application's table, the lock.
//! - [`flow`]: stories. What happens, in order; alone sees both `decide` and `io`.
//! - [`config`]: the only reader of the environment.
//! - [`cli`]: talks to people, one file per command.
//!
//! Imports only go down: `tests/it/tidy.rs` keeps it so.

pub mod model;
pub mod decide;
pub mod report;
pub mod io;
pub mod flow;
pub mod config;
pub mod cli;

//! Effects: one outside thing per file or folder. Wire and row formats stay private to it.
//!
//! Nothing here decides anything: `io` knows `model`, and of `decide` one name only, the
//! `ClearedChange` that the store takes by value.

pub mod calcom;
pub mod ledger;
pub mod store;
pub mod lock;
pub mod rights;
pub mod notify;
pub mod textfile;
mod scrub;
mod web;
pub mod power;
pub mod loopback_calcom;
pub mod loopback_shop;

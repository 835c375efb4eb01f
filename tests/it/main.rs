//! The promises, each as a test with that promise's name, in the customer's words.
//!
//! One binary. Everything in it is real: HTTP on loopback, SQLite files, and where a story needs a
//! process, the program itself. Time is simulated: a run takes its moment as an argument.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod world;
mod people;
mod seen;
mod typed;
mod aloud;
mod safety_page;
mod dice;
mod each;
mod receiver;
mod mail_server;
mod bad_answers;
mod absence;
mod clocks;
mod look_up;
mod blast_radius;
mod untrusted;
mod incident;
mod accepted;
mod writing;
mod newcomers;
mod power;
mod crash;
mod kills;
mod store_faults;
mod harmless;
mod hostile;
mod rehearsal;
mod one_run;
mod ledger_growth;
mod schema;
mod chain;
mod verify;
mod ledger_faults;
mod ledger_pages;
mod ledger_told;
mod exhaustive;
mod small_worlds;
mod weeks;
mod searcher;
mod secrets;
mod digest;
mod outbox;
mod mail;
mod monitor;
mod review;
mod named;
mod terminal;
mod rollback;
mod rollback_crash;
mod rollback_import;
mod rollback_asked;
mod rollback_told;
mod rollback_algebra;
mod cli;
mod demo;
mod unheard;
mod servers;
mod schemas;
mod shop;
mod proxy;
mod store_contract;
mod store_claims;
mod salon;
mod on_servers;
mod hostile_on_servers;
mod cut_wires;
mod dead_wires;
mod server_power;
mod collisions;
mod server_doctor;
mod tidy;

//! One view of a run, many voices. Pure: what is said here was decided elsewhere.

pub mod run_report;
pub mod lines;
pub mod status;
pub mod history;
pub mod digest;
pub mod story;
pub mod harmless;
pub mod words;
pub mod text;
pub mod json;
pub mod evidence;
pub mod group;
pub mod paragraph;
mod letter;
pub mod mail;
pub mod slack;
pub mod test_message;
pub mod monitor;
pub mod metrics;
pub mod demo;
pub mod doctor;
pub mod verify;
#[cfg(test)]
mod fixtures;

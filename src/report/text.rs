//! What people read on a terminal or in a cron mail: at most as wide as it is, the state in the first
//! sentence, and then only what is there.

mod page;
mod headline;
mod changes;
mod observations;
mod run;
mod status;
mod undelivered;
mod runs;
mod show;
mod evidence;
mod group;
mod explain;
mod review;
#[cfg(test)]
mod tests;

use super::paragraph::fill;
use super::words;
use crate::model::chain::ChainHead;

pub use evidence::{card, keys, summary};
pub use explain::explain;
pub use group::{everything, head};
pub use review::{judged, recorded, review, same_number};
pub use run::run;
pub use runs::runs;
pub use show::show;
pub use status::status;
pub use undelivered::sent;

/// How text is to be spoken.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// Whether it may be coloured.
    pub colour: bool,
    /// In which zone times are told.
    pub zone: chrono_tz::Tz,
    /// How many columns a page has.
    pub width: u16,
}

impl Voice {
    fn time(self, at: crate::model::Timestamp) -> String {
        super::words::time(at, self.zone)
    }
}

/// One sentence or more, from the left edge.
pub fn paragraph(words: &str, voice: Voice) -> String {
    let mut page = page::Page::new(voice);
    page.line(page::Tone::Plain, words);
    page.into_text()
}

/// What is said where no run ever was, of this ledger.
pub fn no_run_yet(gone: Option<ChainHead>) -> String {
    match gone {
        None => "No run yet. `reconciler run --check-only` shows what one would do.\n".to_owned(),
        Some(head) => {
            let words = format!("{}. What to do: {}.", words::gone(head), words::AFTER_GONE);
            fill("", &words.replacen("there was", "There was", 1))
        }
    }
}

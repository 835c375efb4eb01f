//! A chapter, while it is being written, and what it must come out with.

use super::seen::{checks, has, observation, written};
use crate::model::observation::{Check, Verdict};
use crate::report::demo::{Chapter, Told, Whom};
use crate::report::run_report::{Ending, RunReport};

/// A chapter being written.
pub struct Draft {
    pub chapter: Chapter,
}

impl Draft {
    pub fn of(number: u32, title: &'static str, bookable: u32) -> Self {
        let (runs, told, failed) = (Vec::new(), Vec::new(), Vec::new());
        let bookable = (bookable, bookable);
        Self { chapter: Chapter { number, title, runs, told, bookable, checked: 0, failed } }
    }

    pub fn tell(&mut self, of: Whom, words: impl Into<String>) {
        self.chapter.told.push(Told { of, words: words.into() });
    }

    /// Checks that something came out as the story has it.
    pub fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.chapter.checked += 1;
        if !holds {
            self.chapter.failed.push(what());
        }
    }

    /// What every refusal has in common.
    pub fn expect_refused(&mut self, run: &RunReport, wanted: Check) {
        let observation = observation(run);
        let checks = observation.map_or_else(String::new, checks);
        let verdict = observation.map(|one| one.verdict);
        self.expect(verdict == Some(Verdict::Quarantined), || {
            format!(
                "the observation is {}, not quarantined",
                verdict.map_or("gone", Verdict::as_str)
            )
        });
        let named = observation.is_some_and(|one| has(one, wanted));
        self.expect(named, || format!("the check {wanted} is not among: {checks}"));
        self.expect(run.ending == Ending::NotTrusted, || format!("it ended {:?}", run.ending));
        let counts = run.counts();
        self.expect(counts.watching == 0, || format!("{} streaks have begun", counts.watching));
        self.expect_no_write(run);
    }

    pub fn expect_no_write(&mut self, run: &RunReport) {
        let written = written(run);
        self.expect(written == 0, || format!("{written} rows were written"));
    }
}

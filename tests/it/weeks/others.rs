//! Published rules of other tools, re-expressed in a few lines each from their documentation and
//! applied to this problem. They are not the products: each of those solves another problem, and
//! has more around its rule than the rule.

use super::lies::{RUNS, Source};
use super::simulation::Outcome;

/// What keeps a tool from deleting too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Three absences in a row, and nothing else.
    ThreeStrikes,
    OctoDns,
    RcloneBisync,
    ArgoCd,
    Peribolos,
    EntraConnect,
}

impl Rule {
    pub const ALL: [Self; 6] = [
        Self::ThreeStrikes,
        Self::OctoDns,
        Self::RcloneBisync,
        Self::ArgoCd,
        Self::Peribolos,
        Self::EntraConnect,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::ThreeStrikes => "three strikes alone",
            Self::OctoDns => "octoDNS",
            Self::RcloneBisync => "rclone bisync",
            Self::ArgoCd => "Argo CD",
            Self::Peribolos => "peribolos",
            Self::EntraConnect => "Entra Connect",
        }
    }

    /// Whether it would let a run go on that finds so many `listed`, and would switch off so many
    /// of those that are `on`.
    fn lets_pass(self, listed: usize, on: usize, off: usize) -> bool {
        match self {
            Self::ThreeStrikes => true,
            // provider/plan.py: MAX_SAFE_DELETE_PCENT = .3, from MIN_EXISTING_RECORDS = 10 on.
            Self::OctoDns => on < 10 || off * 100 <= on * 30,
            // bisync: "--max-delete PERCENT … (default: 50%)"; an empty listing fails.
            Self::RcloneBisync => listed > 0 && off * 100 <= on * 50,
            // Automated sync with `prune: true`; `allowEmpty` is false by default.
            Self::ArgoCd => listed > 0,
            // --maximum-removal-delta, 0.25 by default: "more than this fraction" fails.
            Self::Peribolos => off * 100 <= on * 25,
            // "not allow an export with more than 500 deletes"
            Self::EntraConnect => off <= 500,
        }
    }
}

/// Sixty days under one rule. What is listed again is switched on again; what the rule stops is
/// tried again half an hour later.
pub fn under(rule: Rule, source: Source) -> Outcome {
    let count = source.services as usize;
    let (mut on, mut strikes) = (vec![true; count], vec![0; count]);
    let mut outcome = Outcome::default();
    for run in 0..RUNS {
        let shown = source.answer(run);
        let mut listed = vec![false; count];
        for number in shown.numbers.iter().filter(|_| shown.id_offset == 0) {
            listed[*number as usize] = true;
        }
        for (strikes, listed) in strikes.iter_mut().zip(&listed) {
            *strikes = if *listed { 0 } else { *strikes + 1 };
        }
        let patience = if rule == Rule::ThreeStrikes { 3 } else { 1 };
        let wanted: Vec<bool> = on
            .iter()
            .zip(&strikes)
            .map(|(on, strikes)| *strikes == 0 || *on && *strikes < patience)
            .collect();
        let off = on.iter().zip(&wanted).filter(|(on, wanted)| **on && !**wanted).count();
        if rule.lets_pass(shown.numbers.len(), on.iter().filter(|on| **on).count(), off) {
            on = wanted;
        }
        outcome.look_at(source, run, &on, false);
    }
    outcome
}

//! The tables of `docs/SAFETY.md`, between their markers.

use super::lies::{Lie, Source};
use super::others::{Rule, under};
use super::simulation::Outcome;
use super::{MODES, SIZES, SIZES_OF_EVERY_RUN};
use reconciler::model::policy::Consent;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const PATH: &str = "docs/SAFETY.md";
const BEGIN: &str = "<!-- weeks of lies: written by the test, do not edit -->\n";
const END: &str = "<!-- end of weeks of lies -->\n";

/// What became of each world that was lived through.
pub type Outcomes = BTreeMap<(usize, usize, u32), Outcome>;

/// Holds the page against what was simulated, cell by cell: a table that is not what the page says
/// is an error, or, if that was asked for, written.
pub fn compare(outcomes: &Outcomes) {
    let page = std::fs::read_to_string(PATH).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has the first marker");
    let (stands, after) = rest.split_once(END).expect("the page has the last marker");
    let is = tables(outcomes, &cells_of(stands));
    if is == stands {
        return;
    }
    let how = "RECONCILER_UPDATE_DOCS=1 RECONCILER_TEST_LONG=1 cargo test --test it weeks_of_lies";
    assert!(
        asked_to("RECONCILER_UPDATE_DOCS"),
        "{PATH} is not what the runs say; to write it:\n{how}\n{is}"
    );
    std::fs::write(PATH, format!("{before}{BEGIN}{is}{END}{after}")).unwrap();
}

/// Whether the environment asks for something.
#[expect(clippy::disallowed_methods, reason = "a test's own switches are no configuration")]
pub fn asked_to(switch: &str) -> bool {
    std::env::var_os(switch).is_some()
}

/// What stands in the page of worlds that were not lived through now: by the table's line, and
/// the column.
fn cells_of(tables: &str) -> BTreeMap<(usize, usize), String> {
    let lines = tables.lines().enumerate();
    lines
        .flat_map(|(at, line)| {
            let cells = line.split(" | ").enumerate();
            cells
                .map(move |(column, cell)| ((at, column), cell.trim_matches(['|', ' ']).to_owned()))
        })
        .collect()
}

fn tables(outcomes: &Outcomes, standing: &BTreeMap<(usize, usize), String>) -> String {
    let mut text = String::new();
    for (mode, what) in MODES.iter().enumerate() {
        let title = match what {
            Consent::Review => "With `deactivate = \"review\"`, and a person who says yes at once",
            Consent::Auto | Consent::Off => "With `deactivate = \"auto\"`, and nobody who answers",
        };
        write!(text, "\n{title}:\n\n| lie |").unwrap();
        for size in SIZES {
            write!(text, " {size} |").unwrap();
        }
        text.push_str(" refused | contradicted |\n|---|");
        text.push_str(&"--:|".repeat(SIZES.len() + 2));
        text.push('\n');
        for (lie, plan) in Lie::ALL.iter().enumerate() {
            let line = text.lines().count();
            write!(text, "| {} |", plan.words()).unwrap();
            let lived = |size: u32| outcomes.get(&(mode, lie, size));
            let mut cells: Vec<Option<String>> = SIZES.map(|size| lived(size).map(cell)).to_vec();
            let shown = SIZES_OF_EVERY_RUN.last().and_then(|size| lived(*size));
            cells.push(shown.map(|outcome| outcome.refused.to_string()));
            cells.push(shown.map(|outcome| outcome.contradicted.to_string()));
            for (column, cell) in (1..).zip(cells) {
                // What was not lived through now stands as it stood.
                let stood = || standing.get(&(line, column)).cloned().unwrap_or_default();
                write!(text, " {} |", cell.unwrap_or_else(stood)).unwrap();
            }
            text.push('\n');
        }
    }
    text.push_str(&other_rules());
    text
}

/// Wrongly off; hours to the question; hours to the deactivation.
fn cell(outcome: &Outcome) -> String {
    let hours = |runs: Option<u32>| match runs {
        None => "–".to_owned(),
        Some(runs) if runs.is_multiple_of(2) => (runs / 2).to_string(),
        Some(runs) => format!("{}.5", runs / 2),
    };
    let (asked, off) = (hours(outcome.asked_after), hours(outcome.off_after));
    format!("**{}** · {asked} · {off}", outcome.wrongly_off)
}

fn other_rules() -> String {
    let all: u32 = SIZES.iter().sum();
    let mut text =
        format!("\nServices wrongly off at once, of {all} in the seven sizes together:\n\n| lie |");
    for rule in Rule::ALL {
        write!(text, " {} |", rule.name()).unwrap();
    }
    text.push_str("\n|---|");
    text.push_str(&"--:|".repeat(Rule::ALL.len()));
    text.push('\n');
    for lie in Lie::ALL {
        write!(text, "| {} |", lie.words()).unwrap();
        for rule in Rule::ALL {
            let wrong = SIZES.map(|size| under(rule, Source::new(lie, size)).wrongly_off);
            write!(text, " {} |", wrong.iter().sum::<usize>()).unwrap();
        }
        text.push('\n');
    }
    text
}

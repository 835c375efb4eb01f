//! What the monitor is told: a few lines of plain text, without names.

use super::run_report::RunReport;
use crate::model::Timestamp;
use crate::model::ids::TeamId;

/// A team whose list has not been believed for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blind {
    /// The team.
    pub team_id: TeamId,
    /// Since when.
    pub since: Timestamp,
}

/// A run that came to its end.
pub fn ended(report: &RunReport, blind: &[Blind]) -> String {
    let mut text = String::new();
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    for one in blind {
        line(format!(
            "blind: the list of team {} was last believed {}",
            one.team_id,
            at(one.since)
        ));
    }
    line(format!(
        "run {} exit {}",
        report.run_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
        report.ending.exit_code()
    ));
    if let Ok(serde_json::Value::Object(counts)) = serde_json::to_value(report.counts()) {
        for (name, number) in counts.iter().filter(|(_, number)| *number != 0) {
            line(format!("{name} {number}"));
        }
    }
    line(format!("outbox_waiting {}", report.undelivered.len()));
    if let Some(head) = report.head {
        line(format!("head {head}"));
    }
    text
}

/// A run that could not go to its end.
pub fn failed(why: &str) -> String {
    format!("failed: {why}\n")
}

fn at(moment: Timestamp) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

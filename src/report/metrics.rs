//! Numbers for Prometheus, in its text format:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use super::run_report::RunReport;
use super::status::{CompanyStatus, StatusReport};
use crate::model::Timestamp;
use crate::model::ids::CompanyId;
use crate::model::message::Channel;
use std::fmt::Write;

/// How much of a company's blast radius is used.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The company.
    pub company_id: CompanyId,
    /// Deactivations within the window.
    pub used: u32,
    /// The most there may be.
    pub limit: u32,
}

/// Everything, as one document. All are gauges: they say how things stand after this run, and a
/// ledger that was moved aside may begin again at zero.
pub fn metrics(report: &RunReport, status: &StatusReport, limits: &[Limit]) -> String {
    let mut page = Page(String::new());
    about_the_run(&mut page, report, status);
    about_the_source(&mut page, report, status);
    about_services(&mut page, report, status);
    page.family(
        "deactivations_in_window",
        "Services that were switched off in the last seven days.",
    );
    for limit in limits {
        page.of(limit.company_id, &[], f64::from(limit.used));
    }
    page.family(
        "deactivations_limit",
        "The most services that may be switched off in one run and in any seven days.",
    );
    for limit in limits {
        page.of(limit.company_id, &[], f64::from(limit.limit));
    }
    page.0
}

fn about_the_run(page: &mut Page, report: &RunReport, status: &StatusReport) {
    let finished = report.finished_at.unwrap_or(report.started_at);
    page.family("last_run_timestamp_seconds", "When the last run ended.");
    page.value(&[], seconds(finished));
    page.family("last_run_duration_seconds", "How long the last run took, without delivering.");
    page.value(&[], seconds(finished) - seconds(report.started_at));
    page.family("last_run_exit_code", "The exit code of the last run: 0 done, 5 not believed.");
    page.value(&[], f64::from(report.ending.exit_code()));
    page.family("paused", "Whether a person said to touch no service.");
    page.value(&[], f64::from(u8::from(status.paused.is_some())));
    page.family("outbox_waiting", "Messages that are not delivered to everybody yet.");
    for channel in Channel::ALL {
        let waiting = status.undelivered.iter().filter(|message| message.channel == channel);
        page.value(&[("channel", channel.as_str())], number(waiting.count()));
    }
}

fn about_the_source(page: &mut Page, report: &RunReport, status: &StatusReport) {
    page.family(
        "last_accepted_observation_timestamp_seconds",
        "When the lists of all teams of a company were last believed; 0 where they never were.",
    );
    for company in &status.companies {
        page.of(company.company_id, &[], company.last_accepted_at.map_or(0.0, seconds));
    }
    page.family("event_types", "Event types that the last list of a team showed.");
    for company in &report.companies {
        for line in &company.observations {
            let Some(event_types) = line.event_types else { continue };
            let team = line.team_id.to_string();
            page.of(company.company_id, &[("team", &team)], number(event_types));
        }
    }
}

fn about_services(page: &mut Page, report: &RunReport, status: &StatusReport) {
    page.family("services", "Rows of the application's table, by whether callers can book them.");
    for company in &status.companies {
        let CompanyStatus { company_id, services: Some(services), .. } = company else { continue };
        page.of(*company_id, &[("state", "active")], f64::from(services.active));
        page.of(*company_id, &[("state", "inactive")], f64::from(services.inactive));
    }
    page.family("services_unlinked", "Rows without an event type, active or not.");
    for company in &status.companies {
        let Some(services) = company.services else { continue };
        page.of(company.company_id, &[], f64::from(services.unlinked));
    }
    page.family("watching", "Active services whose event type is absent.");
    for company in &status.companies {
        page.of(company.company_id, &[], number(company.watching.len()));
    }
    page.family("review_pending", "Questions that nobody answered yet.");
    for company in &status.companies {
        let id = company.company_id;
        let pending = status.pending.iter().filter(|line| line.company_id == id);
        page.of(id, &[], number(pending.count()));
    }
    page.family("last_run_changes", "What the last run did to the table.");
    for company in &report.companies {
        let counts = company.counts;
        for (action, times) in [
            ("deactivate", counts.deactivated),
            ("reactivate", counts.reactivated),
            ("import", counts.imported),
            ("link", counts.linked),
            ("update", counts.updated),
            ("conflict", counts.conflicts),
        ] {
            page.of(company.company_id, &[("action", action)], f64::from(times));
        }
    }
}

/// Milliseconds are kept: a run may be shorter than a second.
fn seconds(at: Timestamp) -> f64 {
    chrono::TimeDelta::milliseconds(at.timestamp_millis()).as_seconds_f64()
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Lines of the format. A family's samples follow its head.
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, help: &str) {
        let escaped = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.put(&format!("# HELP reconciler_{name} {escaped}\n# TYPE reconciler_{name} gauge\n"));
    }

    /// A sample of one company, in the newest family.
    fn of(&mut self, company: CompanyId, labels: &[(&str, &str)], value: f64) {
        let company = company.to_string();
        let mut all = vec![("company", company.as_str())];
        all.extend(labels);
        self.value(&all, value);
    }

    fn value(&mut self, labels: &[(&str, &str)], value: f64) {
        let head = self.0.rfind("# TYPE ").and_then(|at| self.0.get(at + "# TYPE ".len()..));
        let name = head.and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_owned();
        let pairs: Vec<String> = labels
            .iter()
            .map(|(key, value)| {
                let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
                format!("{key}=\"{value}\"")
            })
            .collect();
        let labels =
            if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
        self.put(&format!("{name}{labels} {value}\n"));
    }

    fn put(&mut self, words: &str) {
        // Writing into a string cannot fail.
        let _ = self.0.write_str(words);
    }
}

//! Tell: which messages a run puts into the outbox, in the commit that closes it.

use super::digest::digest;
use super::work::Work;
use crate::decide::tell::{News, tell};
use crate::io::ledger::{Ledger, LedgerError};
use crate::model::Timestamp;
use crate::model::ids::CompanyId;
use crate::model::message::{Cause, Channel, Episode, NewMessage, Told};
use crate::model::run::RunKind;
use crate::model::settings::{Language, SendWhen};
use crate::report::digest::{Digest, Occasion};
use crate::report::mail::mail;
use crate::report::run_report::{Mode, RunReport};
use crate::report::slack::slack;
use chrono::TimeDelta;
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// How far back is told where nothing else says it.
const A_DAY: TimeDelta = TimeDelta::days(1);

/// The messages of a run: at most one a channel. Trouble with making one is logged, and keeps
/// nothing from being closed.
pub fn messages(ledger: &Ledger, work: &Work, report: &RunReport) -> Vec<NewMessage> {
    if report.mode == Mode::Rehearsal {
        return Vec::new();
    }
    let made = Channel::ALL.into_iter().map(|channel| of_run(ledger, work, report, channel));
    made.filter_map(|made| {
        made.unwrap_or_else(|error| {
            tracing::error!(%error, "people are not told of this run: a message could not be made");
            None
        })
    })
    .collect()
}

fn of_run(
    ledger: &Ledger,
    work: &Work,
    report: &RunReport,
    channel: Channel,
) -> Result<Option<NewMessage>, LedgerError> {
    let Some(way) = Way::of(work, channel) else { return Ok(None) };
    let mut told = ledger.told(channel)?.unwrap_or_default();
    let cut_off = report.run_id.map(|run| ledger.cut_off_before(run)).transpose()?.flatten();
    let troubles = match report.kind {
        RunKind::Sync => report.troubles(),
        RunKind::Rollback { .. } => BTreeSet::new(),
    };
    let aside = told.episode.take_if(|known| troubles.is_empty() && !sees_all_of(report, known));
    let is_in_trouble = !troubles.is_empty();
    let happened = report.happened() || cut_off.is_some();
    let news = News { now: report.started_at, troubles, happened };
    let Some((cause, mut after)) = tell(&told, &news, way.send, way.zone) else {
        return Ok(None);
    };
    after.episode = aside.or(after.episode);
    // A moment that is yet to come, of a clock that was wrong, would leave everything out.
    let passed = |at: &Timestamp| *at <= report.started_at;
    let since = match cause {
        Cause::Daily => told.daily_at.filter(passed).unwrap_or(report.started_at - A_DAY),
        _ => cut_off.filter(passed).unwrap_or(report.started_at),
    };
    let facts = digest(ledger, work.records(), since, report.started_at)?
        .with_run(report)
        .on(occasion(cause, after.episode.as_ref(), is_in_trouble));
    let companies = report.companies.iter().map(|company| company.company_id).collect();
    Ok(way.message(&facts, companies, after))
}

/// A rollback observes nothing, and a run of some companies nothing of the others: neither ends
/// their trouble.
fn sees_all_of(report: &RunReport, known: &Episode) -> bool {
    let saw = |company: CompanyId| report.companies.iter().any(|one| one.company_id == company);
    report.kind == RunKind::Sync && known.troubles.iter().all(|(company, _)| saw(*company))
}

fn occasion(cause: Cause, episode: Option<&Episode>, is_in_trouble: bool) -> Occasion {
    match (cause, episode) {
        (Cause::TroubleBegan, _) => Occasion::TroubleBegan,
        (Cause::TroubleOver, Some(known)) => Occasion::TroubleOver { since: known.began_at },
        (_, Some(known)) if is_in_trouble => Occasion::TroubleGoesOn { since: known.began_at },
        _ => Occasion::Usual,
    }
}

/// The message that a person asked for, on one channel. It changes nothing about what is sent when.
pub fn asked(
    ledger: &Ledger,
    work: &Work,
    channel: Channel,
    facts: &Digest,
) -> Result<Option<NewMessage>, LedgerError> {
    let Some(way) = Way::of(work, channel) else { return Ok(None) };
    let told = ledger.told(channel)?.unwrap_or_default();
    let companies = work.companies.iter().map(|company| company.company_id).collect();
    Ok(way.message(facts, companies, told))
}

/// How and when the people at the end of a channel want to be told.
struct Way {
    channel: Channel,
    send: SendWhen,
    language: Language,
    zone: Tz,
    domain: Box<str>,
}

impl Way {
    /// `None` where the channel is not configured. Slack speaks as the mails do.
    fn of(work: &Work, channel: Channel) -> Option<Self> {
        let email = work.notify.email.as_ref();
        let (language, zone) =
            email.map_or((Language::En, Tz::UTC), |email| (email.language, email.time_zone));
        let (send, domain) = match channel {
            Channel::Email => email.map(|email| (email.send, domain_of(&email.from)))?,
            Channel::Slack => {
                work.notify.slack_webhook.as_ref()?;
                (SendWhen::OnChange, "slack")
            }
        };
        Some(Self { channel, send, language, zone, domain: domain.into() })
    }

    fn message(&self, facts: &Digest, companies: Vec<CompanyId>, told: Told) -> Option<NewMessage> {
        let body = match self.channel {
            Channel::Email => serde_json::to_string(&mail(facts, self.language, self.zone)).ok(),
            Channel::Slack => slack(facts, self.language, self.zone).map(|body| body.to_string()),
        };
        let (channel, domain) = (self.channel, self.domain.clone());
        Some(NewMessage { channel, body: body?, told, companies, domain })
    }
}

/// What stands behind the `@` of `Name <user@host>`.
fn domain_of(address: &str) -> &str {
    let host = address.rsplit_once('@').map_or("localhost", |(_, host)| host);
    host.trim_end_matches('>').trim()
}

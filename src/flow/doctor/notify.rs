//! Whom to tell: the settings always, the way itself only where a person asks for it, since a
//! doctor that sends mail by itself changes something.

use super::{counted, told};
use crate::flow::work::Clock;
use crate::io::notify::{Mailer, Monitor, NotifyError, Signal, Webhook};
use crate::model::message::{Channel, MessageNumber, Outgoing, WaitingMessage};
use crate::model::settings::{EmailSettings, Language, NotifySettings};
use crate::report::doctor::Examined;
use crate::report::test_message;
use std::collections::BTreeSet;

/// Whether the ways are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// The settings are looked at.
    SettingsOnly,
    /// A message is sent on each of them.
    SendTest,
}

const NOT_TRIED: &str = "`reconciler doctor --send-test` tries it";

/// Examines every way there is.
pub(super) async fn examine(
    settings: &NotifySettings,
    trial: Trial,
    clock: Clock,
) -> Vec<Examined> {
    let mut checks = Vec::new();
    let language = settings.email.as_ref().map_or(Language::En, |email| email.language);
    if let Some(email) = &settings.email {
        checks.extend(by_mail(email, trial, clock).await);
    }
    if let Some(address) = &settings.slack_webhook {
        let (name, test) = ("slack", test_message::slack(language).to_string());
        let webhook = address.as_ref().map_err(|missing| missing.clone().into());
        checks.push(match (webhook.and_then(Webhook::new), trial) {
            (Err(error), _) => broken(name, "nothing can be sent", &error),
            (Ok(_), Trial::SettingsOnly) => {
                Examined::ok(name, format!("a webhook is configured; {NOT_TRIED}"))
            }
            (Ok(webhook), Trial::SendTest) => {
                match webhook.send(&outgoing(Channel::Slack, test, clock)).await {
                    Ok(()) => Examined::ok(name, format!("{} took the test", webhook.server())),
                    Err(error) => broken(name, "the test was not taken", &error),
                }
            }
        });
    }
    if let Some(ping) = &settings.ping {
        let name = "ping";
        checks.push(match (Monitor::new(ping, clock.now()), trial) {
            (Err(error), _) => broken(name, "nobody can be pinged", &error),
            (Ok(_), Trial::SettingsOnly) => {
                Examined::ok(name, format!("a monitor is configured; {NOT_TRIED}"))
            }
            (Ok(monitor), Trial::SendTest) => by_ping(&monitor).await,
        });
    }
    if checks.is_empty() {
        checks.push(Examined::advice(
            "notify",
            "neither e-mail, Slack nor a monitor is configured",
            "only the exit code and what cron mails say when a run refuses, and nothing says when \
             runs stop coming",
        ));
    }
    checks
}

async fn by_mail(settings: &EmailSettings, trial: Trial, clock: Clock) -> Vec<Examined> {
    let name = "e-mail";
    let mailer = match Mailer::new(settings) {
        Ok(mailer) => mailer,
        Err(error) => return vec![broken(name, "nothing can be sent", &error)],
    };
    let (from, to, server) = (&settings.from, settings.to.join(", "), mailer.server().to_owned());
    if trial == Trial::SettingsOnly {
        let seen = format!("configured, from {from} to {to} by {server}; {NOT_TRIED}");
        return vec![Examined::ok(name, seen)];
    }
    let mail = test_message::mail(settings.language);
    let body = serde_json::json!({ "subject": mail.subject, "text": mail.text, "html": mail.html });
    let test = outgoing(Channel::Email, body.to_string(), clock);
    let mut checks = Vec::with_capacity(settings.to.len());
    for to in &settings.to {
        match mailer.send(&test, to).await {
            Ok(()) => checks.push(Examined::ok(name, format!("{server} took the test to {to}"))),
            Err(error) => {
                let is_the_servers = error.is_the_servers();
                checks.push(broken(name, &format!("the test to {to} was not taken"), &error));
                if is_the_servers {
                    break;
                }
            }
        }
    }
    mailer.close().await;
    checks
}

/// A line for the monitor's log: a success would say that a run had been.
async fn by_ping(monitor: &Monitor) -> Examined {
    match monitor.ping(Signal::Log, "reconciler doctor --send-test\n".to_owned()).await {
        Ok(()) => Examined::ok("ping", format!("{} took a line for its log", monitor.server())),
        Err(error @ NotifyError::Refused { .. }) => Examined::advice(
            "ping",
            format!("{error}"),
            "the address is wrong, or its monitor keeps no log (/log): see whether the next run \
             arrives there",
        ),
        Err(error) => broken("ping", "the monitor was not reached", &error),
    }
}

fn outgoing(channel: Channel, body: String, clock: Clock) -> Outgoing {
    let number = MessageNumber(0);
    Outgoing {
        waiting: WaitingMessage {
            number,
            channel,
            since: clock.now(),
            attempts: 0,
            next_try_at: None,
            last_error: None,
        },
        message_id: format!("<test.{}@reconciler>", clock.now().timestamp_millis()).into(),
        thread: Vec::new(),
        body,
        delivered_to: BTreeSet::new(),
    }
}

fn broken(name: &str, what: &str, error: &NotifyError) -> Examined {
    Examined::broken(name, format!("{what}: {error}"), error.what_to_check())
}

/// Messages that wait are told, whatever the settings are.
pub(super) fn waiting(messages: &[WaitingMessage]) -> Option<Examined> {
    let oldest = messages.first()?;
    let why = oldest.last_error.as_deref().unwrap_or("not tried yet");
    let waiting = counted(messages.len(), "undelivered message");
    let seen = format!("{waiting}; the oldest is of {}: {why}", told(oldest.since));
    Some(Examined::advice("outbox", seen, NOT_TRIED))
}

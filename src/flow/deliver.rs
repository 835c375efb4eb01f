//! Deliver: the outbox, after the run is closed. Nothing that goes wrong here changes the run.

use super::work::{Clock, Work};
use crate::decide::tell::{may_be_tried, next_try_at};
use crate::io::ledger::{Ledger, LedgerError};
use crate::io::notify::{Mailer, NotifyError, Webhook};
use crate::model::message::{Channel, Outgoing, WaitingMessage};
use std::time::{Duration, Instant};

/// No message is begun later than this after the first: the run holds its lock meanwhile, and the
/// next run goes on.
const DELIVERING_TIME_MAX: Duration = Duration::from_mins(1);

/// Tries every message that waits and is due, once; says what waits afterwards.
pub async fn deliver(work: &Work, ledger: &mut Ledger, clock: Clock) -> Vec<WaitingMessage> {
    let delivered = async {
        for channel in Channel::ALL {
            deliver_on(work, ledger, clock, channel).await?;
        }
        Ok::<_, LedgerError>(())
    };
    if let Err(error) = delivered.await {
        tracing::error!(%error, "what was delivered could not be written down");
    }
    ledger.waiting_messages().unwrap_or_default()
}

async fn deliver_on(
    work: &Work,
    ledger: &mut Ledger,
    clock: Clock,
    channel: Channel,
) -> Result<(), LedgerError> {
    let mut waiting = ledger.waiting_messages()?;
    waiting.retain(|message| message.channel == channel);
    if waiting.is_empty() {
        return Ok(());
    }
    let Some(way) = Way::of(work, channel) else {
        let withdrawn = ledger.withdraw(channel)?;
        tracing::warn!(%channel, withdrawn, "not configured any more: what waited is withdrawn");
        return Ok(());
    };
    // A person's shell may not have the secrets that cron has: the next run tries what waits.
    if let Err(NotifyError::Missing(why)) = &way {
        tracing::warn!(%channel, %why, "what waits is left to the next run");
        return Ok(());
    }
    let began = Instant::now();
    let mut server_is = None;
    for message in waiting {
        let is_due = may_be_tried(message.attempts, message.next_try_at, clock.later());
        if !is_due || began.elapsed() > DELIVERING_TIME_MAX {
            continue;
        }
        let outgoing = ledger.outgoing(message.number)?;
        let outcome = match (&way, &server_is) {
            (_, Some(error)) => Err(Clone::clone(error)),
            (Ok(way), None) => way.send(ledger, &outgoing, clock, &mut server_is).await?,
            (Err(error), None) => Err(told(error)),
        };
        match outcome {
            Ok(()) => {
                ledger.delivered(message.number, clock.later())?;
                tracing::info!(%channel, message = message.number.0, "delivered");
            }
            Err(error) => {
                tracing::warn!(%channel, message = message.number.0, %error, "not delivered");
                let next = next_try_at(message.attempts + 1, clock.later());
                ledger.not_delivered(message.number, &error, next)?;
            }
        }
    }
    if let Ok(way) = way {
        way.close().await;
    }
    Ok(())
}

/// An error in one line, with what to check.
fn told(error: &NotifyError) -> String {
    format!("{error} ({})", error.what_to_check())
}

/// A channel that is configured, ready to send.
enum Way {
    Email(Box<Mailer>, Vec<Box<str>>),
    Slack(Box<Webhook>),
}

impl Way {
    /// `None` where it is not configured; an error where it cannot be used.
    fn of(work: &Work, channel: Channel) -> Option<Result<Self, NotifyError>> {
        match channel {
            Channel::Email => work.notify.email.as_ref().map(|settings| {
                Mailer::new(settings).map(|it| Self::Email(Box::new(it), settings.to.clone()))
            }),
            Channel::Slack => work.notify.slack_webhook.as_ref().map(|address| {
                let address = address.as_ref().map_err(Clone::clone)?;
                Webhook::new(address).map(|it| Self::Slack(Box::new(it)))
            }),
        }
    }

    /// Sends to everybody who does not have it yet. One who cannot be reached does not stop the
    /// others; a server that cannot be reached does, and is not asked again in this run.
    async fn send(
        &self,
        ledger: &mut Ledger,
        outgoing: &Outgoing,
        clock: Clock,
        server_is: &mut Option<String>,
    ) -> Result<Result<(), String>, LedgerError> {
        let mut errors = Vec::new();
        match self {
            Self::Slack(webhook) => {
                if let Err(error) = webhook.send(outgoing).await {
                    let words = told(&error);
                    *server_is = error.is_the_servers().then(|| words.clone());
                    errors.push(words);
                }
            }
            Self::Email(mailer, recipients) => {
                for to in recipients.iter().filter(|to| !outgoing.delivered_to.contains(*to)) {
                    match mailer.send(outgoing, to).await {
                        Ok(()) => {
                            ledger.delivered_to(outgoing.waiting.number, to, clock.later())?;
                        }
                        Err(error) if error.is_the_servers() => {
                            *server_is = Some(told(&error));
                            errors.push(told(&error));
                            break;
                        }
                        Err(error) => errors.push(format!("to {to}: {}", told(&error))),
                    }
                }
            }
        }
        Ok(if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) })
    }

    async fn close(self) {
        match self {
            Self::Email(mailer, _) => mailer.close().await,
            Self::Slack(_) => {}
        }
    }
}

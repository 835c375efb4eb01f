//! A message to people: what was decided to be told, and how far it has come.

use super::Timestamp;
use super::ids::CompanyId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A way to people on which nothing may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Mail to every recipient.
    Email,
    /// One webhook.
    Slack,
}

impl Channel {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Email, Self::Slack];

    /// The word in the ledger and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Slack => "slack",
        }
    }

    /// The word for people.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Email => "e-mail",
            Self::Slack => "Slack message",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a message is sent: the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Something went wrong that people do not know of.
    TroubleBegan,
    /// It is still so.
    TroubleStill,
    /// What they were told of is over.
    TroubleOver,
    /// It is the hour for it.
    Daily,
    /// Something was changed, or is asked.
    News,
    /// They want one after every run.
    EveryRun,
}

/// What is wrong with one company's part of a run, as coarsely as people are told of it at once:
/// another check that refuses the same list is not another trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleKind {
    /// An answer of the source was not believed, or did not come.
    Source,
    /// A look-up by id was unclear or contradicted the list.
    LookUp,
    /// Rows moved under us.
    Conflict,
    /// Something could not be done.
    Failed,
}

/// One company's trouble.
pub type Trouble = (CompanyId, TroubleKind);

/// Trouble that people were told of. What returns soon after it was over is the same trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// When the first of it was told.
    pub began_at: Timestamp,
    /// Everything in it that they know of.
    pub troubles: BTreeSet<Trouble>,
    /// How often they were told.
    pub times: u32,
    /// When they were told last.
    pub told_at: Timestamp,
    /// When they were told that it is over; `None` while they believe that it lasts.
    pub over_at: Option<Timestamp>,
}

/// What the people at the end of a channel know, as of the last message decided for it. It stands
/// with that message in the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The last trouble.
    pub episode: Option<Episode>,
    /// When the last daily message was decided.
    pub daily_at: Option<Timestamp>,
}

/// A message about to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The way it goes.
    pub channel: Channel,
    /// What is sent, as JSON: the channel's own shape.
    pub body: String,
    /// What people know once they have it.
    pub told: Told,
    /// The companies it speaks of: their mails are one thread each.
    pub companies: Vec<CompanyId>,
    /// What stands behind the `@` of its Message-ID.
    pub domain: Box<str>,
}

/// The number of a message in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageNumber(pub i64);

/// A message that is not delivered to everybody yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingMessage {
    /// Its number.
    pub number: MessageNumber,
    /// The way it goes.
    pub channel: Channel,
    /// When it was decided.
    pub since: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// When it may be tried next; `None`: by the next run.
    pub next_try_at: Option<Timestamp>,
    /// Why the last try failed, for people; foreign words in it are clean of secrets.
    pub last_error: Option<Box<str>>,
}

/// A waiting message with everything that sending it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What is known of it.
    pub waiting: WaitingMessage,
    /// Its Message-ID, the same at every try, with its angle brackets.
    pub message_id: Box<str>,
    /// The ids that it answers to, one a company, so that a company's mails are one thread.
    pub thread: Vec<Box<str>>,
    /// What is sent.
    pub body: String,
    /// Who has it already.
    pub delivered_to: BTreeSet<Box<str>>,
}

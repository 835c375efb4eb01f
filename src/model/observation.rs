//! What was judged: one attempt to read a team's event types, its verdict, and why.

use super::Timestamp;
use super::event_type::EventType;
use super::ids::{CompanyId, EventTypeId, TeamId};
use super::reading::SourceTrouble;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The named checks of an observation. The names appear in reasons, logs, JSON and mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// DNS, connect, TLS, time-out, truncated or oversized body, 5xx and 429 after retries.
    Transport,
    /// 401, 498: the key. 403: this team for this key.
    Unauthorized,
    /// Any other status.
    UnexpectedStatus,
    /// 404 for the team: the configuration is the problem.
    NotFound,
    /// An HTML page with 200.
    ContentType,
    /// `status` not `success`, no `data`, `data` not a list.
    Envelope,
    /// An item that cannot be read could be the very one we would miss.
    Malformed,
    /// An item's `teamId` is another team's.
    WrongTeam,
    /// The team's own record is not the configured team, is an organization, or is `null`.
    Identity,
    /// The witness is not `200`: hidden event types may be missing.
    Witness,
    /// The same id twice with different content.
    Duplicates,
    /// A configured `must_contain` id is not there.
    Canary,
    /// Zero event types while the team ever had any, or while an active service is linked.
    Empty,
    /// Too many of the ids seen before are gone at once.
    Shrunk,
    /// A team's first list, while the services that it would be held against could not be read.
    ServicesUnknown,
    /// The first accepted observation under a scope: a baseline.
    NewScope,
    /// Less than `min_observation_gap` since the last one that counted, or an earlier clock.
    TooSoon,
    /// Another team of the company was not accepted in this run, so no absence counts.
    OtherTeam,
    /// More than `streak_expires_after` without an accepted observation: streaks start again.
    StreaksExpired,
    /// Identical twins were merged.
    Twins,
}

impl Check {
    /// The name people and scripts see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Unauthorized => "unauthorized",
            Self::UnexpectedStatus => "unexpected-status",
            Self::NotFound => "not-found",
            Self::ContentType => "content-type",
            Self::Envelope => "envelope",
            Self::Malformed => "malformed",
            Self::WrongTeam => "wrong-team",
            Self::Identity => "identity",
            Self::Witness => "witness",
            Self::Duplicates => "duplicates",
            Self::Canary => "canary",
            Self::Empty => "empty",
            Self::Shrunk => "shrunk",
            Self::ServicesUnknown => "services-unknown",
            Self::NewScope => "new-scope",
            Self::TooSoon => "too-soon",
            Self::OtherTeam => "other-team",
            Self::StreaksExpired => "streaks-expired",
            Self::Twins => "twins",
        }
    }

    /// What an observation with this finding is worth, at best.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Transport | Self::Unauthorized | Self::UnexpectedStatus | Self::NotFound => {
                Verdict::Failed
            }
            Self::ContentType
            | Self::Envelope
            | Self::Malformed
            | Self::WrongTeam
            | Self::Identity
            | Self::Duplicates => Verdict::Rejected,
            Self::Witness | Self::Canary | Self::Empty | Self::Shrunk | Self::ServicesUnknown => {
                Verdict::Quarantined
            }
            Self::NewScope
            | Self::TooSoon
            | Self::OtherTeam
            | Self::StreaksExpired
            | Self::Twins => Verdict::Accepted,
        }
    }

    /// True where a person may accept an observation in spite of it.
    pub fn can_be_accepted(self) -> bool {
        matches!(self, Self::Canary | Self::Empty | Self::Shrunk)
            || self.verdict() == Verdict::Accepted
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an observation is worth, from most to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Proves presence and absence.
    Accepted,
    /// Readable, not plausible: proves presence, never absence. Waits for a person.
    Quarantined,
    /// Not trustworthy: proves nothing.
    Rejected,
    /// Not obtained: proves nothing.
    Failed,
}

impl Verdict {
    /// The word in ledger, JSON and mail.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Quarantined => "quarantined",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a check saw, and what it compared that with. Kept in the ledger as data, so that every
/// language and every voice can say it in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// Nothing readable came: the check stands in the trouble itself.
    Source(SourceTrouble),
    /// `wrong-team`.
    WrongTeam {
        /// The first such item.
        event_type_id: EventTypeId,
        /// The team it says it belongs to.
        says: TeamId,
        /// How many items say so, of any other team.
        items: usize,
    },
    /// `identity`.
    Identity(IdentityMismatch),
    /// `witness`.
    Witness {
        /// The event type looked up.
        event_type_id: EventTypeId,
        /// `None`: the exact "not found", for an event type that the list shows.
        trouble: Option<SourceTrouble>,
    },
    /// `duplicates`.
    Duplicates {
        /// The first id that came twice with different content.
        event_type_id: EventTypeId,
    },
    /// `canary`.
    Canary {
        /// The configured ids that are not there.
        missing: Vec<EventTypeId>,
    },
    /// `empty`.
    Empty {
        /// How many event types the last accepted observation of this team had.
        previous: Option<usize>,
        /// How many active services of the company are linked.
        linked: usize,
    },
    /// `shrunk`.
    Shrunk {
        /// The ids that are gone at once, in order; at most [`Finding::IDS_SHOWN`] of them.
        gone: Vec<EventTypeId>,
        /// How many are gone.
        gone_count: usize,
        /// Out of how many.
        of: usize,
        /// How many may go at once.
        allowed: usize,
        /// What was compared.
        yardstick: Yardstick,
    },
    /// `services-unknown`.
    ServicesUnknown,
    /// `new-scope`.
    NewScope {
        /// True where the team was accepted before, under another scope.
        known_team: Familiarity,
    },
    /// `too-soon`.
    TooSoon {
        /// When the last observation that counted was made.
        last: Timestamp,
        /// The configured gap, in seconds.
        gap_seconds: u64,
    },
    /// `other-team`.
    OtherTeam {
        /// A team of the same company that was not accepted in this run.
        team_id: TeamId,
        /// What became of it.
        verdict: Verdict,
    },
    /// `streaks-expired`.
    StreaksExpired {
        /// When the previous accepted observation was made.
        last: Timestamp,
    },
    /// `twins`.
    Twins {
        /// How many identical items were merged.
        merged: usize,
    },
}

/// Whether a team was accepted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Familiarity {
    /// Never accepted before.
    FirstTime,
    /// Accepted before, under another scope.
    OtherScope,
}

/// What `shrunk` held the list against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Yardstick {
    /// The ids of the team's last accepted observation.
    PreviousObservation,
    /// The event types that the company's active services are linked to.
    ActiveServices,
}

/// How the team's own record differs from the configured team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityMismatch {
    /// `data: null`: seen shortly after a team's deletion.
    Null,
    /// Another id.
    Id {
        /// What the record says.
        says: TeamId,
    },
    /// Another slug.
    Slug {
        /// What the record says; `None` where it has none.
        says: Option<Box<str>>,
        /// What the configuration says.
        configured: Box<str>,
    },
    /// The id is an organization's.
    Organization,
}

impl Finding {
    /// How many ids a finding names before it only counts.
    pub const IDS_SHOWN: usize = 20;

    /// The check's name.
    pub fn check(&self) -> Check {
        match self {
            Self::Source(trouble) => trouble.check,
            Self::WrongTeam { .. } => Check::WrongTeam,
            Self::Identity(_) => Check::Identity,
            Self::Witness { .. } => Check::Witness,
            Self::Duplicates { .. } => Check::Duplicates,
            Self::Canary { .. } => Check::Canary,
            Self::Empty { .. } => Check::Empty,
            Self::Shrunk { .. } => Check::Shrunk,
            Self::ServicesUnknown => Check::ServicesUnknown,
            Self::NewScope { .. } => Check::NewScope,
            Self::TooSoon { .. } => Check::TooSoon,
            Self::OtherTeam { .. } => Check::OtherTeam,
            Self::StreaksExpired { .. } => Check::StreaksExpired,
            Self::Twins { .. } => Check::Twins,
        }
    }
}

/// What an observation was made of. Under another scope, what was counted before does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Where the API stands.
    pub base_url: Box<str>,
    /// `cal-api-version`.
    pub api_version: Box<str>,
    /// The team read.
    pub team_id: TeamId,
    /// All teams of the company, in order.
    pub company_teams: Vec<TeamId>,
    /// A hash of the key, from which nobody can tell the key.
    pub key_fingerprint: Box<str>,
    /// How this program reads an item.
    pub mapping_version: u32,
}

/// One attempt to read a team's event types, judged. A record: what it proves is for
/// `decide::assess` to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The team.
    pub team_id: TeamId,
    /// The company it was read for.
    pub company_id: CompanyId,
    /// The run's moment.
    pub at: Timestamp,
    /// What it was made of.
    pub scope: Scope,
    /// What it is worth.
    pub verdict: Verdict,
    /// Whether an absence in it advances streaks.
    pub weight: Weight,
    /// Whether streaks go on across it.
    pub series: Series,
    /// Why; in the order of the checks.
    pub findings: Vec<Finding>,
    /// What it shows, in id order without twins; `None` where nothing readable came.
    pub event_types: Option<Vec<EventType>>,
    /// How many event types the team's previous accepted observation had.
    pub previous_event_types: Option<usize>,
}

/// Whether an absence in an observation advances streaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// `counts_for_absence: true`.
    CountsForAbsence,
    /// It shows what is present, and no more.
    PresenceOnly,
    /// It shows nothing.
    Nothing,
}

/// Whether streaks go on across an observation, or start again at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    /// They go on.
    Continues,
    /// A new scope, or more than `streak_expires_after` without an accepted observation.
    Starts,
}

impl Observation {
    /// True where an absence in it advances streaks.
    pub fn counts_for_absence(&self) -> bool {
        self.weight == Weight::CountsForAbsence
    }
}

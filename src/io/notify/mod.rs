//! Ways to people and to monitors: mail, Slack, pings. Each tries once; trying again is the
//! outbox's matter.

mod email;
mod ping;
mod slack;

pub use email::Mailer;
pub use ping::{Monitor, Signal};
pub use slack::Webhook;

use crate::model::settings::MissingSecret;
use std::time::Duration;

/// Why something was not sent. No address of a webhook or monitor and no password is in it; a
/// server's own words are, clean of both.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// Where to send it is a secret that is not at hand.
    #[error(transparent)]
    Missing(#[from] MissingSecret),
    /// A setting or a message that cannot be used at all.
    #[error("{what}")]
    Unusable {
        /// What is wrong with it.
        what: String,
    },
    /// No connection.
    #[error("no connection to {server}: {why}")]
    NoConnection {
        /// Host and port.
        server: Box<str>,
        /// Why.
        why: String,
    },
    /// The other side could not prove who it is, or speaks no TLS.
    #[error("{server} is not trusted: {why}")]
    NotTrusted {
        /// Host and port.
        server: Box<str>,
        /// Why.
        why: String,
    },
    /// User or password were refused, or there is no way to give them.
    #[error("{server} refused the login: {words}")]
    NotLoggedIn {
        /// Host and port.
        server: Box<str>,
        /// Its words.
        words: String,
    },
    /// It said no, and will say so again.
    #[error("{server} refused it: {words}")]
    Refused {
        /// Host and port.
        server: Box<str>,
        /// Its words.
        words: String,
    },
    /// It said no for now.
    #[error("{server} does not take it now: {words}")]
    NotNow {
        /// Host and port.
        server: Box<str>,
        /// Its words.
        words: String,
    },
    /// The connection ended in the middle.
    #[error("{server} broke off in the middle: {why}")]
    BrokeOff {
        /// Host and port.
        server: Box<str>,
        /// Why.
        why: String,
    },
    /// It took too long.
    #[error("{server} did not finish within {}", humantime::format_duration(*within))]
    Slow {
        /// Host and port.
        server: Box<str>,
        /// The limit.
        within: Duration,
    },
}

impl NotifyError {
    /// Whether the same would befall every other message on this way now.
    pub fn is_the_servers(&self) -> bool {
        match self {
            Self::NoConnection { .. }
            | Self::NotTrusted { .. }
            | Self::NotLoggedIn { .. }
            | Self::Slow { .. } => true,
            Self::Missing(_)
            | Self::Unusable { .. }
            | Self::Refused { .. }
            | Self::NotNow { .. }
            | Self::BrokeOff { .. } => false,
        }
    }

    /// What a person can check.
    pub fn what_to_check(&self) -> &str {
        match self {
            Self::Missing(secret) => &secret.hint,
            Self::Unusable { .. } => "correct it in the configuration",
            Self::NoConnection { .. } => {
                "check the host's name and port, and that this machine may connect there"
            }
            Self::NotTrusted { .. } => {
                "check the host's name, its certificate's dates and issuer, this machine's clock \
                 and ca-certificates, and the port: 465 is smtps://, 587 is smtp:// with \
                 ?tls=required"
            }
            Self::NotLoggedIn { .. } => {
                "check user and password; some providers want a password made for this program, \
                 and special characters in a URL are written as %XX"
            }
            Self::Refused { .. } => {
                "read the server's words; check the addresses, and that this user may send as `from`"
            }
            Self::NotNow { .. } => "nothing yet: it is tried again",
            Self::BrokeOff { .. } => {
                "nothing if it passes: it is tried again, and what was taken before the break \
                 arrives twice with the same Message-ID"
            }
            Self::Slow { .. } => {
                "check the server's load, and whether a firewall swallows the packets"
            }
        }
    }
}

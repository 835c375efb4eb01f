//! Who says it, and why: what every command that records a person's word has in common.

use super::output::Output;
use super::{Session, USAGE};
use crate::config::DURATION_MAX;
use crate::flow::sync::RunError;
use crate::flow::{review, rollback};
use crate::model::review::Word;
use std::time::Duration;

/// A person's name and words.
#[derive(Debug, Default, clap::Args)]
pub struct Person {
    /// Who says so [default: the login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why, in your words
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Person {
    /// The person's word, at this moment.
    pub fn word(&self, session: &Session) -> Word {
        let by = self.by.as_deref().or_else(|| session.environment.user());
        Word {
            by: by.unwrap_or("somebody").trim().into(),
            at: session.clock.now(),
            reason: self.reason.as_deref().map(Into::into),
        }
    }
}

/// `7d`, `2h`, `90m`; at most ten years.
pub fn duration(text: &str) -> Result<Duration, String> {
    if text.contains('M') {
        // `10M` is ten months to the parser, and ten minutes to whoever typed it.
        return Err("a capital M is not a unit here; write 10m for minutes, 30d for a month".into());
    }
    match humantime::parse_duration(text) {
        Ok(duration) if duration <= DURATION_MAX => Ok(duration),
        Ok(_) => Err("the most is ten years".into()),
        Err(error) => Err(format!("{error}; write it like 7d, 2h or 90m")),
    }
}

/// A request that was refused whole is wrong usage; anything else is an error.
pub fn refused(error: anyhow::Error) -> anyhow::Result<u8> {
    let error = match error.downcast::<RunError>() {
        Ok(RunError::Failed(inner)) => inner,
        Ok(locked @ RunError::Locked(_)) => return Err(locked.into()),
        Err(other) => other,
    };
    if error.is::<review::Refusal>() || error.is::<rollback::Refusal>() {
        Output::complain(&format!("{error:#}"));
        Output::complain("nothing was changed");
        return Ok(USAGE);
    }
    Err(error)
}

//! Who says it, and why: what every command that records a person's word has in common.

use super::Session;
use crate::config::DURATION_MAX;
use crate::flow::sync::RunError;
use crate::model::review::Word;
use std::time::Duration;

/// A person's name and words.
#[derive(Debug, Default, clap::Args)]
pub struct Person {
    /// Who says so [default: the login name]
    #[arg(long, value_name = "NAME", value_parser = name)]
    by: Option<String>,
    /// Why, in your words
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Person {
    /// The person's word, at this moment. Blanks are no reason.
    pub fn word(&self, session: &Session) -> Result<Word, Nameless> {
        let by = self.by.as_deref().or_else(|| session.environment.user());
        let reason = self.reason.as_deref().map(str::trim).filter(|reason| !is_blank(reason));
        Ok(Word {
            by: name(by.unwrap_or_default()).map_err(|_| Nameless)?.into(),
            at: session.clock.now(),
            reason: reason.map(Into::into),
        })
    }
}

/// Whoever decides is named, in the ledger and in every mail about it: nobody decides nothing.
#[derive(Debug, thiserror::Error)]
#[error(
    "say who: --by NAME (or LOGNAME=NAME before the command); neither LOGNAME nor USER is set, \
     and this account has no name. Nothing was changed"
)]
pub struct Nameless;

fn name(typed: &str) -> Result<String, String> {
    let name = typed.trim();
    if is_blank(name) { Err("a name is wanted".into()) } else { Ok(name.into()) }
}

/// Whether nothing in it can be read: blanks, or what no terminal shows.
fn is_blank(words: &str) -> bool {
    !words.chars().any(char::is_alphanumeric)
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

/// The same for what begins now: at least a second, or it would be over as it begins.
pub fn a_while(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        none if none < Duration::from_secs(1) => Err("the least is 1s".into()),
        long_enough => Ok(long_enough),
    }
}

/// An error as it was before it failed a run: a request that was refused whole is wrong usage.
pub fn refused<T>(error: anyhow::Error) -> anyhow::Result<T> {
    Err(match error.downcast::<RunError>() {
        Ok(RunError::Failed(inner)) => inner,
        Ok(locked @ RunError::Locked(_)) => locked.into(),
        Err(other) => other,
    })
}

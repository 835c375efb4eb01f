//! Cal.com, API v2: the four requests this program makes, and what their answers mean.
//!
//! A read that failed is an error value and can never be seen as a list: there is no default, no
//! fallback to another route or version, and no item is ever skipped.

mod body;
mod http;
mod pace;
mod trouble;
mod wait;
mod wire;
#[cfg(test)]
mod tests;

use crate::model::ids::{EventTypeId, TeamId};
use crate::model::observation::Check;
use crate::model::reading::{Answer, LookUp, Reach, SourceTrouble, Witness};
use crate::model::settings::{MissingSecret, SourceSettings};
use http::{Line, Request};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use trouble::Failure;
use url::Url;

/// How this program reads an item. Part of an observation's scope: raise it whenever the same
/// answer would be read differently than before.
pub const MAPPING_VERSION: u32 = 1;

/// Why there is no client. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no key.
    #[error(transparent)]
    Missing(#[from] MissingSecret),
    /// The key has characters that no header can carry, a line break for example.
    #[error("the key cannot be sent in a header")]
    Key,
    /// So has the API version.
    #[error("the API version cannot be sent in a header")]
    ApiVersion,
    /// The base URL cannot have a path.
    #[error("the base URL cannot be the base of anything")]
    BaseUrl,
    /// TLS could not be set up, for want of root certificates for example.
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}

/// Cal.com, as seen with one key. Keeps to the pace and the patience of its settings.
pub struct CalCom {
    line: Line,
    base_url: Url,
}

impl CalCom {
    /// A client for one key; nothing is sent yet. There should be one for each key in a process,
    /// since the pace is kept per client.
    pub fn new(settings: &SourceSettings) -> Result<Self, SourceError> {
        let mut base_url = settings.base_url.clone();
        // Nothing may come along into requests that was not meant for them.
        base_url.set_query(None);
        base_url.set_fragment(None);
        base_url.set_username("").map_err(|()| SourceError::BaseUrl)?;
        base_url.set_password(None).map_err(|()| SourceError::BaseUrl)?;
        Ok(Self { line: Line::new(settings)?, base_url })
    }

    /// Tells keys apart, and tells nobody the key: 16 hex digits of a SHA-256 under a prefix of its
    /// own.
    pub fn key_fingerprint(key: &SecretString) -> Box<str> {
        let digest = Sha256::new()
            .chain_update(b"reconciler key fingerprint\0")
            .chain_update(key.expose_secret().as_bytes())
            .finalize();
        hex::encode(digest).chars().take(16).collect()
    }

    /// Asks whose key it is (`GET /v2/me`), once per key and run. Trouble concerns the key.
    ///
    /// The list alone would not tell: it has been answered with `200` for expired keys and for no
    /// key at all (Cal.com API v2 source, v6.1.11, and its contract of 2026).
    pub async fn greet(&self) -> Result<(), SourceTrouble> {
        let request = self.request(&["v2", "me"], Reach::Key);
        let read = async |response| wire::me(&self.line.record(response).await?, &self.line.scrub);
        self.line.ask(&request, read).await
    }

    /// Reads a team: its own record, its whole list, and the witness, in this order.
    pub async fn read_team(&self, team: TeamId) -> Result<Answer, SourceTrouble> {
        let id = team.to_string();
        let request = self.request(&["v2", "teams", &id], Reach::Team);
        let read =
            async |response| wire::team(&self.line.record(response).await?, &self.line.scrub);
        let identity = self.line.ask(&request, read).await?;

        let mut request = self.request(&["v2", "teams", &id, "event-types"], Reach::Team);
        // Without it the order is any, and two readings of the same could differ.
        request.url.set_query(Some("sortCreatedAt=asc"));
        let event_types = self.line.ask(&request, async |r| self.line.list(r).await).await?;

        let witness = match event_types.first().map(|first| first.id) {
            Some(event_type_id) => {
                let answer = self.look_up(team, event_type_id).await;
                Some(Witness { event_type_id, answer })
            }
            None => None,
        };
        Ok(Answer { identity, event_types, witness })
    }

    /// Asks for one event type of a team by its own id. Only the team's admins may (Cal.com API
    /// v2), so the exact "not found" is an answer about the event type, and nothing else is.
    pub async fn look_up(&self, team: TeamId, event_type: EventTypeId) -> LookUp {
        let (team_text, id_text) = (team.to_string(), event_type.to_string());
        let path = ["v2", "teams", &team_text, "event-types", &id_text];
        let request = self.request(&path, Reach::Team);
        let read = async |response: reqwest::Response| {
            let status = response.status();
            if status == StatusCode::NOT_FOUND {
                let headers = response.headers().clone();
                let complaint = self.line.complaint(response).await;
                return match &complaint {
                    Some(told) if told.says_not_found(event_type) => Ok(LookUp::NotFound),
                    _ => Err(self.line.refused(status, &headers, complaint.as_ref())),
                };
            }
            let body = self.line.record(response).await?;
            let (id, its_team) = wire::found(&body, &self.line.scrub)?;
            if (id, its_team) == (event_type, team) {
                return Ok(LookUp::Exists);
            }
            let seen = format!("the answer is about event type {id} of team {its_team}");
            Err(Failure::lasting(Check::Malformed, seen))
        };
        self.line.ask(&request, read).await.unwrap_or_else(LookUp::Unclear)
    }

    fn request(&self, path: &[&str], reach: Reach) -> Request {
        let mut url = self.base_url.clone();
        // `new` has refused a URL that cannot have a path.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        Request { url, label: format!("GET /{}", path.join("/")).into(), reach }
    }
}

//! Slack, by an incoming webhook: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>.

use super::NotifyError;
use crate::io::power;
use crate::io::scrub::Scrub;
use crate::io::web::{self, innermost};
use crate::model::message::Outgoing;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use url::Url;

/// Bounds one message. Slack answers within a second or not at all.
const MESSAGE_TIME_MAX: Duration = Duration::from_secs(15);

/// Bounds how much is read of an answer, of which a few words are shown.
const ANSWER_BYTES_MAX: usize = 4 << 10;

/// One webhook.
pub struct Webhook {
    client: reqwest::Client,
    url: Url,
    server: Box<str>,
    scrub: Scrub,
}

impl Webhook {
    /// Reads the settings; nobody is asked.
    pub fn new(address: &SecretString) -> Result<Self, NotifyError> {
        let (client, url, server) = client(address, "the webhook", MESSAGE_TIME_MAX)?;
        let scrub = Scrub::of(secrets_of(&url, address), "[webhook]");
        Ok(Self { client, url, server, scrub })
    }

    /// The host: the rest of the address is a secret.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Posts a message.
    pub async fn send(&self, outgoing: &Outgoing) -> Result<(), NotifyError> {
        power::step();
        let request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
        let response = request.body(outgoing.body.clone()).send().await;
        let response = response
            .map_err(|error| of_send(&error, &self.server, &self.scrub, MESSAGE_TIME_MAX))?;
        power::step();
        expect_success(response, &self.server, &self.scrub).await
    }
}

/// A client for a secret address, and what of the address may be shown.
pub(super) fn client(
    address: &SecretString,
    what: &str,
    time_max: Duration,
) -> Result<(reqwest::Client, Url, Box<str>), NotifyError> {
    let unusable = |why: &str| NotifyError::Unusable { what: format!("{what} {why}") };
    let url = Url::parse(address.expose_secret())
        .map_err(|_| unusable("has an address that is no URL"))?;
    let client = web::client_for(&url).timeout(time_max).build();
    let client = client.map_err(|error| unusable(&innermost(&error)))?;
    let server = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    Ok((client, url, server.into()))
}

/// The address whole, and its path: an error or an answer may repeat either.
pub(super) fn secrets_of(url: &Url, address: &SecretString) -> Vec<SecretString> {
    let path = url.path().trim_matches('/').to_owned();
    vec![address.clone(), SecretString::from(path)]
}

/// A request that got no answer.
pub(super) fn of_send(
    error: &reqwest::Error,
    server: &str,
    scrub: &Scrub,
    within: Duration,
) -> NotifyError {
    let (server, why) = (server.into(), scrub.clean(&innermost(error)));
    if error.is_timeout() {
        NotifyError::Slow { server, within }
    } else if error.is_connect() && why.contains("certificate") {
        NotifyError::NotTrusted { server, why }
    } else if error.is_connect() {
        NotifyError::NoConnection { server, why }
    } else {
        NotifyError::BrokeOff { server, why }
    }
}

/// Lets every 2xx pass; of anything else, the status and what the answer says.
pub(super) async fn expect_success(
    response: Response,
    server: &str,
    scrub: &Scrub,
) -> Result<(), NotifyError> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let words = format!("HTTP {} {}", status.as_u16(), scrub.clean(&words_of(response).await));
    let (server, words) = (server.into(), words.trim_end().to_owned());
    Err(if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        NotifyError::NotNow { server, words }
    } else {
        NotifyError::Refused { server, words }
    })
}

async fn words_of(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

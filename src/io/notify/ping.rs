//! A monitor that raises the alarm when runs stop coming, in the way of Healthchecks:
//! <https://healthchecks.io/docs/http_api/>. A ping is sent now or never: a late one is a lie.

use super::NotifyError;
use super::slack::{client, expect_success, of_send, secrets_of};
use crate::io::power;
use crate::io::scrub::Scrub;
use crate::model::Timestamp;
use crate::model::settings::PingSettings;
use std::time::Duration;
use url::Url;
use uuid::Uuid;

/// Bounds one ping: a monitor that is slow must not hold up the run it watches.
const PING_TIME_MAX: Duration = Duration::from_secs(5);

/// What is signalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A run begins.
    Start,
    /// It ended in order.
    Success,
    /// It failed, or the source has not been believed for too long.
    Fail,
    /// Nothing: a line for the monitor's log, which changes no state there.
    Log,
}

impl Signal {
    fn path(self) -> &'static str {
        match self {
            Self::Start => "/start",
            Self::Success => "",
            Self::Fail => "/fail",
            Self::Log => "/log",
        }
    }
}

/// The monitor, as one run sees it.
pub struct Monitor {
    client: reqwest::Client,
    url: Url,
    server: Box<str>,
    scrub: Scrub,
    run: Uuid,
}

impl Monitor {
    /// Reads the settings; nobody is asked. The pings of one run carry the same number, made here.
    pub fn new(settings: &PingSettings, now: Timestamp) -> Result<Self, NotifyError> {
        let address = settings.url.as_ref().map_err(Clone::clone)?;
        let (client, url, server) = client(address, "the monitor", PING_TIME_MAX)?;
        let scrub = Scrub::of(secrets_of(&url, address), "[monitor]");
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let at = uuid::Timestamp::from_unix_time(seconds, now.timestamp_subsec_nanos(), 0, 0);
        Ok(Self { client, url, server, scrub, run: Uuid::new_v7(at) })
    }

    /// The host: the rest of the address is a secret.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Pings once.
    pub async fn ping(&self, signal: Signal, body: String) -> Result<(), NotifyError> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{}", url.path().trim_end_matches('/'), signal.path()));
        url.query_pairs_mut().append_pair("rid", &self.run.to_string());
        power::step();
        let response = self.client.post(url).body(body).send().await;
        power::step();
        let response =
            response.map_err(|error| of_send(&error, &self.server, &self.scrub, PING_TIME_MAX))?;
        expect_success(response, &self.server, &self.scrub).await
    }
}

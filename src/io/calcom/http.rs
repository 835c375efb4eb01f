//! Sending: one client, its pace, its attempts, and bodies within bounds.

use super::SourceError;
use super::body::Splitter;
use super::pace::Window;
use super::trouble::{Again, Failure, of_body, of_fault, of_send, of_status};
use super::wait::{Delays, asked_wait};
use super::wire::{Complaint, List, complaint};
use crate::io::power;
use crate::io::scrub::Scrub;
use crate::io::web;
use crate::model::event_type::EventType;
use crate::model::observation::Check;
use crate::model::reading::{Reach, SourceTrouble};
use crate::model::settings::{ApiKey, SourceSettings};
use hyper::body::Bytes;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

/// Bounds the body of one record. A record has a few kilobytes; an event type with hundreds of
/// hosts has some hundred. This is far above both, and nothing a small machine would notice.
const RECORD_BYTES_MAX: u64 = 4 << 20;
/// Bounds how much is read of an error's body, of which one sentence is shown.
const COMPLAINT_BYTES_MAX: u64 = 64 << 10;

/// What to ask for.
pub(super) struct Request {
    pub(super) url: Url,
    /// Method and path, for people.
    pub(super) label: Box<str>,
    /// How far trouble with it reaches, at least.
    pub(super) reach: Reach,
}

/// The way to one Cal.com with one key.
pub(super) struct Line {
    client: reqwest::Client,
    window: RefCell<Window>,
    pub(super) scrub: Rc<Scrub>,
    timeout: Duration,
    patience: Duration,
    max_attempts: u32,
    max_body_bytes: u64,
}

impl Line {
    pub(super) fn new(settings: &SourceSettings) -> Result<Self, SourceError> {
        let key = settings.api_key.as_ref().map_err(Clone::clone)?;
        Ok(Self {
            client: client(settings, key)?,
            window: RefCell::new(Window::new(settings.requests_per_minute)),
            scrub: Rc::new(Scrub::new(&key.secret)),
            timeout: settings.timeout,
            patience: settings.patience,
            max_attempts: settings.max_attempts.max(1),
            max_body_bytes: settings.max_body_bytes,
        })
    }

    /// Asks until there is an answer, or no sense in asking again.
    pub(super) async fn ask<T>(
        &self,
        request: &Request,
        read: impl AsyncFn(Response) -> Result<T, Failure>,
    ) -> Result<T, SourceTrouble> {
        self.wait_for_a_place().await;
        // Waiting for the first place is queueing, not patience with the server.
        let deadline = Instant::now() + self.patience;
        let mut delays = Delays::new(self.patience);
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(request, attempt, deadline, &read).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = match failure.again {
                Again::Never => return Err(trouble(request, failure, attempt, "")),
                _ if attempt >= self.max_attempts => {
                    return Err(trouble(request, failure, attempt, ""));
                }
                Again::Soon => delays.next(),
                Again::After(asked) => delays.next().max(asked),
            };
            if Instant::now() + wait >= deadline {
                let patience = humantime::format_duration(self.patience);
                let wait = humantime::format_duration(round(wait));
                let why = format!("; the wait of {wait} would go past the patience of {patience}");
                return Err(trouble(request, failure, attempt, &why));
            }
            sleep(wait).await;
            self.wait_for_a_place().await;
            attempt += 1;
        }
    }

    async fn wait_for_a_place(&self) {
        loop {
            // Bound first: the window must not stay borrowed while others wait too.
            let place = self.window.borrow_mut().take(Instant::now());
            match place {
                Ok(()) => return,
                Err(wait) => sleep(wait).await,
            }
        }
    }

    async fn attempt<T>(
        &self,
        request: &Request,
        attempt: u32,
        deadline: Instant,
        read: &impl AsyncFn(Response) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let budget = self.timeout.min(deadline.saturating_duration_since(Instant::now()));
        power::step();
        let answered = timeout(budget, async {
            let sent = self.client.get(request.url.clone()).send().await;
            let response = sent.map_err(|error| of_send(&error, &self.scrub))?;
            tracing::debug!(
                request = %request.label,
                attempt,
                status = response.status().as_u16(),
                request_id = header(response.headers(), "x-request-id").unwrap_or_default(),
                "answered"
            );
            read(response).await
        });
        answered.await.unwrap_or_else(|_| {
            let budget = humantime::format_duration(round(budget));
            Err(Failure::passing(format!("no complete answer within {budget}")))
        })
    }

    /// A list, item by item as it comes.
    pub(super) async fn list(&self, response: Response) -> Result<Vec<EventType>, Failure> {
        let mut response = self.expect_json(response).await?;
        let mut splitter = Splitter::new(List::new(Rc::clone(&self.scrub)));
        let mut bytes = 0;
        while let Some(chunk) = self.chunk(&mut response, &mut bytes, self.max_body_bytes).await? {
            splitter.push(&chunk).map_err(|fault| of_fault(fault, &self.scrub))?;
        }
        tracing::debug!(bytes, "list read");
        let (list, has_data) = splitter.finish().map_err(|fault| of_fault(fault, &self.scrub))?;
        list.finish(has_data)
    }

    /// The body of one record.
    pub(super) async fn record(&self, response: Response) -> Result<Vec<u8>, Failure> {
        let mut response = self.expect_json(response).await?;
        let most = RECORD_BYTES_MAX.min(self.max_body_bytes);
        let (mut body, mut bytes) = (Vec::new(), 0);
        while let Some(chunk) = self.chunk(&mut response, &mut bytes, most).await? {
            body.extend_from_slice(&chunk);
        }
        tracing::debug!(bytes, "record read");
        Ok(body)
    }

    async fn chunk(
        &self,
        response: &mut Response,
        bytes: &mut u64,
        most: u64,
    ) -> Result<Option<Bytes>, Failure> {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| of_body(&error, *bytes, &self.scrub))?;
        *bytes += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if *bytes > most {
            let seen = format!("the body is larger than {most} bytes");
            return Err(Failure::lasting(Check::Transport, seen));
        }
        Ok(chunk)
    }

    /// Lets a `200` with JSON pass.
    async fn expect_json(&self, response: Response) -> Result<Response, Failure> {
        if response.status() != StatusCode::OK {
            let status = response.status();
            let headers = response.headers().clone();
            let complaint = self.complaint(response).await;
            return Err(self.refused(status, &headers, complaint.as_ref()));
        }
        match header(response.headers(), CONTENT_TYPE.as_str()) {
            Some(content_type) if is_json(content_type) => Ok(response),
            Some(other) => {
                let seen = format!("the content type is {}, not JSON", self.scrub.quote(other));
                Err(Failure::lasting(Check::ContentType, seen))
            }
            None => Err(Failure::lasting(Check::ContentType, "there is no content type")),
        }
    }

    /// A status other than 200, as a failure.
    pub(super) fn refused(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        complaint: Option<&Complaint>,
    ) -> Failure {
        let (check, reach, again) = of_status(status, asked_wait(status, headers));
        let mut seen = format!("HTTP {}", status.as_u16());
        if status.is_redirection()
            && let Some(location) = header(headers, LOCATION.as_str())
        {
            // The host only: the rest may carry a session of whatever stands there.
            let host = Url::parse(location).ok().and_then(|url| url.host_str().map(str::to_owned));
            let host = host.map_or("its own host".to_owned(), |host| self.scrub.quote(&host));
            seen = format!("{seen}, which points to {host}");
        } else if let Some(complaint) = complaint {
            seen = format!("{seen}: {}", self.scrub.quote(&complaint.message));
        } else if let Some(content_type) = header(headers, CONTENT_TYPE.as_str()) {
            seen = format!("{seen} with content type {}", self.scrub.quote(content_type));
        }
        Failure { check, reach, seen, again }
    }

    /// What an error's body says, if it says anything. The status stands, whatever becomes of the
    /// body.
    pub(super) async fn complaint(&self, mut response: Response) -> Option<Complaint> {
        if !header(response.headers(), CONTENT_TYPE.as_str()).is_some_and(is_json) {
            return None;
        }
        let (mut body, mut bytes) = (Vec::new(), 0);
        while let Some(chunk) =
            self.chunk(&mut response, &mut bytes, COMPLAINT_BYTES_MAX).await.ok()?
        {
            body.extend_from_slice(&chunk);
        }
        complaint(&body)
    }
}

fn client(settings: &SourceSettings, key: &ApiKey) -> Result<reqwest::Client, SourceError> {
    let bearer = format!("Bearer {}", key.secret.expose_secret());
    let mut authorization = HeaderValue::try_from(bearer).map_err(|_| SourceError::Key)?;
    authorization.set_sensitive(true);
    let version =
        HeaderValue::from_str(&settings.api_version).map_err(|_| SourceError::ApiVersion)?;
    let headers = HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (ACCEPT, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("cal-api-version"), version),
    ]);
    let client = web::client_for(&settings.base_url).default_headers(headers);
    client.build().map_err(SourceError::Client)
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Durations for people need no more than this.
fn round(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

fn trouble(request: &Request, failure: Failure, attempts: u32, why: &str) -> SourceTrouble {
    let mut seen = failure.seen;
    if attempts > 1 {
        seen = format!("{seen} ({attempts} attempts)");
    }
    let reach = if request.reach == Reach::Key { Reach::Key } else { failure.reach };
    SourceTrouble {
        check: failure.check,
        request: request.label.clone(),
        seen: format!("{seen}{why}").into(),
        reach,
    }
}

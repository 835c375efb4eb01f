//! Mail, by SMTP.

use super::NotifyError;
use crate::io::power;
use crate::io::scrub::{Scrub, decoded};
use crate::io::web::innermost;
use crate::model::message::Outgoing;
use crate::model::settings::EmailSettings;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// Bounds one delivery to one recipient, from the connection to the server's last word. RFC 5321
/// allows minutes for each step; a run holds its lock meanwhile, and what is not delivered now is
/// tried by the next run.
const DELIVERY_TIME_MAX: Duration = Duration::from_secs(20);

/// Bounds the TCP connection alone: a host that swallows packets is noticed sooner.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(10);

/// Replies of RFC 4954 that speak of the login: 454 for now, 530 wanted, 534 too weak, 535 wrong,
/// 538 only with TLS.
const LOGIN_REPLIES: [u16; 5] = [454, 530, 534, 535, 538];

/// One connection to the mail server, opened by the first mail and kept for the next.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    server: Box<str>,
    from: Mailbox,
    to: Vec<Mailbox>,
    scrub: Scrub,
}

/// A mail as the outbox keeps it.
#[derive(Deserialize)]
struct Body {
    subject: String,
    text: String,
    html: String,
}

/// RFC 3834: no machine needs to answer this, and no person is away from it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Mailer {
    /// Reads the settings. Nothing is sent, and nobody is asked.
    pub fn new(settings: &EmailSettings) -> Result<Self, NotifyError> {
        let url = settings.smtp_url.as_ref().map_err(Clone::clone)?.expose_secret();
        let parsed = Url::parse(url).map_err(|_| unusable("the mail server's URL is none"))?;
        let host = parsed.host_str().unwrap_or_default();
        let server = match parsed.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let scrub = Scrub::of(secrets_of(&parsed), "[password]");
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| {
                let why = scrub.clean(&innermost(&error));
                // This machine has no certificates to trust anybody by.
                let server = server.as_str().into();
                if error.is_tls() {
                    NotifyError::NotTrusted { server, why }
                } else {
                    unusable(&why)
                }
            })?
            .timeout(Some(CONNECTION_TIME_MAX))
            .pool_config(PoolConfig::new().max_size(1))
            .build();
        let to = settings.to.iter().map(|to| mailbox(to)).collect::<Result<_, _>>()?;
        Ok(Self { transport, server: server.into(), from: mailbox(&settings.from)?, to, scrub })
    }

    /// Host and port, without user and password.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Sends a mail to one of its recipients. The others stand in its header all the same.
    pub async fn send(&self, outgoing: &Outgoing, to: &str) -> Result<(), NotifyError> {
        let message = self.message(outgoing)?;
        let recipient = mailbox(to)?;
        let envelope =
            lettre::address::Envelope::new(Some(self.from.email.clone()), vec![recipient.email])
                .map_err(|error| unusable(&error.to_string()))?;
        power::step();
        let sending = self.transport.send_raw(&envelope, &message);
        match timeout(DELIVERY_TIME_MAX, sending).await {
            Ok(Ok(response)) => {
                power::step();
                tracing::debug!(server = %self.server, code = %response.code(), "mail taken");
                Ok(())
            }
            Ok(Err(error)) => Err(self.trouble(&error)),
            Err(_) => {
                Err(NotifyError::Slow { server: self.server.clone(), within: DELIVERY_TIME_MAX })
            }
        }
    }

    /// Takes leave of the server.
    pub async fn close(self) {
        // Whoever does not answer to QUIT has the mail all the same.
        let _ = timeout(CONNECTION_TIME_MAX, self.transport.shutdown()).await;
    }

    fn message(&self, outgoing: &Outgoing) -> Result<Vec<u8>, NotifyError> {
        let body: Body = serde_json::from_str(&outgoing.body)
            .map_err(|_| unusable("the outbox holds a mail that cannot be read"))?;
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(body.subject)
            .date(outgoing.waiting.since.into())
            .message_id(Some(outgoing.message_id.to_string()))
            .header(AutoSubmitted);
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        if let Some(first) = outgoing.thread.first() {
            builder = builder.in_reply_to(first.to_string()).references(outgoing.thread.join(" "));
        }
        // The same at every try, so that doubles are the same byte for byte.
        let number: String =
            outgoing.message_id.chars().filter(char::is_ascii_alphanumeric).collect();
        let parts = MultiPart::alternative().boundary(format!("=_{number}"));
        let parts = parts.singlepart(SinglePart::plain(body.text));
        let message = builder
            .multipart(parts.singlepart(SinglePart::html(body.html)))
            .map_err(|error| unusable(&error.to_string()))?;
        Ok(message.formatted())
    }

    fn trouble(&self, error: &SmtpError) -> NotifyError {
        let server = self.server.clone();
        let why = self.scrub.clean(&innermost(error));
        if let Some(code) = error.status() {
            let words = format!("{code} {why}");
            return match u16::from(code) {
                code if LOGIN_REPLIES.contains(&code) => NotifyError::NotLoggedIn { server, words },
                _ if error.is_transient() => NotifyError::NotNow { server, words },
                _ => NotifyError::Refused { server, words },
            };
        }
        if error.is_timeout() {
            return NotifyError::Slow { server, within: CONNECTION_TIME_MAX };
        }
        if error.is_client() {
            // What lettre says of its own accord, for want of a reply.
            return match why.as_str() {
                _ if why.contains("STARTTLS") => NotifyError::NotTrusted { server, why },
                _ if why.contains("authentication") => {
                    NotifyError::NotLoggedIn { server, words: why }
                }
                _ => NotifyError::Refused { server, words: why },
            };
        }
        if error.is_tls() || is_of_tls(error) {
            return NotifyError::NotTrusted { server, why };
        }
        // The only word for it: lettre does not tell its kinds any further.
        if error.to_string().starts_with("Connection error") {
            return NotifyError::NoConnection { server, why };
        }
        NotifyError::BrokeOff { server, why }
    }
}

/// A handshake that failed comes as I/O of invalid data.
fn is_of_tls(error: &SmtpError) -> bool {
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(io) = source.downcast_ref::<io::Error>() {
            return io.kind() == io::ErrorKind::InvalidData;
        }
        next = source.source();
    }
    false
}

fn mailbox(address: &str) -> Result<Mailbox, NotifyError> {
    let what = |_| unusable(&format!("\"{}\" is not a mail address", address.escape_debug()));
    address.parse().map_err(what)
}

fn unusable(what: &str) -> NotifyError {
    NotifyError::Unusable { what: what.to_owned() }
}

/// The password as it is typed, as it is meant, and as it travels: a server may repeat any of them
/// (RFC 4616 and the LOGIN mechanism).
fn secrets_of(url: &Url) -> Vec<SecretString> {
    let Some(typed) = url.password() else { return Vec::new() };
    let (user, password) = (decoded(url.username()), decoded(typed));
    let plain = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
    let login = BASE64_STANDARD.encode(&password);
    [plain, login, typed.to_owned(), password].map(SecretString::from).into()
}

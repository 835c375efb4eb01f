//! What a URL may be. None is ever shown whole: it could carry a password or a token.

use super::secrets::Secret;
use secrecy::ExposeSecret;
use std::net::IpAddr;
use url::{Host, Url};

/// True for a host that is this machine and cannot be another.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // Under a scheme that is not the web's, an address is a name to the parser.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Schemes that are surely schemes: before the colon of anything else could stand a secret.
const SCHEMES: [&str; 11] = [
    "http",
    "https",
    "ftp",
    "smtp",
    "smtps",
    "sqlite",
    "mysql",
    "mariadb",
    "postgres",
    "postgresql",
    "submission",
];

/// Scheme and host: all of a URL that may be shown.
pub(super) fn shown(url: &Url) -> String {
    if !SCHEMES.contains(&url.scheme()) {
        return "something of another kind".to_owned();
    }
    match url.host_str() {
        Some(host) => format!("{}://{host}", url.scheme()),
        None => format!("{}:", url.scheme()),
    }
}

/// A secret URL; a problem where it is none. What follows looks at the parsed form, the value goes
/// on as it is.
pub(super) fn parse_secret(secret: &Secret<'_>, example: &str) -> Option<Url> {
    let text = secret.value.expose_secret();
    // The parser would strip these in silence.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        secret.say("contains blanks or control characters, and so is no URL", Some(example));
        return None;
    }
    let parsed = Url::parse(text).ok();
    if parsed.is_none() {
        secret.say("does not hold a URL", Some(example));
    }
    parsed
}

/// A secret web address: `https`, or `http` to this machine.
pub(super) fn is_web_address(secret: &Secret<'_>, example: &str) -> bool {
    let Some(url) = parse_secret(secret, example) else { return false };
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !secure {
        let seen = format!("holds {}; https is wanted", shown(&url));
        secret.say(&seen, Some(example));
    }
    secure
}

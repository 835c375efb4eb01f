//! The client, against bytes and against a server on loopback.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod foreign_text;
mod harm;
mod lists;
mod look_ups;
mod reading;
mod splitter;
mod weather;

use super::CalCom;
use crate::io::loopback_calcom::{LoopbackCalCom, SourceTeam, SourceWorld};
use crate::model::ids::TeamId;
use crate::model::settings::{ApiKey, SourceSettings};
use secrecy::SecretString;
use std::time::Duration;

const TEAM: TeamId = TeamId(34209);

/// A Cal.com with one team of this many event types.
fn cal_com_with(count: u32) -> LoopbackCalCom {
    let server = LoopbackCalCom::start().unwrap();
    server.change(|world| *world = SourceWorld::with_teams([SourceTeam::generated(TEAM.0, count)]));
    server
}

/// A key, at hand.
fn key(secret: &str) -> ApiKey {
    ApiKey { secret: SecretString::from(secret), fingerprint: "f".into() }
}

/// Settings with which bad weather does not take long.
fn settings(base_url: &str) -> SourceSettings {
    SourceSettings {
        base_url: base_url.parse().unwrap(),
        api_version: "2026-06-12".into(),
        api_key: Ok(key(SourceWorld::KEY)),
        timeout: Duration::from_secs(5),
        max_attempts: 3,
        requests_per_minute: 10_000,
        patience: Duration::from_secs(10),
        max_body_bytes: 1 << 30,
    }
}

/// A client, its settings adjusted.
fn client(server: &LoopbackCalCom, adjust: impl FnOnce(&mut SourceSettings)) -> CalCom {
    let mut settings = settings(&server.base_url());
    // Forty milliseconds before the second attempt.
    settings.patience = Duration::from_secs(2);
    adjust(&mut settings);
    CalCom::new(&settings).unwrap()
}

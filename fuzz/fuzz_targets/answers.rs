//! Any bytes as Cal.com's list of a team's event types: refused, or read with every item that a
//! plain reading of the same bytes finds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconciler::io::calcom::CalCom;
use reconciler::io::loopback_calcom::{LoopbackCalCom, SourceTeam, SourceWorld, Weather};
use reconciler::model::ids::TeamId;
use reconciler::model::settings::{ApiKey, SourceSettings};
use std::time::Duration;
use tokio::runtime::Runtime;

const TEAM: i64 = 34209;

struct Line {
    server: LoopbackCalCom,
    calcom: CalCom,
    runtime: Runtime,
}

impl Line {
    fn new() -> Self {
        let server = LoopbackCalCom::start().expect("loopback can be listened on");
        server.change(|world| {
            *world = SourceWorld::with_teams([SourceTeam::new(TEAM, "team", "A team")]);
        });
        let settings = SourceSettings {
            base_url: server.base_url().parse().expect("it is an address"),
            api_version: "2026-06-12".into(),
            api_key: Ok(ApiKey {
                secret: SourceWorld::KEY.to_owned().into(),
                fingerprint: "f".into(),
            }),
            timeout: Duration::from_secs(10),
            max_attempts: 1,
            requests_per_minute: 1_000_000,
            patience: Duration::from_secs(10),
            max_body_bytes: 1 << 20,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be built");
        let calcom = CalCom::new(&settings).expect("the settings are those of a client");
        Self { server, calcom, runtime }
    }
}

thread_local! {
    static LINE: Line = Line::new();
}

fuzz_target!(|body: &[u8]| {
    LINE.with(|line| {
        let content_type = "application/json".to_owned();
        let raw = Weather::Raw { status: 200, content_type, body: body.to_vec() };
        line.server.change(|world| world.weather = raw);
        let Ok(answer) = line.runtime.block_on(line.calcom.read_team(TeamId(TEAM))) else { return };
        let plain: serde_json::Value =
            serde_json::from_slice(body).expect("what was read is JSON to everybody");
        let items = plain.get("data").and_then(serde_json::Value::as_array);
        assert_eq!(items.map(Vec::len), Some(answer.event_types.len()), "no item was lost");
    });
});

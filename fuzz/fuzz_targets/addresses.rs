//! Any text as the address of the mail server, the database, Slack and the monitor: it is taken or
//! refused, and a refusal does not show what it refuses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconciler::config::{self, Environment};
use std::path::PathBuf;
use std::sync::LazyLock;

const SETTINGS: &str = r#"
[services]
url_env = "ADDRESS"
[[teams]]
team_id = 1
company_id = 1
[notify.email]
from = "a@example.com"
to = ["b@example.com"]
smtp_url_env = "ADDRESS"
[notify.slack]
webhook_url_env = "ADDRESS"
[notify.ping]
url_env = "ADDRESS"
"#;

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let file = std::env::temp_dir().join(format!("reconciler-fuzz-{}.toml", std::process::id()));
    std::fs::write(&file, SETTINGS).expect("the folder for temporary files can be written");
    file
});

/// Stands in every address as its password, and must stand in no refusal.
const PASSWORD: &str = "pw5fQ0zKx7";

fuzz_target!(|text: &str| {
    let (scheme, rest) = text.split_once("://").unwrap_or(("smtp", text));
    let address = format!("{scheme}://user:{PASSWORD}@{rest}");
    let pairs = [("CALCOM_API_KEY", "cal_live_fuzz"), ("ADDRESS", address.as_str())];
    if let Err(refusal) = config::load(&FILE, &Environment::from_pairs(pairs)) {
        assert!(!refusal.to_string().contains(PASSWORD), "{refusal}");
    }
});

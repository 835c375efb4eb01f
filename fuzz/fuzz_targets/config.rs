//! Any bytes as a configuration: an answer, and never a panic; what is accepted protects.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconciler::config::{self, Environment};
use std::path::PathBuf;
use std::sync::LazyLock;

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    std::env::temp_dir().join(format!("reconciler-fuzz-{}.toml", std::process::id()))
});

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(&*FILE, bytes).expect("the folder for temporary files can be written");
    let environment = Environment::from_pairs([("CALCOM_API_KEY", "cal_live_fuzz")]);
    if let Ok(config) = config::load(&FILE, &environment) {
        assert!(config.companies.iter().all(|company| company.safety.absent_threshold >= 3));
    }
});

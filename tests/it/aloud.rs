//! What a test says besides that it passed, and how much of it is asked for.

use std::io::Write;

/// Says it to whoever runs the tests, also where they pass: figures, and what was skipped.
pub fn aloud(words: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "{words}");
}

/// `RECONCILER_TEST_LONG`: more of what takes long.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not of the program")]
pub fn is_long() -> bool {
    std::env::var_os("RECONCILER_TEST_LONG").is_some()
}

/// `RECONCILER_TEST_SEED`: other random instants; the same ones without it.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not of the program")]
pub fn seed() -> u64 {
    std::env::var("RECONCILER_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(34_209)
}

//! What a test says besides that it passed, and how much of it is asked for.

use std::io::Write;

/// Says it to whoever runs the tests, also where they pass: figures, and what was skipped.
pub fn aloud(words: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "{words}");
}

/// Stories on something outside are left out where it is not there: said aloud, and a failure where
/// `RECONCILER_TEST_REQUIRE` names it. The names are `mysql`, `postgres`, `smtp`, `sqlite3`, and
/// `root` for what only root may do: mount a small disk, be another user.
#[track_caller]
pub fn skip(what: &str, why: &str) {
    assert!(!is_required(what), "RECONCILER_TEST_REQUIRE names {what}: {why}");
    aloud(&format!("SKIPPED: stories on {what}: {why}"));
}

fn is_required(what: &str) -> bool {
    setting("RECONCILER_TEST_REQUIRE")
        .is_some_and(|list| list.split(',').any(|one| one.trim() == what))
}

/// `RECONCILER_TEST_LONG`: more of what takes long.
pub fn is_long() -> bool {
    setting("RECONCILER_TEST_LONG").is_some()
}

/// `RECONCILER_TEST_SEED`: other random instants; the same ones without it.
pub fn seed() -> u64 {
    setting("RECONCILER_TEST_SEED").and_then(|seed| seed.parse().ok()).unwrap_or(34_209)
}

/// One of the tests' own settings.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not of the program")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

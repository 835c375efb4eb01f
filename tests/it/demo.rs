//! The demo's folder: what it says where it cannot play.

use crate::typed::Said;
use std::path::Path;
use std::process::Command;

/// What the file says by which a demo knows a folder of its own.
const MARKER: &str = "This folder was made by `reconciler demo`, which may start it over.\n";

/// The demo, played in there.
fn demo(here: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reconciler"));
    Said::by(command.env_clear().current_dir(here).arg("demo").args(arguments))
}

/// A lock file that cannot be made is no run at work: whoever waits for its end waits for ever.
#[test]
fn a_lock_file_that_cannot_be_made_is_told_as_what_it_is() {
    let here = tempfile::tempdir().unwrap();
    let folder = here.path().join("mine");
    std::fs::create_dir_all(folder.join("ledger.db.lock")).unwrap();
    std::fs::write(folder.join(".reconciler-demo"), MARKER).unwrap();
    let said = demo(here.path(), &["--dir", "mine"]);
    said.exits(1).tells(&["ledger.db.lock cannot be used", "Is a directory"]);
    assert!(!said.err.contains("at work"), "{said:?}");
}

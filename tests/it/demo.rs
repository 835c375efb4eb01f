//! The demo's folder: whose it is, and what is said where it cannot be played in.

use crate::typed::Said;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the file says by which a demo knows a folder of its own.
const MARKER: &str = "This folder was made by `reconciler demo`, which may start it over.\n";

/// The demo, played in there.
fn demo(here: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reconciler"));
    Said::by(command.env_clear().current_dir(here).arg("demo").args(arguments))
}

/// Every file in a folder, with its bytes; the lock says who held it last.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| !path.ends_with("ledger.db.lock"));
    paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// Whoever tries the demo again finds the first one as it was; one that was only looked at is started
/// over where it is named, and one in which somebody has worked never.
#[test]
fn a_demo_is_never_played_over_somebodys_work() {
    let here = tempfile::tempdir().unwrap();
    let first = here.path().join("demo");
    demo(here.path(), &[]).exits(0).tells(&["Folder: demo."]);
    let types = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reconciler"));
        command.env_clear().arg("--config").arg(first.join("config.toml")).args(line.split(' '));
        Said::by(&mut command)
    };
    for line in ["status", "runs", "review list", "explain 3"] {
        types(line);
    }
    let as_it_was = files(&first);
    demo(here.path(), &[]).exits(0).tells(&["Folder: demo-2."]);
    assert!(files(&first) == as_it_was, "the second one is beside it");
    demo(here.path(), &["--dir", "demo"]).exits(0).tells(&["an earlier demo's, started over"]);

    types("hold 438 --by ana --reason mine").exits(0);
    let worked_in = files(&first);
    let said = demo(here.path(), &["--dir", "demo"]);
    said.exits(2).tells(&[
        "somebody has worked in demo",
        "nothing in it was touched",
        "--dir PATH",
    ]);
    assert!(files(&first) == worked_in);
    assert!(types("explain 438").exits(0).out.contains("mine"));
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

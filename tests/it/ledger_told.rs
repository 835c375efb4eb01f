//! What people are told of a ledger that cannot be used: by the doctor before a run fails, and by
//! whatever they look at.

use crate::aloud::skip;
use crate::ledger_faults::{Disk, as_nobody, checkpointed, on, permit};
use crate::typed::is_root;
use crate::world::World;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

/// The user that may do nothing, by name.
fn nobody() -> String {
    let said = Command::new("id").args(["-un", "65534"]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

fn belongs_to(path: &Path, user: u32) {
    chown(path, Some(user), Some(user)).unwrap();
}

/// After one run as root, cron's user may not write what that run left: the run says whose file it
/// is and the command that changes it, and the doctor says so before.
#[test]
fn a_file_of_another_user_is_named_by_the_run_and_by_the_doctor() {
    if !is_root() {
        return skip("root", "files of two users: this one may not give files away");
    }
    let world = World::salon(2);
    checkpointed(&world);
    let ledger = world.path("ledger.db");
    let folder = ledger.parent().unwrap().to_owned();
    let all = ["", "config.toml", "services.db", "ledger.db", "ledger.db.lock", "ledger.db.head"];
    for name in all {
        belongs_to(&folder.join(name), 65_534);
    }
    as_nobody(&world, "run").exits(0);
    as_nobody(&world, "doctor").exits(0).tells(&["Nothing is broken"]);

    for name in ["ledger.db", "ledger.db.lock", "ledger.db-wal"] {
        let file = folder.join(name);
        std::fs::OpenOptions::new().append(true).create(true).open(&file).unwrap();
        belongs_to(&file, 0);
        permit(&file, 0o644);
        let chown = format!("as root, run `chown {} {}`", nobody(), file.display());
        let said = as_nobody(&world, "run");
        let whose = format!("{} belongs to root", file.display());
        said.exits(1).tells(&[&whose, &chown, "no service was touched"]);
        let before = world.files();
        let said = as_nobody(&world, "doctor --json").exits(1).json();
        let checks = said["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == "ledger files").unwrap();
        assert_eq!(check["state"], "broken");
        assert!(check["seen"].as_str().unwrap().contains(&whose), "{check}");
        assert!(check["advice"].as_str().unwrap().contains(&chown), "{check}");
        assert!(before == world.files(), "{name}: nothing was written, and no trace left");
        belongs_to(&file, 65_534);
        as_nobody(&world, "run").exits(0);
    }
}

/// Whoever may read the ledger and not write it looks without a trace: a log of theirs beside it
/// would stop the next run.
#[test]
fn a_look_of_another_user_leaves_no_file_beside_the_ledger() {
    let world = World::salon(2);
    checkpointed(&world);
    let folder = world.path("");
    permit(&folder, 0o777);
    permit(&world.path("config.toml"), 0o644);
    permit(&world.path("ledger.db"), 0o444);
    let before = world.files();
    for line in ["status", "runs", "show 1", "explain 1", "digest", "review list"] {
        as_nobody(&world, line).exits(0);
        assert!(before == world.files(), "{line}");
    }
    permit(&world.path("ledger.db"), 0o644);
    permit(&folder, 0o700);
}

/// A full disk stops every run: the doctor says so, and leaves nothing on it.
#[test]
fn the_doctor_sees_that_the_disk_under_the_ledger_is_full() {
    let Some(disk) = Disk::mount("2m") else {
        return skip("root", "a full disk under the ledger: this user may not mount one");
    };
    let (world, ledger) = on(&disk);
    std::fs::write(disk.path("ledger.db"), ledger).unwrap();
    std::fs::write(disk.path("ledger.db.lock"), "nobody\n").unwrap();
    world.types("doctor").exits(0);
    disk.leave(0);
    let files = || {
        let names = std::fs::read_dir(disk.path("")).unwrap().map(|it| it.unwrap().path());
        names.map(|path| (std::fs::read(&path).unwrap(), path)).collect::<Vec<_>>()
    };
    let before = files();
    world.types("doctor").exits(1).tells(&["has no room for a MiB more", "make room"]);
    assert!(files() == before, "no trace");
    world.types("run").exits(1);
}

/// Whoever looks, or has a word to say, is told of a damaged ledger what a run tells of it.
#[test]
fn whoever_meets_a_damaged_ledger_is_told_what_to_do() {
    let world = World::salon(2);
    checkpointed(&world);
    let mut torn = std::fs::read(world.path("ledger.db")).unwrap();
    torn[100..4096].fill(0xA5);
    std::fs::write(world.path("ledger.db"), torn).unwrap();
    for line in [
        "run",
        "status",
        "runs",
        "show 1",
        "explain 1",
        "digest",
        "review list",
        "review approve 1 --by ana",
        "pause --by ana --reason x",
        "hold 1 --by ana --reason x",
        "rollback 1 --yes",
    ] {
        let said = world.types(line);
        said.exits(1).tells(&["What to do: put a backup in its place"]);
        assert_eq!(said.err.matches("What to do").count(), 1, "once: {said:#?}");
    }
}

/// A ledger that was deleted: everybody who looks says that there was one, what it means that it is
/// gone, and what to do; and nobody makes a new one by looking.
#[test]
fn a_ledger_that_was_deleted_is_called_gone_and_not_new() {
    let mut world = World::salon(4);
    world.syncs(2);
    let links = world.ledger_number("SELECT max(id) FROM chain", ());
    std::fs::remove_file(world.path("ledger.db")).unwrap();
    let before = world.files();
    let was = format!("there was a ledger here, of {links} links, and it is gone");
    let told = |line: &str| {
        let mut said = world.types(line);
        said.out = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        said.out = said.out.replace("There was", "there was");
        said
    };
    for (line, code) in [("status", 0), ("runs", 0), ("show 3", 2), ("explain 1", 2), ("doctor", 1)]
    {
        let said = told(line);
        said.exits(code).tells(&[&was, "put its backup back", "every streak begins at zero"]);
    }
    told("digest").exits(0).tells(&["The ledger is gone", "every streak begins at zero"]);
    let said = told("verify");
    said.exits(1).tells(&[&was, "Put a backup in its place"]);
    assert!(!said.out.contains("Keep this file"), "{said:#?}");
    for (line, code) in [("status --json", 0), ("runs --json", 0), ("show 3 --json", 2)] {
        let json = world.types(line).exits(code).json();
        assert_eq!(json["gone"]["links"], links, "{line}");
    }
    assert!(before == world.files());
    world.types("run").exits(0);
    assert!(world.types("status --json").json()["gone"].is_null());
}

/// Where there never was one, nothing is said of one.
#[test]
fn before_the_first_run_no_ledger_is_called_gone() {
    let world = World::of(&[(crate::world::TEAM, 1)]);
    for (line, code) in [("status", 0), ("runs", 0), ("show 3", 2), ("explain 1", 2)] {
        let said = world.types(line);
        assert!(!said.exits(code).tells(&["No run yet"]).out.contains("gone"), "{said:#?}");
    }
}

/// What was found decides what `verify` says of the next run: a head of elsewhere stops none, a link
/// that does not fit stops every one.
#[test]
fn verify_says_of_the_next_run_what_it_does() {
    let world = World::salon(2);
    let foreign = format!("verify --anchor {}", "5f".repeat(32));
    let told = |line: &str| world.types(line).out.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = told(&foreign);
    assert!(said.contains("runs go on with it") && !said.contains("refuses"), "{said}");
    world.types("run").exits(0);

    checkpointed(&world);
    let ledger = world.ledger();
    ledger.execute_batch("DROP TRIGGER chain_is_fact").unwrap();
    ledger
        .execute("UPDATE chain SET hash = zeroblob(32) WHERE id = (SELECT max(id) FROM chain)", ())
        .unwrap();
    drop(ledger);
    assert!(told("verify").contains("A run refuses to begin with it"), "{}", told("verify"));
    world.types("run").exits(1);
}

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

//! What can become of the ledger's file and of its disk, and what the program does then.

use crate::aloud::skip;
use crate::receiver::Receiver;
use crate::typed::{Said, is_root};
use crate::world::{World, dump};
use reconciler::io::ledger::Ledger;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

// ------------------------------------------------------------------------------------- the file

/// Everything stands in the file itself, and nothing in its log.
pub fn checkpointed(world: &World) {
    let ledger = world.ledger();
    ledger.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
}

/// Every command that opens the ledger refuses it, says why, and changes no byte of anything.
#[track_caller]
fn is_refused(world: &World, words: &[&str]) {
    let before = world.files();
    for line in ["run", "run --check-only", "rollback 1 --yes --by ana --reason x"] {
        let said = world.types(line);
        said.exits(1).tells(words).tells(&["nothing was done, and no service was touched"]);
        assert!(!said.err.contains("panicked"), "{said:#?}");
    }
    world.types("hold 1 --by ana --reason mine").exits(1).tells(words);
    for line in ["status", "runs", "verify"] {
        let mut said = world.types(line);
        said.out = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        said.exits(1).tells(words);
    }
    world.types("doctor").exits(1);
    let mut after = world.files();
    after.retain(|path, _| !path.ends_with("ledger.db.lock"));
    let mut before = before;
    before.retain(|path, _| !path.ends_with("ledger.db.lock"));
    assert!(after == before, "{:?}", after.keys().collect::<Vec<_>>());
}

/// A torn, cut, emptied or foreign file, a newer ledger, a folder: refused, with what to do, and
/// every byte stays. A cut of one single page shows as well.
#[test]
fn a_file_that_is_no_whole_ledger_is_refused_and_keeps_every_byte() {
    let mut world = World::salon(4);
    world.syncs(2);
    checkpointed(&world);
    let path = world.path("ledger.db");
    let whole = std::fs::read(&path).unwrap();
    let backup = "put a backup in its place";
    std::fs::write(&path, []).unwrap();
    is_refused(&world, &["is empty"]);
    for cut in [whole.len() / 2 + 100, whole.len() - 4096, whole.len() - 1, 4096] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        is_refused(&world, &["its end is lost"]);
    }
    world.types("run").exits(1).tells(&[backup]);
    for start in [50, 17] {
        std::fs::write(&path, &whole[..start]).unwrap();
        is_refused(&world, &["is not a ledger, or is damaged"]);
    }
    let mut torn = whole.clone();
    torn[100..4096].fill(0xA5);
    std::fs::write(&path, torn).unwrap();
    is_refused(&world, &["damaged"]);
    std::fs::write(&path, [7_u8; 5000]).unwrap();
    is_refused(&world, &["is not a ledger"]);

    std::fs::remove_file(&path).unwrap();
    let foreign = Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE runs (id INTEGER); PRAGMA user_version = 1").unwrap();
    drop(foreign);
    is_refused(&world, &["of another program"]);
    world.types("run").tells(&["name a file of its own in ledger.path"]);

    std::fs::write(&path, &whole).unwrap();
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    is_refused(&world, &["newer version of this program"]);

    std::fs::write(&path, &whole).unwrap();
    world.types("run").exits(0);
}

/// A folder where the ledger should be.
#[test]
fn a_folder_in_the_place_of_the_ledger_is_refused() {
    let world = World::salon(2);
    std::fs::remove_file(world.path("ledger.db")).unwrap();
    std::fs::create_dir(world.path("ledger.db")).unwrap();
    let said = world.types("run");
    said.exits(1).tells(&["cannot be opened", "not a file", "no service was touched"]);
    world.types("run --check-only").exits(1).tells(&["not a file"]);
    assert_eq!(std::fs::read_dir(world.path("ledger.db")).unwrap().count(), 0);
}

/// The program as a user who may do nothing here; the tests' own user where that is not root.
pub fn as_nobody(world: &World, line: &str) -> Said {
    let mut command = world.process(line);
    if is_root() {
        command.uid(65_534).gid(65_534);
    }
    Said::by(&mut command)
}

pub fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A file that this user may not read, or may not write: refused, and it says who must be able to.
#[test]
fn a_ledger_without_permission_is_refused() {
    let world = World::salon(2);
    checkpointed(&world);
    let path = world.path("ledger.db");
    let folder = path.parent().unwrap().to_owned();
    permit(&folder, 0o777);
    permit(&world.path("config.toml"), 0o644);
    permit(&world.path("ledger.db.lock"), 0o666);
    permit(&world.path("services.db"), 0o666);
    let (rows, ledger) = (world.rows(), std::fs::read(&path).unwrap());
    for (mode, words) in [(0o000, "cannot be opened"), (0o444, "cannot be written")] {
        permit(&path, mode);
        let said = as_nobody(&world, "run");
        said.exits(1).tells(&[words, "ledger.db belongs to", "may not write it", "What to do"]);
    }
    permit(&path, 0o644);
    permit(&folder, 0o700);
    assert_eq!(world.rows(), rows);
    assert!(std::fs::read(&path).unwrap() == ledger);
}

/// A new ledger beside the log of one that is gone would take that log for its own.
#[test]
fn the_log_of_a_ledger_that_is_gone_is_not_taken_for_a_new_one() {
    let world = World::salon(2);
    checkpointed(&world);
    std::fs::remove_file(world.path("ledger.db")).unwrap();
    std::fs::write(world.path("ledger.db-wal"), [1_u8; 4152]).unwrap();
    let before = world.rows();
    world.types("run").exits(1).tells(&["(-wal) is still there", "no service was touched"]);
    assert!(!world.path("ledger.db").exists());
    assert_eq!(world.rows(), before);
    std::fs::remove_file(world.path("ledger.db-wal")).unwrap();
    world.types("run").exits(0);
    assert!(!world.path("ledger.db.new").exists());
}

// ----------------------------------------------------------------------------- its own absence

/// A deleted ledger begins at zero: nothing is switched off on old evidence, and what the program
/// switched off before is a person's to switch on.
#[test]
fn a_deleted_ledger_starts_at_zero_and_believes_no_old_evidence() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard", "Perm", "Wash", "Braids"]);
    world.auto_mode("0s");
    let beard = world.calcom_removes("Beard");
    world.syncs(3);
    assert!(!world.is_bookable("Beard"), "auto mode");
    world.calcom_removes("Perm");
    world.syncs(2).watches("Perm", 2);
    std::fs::remove_file(world.path("ledger.db")).unwrap();
    let anew = world.sync();
    anew.accepts().changes_nothing();
    world.sync().watches("Perm", 1);
    world.calcom_has(beard);
    world.sync().changes_nothing();
    assert!(
        !world.is_bookable("Beard"),
        "who switched it off is not known any more: a person asks"
    );
    assert_eq!(world.waiting_about("Beard"), ["reactivate"]);
    assert!(world.is_bookable("Perm"));
}

// ------------------------------------------------------------------------------------ its disk

/// A small disk of its own.
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    pub fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let option = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &option, "tmpfs"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self { folder })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn remount(&self, option: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{option}")]).arg(self.folder.path());
        assert!(mount.status().unwrap().success());
    }

    /// Leaves room for so many pages.
    pub fn leave(&self, pages: usize) {
        let whole = vec![0_u8; 4096];
        let mut filler = std::fs::File::create(self.path("filler")).unwrap();
        let mut bytes = 0_u64;
        while std::io::Write::write_all(&mut filler, &whole).is_ok() {
            bytes += 4096;
        }
        filler.set_len(bytes.saturating_sub(4096 * pages as u64)).unwrap();
    }

    pub fn empty(&self) {
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

/// A world with changes due, its ledger on that disk; the ledger before the run, and its lock.
pub fn on(disk: &Disk) -> (World, Vec<u8>) {
    let mut world = World::salon(5);
    world.sets("policy.fields", "name", r#""source""#);
    world.syncs(2);
    for name in ["Cut", "Colour"] {
        world.calcom_edits(name, |it| it.title = format!("{name} & more"));
    }
    checkpointed(&world);
    let ledger = std::fs::read(world.path("ledger.db")).unwrap();
    world.sets("ledger", "path", &format!("'{}'", disk.path("ledger.db").display()));
    (world, ledger)
}

fn journaled(disk: &Disk) -> usize {
    let ledger = Connection::open(disk.path("ledger.db")).unwrap();
    dump(&ledger, "SELECT id FROM journal").len()
}

/// However little room there is, and wherever it ends: the store is not written without its
/// journal, the message names the disk, and the next run with room repairs.
#[test]
fn a_full_disk_never_lets_a_change_be_written_without_its_journal() {
    let Some(disk) = Disk::mount("2m") else {
        return skip("root", "a full disk under the ledger: this user may not mount one");
    };
    let (world, ledger) = on(&disk);
    let services = std::fs::read(world.path("services.db")).unwrap();
    let rows = world.rows_but_stamp();
    let mut seen = BTreeSet::new();
    let mut done = 0;
    for pages in 0.. {
        disk.empty();
        std::fs::write(disk.path("ledger.db"), &ledger).unwrap();
        std::fs::write(disk.path("ledger.db.lock"), "nobody\n").unwrap();
        std::fs::write(world.path("services.db"), &services).unwrap();
        disk.leave(pages);
        let said = world.types("run");
        std::fs::remove_file(disk.path("filler")).unwrap();
        if said.code == 0 {
            done += 1;
        } else {
            said.exits(1).tells(&["disk", "full"]);
            seen.insert(said.err.split(": ").nth(1).unwrap().to_owned());
            if journaled(&disk) == 0 {
                assert_eq!(world.rows_but_stamp(), rows, "{pages} pages: {said:#?}");
            }
        }
        world.types("run").exits(0);
        assert_eq!(journaled(&disk), 2, "{pages} pages");
        for name in ["Cut & more", "Colour & more"] {
            assert!(world.is_bookable(name), "{pages} pages");
        }
        let repaired = Ledger::open_to_read(&disk.path("ledger.db")).unwrap();
        assert!(repaired.open_entries().unwrap().is_empty());
        assert_eq!(repaired.broken_links(0).unwrap(), []);
        if done == 2 {
            break;
        }
    }
    for place in ["nothing was done", "the changes could not be written down", "the run's end"] {
        assert!(seen.iter().any(|words| words.starts_with(place)), "{place}: {seen:#?}");
    }
}

/// A disk that became read-only: no run begins, and nothing is written anywhere.
#[test]
fn a_read_only_disk_lets_no_run_begin() {
    let Some(disk) = Disk::mount("2m") else {
        return skip("root", "a read-only disk under the ledger: this user may not mount one");
    };
    let (world, ledger) = on(&disk);
    std::fs::write(disk.path("ledger.db"), &ledger).unwrap();
    std::fs::write(disk.path("ledger.db.lock"), "nobody\n").unwrap();
    disk.remount("ro");
    let rows = world.rows();
    let said = world.types("run");
    said.exits(1).tells(&["Read-only file system", "no service was touched"]);
    world.types("status").exits(0).tells(&["services are bookable"]);
    assert_eq!(world.rows(), rows);
    disk.remount("rw");
    assert!(std::fs::read(disk.path("ledger.db")).unwrap() == ledger);
    world.types("run").exits(0);
    assert_eq!(journaled(&disk), 2);
}

// --------------------------------------------------------------------------- an older one of it

/// A backup of an hour ago, put back: said in the next run, and nothing rests on what it says of
/// before. Its streak of three, its yes, and its switching off are an old story; the store has
/// moved on.
#[test]
fn a_ledger_put_back_from_a_backup_is_noticed_and_its_streaks_are_not_believed() {
    let mut world = World::salon(40);
    let beard = world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    assert_eq!(world.sync().switched_off(), ["Beard"]);
    world.sets("safety", "max_deactivation_percent", "50");
    world.calcom_removes("Perm");
    world.syncs(3);
    world.ana_approves("Perm");
    checkpointed(&world);
    let backup = std::fs::read(world.path("ledger.db")).unwrap();

    // Since the backup: ana takes her yes back, Beard returns, and a person switches it off.
    world
        .ledger()
        .execute("UPDATE review_items SET state = 'kept' WHERE state = 'approved'", ())
        .unwrap();
    world.calcom_has(beard);
    world.sync();
    assert!(world.is_bookable("Beard"));
    world.somebody_edits("Beard", "is_active", 0);
    world.somebody_edits("Beard", "sync_status", "error".to_owned());
    world.somebody_edits("Beard", "sync_error", "Event type not found in Cal.com".to_owned());
    checkpointed(&world);
    std::fs::write(world.path("ledger.db"), &backup).unwrap();

    world.types("verify").exits(1).tells(&["not the ledger that the last run left"]);
    let run = world.sync();
    assert!(run.report.restored.is_some());
    run.watches("Perm", 1);
    assert_eq!(run.switched_off(), Vec::<&str>::new());
    assert!(!world.is_bookable("Beard"), "what a person switched off stays off");
    assert!(world.is_bookable("Perm"), "a yes that was taken back is not used");
    let again = world.sync();
    assert!(again.report.restored.is_none(), "said once, and written down");
    again.watches("Perm", 2);
    world.sync();
    assert_eq!(world.waiting_about("Perm"), ["deactivate"], "asked again, on new evidence");
    let said = world.types("verify");
    said.exits(0).tells(&["found this ledger put", "No failure"]);
}

/// Without a backup in the way, nothing is ever said of one: after crashes, people's words and
/// rehearsals, the head that was left is still in the chain.
#[test]
fn an_honest_ledger_is_never_taken_for_an_older_one() {
    let mut world = World::salon(6);
    for _ in 0..2 {
        world.ana_holds("Cut");
        assert!(world.rehearse().report.restored.is_none());
        let cut = world.program().arg("run").env("RECONCILER_POWER_CUT", "9").output().unwrap();
        assert_eq!(cut.status.code(), None, "the power failed");
        assert!(world.sync().report.restored.is_none());
    }
    std::fs::write(world.path("ledger.db.head"), "torn").unwrap();
    assert!(world.sync().report.restored.is_none(), "a head that cannot be read says nothing");
    std::fs::remove_file(world.path("ledger.db.head")).unwrap();
    assert!(world.sync().report.restored.is_none());
    std::fs::remove_file(world.path("ledger.db")).unwrap();
    assert!(world.rehearse().report.restored.is_some(), "a rehearsal says so too");
    assert!(world.sync().report.restored.is_some(), "one that begins anew is another");
}

/// A whole folder put back, the head beside the ledger included: nothing on this machine can tell.
/// The head in the last ping can; and a streak that is a week old counts no more.
#[test]
fn a_whole_folder_put_back_shows_against_the_head_of_the_last_ping() {
    let mut world = World::salon(6);
    let monitor = Receiver::start();
    world.pings(&monitor.url("/ping"));
    world.calcom_removes("Perm");
    world.syncs(2).watches("Perm", 2);
    checkpointed(&world);
    let backup = world.files();
    world.syncs(2);
    let told = monitor.posted().pop().unwrap().body;
    let head = told.lines().find_map(|line| line.strip_prefix("head ")).unwrap();
    world.types(&format!("verify --anchor {head}")).exits(0).tells(&["up to there"]);

    checkpointed(&world);
    for (path, bytes) in backup {
        std::fs::write(path, bytes).unwrap();
    }
    world.types("verify").exits(0);
    let said = world.types(&format!("verify --anchor {head}"));
    said.exits(1).tells(&["cannot be believed", "a backup from before"]);
    world.passes(7 * 24 * 60);
    let run = world.sync();
    assert!(run.report.restored.is_none(), "nothing here can tell");
    run.accepts().watches("Perm", 1);
}

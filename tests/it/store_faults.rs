//! Promises 5, 7 and 13: what becomes of a run when the application's database fails it. Each time
//! it says what was seen, what was not done and what to do; the journal is honest, and the next run
//! repairs.

use crate::aloud::{aloud, is_long, skip};
use crate::power::{End, folder};
use crate::typed::Said;
use crate::world::{World, dump};
use reconciler::io::loopback_calcom::{ItemAnswer, SourceWorld, Weather};
use reconciler::report::run_report::Mode;
use reconciler::report::text::{self, Voice};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// "Cut" is to be renamed and "Nails" to be imported; "Beard" is to be switched off, and stalls in
/// the look-up by its id: between reading and writing.
fn about_to_write() -> World {
    let mut world = World::salon(5);
    world.sets("policy.fields", "name", r#""source""#);
    world.sets("calcom", "max_attempts", "4");
    world.calcom_removes("Beard");
    world.syncs(3);
    let beard = world.question("Beard");
    world.types(&format!("review approve {beard} --by ana")).exits(0);
    world.calcom_edits("Cut", |it| "Short cut".clone_into(&mut it.title));
    world.calcom_adds(crate::world::TEAM, "Nails");
    world
}

fn begins(world: &World, line: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_reconciler"))
        .args(line.split(' '))
        .arg("--config")
        .arg(world.path("config.toml"))
        .env_clear()
        .env("CALCOM_API_KEY", SourceWorld::KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ends(child: Child) -> Said {
    let output = child.wait_with_output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs, and lets something happen to the store after it was read and before it is written.
fn run_while(world: &World, happens: impl FnOnce(&World)) -> Said {
    let stall = ItemAnswer::Other(Box::new(Weather::Stall));
    world.calcom_answers(Weather::ItemAnswer(stall));
    world.calcom.forget_requests();
    let run = begins(world, "run");
    world.waits_for_request("event-types/1003");
    happens(world);
    world.calcom_recovers();
    ends(run)
}

/// How the entries of the last run ended, by what they are about.
fn outcomes(world: &World) -> Vec<(String, String)> {
    let ledger = world.ledger();
    let query = "SELECT name, state FROM journal_entries
                 WHERE run_id = (SELECT max(id) FROM runs) ORDER BY id";
    let mut entries = ledger.prepare(query).unwrap();
    let rows = entries.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The three changes, all ended like this.
fn all_are(state: &str) -> Vec<(String, String)> {
    ["Nails", "Cut", "Beard"].map(|name| (name.to_owned(), state.to_owned())).to_vec()
}

/// What a run without any trouble makes of it, and a run after that.
fn undisturbed(world: &World) -> End {
    let aside = folder();
    world.copied_to(aside.path());
    for _ in 0..2 {
        crate::power::types(aside.path(), "run", None).unwrap().exits(0);
    }
    End::of(aside.path())
}

/// The cause is gone: one run repairs, and after the next one everything is as if it never was.
#[track_caller]
fn is_repaired(world: &World, wanted: &End) {
    world.types("run").exits(0);
    world.types("run").exits(0);
    let end = End::of(&world.path(""));
    assert_eq!((&end.table, &end.standing), (&wanted.table, &wanted.standing));
    let open = "SELECT count(*) FROM journal_entries WHERE state = 'intended'";
    assert_eq!(world.ledger_number(open, ()), 0);
    let twice = "SELECT count(*) - count(DISTINCT name) FROM journal_entries
                 WHERE state = 'applied' AND run_id > 4";
    assert_eq!(world.ledger_number(twice, ()), 0, "nothing is done twice");
}

/// Whatever happens to the whole table between reading and writing: nothing of it is written, it is
/// said, and once the table is there again, the next run goes on.
#[test]
fn promise_7_a_table_that_fails_between_read_and_write_is_written_later() {
    type Happens = fn(&World);
    let scenarios: [(&str, Happens, &[&str]); 5] = [
        (
            "a column is gone",
            |world| {
                let drop = "ALTER TABLE services DROP COLUMN sync_error";
                world.services().execute(drop, ()).unwrap();
            },
            &["no column named sync_error"],
        ),
        (
            "the table is gone",
            |world| {
                world.services().execute("DROP TABLE services", ()).unwrap();
            },
            &["no such table: services", "`reconciler doctor`"],
        ),
        (
            "the file is gone",
            |world| std::fs::remove_file(world.path("services.db")).unwrap(),
            &["replaced or removed after it was opened", "the next run goes on with it"],
        ),
        (
            "the file is empty",
            |world| std::fs::write(world.path("services.db"), b"").unwrap(),
            &["no such table: services"],
        ),
        (
            "the file is no database",
            |world| std::fs::write(world.path("services.db"), [7; 9000]).unwrap(),
            &["file is not a database", "restore the application's backup"],
        ),
    ];
    for (what, happens, told) in scenarios {
        let world = about_to_write();
        let wanted = undisturbed(&world);
        std::fs::copy(world.path("services.db"), world.path("aside.db")).unwrap();
        let said = run_while(&world, happens);
        said.exits(1).tells(&["3 changes could not be made"]).tells(&["No service was touched"]);
        let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        for told in told {
            assert!(words.contains(told), "{what}: {told}: {words}");
        }
        assert_eq!(outcomes(&world), all_are("abandoned"), "{what}");
        std::fs::rename(world.path("aside.db"), world.path("services.db")).unwrap();
        is_repaired(&world, &wanted);
    }
}

/// What is written to a file that was replaced or removed is written for nobody: it is never
/// reported as done. In WAL mode SQLite itself does not notice.
#[test]
fn promise_7_a_file_replaced_between_read_and_write_is_not_written_to() {
    for mode in ["DELETE", "WAL"] {
        for replaced in [true, false] {
            let world = about_to_write();
            let application = world.services();
            application.pragma_update(None, "journal_mode", mode).unwrap();
            std::fs::copy(world.path("services.db"), world.path("aside.db")).unwrap();
            let before = dump(&application, "SELECT * FROM services");
            let said = run_while(&world, |world| {
                std::fs::rename(world.path("services.db"), world.path("old.db")).unwrap();
                if replaced {
                    std::fs::copy(world.path("aside.db"), world.path("services.db")).unwrap();
                }
            });
            said.exits(1).tells(&["3 changes could not be made", "replaced or removed after"]);
            assert_eq!(outcomes(&world), all_are("abandoned"), "{mode}, {replaced}");
            assert_eq!(dump(&application, "SELECT * FROM services"), before, "{mode}, {replaced}");
            drop(application);
            std::fs::rename(world.path("old.db"), world.path("services.db")).unwrap();
            world.types("run").exits(0);
            assert_eq!(outcomes(&world), all_are("applied"), "{mode}, {replaced}");
        }
    }
}

/// A row that goes between reading and writing is a conflict of its own; the others are written.
#[test]
fn promise_5_a_row_deleted_between_read_and_write_is_not_made_again() {
    let world = about_to_write();
    let said = run_while(&world, |world| {
        world.services().execute("DELETE FROM services WHERE name = 'Cut'", ()).unwrap();
    });
    said.exits(6).tells(&["row 1 is gone", "it was left alone"]);
    let mut wanted = all_are("applied");
    wanted[1].1 = "conflicted".to_owned();
    assert_eq!(outcomes(&world), wanted);
    let rows = world.rows().len();
    world.types("run").exits(0);
    assert_eq!(world.rows().len(), rows + 1, "its event type is there, and is imported as new");
}

/// Another program holds the table for longer than a statement waits, before the run reads it or
/// between reading and writing.
#[test]
fn promise_7_a_table_locked_for_too_long_is_written_by_the_next_run() {
    for locked_before in [true, false] {
        let mut world = about_to_write();
        let wanted = undisturbed(&world);
        let mut work = world.work();
        work.store.patience.locked = std::time::Duration::from_millis(1);
        world.now = chrono::DateTime::from(std::time::SystemTime::now());
        let application = world.services();
        let stall = ItemAnswer::Other(Box::new(Weather::Stall));
        world.calcom_answers(Weather::ItemAnswer(stall));
        world.calcom.forget_requests();
        if locked_before {
            application.execute_batch("BEGIN EXCLUSIVE").unwrap();
            world.calcom_recovers();
        }
        let now = world.now;
        let run = std::thread::spawn(move || crate::world::run(&work, Mode::Real, now));
        if !locked_before {
            world.waits_for_request("event-types/1003");
            application.execute_batch("BEGIN IMMEDIATE").unwrap();
            world.calcom_recovers();
        }
        let report = run.join().unwrap();
        assert_eq!(report.ending.exit_code(), 1, "{report:#?}");
        let said = text::run(&report, &Voice { colour: false, zone: chrono_tz::UTC, width: 80 });
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("database is locked: another program kept it locked"), "{words}");
        assert!(words.contains("the next run tries again"), "{words}");
        let nothing = if locked_before { Vec::new() } else { all_are("abandoned") };
        assert_eq!(outcomes(&world), nothing);
        application.execute_batch("ROLLBACK").unwrap();
        is_repaired(&world, &wanted);
    }
}

/// The same with the real patience, in a real process: it comes to its end by itself.
#[test]
fn a_run_on_a_locked_table_ends_by_itself() {
    if !is_long() {
        aloud("skipped: a run on a locked table waits for ten seconds; RECONCILER_TEST_LONG=1");
        return;
    }
    let world = about_to_write();
    let application = world.services();
    application.execute_batch("BEGIN EXCLUSIVE").unwrap();
    world.types("run").exits(1).tells(&["database is locked", "the next run tries again"]);
    application.execute_batch("ROLLBACK").unwrap();
    world.types("run").exits(0);
}

/// A small disk of its own; `None`, said aloud, where this user may not mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn at(path: PathBuf) -> Option<Self> {
        std::fs::create_dir(&path).unwrap();
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=256k", "none"]).arg(&path).output();
        if mount.is_ok_and(|mount| mount.status.success()) {
            return Some(Self(path));
        }
        skip("root", "a full or read-only disk: a small one can be mounted by root alone");
        None
    }

    fn remounted(&self, option: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{option}")]).arg(&self.0);
        assert!(mount.status().unwrap().success());
    }

    /// Not one block is left.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("ballast")).unwrap();
        for block in [4096, 1] {
            while file.write_all(&vec![0; block]).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// The application's disk is full, or read-only, from before the run or from between reading and
/// writing on.
#[test]
fn promise_7_a_full_or_read_only_disk_is_said_and_repaired() {
    type On = fn(&SmallDisk);
    let faults: [(&str, On, On, &[&str]); 2] = [
        (
            "full",
            SmallDisk::fill,
            |disk| std::fs::remove_file(disk.0.join("ballast")).unwrap(),
            &["database or disk is full", "make room on its disk", "the next run tries again"],
        ),
        (
            "read-only",
            |disk| disk.remounted("ro"),
            |disk| disk.remounted("rw"),
            &["must be writable for the user who runs this program", "mount"],
        ),
    ];
    for (what, fails, is_well, told) in faults {
        // A disk on which a file is open for writing does not become read-only.
        for before in if what == "full" { &[true, false][..] } else { &[true] } {
            let mut world = about_to_write();
            let wanted = undisturbed(&world);
            let Some(disk) = SmallDisk::at(world.path("disk")) else { return };
            std::fs::copy(world.path("services.db"), world.path("disk/services.db")).unwrap();
            std::fs::remove_file(world.path("services.db")).unwrap();
            std::os::unix::fs::symlink("disk/services.db", world.path("services.db")).unwrap();
            world.sets("services", "url", r#""sqlite:disk/services.db""#);
            let rows = world.rows();
            let said = if *before {
                fails(&disk);
                world.types("run")
            } else {
                run_while(&world, |_| fails(&disk))
            };
            said.exits(1).tells(&["Not made"]);
            let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
            for told in told {
                assert!(words.contains(told), "{what}: {told}: {said:#?}");
            }
            assert_eq!(outcomes(&world), all_are("abandoned"), "{what}: {said:#?}");
            assert_eq!(world.rows(), rows, "{what}");
            is_well(&disk);
            is_repaired(&world, &wanted);
        }
    }
}

const NOBODY: u32 = 65534;

/// The program runs as a user who may not read the file, or not write beside it.
#[test]
fn promise_13_missing_permission_is_told_with_what_to_do() {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return skip("root", "missing permission: another user can be had by root alone");
    }
    let world = about_to_write();
    let wanted = undisturbed(&world);
    let all = |mode| std::fs::Permissions::from_mode(mode);
    let of_nobody = |path: &Path| std::os::unix::fs::chown(path, Some(NOBODY), None).unwrap();
    of_nobody(&world.path(""));
    for name in ["ledger.db", "ledger.db.lock", "config.toml"] {
        of_nobody(&world.path(name));
    }
    std::fs::create_dir(world.path("app")).unwrap();
    std::fs::rename(world.path("services.db"), world.path("app/services.db")).unwrap();
    std::os::unix::fs::symlink("app/services.db", world.path("services.db")).unwrap();
    let (file, beside) = (world.path("app/services.db"), world.path("app"));
    let as_nobody = |world: &World| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reconciler"));
        command.arg("run").arg("--config").arg(world.path("config.toml")).env_clear();
        command.env("CALCOM_API_KEY", SourceWorld::KEY).uid(NOBODY).gid(NOBODY);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        ends(child)
    };
    for (mode, of_beside, what) in [
        (0o600, 0o755, "unable to open database file"),
        (0o644, 0o755, "attempt to write a readonly database"),
        (0o666, 0o755, "attempt to write a readonly database"),
    ] {
        std::fs::set_permissions(&file, all(mode)).unwrap();
        std::fs::set_permissions(&beside, all(of_beside)).unwrap();
        let rows = world.rows();
        let said = as_nobody(&world);
        said.exits(1);
        let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(what), "{mode:o}: {said:#?}");
        assert!(words.contains("must be writable for the user who runs this"), "{mode:o}: {words}");
        assert_eq!(world.rows(), rows);
        let undone = outcomes(&world);
        assert!(undone.is_empty() || undone == all_are("abandoned"), "{undone:?}");
    }
    std::fs::set_permissions(&beside, all(0o777)).unwrap();
    as_nobody(&world).exits(0);
    as_nobody(&world).exits(0);
    assert_eq!(End::of(&world.path("")).table, wanted.table);
}

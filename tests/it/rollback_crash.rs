//! Promises 7 and 9: the plug is pulled everywhere in a rollback.

use crate::power::End;
use crate::safety_page;
use crate::world::{World, dump};
use reconciler::io::loopback_calcom::SourceWorld;
use rusqlite::Connection;
use std::path::Path;
use std::process::Output;

/// A run that switched off "Beard" and imported "Nails", "Toes" and "Hands"; customers have booked
/// "Toes", and Petra's edit of "Hands" waits in its row.
fn much_to_undo() -> (World, i64) {
    let mut world = World::salon(5);
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    for name in ["Nails", "Toes", "Hands"] {
        world.calcom_adds(crate::world::TEAM, name);
    }
    world.sync();
    let book = "INSERT INTO appointments (service_id, starts_at)
                SELECT id, '2020-01-01 10:00:00' FROM services WHERE name = 'Toes'";
    world.services().execute(book, ()).unwrap();
    world.somebody_edits("Hands", "name", "Petra's hands".to_owned());
    world.somebody_edits("Petra's hands", "sync_status", "pending".to_owned());
    let run = world.ledger_number("SELECT max(id) FROM runs", ());
    (world, run)
}

fn types(folder: &Path, line: &str, cut_after: Option<u32>) -> Output {
    let mut command = crate::world::program();
    command.args(line.split(' ')).arg("--config").arg(folder.join("config.toml"));
    command.env("CALCOM_API_KEY", SourceWorld::KEY);
    if let Some(steps) = cut_after {
        command.env("RECONCILER_POWER_CUT", steps.to_string());
    }
    command.output().unwrap()
}

fn table(folder: &Path) -> Vec<String> {
    let services = Connection::open(folder.join("services.db")).unwrap();
    let columns = "id, name, calcom_event_type_id, is_active, sync_status, sync_error, price";
    dump(&services, &format!("SELECT {columns} FROM services ORDER BY id"))
}

fn of_ledger(folder: &Path, query: &str) -> Vec<String> {
    dump(&Connection::open(folder.join("ledger.db")).unwrap(), query)
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const NOTHING: [String; 0] = [];
const OPEN: &str = "SELECT * FROM journal_entries WHERE state = 'intended'";
const HELD: &str = "SELECT DISTINCT service_id, event_type_id FROM holds
                    WHERE released_at IS NULL ORDER BY 1, 2";

/// Power off after every single step, then cron's run, then the rollback once more: the table and
/// the holds are what they would have been, nothing is open, and Petra's edit is there throughout.
#[test]
fn promise_9_a_rollback_cut_off_at_any_instant_can_be_finished() {
    let (world, run) = much_to_undo();
    let rollback = format!("rollback {run} --yes --by ana");
    let undisturbed = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    world.copied_to(undisturbed.path());
    let before = table(undisturbed.path());
    assert_eq!(types(undisturbed.path(), &rollback, None).status.code(), Some(6), "Hands");
    let (wanted, held) = (table(undisturbed.path()), of_ledger(undisturbed.path(), HELD));
    assert_eq!((before.len(), wanted.len(), held.len()), (9, 8, 3));
    assert_eq!(types(undisturbed.path(), "run", None).status.code(), Some(0));
    assert_eq!(table(undisturbed.path()), wanted, "it is not redone");
    let done = End::of(undisturbed.path()).journal;

    let (mut crashes, mut halfway, mut announced) = (0, 0, 0);
    for steps in 0.. {
        let folder = tempfile::tempdir_in(undisturbed.path()).unwrap();
        let folder = folder.path();
        world.copied_to(folder);
        let cut = types(folder, &rollback, Some(steps));
        if cut.status.code().is_some() {
            assert_eq!(cut.status.code(), Some(6), "the rollback got to its end");
            break;
        }
        crashes += 1;
        let left = table(folder);
        let ran = types(folder, "run", None);
        assert_eq!(ran.status.code(), Some(0), "cut after {steps}: {ran:?}");
        assert_eq!(table(folder), left, "cut after {steps}: nothing is redone");
        assert_eq!(of_ledger(folder, OPEN), NOTHING, "cut after {steps}");
        if left == wanted {
            assert_eq!(of_ledger(folder, HELD), held, "cut after {steps}");
        } else {
            assert_eq!(left, before, "cut after {steps}: all of it or nothing");
            assert_eq!(of_ledger(folder, HELD), NOTHING, "not restored, not held: {steps}");
            halfway += 1;
        }
        announced += usize::from(said(&ran).contains("what was held for it is released"));
        let again = types(folder, &rollback, None);
        assert_eq!(again.status.code(), Some(6), "cut after {steps}: {again:?}");
        assert_eq!(table(folder), wanted, "cut after {steps}");
        assert_eq!(of_ledger(folder, HELD), held, "cut after {steps}");
        assert_eq!(of_ledger(folder, OPEN), NOTHING, "cut after {steps}");
        assert_eq!(End::of(folder).journal, done, "cut after {steps}: each change once");
    }
    assert!(crashes >= 16 && halfway >= 3, "{crashes} places to pull the plug, {halfway} halfway");
    safety_page::says("16 of a rollback");
    assert!(announced >= 2, "after {announced} cuts between journal and write");
}

/// The rollback typed again right after the crash settles what was open, and finishes.
#[test]
fn promise_9_a_rollback_typed_again_settles_what_the_crash_left_open() {
    let (world, run) = much_to_undo();
    let rollback = format!("rollback {run} --yes --service 3 --by ana");
    let base = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let mut crashes = 0;
    for steps in 0.. {
        let folder = tempfile::tempdir_in(base.path()).unwrap();
        let folder = folder.path();
        world.copied_to(folder);
        if types(folder, &rollback, Some(steps)).status.code().is_some() {
            break;
        }
        crashes += 1;
        let again = types(folder, &rollback, None);
        let code = again.status.code().unwrap();
        assert!(code == 0 || code == 2, "cut after {steps}: {again:?}");
        let said = String::from_utf8(again.stderr).unwrap();
        assert!(code == 0 || said.contains("undone already"), "cut after {steps}: {said}");
        let beard = table(folder).swap_remove(2);
        assert!(beard.contains("Integer(1), Text(\"synced\"), Null"), "cut after {steps}: {beard}");
        assert_eq!(of_ledger(folder, OPEN), NOTHING, "cut after {steps}");
        assert_eq!(of_ledger(folder, HELD).len(), 1, "cut after {steps}");
        let open_runs = "SELECT * FROM journal_entries WHERE state = 'conflicted'";
        assert_eq!(of_ledger(folder, open_runs), NOTHING);
    }
    assert!(crashes >= 8, "{crashes} places to pull the plug");
}

/// The rollback of a rollback, cut off anywhere: typed again, or after cron's run, the rows are where
/// they were before the first one, and nothing is held that was given up.
#[test]
fn promise_9_the_rollback_of_a_rollback_cut_off_at_any_instant_leaves_no_hold() {
    let (world, run) = much_to_undo();
    let base = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let as_it_was = base.path().join("as it was");
    std::fs::create_dir(&as_it_was).unwrap();
    world.copied_to(&as_it_was);
    let before = table(&as_it_was);
    let first = format!("rollback {run} --yes --by ana --service 3 --service 8");
    assert_eq!(types(&as_it_was, &first, None).status.code(), Some(0));
    assert_eq!(of_ledger(&as_it_was, HELD).len(), 2, "Beard, and the event type of Toes");
    let restored = table(&as_it_was);
    let again = format!("rollback {} --yes --by ana", run + 1);

    let (mut crashes, mut halfway) = (0, 0);
    for (steps, cron_runs_in_between) in (0..).flat_map(|steps| [(steps, false), (steps, true)]) {
        let folder = tempfile::tempdir_in(base.path()).unwrap();
        let folder = folder.path();
        for file in std::fs::read_dir(&as_it_was).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
        if types(folder, &again, Some(steps)).status.code().is_some() {
            break;
        }
        crashes += 1;
        if cron_runs_in_between {
            let left = table(folder);
            assert_eq!(types(folder, "run", None).status.code(), Some(0), "cut after {steps}");
            assert_eq!(table(folder), left, "cut after {steps}: cron's run changes nothing");
            let held = of_ledger(folder, HELD).len();
            assert_eq!(held, if left == restored { 2 } else { 0 }, "cut after {steps}");
            halfway += usize::from(left == restored);
        }
        let finished = types(folder, &again, None);
        let code = finished.status.code().unwrap();
        let refused = String::from_utf8_lossy(&finished.stderr).contains("undone already");
        assert!(code == 0 || (code == 2 && refused), "cut after {steps}: {finished:?}");
        assert_eq!(table(folder), before, "cut after {steps}");
        assert_eq!(of_ledger(folder, HELD), NOTHING, "cut after {steps}");
        assert_eq!(of_ledger(folder, OPEN), NOTHING, "cut after {steps}");
    }
    assert!(crashes >= 20 && halfway >= 3, "{crashes} places to pull the plug, {halfway} halfway");
}

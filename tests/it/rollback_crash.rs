//! Promises 7 and 9: the plug is pulled everywhere in a rollback.

use crate::world::{World, dump};
use reconciler::io::loopback_calcom::SourceWorld;
use rusqlite::Connection;
use std::path::Path;
use std::process::Output;

/// A run that switched off "Beard" and imported "Nails", "Toes" and "Hands"; customers have booked
/// "Toes", and somebody renamed "Hands".
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

    let (mut crashes, mut halfway) = (0, 0);
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
        assert_eq!(of_ledger(folder, OPEN), Vec::<String>::new(), "cut after {steps}");
        if left == wanted {
            assert_eq!(of_ledger(folder, HELD), held, "cut after {steps}");
        } else {
            halfway += 1;
        }
        let again = types(folder, &rollback, None);
        assert_eq!(again.status.code(), Some(6), "cut after {steps}: {again:?}");
        assert_eq!(table(folder), wanted, "cut after {steps}");
        assert_eq!(of_ledger(folder, HELD), held, "cut after {steps}");
        assert_eq!(of_ledger(folder, OPEN), Vec::<String>::new(), "cut after {steps}");
    }
    assert!(crashes >= 10 && halfway >= 3, "{crashes} places to pull the plug, {halfway} halfway");
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
        assert_eq!(of_ledger(folder, OPEN), Vec::<String>::new(), "cut after {steps}");
        assert_eq!(of_ledger(folder, HELD).len(), 1, "cut after {steps}");
        let open_runs = "SELECT * FROM journal_entries WHERE state = 'conflicted'";
        assert_eq!(of_ledger(folder, open_runs), Vec::<String>::new());
    }
    assert!(crashes >= 8, "{crashes} places to pull the plug");
}

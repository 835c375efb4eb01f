//! Damage anywhere in the ledger's file, page by page.

use crate::aloud::aloud;
use crate::ledger_faults::checkpointed;
use crate::safety_page;
use crate::world::{World, block_on, dump, try_run};
use reconciler::flow::verify::verify;
use reconciler::io::loopback_calcom::Weather;
use reconciler::report::run_report::Mode;

/// A ledger with a history, and three changes that the next run makes: Perm may go, says ana, Cut
/// has another name, and Beard, which was switched off, is back.
fn with_changes_due() -> World {
    let mut world = World::salon(11);
    world.sets("policy.fields", "name", r#""source""#);
    world.sets("safety", "max_deactivation_percent", "50");
    world.calcom_answers(Weather::EmptyList);
    world.sync();
    world.calcom_recovers();
    let beard = world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    assert_eq!(world.sync().switched_off(), ["Beard"]);
    world.ana_holds("Wash");
    world.calcom_removes("Perm");
    world.syncs(3);
    world.ana_approves("Perm");
    world.calcom_has(beard);
    world.calcom_edits("Cut", |it| "Short cut".clone_into(&mut it.title));
    checkpointed(&world);
    world
}

/// Whether each service is on.
fn lifecycles(world: &World) -> Vec<String> {
    dump(&world.services(), "SELECT id, is_active FROM services ORDER BY id")
}

/// Whichever page of the ledger is overwritten: a run says so and leaves the table as it is, byte
/// for byte, or does nothing that it would not have done anyhow; and `verify` finds every one.
#[test]
fn whichever_page_of_the_ledger_is_damaged_no_run_is_misled() {
    let mut world = with_changes_due();
    world.passes(30);
    let work = world.work();
    let whole = world.files();
    let laid = |ledger: &[u8]| {
        for (path, bytes) in &whole {
            std::fs::write(path, bytes).unwrap();
        }
        for left in ["ledger.db-wal", "ledger.db-shm"] {
            let _none = std::fs::remove_file(world.path(left));
        }
        std::fs::write(world.path("ledger.db"), ledger).unwrap();
    };
    let (rows, before) = (world.rows(), lifecycles(&world));
    let undisturbed = try_run(&work, Mode::Real, world.now).unwrap();
    assert_eq!(undisturbed.companies[0].changes.len(), 3, "{undisturbed:#?}");
    let after = lifecycles(&world);

    let ledger = &whole[&world.path("ledger.db")];
    let page = usize::from(u16::from_be_bytes([ledger[16], ledger[17]]));
    let pages = ledger.len() / page;
    let (mut refused, mut as_ever, mut found) = (0, 0, 0);
    for (at, filling) in (0..pages).flat_map(|at| [(at, 0xA5), (at, 0)]) {
        let mut damaged = ledger.clone();
        damaged[at * page..(at + 1) * page].fill(filling);
        laid(&damaged);
        found += usize::from(!block_on(verify(&work, None)).is_ok());
        let Err(error) = try_run(&work, Mode::Real, world.now) else {
            for (now, allowed) in lifecycles(&world).iter().zip(before.iter().zip(&after)) {
                assert!(now == allowed.0 || now == allowed.1, "page {at}, {filling:x}: {now}");
            }
            as_ever += 1;
            continue;
        };
        let said = format!("{:#}", anyhow::Error::new(error));
        for words in ["What to do: put a backup in its place", "damaged"] {
            assert!(said.contains(words), "page {at}, {filling:x}: {said}");
        }
        let undone = ["was touched", "none of the changes was made"];
        assert!(undone.iter().any(|it| said.contains(it)), "page {at}, {filling:x}: {said}");
        assert_eq!(world.rows(), rows, "page {at}, {filling:x}: {said}");
        refused += 1;
    }
    aloud(&format!(
        "{pages} pages of a ledger, each overwritten twice: {refused} runs refused and {as_ever} \
         did what they would have done; verify found {found}"
    ));
    assert_eq!(found, 2 * pages);
    assert!(pages >= 40 && refused > pages, "{refused} refused of 2 × {pages}");
    safety_page::says("2 × more than 40");
}

/// A page that no run reads: the run that would change nothing does not look at it, one that would
/// refuses, and so does a rollback; with what to do, and with nothing journaled.
#[test]
fn nothing_is_changed_on_a_ledger_that_fails_sqlites_quick_check() {
    let mut world = World::salon(6);
    world.sets("policy.fields", "name", r#""source""#);
    world.calcom_edits("Cut", |it| "Short cut".clone_into(&mut it.title));
    assert_eq!(world.sync().company().changes.len(), 1);
    let last = world.ledger_number("SELECT max(id) FROM runs", ());
    let index = "SELECT rootpage FROM sqlite_schema WHERE name = 'review_turns_by_review'";
    let page = usize::try_from(world.ledger_number(index, ())).unwrap();
    checkpointed(&world);
    let mut ledger = std::fs::read(world.path("ledger.db")).unwrap();
    ledger[(page - 1) * 4096..page * 4096].fill(0xA5);
    std::fs::write(world.path("ledger.db"), ledger).unwrap();

    world.types("run").exits(0).tells(&["nothing changed"]);
    let rows = world.rows();
    world.calcom_edits("Colour", |it| "Colours".clone_into(&mut it.title));
    for line in ["run", &format!("rollback {last} --yes --by ana --reason x")] {
        let said = world.types(line);
        said.exits(1).tells(&["none of the changes was made", "the ledger's file is damaged"]);
        said.tells(&["What to do: put a backup in its place"]);
        assert_eq!(world.rows(), rows);
    }
    assert_eq!(world.ledger_number("SELECT count(*) FROM journal", ()), 1);
}

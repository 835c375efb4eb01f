//! The chain of the ledger: what is added is linked, and what was altered shows.

use crate::aloud::skip;
use crate::world::{World, dump};
use reconciler::decide::audit::audit;
use reconciler::io::ledger::{Ledger, LedgerError, lend_link_hash};
use reconciler::io::loopback_calcom::Weather;
use reconciler::model::review::ReviewKind;
use rusqlite::Connection;
use std::process::Command;

pub const OLD_LEDGER: &str = include_str!("fixtures/ledger_v1.sql");

/// A history with every kind of row in it: refused and accepted observations, questions answered
/// in every way, changes, a rollback, holds and pauses that ended.
pub fn history() -> World {
    let mut world = World::salon(12);
    world.calcom_answers(Weather::EmptyList);
    world.sync();
    world.types("review accept 2 --by ana --reason looked").exits(0);
    world.calcom_recovers();
    world.sync().accepts();
    world.somebody_edits("Wash", "name", "Wash & go".to_owned());
    world.calcom_removes("Beard");
    world.syncs(3).asks("Beard", ReviewKind::Deactivate);
    let question = world.question("Beard");
    world.types(&format!("review snooze {question} --for 1h --by ana")).exits(0);
    world.types(&format!("review approve {question} --by ana")).exits(0);
    assert_eq!(world.sync().switched_off(), ["Beard"]);
    let run = world.ledger_number("SELECT max(id) FROM runs", ());
    world.types(&format!("rollback {run} --yes --by ana --reason mistake")).exits(0);
    world.types("release 3 --by ana").exits(0);
    world.types("hold 1 --by ana --reason mine").exits(0);
    world.types("pause --by ana --reason moving").exits(0);
    world.types("resume --by ana").exits(0);
    std::fs::write(world.path("ledger.db.head"), format!("9 {}\n", "ab".repeat(32))).unwrap();
    world.types("run").exits(0).tells(&["not the one that the last run left"]);
    world
}

fn texts(ledger: &Connection, query: &str) -> Vec<String> {
    let mut found = ledger.prepare(query).unwrap();
    found.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// The tables whose rows are linked, each with a trigger to make the link.
fn linked_tables(ledger: &Connection) -> Vec<String> {
    let query = "SELECT DISTINCT tbl_name FROM sqlite_schema
                 WHERE type = 'trigger' AND sql LIKE '%AFTER INSERT%INTO next_link%'";
    texts(ledger, query)
}

/// No path adds a row without its link: every table is linked by a trigger, or says here why not.
#[test]
fn every_table_of_the_ledger_is_linked() {
    let world = World::salon(1);
    let ledger = world.ledger();
    let mut linked = linked_tables(&ledger);
    // Messages are no evidence; the parts of a run are in the link of its ending; the chain itself.
    let unlinked = ["outbox", "deliveries", "identity", "company_runs", "chain"];
    linked.extend(unlinked.map(str::to_owned));
    linked.sort();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                  ORDER BY name";
    let mut all = ledger.prepare(tables).unwrap();
    let all: Vec<String> =
        all.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(linked, all);

    let by_hand = Connection::open(world.path("ledger.db")).unwrap();
    let refused = by_hand.execute("INSERT INTO runs (kind, started_at) VALUES ('sync', 1)", ());
    assert!(refused.unwrap_err().to_string().contains("link_hash"), "others cannot add to it");
    let late = "INSERT INTO company_runs VALUES (1, 9, 1, NULL)";
    assert!(ledger.execute(late, ()).unwrap_err().to_string().contains("has ended"));
}

/// Whatever is altered, in whichever table and column, shows; so does what is removed.
#[test]
fn whatever_is_altered_shows() {
    let world = history();
    let honest = world.ledger();
    honest.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    let mut tables = linked_tables(&honest);
    tables.extend(["company_runs", "chain"].map(str::to_owned));
    let mut edits = Vec::new();
    for table in tables.iter().filter(|table| *table != "chain_beginnings") {
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let mut columns = honest.prepare(&columns).unwrap();
        for column in columns.query_map((), |row| row.get::<_, String>(0)).unwrap() {
            let column = column.unwrap();
            let edit = format!(
                "UPDATE {table} SET \"{column}\" = CASE typeof(\"{column}\")
                     WHEN 'integer' THEN \"{column}\" + 1000 WHEN 'text' THEN \"{column}\" || 'x'
                     ELSE randomblob(32) END
                 WHERE \"{column}\" IS NOT NULL"
            );
            edits.push((table.clone(), edit));
        }
        edits.push((table.clone(), format!("DELETE FROM {table}")));
    }
    let mut altered = 0;
    for (table, edit) in &edits {
        if edited(&world, table, edit) > 0 {
            assert!(shows(&world), "{edit}");
            altered += 1;
        }
    }
    assert!(altered > 110, "{altered} of {}", edits.len());
}

/// Makes a copy of the ledger in which somebody took a table's guardians away and edited it; how
/// many rows.
fn edited(world: &World, table: &str, edit: &str) -> usize {
    let path = world.path("altered.db");
    std::fs::copy(world.path("ledger.db"), &path).unwrap();
    let copy = Connection::open(path).unwrap();
    copy.execute_batch(
        "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
         PRAGMA ignore_check_constraints = ON;",
    )
    .unwrap();
    let guardians = format!(
        "SELECT 'DROP TRIGGER ' || name FROM sqlite_schema
         WHERE type = 'trigger' AND tbl_name = '{table}'"
    );
    let drops: Vec<String> = {
        let mut drops = copy.prepare(&guardians).unwrap();
        drops.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    copy.execute_batch(&drops.join(";")).unwrap();
    copy.execute(edit, ()).unwrap()
}

/// Whether the chain, or the audit, finds something in the copy; the guardians that are gone are
/// not what is asked for here.
fn shows(world: &World) -> bool {
    let ledger = Ledger::open_to_read(&world.path("altered.db")).unwrap();
    let in_chain = ledger.broken_links(0).is_ok_and(|broken| broken.is_empty())
        && ledger.rows_without_a_link().is_ok_and(|rows| rows.is_empty());
    let in_audit = ledger.history().is_ok_and(|history| audit(&history).is_empty());
    !in_chain || !in_audit
}

/// A run, a rollback and a rehearsal refuse a ledger whose newest links do not fit, and nothing is
/// written anywhere.
#[test]
fn no_run_begins_on_a_ledger_that_fails_its_quick_check() {
    let world = history();
    let last = world.ledger_number("SELECT max(id) FROM runs", ());
    let edits = "DROP TRIGGER run_endings_are_facts; UPDATE run_endings SET exit_code = 0";
    world.ledger().execute_batch(&format!("{edits} + run_id = {last}")).unwrap();
    world.ledger().query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    let (rows, ledger) = (world.rows(), std::fs::read(world.path("ledger.db")).unwrap());
    for line in ["run", "run --check-only", &format!("rollback {last} --yes --by ana --reason x")] {
        let said = world.types(line);
        said.exits(1).tells(&["nothing was done", &format!("ending of run {last}"), "verify"]);
    }
    assert_eq!(world.rows(), rows);
    assert!(std::fs::read(world.path("ledger.db")).unwrap() == ledger);
}

/// The documented commands, `sqlite3` and coreutils alone, come to the same head.
#[test]
fn anybody_can_compute_the_chain_with_sqlite3_and_coreutils() {
    let world = history();
    world.somebody_edits("Cut", "name", "Schnitt \"für\"\n\t\u{1b}[31m zwei \\ 'x' 🙂".to_owned());
    world.types("run").exits(0);
    let record = include_str!("../../docs/adr/0010-a-ledger-that-can-be-believed.md");
    let script = record.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    if Command::new("sqlite3").arg("-version").output().is_err() {
        return skip("sqlite3", "the documented commands need it, and it is not on this machine");
    }
    let folder = world.path("ledger.db").parent().unwrap().to_owned();
    let output = Command::new("bash").args(["-c", script]).current_dir(folder).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let head = world.types("status --json").json()["head"].as_str().unwrap().to_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.lines().last(), Some(&*format!("head {head}")), "{said}{errors}");
    assert!(!said.contains("broken"), "{said}");
}

/// A ledger of version 1 keeps all that it holds, gets a link for each, and says honestly what
/// those links do not vouch for. Looking at it changes nothing.
#[test]
fn an_older_ledger_is_linked_in_place_and_says_since_when() {
    let world = World::salon(1);
    let path = world.path("ledger.db");
    std::fs::remove_file(&path).unwrap();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(OLD_LEDGER).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let tables = texts(&old, tables);
    let all = |ledger: &Connection| -> Vec<Vec<String>> {
        tables.iter().map(|name| dump(ledger, &format!("SELECT * FROM {name}"))).collect()
    };
    let before = all(&old);
    drop(old);
    let bytes = std::fs::read(&path).unwrap();
    world.types("runs").exits(0).tells(&["rollback of 11"]);
    let seen = Ledger::open_to_read(&path).unwrap().head().unwrap();
    assert!(std::fs::read(&path).unwrap() == bytes, "looking does not upgrade");

    let ledger = Ledger::open(&path).unwrap();
    let upgraded = Connection::open(&path).unwrap();
    assert_eq!(all(&upgraded), before);
    assert_eq!(dump(&upgraded, "PRAGMA foreign_key_check"), Vec::<String>::new());
    let head = ledger.head().unwrap();
    assert_eq!(head, seen, "the same history makes the same chain");
    assert_eq!(ledger.links_made_afterwards().unwrap(), Some(head.unwrap().links - 1));
    assert_eq!(ledger.broken_links(0).unwrap(), []);
    assert_eq!(ledger.rows_without_a_link().unwrap(), []);
    assert!(audit(&ledger.history().unwrap()).is_empty());
}

/// An empty ledger has nothing to say, and a new one was linked from its first row on.
#[test]
fn a_new_ledger_is_linked_from_its_first_row_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(ledger.head().unwrap(), None);
    assert_eq!(ledger.links_made_afterwards().unwrap(), None);
    let raw = Connection::open(&path).unwrap();
    lend_link_hash(&raw).unwrap();
    raw.execute("INSERT INTO runs (kind, started_at) VALUES ('sync', 5)", ()).unwrap();
    let head = ledger.head().unwrap().unwrap();
    // printf '%064d\n["run",1,"sync",null,5]\n' 0 | sha256sum
    let by_coreutils = "d1a026c72c1b8cc34d791c33425355b089e3616e4aa5a0a4c1b205bc038af75c";
    assert_eq!((head.links, &*head.to_string()), (1, by_coreutils));
    raw.execute_batch("DROP TRIGGER runs_stay; DELETE FROM runs").unwrap();
    assert!(matches!(ledger.check_newest_links(), Err(LedgerError::Broken { .. })));
}

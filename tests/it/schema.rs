//! The ledger's schema: readable, reachable by upgrades, and a guardian of history.

use crate::world::{TEAM, World, dump};
use reconciler::io::ledger::{Ledger, LedgerError};
use reconciler::io::loopback_calcom::Weather;
use reconciler::model::review::ReviewKind;
use rusqlite::Connection;

const SCHEMA: &str = include_str!("../../schema.sql");

fn shape(connection: &Connection) -> Vec<String> {
    let internal = "name NOT LIKE 'sqlite_%'";
    dump(
        connection,
        &format!("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE {internal} ORDER BY 2"),
    )
}

fn of_schema_file() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

/// `schema.sql` opens clean by itself, and every table is strict.
#[test]
fn schema_sql_opens_clean() {
    let connection = of_schema_file();
    assert!(shape(&connection).len() > 40);
    let loose = "SELECT name FROM pragma_table_list
                 WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'";
    assert_eq!(dump(&connection, loose), Vec::<String>::new());
    assert_eq!(dump(&connection, "PRAGMA foreign_key_check"), Vec::<String>::new());
}

/// A ledger that was upgraded step by step is the ledger that `schema.sql` describes.
#[test]
fn upgrades_end_equal_to_schema_sql() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(Ledger::open(&path).unwrap());
    let upgraded = Connection::open(&path).unwrap();
    assert_eq!(shape(&upgraded), shape(&of_schema_file()));
    let id = |connection: &Connection| dump(connection, "PRAGMA application_id");
    assert_eq!(id(&upgraded), id(&of_schema_file()));
    drop(Ledger::open(&path).unwrap());
    assert_eq!(shape(&upgraded), shape(&of_schema_file()), "opening it again changes nothing");
}

/// The tables of the first part of `schema.sql`.
fn facts() -> Vec<&'static str> {
    let end = SCHEMA.find(" standing\n").unwrap();
    let lines = SCHEMA[..end].lines().filter_map(|line| line.strip_prefix("CREATE TABLE "));
    lines.map(|line| line.split(' ').next().unwrap()).collect()
}

/// History cannot be edited, not by a person with a SQL prompt either.
#[test]
fn facts_refuse_to_be_changed_or_deleted() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard", "Perm", "Wash"]);
    world.calcom_answers(Weather::EmptyList);
    world.sync();
    world.calcom_recovers();
    world.calcom_removes("Beard");
    world.syncs(3).asks("Beard", ReviewKind::Deactivate);
    world.ana_approves("Beard");
    world.ana_holds("Cut");
    world.sync();
    let ledger = world.ledger();
    ledger
        .execute(
            "INSERT INTO acceptances (observation_id, at, by, counts, must_contain)
             VALUES (2, 1, 'ana', 0, '[]')",
            (),
        )
        .unwrap();
    ledger.execute("INSERT INTO restorations VALUES (1, 5, zeroblob(32))", ()).unwrap();
    ledger.execute("INSERT INTO rollbacks VALUES (1, 'ana', NULL)", ()).unwrap();
    let facts = facts();
    assert!(facts.len() >= 13, "{facts:?}");
    for table in facts.iter().copied().chain(["presence", "sightings", "review_items", "holds"]) {
        let rows = world.ledger_number(&format!("SELECT count(*) FROM {table}"), ());
        assert!(rows > 0, "{table} has rows to be refused");
        let refused = ledger.execute(&format!("DELETE FROM {table}"), ()).unwrap_err().to_string();
        assert!(refused.contains("are facts") || refused.contains("history"), "{table}: {refused}");
        assert_eq!(world.ledger_number(&format!("SELECT count(*) FROM {table}"), ()), rows);
    }
    for table in &facts {
        let columns = dump(&ledger, &format!("SELECT name FROM pragma_table_info('{table}')"));
        for column in columns {
            let column = column.trim_start_matches("[Text(\"").trim_end_matches("\")]").to_owned();
            let edit = format!("UPDATE {table} SET \"{column}\" = \"{column}\"");
            let refused = ledger.execute(&edit, ()).unwrap_err().to_string();
            assert!(refused.contains("are facts"), "{table}.{column}: {refused}");
        }
    }
    assert_eq!(TEAM, 34209);
}

/// What stands can end once, and in no other way.
#[test]
fn what_stands_can_only_end_and_only_once() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard", "Perm", "Wash"]);
    world.calcom_removes("Beard");
    world.syncs(3);
    world.ana_approves("Beard");
    world.ana_holds("Cut");
    world.sync();
    let ledger = world.ledger();
    for edit in [
        "UPDATE presence SET since = 0",
        "UPDATE presence SET until = 99 WHERE until IS NOT NULL",
        "UPDATE sightings SET name = 'other'",
        "UPDATE sightings SET until_run = NULL",
        "UPDATE review_items SET state = 'approved' WHERE state = 'applied'",
        "UPDATE review_items SET changes = '[]'",
        "UPDATE review_items SET digest = zeroblob(32)",
        "UPDATE holds SET reason = 'other'",
    ] {
        assert!(ledger.execute(edit, ()).is_err(), "{edit}");
    }
    let release = "UPDATE holds SET released_at = 1, released_by = 'ana'";
    assert_eq!(ledger.execute(release, ()).unwrap(), 1);
    assert!(ledger.execute(release, ()).is_err());
}

/// A file that is not a ledger is refused, and keeps every byte.
#[test]
fn a_file_of_another_program_keeps_every_byte() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("foreign.db");
    let connection = Connection::open(&foreign).unwrap();
    connection.execute_batch("CREATE TABLE runs (id INTEGER); PRAGMA user_version = 1;").unwrap();
    drop(connection);
    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, [7_u8; 5000]).unwrap();
    let torn = folder.path().join("torn.db");
    drop(Ledger::open(&torn).unwrap());
    let whole = std::fs::read(&torn).unwrap();
    std::fs::write(&torn, &whole[..whole.len() / 2 + 100]).unwrap();
    let newer = folder.path().join("newer.db");
    drop(Ledger::open(&newer).unwrap());
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();

    for path in [&foreign, &garbage, &torn, &newer] {
        let before = std::fs::read(path).unwrap();
        let opened = Ledger::open(path);
        let rehearsed = Ledger::rehearsal_copy(path);
        if path == &foreign {
            assert!(matches!(opened, Err(LedgerError::Foreign { .. })), "{opened:?}");
            assert!(matches!(rehearsed, Err(LedgerError::Foreign { .. })), "{rehearsed:?}");
        } else if path == &newer {
            assert!(matches!(opened, Err(LedgerError::Newer { found: 99, .. })), "{opened:?}");
        } else {
            assert!(opened.is_err(), "{}", path.display());
            assert!(rehearsed.is_err(), "{}", path.display());
        }
        drop((opened, rehearsed));
        assert!(std::fs::read(path).unwrap() == before, "{}", path.display());
    }
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 4, "and nothing was made beside them");
}

//! `verify`: whether the ledger can be believed, for people and for scripts.

use crate::chain::history;
use crate::ledger_faults::checkpointed;
use crate::typed::Said;
use crate::world::{TEAM, World, dump};
use serde_json::Value;

fn verify(world: &World) -> (Said, Value) {
    let said = world.types("verify --json");
    let json = said.json();
    assert_eq!(json["ok"], said.code == 0, "{said:#?}");
    (said, json)
}

/// What was found by a check, in one text; empty where it found nothing.
fn found(json: &Value, check: &str) -> String {
    let findings = json["findings"].as_array().unwrap();
    let of_it = findings.iter().filter(|finding| finding["check"] == check);
    of_it.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Everything that happens is linked, and an honest history verifies; its head is named where
/// people and scripts look.
#[test]
fn an_honest_history_verifies() {
    let world = history();
    let (said, json) = verify(&world);
    said.exits(0);
    assert_eq!(json["findings"], Value::Array(vec![]), "{json:#}");
    let head = json["head"].as_str().unwrap();
    assert_eq!(head.len(), 64);
    world.types("verify").exits(0).tells(&["can be believed", head]);
    assert_eq!(world.types("status --json").json()["head"], head);
    let ledger = world.ledger();
    let facts = "SELECT DISTINCT fact FROM chain";
    assert_eq!(dump(&ledger, facts).len(), 24, "{:?}", dump(&ledger, facts));
    let run = world.types("run --json").json();
    assert_ne!(run["head"], head, "a run adds links");
    assert_eq!(run["head"], verify(&world).1["head"]);
}

/// The first broken link is named, with what it was for and what rests on it; and a guardian that
/// is gone is told.
#[test]
fn verify_names_the_first_broken_link_and_what_depends_on_it() {
    let world = history();
    let ledger = world.ledger();
    let number = "SELECT id FROM chain WHERE fact = 'change' AND key = 1";
    let number = world.ledger_number(number, ());
    ledger
        .execute_batch("DROP TRIGGER journal_is_fact; UPDATE journal SET reason = 'because'")
        .unwrap();
    let (said, json) = verify(&world);
    said.exits(1);
    let chain = found(&json, "chain");
    let last_run = world.ledger_number("SELECT max(id) FROM runs", ());
    for words in [
        format!("link {number} (change 1)"),
        "altered".to_owned(),
        "1 later links do not fit either".to_owned(),
        format!("to {last_run} and 1 changes"),
    ] {
        assert!(chain.contains(&words), "{words}: {chain}");
    }
    assert!(found(&json, "schema").contains("journal_is_fact is gone"), "{json:#}");
    world.types("verify").exits(1).tells(&["cannot be believed", "(change 1)", "backup"]);
}

/// The checks that found something.
fn checks(json: &Value) -> Vec<&str> {
    let findings = json["findings"].as_array().unwrap();
    let mut checks: Vec<&str> = findings.iter().map(|it| it["check"].as_str().unwrap()).collect();
    checks.dedup();
    checks
}

/// An index that leads to another row than its table says: the file is whole page by page, every
/// row is as it was, and SQLite itself tells.
#[test]
fn verify_tells_an_index_that_does_not_lead_to_its_rows() {
    let world = history();
    let index = "SELECT rootpage FROM sqlite_schema WHERE name = 'journal_by_service'";
    let page = usize::try_from(world.ledger_number(index, ())).unwrap();
    checkpointed(&world);
    let path = world.path("ledger.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // The first entry stands at the page's end, its last byte is the service's number.
    let service = &mut bytes[page * 4096 - 1];
    assert_eq!(*service, 3, "Beard");
    *service = 2;
    std::fs::write(&path, bytes).unwrap();
    let (said, json) = verify(&world);
    said.exits(1);
    assert_eq!(checks(&json), ["file"], "{json:#}");
    assert!(found(&json, "file").contains("missing from index journal_by_service"), "{json:#}");
}

/// A row that points at one that is gone.
#[test]
fn verify_tells_a_row_that_points_nowhere() {
    let world = history();
    let ledger = world.ledger();
    ledger.pragma_update(None, "foreign_keys", false).unwrap();
    ledger.execute("INSERT INTO deliveries VALUES (77, 'ana@salon.example', 1)", ()).unwrap();
    let (said, json) = verify(&world);
    said.exits(1);
    assert_eq!(checks(&json), ["file"], "{json:#}");
    let words = "deliveries points at a row of outbox that is not there";
    assert!(found(&json, "file").contains(words), "{json:#}");
}

/// What was read from Cal.com is kept by its hash: another list in its place is told, whoever put
/// the guardian back.
#[test]
fn verify_tells_a_content_that_is_not_what_was_read() {
    let world = history();
    let ledger = world.ledger();
    let guardian = "SELECT sql FROM sqlite_schema WHERE name = 'contents_are_facts'";
    let guardian: String = ledger.query_row(guardian, (), |row| row.get(0)).unwrap();
    let edit = "UPDATE contents SET body = (SELECT body FROM contents WHERE id = 1) WHERE id = 2";
    ledger.execute_batch(&format!("DROP TRIGGER contents_are_facts; {edit}; {guardian}")).unwrap();
    let (said, json) = verify(&world);
    said.exits(1);
    assert_eq!(found(&json, "schema"), "", "the guardian is back");
    let content = found(&json, "content");
    assert!(content.contains("content 2 is not what was read"), "{json:#}");
    assert!(!content.contains("content 1 "), "{json:#}");
}

/// Promise 1, judged anew: a deactivation with two absences behind it is told, though every link
/// fits, for the ledger itself took it in.
#[test]
fn verify_tells_a_deactivation_with_only_two_absences_behind_it() {
    let mut world = World::salon(3);
    world.calcom_removes("Beard");
    let run = world.syncs(2).watches("Beard", 2).report.run_id.unwrap().0;
    let reason = "because somebody wanted it";
    world
        .ledger()
        .execute_batch(&format!(
            "INSERT INTO lookups (run_id, company_id, team_id, event_type_id, answer)
             VALUES ({run}, 1, {TEAM}, 1003, 'not-found');
             INSERT INTO journal (id, run_id, at, company_id, service_id, event_type_id, kind, name,
                                  before, after, reason)
             VALUES (1, {run}, 1, 1, 3, 1003, 'deactivate', 'Beard', '{{\"is_active\":true}}',
                     '{{\"is_active\":false}}', '{reason}');
             INSERT INTO settlements (journal_id, state, service_id) VALUES (1, 'applied', 3);"
        ))
        .unwrap();
    let (said, json) = verify(&world);
    said.exits(1);
    assert_eq!(checks(&json), ["audit"], "{json:#}");
    let words = "change 1 switched a service off after 2 accepted absences; 3 are the least";
    assert!(found(&json, "audit").contains(words), "{json:#}");
}

/// An earlier head, from a mail or a ping, is found again; one of another history is not.
#[test]
fn an_anchor_tells_whether_history_is_still_the_same() {
    let mut world = history();
    let anchor = verify(&world).1["head"].as_str().unwrap().to_owned();
    world.syncs(2);
    let json = world.types(&format!("verify --json --anchor {anchor}")).exits(0).json();
    assert_eq!(json["anchor"]["found"], true);
    let short = anchor[..12].to_uppercase();
    world.types(&format!("verify --anchor {short}")).exits(0).tells(&["up to there"]);
    let later = verify(&world).1["head"].as_str().unwrap().to_owned();

    let other = World::salon(2);
    let said = other.types(&format!("verify --json --anchor {later}"));
    said.exits(1);
    assert!(found(&said.json(), "anchor").contains("not in this chain"), "{said:#?}");
    std::fs::remove_file(other.path("ledger.db")).unwrap();
    other.types(&format!("verify --anchor {later}")).exits(1).tells(&["no ledger"]);
    for typed in ["abc", "zz34567890123", &"a".repeat(65)] {
        world.types(&format!("verify --anchor {typed}")).exits(2).tells(&["hex digits"]);
    }
}

/// Rows that others changed since are told, and are no failure.
#[test]
fn rows_that_others_changed_are_told_and_are_no_failure() {
    let world = history();
    let told = verify(&world).1["told"].to_string();
    assert!(told.contains("found this ledger put back") && !told.contains("journal"), "{told}");
    world.somebody_edits("Beard", "is_active", 0);
    let (said, json) = verify(&world);
    said.exits(0);
    let told = json["told"].to_string();
    assert!(
        told.contains("service 3 was changed by others") && told.contains("is_active"),
        "{told}"
    );
    world.services().execute("DELETE FROM services WHERE id = 3", ()).unwrap();
    assert!(verify(&world).1["told"].to_string().contains("service 3 is gone"));
    std::fs::remove_file(world.path("services.db")).unwrap();
    let (said, json) = verify(&world);
    said.exits(1);
    assert!(found(&json, "store").contains("no services database"), "{json:#}");
}

/// An upgraded ledger verifies, and says what its first links do not vouch for.
#[test]
fn verify_says_since_when_an_older_ledger_is_linked() {
    let world = World::salon(1);
    let path = world.path("ledger.db");
    std::fs::remove_file(&path).unwrap();
    std::fs::remove_file(world.path("ledger.db.head")).unwrap();
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(crate::chain::OLD_LEDGER).unwrap();
    drop(old);
    let (said, json) = verify(&world);
    said.exits(0);
    assert_eq!(json["links_made_afterwards"], json["links"].as_i64().unwrap() - 1);
    world.types("verify").tells(&["older than the chain", "nothing that was altered before"]);
}

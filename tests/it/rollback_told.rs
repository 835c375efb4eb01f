//! What a rollback did and what it refused is known to whoever asks afterwards, not only to whoever
//! typed it.

use crate::rollback::switched_off;
use crate::world::World;
use serde_json::{Value, json};

/// "Beard" was switched off and somebody wrote into it since; the run that switched it off.
fn switched_off_and_edited() -> (World, i64) {
    let (world, _, run) = switched_off();
    world.somebody_edits("Beard", "sync_error", "ask Petra".to_owned());
    (world, run)
}

fn refused(shown: &Value) -> Vec<Value> {
    let companies = shown["companies"].as_array().unwrap().iter();
    let changes = companies.flat_map(|company| company["changes"].as_array().unwrap());
    changes.filter(|change| change["status"] == "conflict").cloned().collect()
}

/// "Which rows, and why not?" has the same answer a week later, in every command, after every try.
#[test]
fn promise_9_what_a_rollback_refused_can_be_asked_for_later() {
    let (world, run) = switched_off_and_edited();
    let rollback = format!("rollback {run} --yes --service 3 --by ana");
    let first = world.types(&format!("{rollback} --json")).exits(6).json();
    world.types(&rollback).exits(6);
    for (again, number) in [(run + 1, "first"), (run + 2, "second")] {
        let shown = world.types(&format!("show {again} --json")).exits(0).json();
        let lines = refused(&shown);
        assert_eq!(lines.len(), 1, "the {number} try: {shown}");
        assert_eq!((&lines[0]["service_id"], &lines[0]["action"]), (&json!(3), &json!("revert")));
        assert_eq!(lines[0]["after"]["is_active"], true, "what was asked for: {shown}");
        let why = lines[0]["note"].as_str().unwrap();
        assert!(why.contains("ask Petra") && why.contains("Event type not found"), "{why}");
        assert!(why.contains("switch it on in the application"), "the next step: {why}");
        let told = ["Not put back", "Beard", "ask Petra", "1 conflict", "by ana"];
        world.types(&format!("show {again}")).exits(0).tells(&told);
    }
    assert_eq!(refused(&first), refused(&world.types(&format!("show {} --json", run + 1)).json()));
    let story = world.types("explain 3 --json").exits(0).json();
    assert_eq!((&story["state"], &story["refused"]["run_id"]), (&json!("off"), &json!(run + 2)));
    let head = format!("Run {} was to put it back, and left it alone", run + 2);
    world.types("explain 3").exits(0).tells(&[&head, "ask Petra", "not done, the row had moved"]);
    world.types("digest").exits(0).tells(&[
        "1 row was changed",
        "“Beard” (service 3): not put back",
        "explain 3",
    ]);
    world.types("verify").exits(0);
    assert_eq!(world.held(), (vec![], vec![]), "what was not restored is not held");
    assert!(!world.is_bookable("Beard"));
}

/// Whoever asked to put a row back is told that this was not done, and nothing else.
#[test]
fn a_refusal_says_what_was_asked_and_not_what_was_to_be_undone() {
    let (world, run) = switched_off_and_edited();
    let said = world.types(&format!("rollback {run} --yes --by ana"));
    said.exits(6).tells(&[
        &format!("run {run} is undone but for 1 row, which is left alone; 2 changes were made"),
        "Not put back, and left alone: a person must look",
        "put back",
        "ask Petra",
        "somebody's now: switch it on in the application if it should be on",
    ]);
    assert!(!said.out.contains("switch off"), "nobody asked for that: {said:?}");
    assert!(!said.out.contains("approved by ana"), "that was another decision: {said:?}");
}

/// An undo that a look-up forbids is as much a fact as one that a person's edit forbids.
#[test]
fn promise_9_what_a_look_up_forbade_can_be_asked_for_later() {
    let (world, _, run) = switched_off();
    world.types(&format!("rollback {run} --yes --service 3")).exits(0);
    world.calcom_has(reconciler::io::loopback_calcom::SourceEventType::new(
        1003,
        crate::world::TEAM,
        "Beard",
    ));
    world.types(&format!("rollback {} --yes", run + 1)).exits(6);
    let shown = world.types(&format!("show {} --json", run + 2)).exits(0).json();
    assert_eq!(refused(&shown)[0]["after"]["is_active"], false, "{shown}");
    world.types(&format!("show {}", run + 2)).tells(&["alive in team", "if it should be off"]);
    world.types("explain 3").exits(0).tells(&["was to put it back", "alive in team"]);
    world.types("verify").exits(0);
}

/// A refused import, and a removal that cannot be undone, have their row's number too.
#[test]
fn promise_9_every_kind_of_refusal_is_found_by_its_service() {
    let (world, _, run) = switched_off();
    world.somebody_edits("Nails", "sync_status", "pending".to_owned());
    world.types(&format!("rollback {run} --yes --service 7 --service 8")).exits(6);
    world.types("explain 7").exits(0).tells(&["remove: not done", "sync_status is pending"]);
    world
        .types(&format!("rollback {} --yes", run + 1))
        .exits(6)
        .tells(&["number would be another"]);
    world.types("explain 8").exits(0).tells(&["number would be another"]);
    let shown = world.types(&format!("show {} --json", run + 2)).exits(0).json();
    assert_eq!(refused(&shown)[0]["service_id"], 8, "{shown}");
    world.types("verify").exits(0);
}

/// What a rollback would not do to a row says nothing of it: a repair by hand, after which a person
/// is asked even in auto mode, stays one.
#[test]
fn promise_6_a_refused_rollback_does_not_hide_that_somebody_switched_it_on() {
    for asks_for_it in [false, true] {
        let mut world = World::salon(12);
        world.auto_mode("0s");
        world.sets("safety", "max_deactivation_percent", "100");
        world.calcom_removes("Beard");
        assert_eq!(world.syncs(3).switched_off(), ["Beard"]);
        let run = world.ledger_number("SELECT max(id) FROM runs", ());
        world.somebody_edits("Beard", "is_active", 1);
        world.somebody_edits("Beard", "sync_status", "synced".to_owned());
        if asks_for_it {
            world.types(&format!("rollback {run} --yes")).exits(6);
        }
        let run = world.syncs(4);
        assert!(run.switched_off().is_empty(), "asked for it: {asks_for_it}");
        assert_eq!(world.waiting_about("Beard"), ["deactivate"]);
    }
}

/// Whoever had something undone is named in the mail, whatever it was: a run, a rollback, or what
/// could not be undone.
#[test]
fn promise_15_the_digest_names_who_rolled_back_a_rollback() {
    let (world, _, run) = switched_off();
    world.types(&format!("rollback {run} --yes --service 3 --by ana")).exits(0);
    world.types(&format!("rollback {} --yes --by ben", run + 1)).exits(0);
    world.somebody_edits("Beard", "sync_status", "pending".to_owned());
    world.types(&format!("rollback {run} --yes --service 3 --by petra")).exits(6);
    let told = [
        format!("run {run} was undone, by ana."),
        format!("run {} was undone, by ben.", run + 1),
        format!("run {run} was to be undone, by petra."),
    ];
    world.types("digest").exits(0).tells(&told.each_ref().map(String::as_str));
    let digest = world.types("digest --json").exits(0).json();
    let by = |run: i64| {
        let mut changes = digest["changes"].as_array().unwrap().iter();
        changes.find(|one| one["run_id"] == run).unwrap()["decided"].clone()
    };
    assert_eq!(by(run + 1), json!({ "how": "rollback", "by": "ana" }));
    assert_eq!(by(run + 2), json!({ "how": "rollback", "by": "ben" }));
    assert_eq!(by(run + 3), json!({ "how": "rollback", "by": "petra" }));

    // A ledger of an older version knows it by the holds that are left of it.
    let forget = "DROP TRIGGER rollbacks_stay; DELETE FROM rollbacks";
    world.ledger().execute_batch(forget).unwrap();
    world.types("digest").exits(0).tells(&[&told[0], &format!("run {} was undone.", run + 1)]);
}

/// A command in a mail does what it says: what is undone is not offered to be undone, until that
/// was undone itself.
#[test]
fn the_digest_offers_to_undo_only_what_can_be_undone() {
    let (world, _, run) = switched_off();
    let offers = |run: i64| {
        let said = world.types("digest");
        said.out.matches(&format!("Undo run {run}: reconciler rollback {run}\n")).count()
    };
    assert_eq!(offers(run), 3, "Beard, Nails and Toes");
    world.types(&format!("rollback {run} --yes --service 3 --service 7")).exits(0);
    assert_eq!(
        (offers(run), offers(run + 1)),
        (1, 1),
        "Toes; and Beard, but a removal is for good"
    );
    world.types(&format!("rollback {run} --yes --service 8")).exits(0);
    assert_eq!((offers(run), offers(run + 2)), (0, 0));
    world.types(&format!("rollback {run} --yes")).exits(2).tells(&["nothing of it is left"]);
    world.types(&format!("rollback {} --yes --service 3", run + 1)).exits(0);
    assert_eq!((offers(run), offers(run + 1), offers(run + 3)), (1, 0, 1), "off once more");
    let digest = world.types("digest --json").json();
    let left = digest["changes"].as_array().unwrap().iter();
    let left = left.filter(|one| one["can_be_undone"] == true).map(|one| &one["run_id"]);
    assert_eq!(left.collect::<Vec<_>>(), [run, run + 3]);
    world.types(&format!("rollback {run} --yes --service 3")).exits(0);
}

/// What a rollback leaves alone is said with the command that ends it, now and later.
#[test]
fn promise_9_a_rollback_says_what_it_holds_and_how_that_ends() {
    let (world, _, run) = switched_off();
    let then = "Would be held then: 1 service and 2 event types, so that no run does it again.";
    world.types(&format!("rollback {run} --check-only")).exits(0).tells(&[then]);
    let release = format!("release --run {}", run + 1);
    let now = format!(
        "Held now: 1 service and 2 event types. No run does again what was undone, until \
         `reconciler {release}`."
    );
    world.types(&format!("rollback {run} --yes --by ana")).exits(0).tells(&[&now]);
    world.types(&format!("show {}", run + 1)).exits(0).tells(&[&now]);
    let holds = world.types(&format!("show {} --json", run + 1)).json()["holds"].clone();
    let target = |service: Value, event_type: Value| json!({ "service_id": service, "event_type_id": event_type });
    let mut all = holds.as_array().unwrap().clone();
    all.sort_by_key(ToString::to_string);
    let null = Value::Null;
    let event_types = [1007, 1008].map(|id| target(null.clone(), json!(id)));
    assert_eq!(all[..2], event_types);
    assert_eq!(all[2..], [target(json!(3), null)]);

    world.types(&release).exits(0).tells(&["3 holds released"]);
    let shown = world.types(&format!("show {}", run + 1));
    assert!(!shown.out.contains("Held now"), "{shown:?}");
}

/// The rollback of a rollback holds nothing, and says nothing of it.
#[test]
fn promise_9_a_rollback_that_holds_nothing_says_nothing_of_it() {
    let (world, _, run) = switched_off();
    let first = world.types(&format!("rollback {run} --yes --service 3 --json")).exits(0).json();
    assert_eq!(first["holds"], json!([{ "service_id": 3, "event_type_id": null }]));
    let looked = world.types(&format!("rollback {} --check-only --json", run + 1)).json();
    assert_eq!(looked["holds"], json!([]));
    let again = world.types(&format!("rollback {} --yes --json", run + 1)).exits(0).json();
    assert_eq!(again["holds"], json!([]));
}

/// The head of the story says what a held service waits for: a release, not a question.
#[test]
fn promise_15_explain_says_that_a_service_is_held_and_until_when() {
    let (mut world, _, run) = switched_off();
    world.types(&format!("rollback {run} --yes --by ana --reason mistake")).exits(0);
    world.sync();
    let said = world.types("explain 3");
    said.exits(0).tells(&[
        "Held by ana since",
        "every run leaves it alone until `reconciler release 3`",
        &format!("\"rollback of run {run} by ana: mistake\""),
        "nobody is asked while it is held",
    ]);
    assert!(!said.out.contains("a person is asked from"), "{said:?}");
    let story = world.types("explain 3 --json").json();
    assert_eq!((&story["hold"]["service_id"], &story["hold"]["by"]), (&json!(3), &json!("ana")));
    let removed = "Its event type 1007 is held by ana";
    world.types("explain 7").tells(&[removed, "release --event-type 1007"]);
    world.types("release 3 --by ana").exits(0);
    let said = world.types("explain 3");
    said.exits(0).tells(&["a person is asked from 3 on"]);
    assert!(!said.out.contains("Held by"), "{said:?}");
}

/// What a rollback did is told by what became of the rows: switched on is not "updated", and neither
/// is switched off or removed.
#[test]
fn promise_9_a_rollback_is_told_by_what_it_did_to_the_rows() {
    let (world, _, run) = switched_off();
    let told = |number: i64, words: &str| {
        world.types(&format!("show {number}")).exits(0).tells(&[words]);
        let runs = world.types("runs");
        let line = runs.out.lines().find(|line| line.trim_start().starts_with(&number.to_string()));
        assert!(line.is_some_and(|line| line.contains(words)), "{words}: {runs:?}");
        let shown = world.types(&format!("show {number} --json")).exits(0).json();
        let counts = &shown["companies"][0]["counts"];
        ["deactivated", "reactivated", "linked", "updated"].map(|key| counts[key].as_u64().unwrap())
    };
    let said = world.types(&format!("rollback {run} --yes"));
    said.exits(0).tells(&["switched on 3 Beard", "removed 7 Nails"]);
    assert_eq!(told(run + 1, "1 switched on, 2 removed"), [0, 1, 0, 2]);
    world.types(&format!("rollback {} --yes --service 3", run + 1)).exits(0);
    assert_eq!(told(run + 2, "1 switched off"), [1, 0, 0, 0]);
}

/// A link that was moved is moved back, and a word of ours is taken back: each is called so.
#[test]
fn promise_9_a_rollback_that_relinks_says_so() {
    let mut world = World::salon(9);
    let beard = world.calcom_removes("Beard");
    world.somebody_edits("Cut", "sync_status", "never".to_owned());
    world.calcom_adds(crate::world::TEAM, &beard.title);
    world.syncs(3);
    let question = world.question("Beard");
    world.types(&format!("review approve {question} --by ana")).exits(0);
    world.types("run").exits(0).tells(&["relinked 3 Beard"]);
    let run = world.ledger_number("SELECT max(id) FROM runs", ());
    let said = world.types(&format!("rollback {run} --yes"));
    said.exits(0).tells(&["relinked 3 Beard"]);
    world.types("runs").exits(0).tells(&["1 relinked"]);
    let first = world.ledger_number("SELECT min(run_id) FROM journal", ());
    world.types(&format!("rollback {first} --yes")).exits(0).tells(&["put back 1 Cut"]);
    world.types("runs").exits(0).tells(&["1 put back"]);
}

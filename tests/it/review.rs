//! People decide: questions, answers, holds and pauses, as they are typed.

use crate::typed::SALON;
use crate::world::{TEAM, World};
use reconciler::io::loopback_calcom::{KeyRole, SourceEventType};
use reconciler::model::observation::{Check, Verdict};
use reconciler::model::review::ReviewKind;
use reconciler::model::run::ChangeKind;
use reconciler::report::run_report::Ending;
use serde_json::{Value, json};

/// Somebody deleted "Beard" there; three runs later a person is asked.
fn asked_about_beard() -> World {
    let mut world = World::salon(4);
    world.calcom_removes("Beard");
    world.syncs(3).asks("Beard", ReviewKind::Deactivate);
    world
}

fn waiting(world: &World) -> Vec<Value> {
    let list = world.types("review list --json");
    list.exits(0).json()["items"].as_array().unwrap().clone()
}

/// A yes writes nothing; the next run does, after the look-up, and says who decided.
#[test]
fn promise_3_a_yes_is_applied_by_the_next_run_after_its_look_up() {
    let mut world = asked_about_beard();
    let (rows, id) = (world.rows(), world.question("Beard"));
    world.types(&format!("review approve {id} --by ana --reason closed")).exits(0);
    assert_eq!(world.rows(), rows, "a yes writes nothing");
    assert_eq!(waiting(&world)[0]["state"], "approved");
    let before = world.calcom.requests().len();
    world.sync().applies("Beard", ChangeKind::Deactivate);
    let looked_up = world.calcom.requests().split_off(before);
    assert!(looked_up.iter().any(|request| request.contains("event-types/1003")));
    let by_ana = "SELECT count(*) FROM journal WHERE kind = 'deactivate'
                  AND reason LIKE '%approved by ana%'";
    assert_eq!(world.ledger_number(by_ana, ()), 1);
    assert_eq!(waiting(&world), Vec::<Value>::new());
}

/// Alive by its id, whatever the list and Ana say: it stays on.
#[test]
fn promise_3_a_yes_does_not_pass_what_the_look_up_finds_alive() {
    let mut world = asked_about_beard();
    let id = world.question("Beard");
    world.types(&format!("review approve {id} --by ana")).exits(0);
    let beard = SourceEventType::new(1003, TEAM, "Beard");
    world.calcom_has(beard);
    world.calcom_answers(reconciler::io::loopback_calcom::Weather::Without(vec![1003]));
    world.sync().changes_nothing();
    assert!(world.is_bookable("Beard"));
}

/// A row without a name is told as one, and what was done once.
#[test]
fn a_service_without_a_name_is_told_by_its_number() {
    let mut world = World::salon(4);
    world.calcom_removes("Beard");
    world.somebody_edits("Beard", "name", String::new());
    world.syncs(3);
    let yes = format!("review approve {} --by ana", world.question(""));
    world.types(&yes).exits(0).tells(&["switch off? service 3, without a name: approved"]);
    world.sync();
    world.types("explain 3").exits(0).tells(&["[now applied]"]);
}

/// What is held by a number that nobody has: what that number is, and what else could be meant.
#[test]
fn a_hold_on_what_nobody_has_says_what_the_number_is() {
    let world = World::salon(1);
    let said = world.types("hold 999 --reason mine");
    said.exits(2).tells(&["no run has seen service 999", "the row's `id`", "--event-type ID"]);
    let help = world.types("release --help");
    help.exits(0).tells(&["An event type instead; while it is held,"]);
}

/// "Who decided this?" is answered by one command.
#[test]
fn promise_15_explain_names_who_said_yes() {
    let mut world = asked_about_beard();
    let id = world.question("Beard");
    world.types(&format!("review approve {id} --by ana --reason closed")).exits(0);
    world.sync();
    world.types("explain 3").exits(0).tells(&["ana", "closed"]);
    let story = world.types("explain 3 --json").json();
    assert!(story.to_string().contains("ana"), "{story}");
}

/// One id that is unknown, or decided already, and none of them is answered.
#[test]
fn a_request_with_one_wrong_id_changes_nothing_at_all() {
    let mut world = asked_about_beard();
    world.sets("policy", "import", r#""review""#);
    world.calcom_adds(TEAM, "Nails");
    world.sync();
    let (beard, nails) = (world.question("Beard"), world.question("Nails"));
    let before = world.words_of_people();
    for verb in ["approve", "keep", "snooze --for 7d"] {
        let refused = world.types(&format!("review {verb} {beard} {nails} 999 --by ana"));
        refused.exits(2).tells(&["999", "nothing was changed"]);
        assert_eq!(refused.out, "");
        assert_eq!(world.words_of_people(), before, "{verb}");
    }
    world.types(&format!("review keep {nails} --by ana")).exits(0);
    let before = world.words_of_people();
    for verb in ["approve", "keep", "snooze --for 7d"] {
        let refused = world.types(&format!("review {verb} {beard} {nails} --by bob"));
        refused.exits(2).tells(&["Nails", "kept", "nothing was changed"]);
        assert_eq!(world.words_of_people(), before, "{verb}");
    }
}

/// A second yes would move the first one's end: it is refused. A no still takes it back.
#[test]
fn a_yes_can_be_taken_back_and_not_given_twice() {
    let mut world = asked_about_beard();
    let id = world.question("Beard");
    world.types(&format!("review approve {id} --by ana")).exits(0);
    let before = world.words_of_people();
    for again in ["approve", "snooze --for 7d"] {
        let refused = world.types(&format!("review {again} {id} --by bob"));
        refused.exits(2).tells(&["approved", "nothing was changed"]);
        assert_eq!(world.words_of_people(), before);
    }
    world.types(&format!("review keep {id} --by bob")).exits(0);
    world.syncs(3).changes_nothing().decides("Beard", "held");
}

/// More than the limits leave room for needs the number, and exactly that one.
#[test]
fn promise_4_more_than_the_limits_leave_room_for_needs_the_number() {
    let mut world = World::salon(5);
    world.calcom_removes("Beard");
    world.sync();
    world.calcom_removes("Perm");
    world.syncs(3);
    let ids = format!("{} {}", world.question("Beard"), world.question("Perm"));
    let before = world.words_of_people();
    world.types(&format!("review approve {ids} --by ana")).exits(2).tells(&["--mass 2"]);
    for wrong in [1, 3] {
        let refused = world.types(&format!("review approve {ids} --mass {wrong} --by ana"));
        refused.exits(2).tells(&["2 deactivations"]);
    }
    assert_eq!(world.words_of_people(), before);
    world.types(&format!("review approve {ids} --mass 2 --by ana")).exits(0);
    assert_eq!(world.sync().switched_off().len(), 2);
}

/// A yes to each by itself is a yes within the limits: one a week here.
#[test]
fn promise_4_yes_one_by_one_does_not_get_round_the_limits() {
    let mut world = World::salon(5);
    world.calcom_removes("Beard");
    world.sync();
    world.calcom_removes("Perm");
    world.syncs(3);
    for name in ["Beard", "Perm"] {
        let id = world.question(name);
        world.types(&format!("review approve {id} --by ana")).exits(0);
    }
    assert_eq!(world.syncs(2).switched_off(), Vec::<&str>::new());
    assert!(!world.is_bookable("Beard"));
    assert!(world.is_bookable("Perm"));
}

/// No is a hold: nobody is asked again until it is released.
#[test]
fn a_no_is_a_hold_and_nobody_is_asked_again() {
    let mut world = asked_about_beard();
    let id = world.question("Beard");
    world.types(&format!("review keep {id} --by ana --reason summer")).exits(0);
    assert_eq!(world.held(), (vec![3], vec![]));
    let run = world.syncs(20);
    run.decides("Beard", "held").changes_nothing().ends(Ending::Done);
    assert_eq!(world.waiting_about("Beard"), Vec::<String>::new());
    world.types("explain 3").exits(0).tells(&["ana", "summer"]);
    world.types("release 3 --by ana").exits(0);
    world.sync().asks("Beard", ReviewKind::Deactivate).changes_nothing();
}

/// "It was not recreated": the new event type is left alone, the service goes on being watched.
#[test]
fn a_no_to_a_relink_holds_the_new_event_type() {
    let mut world = World::salon(6);
    world.calcom_removes("Beard");
    let new = world.calcom_adds(TEAM, "Beard");
    world.sync().asks("Beard", ReviewKind::Relink);
    let id = world.question("Beard");
    world.types(&format!("review keep {id} --by ana")).exits(0);
    assert_eq!(world.held(), (vec![], vec![new]));
    world.sync().changes_nothing();
    assert_eq!(world.waiting_about("Beard"), Vec::<String>::new());
    world.sync().asks("Beard", ReviewKind::Deactivate).changes_nothing();
    world.types(&format!("release --event-type {new} --by ana")).exits(0);
    world.sync().asks("Beard", ReviewKind::Relink).changes_nothing();
}

/// A yes to a relink rewrites the link, and imports no twin.
#[test]
fn a_yes_to_a_relink_rewrites_the_link() {
    let mut world = World::salon(2);
    world.calcom_removes("Beard");
    let new = world.calcom_adds(TEAM, "Beard");
    world.sync().asks("Beard", ReviewKind::Relink);
    let id = world.question("Beard");
    world.types(&format!("review approve {id} --by ana")).exits(0);
    world.sync();
    assert_eq!(world.holds_in("Beard", "calcom_event_type_id"), new.into());
    assert_eq!(world.rows().len(), SALON.len());
}

/// Later is later, and then it is asked as before.
#[test]
fn a_snoozed_question_wakes_up() {
    let mut world = asked_about_beard();
    let id = world.question("Beard");
    world.types(&format!("review snooze {id} --for 7d --by ana")).exits(0);
    assert_eq!(waiting(&world), Vec::<Value>::new());
    for _ in 0..6 {
        world.passes(24 * 60 - 30);
        world.sync().changes_nothing();
        assert_eq!(waiting(&world), Vec::<Value>::new());
    }
    world.passes(25 * 60);
    world.sync().changes_nothing();
    let awake = waiting(&world);
    assert_eq!((&awake[0]["id"], &awake[0]["state"]), (&json!(id), &json!("pending")));
    world.types(&format!("review snooze {id} --for soon")).exits(2).tells(&["7d"]);
}

/// Names and shapes are a contract.
#[test]
fn review_list_has_the_keys_that_scripts_rely_on() {
    let mut world = asked_about_beard();
    world.sets("policy", "import", r#""review""#);
    let nails = world.calcom_adds(TEAM, "Nails");
    world.sync();
    let items = waiting(&world);
    let keys = [
        "id",
        "kind",
        "company_id",
        "service_id",
        "event_type_id",
        "name",
        "state",
        "reason",
        "since",
        "change",
    ];
    for item in &items {
        for key in keys {
            assert!(item.get(key).is_some(), "{key}: {item}");
        }
    }
    let kinds: Vec<&Value> = items.iter().map(|item| &item["kind"]).collect();
    assert_eq!(kinds, ["deactivate", "import"]);
    assert_eq!((&items[0]["service_id"], &items[0]["event_type_id"]), (&json!(3), &json!(1003)));
    assert_eq!(items[0]["change"]["before"]["is_active"], true);
    assert_eq!(items[0]["change"]["after"]["is_active"], false);
    assert_eq!(
        (&items[1]["service_id"], &items[1]["event_type_id"]),
        (&json!(null), &json!(nails))
    );
    assert!(items[1]["change"]["before"].is_null());
    world.types("review list").exits(0).tells(&["Beard", "Nails", "1 service lost its event type"]);
    assert_eq!((&items[0]["group"], &items[1]["group"]), (&json!("gone-2"), &json!("newcomers-5")));

    let id = world.question("Nails");
    world.types(&format!("review keep {id} --by ana")).exits(0);
    assert_eq!(waiting(&world).len(), 1);
    let all = world.types("review list --all --json").json();
    let states: Vec<&Value> =
        all["items"].as_array().unwrap().iter().map(|item| &item["state"]).collect();
    assert_eq!(states, ["pending", "kept"]);
}

/// Half the catalogue is gone: it waits for a person under the observation's own number, and a yes
/// counts as one absence.
#[test]
fn an_accepted_observation_counts_as_one_absence() {
    let mut world = World::salon(4);
    for name in ["Beard", "Perm", "Wash"] {
        world.calcom_removes(name);
    }
    world.syncs(2).refuses(Check::Shrunk, Verdict::Quarantined);
    let newest = world.ledger_number("SELECT max(id) FROM observations", ());
    let items = waiting(&world);
    let about = (&items[0]["kind"], &items[0]["id"]);
    assert_eq!((items.len(), about), (1, (&json!("observation"), &json!(newest))));

    let words = world.words_of_people();
    let older = newest - 1;
    world.types(&format!("review accept {older}")).exits(2).tells(&["newest", "nothing was"]);
    world.types(&format!("review discard {older}")).exits(2).tells(&["newest", "nothing was"]);
    world.types("review accept 999").exits(2).tells(&["999", "does not exist"]);
    world.types("review accept 1").exits(2).tells(&["not quarantined"]);
    assert_eq!(world.words_of_people(), words);

    let accepted = world.types(&format!("review accept {newest} --by ana"));
    accepted.exits(0).tells(&["Beard", "Perm", "Wash"]);
    world.types(&format!("review accept {newest} --by bob")).exits(2).tells(&["already"]);
    world.sync().accepts().watches("Beard", 2).watches("Wash", 2).changes_nothing();
}

/// Half an hour after a mail its number is an older observation's: whoever types it is told which is
/// the newest now, and whether that one can be answered at all.
#[test]
fn an_older_observation_names_the_newest_and_whether_it_waits() {
    let mut world = World::salon(6);
    let gone = ["Beard", "Perm", "Wash"].map(|name| world.calcom_removes(name));
    world.syncs(2).refuses(Check::Shrunk, Verdict::Quarantined);
    let mailed = world.ledger_number("SELECT max(id) - 1 FROM observations", ());
    let accept = format!("review accept {mailed} --by ana");
    let (newest, words) = (mailed + 1, world.words_of_people());
    let is = format!("newest any more: that is observation {newest}, of run {newest}.");
    let then = [is, format!("`reconciler review accept {newest}`"), "nothing was".to_owned()];
    for answer in ["accept", "discard"] {
        let said = world.types(&format!("review {answer} {mailed} --by ana"));
        said.exits(2).tells(&then.each_ref().map(String::as_str));
    }
    assert_eq!(world.words_of_people(), words);

    world.calcom_answers(reconciler::io::loopback_calcom::Weather::Status(500));
    world.sync();
    let after = newest + 1;
    let failed = format!("observation {after}, of run {after}. It is failed");
    let said = world.types(&accept);
    said.exits(2).tells(&[&failed, "nobody can accept that"]);
    assert!(!said.err.contains("review accept"), "no command that cannot work: {said:?}");

    world.calcom_recovers();
    for event_type in gone {
        world.calcom_has(event_type);
    }
    world.sync().accepts();
    world.types(&accept).exits(2).tells(&["It was accepted, so there is nothing to answer"]);
}

/// Question 3 is about Lashes, and observation 3 is quarantined.
fn one_number_for_two_things() -> World {
    let mut world = World::salon(3);
    world.sets("policy", "import", r#""review""#);
    for name in ["Nails", "Brows", "Lashes"] {
        world.calcom_adds(TEAM, name);
    }
    world.sync();
    for name in ["Beard", "Perm", "Wash"] {
        world.calcom_removes(name);
    }
    world.sync().refuses(Check::Shrunk, Verdict::Quarantined);
    assert_eq!(world.question("Lashes"), 3);
    assert_eq!(world.ledger_number("SELECT max(id) FROM observations", ()), 3);
    world
}

/// Observations and questions are numbered each for themselves: the answer names what it was.
#[test]
fn an_answer_names_what_was_answered_where_a_number_is_two_things() {
    let world = one_number_for_two_things();
    let yes = world.types("review approve 3 --by ana");
    yes.exits(0).tells(&["3 import? Lashes: approved", "question 3, not observation 3"]);
    yes.tells(&["`reconciler review accept 3`"]);

    let world = one_number_for_two_things();
    let yes = world.types("review accept 3 --by ana");
    yes.exits(0).tells(&["Observation 3 of team 34209, read by run 3, is accepted"]);
    yes.tells(&["observation 3, not question 3", "3 import? Lashes", "review approve 3"]);
    assert_eq!(world.waiting_about("Lashes"), ["import"]);
}

/// Not believed: nothing rests on it, and the next one like it is asked about anew.
#[test]
fn a_discarded_observation_counts_for_nothing() {
    let mut world = World::salon(4);
    let gone = ["Beard", "Perm", "Wash"].map(|name| world.calcom_removes(name));
    world.sync().refuses(Check::Shrunk, Verdict::Quarantined);
    let newest = world.ledger_number("SELECT max(id) FROM observations", ());
    world.types(&format!("review discard {newest} --by ana")).exits(0);
    assert_eq!(waiting(&world), Vec::<Value>::new());
    world.sync().refuses(Check::Shrunk, Verdict::Quarantined).watches("Beard", 0);
    for event_type in gone {
        world.calcom_has(event_type);
    }
    world.sync().accepts().changes_nothing();
    world.calcom_removes("Beard");
    world.sync().watches("Beard", 1);
}

/// A key that sees less than an admin's is not a matter of opinion.
#[test]
fn nobody_can_accept_an_observation_without_its_witness() {
    let mut world = World::salon(2);
    world.key_is_of(KeyRole::Member);
    world.sync().refuses(Check::Witness, Verdict::Quarantined);
    let newest = world.ledger_number("SELECT max(id) FROM observations", ());
    let words = world.words_of_people();
    world.types(&format!("review accept {newest} --by ana")).exits(2).tells(&["witness"]);
    assert_eq!(world.words_of_people(), words);
}

/// A hold says why, names something that exists, and ends when somebody says so.
#[test]
fn a_service_is_held_until_it_is_released() {
    let mut world = World::salon(5);
    world.types("hold 3 --by ana").exits(2).tells(&["--reason"]);
    world.types("hold 99 --reason mine").exits(2).tells(&["99"]);
    world.types("hold --reason mine").exits(2).tells(&["--event-type"]);
    assert_eq!(world.held(), (vec![], vec![]));
    world.types("hold 3 --by ana --reason mine").exits(0);
    world.calcom_removes("Beard");
    world.syncs(5).decides("Beard", "held").changes_nothing();
    assert_eq!(world.waiting_about("Beard"), Vec::<String>::new());
    world.types("release 3 --by ana").exits(0);
    world.types("release 3 --by ana").exits(2).tells(&["nothing is held"]);
    world.types("release").exits(2).tells(&["--event-type", "--run"]);
    world.sync().asks("Beard", ReviewKind::Deactivate);
}

/// An event type that is held is not imported.
#[test]
fn an_event_type_is_held_until_it_is_released() {
    let mut world = World::salon(3);
    world.types("hold --event-type 1007 --by ana --reason draft").exits(0);
    assert_eq!(world.calcom_adds(TEAM, "Nails"), 1007);
    world.syncs(2).changes_nothing();
    assert_eq!(world.rows().len(), SALON.len());
    world.types("release --event-type 1007 --by ana").exits(0);
    world.sync().applies("Nails", ChangeKind::Import);
}

/// While paused, a run observes and records, touches no service, and says so.
#[test]
fn a_paused_run_writes_to_no_service() {
    let mut world = World::salon(4);
    world.types("pause --by ana").exits(2).tells(&["--reason"]);
    world.types("pause --by ana --reason moving --for 2h").exits(0).tells(&["Paused until"]);
    world.calcom_adds(TEAM, "Nails");
    let rows = world.rows();
    let observations = world.ledger_number("SELECT count(*) FROM observations", ());
    world.types("run").exits(4).tells(&["moving", "ana"]);
    assert_eq!(world.rows(), rows);
    let now = world.ledger_number("SELECT count(*) FROM observations", ());
    assert_eq!(now, observations + 1);
    assert_eq!(world.types("status --json").json()["paused"], true);
    world.types("resume --by ana").exits(0);
    world.types("resume --by ana").exits(2).tells(&["nothing is paused"]);
    world.types("run").exits(0);
    assert_eq!(world.rows().len(), SALON.len() + 1);
    world.types("pause --by ana --reason moving --for 2h").exits(0);
    world.passes(5 * 60);
    world.sync().ends(Ending::Done);
}

/// Without a ledger there is nothing to answer, and none is made.
#[test]
fn answers_without_a_ledger_make_none() {
    let world = World::of(&[(TEAM, 1)]);
    for line in ["review approve 1", "review accept 1", "hold 1 --reason x", "release 1", "resume"]
    {
        world.types(line).exits(2).tells(&["no ledger"]);
    }
    assert!(!world.path("ledger.db").exists());
}

//! The shapes that scripts rely on.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

use super::run;
use crate::report::fixtures;
use serde_json::{Value, json};

fn read(text: &str) -> Value {
    assert_eq!(text.lines().count(), 1, "one document on one line");
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_run_has_the_keys_of_the_contract() {
    let said = read(&run(&fixtures::applied(), 0));
    assert_eq!(said["run_id"], 12);
    assert_eq!(said["kind"], "sync");
    assert_eq!(said["check_only"], false);
    assert_eq!(said["started_at"], "2025-11-04T21:25:00Z");
    assert_eq!(said["finished_at"], "2025-11-04T21:26:00Z");
    assert_eq!(said["exit_code"], 0);
    let company = &said["companies"][0];
    assert_eq!(company["company_id"], 1);
    assert_eq!(company["observations"][0]["reasons"], json!([]));
    assert_eq!(
        company["counts"],
        json!({
            "matched": 18, "new": 27, "orphaned_inactive": 15, "watching": 0,
            "waiting_for_review": 0, "imported": 0, "linked": 0, "updated": 0, "drifted": 0,
            "deactivated": 1, "reactivated": 0, "held": 0, "conflicts": 0
        })
    );
    assert_eq!(
        company["changes"][0],
        json!({
            "action": "deactivate", "service_id": 438, "event_type_id": 3_757_770,
            "name": "Färben & Tönen", "status": "applied",
            "reason": "absent in 3 consecutive accepted observations; approved by ana",
            "journal_id": 77, "before": { "is_active": true }, "after": { "is_active": false },
            "note": null
        })
    );
}

#[test]
fn a_refusal_names_its_checks_and_explains_them() {
    let said = read(&run(&fixtures::empty(), 5));
    let observation = &said["companies"][0]["observations"][0];
    assert_eq!(observation["id"], 31);
    assert_eq!(observation["team_id"], 34209);
    assert_eq!(observation["verdict"], "quarantined");
    assert_eq!(observation["counts_for_absence"], false);
    assert_eq!(observation["reasons"], json!(["empty"]));
    assert_eq!(observation["event_types"], 0);
    assert_eq!(observation["previous_event_types"], 45);
    let finding = &observation["findings"][0];
    assert_eq!(finding["check"], "empty");
    for part in ["seen", "compared_with", "not_done", "what_to_do"] {
        assert!(finding[part].is_string(), "{part}");
    }
}

#[test]
fn a_rehearsal_has_no_number_and_says_what_it_would_do() {
    let said = read(&run(&fixtures::rehearsal(), 0));
    assert_eq!(said["run_id"], Value::Null);
    assert_eq!(said["check_only"], true);
    let changes = &said["companies"][0]["changes"];
    assert_eq!(changes[0]["status"], "planned");
    assert_eq!(changes[1]["status"], "needs-review");
    assert_eq!(changes[0]["journal_id"], Value::Null);
}

#[test]
fn doubts_limits_and_what_is_watched_are_there_too() {
    let said = read(&run(&fixtures::contradiction_and_breach(), 5));
    let company = &said["companies"][0];
    assert_eq!(company["doubts"][0]["kind"], "contradiction");
    assert_eq!(company["breach"]["due"], 4);
    let said = read(&run(&fixtures::questions(), 0));
    let company = &said["companies"][0];
    assert_eq!(company["watching"][0]["streak"], 2);
    assert_eq!(company["drift"][0]["columns"][0]["source"], "Bartpflege");
    assert_eq!(company["asked"][0]["kind"], "deactivate");
}

#[test]
fn foreign_text_stays_within_its_quotes() {
    let said = read(&run(&fixtures::hostile(), 1));
    let name = said["companies"][0]["changes"][0]["name"].as_str().unwrap();
    assert!(name.contains('\n'), "as it came");
}

//! Answers to a look-up by id, spoilt: "not found" is heard only where the very words stand, and
//! "found" only of the very event type. Nothing else lets a deactivation pass, or contradicts one.

use super::super::wire::{complaint, found};
use super::harm::{Harm, any_harm, spoil};
use crate::io::scrub::Scrub;
use crate::model::ids::{EventTypeId, TeamId};
use proptest::collection::vec;
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::json;

const WANTED: EventTypeId = EventTypeId(3_757_701);
const TEAM: TeamId = TeamId(34_209);
const WORDS: &str = "Event type with id 3757701 not found";

/// As Cal.com says it (API v2 source, v6.1.11: `http-exception.filter.ts`).
fn not_found() -> Vec<u8> {
    let error = json!({"code": "NotFoundException", "message": WORDS, "details": {"message": WORDS,
                       "error": "Not Found", "statusCode": 404}});
    let path = "/v2/teams/34209/event-types/3757701";
    json!({"status": "error", "timestamp": "2026-02-16T21:20:09.672Z", "path": path, "error": error})
        .to_string()
        .into_bytes()
}

fn hears_not_found(bytes: &[u8]) -> bool {
    complaint(bytes).is_some_and(|told| told.says_not_found(WANTED))
}

fn hears_found(bytes: &[u8]) -> bool {
    let scrub = Scrub::new(&SecretString::from("cal_live_secret"));
    found(bytes, &scrub).is_ok_and(|found| found == (WANTED, TEAM))
}

/// Blanks between words of JSON mean nothing, and those within the sentence are no question here.
fn stands_in(bytes: &[u8], words: &str) -> bool {
    let dense = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    };
    let (bytes, words) = (dense(bytes), dense(words.as_bytes()));
    bytes.windows(words.len()).any(|window| window == words)
}

fn spoilt(mut bytes: Vec<u8>, harms: &[Harm]) -> Vec<u8> {
    for harm in harms {
        spoil(&mut bytes, harm);
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn not_found_is_heard_only_where_the_very_words_stand(harms in vec(any_harm(), 0..4)) {
        prop_assert!(hears_not_found(&not_found()));
        let bytes = spoilt(not_found(), &harms);
        if hears_not_found(&bytes) {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
            let message = ["\"message\":\"", WORDS, "\""].concat();
            prop_assert!(stands_in(&bytes, r#""status":"error""#) && stands_in(&bytes, &message));
            prop_assert!(!hears_found(&bytes));
        }
    }

    #[test]
    fn found_is_heard_only_of_the_very_event_type(harms in vec(any_harm(), 0..4)) {
        let item = json!({"id": WANTED, "teamId": TEAM, "title": "Cut", "hidden": false});
        let whole = json!({"status": "success", "data": item}).to_string().into_bytes();
        prop_assert!(hears_found(&whole));
        let bytes = spoilt(whole, &harms);
        if hears_found(&bytes) {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
            let needed = [r#""status":"success""#, r#""id":3757701"#, r#""teamId":34209"#];
            prop_assert!(needed.iter().all(|words| stands_in(&bytes, words)), "{bytes:?}");
            prop_assert!(!hears_not_found(&bytes));
        }
    }

    #[test]
    fn no_bytes_at_all_are_an_answer_by_accident(bytes in vec(any::<u8>(), 0..400)) {
        prop_assert!(!hears_not_found(&bytes) && !hears_found(&bytes));
    }
}

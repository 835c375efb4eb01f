//! The whole demo, in a folder of its own; and the folders it must not touch.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

use super::*;
use crate::flow::review::{Queue, Request};
use crate::flow::sync::sync;
use crate::flow::work::Clock;
use crate::model::review::Word;
use crate::report::demo::Chapter;
use crate::report::lines::ChangeStatus;
use crate::report::run_report::Mode;
use chrono::TimeDelta;
use std::fs;

fn now() -> crate::model::Timestamp {
    chrono::DateTime::from_timestamp_millis(1_762_291_500_123).unwrap()
}

fn played_in(path: &Path) -> (Played, Vec<Chapter>, Stage) {
    played_on(Stage::set(Folder::choose(Some(path)).unwrap(), now()).unwrap())
}

fn played_on(stage: Stage) -> (Played, Vec<Chapter>, Stage) {
    let config = configuration(stage.folder()).unwrap();
    let mut chapters = Vec::new();
    let tell = |chapter: &Chapter| chapters.push(chapter.clone());
    let played = block_on(play(&stage, &work(&config), tell)).unwrap().unwrap();
    (played, chapters, stage)
}

/// Somebody who has five minutes sees that nobody's service is ever switched off, and that the
/// numbers are the incident's.
#[test]
fn the_story_comes_out_as_told_and_nobody_loses_a_service() {
    let folder = tempfile::tempdir().unwrap();
    let (played, chapters, _) = played_in(&folder.path().join("demo"));

    let failed: Vec<&String> = chapters.iter().flat_map(|chapter| &chapter.failed).collect();
    assert_eq!(failed, Vec::<&String>::new());
    assert_eq!(played.failed, 0);
    assert!(played.checked > 50, "it checks what it tells: {}", played.checked);
    assert_eq!(chapters.len(), 6);
    for chapter in &chapters {
        assert_eq!(chapter.bookable, (18, 18), "{}", chapter.title);
    }
    let text: String = chapters.iter().map(|chapter| chapter.text(false)).collect();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "lists 45 event types",
        "18 match a service, 27 are new, and 15 services have no event type",
        "NOT IN () matches 18 of these 18 services",
        "39 of 45 event types",
        "absent, 2 of 3",
        "not-found",
        "would import 27 services, 1 of them bookable, 26 not",
    ] {
        assert!(words.contains(told), "{told:?} is missing in {words}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    assert!(played.question.is_some());
}

/// The demo is a self-test: where it does not come out as told, it says so.
#[test]
fn a_story_that_does_not_come_out_is_loud() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo");
    let stage = Stage::set(Folder::choose(Some(&path)).unwrap(), now()).unwrap();
    let config = fs::read_to_string(path.join("config.toml")).unwrap();
    fs::write(path.join("config.toml"), config.replace("[3757770]", "[1]")).unwrap();
    let (played, chapters, _) = played_on(stage);
    assert!(played.failed > 0);
    let text: String = chapters.iter().map(|chapter| chapter.text(false)).collect();
    assert!(text.contains("NOT AS TOLD"), "{text}");
    assert!(verdict(&played, false).contains("did NOT come out as told"));
}

/// `show 5` is offered afterwards, and a run of the real clock must not be earlier than these.
#[test]
fn nine_runs_lie_half_an_hour_apart_and_in_the_past() {
    let folder = tempfile::tempdir().unwrap();
    let (_, chapters, _) = played_in(&folder.path().join("demo"));
    let runs: Vec<_> = chapters.iter().flat_map(|chapter| &chapter.runs).collect();
    let numbers: Vec<i64> = runs.iter().filter_map(|(id, _)| Some(id.as_ref()?.0)).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for pair in runs.windows(2) {
        assert_eq!(pair[1].1 - pair[0].1, TimeDelta::minutes(30));
    }
    assert!(runs.iter().all(|(_, at)| *at <= now()));
    let last_real = runs.iter().filter(|(id, _)| id.is_some()).map(|(_, at)| *at).max().unwrap();
    assert!(now() - last_real >= TimeDelta::minutes(10), "a run right afterwards counts");
}

#[test]
fn an_earlier_demo_is_started_over_and_what_it_did_not_make_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo");
    let (_, _, stage) = played_in(&path);
    drop(stage);
    fs::write(path.join("notes.txt"), "mine").unwrap();
    assert_eq!(Folder::choose(Some(&path)).unwrap().past(), Past::Played);

    let (played, chapters, _) = played_in(&path);
    assert_eq!(played.failed, 0);
    assert_eq!(chapters[0].runs[0].0.map(|id| id.0), Some(1), "the ledger is a new one");
    assert_eq!(fs::read_to_string(path.join("notes.txt")).unwrap(), "mine");
}

#[test]
fn somebody_elses_folder_is_refused_and_keeps_every_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), "theirs").unwrap();
    let refusal = Folder::choose(Some(folder.path())).unwrap_err();
    assert!(matches!(refusal, DemoError::Foreign { .. }), "{refusal}");
    assert_eq!(refused(refusal.into()).unwrap(), USAGE);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(folder.path().join("config.toml")).unwrap(), "theirs");

    let file = folder.path().join("config.toml");
    assert!(matches!(Folder::choose(Some(&file)), Err(DemoError::Foreign { .. })));
}

/// The key in the folder is only the stand-in's, and is treated like one all the same.
#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_key_and_git_sees_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo");
    let stage = Stage::set(Folder::choose(Some(&path)).unwrap(), now()).unwrap();
    let mode = fs::metadata(path.join("calcom.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_to_string(path.join(".gitignore")).unwrap(), "*\n");
    assert_eq!(Folder::choose(Some(&path)).unwrap().past(), Past::Unfinished);
    drop(stage);
}

/// What is shown can be copied: each command line names a command that this program has.
#[test]
fn every_command_that_is_offered_exists() {
    use clap::Parser;
    let folder = tempfile::tempdir().unwrap();
    let (played, _, stage) = played_in(&folder.path().join("demo"));
    for serving in [true, false] {
        let text = what_next(&stage, &played, serving);
        let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        assert!(lines.len() >= 2, "{text}");
        for line in lines {
            let words = line.split("  # ").next().unwrap().split_whitespace();
            let parsed = crate::cli::Arguments::try_parse_from(words);
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }
}

/// The story goes on where the demo ends: a named person says yes, and the next run, with the real
/// clock, switches off that one service and no other.
#[test]
fn after_the_story_a_yes_switches_off_the_one_service_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (played, _, stage) = played_in(&folder.path().join("demo"));
    let config = configuration(stage.folder()).unwrap();
    let _serving = Serving::after(stage);
    let work = work(&config);
    let ana = Word { by: "ana".into(), at: now(), reason: None };
    let yes = Request::Approve { mass: None };
    Queue::open(work.records()).unwrap().answer(&[played.question.unwrap()], &yes, &ana).unwrap();

    let clock = Clock::starting_at(now());
    let run = block_on(sync(&work, Mode::Real, clock)).unwrap().unwrap();
    assert_eq!(run.counts().deactivated, 1, "{run:#?}");
    let changed: Vec<_> = run.companies.iter().flat_map(|company| &company.changes).collect();
    assert_eq!(changed.len(), 1, "{changed:#?}");
    assert_eq!(changed[0].service_id, Some(played.gone));
    assert_eq!(changed[0].status, ChangeStatus::Applied);
}

//! Promises 2 and 13: what proves no absence, and how loudly that is said.

use crate::bad_answers::bad_answers;
use crate::world::{TEAM, World};
use reconciler::io::loopback_calcom::{KeyRole, Twin, Weather};
use reconciler::model::observation::{Check, Finding, Verdict};
use reconciler::report::run_report::{Ending, Mode};

const SALON: [&str; 8] = ["Cut", "Färben", "Beard", "Perm", "Wash", "Braids", "Shave", "Style"];

/// The world that every bad answer is told to: a slug and a canary are configured, and one event
/// type is really gone, and was missed once.
fn missing_once() -> World {
    let mut world = World::of(&[(TEAM, 1)]);
    world.team_says(TEAM, "slug = \"team-34209\"\nmust_contain = [1001]");
    world.sets("calcom", "max_body", r#""2 MB""#);
    for name in SALON {
        world.serves(name);
    }
    world.sync().accepts();
    world.calcom_removes("Beard");
    world.sync().watches("Beard", 1);
    world
}

/// Ten bad answers: the table keeps every byte, and the streak of what is really gone stands still.
fn tells_ten_times(world: &mut World, weather: &Weather, check: Check, verdict: Verdict) {
    let before = world.rows();
    world.calcom_answers(weather.clone());
    for _ in 0..10 {
        let run = world.sync();
        run.refuses(check, verdict).watches("Beard", 0);
        assert_eq!(run.report.counts().deactivated, 0);
    }
    assert_eq!(world.rows(), before, "{weather:?}");
    world.calcom_recovers();
}

/// A bad answer of any kind neither advances nor resets what was counted, and changes nothing.
#[test]
fn promise_2_no_bad_answer_proves_an_absence() {
    let answers = bad_answers();
    assert!(answers.len() > 60, "{}", answers.len());
    let mut world = missing_once();
    for (number, (weather, check, verdict)) in answers.iter().enumerate() {
        tells_ten_times(&mut world, weather, *check, *verdict);
        if number % 10 == 0 {
            world = missing_once();
            tells_ten_times(&mut world, weather, *check, *verdict);
            world.sync().watches("Beard", 2);
            world = missing_once();
        }
    }
}

/// Each kind by itself: one absence before it, so two after it; neither one nor twelve.
#[test]
fn promise_2_no_bad_answer_advances_or_resets_a_streak() {
    for (weather, check, verdict) in bad_answers() {
        let mut world = missing_once();
        world.calcom_answers(weather.clone());
        for _ in 0..2 {
            world.sync().refuses(check, verdict);
        }
        world.calcom_recovers();
        assert_eq!(world.sync().streak_of("Beard"), 2, "{weather:?}");
    }
}

/// The very answer of the incident: 200, and nothing in the list.
#[test]
fn promise_2_an_empty_answer_proves_no_absence() {
    let mut world = World::with_services(&SALON);
    let before = world.rows();
    world.calcom_answers(Weather::EmptyList);
    for _ in 0..10 {
        world.sync().refuses(Check::Empty, Verdict::Quarantined);
    }
    assert_eq!(world.rows(), before);
    // A quarantined observation is no evidence: the count starts at one, not at eleven.
    world.calcom_recovers();
    world.calcom_removes("Beard");
    world.sync().watches("Beard", 1);
}

/// The same on the very first run, when nothing is remembered yet.
#[test]
fn promise_2_a_first_answer_that_lacks_the_active_services_is_no_baseline() {
    for (weather, check) in [
        (Weather::EmptyList, Check::Empty),
        (Weather::FirstN(2), Check::Shrunk),
        (Weather::AllIdsRegenerated(5000), Check::Shrunk),
    ] {
        let mut world = World::of(&[(TEAM, 1)]);
        for name in SALON {
            world.serves(name);
        }
        world.calcom_answers(weather);
        for _ in 0..5 {
            world.sync().refuses(check, Verdict::Quarantined);
        }
        world.calcom_recovers();
        world.sync().accepts().ends(Ending::Done);
    }
}

/// No answer, or one byte now and then, is no answer.
#[test]
fn promise_2_silence_is_no_answer() {
    for weather in [Weather::Stall, Weather::Trickle] {
        let mut world = missing_once();
        world.sets("calcom", "timeout", r#""150ms""#);
        tells_ten_times(&mut world, &weather, Check::Transport, Verdict::Failed);
        world.sets("calcom", "timeout", r#""20s""#);
        world.sync().watches("Beard", 2);
    }
}

/// A key that is refused, or whose owner is unknown, is the problem; not the services.
#[test]
fn promise_2_a_refused_key_proves_no_absence() {
    let me = |weather| Weather::MeAnswer(Box::new(weather));
    for (weather, check, verdict) in [
        (me(Weather::Status(401)), Check::Unauthorized, Verdict::Failed),
        (me(Weather::Status(498)), Check::Unauthorized, Verdict::Failed),
        (me(Weather::Status(500)), Check::Transport, Verdict::Failed),
        (me(Weather::Html200), Check::ContentType, Verdict::Rejected),
        (me(Weather::DataNull), Check::Envelope, Verdict::Rejected),
    ] {
        let mut world = missing_once();
        tells_ten_times(&mut world, &weather, check, verdict);
        world.sync().watches("Beard", 2);
    }
    let mut world = missing_once();
    let key = "cal_live_revoked".to_owned();
    world.calcom.change(|source| source.key = key);
    for _ in 0..10 {
        world.sync().refuses(Check::Unauthorized, Verdict::Failed);
    }
    let mut world = missing_once();
    world.key_is_of(KeyRole::Stranger);
    for _ in 0..10 {
        world.sync().refuses(Check::Unauthorized, Verdict::Failed);
    }
}

/// Implausible is not false: what a quarantined observation shows is present.
#[test]
fn promise_2_a_quarantined_answer_proves_what_it_shows() {
    let mut world = World::with_services(&SALON);
    let gone = world.calcom_removes("Beard");
    world.syncs(3).decides("Beard", "propose-deactivation");
    assert_eq!(world.waiting_about("Beard"), ["deactivate"]);
    world.calcom_has(gone);
    world.calcom_answers(Weather::Without(vec![1004, 1005, 1006]));
    world.sync().refuses(Check::Shrunk, Verdict::Quarantined);
    assert_eq!(world.waiting_about("Beard"), Vec::<String>::new(), "the question is void");
    world.calcom_recovers();
    world.calcom_removes("Beard");
    world.sync().watches("Beard", 1);
}

/// Identical twins in a list are merged, and no reason to distrust it.
#[test]
fn identical_twins_in_the_list_are_one_event_type() {
    let mut world = World::with_services(&SALON);
    world.calcom_answers(Weather::Duplicates(Twin::Same));
    let run = world.sync();
    run.accepts().ends(Ending::Done);
    assert!(run.checks().contains(&Check::Twins));
}

/// A passing trouble that a retry overcomes is no trouble.
#[test]
fn a_retry_overcomes_a_passing_trouble() {
    let mut world = World::with_services(&SALON);
    world.sets("calcom", "max_attempts", "3");
    world.sets("calcom", "patience", r#""10s""#);
    world.calcom_answers(Weather::FlakyThenFair(2));
    world.sync().accepts().ends(Ending::Done);
}

/// Hidden is present: an owner who hides an event type for a week has not deleted it.
#[test]
fn promise_2_a_hidden_event_type_is_present() {
    let mut world = World::with_services(&SALON);
    world.calcom_edits("Beard", |it| it.hidden = true);
    world.syncs(10).watches("Beard", 0).accepts().ends(Ending::Done);
    assert!(world.is_bookable("Beard"));
}

/// One missing is plausible, in a team of two as well; two at once are not.
#[test]
fn promise_2_small_teams_are_guarded_too() {
    let mut world = World::with_services(&["Cut", "Colour", "Beard"]);
    world.calcom_answers(Weather::FirstN(1));
    world.syncs(5).refuses(Check::Shrunk, Verdict::Quarantined);
    world.calcom_answers(Weather::FirstN(2));
    world.sync().accepts().watches("Beard", 1);
}

/// A refusal is loud: its exit code is not that of a success, `--quiet` does not silence it, and
/// it says what was seen.
#[test]
fn promise_13_a_refusal_is_loud_and_says_what_was_seen() {
    let mut world = World::with_services(&SALON);
    world.calcom_answers(Weather::EmptyList);
    for arguments in [&["run"][..], &["run", "--quiet"], &["run", "--check-only", "--quiet"]] {
        let output = world.program().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{arguments:?}");
        let told = String::from_utf8(output.stdout).unwrap().to_lowercase();
        assert!(told.contains("empty") || told.contains("no event types"), "{told}");
    }
    let endings = "SELECT exit_code FROM run_endings ORDER BY run_id DESC LIMIT 1";
    assert_eq!(world.ledger_number(endings, ()), 5);
    // The ledger keeps the reason, with the numbers that were compared.
    let body: String = world
        .ledger()
        .query_row("SELECT body FROM findings WHERE body LIKE '%empty%'", (), |row| row.get(0))
        .unwrap();
    assert!(body.contains("\"previous\":8") && body.contains("\"linked\":8"), "{body}");
    world.calcom_recovers();
    world.sync().accepts();
}

/// A first list has nothing to be held against while the table cannot be read: it becomes no
/// baseline, and is judged by the services as soon as they are there.
#[test]
fn promise_2_a_first_list_is_no_baseline_while_the_services_cannot_be_read() {
    let mut world = World::of(&[(TEAM, 1)]);
    for name in SALON {
        world.serves(name);
    }
    world.calcom_answers(Weather::FirstN(2));
    let (table, aside) = (world.path("services.db"), world.path("aside.db"));
    std::fs::rename(&table, &aside).unwrap();
    let report = world.report(Mode::Real);
    assert_eq!(report.ending, Ending::Failed);
    let observation = &report.companies[0].observations[0];
    assert_eq!(observation.verdict, Verdict::Quarantined);
    assert!(observation.findings.contains(&Finding::ServicesUnknown));

    std::fs::rename(&aside, &table).unwrap();
    world.sync().refuses(Check::Shrunk, Verdict::Quarantined);
    world.calcom_recovers();
    world.sync().accepts();
}

//! Promise 14: a rehearsal runs the very code of a real run, and leaves no trace.

use crate::world::{TEAM, World};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::Weather;
use reconciler::report::lines::ChangeStatus;
use reconciler::report::run_report::{CompanyReport, Mode, RunReport};

const SALON: [&str; 6] = ["Cut", "Colour", "Beard", "Perm", "Wash", "Braids"];

/// A world in which a run would do, ask and tell a lot.
fn much_to_do() -> World {
    let mut world = World::with_services(&SALON);
    world.sets("policy.fields", "name", r#""source""#);
    world.calcom_removes("Beard");
    world.calcom_removes("Perm");
    world.sets("safety", "max_shrink_percent", "50");
    world.syncs(3);
    world.ana_approves("Beard");
    world.calcom_edits("Cut", |it| "Haircut".clone_into(&mut it.title));
    world.calcom_adds(TEAM, "Nails");
    world.calcom_adds(TEAM, "Wash");
    world.passes(30);
    world
}

/// What would be done, and what was done.
fn wanted(report: &RunReport, status: ChangeStatus) -> Vec<String> {
    let changes = report.companies.iter().flat_map(|company| &company.changes);
    let wanted = changes.filter(|change| change.status == status);
    wanted.map(|one| format!("{:?}", (one.kind, &one.before, &one.after, &one.reason))).collect()
}

fn seen(company: &CompanyReport) -> String {
    let CompanyReport { services, decisions, watching, drifted, breach, .. } = company;
    let verdicts: Vec<_> =
        company.observations.iter().map(|one| (one.verdict, &one.findings)).collect();
    format!("{:#?}", (services, decisions, watching, drifted, breach, verdicts))
}

/// What the rehearsal says is what the run then does.
#[test]
fn promise_14_a_rehearsal_says_what_the_run_then_does() {
    let world = much_to_do();
    let rehearsal = world.rehearse().report;
    let run = world.sync_now().report;
    assert_eq!(rehearsal.run_id, None);
    assert_eq!(wanted(&rehearsal, ChangeStatus::Planned), wanted(&run, ChangeStatus::Applied),);
    assert!(wanted(&run, ChangeStatus::Applied).len() >= 3);
    assert_eq!(seen(&rehearsal.companies[0]), seen(&run.companies[0]));
    let asked = |report: &RunReport| format!("{:#?}", report.companies[0].asked);
    assert_eq!(asked(&rehearsal), asked(&run));
}

/// No byte of any file changes, and no file is made: not in the ledger, not in the table, not
/// beside them.
#[test]
fn promise_14_a_rehearsal_leaves_no_trace() {
    for weather in [Weather::Fair, Weather::EmptyList, Weather::Status(500)] {
        let world = much_to_do();
        world.calcom_answers(weather);
        let before = world.files();
        for _ in 0..3 {
            let _ = world.rehearse();
        }
        assert!(before == world.files());
    }
}

/// Nor where there is no ledger yet: it is not made.
#[test]
fn promise_14_a_rehearsal_makes_no_ledger() {
    let mut world = World::of(&[(TEAM, 1)]);
    for name in SALON {
        world.serves(name);
    }
    let before = world.files();
    world.rehearse().accepts();
    assert!(before == world.files());
    assert_eq!(before.len(), 2, "the configuration and the application's database");
}

/// Nor where the application keeps its table in WAL mode: at rest, open, or after a crash of it.
#[test]
fn promise_14_a_rehearsal_leaves_no_trace_beside_a_store_in_wal_mode() {
    let world = much_to_do();
    world.services().pragma_update(None, "journal_mode", "WAL").unwrap();
    let resting = world.files();
    world.rehearse().accepts();
    assert!(resting == world.files(), "at rest");

    // The application is up, and has written what stands in its log alone.
    let application = world.services();
    application.execute("UPDATE services SET price = 50 WHERE id = 1", ()).unwrap();
    assert!(world.path("services.db-shm").exists());
    let before = world.files();
    // A process of its own: inside one, SQLite shares what it knows of a file.
    let output = world.program().args(["run", "--check-only"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(before == world.files(), "while the application is up");

    // The application's power failed: its log is all that is left of it, or its log and what was
    // shared.
    for shared_is_left in [false, true] {
        let crashed = World::of(&[(TEAM, 1)]);
        for (path, bytes) in &before {
            let name = path.file_name().unwrap().to_str().unwrap();
            if name != "config.toml" && (shared_is_left || !name.ends_with("-shm")) {
                std::fs::write(crashed.path(name), bytes).unwrap();
            }
        }
        let left = crashed.files();
        assert!(left.contains_key(&crashed.path("services.db-wal")));
        let report = crashed.report(Mode::Rehearsal);
        assert_eq!(report.companies[0].trouble, None);
        assert_eq!(report.companies[0].services.active, 6, "the log was read");
        assert!(left == crashed.files(), "after the application's crash");
    }
}

/// Nor after a crash of our own: the log of the ledger is read and left as it is.
#[test]
fn promise_14_a_rehearsal_leaves_no_trace_after_a_crash() {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(60));
    for name in SALON {
        world.serves(name);
    }
    world.sync().accepts();
    world.calcom_adds(TEAM, "Nails");
    let mut with_log = 0;
    for steps in 0.. {
        let cut = world
            .program()
            .arg("run")
            .env("RECONCILER_POWER_CUT", steps.to_string())
            .output()
            .unwrap();
        if cut.status.code().is_some() {
            break;
        }
        let before = world.files();
        with_log += u32::from(before.contains_key(&world.path("ledger.db-wal")));
        let output = world.program().args(["run", "--check-only"]).output().unwrap();
        assert!(matches!(output.status.code(), Some(0)), "{output:?}");
        assert!(before == world.files(), "cut after {steps}");
    }
    assert!(with_log > 5, "{with_log}");
}

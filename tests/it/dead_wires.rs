//! A server that falls silent, and an application that lets nobody at a row: a run ends by its own
//! patience, says what waited for what and how long, and the next run repairs.

use crate::proxy::{Cut, Proxy};
use crate::salon::{Salon, on_every_server};
use crate::servers::Keeper;
use crate::world::{TEAM, run};
use reconciler::flow::work::Work;
use reconciler::io::loopback_calcom::SourceTeam;
use reconciler::report::lines::ChangeStatus;
use reconciler::report::run_report::{Ending, Mode, RunReport};
use reconciler::report::text::{self, Voice};
use std::time::Duration;

on_every_server! {
    promise_7_a_commit_that_is_never_answered_stays_open_until_the_server_has_let_go
    promise_7_a_question_that_is_never_answered_ends_its_company_and_no_other
    a_server_that_takes_a_connection_and_says_nothing_is_told
    promise_7_a_row_locked_for_too_long_is_written_by_the_next_run
    promise_7_a_table_locked_as_a_whole_is_told
}

/// The other company's team.
const OTHER: i64 = 35;
const OPEN: &str = "SELECT count(*) FROM journal_entries WHERE state = 'intended'";

/// A second company, and a rename for each: "Cut" and "Shave".
fn two_renames(salon: &mut Salon) {
    salon.world.sets("policy.fields", "name", r#""source""#);
    salon.world.calcom.change(|world| {
        world.teams.insert(OTHER, SourceTeam::new(OTHER, "team-35", "Another team"));
    });
    salon.world.configures_teams(&[(TEAM, 1), (OTHER, 2)]);
    let event_type = salon.world.calcom_adds(OTHER, "Shave");
    crate::schemas::services(&salon.database, &[("Shave", event_type)]);
    salon.database.execute("UPDATE services SET company_id = 2 WHERE name = 'Shave'");
    salon.goes_well();
    for name in ["Cut", "Shave"] {
        salon.world.calcom_edits(name, |it| it.title = format!("{name}!"));
    }
    salon.world.passes(30);
}

/// Whoever waits for nothing but a dead wire need not wait for a minute. MySQL waits for locks in
/// whole seconds.
fn impatient(salon: &Salon, answering: Duration) -> Work {
    let mut work = salon.world.work();
    work.store.patience.answering = answering;
    work.store.patience.locked = Duration::from_millis(300);
    work
}

/// Long enough for a busy machine.
const SILENCE: Duration = Duration::from_secs(3);

fn names(salon: &Salon) -> Vec<String> {
    let query = "SELECT name FROM services WHERE id IN (1, 7) ORDER BY id";
    salon.database.rows(query).concat()
}

/// Of all companies, in the order of their ids.
fn statuses(report: &RunReport) -> Vec<ChangeStatus> {
    let changes = report.companies.iter().flat_map(|company| &company.changes);
    changes.map(|change| change.status).collect()
}

fn in_words(report: &RunReport) -> String {
    let said = text::run(report, &Voice { colour: false, zone: chrono_tz::UTC, width: 80 });
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn through_a_proxy(salon: &mut Salon, cut: Cut) -> Proxy {
    let proxy = Proxy::to(&salon.database.address());
    salon.world.keeps_services_at(&salon.database.url_through(proxy.port));
    proxy.cuts(cut);
    proxy
}

/// While the server still has the session, nobody can know what it will make of it: the change
/// stays open, and its company is left alone. When the session has ended, the next run settles it.
/// The other company's change is made by the run itself, over a new connection.
fn promise_7_a_commit_that_is_never_answered_stays_open_until_the_server_has_let_go(
    salon: &mut Salon,
) {
    two_renames(salon);
    let proxy = through_a_proxy(salon, Cut::Hold("COMMIT"));
    let work = impatient(salon, SILENCE);
    let report = run(&work, Mode::Real, salon.world.now);
    assert!(proxy.has_cut(), "{report:#?}");
    assert_eq!(report.ending, Ending::Failed);
    let mut both = statuses(&report);
    both.sort_by_key(|status| status.as_str());
    assert_eq!(both, [ChangeStatus::Applied, ChangeStatus::Unknown], "{report:#?}");
    let words = in_words(&report);
    assert!(words.contains("no answer within 3s to \"COMMIT\""), "{words}");
    assert_eq!(salon.world.ledger_number(OPEN, ()), 1);

    let report = run(&work, Mode::Real, salon.world.now);
    assert!(report.recovered.is_empty(), "{report:#?}");
    let left: Vec<bool> = report.companies.iter().map(|one| one.left_to_another_run).collect();
    assert_eq!(left.iter().filter(|left| **left).count(), 1, "{report:#?}");
    assert_eq!(salon.world.ledger_number(OPEN, ()), 1);

    proxy.lets_go();
    let report = salon.sync();
    let recovered: Vec<_> = report.recovered.iter().map(|line| line.status).collect();
    assert_eq!(recovered, [ChangeStatus::Abandoned]);
    assert_eq!(names(salon), ["Cut!", "Shave!"]);
    assert_eq!(salon.world.ledger_number(OPEN, ()), 0);
}

/// The rows of one company are asked for, and nobody answers: that company is not touched, which is
/// said with the statement and the time it waited.
fn promise_7_a_question_that_is_never_answered_ends_its_company_and_no_other(salon: &mut Salon) {
    two_renames(salon);
    let proxy = through_a_proxy(salon, Cut::Hold("sync_error"));
    let report = run(&impatient(salon, SILENCE), Mode::Real, salon.world.now);
    assert!(proxy.has_cut(), "{report:#?}");
    assert_eq!(report.ending, Ending::Failed);
    assert_eq!(statuses(&report), [ChangeStatus::Applied], "the other company's");
    let words = in_words(&report);
    assert!(words.contains("no answer within 3s to \"SELECT CAST("), "{words}");
    assert!(words.contains("see whether the server is up"), "{words}");
    assert_eq!(salon.world.ledger_number(OPEN, ()), 0);
    proxy.lets_go();
    salon.goes_well();
    assert_eq!(names(salon), ["Cut!", "Shave!"]);
}

/// What was observed is recorded, nothing is written, and it is said that nobody answered.
fn a_server_that_takes_a_connection_and_says_nothing_is_told(salon: &mut Salon) {
    two_renames(salon);
    let proxy = through_a_proxy(salon, Cut::Mute);
    let mut work = salon.world.work();
    work.store.patience.connecting = Duration::from_millis(200);
    let report = run(&work, Mode::Real, salon.world.now);
    assert!(proxy.has_cut(), "{report:#?}");
    assert_eq!(report.ending, Ending::Failed);
    let words = in_words(&report);
    assert!(words.contains("no connection within 200ms"), "{words}");
    assert_eq!(names(salon), ["Cut", "Shave"]);
    proxy.lets_go();
    salon.goes_well();
    assert_eq!(names(salon), ["Cut!", "Shave!"]);
}

/// The application keeps a row locked: that is told, nothing of its company is written, the other
/// company goes on, and when the application is done the next run does it.
fn promise_7_a_row_locked_for_too_long_is_written_by_the_next_run(salon: &mut Salon) {
    two_renames(salon);
    salon.database.execute("BEGIN; UPDATE services SET price = 12 WHERE id = 1");
    let report = run(&impatient(salon, Duration::from_mins(1)), Mode::Real, salon.world.now);
    assert_eq!(report.ending, Ending::Failed);
    assert_eq!(statuses(&report), [ChangeStatus::Abandoned, ChangeStatus::Applied]);
    let words = in_words(&report);
    let wanted = "another program kept locked for longer than 300ms what \"UPDATE";
    assert!(words.contains(wanted), "{words}");
    assert!(words.contains("the next run tries again"), "{words}");
    salon.database.execute("ROLLBACK");
    assert_eq!(names(salon), ["Cut", "Shave!"]);
    salon.goes_well();
    assert_eq!(names(salon), ["Cut!", "Shave!"]);
}

/// A migration keeps the whole table locked: a run does not wait longer for that than for a row.
fn promise_7_a_table_locked_as_a_whole_is_told(salon: &mut Salon) {
    two_renames(salon);
    let (lock, unlock) = match salon.database.keeper {
        Keeper::MySql => ("LOCK TABLES services WRITE", "UNLOCK TABLES"),
        _ => ("BEGIN; LOCK TABLE services", "ROLLBACK"),
    };
    salon.database.execute(lock);
    let report = run(&impatient(salon, Duration::from_mins(1)), Mode::Real, salon.world.now);
    assert_eq!(report.ending, Ending::Failed);
    assert_eq!(statuses(&report), []);
    let words = in_words(&report);
    let wanted = "another program kept locked for longer than 300ms what \"SELECT";
    assert_eq!(words.matches(wanted).count(), 2, "of each company: {words}");
    salon.database.execute(unlock);
    salon.goes_well();
    assert_eq!(names(salon), ["Cut!", "Shave!"]);
}

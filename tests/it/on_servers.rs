//! Whole stories where the services really live: the same promises on MySQL or MariaDB and on
//! PostgreSQL, with the application's own table.

use crate::salon::{NAMES, Salon, on_every_server, said};
use crate::servers::{Database, Keeper};
use crate::shop::Shop;
use crate::world::{TEAM, program, run};
use reconciler::io::loopback_calcom::{SourceWorld, Weather};
use reconciler::io::store::CompanyLock;
use reconciler::model::ids::CompanyId;
use reconciler::report::run_report::{Ending, Mode};
use reconciler::report::text::{self, Voice};
use std::time::Duration;

on_every_server! {
    promise_2_an_empty_answer_switches_nothing_off
    promise_1_three_absences_and_a_person_and_back_again
    what_is_new_is_imported_and_what_is_there_is_adopted
    promise_10_two_ledgers_on_two_hosts_double_nothing
    promise_10_a_company_that_another_run_works_on_is_left_alone
    promise_12_no_password_is_in_any_error
}

fn promise_2_an_empty_answer_switches_nothing_off(salon: &mut Salon) {
    assert_eq!(salon.sync().ending, Ending::Done);
    let before = salon.rows();
    salon.world.calcom_answers(Weather::EmptyList);
    for _ in 0..5 {
        assert_eq!(salon.sync().ending, Ending::NotTrusted);
    }
    let output = salon.program(&["run"]);
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert_eq!(salon.rows(), before);
    assert_eq!(salon.bookable(), NAMES.len());
}

fn promise_1_three_absences_and_a_person_and_back_again(salon: &mut Salon) {
    salon.beard_is_to_go();
    let before = salon.rows();
    let output = salon.program(&["run", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!salon.is_bookable("Beard"));
    assert_eq!(salon.bookable(), NAMES.len() - 1);
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(run["companies"][0]["changes"][0]["status"], "applied");

    let number = run["run_id"].to_string();
    let back = ["rollback", &*number, "--yes", "--by", "ana", "--reason", "she is back"];
    let output = salon.program(&back);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(salon.rows(), before, "exactly what was there");
    let output = salon.program(&["run"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(salon.is_bookable("Beard"), "it is held");
    let output = salon.program(&["explain", "3"]);
    assert!(said(&output).contains("she is back"), "{}", said(&output));
}

/// Adoption night: what is there is linked and kept, what is new is imported once, and what a
/// person or an older sync switched off stays off.
fn what_is_new_is_imported_and_what_is_there_is_adopted(salon: &mut Salon) {
    let off = if salon.database.keeper == Keeper::Postgres { "FALSE" } else { "0" };
    salon.database.execute(&format!(
        "UPDATE services SET is_active = {off}, sync_status = 'error' WHERE name = 'Perm';
         UPDATE services SET deleted_at = '2025-01-01 00:00:00' WHERE name = 'Wash';
         UPDATE services SET sync_status = 'never' WHERE name = 'Cut'"
    ));
    for name in ["Nägel 💅", "Toes"] {
        salon.world.calcom_adds(TEAM, name);
    }
    let report = salon.sync();
    assert_eq!(report.ending, Ending::SomethingWaits, "{report:#?}");
    let counts = report.counts();
    assert_eq!((counts.imported, counts.updated), (3, 1), "the soft-deleted row is nobody's");
    assert!(salon.is_bookable("Nägel 💅") && salon.is_bookable("Toes") && salon.is_bookable("Cut"));
    assert!(!salon.is_bookable("Perm"), "a person is asked");
    assert_eq!(report.companies[0].asked.len(), 1);
    let kept = "SELECT count(*) FROM services WHERE name = 'Wash' AND deleted_at IS NOT NULL";
    assert_eq!(salon.database.number(kept), 1);
    let again = salon.sync();
    assert_eq!(again.counts().imported, 0);
    assert_eq!(salon.database.number("SELECT count(*) FROM services"), 9);
    let stamped = "SELECT count(*) FROM services WHERE last_calcom_sync IS NULL";
    assert_eq!(salon.database.number(stamped), 1, "the soft-deleted one");
}

/// Two processes with ledgers of their own, at the same moment, against one table.
fn promise_10_two_ledgers_on_two_hosts_double_nothing(salon: &mut Salon) {
    salon.goes_well();
    for number in 1..=9 {
        salon.world.calcom_adds(TEAM, &format!("New {number}"));
    }
    let hosts = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let runs: Vec<_> = hosts
        .iter()
        .map(|host| {
            let config = salon.world.copied_to(host.path());
            std::thread::spawn(move || {
                let mut command = program();
                command.args(["run", "--config"]).arg(config);
                command.env("CALCOM_API_KEY", SourceWorld::KEY).output().unwrap()
            })
        })
        .collect();
    for run in runs {
        let output = run.join().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let twice = "SELECT count(*) FROM (SELECT calcom_event_type_id FROM services
                 GROUP BY calcom_event_type_id HAVING count(*) > 1) AS twins";
    assert_eq!(salon.database.number(twice), 0);
    assert_eq!(salon.database.number("SELECT count(*) FROM services"), 15);
}

/// Somebody else is at it: observed, recorded, said, and nothing touched.
fn promise_10_a_company_that_another_run_works_on_is_left_alone(salon: &mut Salon) {
    salon.beard_is_to_go();
    let mut other = Shop::of(Database::new(Keeper::Sqlite).unwrap());
    other.settings = salon.world.work().store;
    let mut theirs = other.open();
    let lock = other.database.wait_for(theirs.lock_company(CompanyId(1))).unwrap();
    assert_eq!(lock, CompanyLock::Ours);
    let before = salon.rows();
    let mut work = salon.world.work();
    work.store.patience.locked = Duration::from_secs(1);
    let report = run(&work, Mode::Real, salon.world.passes(30).now);
    assert_eq!(report.ending.exit_code(), 4, "{report:#?}");
    let told = text::run(&report, &Voice { colour: false, zone: chrono_tz::UTC, width: 80 });
    assert!(told.contains("Another run works on company 1"), "{told}");
    assert_eq!(salon.rows(), before);
    assert_eq!(salon.world.ledger_number("SELECT max(id) FROM observations", ()), 5);

    other.database.wait_for(theirs.unlock_company(CompanyId(1)));
    let output = salon.program(&["run"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!salon.is_bookable("Beard"));

    // The connection is gone, and the lock with it. A rollback needs it too.
    let lock = other.database.wait_for(theirs.lock_company(CompanyId(1))).unwrap();
    assert_eq!(lock, CompanyLock::Ours);
    let last = salon.world.ledger_number("SELECT max(id) FROM runs", ()).to_string();
    let output = salon.program(&["rollback", &last, "--yes"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("another run works on company 1"), "{}", said(&output));
    assert!(!salon.is_bookable("Beard"));
    drop(theirs);
    let output = salon.program(&["rollback", &last, "--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(salon.is_bookable("Beard"));
}

/// Whatever goes wrong, the password stays where it was.
fn promise_12_no_password_is_in_any_error(salon: &mut Salon) {
    let mut shop = Shop::of(Database::new(Keeper::Sqlite).unwrap());
    let address = salon.database.address();
    let (scheme, name) = match salon.database.keeper {
        Keeper::MySql => ("mysql", "mysql"),
        _ => ("postgres", "postgres"),
    };
    for place in [
        format!("{address}/{name}"),
        format!("{address}/no_such_database"),
        "127.0.0.1:1/d".to_owned(),
        format!("{address}/{name}?sslmode=verify-ca&ssl-mode=VERIFY_CA&ssl-ca=/no/such/hunter2"),
    ] {
        let url = format!("{scheme}://nobody:hunter2@{place}");
        shop.settings.location = Ok(crate::shop::location(&salon.database, &url));
        let error = shop.database.wait_for(reconciler::io::store::Store::open(
            &shop.settings,
            reconciler::io::store::Access::ReadWrite,
        ));
        // A server that trusts loopback lets anybody in who exists.
        let words = error.unwrap_err().in_full();
        assert!(words.starts_with("the services database"), "{words}");
        assert!(words.contains("://nobody@127.0.0.1"), "{words}");
        assert!(!words.contains("hunter2"), "{words}");
    }
}

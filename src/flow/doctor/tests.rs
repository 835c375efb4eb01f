//! The doctor, on the salon of the demo: well, and with one thing at a time gone wrong.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

use super::*;
use crate::config::{self, Environment};
use crate::flow::demo::{Folder, Stage};
use crate::flow::sync::sync;
use crate::io::ledger::Ledger;
use crate::io::lock::RunLock;
use crate::io::loopback_calcom::{KeyRole, SourceWorld, Weather};
use crate::report::doctor::Health;
use crate::report::run_report::Mode;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::fs;

struct Salon {
    folder: tempfile::TempDir,
    stage: Stage,
    now: Timestamp,
}

impl Salon {
    /// After a run, an hour ago.
    fn open() -> Self {
        let salon = Self::before_its_first_run();
        let work = salon.work();
        let clock = Clock::starting_at(salon.now - TimeDelta::hours(1));
        let _report = block_on(sync(&work, Mode::Real, clock)).unwrap();
        salon
    }

    fn before_its_first_run() -> Self {
        let now = Timestamp::from_timestamp_millis(1_762_291_500_123).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo");
        let stage = Stage::set(Folder::choose(Some(&path)).unwrap(), now).unwrap();
        Self { folder, stage, now }
    }

    fn config(&self) -> config::Config {
        config::load(&self.stage.folder().config(), &Environment::default()).unwrap()
    }

    fn work(&self) -> Work {
        let config = self.config();
        Work {
            ledger: config.ledger_path,
            source: config.source,
            store: config.store,
            companies: config.companies,
            notify: config.notify,
        }
    }

    fn configured(self, from: &str, to: &str) -> Self {
        let path = self.stage.folder().config();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        self
    }

    fn calcom(self, change: impl FnOnce(&mut SourceWorld)) -> Self {
        self.stage.calcom.change(change);
        self
    }

    fn sql(self, statement: &str) -> Self {
        let path = self.folder.path().join("demo/services.db");
        rusqlite::Connection::open(path).unwrap().execute_batch(statement).unwrap();
        self
    }

    fn examine(&self) -> Examination {
        self.examine_at(self.now)
    }

    /// And proves every time that nothing was changed.
    fn examine_at(&self, now: Timestamp) -> Examination {
        let before = self.files();
        let config = self.config();
        let configured = Configured {
            file: &config.file,
            inert_settings: &config.inert_settings,
            trial: Trial::SettingsOnly,
        };
        let clock = Clock::starting_at(now);
        let examination = block_on(examine(&self.work(), &configured, clock));
        assert_eq!(self.files(), before, "the doctor has changed a file");
        examination
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.folder.path().join("demo")).unwrap();
        entries
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect()
    }
}

fn block_on<T>(story: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(story)
}

/// What is not well, as `state name: seen`.
fn troubles(examination: &Examination) -> Vec<String> {
    let ill = examination.checks.iter().filter(|check| check.health != Health::Ok);
    ill.filter(|check| check.name != "notify")
        .map(|check| format!("{} {}: {}", check.health.as_str(), check.name, check.seen))
        .collect()
}

#[track_caller]
fn assert_trouble(examination: &Examination, begins: &str, contains: &str) {
    let troubles = troubles(examination);
    let found = |one: &String| one.starts_with(begins) && one.contains(contains);
    assert!(troubles.iter().any(found), "no {begins:?} with {contains:?} in {troubles:#?}");
    assert_eq!(examination.is_ok(), !troubles.iter().any(|one| one.starts_with("broken")));
}

#[test]
fn a_healthy_salon_is_well() {
    let examination = Salon::open().examine();
    assert_eq!(troubles(&examination), Vec::<String>::new());
    assert!(examination.is_ok());
    let names: Vec<&str> = examination.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "config",
            "key",
            "team 34209",
            "team 34209 list",
            "team 34209 admin",
            "services",
            "company 1",
            "references",
            "ledger",
            "clock",
            "ledger folder",
            "lock",
            "notify",
        ]
    );
    let text = examination.text(false);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn before_the_first_run_all_is_well_and_no_ledger_is_made() {
    let salon = Salon::before_its_first_run();
    assert_eq!(troubles(&salon.examine()), Vec::<String>::new());
    assert!(!salon.work().ledger.exists());
}

#[test]
fn a_key_that_nobody_knows_is_broken_and_the_rest_is_still_examined() {
    let salon = Salon::open().calcom(|world| world.key = "another".to_owned());
    let examination = salon.examine();
    assert_trouble(&examination, "broken key", "401");
    assert_trouble(&examination, "broken team 34209", "not asked");
    assert!(examination.checks.iter().any(|check| check.name == "lock"));
}

#[test]
fn a_key_without_the_admin_role_is_broken() {
    let salon = Salon::open().calcom(|world| world.key_role = KeyRole::Member);
    assert_trouble(&salon.examine(), "broken team 34209 admin", "403");
}

#[test]
fn a_list_that_the_next_run_would_not_accept_is_broken() {
    let salon = Salon::open().calcom(|world| world.weather = Weather::EmptyList);
    let examination = salon.examine();
    assert_trouble(&examination, "broken team 34209 list", "empty: 45 before, 18 active services");
    assert_trouble(&examination, "advice team 34209 admin", "nobody can tell");

    let salon = Salon::open().calcom(|world| world.weather = Weather::FirstN(20));
    assert_trouble(&salon.examine(), "broken team 34209 list", "shrunk: 25 of 45");
}

#[test]
fn a_team_that_is_not_the_configured_one_is_broken() {
    let salon = Salon::open().configured("slug = \"friseur\"", "slug = \"kosmetik\"");
    assert_trouble(&salon.examine(), "broken team 34209:", "its slug is friseur");

    let salon = Salon::open().calcom(|world| world.weather = Weather::Organization);
    assert_trouble(&salon.examine(), "broken team 34209:", "organization");
}

#[test]
fn guards_that_are_not_set_are_advised() {
    let salon = Salon::open()
        .configured("slug = \"friseur\"", "")
        .configured("must_contain = [3757770]", "");
    let examination = salon.examine();
    assert_trouble(&examination, "advice team 34209:", "Friseur am Markt");
    assert_trouble(&examination, "advice team 34209 list", "must_contain");
}

#[test]
fn another_key_is_told_to_start_the_streaks_again() {
    let salon = Salon::open().calcom(|world| world.key = "cal_live_new".to_owned());
    fs::write(salon.folder.path().join("demo/calcom.key"), "cal_live_new").unwrap();
    assert_trouble(&salon.examine(), "advice team 34209 list", "not those of the last run");
}

#[test]
fn a_store_without_its_table_or_file_is_broken() {
    let salon = Salon::open()
        .configured("[services.columns]", "table = \"leistungen\"\n[services.columns]");
    assert_trouble(&salon.examine(), "broken services", "leistungen");

    let salon = Salon::open().configured("sqlite:services.db", "sqlite:elsewhere.db");
    assert_trouble(&salon.examine(), "broken services", "elsewhere.db");
    assert!(!salon.folder.path().join("demo/elsewhere.db").exists());
}

#[test]
fn rows_and_companies_that_do_not_fit_are_advised() {
    let salon = Salon::open().sql(
        "INSERT INTO services (company_id, name) VALUES (7, 'Fremd');
         UPDATE services SET calcom_event_type_id = 3757770 WHERE id = 432;
         UPDATE services SET sync_status = 'pending' WHERE id = 433;
         CREATE TRIGGER t AFTER UPDATE ON services BEGIN SELECT 1; END;",
    );
    let examination = salon.examine();
    assert_trouble(&examination, "advice company 7", "1 row, and no team");
    assert_trouble(&examination, "advice services", "several rows");
    assert_trouble(&examination, "advice services", "triggers");
    assert_trouble(&examination, "advice company 1", "1 active but not `synced`");
    assert!(examination.is_ok());

    let salon = Salon::open().configured("company_id = 1", "company_id = 2");
    assert_trouble(&salon.examine(), "advice company 2", "no row");
}

#[test]
fn auto_without_references_is_advised() {
    let salon = Salon::open().configured("appointments = {", "# appointments = {").configured(
        "[[policy.import_rules]]",
        "[policy]\ndeactivate = \"auto\"\n[[policy.import_rules]]",
    );
    assert_trouble(&salon.examine(), "advice references", "auto");
}

#[test]
fn a_ledger_that_is_none_is_broken_and_keeps_its_bytes() {
    let salon = Salon::before_its_first_run();
    fs::write(salon.work().ledger, "not a database, but long enough to look at").unwrap();
    assert_trouble(&salon.examine(), "broken ledger", "not a ledger");
}

#[test]
fn a_run_at_work_and_a_run_cut_off_are_told_apart() {
    let salon = Salon::open();
    let work = salon.work();
    let mut ledger = Ledger::open(&work.ledger).unwrap();
    let run = ledger.open_run(crate::model::run::RunKind::Sync, salon.now).unwrap();
    drop(ledger);
    let examination = salon.examine();
    assert_trouble(&examination, "advice ledger", &format!("{run}, began"));

    let _lock = RunLock::take(&work.ledger, salon.now).unwrap();
    let examination = salon.examine();
    assert_trouble(&examination, "advice lock", "another run is at work");
    assert!(!troubles(&examination).iter().any(|one| one.contains("advice ledger")));
}

#[test]
fn a_clock_that_is_behind_is_broken_and_long_silence_is_advised() {
    let salon = Salon::open();
    let examination = salon.examine_at(salon.now - TimeDelta::hours(5));
    assert_trouble(&examination, "broken clock", "newest");
    let examination = salon.examine_at(salon.now + TimeDelta::hours(50));
    assert_trouble(&examination, "advice ledger", "exit code 0");
}

#[test]
fn scripts_read_names_states_and_advice() {
    let salon = Salon::open().calcom(|world| world.key_role = KeyRole::Member);
    let json: serde_json::Value = serde_json::from_str(&salon.examine().json()).unwrap();
    assert_eq!(json["ok"], false);
    let admin = json["checks"].as_array().unwrap().iter();
    let admin = admin.clone().find(|check| check["name"] == "team 34209 admin").unwrap();
    assert_eq!(admin["state"], "broken");
    assert!(admin["seen"].is_string() && admin["advice"].is_string());
    let config = &json["checks"][0];
    assert_eq!((&config["state"], &config["advice"]), (&"ok".into(), &serde_json::Value::Null));
}

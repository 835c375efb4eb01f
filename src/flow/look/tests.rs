//! What people are told, from a ledger that was written by hand.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use super::{Look, explain, show, status};
use crate::flow::work::Work;
use crate::io::ledger::{CompanyClose, Ledger};
use crate::model::Timestamp;
use crate::model::change::{Change, Column, Image, Value};
use crate::model::ids::{CompanyId, EventTypeId, RunId, ServiceId};
use crate::model::run::{ChangeKind, EntryState, Intent, RunKind, Settlement};
use crate::model::service::{Lifecycle, Service};
use crate::model::settings::{
    MissingSecret, NotifySettings, SourceSettings, StoreLocation, StoreSettings,
};
use crate::report::story::{State, Story, sentence};
use std::time::Duration;

const COMPANY: CompanyId = CompanyId(1);

/// A ledger in a folder of its own, and how many runs it has had.
struct World {
    work: Work,
    ledger: Option<Ledger>,
    runs: i64,
    _folder: tempfile::TempDir,
}

fn at(run: i64) -> Timestamp {
    Timestamp::from_timestamp(1_762_291_500 + 1800 * run, 0).unwrap()
}

fn row(id: i64, lifecycle: Lifecycle) -> Service {
    Service {
        id: ServiceId(id),
        company_id: COMPANY,
        name: format!("Service {id}").into(),
        event_type_id: Some(EventTypeId(id + 1000)),
        lifecycle,
        sync_status: None,
        sync_error: None,
        duration_minutes: None,
        slug: None,
    }
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let work = Work {
            ledger: folder.path().join("ledger.db"),
            source: SourceSettings {
                base_url: "http://127.0.0.1:1".parse().unwrap(),
                api_version: "x".into(),
                api_key: Err(MissingSecret { what: "x".into(), hint: "x".into() }),
                timeout: Duration::ZERO,
                max_attempts: 1,
                requests_per_minute: 1,
                patience: Duration::ZERO,
                max_body_bytes: 1,
            },
            store: StoreSettings::usual(StoreLocation::Sqlite("none".into())),
            companies: Vec::new(),
            notify: NotifySettings::default(),
        };
        Self { work, ledger: None, runs: 0, _folder: folder }
    }

    /// A run that sees these rows, and may switch one off.
    fn run(&mut self, rows: &[Service], switches_off: Option<i64>) -> RunId {
        let run = self.begin(rows, switches_off, Some(EntryState::Applied));
        let now = at(self.runs);
        let close = CompanyClose::of(COMPANY);
        self.ledger().close_run(run, &[close], (now, now), 0, |_| Vec::new()).unwrap();
        run
    }

    fn ledger(&mut self) -> &mut Ledger {
        let path = self.work.ledger.clone();
        self.ledger.get_or_insert_with(|| Ledger::open(&path).unwrap())
    }

    fn begin(
        &mut self,
        rows: &[Service],
        switches_off: Option<i64>,
        settles: Option<EntryState>,
    ) -> RunId {
        self.runs += 1;
        let now = at(self.runs);
        let ledger = self.ledger();
        let run = ledger.open_run(RunKind::Sync, now).unwrap();
        ledger.record_sightings(run, COMPANY, rows).unwrap();
        if let Some(id) = switches_off {
            let is_active =
                |on| -> Image { [(Column::IsActive, Value::Bool(on))].into_iter().collect() };
            let intent = Intent {
                kind: ChangeKind::Deactivate,
                change: Change::Update {
                    service_id: ServiceId(id),
                    company_id: COMPANY,
                    before: is_active(true),
                    after: is_active(false),
                },
                name: "Service".into(),
                reason: "approved by ana".into(),
                review_id: None,
            };
            let ids = ledger.journal(run, now, &[&intent], None).unwrap();
            for (journal_id, state) in ids.into_iter().zip(settles) {
                let service_id = Some(ServiceId(id));
                let settlement = Settlement { journal_id, state, service_id, note: None };
                ledger.settle(None, &[settlement]).unwrap();
            }
        }
        run
    }

    fn story(&self, id: i64) -> Story {
        match explain(self.work.records(), ServiceId(id)).unwrap() {
            Look::Found(story) => *story,
            other => panic!("{other:?}"),
        }
    }

    fn answer(&self, id: i64) -> String {
        let story = self.story(id);
        sentence(story.state, &story.cause, chrono_tz::UTC)
    }
}

#[test]
fn where_no_run_ever_was_nothing_is_made_and_nothing_is_wrong() {
    let world = World::new();
    assert!(status(world.work.records(), at(0)).unwrap().last_run.is_none());
    assert!(matches!(explain(world.work.records(), ServiceId(1)).unwrap(), Look::NoRunYet(None)));
    assert!(matches!(show(world.work.records(), RunId(1)).unwrap(), Look::NoRunYet(None)));
    assert!(!world.work.ledger.exists());
}

#[test]
fn what_was_switched_off_a_moment_ago_is_off_before_any_run_looks_again() {
    let mut world = World::new();
    world.run(&[row(1, Lifecycle::Active)], Some(1));
    assert_eq!(
        world.answer(1),
        "Off since 2025-11-04 21:55 UTC: run 1 switched it off; approved by ana."
    );
}

#[test]
fn what_a_person_switched_on_before_any_run_looked_is_on_by_them() {
    let mut world = World::new();
    world.run(&[row(1, Lifecycle::Active)], Some(1));
    world.run(&[row(1, Lifecycle::Active)], None);
    assert!(world.answer(1).starts_with("On, and not by reconciler"), "{}", world.answer(1));
    // And off again: theirs, not ours.
    world.run(&[row(1, Lifecycle::Inactive)], None);
    assert!(world.answer(1).starts_with("Off, and not by reconciler"), "{}", world.answer(1));
}

#[test]
fn a_row_that_disappeared_is_gone_and_one_that_came_back_is_there() {
    let mut world = World::new();
    world.run(&[row(1, Lifecycle::Active)], None);
    world.run(&[], None);
    assert_eq!(world.story(1).state, State::Gone);
    world.run(&[row(1, Lifecycle::Active)], None);
    assert_eq!(world.story(1).state, State::On);
}

#[test]
fn a_run_that_was_cut_off_says_so_and_claims_nothing() {
    let mut world = World::new();
    world.run(&[row(1, Lifecycle::Active)], None);
    let run = world.begin(&[row(1, Lifecycle::Active)], Some(1), None);
    let Look::Found(shown) = show(world.work.records(), run).unwrap() else { panic!("not found") };
    assert!(shown.run.finished_at.is_none());
    assert!(world.answer(1).starts_with("Perhaps off: run 2"), "{}", world.answer(1));
}

#[test]
fn an_unknown_number_is_answered_with_the_one_that_was_perhaps_meant() {
    let mut world = World::new();
    world.run(&[row(1, Lifecycle::Active)], None);
    let look = explain(world.work.records(), ServiceId(1001)).unwrap();
    assert!(matches!(look, Look::Unknown { perhaps: Some(1) }), "an event type's number");
    let look = explain(world.work.records(), ServiceId(77)).unwrap();
    assert!(matches!(look, Look::Unknown { perhaps: None }));
    let look = show(world.work.records(), RunId(77)).unwrap();
    assert!(matches!(look, Look::Unknown { perhaps: Some(1) }), "the newest run");
}

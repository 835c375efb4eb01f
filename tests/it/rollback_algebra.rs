//! Promise 9 as algebra: over small histories of runs, answers, edits by others, and rollbacks of
//! runs and of rollbacks. The oracle knows nothing of journal or ledger: it photographs the table
//! before and after each run, and says from the pictures alone what a rollback may do.

use crate::world::{TEAM, World};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reconciler::flow::rollback::{Request, Target, rollback};
use reconciler::flow::work::Clock;
use reconciler::io::loopback_calcom::SourceEventType;
use reconciler::model::ids::{RunId, ServiceId};
use reconciler::model::review::Word;
use reconciler::report::run_report::Mode;
use rusqlite::types::Value;
use std::collections::{BTreeMap, BTreeSet};

mod oracle;

use oracle::{Pictures, Row, Still, Table, relinked};

/// Always the same ones, so that a failure is not lost; some six seconds of a processor.
const HISTORIES: u32 = 150;

const NAMES: [&str; 5] = ["Cut", "Colour", "Beard", "Perm", "Wash"];

/// What happens, one thing after the other. Each that is Cal.com's ends with cron's run.
#[derive(Debug, Clone)]
enum Event {
    /// Nothing but cron's run.
    Sync,
    /// An event type is deleted, and after three absences Ana says yes to what is asked.
    Vanish(usize),
    /// A deleted event type is there again.
    Return(usize),
    /// It is deleted, and later there again.
    Comeback(usize),
    /// It is deleted and made anew under another number; Ana says yes to what is asked.
    Recreate(usize),
    /// A new event type.
    Arrive,
    /// Somebody writes into a row, counted from the newest.
    Edit(usize, &'static str, Value),
    /// Somebody takes away the link of a row, and Ana says yes to what is asked.
    Unlink(usize),
    /// Somebody books a service, counted from the newest.
    Book(usize),
    /// Ana says yes to what is asked.
    Approve,
    /// Somebody rolls back one of the last runs that changed anything: all of it, or one row.
    Rollback { back: usize, whole: bool },
    /// Somebody rolls back the last run that changed anything, and then that rollback.
    Twice,
    /// Somebody releases every hold.
    Release,
}

fn event() -> impl Strategy<Value = Event> {
    let text = |words: &str| Value::Text(words.to_owned());
    let edits = vec![
        ("price", Value::Real(12.5)),
        ("price", Value::Null),
        ("name", text("Petra's own")),
        ("sync_error", text("ask Petra")),
        ("sync_status", text("pending")),
        ("sync_status", text("never")),
        ("sync_status", text("synced")),
        ("is_active", Value::Integer(0)),
        ("is_active", Value::Integer(1)),
        ("calcom_event_type_id", Value::Null),
    ];
    prop_oneof![
        1 => Just(Event::Sync),
        3 => (0..3_usize).prop_map(Event::Vanish),
        1 => (0..3_usize).prop_map(Event::Return),
        2 => (0..3_usize).prop_map(Event::Comeback),
        1 => (0..3_usize).prop_map(Event::Recreate),
        4 => Just(Event::Arrive),
        4 => (0..7_usize, proptest::sample::select(edits)).prop_map(|(row, (c, v))| Event::Edit(row, c, v)),
        1 => (0..7_usize).prop_map(Event::Unlink),
        4 => (0..2_usize).prop_map(Event::Book),
        2 => Just(Event::Approve),
        12 => (0..3_usize, prop::bool::weighted(0.8))
            .prop_map(|(back, whole)| Event::Rollback { back, whole }),
        3 => Just(Event::Twice),
        1 => Just(Event::Release),
    ]
}

/// A world, and what the oracle saw of it.
struct History {
    world: World,
    runs: Vec<Pictures>,
    deleted: BTreeMap<usize, SourceEventType>,
    arrived: usize,
    /// What a rollback (its place) left alone, until it is released.
    still: BTreeSet<(Still, usize)>,
    /// What others wrote into columns that are theirs.
    theirs: BTreeMap<(i64, &'static str), Value>,
    /// After how many runs others last did anything to a row.
    touched: BTreeMap<i64, usize>,
    bookings: i64,
    seen: BTreeMap<&'static str, u32>,
}

impl History {
    fn new() -> Self {
        let mut world = World::of(&[(TEAM, 1)]);
        for (key, value) in [
            ("max_deactivations", "100"),
            ("max_deactivation_percent", "100"),
            ("max_shrink_percent", "100"),
        ] {
            world.sets("safety", key, value);
        }
        let bookings = "CREATE TABLE bookings (service REFERENCES services (id) ON DELETE CASCADE)";
        world.services().execute(bookings, ()).unwrap();
        for name in NAMES {
            world.serves(name);
        }
        let mut history = Self {
            world,
            runs: Vec::new(),
            deleted: BTreeMap::new(),
            arrived: 0,
            still: BTreeSet::new(),
            theirs: BTreeMap::new(),
            touched: BTreeMap::new(),
            bookings: 0,
            seen: BTreeMap::new(),
        };
        history.sync();
        history
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Sync => self.sync(),
            Event::Approve => self.approve(),
            Event::Vanish(which) => {
                if !self.deleted.contains_key(which) && self.delete(*which) {
                    (0..3).for_each(|_| self.sync());
                    self.approve();
                }
            }
            Event::Return(which) => {
                if let Some(event_type) = self.deleted.remove(which) {
                    self.world.calcom_has(event_type);
                    self.sync();
                }
            }
            Event::Comeback(which) => {
                self.happens(&Event::Vanish(*which));
                self.happens(&Event::Return(*which));
            }
            Event::Recreate(which) => {
                if !self.deleted.contains_key(which) && self.delete(*which) {
                    self.deleted.remove(which);
                    self.world.calcom_adds(TEAM, NAMES[*which]);
                    self.sync();
                    self.approve();
                }
            }
            Event::Arrive => {
                self.arrived += 1;
                self.world.calcom_adds(TEAM, &format!("Extra {}", self.arrived));
                self.sync();
            }
            Event::Edit(nth, column, value) => self.edit(*nth, column, value),
            Event::Unlink(nth) => {
                self.edit(*nth, "calcom_event_type_id", &Value::Null);
                self.sync();
                self.approve();
            }
            Event::Book(nth) => {
                if let Some(id) = self.table().keys().nth_back(*nth) {
                    let book = "INSERT INTO bookings VALUES (?1)";
                    self.world.services().execute(book, [id]).unwrap();
                    self.bookings += 1;
                }
            }
            Event::Rollback { back, whole } => self.roll_back(*back, *whole),
            Event::Twice => {
                self.roll_back(0, true);
                self.nothing_is_lost();
                self.roll_back(0, true);
            }
            Event::Release => {
                let release = "UPDATE holds SET released_at = 1, released_by = 'ana'
                               WHERE released_at IS NULL";
                self.world.ledger().execute(release, ()).unwrap();
                self.still.clear();
            }
        }
        self.nothing_is_lost();
    }

    fn delete(&mut self, which: usize) -> bool {
        let title = NAMES[which];
        let mut there = false;
        self.world.calcom.change(|world| {
            there = world.teams[&TEAM].event_types.iter().any(|one| one.title == title);
        });
        if there {
            self.deleted.insert(which, self.world.calcom_removes(title));
        }
        there
    }

    fn table(&self) -> Table {
        let services = self.world.services();
        let query = "SELECT id, company_id, name, calcom_event_type_id, is_active, sync_status,
                            sync_error, duration_minutes, slug, price, updated_at FROM services";
        let mut statement = services.prepare(query).unwrap();
        let names: Vec<String> = statement.column_names().into_iter().map(Into::into).collect();
        let rows = statement.query_map((), |row| {
            let cells = names.iter().map(|name| Ok((name.clone(), row.get(&**name)?)));
            Ok((row.get(0)?, cells.collect::<rusqlite::Result<Row>>()?))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    fn edit(&mut self, nth: usize, column: &'static str, value: &Value) {
        let table = self.table();
        let Some((id, row)) = table.iter().nth_back(nth) else { return };
        if row[column] == *value {
            return;
        }
        let edit = format!("UPDATE services SET {column} = ?1 WHERE id = ?2");
        self.world.services().execute(&edit, (value, id)).unwrap();
        self.touched.insert(*id, self.runs.len());
        if matches!(column, "price" | "name") {
            self.theirs.insert((*id, column), value.clone());
        }
    }

    /// Ana says yes to everything, and cron runs.
    fn approve(&mut self) {
        let until = (self.world.now + chrono::TimeDelta::days(14)).timestamp_millis();
        let yes = "UPDATE review_items SET state = 'approved', decided_by = 'ana',
                          decided_at = ?1, expires_at = ?2, mass = 1
                   WHERE state = 'pending' AND kind <> 'observation'";
        let now = self.world.now.timestamp_millis();
        let answered = self.world.ledger().execute(yes, (now, until)).unwrap() > 0;
        self.sync_after(answered);
    }

    fn sync(&mut self) {
        self.sync_after(false);
    }

    fn sync_after(&mut self, answered: bool) {
        let before = self.table();
        let report = self.world.passes(30).report(Mode::Real);
        let (id, after) = (report.run_id.unwrap().0, self.table());
        for (still, _) in &self.still {
            match still {
                // A held orphan still gets its question whether it was recreated, and Ana's yes.
                Still::Row(id) if answered && relinked(before.get(id), after.get(id)) => {}
                Still::Row(id) => {
                    assert_eq!(before.get(id), after.get(id), "row {id} was undone and is held");
                }
                Still::EventType(link) => {
                    let linked = |table: &Table| -> Table {
                        let link = Value::Integer(*link);
                        let rows =
                            table.iter().filter(|(_, row)| row["calcom_event_type_id"] == link);
                        rows.map(|(id, row)| (*id, row.clone())).collect()
                    };
                    assert_eq!(linked(&before), linked(&after), "event type {link} is held");
                }
            }
        }
        assert!(before.keys().all(|id| after.contains_key(id)), "a sync removes nothing");
        self.runs.push(Pictures { id, before, after, undid: None });
    }

    fn roll_back(&mut self, back: usize, whole: bool) {
        let changing = self.runs.iter().enumerate().filter(|(_, run)| !run.changed().is_empty());
        let Some((place, undone)) = changing.rev().nth(back) else { return };
        let one = undone.changed().into_iter().find(|id| undone.after.contains_key(id));
        let services = match (whole, one) {
            (false, Some(id)) => vec![ServiceId(id)],
            _ => Vec::new(),
        };
        let word = Word { by: "ana".into(), at: self.world.now, reason: None };
        let target = Target::Run(RunId(undone.id));
        let request = Request { target, services: services.clone(), mode: Mode::Real, word };
        let before = self.table();
        let clock = Clock::starting_at(self.world.passes(1).now);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let done = runtime.block_on(rollback(&self.world.work(), &request, clock));
        let after = self.table();
        let Ok(report) = done else {
            assert_eq!(before, after, "what was refused whole was not done: {done:?}");
            self.saw("refused");
            return;
        };
        let id = report.run_id.unwrap().0;
        self.runs.push(Pictures { id, before, after, undid: Some(place) });
        let chosen: BTreeSet<i64> = services.iter().map(|id| id.0).collect();
        self.nothing_else_changed(place, &chosen);
        self.all_that_could_be_undone_was(place, &chosen);
        self.holds(place, chosen.is_empty());
    }

    fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }
}

/// Whatever happened: a rollback of a rollback is the identity on rows that nobody touched, no edit
/// by others is lost, what was undone stays undone until it is released, each entry settles once,
/// and what a run did not change is not touched by its rollback.
#[test]
fn promise_9_holds_over_every_small_history() {
    let config = Config {
        cases: HISTORIES,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let (mut seen, mut kinds) = (BTreeMap::<&str, u32>::new(), BTreeMap::<String, u32>::new());
    let (sum, done) = (std::cell::RefCell::new(&mut seen), std::cell::RefCell::new(&mut kinds));
    TestRunner::new_with_rng(config, rng)
        .run(&vec(event(), 4..12), |events| {
            let mut history = History::new();
            for event in &events {
                history.happens(event);
            }
            for (what, times) in &history.seen {
                *sum.borrow_mut().entry(what).or_default() += times;
            }
            let ledger = history.world.ledger();
            let applied = "SELECT kind FROM journal_entries WHERE state = 'applied'";
            let mut applied = ledger.prepare(applied).unwrap();
            for kind in applied.query_map((), |row| row.get::<_, String>(0)).unwrap() {
                *done.borrow_mut().entry(kind.unwrap()).or_default() += 1;
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    crate::safety_page::says(&format!("{HISTORIES} histories, at random"));
    for what in ["restored", "removed", "import switched off", "alive", "identity", "refused"] {
        assert!(seen.get(what).is_some_and(|times| *times > 0), "{what} never came up: {seen:?}");
    }
    for kind in
        ["deactivate", "reactivate", "import", "link", "relink", "update", "revert", "remove"]
    {
        assert!(kinds.contains_key(kind), "no {kind} in any history: {kinds:?}");
    }
}

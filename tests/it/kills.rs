//! Promise 7 with real kills: SIGKILL at random instants, hundreds of changes in flight, until the
//! work is done, on every kind of store. The seed and the figures are printed.
//!
//! `RECONCILER_TEST_LONG` asks for more of it, and `RECONCILER_TEST_PROGRAM` for another program
//! than the one built beside the tests: the one that people run.

use crate::aloud::{aloud, is_long, seed, setting};
use crate::dice::Dice;
use crate::safety_page;
use crate::schemas::{laravel, services};
use crate::servers::{Database, Keeper};
use crate::world::{TEAM, World, dump};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::{SourceEventType, SourceWorld};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Kills, and what they hit.
#[derive(Debug, Default)]
struct Tally {
    kills: u32,
    /// With changes written down and not settled.
    applying: u32,
    /// The process had ended already.
    too_late: u32,
}

/// A salon, and somebody who kills the program.
struct Salon {
    world: World,
    database: Database,
    dice: Dice,
    tally: Tally,
    /// How long a command takes, by its first word: learnt, for it depends on how busy the machine
    /// is.
    windows: BTreeMap<String, Duration>,
}

/// This many services, each with its event type; names are Cal.com's.
fn salon(keeper: Keeper, size: usize) -> Option<Salon> {
    let database = Database::new(keeper)?;
    laravel(&database);
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::days(1));
    world.keeps_services_at(&database.url());
    world.sets("policy.fields", "name", r#""source""#);
    world.sets("safety", "max_imports", "1000");
    world.sets("safety", "min_observation_gap", r#""0s""#);
    for number in 0..size {
        let name = format!("Service {number}");
        let event_type = world.calcom_adds(TEAM, &name);
        services(&database, &[(&name, event_type)]);
    }
    let dice = Dice(seed());
    let salon = Salon { world, database, dice, tally: Tally::default(), windows: BTreeMap::new() };
    salon.lets("run");
    Some(salon)
}

fn often(normally: u32) -> u32 {
    if is_long() { normally * 5 } else { normally }
}

impl Salon {
    fn starts(&self, line: &str) -> Child {
        let built = || env!("CARGO_BIN_EXE_reconciler").to_owned();
        Command::new(setting("RECONCILER_TEST_PROGRAM").unwrap_or_else(built))
            .args(line.split(' '))
            .arg("--config")
            .arg(self.world.path("config.toml"))
            .env_clear()
            .env("CALCOM_API_KEY", SourceWorld::KEY)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// To its end.
    fn lets(&self, line: &str) {
        assert_eq!(self.ends(line), 0, "{line}: {:?}", self.tally);
    }

    fn ends(&self, line: &str) -> i32 {
        self.starts(line).wait().unwrap().code().unwrap()
    }

    /// Kills it at a random instant of the time that it takes, every second time in the latter half
    /// of it, where it writes.
    fn kills(&mut self, line: &str) {
        let command = line.split(' ').next().unwrap().to_owned();
        let lasts = *self.windows.entry(command.clone()).or_insert(Duration::from_millis(200));
        let late = (self.tally.kills + self.tally.too_late) % 2 == 1;
        let part = self.dice.part();
        let mut child = self.starts(line);
        std::thread::sleep(lasts.mul_f64(if late { f64::midpoint(part, 1.0) } else { part }));
        child.kill().unwrap();
        let has_ended = child.wait().unwrap().code().is_some();
        let next = if has_ended {
            self.tally.too_late += 1;
            lasts.mul_f64(0.8)
        } else {
            self.tally.kills += 1;
            self.tally.applying += u32::from(self.entries("state = 'intended'") > 0);
            lasts.mul_f64(1.1)
        };
        self.windows.insert(command, next);
    }

    fn ledger(&self) -> Connection {
        Connection::open(self.world.path("ledger.db")).unwrap()
    }

    fn counts(&self, what: &str) -> i64 {
        let query = format!("SELECT count(*) FROM {what}");
        self.ledger().query_row(&query, (), |row| row.get(0)).unwrap()
    }

    fn entries(&self, which: &str) -> i64 {
        self.counts(&format!("journal_entries WHERE {which}"))
    }

    fn nothing_is_open_or_in_conflict(&self) {
        assert_eq!(self.entries("state IN ('intended', 'conflicted')"), 0, "{:?}", self.tally);
    }

    /// The table as the application reads it, without the stamp.
    fn table(&self) -> Vec<Vec<String>> {
        self.database.rows(
            "SELECT id, name, calcom_event_type_id, is_active, sync_status, sync_error, price
             FROM services ORDER BY id",
        )
    }

    /// At Cal.com every event type bears another name, and some are new.
    fn changes_everything(&mut self, title: &str) {
        self.world.calcom.change(|source| {
            let event_types = &mut source.teams.get_mut(&TEAM).unwrap().event_types;
            for (number, one) in event_types.iter_mut().enumerate() {
                one.title = format!("{title} {number}");
            }
        });
        for number in 0..NEW {
            self.world.calcom_adds(TEAM, &format!("{title} new {number}"));
        }
    }

    /// Every one of those is written down as done exactly once, and stands in the table.
    fn everything_was_done_once(&self, title: &str) {
        let rows = i64::try_from(self.table().len()).unwrap();
        for (kind, wanted) in [("update", rows - NEW), ("import", NEW)] {
            let once = format!(
                "SELECT count(*), count(DISTINCT service_id) FROM journal_entries
                 WHERE state = 'applied' AND kind = '{kind}' AND after LIKE '%{title} %'"
            );
            let twice = format!("[Integer({wanted}), Integer({wanted})]");
            assert_eq!(dump(&self.ledger(), &once), [twice], "{kind}: {:?}", self.tally);
        }
        let named = format!("SELECT count(*) FROM services WHERE name LIKE '{title} %'");
        assert_eq!(self.database.number(&named), rows, "no update is lost");
        let twins = "SELECT count(*) - count(DISTINCT calcom_event_type_id) FROM services";
        assert_eq!(self.database.number(twins), 0, "no import is doubled");
        self.nothing_is_open_or_in_conflict();
    }
}

/// How many event types are new in each round.
const NEW: i64 = 20;

/// Every change of every round is in the journal as applied exactly once, the table is what Cal.com
/// says, and nothing is open or in conflict, however often the runs and then their rollback died.
fn every_change_is_applied_exactly_once(keeper: Keeper) {
    const SERVICES: usize = 550; // more than one transaction of the store holds
    let Some(mut salon) = salon(keeper, SERVICES) else { return };

    // Until enough of them hit a run at its writing, however fast or busy this machine is.
    let enough = often(3);
    for round in 0.. {
        if round >= 2 && salon.tally.applying >= enough {
            break;
        }
        assert!(round < 100 * enough, "{:?}", salon.tally);
        let title = format!("Round{round}");
        salon.changes_everything(&title);
        for _ in 0..5 {
            salon.kills("run");
        }
        salon.lets("run");
        salon.everything_was_done_once(&title);
    }

    let before = salon.table();
    salon.changes_everything("Mistake");
    salon.lets("run");
    let run: i64 =
        salon.ledger().query_row("SELECT max(id) FROM runs", (), |row| row.get(0)).unwrap();
    let rollback = format!("rollback {run} --yes --by ana");
    for _ in 0..often(6) {
        salon.kills(&rollback);
    }
    let code = salon.ends(&rollback);
    assert!(code == 0 || code == 2, "{code}: done, or nothing is left to do");
    assert_eq!(salon.table(), before);
    salon.nothing_is_open_or_in_conflict();
    let held = "SELECT count(*), count(DISTINCT coalesce(service_id, -event_type_id)) FROM holds
                WHERE released_at IS NULL";
    let all = i64::try_from(before.len()).unwrap() + NEW;
    let once = [format!("[Integer({all}), Integer({all})]")];
    assert_eq!(dump(&salon.ledger(), held), once, "each is held once");
    safety_page::says(&format!("{SERVICES} changes at once"));
    let tally = &salon.tally;
    aloud(&format!("{keeper:?}: SIGKILL in runs and rollbacks, seed {}: {tally:?}", seed()));
}

#[test]
fn promise_7_killed_at_random_instants_every_change_is_applied_exactly_once() {
    every_change_is_applied_exactly_once(Keeper::Sqlite);
}

#[test]
fn promise_7_killed_at_random_instants_every_change_is_applied_exactly_once_in_mysql() {
    every_change_is_applied_exactly_once(Keeper::MySql);
}

#[test]
fn promise_7_killed_at_random_instants_every_change_is_applied_exactly_once_in_postgres() {
    every_change_is_applied_exactly_once(Keeper::Postgres);
}

/// How many event types are gone at once in the stories about answers.
const GONE: usize = 50;

/// Fifty yeses at once, and the run that acts on them, killed again and again: a yes is written
/// down with all the others or not at all, and no service is switched off without one.
fn no_answer_is_half_written(keeper: Keeper) {
    let Some(mut salon) = salon(keeper, 300) else { return };
    for round in 1.. {
        let gone = salon.deletes_event_types();
        for _ in 0..3 {
            salon.lets("run");
        }
        salon.says_yes_until_all_are_off();
        salon.lets("run");
        let entries = "SELECT count(*), count(DISTINCT service_id) FROM journal_entries
                       WHERE state = 'applied' AND kind = 'deactivate' AND review_id IS NOT NULL";
        let once = format!("[Integer({}), Integer({GONE})]", round * GONE);
        assert_eq!(dump(&salon.ledger(), entries), [once], "{:?}", salon.tally);
        salon.nothing_is_open_or_in_conflict();
        if salon.tally.kills >= often(8) {
            break;
        }
        assert!(round < 100, "{:?}", salon.tally);
        for event_type in gone {
            salon.world.calcom_has(event_type);
        }
        salon.lets("run");
        assert_eq!(salon.off(), 0, "what is there again is on again");
    }
    let tally = &salon.tally;
    aloud(&format!("{keeper:?}: SIGKILL in answers and their runs, seed {}: {tally:?}", seed()));
}

#[test]
fn promise_7_killed_at_random_instants_no_answer_is_half_written() {
    no_answer_is_half_written(Keeper::Sqlite);
}

#[test]
fn promise_7_killed_at_random_instants_no_answer_is_half_written_in_mysql() {
    no_answer_is_half_written(Keeper::MySql);
}

#[test]
fn promise_7_killed_at_random_instants_no_answer_is_half_written_in_postgres() {
    no_answer_is_half_written(Keeper::Postgres);
}

impl Salon {
    fn deletes_event_types(&self) -> Vec<SourceEventType> {
        let mut gone = Vec::new();
        self.world.calcom.change(|source| {
            let event_types = &mut source.teams.get_mut(&TEAM).unwrap().event_types;
            event_types.sort_by_key(|one| one.id);
            gone.extend(event_types.drain(..GONE));
        });
        gone
    }

    fn off(&self) -> usize {
        self.table().iter().filter(|row| ["0", "f", "false"].contains(&row[3].as_str())).count()
    }

    /// Approves what waits and runs, until every service without an event type is off.
    fn says_yes_until_all_are_off(&mut self) {
        const PENDING: &str = "review_items WHERE state = 'pending'";
        const APPROVED: &str = "review_items WHERE state = 'approved'";
        let all = i64::try_from(GONE).unwrap();
        assert_eq!((self.counts(PENDING), self.off()), (all, 0), "{:?}", self.tally);
        for round in 0.. {
            while let Some(yes) = self.yes_to_all() {
                let (pending, approved) = (self.counts(PENDING), self.counts(APPROVED));
                self.kills(&yes);
                match self.counts(APPROVED) - approved {
                    0 => assert_eq!(self.counts(PENDING), pending, "none of them"),
                    _ => assert_eq!(self.counts(PENDING), 0, "all of them"),
                }
            }
            if round > 20 {
                self.lets("run");
            } else {
                self.kills("run");
            }
            if self.off() == GONE {
                return;
            }
            assert!(round < 100, "{:?}", self.tally);
        }
    }

    fn yes_to_all(&self) -> Option<String> {
        let ids = "SELECT id FROM review_items WHERE state = 'pending'";
        let number = |id: &String| id.trim_matches(|c: char| !c.is_numeric()).to_owned();
        let ids: Vec<String> = dump(&self.ledger(), ids).iter().map(number).collect();
        let line = format!("review approve {} --mass {} --by ana", ids.join(" "), ids.len());
        (!ids.is_empty()).then_some(line)
    }
}

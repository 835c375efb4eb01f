//! Promise 7 on real servers: the process is killed at any instant while hundreds of changes are in
//! flight, and the next run repairs what was left: nothing is doubled, nothing is lost.
//!
//! A few kills each time; `RECONCILER_TEST_KILLS=100` for many.

use crate::schemas::{laravel, services};
use crate::servers::{Database, Keeper, setting};
use crate::world::{TEAM, World};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::SourceWorld;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How many rows each run renames.
const ROWS: u32 = 200;
/// How many it imports besides.
const NEW: u32 = 20;

#[test]
fn promise_7_a_killed_process_doubles_and_loses_nothing_in_mysql() {
    tell(Keeper::MySql);
}

#[test]
fn promise_7_a_killed_process_doubles_and_loses_nothing_in_postgres() {
    tell(Keeper::Postgres);
}

struct Salon {
    world: World,
    database: Database,
    round: u32,
}

fn tell(keeper: Keeper) {
    let Some(database) = Database::new(keeper) else { return };
    laravel(&database);
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::days(1));
    world.keeps_services_at(&database.url());
    world.sets("policy.fields", "name", r#""source""#);
    world.sets("safety", "max_imports", "1000");
    for number in 1..=ROWS {
        let name = format!("Service {number} v0");
        let event_type = world.calcom_adds(TEAM, &name);
        services(&database, &[(&name, event_type)]);
    }
    let mut salon = Salon { world, database, round: 0 };
    let begun = Instant::now();
    salon.changes_everything();
    salon.finishes();
    let whole_run = begun.elapsed();

    let wanted = setting("RECONCILER_TEST_KILLS").map_or(4, |kills| kills.parse().unwrap());
    let (mut kills, mut in_flight) = (0, 0);
    let mut dice = Dice(std::process::id().into());
    while kills < wanted {
        salon.changes_everything();
        // At any instant of a run; and every other time while changes are in flight.
        let wait_for_changes = kills % 2 == 1;
        let longest = if wait_for_changes { whole_run / 5 } else { whole_run };
        if salon.is_killed(wait_for_changes, longest.mul_f64(dice.throw())) {
            kills += 1;
            in_flight += u32::from(salon.open() > 0);
        }
        salon.finishes();
    }
    let said = format!("{keeper:?}: {kills} kills, {in_flight} of them with changes in flight\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
}

/// Knuth's MMIX generator: any instant is as good as another.
struct Dice(u64);

impl Dice {
    /// At least 0, and less than 1.
    fn throw(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / 4_294_967_296.0
    }
}

impl Salon {
    /// Every service bears another name at Cal.com, and there are new ones.
    fn changes_everything(&mut self) {
        self.round += 1;
        let round = self.round;
        self.world.calcom.change(|world| {
            for event_type in world.teams.values_mut().flat_map(|team| &mut team.event_types) {
                let stem = event_type.title.split(" v").next().unwrap().to_owned();
                event_type.title = format!("{stem} v{round}");
            }
        });
        for number in 1..=NEW {
            self.world.calcom_adds(TEAM, &format!("New {round}.{number} v{round}"));
        }
    }

    /// Runs, and is killed so long after its beginning, or after its changes are in flight; false
    /// where it came to its end before.
    fn is_killed(&self, wait_for_changes: bool, after: Duration) -> bool {
        let mut child = Command::new(env!("CARGO_BIN_EXE_reconciler"))
            .env_clear()
            .env("CALCOM_API_KEY", SourceWorld::KEY)
            .arg("--config")
            .arg(self.world.path("config.toml"))
            .args(["run", "--quiet"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while wait_for_changes && self.open() == 0 && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let since = Instant::now();
        while since.elapsed() < after && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap().code().is_none()
    }

    fn open(&self) -> i64 {
        let path = self.world.path("ledger.db");
        let entries = "SELECT count(*) FROM journal_entries WHERE state = 'intended'";
        if path.exists() { self.world.ledger_number(entries, ()) } else { 0 }
    }

    /// One ordinary run; then everything is as it would have been, and each change was made once.
    fn finishes(&self) {
        let output = self.world.program().arg("run").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let round = i64::from(self.round);
        let rows = i64::from(ROWS) + round * i64::from(NEW);
        let named = format!("SELECT count(*) FROM services WHERE name LIKE '% v{round}'");
        assert_eq!(self.database.number(&named), rows, "no update is lost");
        let twins = "SELECT count(*) - count(DISTINCT calcom_event_type_id) FROM services";
        assert_eq!(self.database.number(twins), 0, "no import is doubled");
        assert_eq!(self.database.number("SELECT count(*) FROM services"), rows);
        assert_eq!(self.open(), 0);
        let of = |what: &str| {
            let entries =
                format!("SELECT count(*) FROM journal_entries WHERE state = 'applied' AND {what}");
            self.world.ledger_number(&entries, ())
        };
        assert_eq!(of("kind = 'import'"), round * i64::from(NEW), "each import was made once");
        // What was imported in a round is renamed in every later one.
        let renamed = round * i64::from(ROWS) + i64::from(NEW) * round * (round - 1) / 2;
        assert_eq!(of("kind = 'update'"), renamed, "each update was made once");
        let conflicts = "SELECT count(*) FROM journal_entries WHERE state = 'conflicted'";
        assert_eq!(self.world.ledger_number(conflicts, ()), 0);
    }
}

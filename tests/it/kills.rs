//! Promise 7 with real kills: SIGKILL at random instants, hundreds of changes in flight, until the
//! work is done. The seed and the figures are printed; `RECONCILER_TEST_LONG` asks for more of it.

use crate::aloud::{aloud, is_long, seed};
use crate::power::{End, folder};
use crate::world::{TEAM, World, dump};
use chrono::TimeDelta;
use reconciler::io::loopback_calcom::SourceWorld;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Random instants that are the same every time: splitmix64 (Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from(mixed >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// Kills, and what they hit.
#[derive(Debug, Default)]
struct Tally {
    kills: u32,
    /// With changes written down and not settled.
    applying: u32,
    /// The process had ended already.
    too_late: u32,
}

struct Killer<'a> {
    folder: &'a Path,
    dice: Dice,
    tally: Tally,
    windows: Windows,
}

/// How long a command takes, by its first word: learnt, for it depends on how busy the machine is.
type Windows = BTreeMap<String, Duration>;

impl Killer<'_> {
    fn starts(&self, line: &str) -> std::process::Child {
        Command::new(env!("CARGO_BIN_EXE_reconciler"))
            .args(line.split(' '))
            .arg("--config")
            .arg(self.folder.join("config.toml"))
            .env_clear()
            .env("CALCOM_API_KEY", SourceWorld::KEY)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// To its end; its exit code.
    fn lets(&self, line: &str) -> i32 {
        self.starts(line).wait().unwrap().code().unwrap()
    }

    /// Kills it at a random instant of the time that it takes, every second time in the latter half
    /// of it, where it writes; the exit code where it had ended before.
    fn kills(&mut self, line: &str) -> Option<i32> {
        let command = line.split(' ').next().unwrap().to_owned();
        let lasts = *self.windows.entry(command.clone()).or_insert(Duration::from_millis(200));
        let late = (self.tally.kills + self.tally.too_late) % 2 == 1;
        let part = self.dice.part();
        let mut child = self.starts(line);
        std::thread::sleep(lasts.mul_f64(if late { f64::midpoint(part, 1.0) } else { part }));
        child.kill().unwrap();
        let code = child.wait().unwrap().code();
        if code.is_some() {
            self.tally.too_late += 1;
            self.windows.insert(command, lasts.mul_f64(0.8));
        } else {
            self.tally.kills += 1;
            self.tally.applying += u32::from(self.number("open") > 0);
            self.windows.insert(command, lasts.mul_f64(1.1));
        }
        code
    }

    fn number(&self, what: &str) -> i64 {
        let query = match what {
            "open" => "SELECT count(*) FROM journal_entries WHERE state = 'intended'",
            "conflicts" => "SELECT count(*) FROM journal_entries WHERE state = 'conflicted'",
            "runs" => "SELECT max(id) FROM runs",
            "pending" => "SELECT count(*) FROM review_items WHERE state = 'pending'",
            "approved" => "SELECT count(*) FROM review_items WHERE state = 'approved'",
            other => panic!("{other}"),
        };
        self.of_ledger().query_row(query, (), |row| row.get(0)).unwrap()
    }

    fn of_ledger(&self) -> Connection {
        Connection::open(self.folder.join("ledger.db")).unwrap()
    }
}

fn often(normally: u32) -> u32 {
    if is_long() { normally * 5 } else { normally }
}

/// This many services, each with its event type; names are Cal.com's.
fn catalogue(services: usize, runs_before_now: i64) -> World {
    let before = TimeDelta::minutes(30 * (runs_before_now + 1));
    let mut world = World::starting_before_now(&[(TEAM, 1)], before);
    world.sets("policy.fields", "name", r#""source""#);
    for number in 0..services {
        world.serves(&format!("Service {number}"));
    }
    world.sync().accepts();
    world
}

fn renames_everything(world: &World, title: &str) {
    world.calcom.change(|source| {
        for (number, one) in source.teams.get_mut(&TEAM).unwrap().event_types.iter_mut().enumerate()
        {
            one.title = format!("{title} {number}");
        }
    });
}

/// Every change of every round is in the journal as applied exactly once, the table is what Cal.com
/// says, and nothing is open or in conflict, however often the runs and then their rollback died.
#[test]
fn promise_7_killed_at_random_instants_every_change_is_applied_exactly_once() {
    const SERVICES: usize = 550; // more than one transaction of the store holds
    let world = catalogue(SERVICES, 2);
    let place = folder();
    world.copied_to(place.path());
    let mut killer = Killer {
        folder: place.path(),
        dice: Dice(seed()),
        tally: Tally::default(),
        windows: Windows::new(),
    };

    // Until enough of them hit a run at its writing, however fast or busy this machine is.
    let enough = often(3);
    for round in 0.. {
        if round >= 3 && killer.tally.applying >= enough {
            break;
        }
        assert!(round < 100 * enough, "{:?}", killer.tally);
        let title = format!("Round{round}");
        renames_everything(&world, &title);
        for _ in 0..6 {
            killer.kills("run");
        }
        assert_eq!(killer.lets("run"), 0, "{:?}", killer.tally);
        let once = format!(
            "SELECT count(*), count(DISTINCT service_id) FROM journal_entries
             WHERE state = 'applied' AND after LIKE '%{title} %'"
        );
        assert_eq!(
            dump(&killer.of_ledger(), &once),
            [format!("[Integer({SERVICES}), Integer({SERVICES})]")],
        );
        assert_eq!((killer.number("open"), killer.number("conflicts")), (0, 0));
        let table = End::of(place.path()).table;
        assert!(table.iter().all(|row| row.contains(&title)) && table.len() == SERVICES);
    }

    renames_everything(&world, "Mistake");
    let before = End::of(place.path()).table;
    assert_eq!(killer.lets("run"), 0);
    let rollback = format!("rollback {} --yes --by ana", killer.number("runs"));
    for _ in 0..often(8) {
        killer.kills(&rollback);
    }
    let code = killer.lets(&rollback);
    assert!(code == 0 || code == 2, "{code}: done, or nothing is left to do");
    assert_eq!(End::of(place.path()).table, before);
    assert_eq!((killer.number("open"), killer.number("conflicts")), (0, 0));
    let held = "SELECT count(*), count(DISTINCT service_id) FROM holds WHERE released_at IS NULL";
    let held = dump(&killer.of_ledger(), held);
    assert_eq!(held, [format!("[Integer({SERVICES}), Integer({SERVICES})]")], "each held once");
    aloud(&format!("SIGKILL in runs and rollbacks, seed {}: {:?}", seed(), killer.tally));
}

/// Fifty yeses at once, and the run that acts on them, killed again and again: a yes is written
/// down with all the others or not at all, and no service is switched off without one.
#[test]
fn promise_7_killed_at_random_instants_no_answer_is_half_written() {
    let mut world = catalogue(300, 6);
    world.calcom.change(|source| {
        source.teams.get_mut(&TEAM).unwrap().event_types.drain(..50);
    });
    world.syncs(3);
    let (mut tally, mut windows) = (Tally::default(), Windows::new());
    for world_number in 0.. {
        let place = folder();
        world.copied_to(place.path());
        let dice = Dice(seed() + world_number);
        let mut killer = Killer { folder: place.path(), dice, tally, windows };
        says_yes_until_all_are_off(&mut killer);
        (tally, windows) = (killer.tally, killer.windows);
        if tally.kills >= often(8) {
            break;
        }
        assert!(world_number < 100, "{tally:?}");
    }
    aloud(&format!("SIGKILL in answers and their runs, seed {}: {tally:?}", seed()));
}

/// Approves what waits and runs, until every service without an event type is off.
fn says_yes_until_all_are_off(killer: &mut Killer<'_>) {
    const GONE: i64 = 50;
    let off = "SELECT count(*) FROM services WHERE is_active = 0";
    let services = Connection::open(killer.folder.join("services.db")).unwrap();
    let off = || services.query_row(off, (), |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((killer.number("pending"), off()), (GONE, 0));
    for round in 0.. {
        while let Some(yes) = yes_to_all(killer) {
            let (pending, approved) = (killer.number("pending"), killer.number("approved"));
            killer.kills(&yes);
            match killer.number("approved") - approved {
                0 => assert_eq!(killer.number("pending"), pending, "none of them"),
                _ => assert_eq!(killer.number("pending"), 0, "all of them"),
            }
        }
        if round > 20 {
            killer.lets("run");
        } else {
            killer.kills("run");
        }
        if off() == GONE {
            break;
        }
        assert!(round < 100, "{:?}", killer.tally);
    }
    killer.lets("run");
    let entries = "SELECT count(*), count(DISTINCT service_id) FROM journal_entries
                   WHERE state = 'applied' AND kind = 'deactivate' AND review_id IS NOT NULL";
    assert_eq!(dump(&killer.of_ledger(), entries), [format!("[Integer({GONE}), Integer({GONE})]")]);
    assert_eq!((killer.number("open"), killer.number("conflicts")), (0, 0));
}

fn yes_to_all(killer: &Killer<'_>) -> Option<String> {
    let ids = dump(&killer.of_ledger(), "SELECT id FROM review_items WHERE state = 'pending'");
    let number = |id: &String| id.trim_matches(|c: char| !c.is_numeric()).to_owned();
    let ids: Vec<String> = ids.iter().map(number).collect();
    let line = format!("review approve {} --mass {} --by ana", ids.join(" "), ids.len());
    (!ids.is_empty()).then_some(line)
}

//! Promise 7, further: the plug is pulled in the very first run, in the run that repairs, and while
//! people's words are written down.

use crate::aloud::{aloud, is_long};
use crate::safety_page;
use crate::servers::Database;
use crate::typed::Said;
use crate::world::{TEAM, World, dump, program};
use reconciler::io::loopback_calcom::SourceWorld;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use std::path::Path;
use tempfile::TempDir;

/// Types a command in a folder; with a number, the power fails after so many steps. `None`: it did.
pub fn types(folder: &Path, line: &str, cut_after: Option<u32>) -> Option<Said> {
    let mut command = program();
    command.args(line.split(' ')).arg("--config").arg(folder.join("config.toml"));
    command.env("CALCOM_API_KEY", SourceWorld::KEY);
    if let Some(steps) = cut_after {
        command.env("RECONCILER_POWER_CUT", steps.to_string());
    }
    let output = command.output().unwrap();
    Some(Said {
        code: output.status.code()?,
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    })
}

/// A moment that is played again and again: a world's folder, and the table that a server keeps.
pub struct Stage<'a> {
    world: &'a World,
    server: Option<&'a Database>,
}

impl<'a> Stage<'a> {
    /// The moment is now, and the table is in the world's folder.
    pub fn of(world: &'a World) -> Self {
        Self { world, server: None }
    }

    /// The moment is now, and the table is on this server.
    pub fn on(world: &'a World, server: &'a Database) -> Self {
        server.remember_services();
        Self { world, server: Some(server) }
    }

    /// The moment once more, in a folder of its own.
    pub fn set(&self) -> TempDir {
        if let Some(server) = self.server {
            server.go_back_to_services();
        }
        let folder = folder();
        self.world.copied_to(folder.path());
        folder
    }

    /// How everything stands in a folder.
    pub fn end(&self, folder: &Path) -> End {
        self.server.map_or_else(|| End::of(folder), |server| End::on(server, folder))
    }

    /// Types a command, and pulls the plug after its first step, after its second, and so on until
    /// it gets to its end. Each time these are typed after it, exit as they may, and everything
    /// stands as it does where these others were typed after it and no plug was pulled.
    /// How many places there were.
    pub fn is_repaired_wherever_it_is_cut(
        &self,
        line: &str,
        undisturbed: &[&str],
        after_a_cut: &[(&str, &[i32])],
    ) -> u32 {
        let place = self.set();
        for line in [&[line], undisturbed].concat() {
            types(place.path(), line, None).unwrap().exits(0);
        }
        let wanted = self.end(place.path());
        for steps in 0.. {
            let place = self.set();
            if let Some(said) = types(place.path(), line, Some(steps)) {
                said.exits(0);
                return steps;
            }
            for (line, codes) in after_a_cut {
                let said = types(place.path(), line, None).unwrap();
                assert!(codes.contains(&said.code), "cut after {steps}, {line}: {said:#?}");
            }
            let end = self.end(place.path());
            assert_eq!(end, wanted, "cut after {steps}");
            assert_eq!(end.open, 0, "cut after {steps}");
        }
        unreachable!("a command has an end")
    }
}

/// How everything stands when the dust has settled: the application's table, what the journal says
/// was done, and what the ledger believes. Numbers of runs and entries, which a crash may use up,
/// are not in it; nor are those of rows, which it may use up on a server: a row is called by its
/// place among those there are, and by its number only when it is gone.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    pub table: Vec<String>,
    pub journal: Vec<String>,
    pub standing: Vec<String>,
    /// Changes of which nobody knows what became of them.
    pub open: usize,
}

const TABLE: &str = "SELECT company_id, name, calcom_event_type_id, is_active, sync_status,
                            sync_error, duration_minutes, slug, price, updated_at
                     FROM services ORDER BY id";

impl End {
    pub fn of(folder: &Path) -> Self {
        let services = Connection::open(folder.join("services.db")).unwrap();
        let mut ids = services.prepare("SELECT id FROM services ORDER BY id").unwrap();
        let ids = ids.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        Self::beside(folder, ids, dump(&services, TABLE))
    }

    /// The same where a server keeps the table.
    pub fn on(server: &Database, folder: &Path) -> Self {
        let ids = server.rows("SELECT id FROM services ORDER BY id");
        let ids = ids.iter().map(|row| row[0].parse().unwrap()).collect();
        let table = server.rows(TABLE).iter().map(|row| format!("{row:?}")).collect();
        Self::beside(folder, ids, table)
    }

    fn beside(folder: &Path, ids: Vec<i64>, table: Vec<String>) -> Self {
        let ledger = Connection::open(folder.join("ledger.db")).unwrap();
        let place = move |context: &Context<'_>| {
            let id: Option<i64> = context.get(0)?;
            let place = |id| ids.iter().position(|one| *one == id);
            Ok(id.map(|id| place(id).map_or(id, |place| i64::try_from(place).unwrap() + 1)))
        };
        ledger.create_scalar_function("place", 1, FunctionFlags::SQLITE_UTF8, place).unwrap();
        let standing = [
            "SELECT kind, name, place(service_id), event_type_id, state, decided_by FROM review_items
             WHERE state IN ('pending', 'approved', 'snoozed') ORDER BY 1, 2, 3, 4",
            "SELECT place(service_id), event_type_id, reason FROM holds WHERE released_at IS NULL
             ORDER BY 1, 2, 3",
            "SELECT reason, until IS NULL FROM pauses WHERE resumed_at IS NULL",
            "SELECT team_id, event_type_id FROM presence WHERE until IS NULL ORDER BY 1, 2",
            "SELECT place(service_id), name, event_type_id, is_active, sync_status FROM sightings
             WHERE until_run IS NULL ORDER BY 1",
            "SELECT place(service_id), count(*) FROM absence_evidence GROUP BY 1 ORDER BY 1",
            "SELECT a.by, count(*) FROM acceptances a GROUP BY 1",
        ];
        let mut journal = dump(
            &ledger,
            "SELECT kind, place(service_id), event_type_id, name, before, after, state
             FROM journal_entries WHERE state <> 'abandoned' ORDER BY 1, 2, 3, 6, 7",
        );
        // What a rollback refused was cut off and typed again: it was refused twice.
        journal.dedup_by(|this, last| this == last && this.contains("conflicted"));
        Self {
            table,
            journal,
            standing: standing.iter().flat_map(|query| dump(&ledger, query)).collect(),
            open: dump(&ledger, "SELECT id FROM journal_entries WHERE state = 'intended'").len(),
        }
    }
}

/// A folder of its own in the memory of this machine.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The very first run makes the lock, the ledger and its schema, and imports: wherever it is cut
/// off, the next one begins as if nothing had been.
#[test]
fn promise_7_the_first_run_of_all_can_be_cut_off_anywhere() {
    let mut world = World::starting_before_now(&[(TEAM, 1)], chrono::TimeDelta::minutes(30));
    for name in ["Cut", "Colour"] {
        world.serves(name);
    }
    world.somebody_edits("Cut", "sync_status", "never".to_owned());
    world.calcom_adds(TEAM, "Nails");
    let stage = Stage::of(&world);
    let undisturbed = stage.set();
    types(undisturbed.path(), "run", None).unwrap().exits(0);
    let wanted = stage.end(undisturbed.path());
    assert_eq!((wanted.table.len(), wanted.journal.len()), (3, 2), "{wanted:#?}");
    let twice: [(&str, &[i32]); 2] = [("run", &[0]), ("run", &[0])];
    let crashes = stage.is_repaired_wherever_it_is_cut("run", &["run"], &twice);
    assert!(crashes >= 28, "only {crashes} places to pull the plug");
    safety_page::says("28 of the very first one");
}

/// Cut off, and the run that repairs is cut off too: every place of the second where the first left
/// something open, and, with `RECONCILER_TEST_LONG`, every pair of places there is.
#[test]
fn promise_7_two_power_cuts_in_a_row_are_repaired_as_well() {
    let mut world = World::salon(5);
    world.auto_mode("0s");
    world.sets("policy.fields", "name", r#""source""#);
    world.calcom_removes("Beard");
    world.syncs(2);
    world.calcom_edits("Cut", |it| "Short cut".clone_into(&mut it.title));
    world.calcom_adds(TEAM, "Nails");
    let undisturbed = folder();
    world.copied_to(undisturbed.path());
    types(undisturbed.path(), "run", None).unwrap().exits(0);
    let wanted = End::of(undisturbed.path());
    assert_eq!(wanted.journal.len(), 3, "{wanted:#?}");

    let everywhere = is_long();
    let (mut pairs, mut firsts) = (0, 0);
    for first in 0.. {
        let once = folder();
        world.copied_to(once.path());
        if types(once.path(), "run", Some(first)).is_some() {
            break;
        }
        let ledger = Connection::open(once.path().join("ledger.db")).unwrap();
        let open = dump(&ledger, "SELECT id FROM journal_entries WHERE state = 'intended'");
        drop(ledger);
        if open.is_empty() && !everywhere {
            continue;
        }
        firsts += 1;
        for second in 0.. {
            let twice = folder();
            copy(once.path(), twice.path());
            if types(twice.path(), "run", Some(second)).is_some() {
                break;
            }
            pairs += 1;
            types(twice.path(), "run", None).unwrap().exits(0);
            let End { table, journal, .. } = End::of(twice.path());
            assert_eq!(table, wanted.table, "cut after {first}, then after {second}");
            assert_eq!(journal, wanted.journal, "cut after {first}, then after {second}");
        }
    }
    aloud(&format!("{pairs} pairs of power cuts, after {firsts} first ones"));
    assert!(firsts >= 5 && pairs >= 5 * 25, "{firsts} first cuts, {pairs} pairs");
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Everything that people said, without the moments at which they did.
fn words_of_people(folder: &Path) -> Vec<String> {
    let ledger = Connection::open(folder.join("ledger.db")).unwrap();
    let tables = [
        "SELECT id, state, decided_by, decided_why, mass, expires_at IS NULL,
                snoozed_until IS NULL FROM review_items ORDER BY 1",
        "SELECT service_id, event_type_id, by, reason, run_id, released_by FROM holds ORDER BY id",
        "SELECT by, reason, until IS NULL, resumed_by FROM pauses ORDER BY id",
        "SELECT observation_id, by, reason, counts, must_contain FROM acceptances ORDER BY 1",
        "SELECT team_id, event_type_id, since, until FROM presence ORDER BY 1, 2, 3",
    ];
    tables.iter().flat_map(|query| dump(&ledger, query)).collect()
}

/// Whatever people type, the power fails at every step of it: all of what they said is written down
/// or nothing is, and typed once more it stands there once.
#[test]
fn promise_7_what_people_say_is_written_down_whole_or_not_at_all() {
    let mut world = World::salon(9);
    world.sets("safety", "max_deactivation_percent", "50");
    world.sets("safety", "max_shrink_percent", "50");
    for name in ["Beard", "Perm"] {
        world.calcom_removes(name);
    }
    world.syncs(3);
    let (beard, perm) = (world.question("Beard"), world.question("Perm"));
    world.types("hold 1 --reason mine --by ana").exits(0);
    world.types("hold 1 --reason too --by petra").exits(0);
    world.calcom_answers(reconciler::io::loopback_calcom::Weather::EmptyList);
    world.sync();
    let observation = world.ledger_number("SELECT max(id) FROM observations", ());
    let both = format!("{beard} {perm} --by ana --reason x");
    let mut crashes = Vec::new();
    for line in [
        format!("review approve {both}"),
        format!("review keep {both}"),
        format!("review snooze {both} --for 1d"),
        format!("review accept {observation} --by ana --reason x"),
        format!("review discard {observation} --by ana --reason x"),
        "hold 2 --by ana --reason x".to_owned(),
        "hold --event-type 1001 --by ana --reason x".to_owned(),
        "release 1 --by ana".to_owned(),
        "pause --by ana --reason x".to_owned(),
        "pause --for 2h --by ana --reason x".to_owned(),
    ] {
        let before = folder();
        world.copied_to(before.path());
        crashes.push(cut_everywhere(before.path(), &line));
    }
    let paused = folder();
    world.copied_to(paused.path());
    types(paused.path(), "pause --by ana --reason x", None).unwrap().exits(0);
    crashes.push(cut_everywhere(paused.path(), "resume --by ana"));
    assert!(crashes.iter().all(|places| *places >= 4), "{crashes:?} places to pull the plug");
}

/// How many places there were.
fn cut_everywhere(before: &Path, line: &str) -> u32 {
    let unsaid = words_of_people(before);
    let done = folder();
    copy(before, done.path());
    types(done.path(), line, None).unwrap().exits(0);
    let said = words_of_people(done.path());
    assert_ne!(said, unsaid, "{line}");
    for steps in 0.. {
        let cut = folder();
        copy(before, cut.path());
        if types(cut.path(), line, Some(steps)).is_some() {
            return steps;
        }
        let left = words_of_people(cut.path());
        assert!(left == unsaid || left == said, "{line}, cut after {steps}: {left:#?}");
        if left == unsaid {
            types(cut.path(), line, None).unwrap().exits(0);
            assert_eq!(words_of_people(cut.path()), said, "{line}, cut after {steps}");
        }
    }
    unreachable!("a command has an end")
}

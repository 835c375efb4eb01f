//! Promise 12 where the services really live: a server keeps hostile names as they came, and gives
//! them back as text.

use crate::harmless::{is_harmless, names};
use crate::schemas::{laravel, services};
use crate::servers::{Database, Keeper};
use crate::world::{TEAM, World};
use chrono::TimeDelta;
use reconciler::report::lines::ChangeStatus;
use reconciler::report::run_report::{Ending, Mode, RunReport};

/// A salon whose event types will be called so, and whose services a server keeps.
struct Salon {
    world: World,
    database: Database,
    names: Vec<(&'static str, String)>,
}

/// What a server can hold; PostgreSQL has no text with a NUL in it.
fn salon(keeper: Keeper) -> Option<Salon> {
    let database = Database::new(keeper)?;
    laravel(&database);
    database.execute(match keeper {
        Keeper::Postgres => "ALTER TABLE services ALTER name TYPE TEXT",
        _ => "ALTER TABLE services MODIFY name TEXT NOT NULL",
    });
    let mut names = names();
    names.retain(|(_, name)| keeper == Keeper::MySql || !name.contains('\0'));
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(30 * 12));
    world.keeps_services_at(&database.url());
    world.sets("policy.fields", "name", r#""source""#);
    world.sets("services.columns", "slug", r#""""#);
    world.sets("safety", "max_imports", "100");
    let mut salon = Salon { world, database, names };
    for number in 0..salon.names.len() {
        let event_type = salon.world.calcom_adds(TEAM, &format!("Plain {number}"));
        services(&salon.database, &[(&format!("Plain {number}"), event_type)]);
    }
    salon.goes_well();
    Some(salon)
}

impl Salon {
    fn sync(&mut self) -> RunReport {
        self.world.passes(30).report(Mode::Real)
    }

    #[track_caller]
    fn goes_well(&mut self) {
        let report = self.sync();
        assert!(matches!(report.ending, Ending::Done | Ending::SomethingWaits), "{report:#?}");
    }

    fn stored(&self) -> Vec<String> {
        self.database.rows("SELECT name FROM services ORDER BY id").concat()
    }

    /// A person types it; nothing that comes of it does anything.
    #[track_caller]
    fn types(&self, line: &str, code: i32) {
        let output = self.world.program().args(line.split(' ')).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}: {output:?}");
        is_harmless(line, &output.stdout, false);
        is_harmless(line, &output.stderr, false);
    }
}

/// Renamed, imported, undone and looked at: the server holds what Cal.com says, letter
/// by letter, finds it again to compare and set, and every command shows it as text.
fn hostile_names_are_kept_as_they_came(keeper: Keeper) {
    let Some(mut salon) = salon(keeper) else { return };
    let names: Vec<String> = salon.names.iter().map(|(_, name)| name.clone()).collect();
    for (number, name) in names.iter().enumerate() {
        salon.world.calcom_edits(&format!("Plain {number}"), |it| it.title.clone_from(name));
        salon.world.calcom_adds(TEAM, &format!("New {number} {name}"));
    }
    salon.goes_well();
    let new = names.iter().enumerate().map(|(number, name)| format!("New {number} {name}"));
    let all: Vec<String> = names.iter().cloned().chain(new).collect();
    let stored = salon.stored();
    for ((what, name), stored) in salon.names.iter().chain(&salon.names).zip(&stored) {
        assert!(stored.ends_with(name), "{what}: {stored:?}");
    }
    assert_eq!(stored, all);
    let busy_run = salon.world.ledger_number("SELECT max(id) FROM runs", ());

    // The names are what a write is compared with.
    for (number, name) in names.iter().enumerate() {
        salon.world.calcom_edits(name, |it| it.title = format!("Again {number}"));
    }
    salon.goes_well();
    let again: Vec<String> = (0..names.len()).map(|number| format!("Again {number}")).collect();
    assert_eq!(salon.stored()[..names.len()], again);
    let second = salon.world.ledger_number("SELECT max(id) FROM runs", ());
    salon.types(&format!("rollback {second} --yes --by ana -vvv"), 0);
    assert_eq!(salon.stored(), all, "exactly what was there");

    let explained = (1..=all.len()).step_by(9).map(|service| format!("explain {service}"));
    let shown = [format!("show {busy_run}"), format!("rollback {busy_run} --check-only")];
    let looks = ["status", "review list --all", "digest", "verify", "doctor", "run -vvv"];
    for line in looks.into_iter().map(str::to_owned).chain(shown).chain(explained) {
        salon.types(&line, 0);
        if !line.starts_with("run") {
            salon.types(&format!("{line} --json"), 0);
        }
    }
}

mod mysql {
    #[test]
    fn promise_12_hostile_names_are_kept_as_they_came() {
        super::hostile_names_are_kept_as_they_came(super::Keeper::MySql);
    }
}

mod postgres {
    #[test]
    fn promise_12_hostile_names_are_kept_as_they_came() {
        super::hostile_names_are_kept_as_they_came(super::Keeper::Postgres);
    }
}

/// A name that PostgreSQL cannot hold is told, in every run, and stops no other name.
#[test]
fn a_name_with_a_nul_stops_no_other_on_postgres() {
    let Some(mut salon) = salon(Keeper::Postgres) else { return };
    salon.world.calcom_edits("Plain 0", |it| "Cu\0t".clone_into(&mut it.title));
    salon.world.calcom_edits("Plain 1", |it| "Fine".clone_into(&mut it.title));
    for _ in 0..2 {
        let report = salon.sync();
        let stored = salon.stored();
        assert_eq!(stored[..3], ["Plain 0", "Fine", "Plain 2"], "{report:#?}");
        let changes = &report.companies[0].changes;
        let refused = changes.iter().filter(|change| change.status == ChangeStatus::Abandoned);
        assert_eq!(refused.count(), 1, "{report:#?}");
        assert_eq!(report.ending, Ending::Failed);
    }
    salon.types("run -vvv", 1);
    salon.types("status", 0);
}

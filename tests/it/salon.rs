//! A salon whose services a server keeps: for stories that are told on every server.

use crate::schemas::{laravel, services};
use crate::servers::{Database, Keeper};
use crate::world::{TEAM, World};
use chrono::TimeDelta;
use reconciler::report::run_report::{Ending, Mode, RunReport};
use std::process::Output;

/// Makes a module of tests for each server.
macro_rules! on_every_server {
    ($($story:ident)*) => {
        mod mysql {
            use crate::{salon::tell, servers::Keeper};
            $(#[test] fn $story() { tell(Keeper::MySql, super::$story); })*
        }
        mod postgres {
            use crate::{salon::tell, servers::Keeper};
            $(#[test] fn $story() { tell(Keeper::Postgres, super::$story); })*
        }
    };
}

pub(crate) use on_every_server;

/// What it offers at first; the rows are 1 to 6.
pub const NAMES: [&str; 6] = ["Cut", "Färben", "Beard", "Perm", "Wash", "Braids"];

/// A salon whose services a server keeps.
pub struct Salon {
    pub world: World,
    pub database: Database,
}

pub fn tell(keeper: Keeper, story: fn(&mut Salon)) {
    let Some(database) = Database::new(keeper) else { return };
    laravel(&database);
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::minutes(40 * 30));
    world.keeps_services_at(&database.url());
    let mut salon = Salon { world, database };
    for name in NAMES {
        salon.serves(name);
    }
    story(&mut salon);
}

impl Salon {
    /// One more service, linked to its event type.
    pub fn serves(&mut self, name: &str) {
        let event_type = self.world.calcom_adds(TEAM, name);
        services(&self.database, &[(name, event_type)]);
    }

    /// Half an hour later, cron runs the program.
    pub fn sync(&mut self) -> RunReport {
        self.world.passes(30).report(Mode::Real)
    }

    /// The same, and nothing is wrong.
    pub fn goes_well(&mut self) {
        let report = self.sync();
        assert!(matches!(report.ending, Ending::Done | Ending::SomethingWaits), "{report:#?}");
    }

    /// The program itself, at the real time.
    pub fn program(&self, arguments: &[&str]) -> Output {
        self.world.program().args(arguments).output().unwrap()
    }

    pub fn is_bookable(&self, name: &str) -> bool {
        let is_active =
            if self.database.keeper == Keeper::Postgres { "is_active" } else { "is_active = 1" };
        let query = format!(
            "SELECT count(*) FROM services
             WHERE name = '{name}' AND {is_active} AND sync_status = 'synced' AND deleted_at IS NULL"
        );
        self.database.number(&query) == 1
    }

    pub fn bookable(&self) -> usize {
        NAMES.iter().filter(|name| self.is_bookable(name)).count()
    }

    /// Every cell but the stamp.
    pub fn rows(&self) -> Vec<Vec<String>> {
        self.database.rows(
            "SELECT id, company_id, name, slug, calcom_event_type_id, duration_minutes, price,
                    metadata, is_active, sync_status, sync_error, created_at, updated_at
             FROM services ORDER BY id",
        )
    }

    /// "Beard" is gone three times, and Ana says yes.
    pub fn beard_is_to_go(&mut self) {
        self.goes_well();
        self.world.calcom_removes("Beard");
        for _ in 0..3 {
            assert!(self.is_bookable("Beard"));
            self.goes_well();
        }
        assert!(self.is_bookable("Beard"));
        self.world.ana_approves("Beard");
    }

    /// The next run renames "Cut", imports "Nails" and, in auto mode, switches "Beard" off.
    pub fn has_three_changes_to_make(&mut self) {
        self.world.auto_mode("0s");
        self.world.sets("policy.fields", "name", r#""source""#);
        self.goes_well();
        self.world.calcom_removes("Beard");
        self.goes_well();
        self.goes_well();
        self.world.calcom_edits("Cut", |it| "Short cut".clone_into(&mut it.title));
        self.world.calcom_adds(TEAM, "Nails");
    }
}

pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

//! The simulated world: Cal.com with weather, an application's table, people, and a clock.

use crate::seen::Run;
use chrono::{DateTime, TimeDelta};
use reconciler::config::{self, Environment};
use reconciler::flow::sync::{RunError, sync};
use reconciler::flow::work::{Clock, Work};
use reconciler::io::loopback_calcom::{
    KeyRole, LoopbackCalCom, SourceEventType, SourceTeam, SourceWorld, Weather,
};
use reconciler::model::Timestamp;
use reconciler::report::run_report::{Mode, RunReport};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use tempfile::TempDir;

/// The team of most stories.
pub const TEAM: i64 = 34209;

/// The application's table, with columns that are nobody's business but its own.
const SERVICES: &str = "
    CREATE TABLE services (
        id INTEGER PRIMARY KEY, company_id INTEGER NOT NULL, name TEXT NOT NULL,
        calcom_event_type_id INTEGER, is_active INTEGER NOT NULL DEFAULT 1,
        sync_status TEXT CHECK (sync_status IN ('synced', 'pending', 'error', 'never')),
        sync_error TEXT, last_calcom_sync TEXT, duration_minutes INTEGER, slug TEXT,
        price REAL, updated_at TEXT);
    CREATE TABLE appointments (id INTEGER PRIMARY KEY, service_id INTEGER, starts_at TEXT);";

/// Everything there is in a story.
pub struct World {
    folder: TempDir,
    /// Cal.com.
    pub calcom: LoopbackCalCom,
    /// The configuration file, section by section.
    settings: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
    /// Team, company, and further lines of its section.
    teams: Vec<(i64, i64, String)>,
    rules: Vec<(String, &'static str)>,
    key: String,
    /// When the last run began.
    pub now: Timestamp,
    next_event_type: i64,
}

/// A folder in memory where there is one: what is tested is the order of writes, not the disk.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

impl World {
    /// One company, one team; these services, each linked to its event type; the baseline taken.
    pub fn with_services(names: &[&str]) -> Self {
        let mut world = Self::of(&[(TEAM, 1)]);
        for name in names {
            world.serves(name);
        }
        world.sync().accepts();
        world
    }

    /// Teams with their companies, no event types, no services, and no run yet.
    pub fn of(teams: &[(i64, i64)]) -> Self {
        Self::starting(teams, "2026-01-05T08:00:00Z".parse().unwrap())
    }

    /// The same, at a moment so long before the real one: for stories that end in a real process.
    pub fn starting_before_now(teams: &[(i64, i64)], before: TimeDelta) -> Self {
        let now: Timestamp = DateTime::from(std::time::SystemTime::now());
        Self::starting(teams, now - before)
    }

    fn starting(teams: &[(i64, i64)], now: Timestamp) -> Self {
        let calcom = LoopbackCalCom::start().unwrap();
        calcom.change(|world| {
            *world = SourceWorld::with_teams(
                teams.iter().map(|(id, _)| SourceTeam::new(*id, &format!("team-{id}"), "A team")),
            );
        });
        let teams = teams.iter().map(|(team, company)| (*team, *company, String::new())).collect();
        let key = SourceWorld::KEY.to_owned();
        let (settings, rules) = (BTreeMap::new(), Vec::new());
        let folder = folder();
        let mut world =
            Self { folder, calcom, settings, teams, rules, key, now, next_event_type: 1001 };
        for (section, key, value) in [
            ("ledger", "path", r#""ledger.db""#),
            ("calcom", "api_key_env", r#""CALCOM_API_KEY""#),
            ("calcom", "timeout", r#""20s""#),
            ("calcom", "patience", r#""20s""#),
            ("calcom", "max_attempts", "1"),
            ("calcom", "requests_per_minute", "1000000"),
            ("services", "url", r#""sqlite:services.db""#),
            ("policy.fields", "slug", r#""ignore""#),
            ("services.columns", "duration", r#""duration_minutes""#),
            ("services.columns", "slug", r#""slug""#),
            (
                "services.references",
                "appointments",
                r#"{ column = "service_id", upcoming = "starts_at" }"#,
            ),
        ] {
            world.sets(section, key, value);
        }
        world.sets("calcom", "base_url", &format!("{:?}", world.calcom.base_url()));
        world.services().execute_batch(SERVICES).unwrap();
        world
    }

    /// The same files, key and configuration in a folder of its own, with the same Cal.com.
    pub fn copied_to(&self, folder: &Path) -> PathBuf {
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        folder.join("config.toml")
    }

    // ------------------------------------------------------------------------- configuration

    /// Sets one key of the configuration, as TOML.
    pub fn sets(&mut self, section: &'static str, key: &'static str, value: &str) {
        self.settings.entry(section).or_default().insert(key, value.to_owned());
        self.configured();
    }

    /// Takes one key out of the configuration.
    pub fn unset(&mut self, section: &'static str, key: &'static str) {
        self.settings.entry(section).or_default().remove(key);
    }

    /// The application keeps its services there: the URL stands in a file, for it may be a secret.
    pub fn keeps_services_at(&mut self, url: &str) {
        let file = self.path("database.url");
        std::fs::write(&file, url).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        self.settings.entry("services").or_default().remove("url");
        self.sets("services", "url_file", r#""database.url""#);
    }

    /// Takes a section out.
    pub fn unsets(&mut self, section: &str) {
        self.settings.remove(section);
        self.configured();
    }

    /// `deactivate = "auto"`, after this long.
    pub fn auto_mode(&mut self, min_absence: &str) {
        self.sets("policy", "deactivate", r#""auto""#);
        self.sets("safety", "auto_min_absence", &format!("{min_absence:?}"));
    }

    /// Adds an import rule.
    pub fn import_rule(&mut self, title: &str, action: &'static str) {
        self.rules.push((title.to_owned(), action));
        self.configured();
    }

    /// Adds lines to a team's section.
    pub fn team_says(&mut self, team: i64, lines: &str) {
        let section = self.teams.iter_mut().find(|one| one.0 == team).unwrap();
        lines.clone_into(&mut section.2);
        self.configured();
    }

    /// The configuration names these teams from now on.
    pub fn configures_teams(&mut self, teams: &[(i64, i64)]) {
        self.teams = teams.iter().map(|(team, company)| (*team, *company, String::new())).collect();
        self.configured();
    }

    /// Writes the configuration file.
    pub fn configured(&self) -> PathBuf {
        let mut text = String::new();
        for (section, keys) in &self.settings {
            writeln!(text, "[{section}]").unwrap();
            for (key, value) in keys {
                writeln!(text, "{key} = {value}").unwrap();
            }
        }
        for (title, action) in &self.rules {
            writeln!(text, "[[policy.import_rules]]\ntitle = '{title}'\naction = '{action}'")
                .unwrap();
        }
        for (team, company, lines) in &self.teams {
            writeln!(text, "[[teams]]\nteam_id = {team}\ncompany_id = {company}\n{lines}").unwrap();
        }
        let path = self.path("config.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// What a run works on, through the real configuration.
    pub fn work(&self) -> Work {
        self.work_in(self.folder.path())
    }

    /// The same, in a folder that is a copy of this world's.
    pub fn work_in(&self, folder: &Path) -> Work {
        let environment = Environment::from_pairs([("CALCOM_API_KEY", &self.key)]);
        let config = config::load(&folder.join("config.toml"), &environment)
            .unwrap_or_else(|error| panic!("{error}"));
        Work {
            ledger: config.ledger_path,
            source: config.source,
            store: config.store,
            companies: config.companies,
            notify: config.notify,
        }
    }

    /// A file of the world's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Every file of the folder, with its bytes.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    // --------------------------------------------------------------------------------- runs

    /// Time goes on.
    pub fn passes(&mut self, minutes: i64) -> &mut Self {
        self.now += TimeDelta::minutes(minutes);
        self
    }

    /// Half an hour later, cron runs the program.
    pub fn sync(&mut self) -> Run {
        self.passes(30).sync_now()
    }

    /// The same so many times; the last run.
    pub fn syncs(&mut self, times: u32) -> Run {
        let mut last = None;
        for _ in 0..times {
            last = Some(self.sync());
        }
        last.unwrap()
    }

    /// A run at this very moment.
    pub fn sync_now(&self) -> Run {
        self.runs(Mode::Real)
    }

    /// `run --check-only` at this very moment.
    pub fn rehearse(&self) -> Run {
        self.runs(Mode::Rehearsal)
    }

    /// What a run at this very moment says, and nothing about names.
    pub fn report(&self, mode: Mode) -> RunReport {
        run(&self.work(), mode, self.now)
    }

    /// Half an hour later, cron runs the program, and the story goes on beside it.
    pub fn sync_in_background(&mut self) -> JoinHandle<RunReport> {
        self.passes(30);
        let (work, now) = (self.work(), self.now);
        std::thread::spawn(move || run(&work, Mode::Real, now))
    }

    /// Waits until somebody has asked Cal.com for this path.
    pub fn waits_for_request(&self, path: &str) {
        while !self.calcom.requests().iter().any(|request| request.contains(path)) {
            std::thread::yield_now();
        }
    }

    fn runs(&self, mode: Mode) -> Run {
        let report = self.report(mode);
        let mut names: BTreeMap<i64, String> = BTreeMap::new();
        let services = self.services();
        let mut rows = services.prepare("SELECT id, name FROM services").unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        names.extend(rows.map(Result::unwrap));
        let mut titles = BTreeMap::new();
        self.calcom.change(|world| {
            for event_type in world.teams.values().flat_map(|team| &team.event_types) {
                titles.insert(event_type.id, event_type.title.clone());
            }
        });
        Run { report, names, titles }
    }

    /// The program itself, with this world's configuration and key.
    pub fn program(&self) -> assert_cmd::Command {
        let mut command = program();
        command.arg("--config").arg(self.path("config.toml")).env("CALCOM_API_KEY", &self.key);
        command
    }

    // ------------------------------------------------------------------------------ Cal.com

    /// A service linked to a new event type of the usual team.
    pub fn serves(&mut self, name: &str) -> i64 {
        let event_type = self.calcom_adds(TEAM, name);
        self.row(1, name, Some(event_type))
    }

    /// A new event type; its id.
    pub fn calcom_adds(&mut self, team: i64, title: &str) -> i64 {
        let id = self.next_event_type;
        self.next_event_type += 1;
        self.calcom_has(SourceEventType::new(id, team, title));
        id
    }

    /// This very event type.
    pub fn calcom_has(&self, event_type: SourceEventType) {
        self.calcom.change(|world| {
            world.teams.get_mut(&event_type.team_id).unwrap().event_types.push(event_type);
        });
    }

    /// Somebody deletes an event type there. It can be put back with [`Self::calcom_has`].
    pub fn calcom_removes(&self, title: &str) -> SourceEventType {
        let mut removed = None;
        self.calcom.change(|world| {
            for team in world.teams.values_mut() {
                let place = team.event_types.iter().position(|one| one.title == title);
                removed = removed.take().or(place.map(|place| team.event_types.remove(place)));
            }
        });
        removed.expect("there is such an event type")
    }

    /// Changes one event type.
    pub fn calcom_edits(&self, title: &str, edit: impl FnOnce(&mut SourceEventType)) {
        self.calcom.change(|world| {
            let mut all = world.teams.values_mut().flat_map(|team| &mut team.event_types);
            edit(all.find(|one| one.title == title).unwrap());
        });
    }

    /// How answers come from now on.
    pub fn calcom_answers(&self, weather: Weather) {
        self.calcom.change(|world| world.weather = weather);
    }

    /// The same for one team.
    pub fn calcom_answers_for(&self, team: i64, weather: Weather) {
        self.calcom.change(|world| {
            world.team_weather.insert(team, weather);
        });
    }

    /// Fair weather everywhere.
    pub fn calcom_recovers(&self) {
        self.calcom.change(|world| {
            world.weather = Weather::Fair;
            world.team_weather.clear();
        });
    }

    /// What the key's owner is there.
    pub fn key_is_of(&self, role: KeyRole) {
        self.calcom.change(|world| world.key_role = role);
    }

    /// A new key, known there.
    pub fn new_key(&mut self, key: &str) {
        key.clone_into(&mut self.key);
        self.calcom.change(|world| key.clone_into(&mut world.key));
    }

    // -------------------------------------------------------------------------- application

    /// The application's database.
    pub fn services(&self) -> Connection {
        Connection::open(self.path("services.db")).unwrap()
    }

    /// A row that callers can book; its id.
    pub fn row(&self, company: i64, name: &str, event_type: Option<i64>) -> i64 {
        self.services()
            .query_row(
                "INSERT INTO services (company_id, name, calcom_event_type_id, is_active,
                                       sync_status, duration_minutes, slug, price, updated_at)
                 VALUES (?1, ?2, ?3, 1, 'synced', 30, 'a-slug', 49.5, '2025-12-24 18:00:00')
                 RETURNING id",
                (company, name, event_type),
                |row| row.get(0),
            )
            .unwrap()
    }

    /// Somebody, or other software, edits a row.
    pub fn somebody_edits(&self, name: &str, column: &str, value: impl Into<Value>) {
        let edited = self
            .services()
            .execute(
                &format!("UPDATE services SET {column} = ?1 WHERE name = ?2"),
                (value.into(), name),
            )
            .unwrap();
        assert_eq!(edited, 1, "one row is called {name}");
    }

    /// What a row holds in a column.
    pub fn holds_in(&self, name: &str, column: &str) -> Value {
        let query = format!("SELECT {column} FROM services WHERE name = ?1");
        self.services().query_row(&query, [name], |row| row.get(0)).unwrap()
    }

    /// Whether callers can book it.
    pub fn is_bookable(&self, name: &str) -> bool {
        self.holds_in(name, "is_active = 1 AND sync_status = 'synced'") == Value::Integer(1)
    }

    /// The whole table, byte for byte.
    pub fn rows(&self) -> Vec<String> {
        dump(&self.services(), "SELECT * FROM services ORDER BY id")
    }

    /// The same without the stamp.
    pub fn rows_but_stamp(&self) -> Vec<String> {
        dump(
            &self.services(),
            "SELECT id, company_id, name, calcom_event_type_id, is_active, sync_status, sync_error,
                    duration_minutes, slug, price, updated_at FROM services ORDER BY id",
        )
    }
}

/// One run, on this work at this moment.
pub fn run(work: &Work, mode: Mode, now: Timestamp) -> RunReport {
    try_run(work, mode, now).unwrap()
}

/// The same, where it may be refused.
pub fn try_run(work: &Work, mode: Mode, now: Timestamp) -> Result<RunReport, RunError> {
    block_on(sync(work, mode, Clock::starting_at(now)))
}

/// Waits for something of the library's.
pub fn block_on<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story)
}

/// The program itself.
pub fn program() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_reconciler"));
    // The account's own name would break lines elsewhere on every machine.
    command.env_clear().env("LOGNAME", "somebody");
    command
}

/// A query's rows as text, types included.
pub fn dump(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells: Vec<Value> = (0..columns).map(|at| row.get(at)).collect::<Result<_, _>>()?;
        Ok(format!("{cells:?}"))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

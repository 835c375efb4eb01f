//! A world to measure in: a folder with a configuration and a `services` table of N linked rows,
//! and a Cal.com on loopback that lists the same N event types, until stdin closes. A line
//! `remove N` on stdin removes N of them at Cal.com.
//!
//! `cargo run --release --example bench_world -- 45 FOLDER [DATABASE_URL]`; see
//! `benches/whole_process.sh` and `benches/servers.sh`. A database on a server must be empty.

#![expect(clippy::print_stdout, reason = "an example talks to a script")]

use reconciler::io::loopback_calcom::{LoopbackCalCom, SourceTeam, SourceWorld};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};
use std::io::BufRead;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const TEAM: i64 = 34209;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u32 = arguments.next().unwrap_or_else(|| "45".into()).parse()?;
    let folder = arguments.next().unwrap_or_else(|| "target/bench-world".into());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;

    let team = SourceTeam::generated(TEAM, count);
    let url = arguments.next();
    match &url {
        None => make_table(&folder.join("services.db"), &team)?,
        Some(url) => make_table_on(url, &team)?,
    }
    let calcom = LoopbackCalCom::start()?;
    calcom.change(|world| *world = SourceWorld::with_teams([team]));
    configure(folder, &calcom.base_url(), url.as_deref().unwrap_or("sqlite:services.db"))?;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let count: usize = line?.trim_start_matches("remove ").parse()?;
        calcom.change(|world| {
            for team in world.teams.values_mut() {
                let left = team.event_types.len().saturating_sub(count);
                team.event_types.truncate(left);
            }
        });
        println!("ready");
    }
    Ok(())
}

fn make_table(path: &Path, team: &SourceTeam) -> rusqlite::Result<()> {
    let mut connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "CREATE TABLE services (id INTEGER PRIMARY KEY, company_id INTEGER NOT NULL, name TEXT,
                                calcom_event_type_id INTEGER, is_active INTEGER NOT NULL,
                                sync_status TEXT, sync_error TEXT, last_calcom_sync TEXT)",
    )?;
    let tx = connection.transaction()?;
    for event_type in &team.event_types {
        tx.execute(
            "INSERT INTO services (company_id, name, calcom_event_type_id, is_active, sync_status)
             VALUES (1, ?1, ?2, 1, 'synced')",
            (&event_type.title, event_type.id),
        )?;
    }
    tx.commit()
}

/// In batches: the figures are those of a run, not of this.
fn make_table_on(url: &str, team: &SourceTeam) -> Result<(), Box<dyn std::error::Error>> {
    let key = if url.starts_with("mysql") {
        "BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY"
    } else {
        "BIGSERIAL PRIMARY KEY"
    };
    let mut statements = vec![
        format!(
            "CREATE TABLE services (id {key}, company_id BIGINT NOT NULL, name VARCHAR(255) NOT NULL,
                                    calcom_event_type_id BIGINT, is_active BOOLEAN NOT NULL,
                                    sync_status VARCHAR(255) NOT NULL, sync_error TEXT,
                                    last_calcom_sync TIMESTAMP NULL)"
        ),
        "CREATE INDEX of_event_type ON services (company_id, calcom_event_type_id)".to_owned(),
    ];
    for batch in team.event_types.chunks(1000) {
        let rows: Vec<String> = batch
            .iter()
            .map(|one| {
                format!("(1, '{}', {}, TRUE, 'synced')", one.title.replace('\'', "''"), one.id)
            })
            .collect();
        statements.push(format!(
            "INSERT INTO services (company_id, name, calcom_event_type_id, is_active, sync_status)
             VALUES {}",
            rows.join(", ")
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if url.starts_with("mysql") {
            let mut line = MySqlConnection::connect(url).await?;
            for sql in statements {
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut line).await?;
            }
        } else {
            let mut line = PgConnection::connect(url).await?;
            for sql in statements {
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut line).await?;
            }
        }
        Ok(())
    })
}

fn configure(folder: &Path, base_url: &str, url: &str) -> std::io::Result<()> {
    let key = folder.join("key");
    std::fs::write(&key, SourceWorld::KEY)?;
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
    std::fs::write(
        folder.join("config.toml"),
        format!(
            "[ledger]\npath = \"ledger.db\"\n\
             [calcom]\nbase_url = \"{base_url}\"\napi_key_file = \"key\"\n\
             requests_per_minute = 1000000\n\
             [services]\nurl = \"{url}\"\n\
             [policy]\ndeactivate = \"auto\"\n\
             [[teams]]\nteam_id = {TEAM}\ncompany_id = 1\n\
             [safety]\nmin_observation_gap = \"0s\"\nauto_min_absence = \"0s\"\n\
             max_deactivations = 100000\nmax_deactivation_percent = 50\n"
        ),
    )
}

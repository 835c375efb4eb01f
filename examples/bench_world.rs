//! A world to measure in: a folder with a configuration and a `services` table of N linked rows,
//! and a Cal.com on loopback that lists the same N event types, until stdin closes.
//!
//! `cargo run --release --example bench_world -- 45 FOLDER`; see `benches/whole_process.sh`.

#![expect(clippy::print_stdout, reason = "an example talks to a script")]

use reconciler::io::loopback_calcom::{LoopbackCalCom, SourceTeam, SourceWorld};
use std::io::Read;
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
    make_table(&folder.join("services.db"), &team)?;
    let calcom = LoopbackCalCom::start()?;
    calcom.change(|world| *world = SourceWorld::with_teams([team]));
    configure(folder, &calcom.base_url())?;
    println!("ready");
    std::io::stdin().read_to_end(&mut Vec::new())?;
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

fn configure(folder: &Path, base_url: &str) -> std::io::Result<()> {
    let key = folder.join("key");
    std::fs::write(&key, SourceWorld::KEY)?;
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
    std::fs::write(
        folder.join("config.toml"),
        format!(
            "[ledger]\npath = \"ledger.db\"\n\
             [calcom]\nbase_url = \"{base_url}\"\napi_key_file = \"key\"\n\
             [services]\nurl = \"sqlite:services.db\"\n\
             [[teams]]\nteam_id = {TEAM}\ncompany_id = 1\n\
             [safety]\nmin_observation_gap = \"0s\"\n"
        ),
    )
}

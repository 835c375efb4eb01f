//! Two transactions in each other's way: the server undoes one of them, and that is no reason not
//! to do what was allowed.

use crate::schemas::{laravel, services};
use crate::servers::{Database, Keeper};
use crate::shop::{Shop, cleared, renaming};
use reconciler::io::store::{Access, CompanyLock, Store};
use reconciler::model::ids::CompanyId;
use reconciler::model::run::EntryState::Applied;
use std::time::Duration;

/// The application holds the second row and wants the first, which this program has by then.
fn tell(keeper: Keeper) {
    let Some(database) = Database::new(keeper) else { return };
    laravel(&database);
    services(&database, &[("Cut", 1001), ("Beard", 1002)]);
    let shop = Shop::of(database);
    let changes: Vec<_> =
        shop.rows().iter().map(|row| renaming(row, &format!("{}!", row.name))).collect();
    let application = &shop.database;
    // A transaction that did much is not the one that is undone.
    application.execute("BEGIN; UPDATE services SET slug = 'held' WHERE id = 2");
    let much = "INSERT INTO services (company_id, name) VALUES (9, 'x')".to_owned();
    application.execute(&(much + &", (9, 'x')".repeat(200)));

    let settings = shop.settings.clone();
    let writing = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut store = Store::open(&settings, Access::ReadWrite).await.unwrap();
            assert_eq!(store.lock_company(CompanyId(1)).await.unwrap(), CompanyLock::Ours);
            store.apply(cleared(changes)).await.unwrap()
        })
    });
    let waits = match keeper {
        Keeper::MySql => {
            "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'
             AND trx_query LIKE 'UPDATE%'"
        }
        _ => {
            "SELECT count(*) FROM pg_locks
             WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        }
    };
    while application.number(waits) == 0 {
        // InnoDB shows the same picture again to whoever looks more often than every 0.1 s.
        std::thread::sleep(Duration::from_millis(150));
    }
    application.execute("UPDATE services SET slug = 'wanted' WHERE id = 1");
    application.execute("ROLLBACK");
    let states: Vec<_> = writing.join().unwrap().iter().map(|one| one.state).collect();
    assert_eq!(states, [Applied, Applied]);
    let names: Vec<_> = shop.rows().iter().map(|row| row.name.to_string()).collect();
    assert_eq!(names, ["Cut!", "Beard!"]);
}

#[test]
fn a_deadlock_is_tried_again_in_mysql() {
    tell(Keeper::MySql);
}

#[test]
fn a_deadlock_is_tried_again_in_postgres() {
    tell(Keeper::Postgres);
}

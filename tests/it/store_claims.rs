//! What others have made of an imported row keeps it from being removed, on every store.

use crate::schemas::laravel;
use crate::servers::{Database, Keeper};
use crate::shop::{Shop, importing};
use reconciler::model::change::{Change, Image};
use reconciler::model::ids::{CompanyId, ServiceId};
use reconciler::model::run::EntryState::{Applied, Conflicted};

fn tell(keeper: Keeper) {
    let Some(database) = Database::new(keeper) else { return };
    laravel(&database);
    let shop = Shop::of(database);
    let imported = || -> Image {
        let Change::Insert { after, .. } = importing(2001, "Nails") else { unreachable!() };
        after
    };
    for (made, unmade, words) in [
        (
            "INSERT INTO appointments (service_id, starts_at) VALUES (ID, '2020-01-01 10:00:00')",
            "DELETE FROM appointments",
            "1 row of appointments points at it",
        ),
        (
            // Its foreign key says CASCADE: the database would take it along.
            "INSERT INTO service_staff (service_id, staff_id) VALUES (ID, 1), (ID, 2)",
            "DELETE FROM service_staff",
            "2 rows of service_staff point at it",
        ),
        (
            "UPDATE services SET price = 12.50",
            "UPDATE services SET price = 0",
            "somebody filled in price",
        ),
        (
            "UPDATE services SET description = 'with care', metadata = '{}'",
            "UPDATE services SET description = NULL, metadata = NULL",
            "somebody filled in description, metadata",
        ),
        ("UPDATE services SET duration_minutes = 45", "", "somebody filled in duration_minutes"),
    ] {
        let id = shop.apply_one(importing(2001, "Nails")).service_id.unwrap_or_else(|| {
            ServiceId(shop.database.rows("SELECT id FROM services")[0][0].parse().unwrap())
        });
        shop.database.execute(&made.replace("ID", &id.to_string()));
        let mut store = shop.open();
        let claims = shop.database.wait_for(store.claims(id, &imported())).unwrap();
        assert_eq!(claims.in_words().as_deref(), Some(words), "{keeper:?}");
        let remove =
            || Change::Remove { service_id: id, company_id: CompanyId(1), before: imported() };
        let written = shop.apply_one(remove());
        let note = format!("not removed, for {words} by now");
        assert_eq!((written.state, written.note.as_deref()), (Conflicted, Some(&*note)));
        if !unmade.is_empty() {
            shop.database.execute(unmade);
            assert_eq!(shop.apply_one(remove()).state, Applied, "{keeper:?}: {unmade}");
        }
    }
}

#[test]
fn promise_9_what_others_made_of_a_row_keeps_it_in_sqlite() {
    tell(Keeper::Sqlite);
}

#[test]
fn promise_9_what_others_made_of_a_row_keeps_it_in_mysql() {
    tell(Keeper::MySql);
}

#[test]
fn promise_9_what_others_made_of_a_row_keeps_it_in_postgres() {
    tell(Keeper::Postgres);
}

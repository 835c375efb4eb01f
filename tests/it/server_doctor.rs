//! `doctor` on a server, the rights it needs, and who the server is.

use crate::schemas::{laravel, services};
use crate::servers::{Database, Keeper, User};
use crate::shop::{Shop, location};
use crate::world::{TEAM, World};
use chrono::TimeDelta;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use reconciler::io::store::{Access, Store, TableFact};

fn on_servers(story: fn(&mut Shop)) {
    for keeper in [Keeper::MySql, Keeper::Postgres] {
        if let Some(database) = Database::new(keeper) {
            laravel(&database);
            story(&mut Shop::of(database));
        }
    }
}

fn facts(shop: &Shop) -> Vec<TableFact> {
    let mut store = shop.database.wait_for(Store::open(&shop.settings, Access::ReadOnly)).unwrap();
    shop.database.wait_for(store.facts()).unwrap()
}

#[track_caller]
fn tells(facts: &[TableFact], words: &str) {
    assert!(format!("{facts:?}").contains(words), "{words}: {facts:#?}");
}

#[test]
fn doctor_describes_the_table_and_what_it_lacks() {
    on_servers(|shop| {
        services(&shop.database, &[("Cut", 1001), ("Twin", 1001)]);
        let found = facts(shop);
        let is_mysql = shop.database.keeper == Keeper::MySql;
        tells(&found, if is_mysql { "MariaDB" } else { "PostgreSQL 1" });
        tells(&found, "every mapped column, and 2 rows");
        tells(&found, "1 event types have several rows");
        tells(&found, "company_id bigint");
        tells(
            &found,
            if is_mysql { "is_active tinyint(1) not null" } else { "is_active boolean not null" },
        );
        tells(&found, "deleted_at timestamp");
        tells(&found, "this user may change a service, write when a service was last seen");
        tells(&found, "this user may do more than it needs");
        let words = format!("{found:?}");
        assert!(
            !words.contains("no index") && !words.contains("trigger") && !words.contains("Broken"),
            "{words}"
        );

        if is_mysql {
            shop.database.execute(
                "UPDATE services SET sync_error = '', sync_status = 'synced';
                 DROP INDEX services_company_id_calcom_event_type_id_index ON services;
                 CREATE TRIGGER push AFTER UPDATE ON services FOR EACH ROW SET @pushed = 1;
                 ALTER TABLE services MODIFY sync_error TEXT NOT NULL,
                    MODIFY sync_status ENUM('synced', 'broken') NOT NULL",
            );
        } else {
            shop.database.execute(
                "DROP INDEX services_company_id_calcom_event_type_id_index;
                 CREATE FUNCTION push() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RETURN NULL; END $$;
                 CREATE TRIGGER push AFTER UPDATE ON services FOR EACH ROW EXECUTE FUNCTION push();
                 UPDATE services SET sync_error = '';
                 ALTER TABLE services ALTER sync_error SET NOT NULL",
            );
        }
        let found = facts(shop);
        tells(&found, "no index begins with the company and the event type");
        tells(&found, "triggers stand on the table: push (after update)");
        tells(&found, "sync_error must not be NULL");
        if is_mysql {
            tells(&found, "sync_status does not know the word error");
        }
    });
}

/// Where every statement stands at once, no promise about writing would hold.
#[test]
fn a_table_without_transactions_is_refused() {
    let Some(database) = Database::new(Keeper::MySql) else { return };
    database.execute(
        "CREATE TABLE services (id INT PRIMARY KEY AUTO_INCREMENT, company_id INT, name TEXT,
            calcom_event_type_id INT, is_active BOOL, sync_status TEXT, sync_error TEXT,
            last_calcom_sync DATETIME) ENGINE = MyISAM",
    );
    let mut shop = Shop::of(database);
    shop.settings
        .columns
        .mapped
        .retain(|column, _| !matches!(column.as_str(), "slug" | "duration"));
    let words = shop.try_open().unwrap_err().in_full();
    assert_eq!(
        words,
        "the table services is kept by MyISAM, which has no transactions; InnoDB has"
    );
}

/// Numbers that only an unsigned column can hold are said, not wrapped.
#[test]
fn a_key_beyond_what_this_program_counts_is_told() {
    let Some(database) = Database::new(Keeper::MySql) else { return };
    laravel(&database);
    services(&database, &[("Cut", 1001)]);
    let shop = Shop::of(database);
    let told = |sql: &str| {
        shop.database.execute(sql);
        let mut store = shop.open();
        let rows = store.rows_of(reconciler::model::ids::CompanyId(1));
        shop.database.wait_for(rows).unwrap_err().in_full()
    };
    assert_eq!(
        told("UPDATE services SET calcom_event_type_id = 18446744073709551615"),
        "row 1 of the table services: calcom_event_type_id holds 18446744073709551615, which is \
         more than 9223372036854775807"
    );
    assert_eq!(
        told("UPDATE services SET calcom_event_type_id = 1, id = 9223372036854775808"),
        "row 9223372036854775808 of the table services: id holds 9223372036854775808, which is \
         more than 9223372036854775807"
    );
}

/// The README's.
const PASSWORD: &str = "a long password";

/// A salon whose table is kept there and touched by that user, on columns that the README grants;
/// "Nails" is to be imported.
fn salon_of(user: &User<'_>) -> World {
    let mut world = World::starting_before_now(&[(TEAM, 1)], TimeDelta::days(1));
    world.keeps_services_at(&user.url());
    for column in ["duration", "slug"] {
        world.sets("services.columns", column, r#""""#);
    }
    world.sets("policy.fields", "slug", r#""ignore""#);
    for name in ["Cut", "Beard", "Perm", "Wash", "Braids"] {
        let event_type = world.calcom_adds(TEAM, name);
        services(user.database, &[(name, event_type)]);
    }
    world.calcom_adds(TEAM, "Nails");
    world
}

/// The store as that user sees it, on the columns that the README grants.
fn facts_of(shop: &Shop, user: &User<'_>) -> Vec<TableFact> {
    let mut settings = shop.settings.clone();
    settings.location = Ok(location(user.database, &user.url()));
    settings.columns.mapped.retain(|column, _| !matches!(column.as_str(), "slug" | "duration"));
    let mut store = shop.database.wait_for(Store::open(&settings, Access::ReadOnly)).unwrap();
    shop.database.wait_for(store.facts()).unwrap()
}

/// What the README says to grant is enough for everything, and more is not granted.
#[test]
fn the_readmes_grant_is_enough_and_no_more() {
    on_servers(|shop| {
        let database = &shop.database;
        let user = User::of(database, PASSWORD);
        user.has("SELECT", "service_staff");
        let found = facts_of(shop, &user);
        tells(
            &found,
            "this user may change a service, write when a service was last seen, import a \
                       service, undo an import",
        );
        assert!(!format!("{found:?}").contains("more than it needs"), "{found:#?}");

        let world = salon_of(&user);
        world.types("run").exits(0);
        assert_eq!(database.number("SELECT count(*) FROM services"), 6);
        world.types("doctor").exits(0);
        world.types("rollback 1 --yes").exits(0);
        assert_eq!(database.number("SELECT count(*) FROM services"), 5);
    });
}

/// A right to every column is more than the columns that are written, price and name among them.
#[test]
fn a_right_to_every_column_is_told_as_too_much() {
    on_servers(|shop| {
        for (right, told) in
            [("UPDATE", "UPDATE of every column"), ("INSERT", "INSERT into every column")]
        {
            let user = User::of(&shop.database, PASSWORD);
            assert!(!format!("{:?}", facts_of(shop, &user)).contains("more than it needs"));
            user.has(right, "services");
            let found = facts_of(shop, &user);
            tells(&found, &format!("this user may do more than it needs: {told}\""));
        }
    });
}

/// Whichever right is missing, doctor names what cannot be done without it, in the server's own
/// words, and never the password. What a user may not read, MySQL does not even show.
#[test]
fn each_right_that_is_missing_is_named() {
    on_servers(|shop| {
        let of_import =
            "company_id, name, calcom_event_type_id, is_active, sync_status, sync_error";
        for (right, code, told) in [
            ("SELECT", 1, "GRANT"),
            ("UPDATE (is_active)", 1, "this user may not change a service"),
            ("UPDATE (last_calcom_sync)", 1, "may not write when a service was last seen"),
            (&*format!("INSERT ({of_import})"), 0, "this user may not import a service"),
        ] {
            let user = User::of(&shop.database, PASSWORD);
            let world = salon_of(&user);
            user.lacks(right);
            let said = world.types("doctor");
            said.exits(code);
            let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains(told), "{right}: {words}");
            assert!(words.contains("README.md"), "{right}: {words}");
            assert!(!words.contains("long"), "{right}: {words}");
        }
    });
}

/// `DELETE` is for undoing imports alone: without it everything else works, and what is undone with
/// an import is undone. The import itself is switched off, and it is said why it is still there.
#[test]
fn without_the_right_to_delete_an_import_that_is_undone_is_switched_off() {
    on_servers(|shop| {
        let database = &shop.database;
        let user = User::of(database, PASSWORD);
        user.has("SELECT", "service_staff");
        user.lacks("DELETE");
        let world = salon_of(&user);
        database.execute("UPDATE services SET sync_status = 'never' WHERE name = 'Cut'");
        world.types("run").exits(0);
        world.types("doctor").exits(0).tells(&["this user may not undo an import"]);
        for line in ["rollback 1 --check-only", "rollback 1 --yes"] {
            let said = world.types(line);
            said.exits(0);
            let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
            let why = "is_active: yes → no (rollback of run 1 by somebody; not removed, for this \
                       user may not remove it (";
            assert!(words.contains(why) && words.contains("): switched off)"), "{words}");
        }
        let stands = "SELECT name, sync_status FROM services WHERE is_active = FALSE
                      OR sync_status <> 'synced' ORDER BY name";
        assert_eq!(database.rows(stands), [["Cut", "never"], ["Nails", "synced"]]);
        world.types("run").exits(0).tells(&["nothing changed"]);
    });
}

/// A certificate of one's own choosing: whoever does not have it is not the server.
#[test]
fn a_server_that_cannot_prove_who_it_is_is_not_talked_to() {
    on_servers(|shop| {
        let key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, authority.self_signed(&key).unwrap().pem()).unwrap();
        let options = match shop.database.keeper {
            Keeper::MySql => "ssl-mode=VERIFY_IDENTITY&ssl-ca",
            _ => "sslmode=verify-full&sslrootcert",
        };
        let url = format!("{}?{options}={}", shop.database.url(), file.display());
        shop.settings.location = Ok(location(&shop.database, &url));
        let words = shop.try_open().unwrap_err().in_full();
        assert!(words.contains("cannot be opened"), "{words}");
        assert!(words.to_lowercase().contains("tls") || words.contains("certificate"), "{words}");
    });
}

//! Promise 9, of imports: a row is removed only if nobody has made anything of it. No removal takes
//! anybody's work along.

use crate::rollback::switched_off;
use crate::typed::SALON;
use crate::world::{World, dump};

/// The import of "Nails", service 7, was not removed: it is switched off, and keeps its link.
#[track_caller]
fn is_switched_off_and_kept(world: &World) {
    assert_eq!(world.holds_in("Nails", "is_active"), 0.into());
    assert_eq!(world.holds_in("Nails", "calcom_event_type_id"), 1007.into());
    assert_eq!(world.rows().len(), SALON.len() + 1, "Toes is removed");
    assert_eq!(world.held(), (vec![3], vec![1007, 1008]));
}

/// A customer has booked what was imported: the row stays, switched off, linked and held.
#[test]
fn promise_9_an_import_that_is_referenced_is_switched_off_and_not_removed() {
    let (mut world, _, run) = switched_off();
    let book = "INSERT INTO appointments (service_id, starts_at) VALUES (7, '2020-01-01 10:00:00')";
    world.services().execute(book, ()).unwrap();
    let said = world.types(&format!("rollback {run} --yes"));
    said.exits(0).tells(&["not removed", "1 row of appointments points at it"]);
    is_switched_off_and_kept(&world);
    world.syncs(3).changes_nothing();
    is_switched_off_and_kept(&world);
}

/// The database knows more tables than the configuration: a foreign key is a claim, whatever it
/// says of a removal, and whether or not whoever wrote the row had it enforced.
#[test]
fn promise_9_no_removal_takes_a_booking_along() {
    let keys = [
        "service INTEGER REFERENCES services (id) ON DELETE CASCADE",
        "service INTEGER REFERENCES services (id) ON DELETE RESTRICT",
        "service INTEGER REFERENCES services (id) ON DELETE SET NULL",
        "service INTEGER DEFAULT 1 REFERENCES services ON DELETE SET DEFAULT",
        "service INTEGER REFERENCES services DEFERRABLE INITIALLY DEFERRED",
        "service TEXT REFERENCES Services (ID)",
        "note TEXT, service, company,
         FOREIGN KEY (company, service) REFERENCES services (company_id, id) ON DELETE CASCADE",
    ];
    for key in keys {
        let (world, _, run) = switched_off();
        let books = if key.contains("company") {
            "INSERT INTO bookings (company, service) VALUES (1, 7), (1, 7), (NULL, 7), (2, 7)"
        } else {
            "INSERT INTO bookings (service) VALUES (7), ('7'), (1)"
        };
        let (services, unique) =
            (world.services(), "UNIQUE INDEX both ON services (company_id, id)");
        services.pragma_update(None, "foreign_keys", false).unwrap();
        services
            .execute_batch(&format!("CREATE {unique}; CREATE TABLE bookings ({key}); {books}"))
            .unwrap();
        let books = dump(&services, "SELECT * FROM bookings");
        let looked = world.types(&format!("rollback {run} --check-only"));
        looked.exits(0).tells(&["2 rows of bookings point at it"]);
        let said = world.types(&format!("rollback {run} --yes"));
        said.exits(0).tells(&["not removed", "2 rows of bookings point at it"]);
        is_switched_off_and_kept(&world);
        assert_eq!(dump(&services, "SELECT * FROM bookings"), books, "{key}");
    }
}

/// The booking comes after the row was read, and before it is written: the very removal of "Toes"
/// makes the application book "Nails".
#[test]
fn promise_9_a_booking_between_read_and_removal_is_not_taken_along() {
    let (world, _, run) = switched_off();
    world
        .services()
        .execute_batch(
            "CREATE TABLE bookings (service REFERENCES services (id) ON DELETE CASCADE);
             CREATE TRIGGER app AFTER DELETE ON services WHEN old.name = 'Toes'
             BEGIN INSERT INTO bookings VALUES (7); END;",
        )
        .unwrap();
    let said = world.types(&format!("rollback {run} --yes"));
    said.exits(6).tells(&["not removed", "1 row of bookings points at it by now"]);
    assert_eq!(world.holds_in("Nails", "is_active"), 1.into(), "a person looks");
    assert_eq!(dump(&world.services(), "SELECT * FROM bookings"), ["[Integer(7)]"]);
    assert_eq!(world.held(), (vec![3], vec![1008]), "what was not undone is not held");
    let again = world.types(&format!("rollback {run} --yes"));
    again.exits(0).tells(&["1 row of bookings points at it"]);
    is_switched_off_and_kept(&world);
}

/// A column that an import leaves alone has been filled: somebody has made the row his own.
#[test]
fn promise_9_an_import_that_somebody_went_on_with_is_not_removed() {
    let (world, _, run) = switched_off();
    world
        .services()
        .execute_batch(
            "ALTER TABLE services ADD COLUMN colour TEXT NOT NULL DEFAULT 'it''s grey';
             ALTER TABLE services ADD COLUMN seats REAL DEFAULT -1;
             ALTER TABLE services ADD COLUMN made TEXT DEFAULT NULL;",
        )
        .unwrap();
    world.somebody_edits("Nails", "price", 35.0);
    world.somebody_edits("Nails", "colour", "red".to_owned());
    let said = world.types(&format!("rollback {run} --yes"));
    said.exits(0).tells(&["not removed", "somebody filled in price, colour"]);
    is_switched_off_and_kept(&world);
    assert_eq!(world.holds_in("Nails", "price"), 35.0.into());
}

/// So has whoever renamed it: the name stays, the row is switched off, and both names are said.
#[test]
fn promise_9_an_import_that_somebody_renamed_is_switched_off_and_keeps_its_name() {
    let (world, _, run) = switched_off();
    world.somebody_edits("Toes", "name", "Feet".to_owned());
    let said = world.types(&format!("rollback {run} --yes"));
    said.exits(0).tells(&["not removed", "name is \"Feet\", expected \"Toes\""]);
    assert_eq!(world.holds_in("Feet", "is_active"), 0.into());
    assert_eq!(world.holds_in("Feet", "calcom_event_type_id"), 1008.into());
}

/// The stamp of later runs is nobody's claim.
#[test]
fn promise_9_an_import_that_nobody_touched_goes_in_spite_of_its_stamp() {
    let (mut world, before, run) = switched_off();
    world.syncs(3);
    assert_ne!(world.holds_in("Nails", "last_calcom_sync"), rusqlite::types::Value::Null);
    world.types(&format!("rollback {run} --yes")).exits(0);
    assert_eq!(world.rows_but_stamp(), before);
}

//! What a store does, whichever database keeps it: the same stories on all three.

use crate::schemas::other_names;
use crate::servers::{Database, Keeper};
use crate::shop::{Shop, importing, now, renaming, switching_off, text};
use reconciler::io::store::StoreError;
use reconciler::model::change::{Change, Column, Image, Value};
use reconciler::model::ids::{CompanyId, EventTypeId, ServiceId};
use reconciler::model::run::EntryState::{self, Abandoned, Applied, Conflicted};
use reconciler::model::service::{Lifecycle, Service, SyncStatus};
use reconciler::model::settings::{DeletedAt, Reference, StatusWords};

/// Makes a module of tests for each store.
macro_rules! on_every_store {
    ($($story:ident)*) => {
        mod sqlite { $(#[test] fn $story() { super::tell(super::Keeper::Sqlite, super::$story); })* }
        mod mysql { $(#[test] fn $story() { super::tell(super::Keeper::MySql, super::$story); })* }
        mod postgres { $(#[test] fn $story() { super::tell(super::Keeper::Postgres, super::$story); })* }
    };
}

on_every_store! {
    rows_are_read_as_they_are
    a_row_is_found_by_its_key_and_by_its_link
    softly_deleted_rows_are_nobodys
    what_points_at_a_service_is_counted
    an_update_writes_what_differs_and_nothing_else
    a_row_that_moved_in_any_column_is_not_written
    text_is_compared_byte_for_byte
    null_and_never_are_the_same_word
    nothing_is_imported_twice
    what_was_imported_can_be_removed_while_it_is_the_same
    a_row_that_the_database_refuses_does_not_keep_the_others
    a_value_that_does_not_fit_is_refused_and_never_cut
    the_stamp_writes_one_column_in_utc
    companies_are_counted
    columns_that_no_import_can_fill_are_named
    every_name_and_word_may_be_another
    a_table_or_column_that_is_not_there_is_named
}

fn tell(keeper: Keeper, story: fn(&mut Shop)) {
    let Some(database) = Database::new(keeper) else { return };
    story(&mut Shop::of(database));
}

fn rows_are_read_as_they_are(shop: &mut Shop) {
    shop.with(&[("Färben & Föhnen 💇", 1001), ("Cut", 1002)]);
    let active = if shop.database.keeper == Keeper::Postgres { "FALSE" } else { "0" };
    shop.says(&format!(
        "UPDATE services SET is_active = {active}, calcom_event_type_id = NULL, slug = NULL,
                sync_status = 'error', sync_error = 'x' WHERE id = 2;
         INSERT INTO services (company_id, name) VALUES (2, 'Elsewhere');
         INSERT INTO services (company_id, name) VALUES (1, ' Never ');"
    ));
    let rows = shop.rows();
    assert_eq!(
        rows[0],
        Service {
            id: ServiceId(1),
            company_id: CompanyId(1),
            name: "Färben & Föhnen 💇".into(),
            event_type_id: Some(EventTypeId(1001)),
            lifecycle: Lifecycle::Active,
            sync_status: Some(SyncStatus::Synced),
            sync_error: None,
            duration_minutes: Some(30),
            slug: Some("a-slug".into()),
        }
    );
    assert_eq!(rows[1].lifecycle, Lifecycle::Inactive);
    assert_eq!((rows[1].event_type_id, rows[1].slug.as_deref()), (None, None));
    assert_eq!(rows[1].sync_error.as_deref(), Some("x"));
    assert_eq!((&*rows[2].name, &rows[2].sync_status), (" Never ", &Some(SyncStatus::Never)));
    assert_eq!(rows.len(), 3);
    shop.says("UPDATE services SET id = 100 WHERE id = 1");
    let ids: Vec<i64> = shop.rows().iter().map(|row| row.id.0).collect();
    assert_eq!(ids, [2, 4, 100], "in order of their numbers, not of their digits");
}

fn a_row_is_found_by_its_key_and_by_its_link(shop: &mut Shop) {
    shop.with(&[("Cut", 1001), ("Twin", 1001), ("Beard", 1002)]);
    shop.says("UPDATE services SET company_id = 2 WHERE id = 3");
    let mut store = shop.open();
    let wait = |found| -> Vec<i64> {
        let found: Result<Vec<Service>, StoreError> = found;
        found.unwrap().iter().map(|row| row.id.0).collect()
    };
    let database = &shop.database;
    assert_eq!(wait(database.wait_for(store.row(ServiceId(3)))), [3]);
    assert_eq!(wait(database.wait_for(store.row(ServiceId(4)))), [] as [i64; 0]);
    let linked = database.wait_for(store.linked_to(CompanyId(1), EventTypeId(1001)));
    assert_eq!(wait(linked), [1, 2]);
    let linked = database.wait_for(store.linked_to(CompanyId(1), EventTypeId(1002)));
    assert_eq!(wait(linked), [] as [i64; 0]);
}

/// Never matched, never counted, never touched.
fn softly_deleted_rows_are_nobodys(shop: &mut Shop) {
    shop.with(&[("Cut", 1001), ("Gone", 1002)]);
    let seen = shop.row(2);
    shop.says("UPDATE services SET deleted_at = '2026-01-01 00:00:00' WHERE id = 2");
    let before = shop.cells(2);
    assert_eq!(shop.rows().len(), 1);
    let mut store = shop.open();
    let database = &shop.database;
    assert!(database.wait_for(store.row(ServiceId(2))).unwrap().is_empty());
    let linked = database.wait_for(store.linked_to(CompanyId(1), EventTypeId(1002))).unwrap();
    assert!(linked.is_empty());
    assert_eq!(database.wait_for(store.companies()).unwrap()[&CompanyId(1)], 1);
    let written = shop.apply_one(switching_off(&seen));
    assert_eq!((written.state, written.note.as_deref()), (Conflicted, Some("row 2 is gone")));
    database.wait_for(store.stamp(&[ServiceId(1), ServiceId(2)], now())).unwrap();
    assert_eq!(shop.cells(2), before);
    let stamps = shop.database.rows("SELECT last_calcom_sync IS NULL FROM services ORDER BY id");
    assert_ne!(stamps[0], stamps[1]);
    // Its event type is free for another row.
    assert_eq!(shop.apply_one(importing(1002, "New")).state, Applied);

    // Named otherwise it must be there; not used, every row is somebody's.
    shop.settings.columns.deleted_at = DeletedAt::Named("removed_at".into());
    assert!(shop.try_open().unwrap_err().to_string().contains("has no column removed_at"));
    shop.settings.columns.deleted_at = DeletedAt::NotUsed;
    assert_eq!(shop.rows().len(), 3);
}

fn what_points_at_a_service_is_counted(shop: &mut Shop) {
    shop.with(&[("Cut", 1001), ("Beard", 1002)]);
    shop.says(
        "INSERT INTO appointments (service_id, starts_at) VALUES
            (1, '2025-12-01 10:00:00'), (1, '2026-01-04 09:00:00'), (1, '2026-02-01 10:00:00'),
            (1, '2026-01-20 10:00:00');
         INSERT INTO service_staff (service_id, staff_id) VALUES (1, 7), (2, 7);",
    );
    let of = |column: &str, upcoming: Option<&str>| Reference {
        column: column.into(),
        upcoming: upcoming.map(Into::into),
    };
    shop.settings.references.insert("appointments".into(), of("service_id", Some("starts_at")));
    shop.settings.references.insert("service_staff".into(), of("service_id", None));
    let mut store = shop.open();
    let wait = &shop.database;
    let cut = wait.wait_for(store.references(ServiceId(1), now())).unwrap();
    // What began less than a day ago counts as upcoming: the application stores local time.
    assert_eq!((cut.total, cut.upcoming), (5, 3));
    let beard = wait.wait_for(store.references(ServiceId(2), now())).unwrap();
    assert_eq!((beard.total, beard.upcoming), (1, 0));
    let next = wait.wait_for(store.next_reference(ServiceId(1), now())).unwrap();
    assert_eq!(next.as_deref(), Some("2026-01-04 09:00:00"));
    assert_eq!(wait.wait_for(store.next_reference(ServiceId(2), now())).unwrap(), None);

    shop.settings.references.insert("visits".into(), of("service_id", None));
    let error = shop.try_open().unwrap_err().to_string();
    let words = "the table visits of services.references does not exist in this database";
    assert!(error.starts_with(words), "{error}");
    shop.settings.references.remove("visits");
    shop.settings.references.insert("service_staff".into(), of("service", None));
    let error = shop.try_open().unwrap_err().to_string();
    assert_eq!(error, "the table service_staff of services.references has no column service");
}

fn an_update_writes_what_differs_and_nothing_else(shop: &mut Shop) {
    shop.with(&[("Cut", 1001), ("Beard", 1002)]);
    let (first, second) = (shop.cells(1), shop.cells(2));
    let written = shop.apply_one(switching_off(&shop.row(1)));
    assert_eq!((written.state, written.service_id), (Applied, Some(ServiceId(1))));
    let row = shop.row(1);
    assert_eq!(row.lifecycle, Lifecycle::Inactive);
    assert_eq!(row.sync_status, Some(SyncStatus::Error));
    assert_eq!(row.sync_error.as_deref(), Some("Event type not found in Cal.com"));
    let differs: Vec<usize> = shop
        .cells(1)
        .iter()
        .zip(&first)
        .enumerate()
        .filter(|(_, (a, b))| a != b)
        .map(|(at, _)| at)
        .collect();
    assert_eq!(differs, [9, 10, 11], "is_active, sync_status, sync_error");
    assert_eq!(shop.cells(2), second);
}

/// Whoever changed the row since it was read, in whichever column: it keeps what it has.
fn a_row_that_moved_in_any_column_is_not_written(shop: &mut Shop) {
    shop.with(&[("Cut", 1001)]);
    let seen = shop.row(1);
    let off = if shop.database.keeper == Keeper::Postgres { "FALSE" } else { "0" };
    let (on, original) = (if off == "0" { "1" } else { "TRUE" }, shop.cells(1));
    for (edit, back) in [
        ("calcom_event_type_id = NULL", "calcom_event_type_id = 1001"),
        ("calcom_event_type_id = 4711", "calcom_event_type_id = 1001"),
        (&*format!("is_active = {off}"), &*format!("is_active = {on}")),
        ("sync_status = 'pending'", "sync_status = 'synced'"),
        ("sync_status = 'never'", "sync_status = 'synced'"),
        ("sync_error = ''", "sync_error = NULL"),
        ("company_id = 2", "company_id = 1"),
    ] {
        shop.says(&format!("UPDATE services SET {edit}"));
        let edited = shop.cells(1);
        let written = shop.apply_one(switching_off(&seen));
        assert_eq!(written.state, Conflicted, "{edit}");
        assert_eq!(written.note.as_deref(), Some("row 1 has changed since it was read"));
        assert_eq!(shop.cells(1), edited, "{edit}");
        shop.says(&format!("UPDATE services SET {back}"));
    }
    assert_eq!(shop.cells(1), original);
    assert_eq!(shop.apply_one(switching_off(&seen)).state, Applied);
    shop.says("DELETE FROM services");
    let written = shop.apply_one(switching_off(&seen));
    assert_eq!(written.note.as_deref(), Some("row 1 is gone"));
}

/// A collation that takes two names for equal does not make them one.
fn text_is_compared_byte_for_byte(shop: &mut Shop) {
    shop.with(&[("Für Sie", 1001)]);
    if shop.database.keeper == Keeper::Sqlite {
        shop.says(
            "ALTER TABLE services RENAME COLUMN name TO old;
                   ALTER TABLE services ADD COLUMN name TEXT NOT NULL DEFAULT '' COLLATE NOCASE;
                   UPDATE services SET name = old; ALTER TABLE services DROP COLUMN old",
        );
    }
    let seen = shop.row(1);
    for name in ["für sie", "Fur Sie", "Für Sie ", "FÜR SIE", "Fu\u{308}r Sie", "Für Sie 💇"]
    {
        shop.says(&format!("UPDATE services SET name = '{name}'"));
        let written = shop.apply_one(renaming(&seen, "Cut"));
        assert_eq!(written.state, Conflicted, "{name:?}");
        // What is read can be written on, and comes back as it was.
        let read = shop.row(1);
        assert_eq!(&*read.name, name);
        assert_eq!(shop.apply_one(renaming(&read, "Für  Ihn 💈")).state, Applied);
        assert_eq!(&*shop.row(1).name, "Für  Ihn 💈");
    }
}

fn null_and_never_are_the_same_word(shop: &mut Shop) {
    shop.with(&[("Cut", 1001)]);
    match shop.database.keeper {
        Keeper::Sqlite => shop.says("PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL DEFAULT ''never''', '') WHERE name = 'services';
            PRAGMA writable_schema = RESET;"),
        Keeper::MySql => shop.says(
            "ALTER TABLE services MODIFY sync_status ENUM('synced','pending','error','never') NULL",
        ),
        Keeper::Postgres => shop.says("ALTER TABLE services ALTER sync_status DROP NOT NULL"),
    }
    for never in ["NULL", "'never'"] {
        shop.says(&format!("UPDATE services SET sync_status = {never}"));
        let row = shop.row(1);
        assert_eq!(row.sync_status, Some(SyncStatus::Never));
        let before: Image =
            [(Column::SyncStatus, row.value(Column::SyncStatus))].into_iter().collect();
        let after = before.clone().with([(Column::SyncStatus, text("synced"))]);
        let change =
            Change::Update { service_id: row.id, company_id: row.company_id, before, after };
        assert_eq!(shop.apply_one(change.clone()).state, Applied);
        assert_eq!(shop.apply_one(change).state, Conflicted, "it is synced now");
    }
}

fn nothing_is_imported_twice(shop: &mut Shop) {
    shop.with(&[("Cut", 1001)]);
    let written = shop.apply(vec![
        importing(2001, "Nails"),
        importing(1001, "Cut again"),
        importing(2001, "Nails again"),
        importing(2002, "Toes 💅"),
    ]);
    let states: Vec<EntryState> = written.iter().map(|one| one.state).collect();
    assert_eq!(states, [Applied, Conflicted, Conflicted, Applied]);
    assert_eq!(written[1].note.as_deref(), Some("the event type is linked already"));
    let rows = shop.rows();
    assert_eq!(rows.len(), 3);
    assert_eq!(written[0].service_id, Some(rows[1].id));
    assert_eq!(written[3].service_id, Some(rows[2].id));
    assert_eq!((&*rows[2].name, rows[2].event_type_id), ("Toes 💅", Some(EventTypeId(2002))));
    assert_eq!(rows[2].duration_minutes, Some(30), "the table's own default");
}

fn what_was_imported_can_be_removed_while_it_is_the_same(shop: &mut Shop) {
    shop.with(&[("Cut", 1001)]);
    let id = shop.apply_one(importing(2001, "Nails")).service_id.unwrap();
    let Change::Insert { after, .. } = importing(2001, "Nails") else { unreachable!() };
    let remove = Change::Remove { service_id: id, company_id: CompanyId(1), before: after };
    shop.says(&format!("UPDATE services SET name = 'Toes' WHERE id = {id}"));
    assert_eq!(shop.apply_one(remove.clone()).state, Conflicted);
    shop.says(&format!("UPDATE services SET name = 'Nails' WHERE id = {id}"));
    assert_eq!(shop.apply_one(remove).state, Applied);
    assert_eq!(shop.rows().len(), 1);
}

/// A unique index, a trigger: its row is abandoned alone, with the database's own words.
fn a_row_that_the_database_refuses_does_not_keep_the_others(shop: &mut Shop) {
    shop.with(&[("A", 1001), ("B", 1002), ("C", 1003), ("D", 1004)]);
    shop.says(match shop.database.keeper {
        Keeper::Sqlite => {
            "CREATE UNIQUE INDEX services_name_unique ON services (name);
             CREATE TRIGGER app BEFORE UPDATE ON services WHEN new.id = 3
             BEGIN SELECT raise(ABORT, 'not this one'); END"
        }
        Keeper::MySql => {
            "CREATE UNIQUE INDEX services_name_unique ON services (name);
             CREATE TRIGGER app BEFORE UPDATE ON services FOR EACH ROW
             IF new.id = 3 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF"
        }
        Keeper::Postgres => {
            "CREATE UNIQUE INDEX services_name_unique ON services (name);
             CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN IF new.id = 3 THEN RAISE EXCEPTION 'not this one'; END IF; RETURN new; END $$;
             CREATE TRIGGER app BEFORE UPDATE ON services FOR EACH ROW EXECUTE FUNCTION app()"
        }
    });
    let rows = shop.rows();
    let written = shop.apply(vec![
        renaming(&rows[0], "A2"),
        renaming(&rows[1], "D"),
        renaming(&rows[2], "C2"),
        renaming(&rows[3], "D2"),
        importing(2001, "A2"),
    ]);
    let states: Vec<EntryState> = written.iter().map(|one| one.state).collect();
    assert_eq!(states, [Applied, Abandoned, Abandoned, Applied, Abandoned]);
    assert!(written[1].note.as_deref().unwrap().to_lowercase().contains("name"), "{written:?}");
    assert!(written[2].note.as_deref().unwrap().contains("not this one"), "{written:?}");
    let names: Vec<_> = shop.rows().iter().map(|row| row.name.to_string()).collect();
    assert_eq!(names, ["A2", "B", "C", "D2"]);
}

fn a_value_that_does_not_fit_is_refused_and_never_cut(shop: &mut Shop) {
    shop.with(&[("A", 1001), ("B", 1002)]);
    if shop.database.keeper == Keeper::Sqlite {
        return; // it keeps text of any length
    }
    let rows = shop.rows();
    let change = |row: &Service, column, value| {
        let before: Image = [(column, row.value(column))].into_iter().collect();
        let after = before.clone().with([(column, value)]);
        Change::Update { service_id: row.id, company_id: row.company_id, before, after }
    };
    let written = shop.apply(vec![
        change(&rows[0], Column::Slug, text(&"x".repeat(256))),
        change(&rows[0], Column::Duration, Value::Int(i64::MAX)),
        change(&rows[0], Column::SyncStatus, text("unheard of")),
        change(&rows[1], Column::Slug, text("fits")),
    ]);
    let states: Vec<EntryState> = written.iter().map(|one| one.state).collect();
    assert_eq!(states, [Abandoned, Abandoned, Abandoned, Applied], "{written:?}");
    assert_eq!(shop.rows()[0], rows[0]);
}

fn the_stamp_writes_one_column_in_utc(shop: &mut Shop) {
    shop.with(&[("A", 1001), ("B", 1002), ("C", 1003)]);
    let before: Vec<_> = (1..=3).map(|id| shop.cells(id)).collect();
    let mut store = shop.open();
    let keys = [ServiceId(1), ServiceId(3)];
    shop.database.wait_for(store.stamp(&[], now())).unwrap();
    shop.database.wait_for(store.stamp(&keys, now())).unwrap();
    let stamp = match shop.database.keeper {
        Keeper::Sqlite => "last_calcom_sync",
        Keeper::MySql => "UNIX_TIMESTAMP(last_calcom_sync)",
        Keeper::Postgres => "CAST(last_calcom_sync AS text)",
    };
    let wanted = match shop.database.keeper {
        Keeper::MySql => now().timestamp().to_string(),
        _ => "2026-01-05 08:30:00".to_owned(),
    };
    let stamps = shop.database.rows(&format!("SELECT {stamp} FROM services ORDER BY id"));
    assert_eq!(stamps.concat(), [wanted.clone(), "-".to_owned(), wanted]);
    let after: Vec<_> = (1..=3).map(|id| shop.cells(id)).collect();
    assert_eq!(after, before);
}

fn companies_are_counted(shop: &mut Shop) {
    shop.with(&[("A", 1001), ("B", 1002)]);
    shop.says("INSERT INTO services (company_id, name) VALUES (7, 'C')");
    let mut store = shop.open();
    let companies = shop.database.wait_for(store.companies()).unwrap();
    assert_eq!(companies.into_iter().collect::<Vec<_>>(), [(CompanyId(1), 2), (CompanyId(7), 1)]);
    let facts = shop.database.wait_for(store.facts()).unwrap();
    let told = format!("{facts:?}").contains("every mapped column, and 3 rows");
    assert!(told, "{facts:?}");
}

fn columns_that_no_import_can_fill_are_named(shop: &mut Shop) {
    shop.with(&[("A", 1001)]);
    assert_eq!(shop.open().import_trouble(), None, "the rest has defaults or may be NULL");
    let add = match shop.database.keeper {
        Keeper::Sqlite => {
            // There the table must be empty of such rows before.
            shop.says("DELETE FROM services");
            shop.says("PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = replace(sql, 'description TEXT', 'vat_rate INTEGER NOT NULL, currency TEXT NOT NULL')
                WHERE name = 'services'; PRAGMA writable_schema = RESET");
            ""
        }
        _ => {
            "ALTER TABLE services ADD vat_rate INT NOT NULL DEFAULT 19, ADD currency CHAR(3) NOT NULL DEFAULT 'EUR'"
        }
    };
    if !add.is_empty() {
        shop.says(add);
        for column in ["vat_rate", "currency"] {
            shop.says(&format!("ALTER TABLE services ALTER {column} DROP DEFAULT"));
        }
    }
    let words = "the table services wants a value for vat_rate, currency, and an import has none; \
                 give one in [services.insert_defaults]";
    assert_eq!(shop.open().import_trouble().as_deref(), Some(words));
    let written = shop.apply_one(importing(2001, "Nails"));
    assert_eq!((written.state, written.note.as_deref()), (Abandoned, Some(words)));

    shop.settings.insert_defaults.insert("vat_rate".into(), Value::Int(7));
    shop.settings.insert_defaults.insert("currency".into(), text("CHF"));
    assert_eq!(shop.open().import_trouble(), None);
    assert_eq!(shop.apply_one(importing(2001, "Nails")).state, Applied);
    let filled = "SELECT vat_rate, currency FROM services WHERE name = 'Nails'";
    assert_eq!(shop.database.rows(filled), [["7", "CHF"]]);

    shop.settings.insert_defaults.insert("colour".into(), text("blue"));
    assert!(shop.try_open().unwrap_err().to_string().contains("has no column colour"));
}

/// Names that are words of SQL, or have capitals, spaces and umlauts; other words for the states;
/// numbers kept as text, truth kept as a bit or a number.
fn every_name_and_word_may_be_another(shop: &mut Shop) {
    other_names(&shop.database);
    let settings = &mut shop.settings;
    settings.table = "Leistungen".into();
    settings.columns.id = "Nr".into();
    settings.columns.last_sync = None;
    settings.columns.deleted_at = DeletedAt::Named("gelöscht".into());
    settings.columns.mapped = [
        (Column::CompanyId, "Betrieb"),
        (Column::Name, "order"),
        (Column::EventTypeId, "cal id"),
        (Column::IsActive, "buchbar"),
        (Column::SyncStatus, "Stand"),
        (Column::SyncError, "Fehler"),
    ]
    .map(|(column, name)| (column, name.into()))
    .into();
    settings.words = StatusWords {
        synced: "ok".into(),
        pending: "offen".into(),
        error: "kaputt".into(),
        never: "neu".into(),
    };
    settings.insert_defaults.insert("Steuer".into(), text("19.00"));

    let written = shop.apply(vec![importing(1001, "Schnitt"), importing(1001, "Schnitt")]);
    assert_eq!([written[0].state, written[1].state], [Applied, Conflicted], "{written:?}");
    let row = shop.rows().remove(0);
    assert_eq!((&*row.name, row.event_type_id), ("Schnitt", Some(EventTypeId(1001))));
    assert_eq!((row.lifecycle, &row.sync_status), (Lifecycle::Active, &Some(SyncStatus::Synced)));

    assert_eq!(shop.apply_one(switching_off(&row)).state, Applied);
    assert_eq!(shop.apply_one(switching_off(&row)).state, Conflicted);
    let off = shop.rows().remove(0);
    assert_eq!((off.lifecycle, off.sync_status), (Lifecycle::Inactive, Some(SyncStatus::Error)));
    let quoted = |name: &str| match shop.database.keeper {
        Keeper::MySql => format!("`{name}`"),
        _ => format!("\"{name}\""),
    };
    let (table, status, number) = (quoted("Leistungen"), quoted("Stand"), quoted("Steuer"));
    let word = shop.database.rows(&format!("SELECT {status}, {number} FROM {table}"));
    assert_eq!(word, [["kaputt", "19.00"]]);
    // NULL is never; a word of nobody's is kept as it is.
    shop.says(&format!("UPDATE {table} SET {status} = NULL"));
    assert_eq!(shop.rows()[0].sync_status, Some(SyncStatus::Never));
    shop.says(&format!("UPDATE {table} SET {} = '2026-01-01 00:00:00'", quoted("gelöscht")));
    assert!(shop.rows().is_empty());
}

fn a_table_or_column_that_is_not_there_is_named(shop: &mut Shop) {
    shop.with(&[("A", 1001)]);
    let told = |shop: &Shop| shop.try_open().unwrap_err().in_full();
    shop.settings.table = "dienste".into();
    assert!(told(shop).starts_with("the table dienste does not exist in this database"));
    shop.settings.table = "services; DROP TABLE services".into();
    assert!(told(shop).contains("does not exist in this database"));
    shop.settings.table = "services".into();
    shop.settings.columns.mapped.insert(Column::SyncError, "reason\" --".into());
    shop.settings.columns.mapped.insert(Column::Slug, "short".into());
    assert_eq!(told(shop), "the table services has no column reason\" --, short");
    if shop.database.keeper != Keeper::Sqlite {
        shop.settings.columns.mapped.insert(Column::SyncError, "sync_error".into());
        shop.settings.columns.mapped.insert(Column::Slug, "price".into());
        let words = told(shop);
        assert!(words.contains("has a column price of type "), "{words}");
        assert!(words.ends_with("which is not for text"), "{words}");
    }
}

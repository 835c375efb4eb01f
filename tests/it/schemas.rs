//! Tables as applications make them: Laravel's own migrations, in the dialect of each database.

use crate::servers::{Database, Keeper};

/// The application's table as its migrations make it, with what points at it.
pub fn laravel(database: &Database) {
    database.execute(match database.keeper {
        Keeper::Sqlite => {
            "CREATE TABLE services (
                id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, company_id INTEGER NOT NULL,
                name VARCHAR NOT NULL, slug VARCHAR, description TEXT,
                calcom_event_type_id INTEGER, duration_minutes INTEGER NOT NULL DEFAULT 30,
                price NUMERIC NOT NULL DEFAULT '0', metadata TEXT,
                is_active TINYINT(1) NOT NULL DEFAULT 1,
                sync_status VARCHAR CHECK (sync_status IN ('synced','pending','error','never'))
                    NOT NULL DEFAULT 'never',
                sync_error TEXT, last_calcom_sync DATETIME,
                created_at DATETIME, updated_at DATETIME, deleted_at DATETIME);
             CREATE TABLE appointments (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
                service_id INTEGER NOT NULL REFERENCES services (id), starts_at DATETIME NOT NULL);
             CREATE TABLE service_staff (service_id INTEGER NOT NULL REFERENCES services (id),
                staff_id INTEGER NOT NULL);"
        }
        Keeper::MySql => {
            "CREATE TABLE services (
                id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
                company_id BIGINT UNSIGNED NOT NULL, name VARCHAR(255) NOT NULL,
                slug VARCHAR(255) NULL, description TEXT NULL,
                calcom_event_type_id BIGINT UNSIGNED NULL,
                duration_minutes INT NOT NULL DEFAULT 30,
                price DECIMAL(10, 2) NOT NULL DEFAULT 0.00, metadata JSON NULL,
                is_active TINYINT(1) NOT NULL DEFAULT 1,
                sync_status ENUM('synced','pending','error','never') NOT NULL DEFAULT 'never',
                sync_error TEXT NULL, last_calcom_sync TIMESTAMP NULL,
                created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL, deleted_at TIMESTAMP NULL,
                KEY services_company_id_calcom_event_type_id_index
                    (company_id, calcom_event_type_id))
                DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
             CREATE TABLE appointments (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
                service_id BIGINT UNSIGNED NOT NULL, starts_at TIMESTAMP NULL,
                CONSTRAINT appointments_service_id_foreign FOREIGN KEY (service_id)
                    REFERENCES services (id));
             CREATE TABLE service_staff (service_id BIGINT UNSIGNED NOT NULL,
                staff_id BIGINT UNSIGNED NOT NULL,
                CONSTRAINT service_staff_service_id_foreign FOREIGN KEY (service_id)
                    REFERENCES services (id) ON DELETE CASCADE);"
        }
        Keeper::Postgres => {
            "CREATE TABLE services (
                id BIGSERIAL PRIMARY KEY, company_id BIGINT NOT NULL, name VARCHAR(255) NOT NULL,
                slug VARCHAR(255), description TEXT, calcom_event_type_id BIGINT,
                duration_minutes INTEGER NOT NULL DEFAULT 30,
                price NUMERIC(10, 2) NOT NULL DEFAULT 0, metadata JSON,
                is_active BOOLEAN NOT NULL DEFAULT TRUE,
                sync_status VARCHAR(255) NOT NULL DEFAULT 'never'
                    CHECK (sync_status IN ('synced','pending','error','never')),
                sync_error TEXT, last_calcom_sync TIMESTAMP(0) WITHOUT TIME ZONE,
                created_at TIMESTAMP(0) WITHOUT TIME ZONE,
                updated_at TIMESTAMP(0) WITHOUT TIME ZONE,
                deleted_at TIMESTAMP(0) WITHOUT TIME ZONE);
             CREATE INDEX services_company_id_calcom_event_type_id_index
                ON services (company_id, calcom_event_type_id);
             CREATE TABLE appointments (id BIGSERIAL PRIMARY KEY,
                service_id BIGINT NOT NULL REFERENCES services (id),
                starts_at TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL);
             CREATE TABLE service_staff (
                service_id BIGINT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
                staff_id BIGINT NOT NULL);"
        }
    });
}

/// Rows of company 1, with their event types; active and synced.
pub fn services(database: &Database, rows: &[(&str, i64)]) {
    let active = if database.keeper == Keeper::Postgres { "TRUE" } else { "1" };
    for (name, event_type) in rows {
        database.execute(&format!(
            "INSERT INTO services (company_id, name, calcom_event_type_id, is_active, sync_status,
                                   slug, price, metadata, created_at, updated_at)
             VALUES (1, '{name}', {event_type}, {active}, 'synced', 'a-slug', 49.50,
                     '{{\"colour\":\"blue\"}}', '2025-12-24 18:00:00', '2025-12-24 18:00:00')"
        ));
    }
}

/// The table and columns of an application that calls everything otherwise, and has other types.
pub fn other_names(database: &Database) {
    database.execute(match database.keeper {
        Keeper::Sqlite => {
            "CREATE TABLE \"Leistungen\" (\"Nr\" INTEGER PRIMARY KEY, \"Betrieb\" INTEGER NOT NULL,
                \"order\" TEXT NOT NULL, \"cal id\" TEXT, \"buchbar\" INTEGER NOT NULL,
                \"Stand\" TEXT, \"Fehler\" TEXT, \"gelöscht\" TEXT, \"Steuer\" TEXT NOT NULL)"
        }
        Keeper::MySql => {
            "CREATE TABLE `Leistungen` (`Nr` INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                `Betrieb` SMALLINT NOT NULL, `order` VARCHAR(80) NOT NULL,
                `cal id` VARCHAR(32) NULL, `buchbar` BIT(1) NOT NULL,
                `Stand` VARCHAR(20) CHARACTER SET latin1 NULL,
                `Fehler` VARCHAR(60) CHARACTER SET latin1 COLLATE latin1_german1_ci NULL,
                `gelöscht` DATETIME NULL, `Steuer` DECIMAL(4, 2) NOT NULL)"
        }
        Keeper::Postgres => {
            "CREATE TYPE stand AS ENUM ('ok', 'offen', 'kaputt', 'neu');
             CREATE TABLE \"Leistungen\" (\"Nr\" INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                \"Betrieb\" SMALLINT NOT NULL, \"order\" CHAR(80) NOT NULL, \"cal id\" VARCHAR(32),
                \"buchbar\" SMALLINT NOT NULL, \"Stand\" stand, \"Fehler\" VARCHAR(60),
                \"gelöscht\" TIMESTAMP WITH TIME ZONE, \"Steuer\" NUMERIC(4, 2) NOT NULL)"
        }
    });
}

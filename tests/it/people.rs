//! What people say in a story, written into the ledger as their commands write it.

use crate::world::World;
use chrono::TimeDelta;
use reconciler::io::ledger::lend_link_hash;
use reconciler::model::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Params};

impl World {
    /// The ledger, as a person's command opens it.
    pub fn ledger(&self) -> Connection {
        let ledger = Connection::open(self.path("ledger.db")).unwrap();
        lend_link_hash(&ledger).unwrap();
        ledger
    }

    /// A number out of the ledger.
    pub fn ledger_number(&self, query: &str, parameters: impl Params) -> i64 {
        self.ledger().query_row(query, parameters, |row| row.get(0)).unwrap()
    }

    /// The kinds of the questions that wait about a name.
    pub fn waiting_about(&self, name: &str) -> Vec<String> {
        let ledger = self.ledger();
        let mut waiting = ledger
            .prepare("SELECT kind FROM review_items WHERE state = 'pending' AND name = ?1")
            .unwrap();
        waiting.query_map([name], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Ana says yes to what is asked about a name.
    pub fn ana_approves(&self, name: &str) {
        let (at, until) = (self.now, self.now + TimeDelta::days(14));
        let turned = self
            .ledger()
            .execute(
                "UPDATE review_items SET state = 'approved', decided_by = 'ana', decided_at = ?1,
                                         expires_at = ?2
                 WHERE state = 'pending' AND name = ?3",
                (at.timestamp_millis(), until.timestamp_millis(), name),
            )
            .unwrap();
        assert_eq!(turned, 1, "one question waits about {name}");
    }

    /// A person says to leave a service alone.
    pub fn ana_holds(&self, name: &str) {
        let Value::Integer(id) = self.holds_in(name, "id") else { panic!("no id") };
        self.ledger()
            .execute(
                "INSERT INTO holds (service_id, by, at, reason) VALUES (?1, 'ana', ?2, 'mine')",
                (id, self.now.timestamp_millis()),
            )
            .unwrap();
    }

    /// A person says to touch no service.
    pub fn ana_pauses(&self) {
        self.ana_pauses_until(None);
    }

    /// The same, until then.
    pub fn ana_pauses_until(&self, until: Option<Timestamp>) {
        self.ledger()
            .execute(
                "INSERT INTO pauses (by, at, reason, until)
                 VALUES ('ana', ?1, 'moving house', ?2)",
                (self.now.timestamp_millis(), until.map(|until| until.timestamp_millis())),
            )
            .unwrap();
    }
}

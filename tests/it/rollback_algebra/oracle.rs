//! The oracle of the algebra: what a rollback may do, told from pictures of the table alone.

use super::History;
use rusqlite::types::Value;
use std::collections::{BTreeMap, BTreeSet};

pub type Row = BTreeMap<String, Value>;
pub type Table = BTreeMap<i64, Row>;

/// A run, in two pictures.
pub struct Pictures {
    pub id: i64,
    pub before: Table,
    pub after: Table,
    /// Of a rollback: the place of the run it undid.
    pub undid: Option<usize>,
}

impl Pictures {
    /// The rows that look otherwise in the second picture.
    pub fn changed(&self) -> BTreeSet<i64> {
        let rows = self.before.keys().chain(self.after.keys()).copied();
        rows.filter(|id| self.before.get(id) != self.after.get(id)).collect()
    }
}

/// Whether a row was linked, and is linked to another event type now.
pub fn relinked(before: Option<&Row>, after: Option<&Row>) -> bool {
    let link = |row: Option<&Row>| row.map(|row| row["calcom_event_type_id"].clone());
    let links = [link(before), link(after)];
    links[0] != links[1] && links.iter().flatten().all(|link| matches!(link, Value::Integer(_)))
}

/// What must be left alone: a row, or an event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Still {
    Row(i64),
    EventType(i64),
}

impl History {
    /// Each cell that a rollback changed held what the run had left there, and holds now what it
    /// held before that run; a removed row is exactly the imported one.
    pub(super) fn nothing_else_changed(&mut self, place: usize, chosen: &BTreeSet<i64>) {
        let (run, back) = (&self.runs[place], self.runs.last().unwrap());
        let (mut removed, mut switched_off) = (0, 0);
        for id in back.changed() {
            assert!(chosen.is_empty() || chosen.contains(&id), "row {id} was not asked for");
            assert!(run.changed().contains(&id), "row {id} was not changed by the run");
            let now = &back.before[&id];
            match (run.before.get(&id), run.after.get(&id), back.after.get(&id)) {
                (Some(was), Some(left), Some(restored)) => {
                    for (column, value) in restored.iter().filter(|(name, v)| now[*name] != **v) {
                        assert_ne!(was[column], left[column], "{column} was not the run's");
                        assert_eq!(now[column], left[column], "{column} was somebody's edit");
                        assert_eq!(*value, was[column], "{column} is not as it was");
                    }
                }
                (None, Some(imported), None) => {
                    assert_eq!(now, imported, "somebody had made the row his own");
                    removed += 1;
                }
                (None, Some(_), Some(restored)) => {
                    let mut off = now.clone();
                    off.insert("is_active".to_owned(), Value::Integer(0));
                    assert_eq!(*restored, off, "an import is switched off, and nothing else");
                    switched_off += 1;
                }
                other => panic!("row {id}: {other:?}"),
            }
        }
        *self.seen.entry("removed").or_default() += removed;
        *self.seen.entry("import switched off").or_default() += switched_off;
    }

    /// A row that nobody and no run touched since is where it was; but for what is alive, and what
    /// is gone for good. Of a rollback of a rollback that says: it is the identity.
    pub(super) fn all_that_could_be_undone_was(&mut self, place: usize, chosen: &BTreeSet<i64>) {
        let (run, back) = (&self.runs[place], self.runs.last().unwrap());
        let later = &self.runs[place + 1..self.runs.len() - 1];
        let mut identities = 0;
        let (mut alive, mut restored) = (0, 0);
        for id in run.changed().into_iter().filter(|id| chosen.is_empty() || chosen.contains(id)) {
            let by_people = self.touched.get(&id).is_some_and(|runs| *runs > place);
            let by_runs = later.iter().any(|run| run.changed().contains(&id));
            let (Some(was), Some(left)) = (run.before.get(&id), run.after.get(&id)) else {
                continue;
            };
            if by_people || by_runs {
                continue;
            }
            let on = |row: &Row| row["is_active"] == Value::Integer(1);
            if on(left) && !on(was) && self.is_alive(&left["calcom_event_type_id"]) {
                assert_eq!(back.after.get(&id), Some(left), "alive, and so not switched off");
                alive += 1;
                continue;
            }
            if left["sync_status"] == Value::Text("pending".into()) {
                continue;
            }
            assert_eq!(back.after.get(&id), Some(was), "row {id} was not put back");
            restored += 1;
            identities += u32::from(run.undid.is_some());
        }
        for (what, times) in [("identity", identities), ("alive", alive), ("restored", restored)] {
            *self.seen.entry(what).or_default() += times;
        }
    }

    fn is_alive(&self, link: &Value) -> bool {
        let mut alive = false;
        self.world.calcom.change(|world| {
            let all = world.teams.values().flat_map(|team| &team.event_types);
            alive = all.map(|one| Value::Integer(one.id)).any(|id| id == *link);
        });
        alive
    }

    /// What was undone is left alone from now on, or released where that was undone.
    pub(super) fn holds(&mut self, place: usize, whole: bool) {
        let here = self.runs.len() - 1;
        let depth = std::iter::successors(Some(here), |at| self.runs[*at].undid).count() - 1;
        let back = &self.runs[here];
        for id in back.changed() {
            let row = &back.before[&id];
            let imported = !self.runs[place].before.contains_key(&id);
            let link = match row["calcom_event_type_id"] {
                Value::Integer(link) => Some(Still::EventType(link)),
                _ => None,
            };
            if depth % 2 == 0 {
                self.still.remove(&(Still::Row(id), place));
                link.map(|link| self.still.remove(&(link, place)));
                let link = &back.after[&id]["calcom_event_type_id"];
                if let Value::Integer(link) = link {
                    self.still.remove(&(Still::EventType(*link), place));
                }
            } else if imported {
                self.still.extend(link.map(|link| (link, here)));
            } else {
                self.still.insert((Still::Row(id), here));
            }
        }
        if depth % 2 == 0 && whole {
            self.still.retain(|(_, owner)| *owner != place);
        }
    }

    pub(super) fn nothing_is_lost(&self) {
        let table = self.table();
        for ((id, column), value) in &self.theirs {
            let row = table.get(id).expect("a row with somebody's edit is never removed");
            assert_eq!(row[*column], *value, "{column} of row {id} is somebody's edit");
        }
        let bookings = "SELECT count(*) FROM bookings";
        let booked: i64 = self.world.services().query_row(bookings, (), |row| row.get(0)).unwrap();
        assert_eq!(booked, self.bookings, "a booking is never lost");
        let unsettled =
            "SELECT (SELECT count(*) FROM journal) - (SELECT count(*) FROM settlements)";
        assert_eq!(self.world.ledger_number(unsettled, ()), 0, "each entry settles once");
    }
}

//! What `verify` asks of the ledger: whether the file is whole, its schema untouched, and what its
//! history says of each change, for `decide/audit` to judge.

use super::{Ledger, LedgerError, Result, content, word};
use crate::model::history::{ChangeFacts, History, IntervalEnd, IntervalFacts, QuestionFacts};
use crate::model::ids::{EventTypeId, ObservationId, ReviewId, RunId, TeamId};
use crate::model::review::ReviewState;
use crate::model::run::RunKind;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;

/// Shape of the schema, as SQLite keeps it: one text a table, index, view or trigger.
type Shape = BTreeMap<String, String>;

impl Ledger {
    /// Looks several times at one and the same state, also while a run writes.
    pub fn at_one_moment<T>(&self, look: impl FnOnce(&Self) -> T) -> Result<T> {
        let _until_dropped = self.connection.unchecked_transaction()?;
        Ok(look(self))
    }

    /// What a run asks before it changes the application's table: whether the file is whole, every
    /// page of it. Only an index that differs from its table does not show so quickly: `verify`
    /// finds that. A year's ledger is read in some hundredths of a second, so it is asked once, and
    /// by a run that changes nothing never.
    ///
    /// # Errors
    /// [`LedgerError::NotWhole`] says what is wrong.
    pub fn check_file(&mut self) -> Result<()> {
        if !self.found_whole {
            let said: String =
                self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if said != "ok" {
                let found = said.lines().filter(|line| !line.starts_with("***"));
                return Err(LedgerError::NotWhole { found: found.collect::<Vec<_>>().join(" ") });
            }
            self.found_whole = true;
        }
        Ok(())
    }

    /// What SQLite itself finds wrong with the file; nothing where it is whole.
    pub fn damage(&self) -> Result<Vec<String>> {
        let mut check = self.connection.prepare("PRAGMA integrity_check(20)")?;
        let mut found: Vec<String> =
            check.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        found.retain(|line| line != "ok");
        let mut check = self.connection.prepare("PRAGMA foreign_key_check")?;
        let dangling = check.query_map([], |row| {
            let (table, to): (String, String) = (row.get(0)?, row.get(2)?);
            let id = row.get::<_, Option<i64>>(1)?.map_or_else(String::new, |id| format!(" {id}"));
            Ok(format!("{table}{id} points at a row of {to} that is not there"))
        })?;
        for line in dangling {
            found.push(line?);
        }
        Ok(found)
    }

    /// Tables, views and triggers that are not as this version makes them: a guardian that is gone
    /// could not refuse.
    pub fn foreign_shapes(&self) -> Result<Vec<String>> {
        let (here, ours) = (shape(&self.connection)?, shape(&Self::in_memory()?.connection)?);
        let mut found = Vec::new();
        for (name, sql) in &ours {
            match here.get(name) {
                None => found.push(format!("{name} is gone")),
                Some(found_sql) if found_sql != sql => {
                    found.push(format!("{name} is not as this version makes it"));
                }
                Some(_) => {}
            }
        }
        found.extend(
            here.keys()
                .filter(|name| !ours.contains_key(*name))
                .map(|name| format!("{name} is not of this program")),
        );
        Ok(found)
    }

    /// Contents whose bytes are not those that they are addressed by.
    pub fn unsound_contents(&self) -> Result<Vec<i64>> {
        let mut contents = self.connection.prepare("SELECT id, hash, body FROM contents")?;
        let rows = contents.query_map([], |row| {
            let body: Vec<u8> = row.get(2)?;
            Ok((row.get(0)?, content::is_addressed_by(row.get(1)?, &body)))
        })?;
        let rows: Vec<(i64, bool)> = rows.collect::<rusqlite::Result<_>>()?;
        Ok(rows.into_iter().filter_map(|(id, sound)| (!sound).then_some(id)).collect())
    }

    /// What is to be judged.
    pub fn history(&self) -> Result<History> {
        Ok(History {
            changes: self.change_facts()?,
            intervals: self.interval_facts()?,
            questions: self.question_facts()?,
        })
    }

    fn change_facts(&self) -> Result<Vec<ChangeFacts>> {
        let mut look_ups = self.connection.prepare(
            "SELECT answer FROM lookups WHERE run_id = ?1 AND company_id = ?2
             AND event_type_id = ?3 ORDER BY id",
        )?;
        // In the team where it was absent most often: every accepted observation that counted, from
        // the end of its last presence up to the run that made the change.
        let mut absences = self.connection.prepare(
            "SELECT coalesce(max(n), 0) FROM (
                 SELECT count(*) AS n FROM accepted_observations o
                 WHERE o.company_id = ?2 AND o.counts = 1 AND o.run_id <= ?1
                   AND o.id >= coalesce((SELECT max(p.until) FROM presence p
                                         JOIN observations u ON u.id = p.until
                                         WHERE p.event_type_id = ?3 AND u.run_id <= ?1
                                           AND p.company_id = ?2), 0)
                 GROUP BY o.team_id)
             WHERE NOT EXISTS (SELECT 1 FROM presence p JOIN observations s ON s.id = p.since
                               LEFT JOIN observations u ON u.id = p.until
                               WHERE p.event_type_id = ?3 AND p.company_id = ?2
                                 AND s.run_id <= ?1 AND (u.id IS NULL OR u.run_id > ?1))",
        )?;
        let mut answered = self.connection.prepare(
            "SELECT EXISTS (SELECT 1 FROM review_turns
                            WHERE review_id = ?1 AND decided_by IS NOT NULL)",
        )?;
        let mut facts = Vec::new();
        for entry in self.entries("WHERE 0 = ?1 ORDER BY id", 0)? {
            let (run, company) = (entry.run_id.0, entry.intent.change.company_id().0);
            let event_type = entry.intent.change.event_type_id().map(|id| id.0);
            let answers = look_ups.query_map((run, company, event_type), |row| row.get(0))?;
            facts.push(ChangeFacts {
                run: self.kind_of(entry.run_id)?,
                look_ups: answers.collect::<rusqlite::Result<_>>()?,
                absences: absences.query_row((run, company, event_type), |row| row.get(0))?,
                answered_by_a_person: match entry.intent.review_id {
                    Some(ReviewId(id)) => answered.query_row([id], |row| row.get(0))?,
                    None => false,
                },
                entry,
            });
        }
        Ok(facts)
    }

    fn kind_of(&self, run: RunId) -> Result<RunKind> {
        let mut kind =
            self.connection.prepare_cached("SELECT kind, reverts FROM runs WHERE id = ?1")?;
        let found = kind
            .query_row([run.0], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?)))
            .optional()?;
        Ok(match found {
            Some((kind, reverts)) if kind == "rollback" => {
                RunKind::Rollback { reverts: reverts.map(RunId) }
            }
            _ => RunKind::Sync,
        })
    }

    fn interval_facts(&self) -> Result<Vec<IntervalFacts>> {
        let contents = self.ids_in_contents()?;
        let shows = |content: Option<i64>, event_type: i64| {
            content
                .and_then(|id| contents.get(&id))
                .is_some_and(|ids| ids.binary_search(&event_type).is_ok())
        };
        let mut intervals = self.connection.prepare(
            "SELECT p.team_id, p.event_type_id, p.since, s.content_id,
                    s.verdict IN ('accepted', 'quarantined'), p.until, u.content_id,
                    a.id IS NOT NULL
             FROM presence p JOIN observations s ON s.id = p.since
             LEFT JOIN observations u ON u.id = p.until
             LEFT JOIN accepted_observations a ON a.id = p.until
             ORDER BY p.team_id, p.event_type_id, p.since",
        )?;
        let rows = intervals.query_map([], |row| {
            let event_type = row.get(1)?;
            let until: Option<i64> = row.get(5)?;
            let (until_content, accepted) = (row.get(6)?, row.get(7)?);
            Ok(IntervalFacts {
                team_id: TeamId(row.get(0)?),
                event_type_id: EventTypeId(event_type),
                since: ObservationId(row.get(2)?),
                begun_by_a_proof: row.get::<_, bool>(4)? && shows(row.get(3)?, event_type),
                end: until.map(|id| IntervalEnd {
                    observation_id: ObservationId(id),
                    is_a_proof: accepted && !shows(until_content, event_type),
                }),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn ids_in_contents(&self) -> Result<BTreeMap<i64, Vec<i64>>> {
        let mut contents = self.connection.prepare("SELECT id, body FROM contents")?;
        let rows = contents.query_map([], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        rows.map(|row| {
            let (id, body) = row?;
            // Contents that cannot be read are a finding of their own; they show nothing.
            let list = content::unpack(TeamId(0), &body).unwrap_or_default();
            Ok((id, list.into_iter().map(|event_type| event_type.id.0).collect()))
        })
        .collect()
    }

    fn question_facts(&self) -> Result<Vec<QuestionFacts>> {
        let mut questions = self.connection.prepare(
            "SELECT q.id, q.state, t.state,
                    (q.decided_at, q.decided_by, q.decided_why, q.expires_at, q.mass,
                     q.snoozed_until, q.note)
                    IS (t.decided_at, t.decided_by, t.decided_why, t.expires_at,
                        coalesce(t.mass, 0), t.snoozed_until, t.note)
             FROM review_items q LEFT JOIN review_turns t ON t.id =
                 (SELECT max(l.id) FROM review_turns l WHERE l.review_id = q.id)
             ORDER BY q.id",
        )?;
        let rows = questions.query_map([], |row| {
            let turned = row.get::<_, Option<String>>(2)?;
            Ok((row.get(0)?, row.get::<_, String>(1)?, turned, row.get(3)?))
        })?;
        let state = |found: &str| word(&ReviewState::ALL, ReviewState::as_str, found);
        rows.map(|row| {
            let (id, stands, turned, is_as_answered) = row?;
            let turned = turned.as_deref().map_or(Ok(ReviewState::Pending), state)?;
            Ok(QuestionFacts { id: ReviewId(id), stands: state(&stands)?, turned, is_as_answered })
        })
        .collect()
    }
}

fn shape(connection: &Connection) -> Result<Shape> {
    let mut schema = connection.prepare(
        "SELECT type || ' ' || name, sql FROM sqlite_schema
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    )?;
    let rows = schema.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

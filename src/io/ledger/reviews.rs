//! Questions to people, as the ledger keeps them.

use super::{Ledger, LedgerError, Result, images, millis, moment, word};
use crate::model::Timestamp;
use crate::model::ids::{CompanyId, EventTypeId, ObservationId, ReviewId, RunId, ServiceId};
use crate::model::review::{
    Approval, Breadth, Digest, Question, ReviewItem, ReviewKind, ReviewState, ReviewSubject,
};
use rusqlite::{Row, Transaction};

impl Ledger {
    /// Every question that is pending, approved or snoozed, oldest first.
    pub fn open_reviews(&self) -> Result<Vec<ReviewItem>> {
        self.reviews("WHERE state IN ('pending', 'approved', 'snoozed') AND 0 = ?1 ORDER BY id", 0)
    }

    /// One question.
    pub fn review(&self, id: ReviewId) -> Result<Option<ReviewItem>> {
        Ok(self.reviews("WHERE id = ?1", id.0)?.pop())
    }

    /// Every question ever asked, oldest first.
    pub fn all_reviews(&self) -> Result<Vec<ReviewItem>> {
        self.reviews("WHERE 0 = ?1 ORDER BY id", 0)
    }

    /// A company's open questions, oldest first.
    pub fn open_reviews_of(&self, company: CompanyId) -> Result<Vec<ReviewItem>> {
        let which =
            "WHERE company_id = ?1 AND state IN ('pending', 'approved', 'snoozed') ORDER BY id";
        self.reviews(which, company.0)
    }

    /// Every question ever asked about a row, oldest first.
    pub fn reviews_of_service(&self, service: ServiceId) -> Result<Vec<ReviewItem>> {
        self.reviews("WHERE service_id = ?1 ORDER BY id", service.0)
    }

    /// The questions that a run asked.
    pub fn reviews_of_run(&self, run: RunId) -> Result<Vec<ReviewItem>> {
        self.reviews("WHERE run_id = ?1 ORDER BY id", run.0)
    }

    fn reviews(&self, which: &str, key: i64) -> Result<Vec<ReviewItem>> {
        let query = format!("SELECT * FROM review_items {which}");
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map([key], |row| Ok(item(row)))?;
        rows.map(|row| row?).collect()
    }
}

/// Asks a question. One about the same thing that is still open becomes void: what it was asked
/// about has changed, or it would not be asked again.
pub fn ask(tx: &Transaction<'_>, run: RunId, at: Timestamp, question: &Question) -> Result<()> {
    let subject = question.subject;
    tx.execute(
        "UPDATE review_items SET state = 'void', note = 'asked again: what it was about has changed'
         WHERE state IN ('pending', 'approved', 'snoozed') AND kind = ?1 AND company_id = ?2
           AND service_id IS ?3 AND event_type_id IS ?4
           AND (kind <> 'observation' OR observation_id IS ?5)",
        (
            subject.kind.as_str(),
            subject.company_id.0,
            subject.service_id.map(|id| id.0),
            subject.event_type_id.map(|id| id.0),
            subject.observation_id.map(|id| id.0),
        ),
    )?;
    tx.execute(
        "INSERT INTO review_items (kind, company_id, service_id, event_type_id, observation_id,
                                   name, reason, changes, digest, run_id, since, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'pending')",
        (
            subject.kind.as_str(),
            subject.company_id.0,
            subject.service_id.map(|id| id.0),
            subject.event_type_id.map(|id| id.0),
            subject.observation_id.map(|id| id.0),
            &*question.name,
            &*question.reason,
            images::changes_text(&question.changes),
            question.digest.0,
            run.0,
            millis(at),
        ),
    )?;
    Ok(())
}

/// Turns a question's state without a person. One that has ended stays as it ended.
pub fn turn(tx: &Transaction<'_>, id: ReviewId, to: ReviewState, note: &str) -> Result<()> {
    tx.execute(
        "UPDATE review_items SET state = ?1, note = ?2
         WHERE id = ?3 AND state IN ('pending', 'approved', 'snoozed')",
        (to.as_str(), note, id.0),
    )?;
    Ok(())
}

fn item(row: &Row<'_>) -> Result<ReviewItem> {
    let (kind, state): (String, String) = (row.get("kind")?, row.get("state")?);
    let state = word(&ReviewState::ALL, ReviewState::as_str, &state)?;
    let company_id = CompanyId(row.get("company_id")?);
    let changes: String = row.get("changes")?;
    let until: Option<i64> = row.get("snoozed_until")?;
    let decided: Option<i64> = row.get("decided_at")?;
    let approval = if state == ReviewState::Approved { Some(approval(row)?) } else { None };
    Ok(ReviewItem {
        id: ReviewId(row.get("id")?),
        question: Question {
            subject: ReviewSubject {
                kind: word(&ReviewKind::ALL, ReviewKind::as_str, &kind)?,
                company_id,
                service_id: row.get::<_, Option<i64>>("service_id")?.map(ServiceId),
                event_type_id: row.get::<_, Option<i64>>("event_type_id")?.map(EventTypeId),
                observation_id: row.get::<_, Option<i64>>("observation_id")?.map(ObservationId),
            },
            name: row.get("name")?,
            reason: row.get("reason")?,
            changes: images::changes(company_id, &changes)?,
            digest: Digest(row.get("digest")?),
        },
        state,
        run_id: RunId(row.get("run_id")?),
        since: moment(row.get("since")?)?,
        approval,
        snoozed_until: until.map(moment).transpose()?,
        answered_at: decided.map(moment).transpose()?,
        note: row.get("note")?,
    })
}

fn approval(row: &Row<'_>) -> Result<Approval> {
    let missing = || LedgerError::unreadable("an approval without a name or an end");
    let (by, expires): (Option<Box<str>>, Option<i64>) =
        (row.get("decided_by")?, row.get("expires_at")?);
    let at: Option<i64> = row.get("decided_at")?;
    let mass: bool = row.get("mass")?;
    Ok(Approval {
        by: by.ok_or_else(missing)?,
        at: moment(at.ok_or_else(missing)?)?,
        reason: row.get("decided_why")?,
        expires_at: moment(expires.ok_or_else(missing)?)?,
        breadth: if mass { Breadth::Mass } else { Breadth::WithinLimits },
    })
}

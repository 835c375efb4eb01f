//! Questions: how they are worded, what exactly they are about, and how they stand.

use super::{GateInput, Standing, Turn};
use crate::model::Timestamp;
use crate::model::change::{Change, Column, Value};
use crate::model::decision::Decision;
use crate::model::ids::{EventTypeId, ObservationId, ReviewId};
use crate::model::observation::{Observation, Scope};
use crate::model::review::{
    Approval, Digest, Question, ReviewItem, ReviewKind, ReviewState, ReviewSubject,
};
use crate::model::service::Service;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Words questions and finds them again among the open ones.
pub(super) struct Clerk<'a> {
    input: &'a GateInput<'a>,
    open: BTreeMap<ReviewSubject, &'a ReviewItem>,
    asked: BTreeSet<ReviewId>,
    superseded: BTreeSet<ReviewId>,
}

impl<'a> Clerk<'a> {
    pub fn new(input: &'a GateInput<'a>) -> Self {
        let items = input.memory.open_items.iter();
        Self {
            input,
            open: items.map(|item| (item.question.subject, item)).collect(),
            asked: BTreeSet::new(),
            superseded: BTreeSet::new(),
        }
    }

    /// Approvals that do not hold any more. They answer nothing.
    pub fn expired(&mut self) -> Vec<Turn> {
        let now = self.input.now;
        let mut turns = Vec::new();
        self.open.retain(|_, item| match &item.approval {
            Some(approval) if item.state == ReviewState::Approved && !is_good_at(approval, now) => {
                turns.push(Turn {
                    review_id: item.id,
                    to: ReviewState::Expired,
                    note: why_no_yes(approval, now),
                });
                false
            }
            _ => true,
        });
        turns
    }

    /// The question whether to do what a decision wants.
    pub fn question(
        &self,
        decision: &Decision,
        kind: ReviewKind,
        changes: Vec<Change>,
    ) -> Question {
        let subject = ReviewSubject {
            kind,
            company_id: self.input.company.company_id,
            service_id: decision.subject.service_id,
            event_type_id: decision.subject.event_type_id,
            observation_id: None,
        };
        let name = changes.first().map(|change| name_of(change, self.input.rows));
        Question {
            subject,
            name: name.unwrap_or_default(),
            reason: decision.reason.to_string().into(),
            digest: digest(subject, &changes, self.input.scopes),
            changes,
        }
    }

    /// The question whether to import many event types at once.
    pub fn batch(&self, changes: Vec<Change>, max: usize) -> Question {
        let subject = ReviewSubject {
            kind: ReviewKind::ImportBatch,
            company_id: self.input.company.company_id,
            service_id: None,
            event_type_id: None,
            observation_id: None,
        };
        Question {
            subject,
            name: format!("{} new event types", changes.len()).into(),
            reason: format!("{} are new at Cal.com, more than max_imports = {max}", changes.len())
                .into(),
            digest: digest(subject, &changes, self.input.scopes),
            changes,
        }
    }

    /// How a question stands. What was asked about something else in the meantime is void.
    pub fn standing(&mut self, question: &Question) -> Standing<'a> {
        let Some(item) = self.open.get(&question.subject).copied() else {
            return Standing::New;
        };
        if item.question.digest != question.digest {
            self.superseded.insert(item.id);
            return Standing::New;
        }
        self.asked.insert(item.id);
        match &item.approval {
            Some(approval) if item.state == ReviewState::Approved => {
                Standing::Approved(item, approval)
            }
            // Also where people are asked again because their clock was wrong: it was a "later".
            _ if item.snoozed_until.is_some_and(|until| until > self.input.now) => {
                Standing::Snoozed
            }
            _ => Standing::Asked,
        }
    }

    /// What the plan makes of the open questions: void is what it does not ask any more or asks
    /// otherwise, and pending again what was snoozed until now.
    ///
    /// Only a plan that knows what is absent may say that it does not ask; the others void what they
    /// ask anew and what they refute ([`void_what_is_shown`]).
    pub fn turned(&self) -> Vec<Turn> {
        use crate::decide::assess::Coverage;
        let knows_absence = self.input.plan.coverage == Coverage::Whole;
        let turn = |item: &&ReviewItem| {
            let (to, note) = if self.superseded.contains(&item.id)
                || (knows_absence && !self.asked.contains(&item.id))
            {
                (ReviewState::Void, "the facts it was asked on have changed")
            } else {
                (ReviewState::Pending, woken(item, self.input.now)?)
            };
            Some(Turn { review_id: item.id, to, note: note.into() })
        };
        let of_plan = |item: &&&ReviewItem| item.question.subject.kind != ReviewKind::Observation;
        self.open.values().filter(of_plan).filter_map(turn).collect()
    }
}

/// Why a snoozed question is shown again, if it is: its time has come, or it would be hidden for
/// longer than it was meant to, since a clock far ahead wrote that.
fn woken(item: &ReviewItem, now: Timestamp) -> Option<&'static str> {
    let until = item.snoozed_until.filter(|_| item.state == ReviewState::Snoozed)?;
    let is_far_ahead = item.answered_at.is_some_and(|at| at - now > until - at);
    match (until <= now, is_far_ahead) {
        (true, _) => Some("snoozed until now"),
        (false, true) => Some("snoozed by a clock that was far ahead"),
        (false, false) => None,
    }
}

/// Whether a yes holds: until it expires, and no longer before its own moment than it would hold
/// after it. One that a clock far ahead wrote would live until the real one has got there.
fn is_good_at(approval: &Approval, now: Timestamp) -> bool {
    let holds_for = approval.expires_at - approval.at;
    now < approval.expires_at && approval.at - now <= holds_for
}

fn why_no_yes(approval: &Approval, now: Timestamp) -> Box<str> {
    let by = &approval.by;
    if approval.expires_at <= now {
        return format!("the approval of {by} was not used in time").into();
    }
    format!("the approval of {by} was given by a clock that was far ahead").into()
}

/// Questions that rest on an absence, about event types that are shown after all: void. A
/// quarantined observation does this too, for it proves what it shows.
pub fn void_what_is_shown(items: &[ReviewItem], shown: &BTreeSet<EventTypeId>) -> Vec<Turn> {
    items
        .iter()
        .filter_map(|item| {
            let rests_on_absence =
                matches!(item.question.subject.kind, ReviewKind::Deactivate | ReviewKind::Relink);
            let linked =
                item.question.changes.iter().find_map(|change| change.before()?.event_type_id())?;
            (rests_on_absence && shown.contains(&linked)).then(|| Turn {
                review_id: item.id,
                to: ReviewState::Void,
                note: format!("event type {linked} is listed again").into(),
            })
        })
        .collect()
}

/// The question whether to believe a quarantined observation. It writes no row.
pub fn observation_question(observation: &Observation, id: ObservationId) -> Question {
    let subject = ReviewSubject {
        kind: ReviewKind::Observation,
        company_id: observation.company_id,
        service_id: None,
        event_type_id: None,
        observation_id: Some(id),
    };
    let checks: Vec<&str> =
        observation.findings.iter().map(|finding| finding.check().as_str()).collect();
    Question {
        subject,
        name: format!("observation {id} of team {}", observation.team_id).into(),
        reason: format!("quarantined: {}", checks.join(", ")).into(),
        changes: Vec::new(),
        digest: digest(subject, &[], std::slice::from_ref(&observation.scope)),
    }
}

/// The name people know a change's row by.
pub(super) fn name_of(change: &Change, rows: &[Service]) -> Box<str> {
    let row = change.service_id().and_then(|id| {
        let place = rows.binary_search_by_key(&id, |row| row.id).ok()?;
        rows.get(place)
    });
    if let Some(row) = row {
        return row.name.clone();
    }
    match change.after().and_then(|after| after.get(Column::Name)) {
        Some(Value::Text(name)) => name.clone(),
        _ => Box::default(),
    }
}

/// A hash of exactly what is asked: the row, before, after, the event type and the scope.
pub fn digest(subject: ReviewSubject, changes: &[Change], scopes: &[Scope]) -> Digest {
    let changes: Vec<_> = changes
        .iter()
        .map(|change| json!([change.service_id(), change.before(), change.after()]))
        .collect();
    let canonical = json!([
        subject.kind.as_str(),
        subject.company_id,
        subject.service_id,
        subject.event_type_id,
        subject.observation_id,
        changes,
        scopes,
    ]);
    Digest(Sha256::digest(canonical.to_string().as_bytes()).into())
}

//! What may happen? Limits, approvals and holds between a plan and the first write.
//!
//! The one place that makes a [`ClearedChange`], and `io/store` writes nothing else. A deactivation
//! is not cleared here at all: it is [`Due`], and becomes a cleared change, or a question, only by
//! [`Due::confirm`], with the answers of look-ups by id from every team.

use crate::model::Timestamp;
use crate::model::change::{Change, Column, Value};
use crate::model::decision::{Action, Decision};
use crate::model::ids::ReviewId;
use crate::model::memory::CompanyMemory;
use crate::model::observation::Scope;
use crate::model::policy::CompanyPolicy;
use crate::model::review::{Approval, Question, ReviewItem, ReviewKind, ReviewState};
use crate::model::run::{ChangeKind, Intent};
use crate::model::service::{Service, SyncStatus};
use std::collections::BTreeSet;

mod confirm;
mod deactivations;
mod questions;
mod reverts;
mod room;
#[cfg(test)]
mod tests;

pub use confirm::{ClearedChange, Confirmed, Due};
pub use questions::{observation_question, void_what_is_shown};
pub use reverts::{Cleared, DueRevert, clear_revert};
pub use room::{Breach, Room, WINDOW};

use super::plan::Plan;
use questions::Clerk;

/// Everything the gate looks at.
#[derive(Debug)]
pub struct GateInput<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The company, its policy and its limits.
    pub company: &'a CompanyPolicy,
    /// Open questions, approvals and the last seven days.
    pub memory: &'a CompanyMemory,
    /// The run's moment.
    pub now: Timestamp,
    /// What this run's observations were made of, in order of the teams.
    pub scopes: &'a [Scope],
    /// The company's rows, in order of their ids: for names.
    pub rows: &'a [Service],
}

/// What the gate lets through, and what it holds back.
#[derive(Debug, Default)]
#[must_use = "what is cleared waits to be applied, and what is asked waits to be asked"]
pub struct Gate {
    /// Deactivations whose event types must be looked up by id before anything else.
    pub due: Vec<Due>,
    /// Changes that may be written.
    pub cleared: Vec<ClearedChange>,
    /// Questions to be asked now; those of deactivations are among `due`.
    pub questions: Vec<Question>,
    /// Questions whose state turns without a person.
    pub turns: Vec<Turn>,
    /// Approved or automatic changes that wait, and for what.
    pub waiting: Vec<Waiting>,
    /// The limit that the plan would have crossed.
    pub breach: Option<Breach>,
    /// The room there was.
    pub room: Room,
}

/// A question whose state turns without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Which.
    pub review_id: ReviewId,
    /// What it becomes.
    pub to: ReviewState,
    /// Why.
    pub note: Box<str>,
}

/// A change that may happen, and does not yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The name people know it by: foreign text.
    pub name: Box<str>,
    /// What it would do.
    pub kind: ChangeKind,
    /// The write.
    pub change: Change,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

/// What a change waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// Room under the limits, until then at the latest.
    Room {
        /// When the oldest deactivation leaves the seven days.
        until: Option<Timestamp>,
    },
    /// The application: a local edit waits in the row.
    LocalEdits,
    /// A person: the company's plan crosses a limit.
    Breach,
}

/// Gates one company's plan.
pub fn gate(input: &GateInput<'_>) -> Gate {
    let mut gate = Gate { room: Room::of(input), ..Gate::default() };
    let mut clerk = Clerk::new(input);
    gate.turns = clerk.expired();

    deactivations::admit(input, &mut clerk, &mut gate);
    imports(input, &mut clerk, &mut gate);
    for decision in &input.plan.decisions {
        match &decision.action {
            Action::Update(change) => auto(decision, ChangeKind::Update, change, input, &mut gate),
            Action::Link(change) => auto(decision, ChangeKind::Link, change, input, &mut gate),
            Action::Reactivate(change) => {
                auto(decision, ChangeKind::Reactivate, change, input, &mut gate);
            }
            Action::AskReactivate(change) => {
                ask(decision, ReviewKind::Reactivate, change, &mut clerk, &mut gate);
            }
            Action::AskLink(change) => {
                ask(decision, ReviewKind::Link, change, &mut clerk, &mut gate);
            }
            Action::AskRelink(change) => {
                ask(decision, ReviewKind::Relink, change, &mut clerk, &mut gate);
            }
            Action::AskImport(change) => {
                ask(decision, ReviewKind::Import, change, &mut clerk, &mut gate);
            }
            // The first three are looked after above; the others let nothing through.
            Action::Import(_)
            | Action::ProposeDeactivation(_)
            | Action::Deactivate(_)
            | Action::Keep
            | Action::ReportDrift(_)
            | Action::Skip
            | Action::WatchAbsence(_)
            | Action::Wait
            | Action::LeaveHeld => {}
        }
    }
    gate.turns.extend(clerk.turned());
    one_link_each(&mut gate);
    gate
}

/// Several candidates are several questions, and people may say yes to more than one: the first
/// yes links, the others are void. No event type gets two rows, and no row two event types.
fn one_link_each(gate: &mut Gate) {
    let (mut event_types, mut rows) = (BTreeSet::new(), BTreeSet::new());
    let Gate { cleared, turns, .. } = gate;
    cleared.retain(|change| {
        let Intent { kind, change, review_id, .. } = change.intent();
        if !matches!(kind, ChangeKind::Link | ChangeKind::Relink | ChangeKind::Import) {
            return true;
        }
        let first = change.event_type_id().is_none_or(|id| event_types.insert(id))
            && change.service_id().is_none_or(|id| rows.insert(id));
        if let (false, Some(review_id)) = (first, *review_id) {
            let note = "another answer in the same run links this event type or this service";
            turns.push(Turn { review_id, to: ReviewState::Void, note: note.into() });
        }
        first
    });
}

/// A change that the policy allows without asking. A breach stops it: something is wrong with the
/// company's plan as a whole, and what nobody approved waits for somebody to look.
fn auto(
    decision: &Decision,
    kind: ChangeKind,
    change: &Change,
    input: &GateInput<'_>,
    gate: &mut Gate,
) {
    let name = questions::name_of(change, input.rows);
    if gate.breach.is_some() {
        let change = change.clone();
        gate.waiting.push(Waiting { name, kind, change, waits_for: WaitsFor::Breach });
        return;
    }
    gate.cleared.push(ClearedChange::by_policy(Intent {
        kind,
        change: change.clone(),
        name,
        reason: decision.reason.to_string().into(),
        review_id: None,
    }));
}

/// A change that a person decides.
fn ask(
    decision: &Decision,
    kind: ReviewKind,
    change: &Change,
    clerk: &mut Clerk<'_>,
    gate: &mut Gate,
) {
    let question = clerk.question(decision, kind, vec![change.clone()]);
    match clerk.standing(&question) {
        Standing::New => gate.questions.push(question),
        Standing::Asked | Standing::Snoozed => {}
        Standing::Approved(item, approval) => clear(question, item, approval, gate),
    }
}

/// How a question stands in the ledger.
enum Standing<'a> {
    /// It was never asked, or what was asked about changed.
    New,
    /// It was asked exactly so, and nobody said yes.
    Asked,
    /// It was asked exactly so, and a person said: later.
    Snoozed,
    /// A named person said yes to exactly this.
    Approved(&'a ReviewItem, &'a Approval),
}

fn clear(question: Question, item: &ReviewItem, approval: &Approval, gate: &mut Gate) {
    let Some(kind) = question.subject.kind.change_kind() else { return };
    for intent in approved_intents(question, kind, item, approval) {
        if has_local_edits(&intent.change) {
            let Intent { name, kind, change, .. } = intent;
            gate.waiting.push(Waiting { name, kind, change, waits_for: WaitsFor::LocalEdits });
        } else {
            gate.cleared.push(ClearedChange::by_approval(intent));
        }
    }
}

fn approved_intents(
    question: Question,
    kind: ChangeKind,
    item: &ReviewItem,
    approval: &Approval,
) -> impl Iterator<Item = Intent> {
    let reason: Box<str> = format!("{}; approved by {}", question.reason, approval.by).into();
    let review_id = Some(item.id);
    let batch = question.changes.len() > 1;
    let name = question.name;
    question.changes.into_iter().map(move |change| {
        let name = if batch { questions::name_of(&change, &[]) } else { name.clone() };
        Intent { kind, change, name, reason: reason.clone(), review_id }
    })
}

fn has_local_edits(change: &Change) -> bool {
    let pending = Value::Text(SyncStatus::Pending.as_str().into());
    change.before().and_then(|before| before.get(Column::SyncStatus)) == Some(&pending)
}

/// More imports than `max_imports` become one question.
fn imports(input: &GateInput<'_>, clerk: &mut Clerk<'_>, gate: &mut Gate) {
    let wanted: Vec<(&Decision, &Change)> = input
        .plan
        .decisions
        .iter()
        .filter_map(|decision| {
            let Action::Import(change) = &decision.action else { return None };
            Some((decision, change.as_ref()))
        })
        .collect();
    let max = usize::try_from(input.company.safety.max_imports).unwrap_or(usize::MAX);
    if wanted.len() <= max {
        for (decision, change) in wanted {
            auto(decision, ChangeKind::Import, change, input, gate);
        }
        return;
    }
    let changes = wanted.into_iter().map(|(_, change)| change.clone()).collect();
    let question = clerk.batch(changes, max);
    match clerk.standing(&question) {
        Standing::New => gate.questions.push(question),
        Standing::Asked | Standing::Snoozed => {}
        Standing::Approved(item, approval) => clear(question, item, approval, gate),
    }
}

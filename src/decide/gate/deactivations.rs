//! Which deactivations may go on to their look-up by id: approved ones first, the oldest yes first,
//! as the limits leave room; then, in auto mode, all of the rest or none.

use super::confirm::Due;
use super::questions::Clerk;
use super::room::{Breach, Room};
use super::{Gate, GateInput, Standing, Waiting, WaitsFor, has_local_edits};
use crate::model::Timestamp;
use crate::model::change::Change;
use crate::model::decision::{Action, AsksBecause, Decision, Reason};
use crate::model::review::{Approval, Breadth, Question, ReviewItem, ReviewKind};
use crate::model::run::{ChangeKind, Intent};

/// A deactivation that is planned or proposed.
struct Candidate<'a> {
    decision: &'a Decision,
    change: &'a Change,
    question: Question,
}

struct Approved<'a> {
    candidate: Candidate<'a>,
    item: &'a ReviewItem,
    approval: &'a Approval,
}

/// How much may still be switched off, and how much is still on.
struct Left {
    room: Room,
    active: u32,
}

impl Left {
    fn take_one(&mut self, at: Timestamp) {
        self.room.take(at);
        self.active = self.active.saturating_sub(1);
    }
}

pub(super) fn admit<'a>(input: &GateInput<'a>, clerk: &mut Clerk<'a>, gate: &mut Gate) {
    let mut approved = Vec::new();
    let mut automatic = Vec::new();
    for decision in &input.plan.decisions {
        let (Action::ProposeDeactivation(change) | Action::Deactivate(change)) = &decision.action
        else {
            continue;
        };
        let changes = vec![(**change).clone()];
        let question = clerk.question(decision, ReviewKind::Deactivate, changes);
        let standing = clerk.standing(&question);
        let candidate = Candidate { decision, change, question };
        match (standing, &decision.action) {
            (Standing::Approved(item, approval), _) => {
                approved.push(Approved { candidate, item, approval });
            }
            // A person said "later", which auto mode does not overrule.
            (Standing::Snoozed, _) => {}
            (_, Action::Deactivate(_)) => automatic.push(candidate),
            (Standing::New, _) => gate.due.push(Due::ask(candidate.question)),
            (Standing::Asked, _) => {}
        }
    }
    let mut left = Left { room: gate.room.clone(), active: input.plan.active_services };
    admit_approved(approved, input.now, &mut left, gate);
    admit_automatic(automatic, input.now, &mut left, clerk, gate);
}

fn admit_approved(
    mut approved: Vec<Approved<'_>>,
    now: Timestamp,
    left: &mut Left,
    gate: &mut Gate,
) {
    let first_to_wait = gate.waiting.len();
    approved.sort_by_key(|yes| (yes.approval.at, yes.item.id));
    for Approved { candidate: Candidate { change, question, .. }, item, approval } in approved {
        let waits_for = if has_local_edits(change) {
            Some(WaitsFor::LocalEdits)
        } else if left.room.left() == 0 && approval.breadth == Breadth::WithinLimits {
            Some(WaitsFor::Room { until: None })
        } else {
            None
        };
        let (name, kind, change) = (question.name.clone(), ChangeKind::Deactivate, change.clone());
        if let Some(waits_for) = waits_for {
            gate.waiting.push(Waiting { name, kind, change, waits_for });
            continue;
        }
        left.take_one(now);
        let reason = format!("{}; approved by {}", question.reason, approval.by).into();
        let intent = Intent { kind, change, name, reason, review_id: Some(item.id) };
        gate.due.push(Due::approved(question, intent, approval.breadth));
    }
    say_until_when(left.room.clone(), gate.waiting.get_mut(first_to_wait..).unwrap_or_default());
}

/// Those that wait for room get it one after the other, each when the next place is free.
fn say_until_when(mut room: Room, waiting: &mut [Waiting]) {
    for Waiting { waits_for, .. } in waiting {
        if let WaitsFor::Room { until } = waits_for {
            *until = room.frees_at();
            if let Some(at) = *until {
                room.take(at);
            }
        }
    }
}

fn admit_automatic(
    automatic: Vec<Candidate<'_>>,
    now: Timestamp,
    left: &mut Left,
    clerk: &mut Clerk<'_>,
    gate: &mut Gate,
) {
    let due = u32::try_from(automatic.len()).unwrap_or(u32::MAX);
    if due > left.room.left() {
        gate.breach = Some(Breach { due, left: left.room.left(), room: gate.room.clone() });
    }
    for Candidate { decision, change, question } in automatic {
        let asks_because = if gate.breach.is_some() {
            Some(AsksBecause::NoRoom)
        } else if left.active <= 1 {
            // Judged again after each clearance: the plan saw them all still on.
            Some(AsksBecause::LastActive)
        } else {
            None
        };
        if let Some(because) = asks_because {
            if matches!(clerk.standing(&question), Standing::New) {
                let reason = asked_instead(decision, because);
                gate.due.push(Due::ask(Question { reason, ..question }));
            }
            continue;
        }
        left.take_one(now);
        let intent = Intent {
            kind: ChangeKind::Deactivate,
            change: change.clone(),
            name: question.name.clone(),
            reason: format!("{}; policy.deactivate is auto", question.reason).into(),
            review_id: None,
        };
        gate.due.push(Due::automatic(question, intent));
    }
}

fn asked_instead(decision: &Decision, because: AsksBecause) -> Box<str> {
    let mut reason = decision.reason.clone();
    if let Reason::Absent { asks_because, .. } = &mut reason {
        *asks_because = Some(because);
    }
    reason.to_string().into()
}

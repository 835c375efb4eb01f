//! What the ledger remembers of a small world, counted by hand. `walks.rs` holds it against the real
//! one.

use super::program::{Program, event_type_id, minutes, review_id, service_id};
use super::state::{APPROVAL_TTL, Item, KINDS, LastWrite, SNOOZE, Stands, State, Status, Weather};
use reconciler::decide::assess::Assessment;
use reconciler::model::Timestamp;
use reconciler::model::decision::{Absence, AbsenceStreak, LastListed};
use reconciler::model::ids::{JournalId, ObservationId, RunId, ServiceId};
use reconciler::model::memory::{
    AcceptedBy, CompanyMemory, PreviousObservation, TeamMemory, TeamPast, Window,
};
use reconciler::model::observation::{Series, Verdict};
use reconciler::model::review::{
    Approval, Breadth, Hold, HoldTarget, ReviewItem, ReviewKind, ReviewState,
};

impl Program {
    pub fn team_memory(&self, state: &State, now: Timestamp) -> TeamMemory {
        let shown = (0..state.shown.len()).filter(|one| state.shown[*one]).map(event_type_id);
        TeamMemory {
            previous: Some(PreviousObservation {
                id: ObservationId(1),
                at: now - minutes(state.accepted),
                scope: self.scope.clone(),
                event_types: shown.collect(),
                accepted_by: AcceptedBy::Checks,
            }),
            last_counted_at: state.counted.map(|ago| now - minutes(ago)),
            past: TeamPast::HadSome,
            retired_canaries: Vec::new(),
        }
    }

    /// What this run's observation and its look at the rows mean for what is remembered.
    pub fn remember(&self, state: &mut State, assessment: &Assessment, weather: Weather) {
        let observation = &assessment.observations()[0];
        let shown = assessment.shown();
        for (number, one) in state.services.iter_mut().enumerate() {
            let row = one.row;
            if one.last_write == LastWrite::Off && (row.active || row.status != Status::Error) {
                one.last_write = LastWrite::OffAndTouched;
            }
            let is_shown = shown.contains(&self.link(number));
            if is_shown || !row.active || observation.series == Series::Starts {
                (one.streak, one.since) = (0, None);
            }
            if observation.counts_for_absence() && !is_shown && row.active {
                one.streak += 1;
                one.since.get_or_insert(0);
            }
        }
        if observation.verdict == Verdict::Accepted {
            state.accepted = 0;
            state.shown = weather.list(state).unwrap();
        }
        if observation.counts_for_absence() {
            state.counted = Some(0);
        }
    }

    pub fn company_memory(&self, state: &State, now: Timestamp) -> CompanyMemory {
        let mut memory = CompanyMemory {
            window: Window {
                switched_off_at: vec![now; state.switched_off as usize],
                most_active: state.most_active,
            },
            ..CompanyMemory::default()
        };
        for (number, one) in state.services.iter().enumerate() {
            let id = service_id(number);
            let is_orphan = one.row.active && !state.shown[self.setup.event_type_of(number)];
            if is_orphan {
                let (streak, since) = (AbsenceStreak(one.streak), one.since);
                let since = since.map(|ago| now - minutes(ago));
                let last_listed = LastListed::Team(self.team());
                memory.absences.insert(id, Absence { streak, since, last_listed });
            }
            if one.last_write == LastWrite::Off {
                memory.switched_off_by_us.insert(id, JournalId(1));
            }
            if is_orphan && matches!(one.last_write, LastWrite::Off | LastWrite::OffAndTouched) {
                memory.switched_on_again.insert(id);
            }
            if one.held {
                memory.holds.push(hold(id, now));
            }
            memory.open_items.extend(
                KINDS
                    .into_iter()
                    .filter_map(|kind| Some(self.review_item(number, kind, one.item(kind)?, now))),
            );
        }
        memory
    }

    fn review_item(
        &self,
        number: usize,
        kind: ReviewKind,
        item: Item,
        now: Timestamp,
    ) -> ReviewItem {
        let approval = match item.stands {
            Stands::Approved { ago, number_named } => Some(Approval {
                by: "ana".into(),
                at: now - minutes(ago),
                reason: None,
                expires_at: now - minutes(ago) + minutes(APPROVAL_TTL),
                breadth: if number_named { Breadth::Mass } else { Breadth::WithinLimits },
            }),
            Stands::Pending | Stands::Snoozed { .. } => None,
        };
        let (state, snoozed_at) = match item.stands {
            Stands::Pending => (ReviewState::Pending, None),
            Stands::Approved { .. } => (ReviewState::Approved, None),
            Stands::Snoozed { ago } => (ReviewState::Snoozed, Some(now - minutes(ago))),
        };
        ReviewItem {
            id: review_id(number, kind),
            question: self.question(number, kind, item.asked_on).clone(),
            state,
            run_id: RunId(1),
            since: now,
            approval,
            snoozed_until: snoozed_at.map(|at| at + minutes(SNOOZE)),
            answered_at: snoozed_at,
            note: None,
        }
    }
}

fn hold(id: ServiceId, now: Timestamp) -> Hold {
    let (by, reason) = ("ana".into(), "on leave".into());
    Hold { id: id.0, target: HoldTarget::Service(id), by, at: now, reason, run_id: None }
}

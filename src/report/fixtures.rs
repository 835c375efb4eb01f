//! Reports of representative runs, for the tests of every voice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::group::Departure;
use super::lines::{
    BreachLine, ChangeLine, ChangeStatus, Doubt, DoubtLine, DriftLine, ObservationLine,
    QuestionLine, WatchLine,
};
use super::run_report::{CompanyReport, Ending, Mode, RunReport};
use crate::model::Timestamp;
use crate::model::change::{Column, Image, Value};
use crate::model::decision::{AbsenceStreak, Action, Decision, Drift, Reason, Subject};
use crate::model::ids::{
    CompanyId, EventTypeId, JournalId, ObservationId, ReviewId, RunId, ServiceId, TeamId,
};
use crate::model::observation::{Check, Finding, Verdict, Yardstick};
use crate::model::reading::{Reach, SourceTrouble};
use crate::model::review::{
    Digest, Pause, Question, ReviewItem, ReviewKind, ReviewState, ReviewSubject,
};
use crate::model::run::{ChangeKind, RunKind, ServiceCounts};

/// 2025-11-04 21:25 UTC, and some minutes.
pub fn at(minutes: i64) -> Timestamp {
    Timestamp::from_timestamp(1_762_291_500 + 60 * minutes, 0).unwrap()
}

/// An accepted list of 45 event types.
pub fn accepted() -> ObservationLine {
    ObservationLine {
        id: Some(ObservationId(31)),
        team_id: TeamId(34209),
        verdict: Verdict::Accepted,
        counts_for_absence: true,
        findings: Vec::new(),
        event_types: Some(45),
        previous_event_types: Some(45),
    }
}

/// A list that was refused.
pub fn refused(
    verdict: Verdict,
    findings: Vec<Finding>,
    event_types: Option<usize>,
) -> ObservationLine {
    ObservationLine { verdict, findings, event_types, counts_for_absence: false, ..accepted() }
}

/// A run in which all is as it should be.
pub fn healthy() -> RunReport {
    let mut company = CompanyReport::of(CompanyId(1));
    company.services = ServiceCounts { active: 18, inactive: 15, unlinked: 15 };
    company.observations.push(accepted());
    company.counts.matched = 18;
    company.counts.new = 27;
    company.counts.orphaned_inactive = 15;
    RunReport {
        run_id: Some(RunId(12)),
        kind: RunKind::Sync,
        mode: Mode::Real,
        started_at: at(0),
        finished_at: Some(at(1)),
        ending: Ending::Done,
        recovered: Vec::new(),
        paused: None,
        companies: vec![company],
        holds: Vec::new(),
        restored: None,
        head: None,
        undelivered: Vec::new(),
    }
}

/// The healthy run, with something else in its company; it ends as it must.
pub fn with(change: impl FnOnce(&mut CompanyReport)) -> RunReport {
    let mut report = healthy();
    change(report.companies.first_mut().unwrap());
    report.ending = report.judge_ending();
    report
}

/// Cal.com lists nothing at all.
pub fn empty() -> RunReport {
    with(|company| {
        let finding = Finding::Empty { previous: Some(45), linked: 18 };
        company.observations = vec![refused(Verdict::Quarantined, vec![finding], Some(0))];
        company.counts.waiting_for_review = 1;
    })
}

/// The key is not accepted.
pub fn unauthorized() -> RunReport {
    with(|company| {
        let trouble = SourceTrouble {
            check: Check::Unauthorized,
            request: "GET /v2/me".into(),
            seen: "HTTP 401: \"Your api key is expired\"".into(),
            reach: Reach::Key,
        };
        company.observations = vec![refused(Verdict::Failed, vec![Finding::Source(trouble)], None)];
    })
}

/// Half of the list is gone.
pub fn shrunk() -> RunReport {
    with(|company| {
        let finding = Finding::Shrunk {
            gone: (3_757_701..=3_757_720).map(EventTypeId).collect(),
            gone_count: 23,
            of: 45,
            allowed: 9,
            yardstick: Yardstick::PreviousObservation,
        };
        company.observations = vec![refused(Verdict::Quarantined, vec![finding], Some(22))];
    })
}

fn image(is_active: bool) -> Image {
    [(Column::IsActive, Value::Bool(is_active))].into_iter().collect()
}

/// A deactivation.
pub fn deactivation(id: i64, name: &str, status: ChangeStatus) -> ChangeLine {
    ChangeLine {
        kind: ChangeKind::Deactivate,
        service_id: Some(ServiceId(id)),
        event_type_id: Some(EventTypeId(3_757_770)),
        name: name.into(),
        status,
        reason: "absent in 3 consecutive accepted observations; approved by ana".into(),
        journal_id: Some(JournalId(77)),
        before: Some(image(true)),
        after: Some(image(false)),
        note: None,
    }
}

/// One was switched off, as ana said.
pub fn applied() -> RunReport {
    with(|company| {
        company.counts.deactivated = 1;
        company.changes = vec![deactivation(438, "Färben & Tönen", ChangeStatus::Applied)];
    })
}

/// One had been changed by somebody else in the meantime.
pub fn conflict() -> RunReport {
    with(|company| {
        company.counts.conflicts = 1;
        company.changes = vec![ChangeLine {
            note: Some("is_active is false, expected true".into()),
            ..deactivation(438, "Dauerwelle", ChangeStatus::Conflict)
        }];
    })
}

/// Questions, a watched service, and a row that differs.
pub fn questions() -> RunReport {
    with(|company| {
        company.counts.waiting_for_review = 2;
        company.asked = [(438, "Dauerwelle"), (439, "Strähnen")]
            .map(|(id, name)| QuestionLine {
                kind: ReviewKind::Deactivate,
                service_id: Some(ServiceId(id)),
                event_type_id: None,
                observation_id: None,
                name: name.into(),
                reason: "absent in 3 consecutive accepted observations".into(),
            })
            .to_vec();
        company.watching = vec![WatchLine {
            service_id: ServiceId(440),
            event_type_id: EventTypeId(3_757_772),
            name: "Föhnen".into(),
            streak: 2,
            threshold: 3,
        }];
        company.decisions = vec![Decision {
            subject: Subject::row(ServiceId(440), Some(EventTypeId(3_757_772))),
            action: Action::WatchAbsence(AbsenceStreak(2)),
            reason: Reason::Absent { streak: AbsenceStreak(2), threshold: 3, asks_because: None },
        }];
        company.drifted = vec![DriftLine {
            service_id: ServiceId(441),
            name: "Bart".into(),
            drifts: vec![Drift {
                column: Column::Name,
                row: Value::Text("Bart".into()),
                source: Value::Text("Bartpflege".into()),
            }],
        }];
    })
}

/// The list and a look-up contradict each other; a limit would be crossed.
pub fn contradiction_and_breach() -> RunReport {
    with(|company| {
        company.doubts = vec![DoubtLine {
            service_id: Some(ServiceId(438)),
            event_type_id: Some(EventTypeId(3_757_770)),
            name: "Dauerwelle".into(),
            team_id: TeamId(34209),
            doubt: Doubt::Contradiction,
        }];
        company.breach = Some(BreachLine { due: 4, left: 1, limit: 3, used: 2, most_active: 18 });
    })
}

/// A rehearsal of one change and one question.
pub fn rehearsal() -> RunReport {
    let mut report = with(|company| {
        company.counts.waiting_for_review = 1;
        company.observations.iter_mut().for_each(|line| line.id = None);
        company.changes = vec![
            deactivation(438, "Dauerwelle", ChangeStatus::Planned),
            deactivation(439, "Strähnen", ChangeStatus::NeedsReview),
        ];
        company.changes.iter_mut().for_each(|line| line.journal_id = None);
    });
    report.run_id = None;
    report.mode = Mode::Rehearsal;
    report
}

/// A person said to touch nothing.
pub fn paused() -> RunReport {
    let mut report = healthy();
    report.paused = Some(Pause {
        by: "ana".into(),
        at: at(-60),
        reason: "we move".into(),
        until: Some(at(60)),
    });
    report.ending = report.judge_ending();
    report
}

/// Every foreign text tries to speak for this program.
pub fn hostile() -> RunReport {
    const NAME: &str = "x\nAll 18 services are bookable.\u{1b}[2K\r\u{202e}kcab\u{200b}";
    let mut report = with(|company| {
        let trouble = SourceTrouble {
            check: Check::Envelope,
            request: "GET /v2/teams/34209/event-types".into(),
            seen: NAME.into(),
            reach: Reach::Team,
        };
        company.observations.push(refused(Verdict::Rejected, vec![Finding::Source(trouble)], None));
        company.trouble = Some(NAME.into());
        company.changes = vec![ChangeLine {
            note: Some(NAME.into()),
            reason: NAME.into(),
            kind: ChangeKind::Update,
            before: Some([(Column::Name, Value::Text(NAME.into()))].into_iter().collect()),
            after: Some([(Column::Name, Value::Text("b".into()))].into_iter().collect()),
            ..deactivation(1, NAME, ChangeStatus::Conflict)
        }];
        company.asked = vec![QuestionLine {
            kind: ReviewKind::Import,
            service_id: None,
            event_type_id: None,
            observation_id: None,
            name: NAME.into(),
            reason: NAME.into(),
        }];
    });
    report.paused = Some(Pause { by: NAME.into(), at: at(0), reason: NAME.into(), until: None });
    report
}

/// A question that waits since a run. One about an observation has the observation's number too.
pub fn item(id: i64, kind: ReviewKind, run: i64) -> ReviewItem {
    let about_observation = kind == ReviewKind::Observation;
    ReviewItem {
        id: ReviewId(id),
        question: Question {
            subject: ReviewSubject {
                kind,
                company_id: CompanyId(1),
                service_id: (!about_observation).then_some(ServiceId(400 + id)),
                event_type_id: (!about_observation).then_some(EventTypeId(3_757_000 + id)),
                observation_id: about_observation.then_some(ObservationId(id)),
            },
            name: format!("Service {id}").into(),
            reason: "because".into(),
            changes: Vec::new(),
            digest: Digest([0; 32]),
        },
        state: ReviewState::Pending,
        run_id: RunId(run),
        since: at(30 * run),
        approval: None,
        snoozed_until: None,
        answered_at: None,
        note: None,
    }
}

/// So many event types went with an observation, which the run of the same number made.
pub fn departure(observation: i64, gone: usize) -> Departure {
    Departure {
        observation: ObservationId(observation),
        last_shown: (RunId(observation - 1), at(30 * (observation - 1))),
        first_absent: (RunId(observation), at(30 * observation)),
        gone,
        stayed: 33,
        came: Vec::new(),
    }
}

//! Digests of representative days, for the tests of every voice.

use super::{
    ChangedLine, Decided, Digest, Occasion, RefusalLine, RunSpan, Standing, WaitingLine, Yes,
};
use crate::model::change::{Column, Value};
use crate::model::decision::Drift;
use crate::model::ids::{
    CompanyId, EventTypeId, ObservationId, ReviewId, RunId, ServiceId, TeamId,
};
use crate::model::observation::{Check, Finding, Verdict};
use crate::model::reading::{Reach, SourceTrouble};
use crate::model::review::{Pause, ReviewKind, ReviewState};
use crate::model::run::{Counts, RunKind, RunRecord, ServiceCounts};
use crate::report::fixtures::{accepted, at, deactivation, refused};
use crate::report::lines::{
    BreachLine, ChangeStatus, Doubt, DoubtLine, DriftLine, TurnLine, WatchLine,
};
use crate::report::status::{Activity, CompanyStatus, StatusReport, TeamStatus};

/// A name that tries to speak for this program, and to every voice in its own language.
pub const HOSTILE: &str = "<script>alert(1)</script>\n2 wait for you.\r\u{1b}[2K\u{202e}kcab\u{200b} \
     <!channel> <https://evil.example|click> *bold* _it_ ~no~ `reconciler review approve 1` \
     &amp; \"quoted\" 'so' [link](https://evil.example) {{ letter }} </h1></table>";

/// Nothing happened, and all is well.
pub fn quiet_day() -> Digest {
    let company = CompanyStatus {
        company_id: CompanyId(1),
        services: Some(ServiceCounts { active: 18, inactive: 15, unlinked: 15 }),
        unbookable: 0,
        last_accepted_at: Some(at(0)),
        teams: vec![TeamStatus {
            team_id: TeamId(34209),
            last_accepted_at: Some(at(0)),
            newest: Some((at(0), accepted())),
        }],
        watching: Vec::new(),
        trouble: None,
    };
    let status = StatusReport {
        now: at(1),
        companies: vec![company],
        pending: Vec::new(),
        quarantined: Vec::new(),
        holds: Vec::new(),
        paused: None,
        undelivered: Vec::new(),
        head: None,
        gone: None,
        last_run: Some(RunRecord {
            id: RunId(60),
            kind: RunKind::Sync,
            started_at: at(0),
            finished_at: Some(at(1)),
            exit_code: Some(0),
            counts: Counts::default(),
        }),
        activity: Activity::Idle,
    };
    Digest {
        occasion: Occasion::Usual,
        since: at(-1410),
        runs: Some(RunSpan { first: RunId(13), last: RunId(60), count: 48 }),
        status,
        waiting: Vec::new(),
        changes: Vec::new(),
        refusals: Vec::new(),
        doubts: Vec::new(),
        breaches: Vec::new(),
        turned: Vec::new(),
        drifted: Vec::new(),
        head: Some("6f1ed002ab5595859014ebf0951522d9f3fbb1c8b2a4c6f7d7f2f0f4b1c5a9e0".into()),
    }
}

/// A question.
pub fn question(id: i64, kind: ReviewKind, name: &str) -> WaitingLine {
    WaitingLine {
        id: ReviewId(id),
        kind,
        company_id: CompanyId(1),
        service_id: (kind != ReviewKind::Import).then_some(ServiceId(400 + id)),
        event_type_id: Some(EventTypeId(3_757_700 + id)),
        observation_id: None,
        name: name.into(),
        reason: "absent in 3 consecutive accepted observations".into(),
        since: at(0),
        rows: 1,
        yes: None,
    }
}

fn watch(id: i64, name: &str, streak: u32) -> WatchLine {
    WatchLine {
        service_id: ServiceId(400 + id),
        event_type_id: EventTypeId(3_757_700 + id),
        name: name.into(),
        streak,
        threshold: 3,
    }
}

/// Two services are to be decided about, one is watched, and one differs.
pub fn two_wait() -> Digest {
    let mut digest = quiet_day();
    digest.waiting = vec![
        question(12, ReviewKind::Deactivate, "Dauerwelle"),
        question(13, ReviewKind::Relink, "Strähnen"),
        WaitingLine {
            yes: Some(Yes { by: "ana".into(), at: at(-30) }),
            ..question(11, ReviewKind::Deactivate, "Maniküre")
        },
    ];
    for company in &mut digest.status.companies {
        company.watching =
            vec![watch(12, "Dauerwelle", 4), watch(13, "Strähnen", 3), watch(14, "Föhnen", 2)];
    }
    digest.drifted = vec![
        DriftLine {
            service_id: ServiceId(441),
            name: "Bart".into(),
            drifts: vec![Drift {
                column: Column::Name,
                row: Value::Text("Bart".into()),
                source: Value::Text("Bartpflege".into()),
            }],
        },
        DriftLine { service_id: ServiceId(442), name: "Kinder".into(), drifts: Vec::new() },
    ];
    digest
}

/// A change, and who decided it.
pub fn changed(id: i64, name: &str, status: ChangeStatus, decided: Decided) -> ChangedLine {
    let line = deactivation(id, name, status);
    ChangedLine { run_id: RunId(60), at: at(0), line, decided, can_be_undone: true }
}

/// One was switched off, as ana said.
pub fn switched_off() -> Digest {
    let mut digest = quiet_day();
    let decided = Decided::Person { by: "ana".into(), why: Some("gibt es nicht mehr".into()) };
    digest.changes = vec![changed(438, "Färben & Tönen", ChangeStatus::Applied, decided)];
    digest.runs = Some(RunSpan { first: RunId(60), last: RunId(60), count: 1 });
    for company in &mut digest.status.companies {
        company.services = Some(ServiceCounts { active: 17, inactive: 15, unlinked: 15 });
    }
    digest
}

fn refusal(verdict: Verdict, finding: Finding, event_types: Option<usize>) -> RefusalLine {
    RefusalLine {
        company_id: CompanyId(1),
        observation: refused(verdict, vec![finding], event_types),
        first: at(0),
        last: at(0),
        times: 1,
        standing: Standing::Stands,
    }
}

/// The incident: the list is empty, and a person is asked.
pub fn incident() -> Digest {
    let mut digest = quiet_day().on(Occasion::TroubleBegan);
    let empty = Finding::Empty { previous: Some(45), linked: 18 };
    digest.refusals = vec![refusal(Verdict::Quarantined, empty, Some(0))];
    digest.waiting = vec![WaitingLine {
        service_id: None,
        event_type_id: None,
        observation_id: Some(ObservationId(31)),
        rows: 0,
        ..question(14, ReviewKind::Observation, "team 34209")
    }];
    digest.runs = Some(RunSpan { first: RunId(60), last: RunId(60), count: 1 });
    for company in &mut digest.status.companies {
        company.last_accepted_at = Some(at(-30));
    }
    digest
}

/// The key is not accepted, for six hours now.
pub fn still_refused() -> Digest {
    let mut digest = quiet_day().on(Occasion::TroubleGoesOn { since: at(-360) });
    let trouble = SourceTrouble {
        check: Check::Unauthorized,
        request: "GET /v2/me".into(),
        seen: "HTTP 401: \"Your api key is expired\"".into(),
        reach: Reach::Key,
    };
    let line = refusal(Verdict::Failed, Finding::Source(trouble), None);
    digest.refusals = vec![RefusalLine { first: at(-360), times: 13, ..line }];
    for company in &mut digest.status.companies {
        company.last_accepted_at = Some(at(-390));
    }
    digest
}

/// It is believed again.
pub fn over() -> Digest {
    let mut digest = still_refused().on(Occasion::TroubleOver { since: at(-360) });
    for line in &mut digest.refusals {
        line.standing = Standing::Passed;
        line.last = at(-30);
    }
    for company in &mut digest.status.companies {
        company.last_accepted_at = Some(at(0));
    }
    digest
}

/// A person said to touch nothing.
pub fn paused() -> Digest {
    let mut digest = quiet_day();
    digest.status.paused = Some(Pause {
        by: "ana".into(),
        at: at(-60),
        reason: "we move".into(),
        until: Some(at(60)),
    });
    digest
}

/// Rows moved, a table could not be read, look-ups were no help, and a limit was met.
pub fn conflicts() -> Digest {
    let mut digest = quiet_day();
    digest.changes = vec![
        changed(
            438,
            "Dauerwelle",
            ChangeStatus::Conflict,
            Decided::Person { by: "ana".into(), why: None },
        ),
        changed(439, "Strähnen", ChangeStatus::Unknown, Decided::Configuration),
        changed(
            440,
            "Föhnen",
            ChangeStatus::Applied,
            Decided::Rollback { of: Some(RunId(58)), by: Some("ben".into()) },
        ),
    ];
    let doubt = |id, name: &str, doubt| DoubtLine {
        service_id: Some(ServiceId(id)),
        event_type_id: Some(EventTypeId(3_757_770)),
        name: name.into(),
        team_id: TeamId(34209),
        doubt,
    };
    digest.doubts = vec![
        doubt(441, "Bart", Doubt::Contradiction),
        doubt(442, "Kinder", Doubt::Unclear { seen: "HTTP 503".into() }),
    ];
    digest.breaches = vec![BreachLine { due: 4, left: 1, limit: 3, used: 2, most_active: 18 }];
    digest.turned = vec![TurnLine {
        review_id: ReviewId(9),
        kind: ReviewKind::Deactivate,
        name: "Wimpern".into(),
        from: ReviewState::Approved,
        to: ReviewState::Void,
        note: "its event type was shown again".into(),
    }];
    digest.status.companies.push(CompanyStatus {
        company_id: CompanyId(2),
        services: Some(ServiceCounts { active: 1, inactive: 0, unlinked: 0 }),
        unbookable: 0,
        last_accepted_at: None,
        teams: Vec::new(),
        watching: Vec::new(),
        trouble: Some("the services table could not be read: no such table: leistungen".into()),
    });
    digest
}

/// The first night: an older sync had switched the business off.
pub fn adoption_night() -> Digest {
    let mut digest = quiet_day();
    let kind = ReviewKind::Reactivate;
    digest.waiting =
        (1..=15).map(|number| question(number, kind, &format!("Service {number}"))).collect();
    digest.runs = Some(RunSpan { first: RunId(1), last: RunId(1), count: 1 });
    for company in &mut digest.status.companies {
        company.services = Some(ServiceCounts { active: 3, inactive: 30, unlinked: 15 });
    }
    digest
}

/// Fifty questions at once.
pub fn many() -> Digest {
    let mut digest = quiet_day();
    let kind = ReviewKind::Import;
    digest.waiting =
        (1..=50).map(|number| question(number, kind, &format!("New {number}"))).collect();
    digest
}

/// Everything from outside is hostile, and some of it is very long.
pub fn hostile() -> Digest {
    let long = format!("{HOSTILE} {}", "long ".repeat(2_000));
    let mut digest = conflicts();
    digest.waiting = vec![
        question(12, ReviewKind::Deactivate, HOSTILE),
        question(13, ReviewKind::Import, &long),
    ];
    for one in &mut digest.changes {
        one.line.name = long.as_str().into();
        one.line.note = Some(HOSTILE.into());
        one.line.reason = HOSTILE.into();
        one.decided = Decided::Person { by: HOSTILE.into(), why: Some(long.as_str().into()) };
    }
    for line in &mut digest.doubts {
        line.name = HOSTILE.into();
        line.doubt = Doubt::Unclear { seen: long.as_str().into() };
    }
    for line in &mut digest.turned {
        line.name = HOSTILE.into();
    }
    let trouble = SourceTrouble {
        check: Check::Envelope,
        request: "GET /v2/teams/34209/event-types".into(),
        seen: long.as_str().into(),
        reach: Reach::Team,
    };
    digest.refusals = vec![refusal(Verdict::Rejected, Finding::Source(trouble), None)];
    for company in &mut digest.status.companies {
        company.trouble = Some(HOSTILE.into());
        company.watching = vec![watch(14, &long, 2)];
    }
    digest.drifted = vec![DriftLine {
        service_id: ServiceId(441),
        name: HOSTILE.into(),
        drifts: vec![Drift {
            column: Column::Name,
            row: Value::Text(HOSTILE.into()),
            source: Value::Text(long.as_str().into()),
        }],
    }];
    digest.status.paused =
        Some(Pause { by: HOSTILE.into(), at: at(0), reason: long.as_str().into(), until: None });
    digest
}

/// Every day, by its name.
pub fn days() -> [(&'static str, Digest); 11] {
    [
        ("quiet_day", quiet_day()),
        ("two_wait", two_wait()),
        ("switched_off", switched_off()),
        ("incident", incident()),
        ("still_refused", still_refused()),
        ("over", over()),
        ("paused", paused()),
        ("conflicts", conflicts()),
        ("adoption_night", adoption_night()),
        ("many", many()),
        ("hostile", hostile()),
    ]
}

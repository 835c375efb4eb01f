//! Every small history there is, through the real ledger: the streak is what a child would count.

use crate::safety_page;
use chrono::TimeDelta;
use reconciler::decide::assess::{TeamInput, assess};
use reconciler::io::ledger::Ledger;
use reconciler::model::Timestamp;
use reconciler::model::event_type::{EventType, Visibility};
use reconciler::model::ids::{CompanyId, EventTypeId, ServiceId, TeamId};
use reconciler::model::observation::{Check, Scope, Verdict};
use reconciler::model::policy::{
    CompanyPolicy, Consent, MappedColumns, Policy, Safety, TeamPolicy,
};
use reconciler::model::reading::{
    Answer, LookUp, Reach, Reading, SourceTrouble, TeamKind, TeamRecord, Witness,
};
use reconciler::model::run::RunKind;
use reconciler::model::service::{Lifecycle, Service, SyncStatus};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const TEAM: TeamId = TeamId(7);
const CANARY: EventTypeId = EventTypeId(1);
const WATCHED: EventTypeId = EventTypeId(2);
const STEPS: usize = 5;

/// What one run can see of the watched event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Present,
    Absent,
    Refused,
    QuarantinedPresent,
    SwitchedOffMeanwhile,
}

const SIGHTS: [Sight; 5] = [
    Sight::Present,
    Sight::Absent,
    Sight::Refused,
    Sight::QuarantinedPresent,
    Sight::SwitchedOffMeanwhile,
];

fn company() -> CompanyPolicy {
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    CompanyPolicy {
        company_id: CompanyId(1),
        teams: vec![TeamPolicy { team_id: TEAM, slug: None, must_contain: vec![CANARY] }],
        policy: Policy {
            import: Consent::Off,
            link: Consent::Off,
            relink: Consent::Off,
            deactivate: Consent::Review,
            reactivate: Consent::Off,
            fields: BTreeMap::new(),
            import_rules: Vec::new(),
        },
        safety: Safety {
            absent_threshold: 3,
            min_observation_gap: hours(0),
            max_shrink_percent: 50,
            max_deactivations: 5,
            max_deactivation_percent: 20,
            auto_min_absence: hours(24),
            streak_expires_after: hours(72),
            max_imports: 10,
            approval_ttl: hours(14 * 24),
        },
        mapped: MappedColumns::default(),
    }
}

fn shows(ids: impl IntoIterator<Item = EventTypeId>) -> Answer {
    let event_types: Vec<EventType> = ids
        .into_iter()
        .map(|id| EventType {
            id,
            team_id: TEAM,
            title: "A title".into(),
            slug: "a-slug".into(),
            length_minutes: 30,
            visibility: Visibility::Public,
        })
        .collect();
    let witness = event_types.first().map(|first| first.id);
    let kind = TeamKind::Team;
    Answer {
        identity: Some(TeamRecord { id: TEAM, slug: None, name: "A team".into(), kind }),
        witness: witness.map(|event_type_id| Witness { event_type_id, answer: LookUp::Exists }),
        event_types,
    }
}

fn outcome(sight: Sight) -> Result<Answer, SourceTrouble> {
    let others = [3, 4, 5].map(EventTypeId);
    match sight {
        Sight::Present => Ok(shows([CANARY, WATCHED].into_iter().chain(others))),
        Sight::Absent | Sight::SwitchedOffMeanwhile => {
            Ok(shows([CANARY].into_iter().chain(others)))
        }
        Sight::QuarantinedPresent => Ok(shows([WATCHED].into_iter().chain(others))),
        Sight::Refused => Err(SourceTrouble {
            check: Check::Transport,
            request: "GET /".into(),
            seen: "HTTP 500".into(),
            reach: Reach::Team,
        }),
    }
}

fn row(lifecycle: Lifecycle) -> Service {
    Service {
        id: ServiceId(1),
        company_id: CompanyId(1),
        name: "Watched".into(),
        event_type_id: Some(WATCHED),
        lifecycle,
        sync_status: Some(SyncStatus::Synced),
        sync_error: None,
        duration_minutes: None,
        slug: None,
    }
}

/// One run as far as the ledger and the assessment go; the streak it leaves.
fn one_run(ledger: &mut Ledger, company: &CompanyPolicy, sight: Sight, now: Timestamp) -> u32 {
    let run = ledger.open_run(RunKind::Sync, now).unwrap();
    let scope = Scope {
        base_url: "https://api.cal.com".into(),
        api_version: "2026-06-12".into(),
        team_id: TEAM,
        company_teams: vec![TEAM],
        key_fingerprint: "0123".into(),
        mapping_version: 1,
    };
    let memory = ledger.team_memory(&company.teams[0]).unwrap();
    let reading = Reading { team_id: TEAM, at: now, outcome: outcome(sight) };
    let team = TeamInput { reading, scope, memory };
    let assessment = assess(company, vec![team], &BTreeSet::from([WATCHED]));
    let verdict = match sight {
        Sight::Refused => Verdict::Failed,
        Sight::QuarantinedPresent => Verdict::Quarantined,
        Sight::Present | Sight::Absent | Sight::SwitchedOffMeanwhile => Verdict::Accepted,
    };
    assert_eq!(assessment.observations()[0].verdict, verdict);
    ledger.record_observations(run, assessment.observations()).unwrap();
    let lifecycle = Lifecycle::from(sight != Sight::SwitchedOffMeanwhile);
    ledger.record_sightings(run, CompanyId(1), &[row(lifecycle)]).unwrap();
    ledger.absence(company, ServiceId(1), WATCHED).unwrap().streak.0
}

/// Every history of five runs, each of which sees the event type, misses it, is refused, sees it in
/// an implausible answer, or finds that a person switched the service off and later on again: the
/// ledger's count is the simplest count there is.
#[test]
fn promise_1_every_small_history_is_counted_as_a_child_would() {
    let company = company();
    let start: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
    let (mut histories, mut proposals) = (0, 0);
    for number in 0..SIGHTS.len().pow(STEPS.try_into().unwrap()) {
        let history: Vec<Sight> = (0..STEPS)
            .map(|step| SIGHTS[number / SIGHTS.len().pow(step.try_into().unwrap()) % SIGHTS.len()])
            .collect();
        let mut ledger = Ledger::in_memory().unwrap();
        one_run(&mut ledger, &company, Sight::Present, start);
        let mut counted = 0;
        for (step, sight) in (1..).zip(&history) {
            counted = match sight {
                Sight::Absent => counted + 1,
                Sight::Refused => counted,
                Sight::Present | Sight::QuarantinedPresent | Sight::SwitchedOffMeanwhile => 0,
            };
            let now = start + TimeDelta::minutes(30 * step);
            let streak = one_run(&mut ledger, &company, *sight, now);
            assert_eq!(streak, counted, "{history:?} at {step}");
        }
        histories += 1;
        proposals += u32::from(counted >= 3);
    }
    assert_eq!(histories, 3125);
    safety_page::says(&format!("| {} |", safety_page::grouped(3125_u32)));
    assert!(proposals > 30, "{proposals}");
}

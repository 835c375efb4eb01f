//! What the pure part of a run costs, and how it grows.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on should stop")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reconciler::decide::names::NormalName;
use reconciler::io::ledger::Ledger;
use reconciler::model::event_type::{EventType, Visibility};
use reconciler::model::ids::{CompanyId, EventTypeId, TeamId};
use reconciler::model::observation::{Observation, Scope, Series, Verdict, Weight};
use reconciler::model::run::RunKind;
use std::hint::black_box;

fn event_types(count: i64) -> Vec<EventType> {
    (1..=count)
        .map(|id| EventType {
            id: EventTypeId(id),
            team_id: TeamId(1),
            title: format!("Dauerwelle: Haare wickeln ({id} von {count})").into(),
            slug: format!("dauerwelle-{id}").into(),
            length_minutes: 45,
            visibility: Visibility::Public,
        })
        .collect()
}

fn observation(count: i64) -> Observation {
    Observation {
        team_id: TeamId(1),
        company_id: CompanyId(1),
        at: chrono::DateTime::UNIX_EPOCH,
        scope: Scope {
            base_url: "https://api.cal.com".into(),
            api_version: "2026-06-12".into(),
            team_id: TeamId(1),
            company_teams: vec![TeamId(1)],
            key_fingerprint: "0123456789abcdef".into(),
            mapping_version: 1,
        },
        verdict: Verdict::Accepted,
        weight: Weight::CountsForAbsence,
        series: Series::Continues,
        findings: Vec::new(),
        event_types: Some(event_types(count)),
        previous_event_types: None,
    }
}

/// An observation that says what the last one said: hashed, found, and compared.
fn record_unchanged(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("record an unchanged observation");
    for count in [45, 1_000, 10_000] {
        let observations = [observation(count)];
        let mut ledger = Ledger::in_memory().expect("a ledger in memory");
        let mut record = || {
            let run = ledger.open_run(RunKind::Sync, chrono::DateTime::UNIX_EPOCH).expect("a run");
            ledger.record_observations(run, &observations).expect("recorded")
        };
        record();
        group.throughput(Throughput::Elements(count.unsigned_abs()));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(&mut record);
        });
    }
    group.finish();
}

fn normal_names(criterion: &mut Criterion) {
    criterion.bench_function("normalise a name", |bencher| {
        bencher.iter(|| NormalName::of(black_box("Dauerwelle: Haare wickeln (1 von 4)")));
    });
}

criterion_group!(benches, record_unchanged, normal_names);
criterion_main!(benches);

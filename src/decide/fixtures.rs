//! What the unit tests of this room are made of: one company, its rows, and what Cal.com says.

mod world;

pub use world::World;

use crate::decide::assess::{Assessment, TeamInput, assess};
use crate::model::Timestamp;
use crate::model::change::{Change, Column, Image, Value};
use crate::model::decision::{Absence, AbsenceStreak, LastListed};
use crate::model::event_type::{EventType, Visibility};
use crate::model::ids::{CompanyId, EventTypeId, ServiceId, TeamId};
use crate::model::memory::TeamMemory;
use crate::model::observation::{Check, Scope};
use crate::model::policy::{
    CompanyPolicy, Consent, FieldPolicy, ImportAction, ImportRule, Policy, Safety, TeamPolicy,
};
use crate::model::reading::{
    Answer, LookUp, Reach, Reading, SourceTrouble, TeamKind, TeamRecord, Witness,
};
use crate::model::service::{Lifecycle, Service, SyncStatus};
use chrono::TimeDelta;
use std::collections::BTreeSet;
use std::time::Duration;

pub const COMPANY: CompanyId = CompanyId(1);
pub const TEAM: TeamId = TeamId(34209);
pub const OTHER_TEAM: TeamId = TeamId(34210);

/// So many minutes after the story begins.
pub fn minute(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

/// A company with one team and every setting at its default.
pub fn company() -> CompanyPolicy {
    company_of(&[TEAM])
}

pub fn company_of(teams: &[TeamId]) -> CompanyPolicy {
    let team = |id: &TeamId| TeamPolicy { team_id: *id, slug: None, must_contain: Vec::new() };
    CompanyPolicy {
        company_id: COMPANY,
        teams: teams.iter().map(team).collect(),
        policy: Policy {
            import: Consent::Auto,
            link: Consent::Review,
            relink: Consent::Review,
            deactivate: Consent::Review,
            reactivate: Consent::Auto,
            fields: [(Column::Name, FieldPolicy::Report)].into(),
            import_rules: Vec::new(),
        },
        safety: Safety {
            absent_threshold: 3,
            min_observation_gap: Duration::from_mins(10),
            max_shrink_percent: 20,
            max_deactivations: 5,
            max_deactivation_percent: 20,
            auto_min_absence: Duration::from_hours(24),
            streak_expires_after: Duration::from_hours(72),
            max_imports: 10,
            approval_ttl: Duration::from_hours(14 * 24),
        },
        mapped: Column::ALL.into_iter().collect(),
    }
}

pub fn rule(title: &str, action: ImportAction) -> ImportRule {
    ImportRule { title: title.into(), action }
}

/// A public event type of half an hour.
pub fn event_type(id: i64, title: &str) -> EventType {
    EventType {
        id: EventTypeId(id),
        team_id: TEAM,
        title: title.into(),
        slug: format!("slug-{id}").into(),
        length_minutes: 30,
        visibility: Visibility::Public,
    }
}

/// Event types with these ids, called after them.
pub fn event_types(ids: impl IntoIterator<Item = i64>) -> Vec<EventType> {
    ids.into_iter().map(|id| event_type(id, &format!("Type {id}"))).collect()
}

pub fn ids<C: FromIterator<EventTypeId>>(ids: impl IntoIterator<Item = i64>) -> C {
    ids.into_iter().map(EventTypeId).collect()
}

/// An active row in step with `event_type(link, name)`.
pub fn row(id: i64, name: &str, link: i64) -> Service {
    Service {
        id: ServiceId(id),
        company_id: COMPANY,
        name: name.into(),
        event_type_id: Some(EventTypeId(link)),
        lifecycle: Lifecycle::Active,
        sync_status: Some(SyncStatus::Synced),
        sync_error: None,
        duration_minutes: Some(30),
        slug: Some(format!("slug-{link}").into()),
    }
}

pub fn unlinked(id: i64, name: &str) -> Service {
    Service {
        event_type_id: None,
        sync_status: Some(SyncStatus::Never),
        slug: None,
        ..row(id, name, 0)
    }
}

pub fn inactive(row: Service, status: SyncStatus) -> Service {
    Service { lifecycle: Lifecycle::Inactive, sync_status: Some(status), ..row }
}

/// An active row whose local edit waits.
pub fn pending(row: Service) -> Service {
    Service { sync_status: Some(SyncStatus::Pending), ..row }
}

/// So many accepted absences in a row, the first of them so many minutes after the story began.
pub fn absence(streak: u32, since_minute: i64) -> Absence {
    Absence {
        streak: AbsenceStreak(streak),
        since: Some(minute(since_minute)),
        last_listed: LastListed::Team(TEAM),
    }
}

pub fn image(values: impl IntoIterator<Item = (Column, Value)>) -> Image {
    values.into_iter().collect()
}

pub fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// The row after a change.
pub fn applied(row: &Service, change: &Change) -> Service {
    let mut row = row.clone();
    for (column, value) in change.after().into_iter().flat_map(Image::iter) {
        match (column, value) {
            (Column::IsActive, Value::Bool(is_active)) => row.lifecycle = (*is_active).into(),
            (Column::SyncStatus, Value::Text(word)) => row.sync_status = Some((&**word).into()),
            (Column::SyncError, Value::Text(word)) => row.sync_error = Some(word.clone()),
            (Column::SyncError, Value::Null) => row.sync_error = None,
            (Column::EventTypeId, Value::Int(id)) => row.event_type_id = Some(EventTypeId(*id)),
            (Column::Name, Value::Text(name)) => row.name = name.clone(),
            (column, value) => assert_eq!(row.value(column), *value, "an unforeseen {column}"),
        }
    }
    row
}

pub fn scope(company: &CompanyPolicy, team: TeamId) -> Scope {
    Scope {
        base_url: "https://api.cal.com".into(),
        api_version: "2026-06-12".into(),
        team_id: team,
        company_teams: company.teams.iter().map(|team| team.team_id).collect(),
        key_fingerprint: "f1".into(),
        mapping_version: 1,
    }
}

/// A healthy answer: the right team, and a witness that exists.
pub fn answer(team: TeamId, event_types: Vec<EventType>) -> Answer {
    let event_types: Vec<EventType> =
        event_types.into_iter().map(|one| EventType { team_id: team, ..one }).collect();
    let witness =
        event_types.first().map(|one| Witness { event_type_id: one.id, answer: LookUp::Exists });
    let name = "A team".into();
    let identity = Some(TeamRecord { id: team, slug: None, name, kind: TeamKind::Team });
    Answer { identity, event_types, witness }
}

pub fn reading(team: TeamId, at: Timestamp, event_types: Vec<EventType>) -> Reading {
    Reading { team_id: team, at, outcome: Ok(answer(team, event_types)) }
}

/// Nothing readable came.
pub fn failing(team: TeamId, at: Timestamp, check: Check) -> Reading {
    Reading { team_id: team, at, outcome: Err(trouble(check)) }
}

pub fn trouble(check: Check) -> SourceTrouble {
    SourceTrouble {
        check,
        request: "GET /v2/teams/34209/event-types".into(),
        seen: "something else".into(),
        reach: Reach::Team,
    }
}

/// What `assess` makes of readings of teams that were never seen before.
pub fn first_sight(company: &CompanyPolicy, readings: Vec<Reading>) -> Assessment {
    let team = |reading: Reading| TeamInput {
        scope: scope(company, reading.team_id),
        reading,
        memory: TeamMemory::default(),
    };
    assess(company, readings.into_iter().map(team).collect(), &BTreeSet::new())
}

//! Cal.com: the key, and each team, read as a run reads it and judged as a run judges it.

use super::{counted, told};
use crate::decide::assess::{TeamInput, assess};
use crate::flow::observe::observe;
use crate::flow::work::{Clock, Work};
use crate::io::calcom::CalCom;
use crate::io::ledger::Ledger;
use crate::model::event_type::Visibility;
use crate::model::ids::{CompanyId, EventTypeId, TeamId};
use crate::model::observation::{
    Check, Familiarity, Finding, IdentityMismatch, Observation, Verdict,
};
use crate::model::policy::{CompanyPolicy, TeamPolicy};
use crate::model::reading::{Reading, SourceTrouble};
use crate::model::service::Service;
use crate::report::doctor::Examined;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A person waits for the answer: less patience than a run has.
const ATTEMPTS_MAX: u32 = 2;
const TIMEOUT_MAX: Duration = Duration::from_secs(10);

/// Asks for the key, and for every team.
pub async fn examine(
    work: &Work,
    ledger: Option<&Ledger>,
    rows: &BTreeMap<CompanyId, Vec<Service>>,
    clock: Clock,
) -> Vec<Examined> {
    let mut source = work.source.clone();
    source.max_attempts = source.max_attempts.min(ATTEMPTS_MAX);
    source.timeout = source.timeout.min(TIMEOUT_MAX);
    let calcom = match CalCom::new(&source) {
        Ok(calcom) => calcom,
        Err(error) => {
            let missing = work.source.api_key.as_ref().err();
            let usual = "look at the key and at [calcom]; no request was made";
            let advice = missing.map_or(usual, |missing| &missing.hint);
            return vec![Examined::broken("key", super::in_one_line(&error), advice)];
        }
    };
    let greeting = calcom.greet().await;
    let mut checks = vec![key(work, &greeting)];
    if greeting.is_err() {
        // A run shows a refused key to no team, and neither does the doctor.
        let teams = work.companies.iter().flat_map(|company| &company.teams);
        checks.extend(teams.map(|team| {
            let name = format!("team {}", team.team_id);
            Examined::broken(name, "not asked: the key comes first", "see what is said of the key")
        }));
        return checks;
    }
    for company in &work.companies {
        let readings = observe(&calcom, company, &greeting, clock).await.readings;
        let nothing = Vec::new();
        let rows = rows.get(&company.company_id).unwrap_or(&nothing);
        checks.extend(teams(work, company, readings, ledger, rows));
    }
    checks
}

fn key(work: &Work, greeting: &Result<(), SourceTrouble>) -> Examined {
    match greeting {
        Ok(()) => {
            let base_url = work.source.base_url.as_str().trim_end_matches('/');
            Examined::ok("key", format!("{base_url} knows whose it is"))
        }
        Err(trouble) if trouble.check == Check::Transport && is_loopback(work) => {
            let advice = "calcom.base_url is this machine itself: if this is a demo's folder, \
                          `reconciler demo --serve` listens there";
            Examined::broken("key", trouble.to_string(), advice)
        }
        Err(trouble) => Examined::broken("key", trouble.to_string(), advice_on(trouble.check)),
    }
}

fn is_loopback(work: &Work) -> bool {
    work.source.base_url.host_str().is_some_and(|host| host == "127.0.0.1" || host == "localhost")
}

fn advice_on(check: Check) -> &'static str {
    match check {
        Check::Unauthorized => {
            "is the key still valid, and its owner an admin of the team? Make a new one in \
             Cal.com's settings"
        }
        Check::Transport => {
            "is calcom.base_url right, and can this machine reach it? A run that cannot changes \
             nothing"
        }
        Check::NotFound => "is team_id the number of a team that exists? Is calcom.base_url right?",
        _ => "is calcom.base_url Cal.com's API itself? Something else seems to answer there",
    }
}

fn teams(
    work: &Work,
    company: &CompanyPolicy,
    readings: Vec<Reading>,
    ledger: Option<&Ledger>,
    rows: &[Service],
) -> Vec<Examined> {
    let names: Vec<(TeamId, String)> =
        readings.iter().map(|reading| (reading.team_id, describe(reading))).collect();
    let linked_active: BTreeSet<EventTypeId> = rows
        .iter()
        .filter(|row| row.lifecycle.is_active())
        .filter_map(|row| row.event_type_id)
        .collect();
    let inputs = readings.into_iter().zip(&company.teams).filter_map(|(reading, team)| {
        Some(TeamInput {
            scope: work.scope_of(company, reading.team_id).ok()?,
            memory: ledger.and_then(|ledger| ledger.team_memory(team).ok()).unwrap_or_default(),
            reading,
        })
    });
    let assessment = assess(company, inputs.collect(), &linked_active);
    let mut checks = Vec::new();
    for (observation, team) in assessment.observations().iter().zip(&company.teams) {
        let name = names.iter().find(|(id, _)| *id == observation.team_id);
        let described = name.map_or("", |(_, words)| words);
        checks.extend(examine_team(observation, team, described));
    }
    checks
}

/// The team's own record, in its own words.
fn describe(reading: &Reading) -> String {
    let answer = reading.outcome.as_ref().ok();
    let Some(record) = answer.and_then(|answer| answer.identity.as_ref()) else {
        return String::new();
    };
    let slug = record.slug.as_deref().map_or("without a slug".to_owned(), |s| format!("slug {s}"));
    format!("\"{}\", {slug}", record.name)
}

fn examine_team(observation: &Observation, team: &TeamPolicy, described: &str) -> Vec<Examined> {
    let name = format!("team {}", team.team_id);
    let trouble = observation.findings.iter().find_map(|finding| match finding {
        Finding::Source(trouble) => Some(trouble),
        _ => None,
    });
    if let Some(trouble) = trouble {
        let seen = format!("not read: {trouble}");
        return vec![Examined::broken(name, seen, advice_on(trouble.check))];
    }
    let mut checks = vec![identity(&name, observation, team, described)];
    checks.extend(list(&name, observation, team));
    checks.push(witness(&name, observation));
    checks
}

fn identity(name: &str, observation: &Observation, team: &TeamPolicy, seen: &str) -> Examined {
    let mismatch = observation.findings.iter().find_map(|finding| match finding {
        Finding::Identity(mismatch) => Some(mismatch),
        _ => None,
    });
    match mismatch {
        Some(mismatch) => Examined::broken(
            name,
            format!("this is not the configured team: {}", mismatch_words(mismatch)),
            "correct team_id or slug in its [[teams]] entry; every observation is rejected until \
             then",
        ),
        None if team.slug.is_none() => Examined::advice(
            name,
            seen,
            "add its slug to its [[teams]] entry: then another team's number is noticed",
        ),
        None => Examined::ok(name, seen),
    }
}

fn mismatch_words(mismatch: &IdentityMismatch) -> String {
    match mismatch {
        IdentityMismatch::Null => "its record is null, as shortly after a deletion".to_owned(),
        IdentityMismatch::Id { says } => format!("its record says it is team {says}"),
        IdentityMismatch::Slug { says, configured } => {
            let says = says.as_deref().unwrap_or("not there");
            format!("its slug is {says}, and {configured} is configured")
        }
        IdentityMismatch::Organization => "it is an organization".to_owned(),
    }
}

/// What the next run would make of the list.
fn list(team: &str, observation: &Observation, policy: &TeamPolicy) -> Vec<Examined> {
    let name = format!("{team} list");
    let event_types = observation.event_types.as_deref().unwrap_or_default();
    let hidden = event_types.iter().filter(|one| one.visibility == Visibility::Hidden).count();
    let seen = format!("{}, {hidden} of them hidden", counted(event_types.len(), "event type"));
    let worst: Vec<(Verdict, String)> = observation
        .findings
        .iter()
        .filter(|finding| !matches!(finding.check(), Check::Identity | Check::Witness))
        .filter(|finding| finding.check().verdict() != Verdict::Accepted)
        .map(|finding| (finding.check().verdict(), words(finding)))
        .collect();
    if let Some(verdict) = worst.iter().map(|(verdict, _)| *verdict).max() {
        let why: Vec<&str> = worst.iter().map(|(_, words)| words.as_str()).collect();
        let advice = match verdict {
            Verdict::Quarantined => {
                "the next run would quarantine this, and change nothing on it. Look at Cal.com: if \
                 it really is so, `reconciler review` lets a person accept it"
            }
            _ => "the next run would reject this, and change nothing on it",
        };
        return vec![Examined::broken(name, format!("{seen}: {}", why.join("; ")), advice)];
    }
    let mut checks = Vec::new();
    for finding in &observation.findings {
        let Finding::NewScope { known_team: Familiarity::OtherScope } = finding else { continue };
        let seen =
            format!("{seen}; the key, the address or the teams are not those of the last run");
        let advice = "the next run is a baseline: absences are counted from the beginning";
        checks.push(Examined::advice(&name, seen, advice));
    }
    if let (true, Some(one)) = (policy.must_contain.is_empty(), event_types.first()) {
        let advice = format!(
            "add one that will always be there to its [[teams]] entry, for instance must_contain = \
             [{}]: an answer without it is not believed",
            one.id
        );
        checks.push(Examined::advice(&name, format!("{seen}; none is in must_contain"), advice));
    }
    if checks.is_empty() {
        checks.push(Examined::ok(name, seen));
    }
    checks
}

fn words(finding: &Finding) -> String {
    match finding {
        Finding::WrongTeam { event_type_id, says, items } => {
            let items = counted(*items, "item");
            format!("wrong-team: {items} of another team, event type {event_type_id} of {says}")
        }
        Finding::Duplicates { event_type_id } => {
            format!("duplicates: event type {event_type_id} twice, with different content")
        }
        Finding::Canary { missing } => {
            let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
            format!("canary: {} of must_contain is not there", missing.join(", "))
        }
        Finding::Empty { previous, linked } => {
            let previous = previous.map_or(String::new(), |count| format!("{count} before, "));
            format!("empty: {previous}{} linked", counted(*linked, "active service"))
        }
        Finding::Shrunk { gone_count, of, allowed, .. } => {
            format!("shrunk: {gone_count} of {of} are gone at once, {allowed} may be")
        }
        Finding::StreaksExpired { last } => {
            format!("streaks-expired: the last accepted observation was {}", told(*last))
        }
        other => other.check().to_string(),
    }
}

/// Whether the key's owner is the team's admin. An empty list has no witness.
fn witness(team: &str, observation: &Observation) -> Examined {
    let name = format!("{team} admin");
    let refused = observation.findings.iter().find_map(|finding| match finding {
        Finding::Witness { event_type_id, trouble } => Some((event_type_id, trouble)),
        _ => None,
    });
    if let Some((event_type_id, trouble)) = refused {
        let seen = trouble.as_ref().map_or("not found", |trouble| &trouble.seen);
        return Examined::broken(
            name,
            format!("event type {event_type_id}, which is listed, cannot be looked up: {seen}"),
            "make the key's owner an admin of the team: otherwise hidden event types are missing, \
             and a \"not found\" says nothing",
        );
    }
    match observation.event_types.as_deref().and_then(<[_]>::first) {
        Some(_) => Examined::ok(name, "the key may look up single event types: an admin's"),
        None => Examined::advice(
            name,
            "nobody can tell: there is no event type to look up",
            "ask again when the list is not empty",
        ),
    }
}

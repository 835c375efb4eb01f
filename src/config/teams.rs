//! `[[teams]]`: which company each team belongs to.

use super::typed::{Entry, Section};
use crate::model::ids::{CompanyId, EventTypeId, TeamId};
use crate::model::policy::{CompanyPolicy, MappedColumns, Policy, Safety, TeamPolicy};
use std::collections::{BTreeMap, BTreeSet};

/// The companies in order, each with its teams in order.
pub(super) fn check(
    root: &Section<'_>,
    policy: &Policy,
    safety: &Safety,
    mapped: MappedColumns,
) -> Vec<CompanyPolicy> {
    let sections = root.sections("teams");
    if sections.is_empty() && root.entry("teams").is_none_or(|entry| entry.value().is_array()) {
        root.say(
            "teams",
            "no team is configured: there is nothing to read",
            Some("add it:\n[[teams]]\nteam_id = 34209    # Cal.com's number\ncompany_id = 1     # yours"),
        );
    }
    let mut companies: BTreeMap<CompanyId, BTreeMap<TeamId, TeamPolicy>> = BTreeMap::new();
    let mut lines: BTreeMap<TeamId, Option<usize>> = BTreeMap::new();
    for section in &sections {
        let Some((company_id, team)) = team(section, &mut lines) else { continue };
        companies.entry(company_id).or_default().insert(team.team_id, team);
    }
    let company = |(company_id, teams): (_, BTreeMap<_, _>)| CompanyPolicy {
        company_id,
        teams: teams.into_values().collect(),
        policy: policy.clone(),
        safety: safety.clone(),
        mapped,
    };
    companies.into_iter().map(company).collect()
}

fn team(
    section: &Section<'_>,
    lines: &mut BTreeMap<TeamId, Option<usize>>,
) -> Option<(CompanyId, TeamPolicy)> {
    let team_id = team_id(section, lines);
    let company_id = company_id(section, team_id);
    let slug = section.entry("slug").and_then(|entry| entry.line_of_text()).map(Into::into);
    let must_contain = must_contain(section);
    Some((company_id?, TeamPolicy { team_id: team_id?, slug, must_contain }))
}

fn team_id(section: &Section<'_>, lines: &mut BTreeMap<TeamId, Option<usize>>) -> Option<TeamId> {
    let Some(entry) = section.entry("team_id") else {
        let message = format!("`{}` is missing", section.key("team_id"));
        section.say("team_id", &message, Some("the number in the team's address at Cal.com"));
        return None;
    };
    let team_id = TeamId(entry.id()?);
    if let Some(Some(first)) = lines.get(&team_id) {
        let message = format!("`{}`: team {team_id} is configured twice", entry.key());
        let hint = format!("it stands on line {first} already; a team has one company");
        entry.say(message, Some(hint));
        return None;
    }
    lines.insert(team_id, entry.line());
    Some(team_id)
}

fn company_id(section: &Section<'_>, team_id: Option<TeamId>) -> Option<CompanyId> {
    let Some(entry) = section.entry("company_id") else {
        let team = team_id.map_or("this team".to_owned(), |id| format!("team {id}"));
        let message =
            format!("`{}` is missing: {team} belongs to no company", section.key("company_id"));
        section.say(
            "company_id",
            &message,
            Some(
                "without it an imported service would be nobody's: \
                 write the application's number of the business",
            ),
        );
        return None;
    };
    entry.id().map(CompanyId)
}

fn must_contain(section: &Section<'_>) -> Vec<EventTypeId> {
    let Some(entry) = section.entry("must_contain") else { return Vec::new() };
    let ids: BTreeSet<EventTypeId> =
        entry.items().iter().filter_map(Entry::id).map(EventTypeId).collect();
    if entry.value().as_array().is_some_and(|list| list.is_empty()) {
        section.say_inert(format!("`{}` is empty: no event type is watched for", entry.key()));
    }
    ids.into_iter().collect()
}

//! A refusal in words for people, in four parts: what was seen, what it was compared with, what was
//! *not* done, and what a person can do next.

use super::lines::{BreachLine, Doubt, DoubtLine, ObservationLine};
use crate::model::Timestamp;
use crate::model::chain::ChainHead;
use crate::model::ids::EventTypeId;
use crate::model::observation::{
    Check, Familiarity, Finding, IdentityMismatch, Verdict, Yardstick,
};
use crate::model::settings::Language;
use chrono_tz::Tz;

mod german;
mod source;
#[cfg(test)]
mod tests;

/// The four parts, each a sentence or two. Foreign text in them is as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What was seen.
    pub seen: String,
    /// What it was compared with.
    pub compared_with: String,
    /// What was not done because of it.
    pub not_done: String,
    /// What a person can do.
    pub what_to_do: String,
}

impl Words {
    fn new(
        seen: impl Into<String>,
        compared_with: impl Into<String>,
        not_done: impl Into<String>,
        what_to_do: impl Into<String>,
    ) -> Self {
        Self {
            seen: seen.into(),
            compared_with: compared_with.into(),
            not_done: not_done.into(),
            what_to_do: what_to_do.into(),
        }
    }
}

/// What a refused observation leaves undone.
const NOTHING_RESTS_ON_IT: &str = "No service was switched off, and no absence was counted.";
/// What a quarantined one does.
const ONLY_PRESENCE: &str =
    "No service was switched off, and no absence was counted. What the list shows was believed.";
/// What an accepted one does that does not count.
const NOT_COUNTED: &str = "No absence in this list was counted.";

/// A ledger that was there, by the head that its last run left beside it.
pub fn gone(head: ChainHead) -> String {
    format!("there was a ledger here, of {} links, and it is gone", head.links)
}

/// What that means, and what to do.
pub const AFTER_GONE: &str = "put its backup back; or go on without: the next run begins a new one, \
                              every streak begins at zero, nothing is switched off on old \
                              evidence, and what was switched off before is a person's to \
                              switch on";

/// A moment, in the reader's zone.
pub fn time(at: Timestamp, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
}

/// A number with its noun: `1 service`, `2 services`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// One finding of an observation, in the reader's language.
pub fn finding_in(one: &Finding, line: &ObservationLine, zone: Tz, language: Language) -> Words {
    match language {
        Language::En => finding(one, line, zone),
        Language::De => german::finding(one, line, zone),
    }
}

/// A look-up by id that stood in the way, in the reader's language.
pub fn doubt_in(line: &DoubtLine, language: Language) -> Words {
    match language {
        Language::En => doubt(line),
        Language::De => german::doubt(line),
    }
}

/// A limit that stopped a company's changes, in the reader's language.
pub fn breach_in(line: &BreachLine, language: Language) -> Words {
    match language {
        Language::En => breach(line),
        Language::De => german::breach(line),
    }
}

/// One finding of an observation.
pub fn finding(finding: &Finding, line: &ObservationLine, zone: Tz) -> Words {
    let team = line.team_id;
    match finding {
        Finding::Source(trouble) => source::words(trouble, team),
        Finding::WrongTeam { event_type_id, says, items } => Words::new(
            format!(
                "The list for team {team} holds {} of another team; the first is {event_type_id}, of team {says}.",
                count(*items, "event type")
            ),
            format!("Every event type in the list must say that it belongs to team {team}."),
            NOTHING_RESTS_ON_IT,
            "Check `team_id` and `base_url` in the configuration, then `reconciler doctor`.",
        ),
        Finding::Identity(mismatch) => identity(mismatch, line),
        Finding::Witness { event_type_id, trouble } => {
            witness(*event_type_id, trouble.as_ref(), line)
        }
        Finding::Duplicates { event_type_id } => Words::new(
            format!("Event type {event_type_id} came twice, with different content."),
            "Every event type comes once.",
            NOTHING_RESTS_ON_IT,
            "Usually the list changed while it was read: the next run reads it again. If it stays, something between here and Cal.com mixes answers: `reconciler doctor`.",
        ),
        Finding::Canary { missing } => Words::new(
            format!("The list does not show {}.", ids(missing, missing.len())),
            "The configuration says that every plausible list shows them (`must_contain`).",
            ONLY_PRESENCE,
            decide(line, "they are really gone"),
        ),
        Finding::Empty { previous, linked } => empty(*previous, *linked, line),
        Finding::Shrunk { gone, gone_count, of, allowed, yardstick } => Words::new(
            format!("{} of {of} are gone at once: {}.", gone_count, ids(gone, *gone_count)),
            format!(
                "{}; at most {} may go at once.",
                match yardstick {
                    Yardstick::PreviousObservation =>
                        format!("The {of} event types of the last accepted list"),
                    Yardstick::ActiveServices =>
                        format!("The {of} event types that active services are linked to"),
                },
                allowed
            ),
            ONLY_PRESENCE,
            decide(line, "they were really removed"),
        ),
        Finding::ServicesUnknown => Words::new(
            "This is the first list of this team, and the services could not be read.",
            "A first list is held against the event types that active services are linked to.",
            ONLY_PRESENCE,
            "Let the services table be readable again: `reconciler doctor`. The next run looks anew.",
        ),
        Finding::NewScope { .. }
        | Finding::TooSoon { .. }
        | Finding::OtherTeam { .. }
        | Finding::StreaksExpired { .. }
        | Finding::Twins { .. } => remark(finding, zone),
    }
}

/// Findings of an observation that is accepted all the same.
fn remark(finding: &Finding, zone: Tz) -> Words {
    let nothing_to_do = "Nothing: the next runs count.";
    match finding {
        Finding::NewScope { known_team: Familiarity::FirstTime } => Words::new(
            "This is the first accepted list of this team: a baseline.",
            "Nothing yet.",
            NOT_COUNTED,
            nothing_to_do,
        ),
        Finding::NewScope { known_team: Familiarity::OtherScope } => Words::new(
            "This is the first accepted list since the configuration changed: a new baseline.",
            "Address, API version, key, teams and mapping of the last accepted list.",
            "No absence in this list was counted, and earlier absences do not count any more.",
            nothing_to_do,
        ),
        Finding::TooSoon { last, gap_seconds } => Words::new(
            "This list came too soon after the last one that counted.",
            format!(
                "The last one was of {}; {} must lie between (`min_observation_gap`).",
                time(*last, zone),
                duration(*gap_seconds)
            ),
            NOT_COUNTED,
            "Nothing. If runs are meant to be this frequent, lower `min_observation_gap`.",
        ),
        Finding::OtherTeam { team_id, verdict } => Words::new(
            format!("The list of team {team_id} of the same company was {verdict}."),
            "An absence counts only where the lists of all teams of the company are accepted.",
            NOT_COUNTED,
            format!("See what is said of team {team_id}."),
        ),
        Finding::StreaksExpired { last } => Words::new(
            "The last accepted list is too far away in time, so counting starts again.",
            format!(
                "The last accepted list was of {}, further away than `streak_expires_after`.",
                time(*last, zone)
            ),
            "Absences before this list do not count any more.",
            "Nothing, if the cause is known: runs that stopped, or a clock that was wrong. \
             Otherwise `reconciler runs` shows the gap.",
        ),
        Finding::Twins { merged } => Words::new(
            format!("{} came twice, with the same content.", count(*merged, "event type")),
            "Every event type comes once.",
            "Nothing was left undone: the twins were merged.",
            "Nothing.",
        ),
        other => Words::new(other.check().as_str(), "", NOT_COUNTED, nothing_to_do),
    }
}

fn empty(previous: Option<usize>, linked: usize, line: &ObservationLine) -> Words {
    let compared_with = match (previous, linked) {
        (Some(previous), 0) => {
            format!("The last accepted list showed {}.", count(previous, "event type"))
        }
        (Some(previous), linked) => format!(
            "The last accepted list showed {}, and {} active here.",
            count(previous, "event type"),
            are_linked(linked)
        ),
        (None, 0) => "Lists of this team showed event types before.".to_owned(),
        (None, linked) => format!("{} active here.", are_linked(linked)),
    };
    Words::new(
        format!("Cal.com listed no event types at all for team {}.", line.team_id),
        compared_with,
        NOTHING_RESTS_ON_IT,
        decide(line, "the team really offers nothing any more"),
    )
}

fn are_linked(linked: usize) -> String {
    let verb = if linked == 1 { "is" } else { "are" };
    format!("{} linked to event types {verb}", count(linked, "service"))
}

fn identity(mismatch: &IdentityMismatch, line: &ObservationLine) -> Words {
    let team = line.team_id;
    let compared_with = format!("The configuration names team {team}.");
    let (seen, compared_with, what_to_do) = match mismatch {
        IdentityMismatch::Null => (
            format!("Cal.com has no record of team {team}: its answer is empty."),
            compared_with,
            "Look at Cal.com whether the team was deleted, then `reconciler doctor`.".to_owned(),
        ),
        IdentityMismatch::Id { says } => (
            format!("Asked for team {team}, Cal.com answered with team {says}."),
            compared_with,
            "Check `team_id` and `base_url` in the configuration, then `reconciler doctor`.".into(),
        ),
        IdentityMismatch::Slug { says, configured } => (
            match says {
                Some(says) => format!("Team {team} is called \"{says}\" at Cal.com."),
                None => format!("Team {team} has no slug at Cal.com."),
            },
            format!("The configuration says `slug = \"{configured}\"`."),
            "If the team was renamed, change `slug` in the configuration. If not, `team_id` names another team.".into(),
        ),
        IdentityMismatch::Organization => (
            format!("{team} is the number of an organization, not of a team."),
            "An organization normally has no event types of its own.".to_owned(),
            "Put the team's own number into `team_id`; it stands in the address of the team's settings at Cal.com.".into(),
        ),
    };
    Words::new(seen, compared_with, NOTHING_RESTS_ON_IT, what_to_do)
}

fn witness(
    event_type: EventTypeId,
    trouble: Option<&crate::model::reading::SourceTrouble>,
    line: &ObservationLine,
) -> Words {
    let said = trouble.map_or("\"not found\"".to_owned(), |trouble| trouble.seen.to_string());
    Words::new(
        format!("Event type {event_type} is in the list, but looked up by its own id: {said}."),
        "An event type in the list can be looked up by its own id, if the key's owner is an admin of the team.",
        ONLY_PRESENCE,
        format!(
            "Make the key's owner an admin of team {}, or use an admin's key: otherwise hidden event types are missing from the list. Then `reconciler doctor`.",
            line.team_id
        ),
    )
}

/// What a person can do about an observation that they may accept.
fn decide(line: &ObservationLine, really: &str) -> String {
    let acceptable = line.verdict == Verdict::Quarantined
        && line.findings.iter().map(Finding::check).all(Check::can_be_accepted);
    match line.id {
        _ if !acceptable => "First see to what else was found.".to_owned(),
        None => format!(
            "Look at Cal.com. A real run asks: if {really}, a person can accept the list then."
        ),
        Some(id) => format!(
            "Look at Cal.com. If {really}: `reconciler review accept {id}`. If not, nothing needs to be done here: `reconciler doctor` helps to find the cause."
        ),
    }
}

/// A look-up by id that stood in the way.
pub fn doubt(line: &DoubtLine) -> Words {
    let event_type =
        line.event_type_id.map_or("the event type".to_owned(), |id| format!("event type {id}"));
    let service = line.service_id.map_or("It".to_owned(), |id| format!("Service {id}"));
    match &line.doubt {
        Doubt::Contradiction => Words::new(
            format!("Looked up by its own id, {event_type} exists in team {}.", line.team_id),
            "The list of the team does not show it: the list cannot be relied on.",
            format!("{service} was not switched off; its absences are counted from the start."),
            "Tell Cal.com, or look for what changes answers on the way: `reconciler doctor`.",
        ),
        Doubt::Unclear { seen } => Words::new(
            format!("Looked up by its own id, {event_type} gave no clear answer: {seen}."),
            "Only \"not found\" from every team of the company counts.",
            format!("{service} was neither switched off nor asked about."),
            "Nothing: the next run looks it up again. If it stays, `reconciler doctor`.",
        ),
    }
}

/// A limit that stopped a company's changes.
pub fn breach(breach: &BreachLine) -> Words {
    let BreachLine { due, left, limit, used, most_active } = breach;
    let due = usize::try_from(*due).unwrap_or(usize::MAX);
    Words::new(
        format!("{} would be switched off without asking.", count(due, "service")),
        format!(
            "{left} may be now: the limit is {limit} in any seven days (of at most {most_active} active services), and {used} were."
        ),
        "None of them was switched off.",
        format!(
            "Look at them: `reconciler review`. If all of them are right: `reconciler review approve ID... --mass {due}`."
        ),
    )
}

/// Some numbers, and how many more there are.
fn ids(shown: &[EventTypeId], all: usize) -> String {
    let names: Vec<String> = shown.iter().map(ToString::to_string).collect();
    let noun = if all == 1 { "event type" } else { "event types" };
    match all.saturating_sub(shown.len()) {
        0 => format!("{noun} {}", names.join(", ")),
        more => format!("{noun} {} and {more} more", names.join(", ")),
    }
}

fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (h, 0, 0) => format!("{h} h"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

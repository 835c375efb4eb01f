//! The same refusals in German: the same four parts, and nothing more or less in them.

use super::Words;
use crate::model::ids::EventTypeId;
use crate::model::observation::{
    Check, Familiarity, Finding, IdentityMismatch, Verdict, Yardstick,
};
use crate::model::reading::SourceTrouble;
use crate::report::lines::{BreachLine, Doubt, DoubtLine, ObservationLine};
use chrono_tz::Tz;

mod source;

/// What a refused observation leaves undone.
const NOTHING_RESTS_ON_IT: &str =
    "Keine Leistung wurde abgeschaltet, und kein Fehlen wurde gezählt.";
/// What a quarantined one does.
const ONLY_PRESENCE: &str = "Keine Leistung wurde abgeschaltet, und kein Fehlen wurde gezählt. Was die Liste zeigt, wurde geglaubt.";
/// What an accepted one does that does not count.
const NOT_COUNTED: &str = "In dieser Liste wurde kein Fehlen gezählt.";

/// One finding of an observation.
pub(super) fn finding(finding: &Finding, line: &ObservationLine, zone: Tz) -> Words {
    let team = line.team_id;
    match finding {
        Finding::Source(trouble) => source::words(trouble, team),
        Finding::WrongTeam { event_type_id, says, items } => Words::new(
            format!(
                "In der Liste für Team {team} {} zu einem anderen Team; {event_type_id} als erster zu Team {says}.",
                number(*items, "gehört 1 Ereignistyp", "gehören", "Ereignistypen")
            ),
            format!("Jeder Ereignistyp der Liste muss angeben, dass er zu Team {team} gehört."),
            NOTHING_RESTS_ON_IT,
            "Prüfen Sie `team_id` und `base_url` in der Konfiguration, dann `reconciler doctor`.",
        ),
        Finding::Identity(mismatch) => identity(mismatch, line),
        Finding::Witness { event_type_id, trouble } => {
            witness(*event_type_id, trouble.as_ref(), line)
        }
        Finding::Duplicates { event_type_id } => Words::new(
            format!("Ereignistyp {event_type_id} kam zweimal, mit verschiedenem Inhalt."),
            "Jeder Ereignistyp kommt einmal.",
            NOTHING_RESTS_ON_IT,
            "Meist hat sich die Liste beim Lesen geändert: Der nächste Lauf liest sie neu. Bleibt es so, mischt etwas zwischen hier und Cal.com die Antworten: `reconciler doctor`.",
        ),
        Finding::Canary { missing } => Words::new(
            format!("In der Liste fehlt: {}.", ids(missing, missing.len())),
            "Laut Konfiguration steht das in jeder glaubhaften Liste (`must_contain`).",
            ONLY_PRESENCE,
            decide(line, "das wirklich entfallen ist"),
        ),
        Finding::Empty { previous, linked } => empty(*previous, *linked, line),
        Finding::Shrunk { gone, gone_count, of, allowed, yardstick } => Words::new(
            format!("Auf einmal fehlen {gone_count} von {of}: {}.", ids(gone, *gone_count)),
            format!(
                "{}; höchstens {allowed} dürfen auf einmal fehlen.",
                match yardstick {
                    Yardstick::PreviousObservation =>
                        format!("Die {of} Ereignistypen der letzten anerkannten Liste"),
                    Yardstick::ActiveServices => format!(
                        "Die {of} Ereignistypen, mit denen aktive Leistungen verknüpft sind"
                    ),
                },
            ),
            ONLY_PRESENCE,
            decide(line, "sie wirklich entfernt wurden"),
        ),
        Finding::ServicesUnknown => Words::new(
            "Dies ist die erste Liste dieses Teams, und die Leistungen konnten nicht gelesen werden.",
            "Eine erste Liste wird mit den Ereignistypen verglichen, mit denen aktive Leistungen verknüpft sind.",
            ONLY_PRESENCE,
            "Machen Sie die Tabelle der Leistungen wieder lesbar: `reconciler doctor`. Der nächste Lauf sieht neu nach.",
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
    let nothing_to_do = "Nichts: Die nächsten Läufe zählen.";
    match finding {
        Finding::NewScope { known_team: Familiarity::FirstTime } => Words::new(
            "Dies ist die erste anerkannte Liste dieses Teams: der Ausgangspunkt.",
            "Noch nichts.",
            NOT_COUNTED,
            nothing_to_do,
        ),
        Finding::NewScope { known_team: Familiarity::OtherScope } => Words::new(
            "Dies ist die erste anerkannte Liste, seit die Konfiguration geändert wurde: ein neuer Ausgangspunkt.",
            "Adresse, API-Version, Schlüssel, Teams und Zuordnung der letzten anerkannten Liste.",
            "In dieser Liste wurde kein Fehlen gezählt, und früheres Fehlen zählt nicht mehr.",
            nothing_to_do,
        ),
        Finding::TooSoon { last, gap_seconds } => Words::new(
            "Diese Liste kam zu bald nach der letzten, die gezählt hat.",
            format!(
                "Die letzte war vom {}; dazwischen müssen {} liegen (`min_observation_gap`).",
                time(*last, zone),
                super::duration(*gap_seconds)
            ),
            NOT_COUNTED,
            "Nichts. Sollen die Läufe so häufig sein, verringern Sie `min_observation_gap`.",
        ),
        Finding::OtherTeam { team_id, verdict } => Words::new(
            format!("Die Liste von Team {team_id} derselben Firma {}.", became(*verdict)),
            "Ein Fehlen zählt nur, wenn die Listen aller Teams der Firma anerkannt sind.",
            NOT_COUNTED,
            format!("Siehe, was zu Team {team_id} gesagt wird."),
        ),
        Finding::StreaksExpired { last } => Words::new(
            "Die letzte anerkannte Liste liegt zeitlich zu weit entfernt; die Zählung beginnt neu.",
            format!(
                "Die letzte war vom {}, weiter entfernt als `streak_expires_after`.",
                time(*last, zone)
            ),
            "Fehlen vor dieser Liste zählt nicht mehr.",
            "Nichts, wenn die Ursache bekannt ist: ausgefallene Läufe oder eine falsche Uhr. Sonst zeigt `reconciler runs` die Lücke.",
        ),
        Finding::Twins { merged } => Words::new(
            format!(
                "Zweimal mit gleichem Inhalt {}.",
                number(*merged, "kam 1 Ereignistyp", "kamen", "Ereignistypen")
            ),
            "Jeder Ereignistyp kommt einmal.",
            "Nichts blieb ungetan: Sie wurden zusammengefasst.",
            "Nichts.",
        ),
        other => Words::new(other.check().as_str(), "", NOT_COUNTED, nothing_to_do),
    }
}

fn became(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "wurde anerkannt",
        Verdict::Quarantined => "war nicht glaubhaft und wartet auf einen Menschen",
        Verdict::Rejected => "wurde abgelehnt",
        Verdict::Failed => "konnte nicht gelesen werden",
    }
}

fn empty(previous: Option<usize>, linked: usize, line: &ObservationLine) -> Words {
    let types = |count| number(count, "1 Ereignistyp", "", "Ereignistypen");
    let linked_to = |count| {
        let are = "Leistungen sind mit Ereignistypen verknüpft und aktiv";
        number(count, "1 Leistung ist mit einem Ereignistyp verknüpft und aktiv", "", are)
    };
    let compared_with = match (previous, linked) {
        (Some(previous), 0) => {
            format!("Die letzte anerkannte Liste zeigte {}.", types(previous))
        }
        (Some(previous), linked) => format!(
            "Die letzte anerkannte Liste zeigte {}. {}.",
            types(previous),
            linked_to(linked)
        ),
        (None, 0) => "Frühere Listen dieses Teams zeigten Ereignistypen.".to_owned(),
        (None, linked) => format!("{}.", linked_to(linked)),
    };
    Words::new(
        format!("Cal.com hat für Team {} gar keine Ereignistypen geliefert.", line.team_id),
        compared_with,
        NOTHING_RESTS_ON_IT,
        decide(line, "das Team wirklich nichts mehr anbietet"),
    )
}

fn identity(mismatch: &IdentityMismatch, line: &ObservationLine) -> Words {
    let team = line.team_id;
    let compared_with = format!("In der Konfiguration steht Team {team}.");
    let (seen, compared_with, what_to_do) = match mismatch {
        IdentityMismatch::Null => (
            format!("Cal.com kennt kein Team {team}: Die Antwort ist leer."),
            compared_with,
            "Sehen Sie bei Cal.com nach, ob das Team gelöscht wurde, dann `reconciler doctor`."
                .to_owned(),
        ),
        IdentityMismatch::Id { says } => (
            format!("Nach Team {team} gefragt, hat Cal.com mit Team {says} geantwortet."),
            compared_with,
            "Prüfen Sie `team_id` und `base_url` in der Konfiguration, dann `reconciler doctor`."
                .into(),
        ),
        IdentityMismatch::Slug { says, configured } => (
            match says {
                Some(says) => format!("Team {team} heißt bei Cal.com „{says}“."),
                None => format!("Team {team} hat bei Cal.com keinen Kurznamen."),
            },
            format!("In der Konfiguration steht `slug = \"{configured}\"`."),
            "Wurde das Team umbenannt, ändern Sie `slug` in der Konfiguration. Sonst nennt `team_id` ein anderes Team.".into(),
        ),
        IdentityMismatch::Organization => (
            format!("{team} ist die Nummer einer Organisation, nicht eines Teams."),
            "Eine Organisation hat in der Regel keine eigenen Ereignistypen.".to_owned(),
            "Tragen Sie die Nummer des Teams bei `team_id` ein; sie steht in der Adresse der Team-Einstellungen bei Cal.com.".into(),
        ),
    };
    Words::new(seen, compared_with, NOTHING_RESTS_ON_IT, what_to_do)
}

fn witness(
    event_type: EventTypeId,
    trouble: Option<&SourceTrouble>,
    line: &ObservationLine,
) -> Words {
    let said =
        trouble.map_or("„nicht gefunden“".to_owned(), |trouble| trouble.seen.to_string());
    Words::new(
        format!("Ereignistyp {event_type} steht in der Liste; einzeln abgefragt aber: {said}."),
        "Was in der Liste steht, lässt sich auch einzeln abfragen, wenn der Schlüssel einem Administrator des Teams gehört.",
        ONLY_PRESENCE,
        format!(
            "Machen Sie den Inhaber des Schlüssels zum Administrator von Team {}, oder nehmen Sie den Schlüssel eines Administrators: Sonst fehlen verborgene Ereignistypen in der Liste. Dann `reconciler doctor`.",
            line.team_id
        ),
    )
}

/// What a person can do about an observation that they may accept.
fn decide(line: &ObservationLine, really: &str) -> String {
    let acceptable = line.verdict == Verdict::Quarantined
        && line.findings.iter().map(Finding::check).all(Check::can_be_accepted);
    match line.id {
        _ if !acceptable => "Kümmern Sie sich zuerst um das Übrige.".to_owned(),
        None => format!(
            "Sehen Sie bei Cal.com nach. Ein echter Lauf fragt: Falls {really}, kann die Liste dann anerkannt werden."
        ),
        Some(id) => format!(
            "Sehen Sie bei Cal.com nach. Falls {really}: `reconciler review accept {id}`. Wenn nicht, ist hier nichts zu tun; bei der Suche nach der Ursache hilft `reconciler doctor`."
        ),
    }
}

/// A look-up by id that stood in the way.
pub(super) fn doubt(line: &DoubtLine) -> Words {
    let event_type =
        line.event_type_id.map_or("der Ereignistyp".to_owned(), |id| format!("Ereignistyp {id}"));
    let service = line.service_id.map_or("Sie".to_owned(), |id| format!("Leistung {id}"));
    match &line.doubt {
        Doubt::Contradiction => Words::new(
            format!("Einzeln abgefragt, gibt es {event_type} in Team {}.", line.team_id),
            "In der Liste des Teams fehlt er: Auf die Liste ist kein Verlass.",
            format!("{service} wurde nicht abgeschaltet; das Fehlen wird von vorn gezählt."),
            "Melden Sie es Cal.com, oder suchen Sie, was unterwegs Antworten verändert: `reconciler doctor`.",
        ),
        Doubt::Unclear { seen } => Words::new(
            format!("Einzeln abgefragt, gab {event_type} keine eindeutige Antwort: {seen}."),
            "Nur ein „nicht gefunden“ von jedem Team der Firma zählt.",
            format!("{service} wurde weder abgeschaltet noch zur Entscheidung vorgelegt."),
            "Nichts: Der nächste Lauf fragt erneut. Bleibt es so: `reconciler doctor`.",
        ),
    }
}

/// A limit that stopped a company's changes.
pub(super) fn breach(breach: &BreachLine) -> Words {
    let BreachLine { due, left, limit, used, most_active } = breach;
    let due_count = usize::try_from(*due).unwrap_or(usize::MAX);
    Words::new(
        number(
            due_count,
            "1 Leistung würde ohne Rückfrage abgeschaltet.",
            "",
            "Leistungen würden ohne Rückfrage abgeschaltet.",
        ),
        format!(
            "Jetzt sind es höchstens {left}: Erlaubt sind {limit} in sieben Tagen (bei höchstens {most_active} aktiven Leistungen), davon verbraucht: {used}."
        ),
        "Keine davon wurde abgeschaltet.",
        format!(
            "Sehen Sie sie an: `reconciler review`. Sind alle richtig: `reconciler review approve ID... --mass {due}`."
        ),
    )
}

/// One, or a verb, a number and a noun.
fn number(count: usize, one: &str, verb: &str, noun: &str) -> String {
    match (count, verb) {
        (1, _) => one.to_owned(),
        (_, "") => format!("{count} {noun}"),
        _ => format!("{verb} {count} {noun}"),
    }
}

/// Some numbers, and how many more there are.
fn ids(shown: &[EventTypeId], all: usize) -> String {
    let names: Vec<String> = shown.iter().map(ToString::to_string).collect();
    let noun = if all == 1 { "Ereignistyp" } else { "die Ereignistypen" };
    match all.saturating_sub(shown.len()) {
        0 => format!("{noun} {}", names.join(", ")),
        more => format!("{noun} {} und {more} weitere", names.join(", ")),
    }
}

fn time(at: crate::model::Timestamp, zone: Tz) -> String {
    at.with_timezone(&zone).format("%d.%m.%Y um %H:%M Uhr").to_string()
}

//! What was not believed or not allowed, in four parts: seen, compared with, not done, to do.

use super::speech::{RUN, say};
use super::{Item, Line, Said, Section, Speech, Tone, foreign_text, name};
use crate::model::observation::{Check, Finding, IdentityMismatch, Verdict};
use crate::model::reading::SourceTrouble;
use crate::report::digest::{Digest, RefusalLine, Standing};
use crate::report::lines::{Doubt, DoubtLine, ObservationLine};
use crate::report::words;

/// How many columns of an answer from outside are quoted.
const QUOTED_WIDTH: usize = 200;
/// How many refusals that have passed are told.
const PASSED_SHOWN: usize = 5;

/// What stands in the way now.
pub(super) fn standing(digest: &Digest, speech: Speech) -> Option<Section> {
    let heading = say!(speech, "What is wrong, and what you can do"; "Was nicht stimmt, und was Sie tun können");
    let mut items: Vec<Item> = Vec::new();
    for company in &digest.status.companies {
        let Some(trouble) = &company.trouble else { continue };
        let id = company.company_id;
        let title = say!(speech, "Company {id} could not be finished"; "Firma {id} konnte nicht beendet werden");
        let seen = foreign_text(trouble, QUOTED_WIDTH);
        let what_to_do = say!(speech,
            "Let the services table be reachable again: `reconciler doctor` says what is missing.";
            "Machen Sie die Tabelle der Leistungen wieder erreichbar: `reconciler doctor` sagt, was fehlt.");
        let words = words::Words {
            seen,
            compared_with: String::new(),
            not_done: match digest.runs.map(|runs| runs.last) {
                Some(run) => say!(speech,
                    "Nothing more was done for it; what was, stands in `reconciler show {run}`.";
                    "Mehr wurde für sie nicht getan; was getan wurde, zeigt `reconciler show {run}`."),
                None => String::new(),
            },
            what_to_do,
        };
        items.push(Item { title: Said::new(&title), lines: four_parts(&words, speech) });
    }
    let refusals: Vec<&RefusalLine> = digest.standing_refusals().collect();
    items.extend(refusals.into_iter().map(|line| refusal(line, speech)));
    items.extend(digest.doubts.iter().map(|line| doubt(line, speech)));
    for breach in &digest.breaches {
        let title = say!(speech,
            "More would be switched off than the limits allow";
            "Es würde mehr abgeschaltet, als die Grenzen erlauben");
        let said = words::breach_in(breach, speech.language);
        items.push(Item { title: Said::new(&title), lines: four_parts(&said, speech) });
    }
    (!items.is_empty()).then(|| Section {
        tone: Tone::Bad,
        heading: Said::new(&heading),
        note: None,
        items,
        more: None,
    })
}

/// What was refused meanwhile, and is over.
pub(super) fn passed(digest: &Digest, speech: Speech) -> Option<Section> {
    let lines: Vec<&RefusalLine> =
        digest.refusals.iter().filter(|line| line.standing != Standing::Stands).collect();
    if lines.is_empty() {
        return None;
    }
    let items = lines.iter().take(PASSED_SHOWN).map(|line| {
        let mut said: Vec<Line> = findings(line, speech)
            .iter()
            .map(|words| Line::plain(&format!("{} {}", words.seen, words.not_done)))
            .collect();
        if let Standing::AcceptedBy(by) = &line.standing {
            let by = name(by);
            said.push(Line::plain(&say!(speech,
                "{by} looked, and accepted the list.";
                "{by} hat nachgesehen und die Liste anerkannt.")));
        }
        Item { title: Said::new(&when(line, speech)), lines: said }
    });
    Some(Section {
        tone: Tone::Plain,
        heading: Said::new(
            &say!(speech, "Refused meanwhile, and over"; "Zwischenzeitlich abgelehnt, inzwischen vorbei"),
        ),
        note: None,
        items: items.collect(),
        more: super::more(lines.len().saturating_sub(PASSED_SHOWN), "reconciler runs", speech),
    })
}

fn refusal(line: &RefusalLine, speech: Speech) -> Item {
    let lines = findings(line, speech).iter().flat_map(|words| four_parts(words, speech)).collect();
    Item { title: Said::new(&when(line, speech)), lines }
}

/// Which team, how often and since when.
fn when(line: &RefusalLine, speech: Speech) -> String {
    let (team, last) = (line.observation.team_id, speech.time(line.last));
    if line.times == 1 {
        return say!(speech, "Team {team}, {last}"; "Team {team}, {last}");
    }
    let first = speech.time(line.first);
    let runs = speech.count(usize::try_from(line.times).unwrap_or(usize::MAX), RUN);
    say!(speech,
        "Team {team}, {first} to {last} ({runs})";
        "Team {team}, {first} bis {last} ({runs})")
}

fn findings(line: &RefusalLine, speech: Speech) -> Vec<words::Words> {
    let observation = quoted(&line.observation);
    let refused =
        observation.findings.iter().filter(|one| one.check().verdict() != Verdict::Accepted);
    refused
        .map(|one| {
            let mut said = words::finding_in(one, &observation, speech.zone, speech.language);
            if let Finding::Source(trouble) = one {
                said.seen = format!("{} ({trouble})", plainly(trouble.check, speech));
            }
            said
        })
        .collect()
}

/// What it means that nothing readable came; the answer itself is for those who know HTTP.
fn plainly(check: Check, speech: Speech) -> String {
    match check {
        Check::Transport => say!(speech,
            "Cal.com did not answer, or not to the end.";
            "Cal.com hat nicht oder nicht bis zum Ende geantwortet."),
        Check::Unauthorized => say!(speech,
            "Cal.com did not accept the key.";
            "Cal.com hat den Schlüssel nicht angenommen."),
        Check::NotFound => say!(speech,
            "Cal.com does not know this team.";
            "Cal.com kennt dieses Team nicht."),
        Check::Malformed => say!(speech,
            "An entry of Cal.com's list could not be read.";
            "Ein Eintrag in der Liste von Cal.com war nicht lesbar."),
        Check::ContentType | Check::Envelope => say!(speech,
            "Something came that is no list of event types.";
            "Es kam etwas, das keine Liste von Ereignistypen ist."),
        _ => say!(speech,
            "Cal.com answered otherwise than expected.";
            "Cal.com hat anders geantwortet als erwartet."),
    }
}

/// The observation with what came from outside cut and harmless, so that it can be quoted.
fn quoted(line: &ObservationLine) -> ObservationLine {
    let mut line = line.clone();
    let quote = |trouble: &mut SourceTrouble| {
        trouble.seen = foreign_text(&trouble.seen, QUOTED_WIDTH).into();
    };
    for finding in &mut line.findings {
        match finding {
            Finding::Source(trouble) | Finding::Witness { trouble: Some(trouble), .. } => {
                quote(trouble);
            }
            Finding::Identity(IdentityMismatch::Slug { says: Some(says), .. }) => {
                *says = name(says).into();
            }
            _ => {}
        }
    }
    line
}

fn doubt(line: &DoubtLine, speech: Speech) -> Item {
    let mut line = line.clone();
    if let Doubt::Unclear { seen } = &mut line.doubt {
        *seen = foreign_text(seen, QUOTED_WIDTH).into();
    }
    let called = speech.quote(&name(&line.name));
    let title = match line.service_id {
        Some(id) => say!(speech, "{called} (service {id})"; "{called} (Leistung {id})"),
        None => called,
    };
    let said = words::doubt_in(&line, speech.language);
    Item { title: Said::new(&title), lines: four_parts(&said, speech) }
}

fn four_parts(words: &words::Words, speech: Speech) -> Vec<Line> {
    let parts = [
        (say!(speech, "Seen"; "Gesehen"), &words.seen),
        (say!(speech, "Compared with"; "Verglichen mit"), &words.compared_with),
        (say!(speech, "Not done"; "Nicht getan"), &words.not_done),
        (say!(speech, "What you can do"; "Was Sie tun können"), &words.what_to_do),
    ];
    let said = parts.into_iter().filter(|(_, words)| !words.is_empty());
    said.map(|(label, words)| Line::new(&label, words)).collect()
}

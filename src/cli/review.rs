//! `reconciler review`: people answer questions. Only a run acts on the answers.

use super::output::Output;
use super::people::{self, Person};
use super::{Session, records};
use crate::flow::review::{self, Queue, Request, Which};
use crate::model::ids::{ObservationId, ReviewId};
use crate::model::review::{ReviewItem, ReviewState};
use crate::report::{json, text};
use clap::Subcommand;
use std::io::IsTerminal;
use std::time::Duration;

mod interactive;
mod sitting;

/// What a yes does, and what it does not.
const APPLIED_LATER: &str =
    "Nothing is written yet: the next `reconciler run` applies it, if it still finds the same.";

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what waits for a person
    List {
        /// Also what was answered, applied or became void
        #[arg(long)]
        all: bool,
        /// One JSON document on stdout
        #[arg(long)]
        json: bool,
    },
    /// Say yes: the next run applies it, if it still finds the same
    Approve {
        /// The questions
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
        /// The number of deactivations among them, where they are more than the limits leave room for
        #[arg(long, value_name = "N")]
        mass: Option<u32>,
        #[command(flatten)]
        person: Person,
    },
    /// Say no: leave it alone until it is released
    Keep {
        /// The questions
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
        #[command(flatten)]
        person: Person,
    },
    /// Ask again later
    Snooze {
        /// The questions
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
        /// How much later, like 7d
        #[arg(long = "for", value_name = "DURATION", value_parser = people::a_while)]
        pause: Duration,
        #[command(flatten)]
        person: Person,
    },
    /// Believe a quarantined observation: the source really changed
    Accept {
        /// The observation
        observation: i64,
        #[command(flatten)]
        person: Person,
    },
    /// Do not believe a quarantined observation
    Discard {
        /// The observation
        observation: i64,
        #[command(flatten)]
        person: Person,
    },
}

/// Answers, or shows what waits.
pub fn review(session: &Session, args: &Args) -> anyhow::Result<u8> {
    let people = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if args.command.is_none() && people {
        return interactive::review(session);
    }
    let list = Command::List { all: false, json: false };
    match args.command.as_ref().unwrap_or(&list) {
        Command::List { all, json } => show(session, *all, *json),
        Command::Approve { ids, mass, person } => {
            answer(session, ids, &Request::Approve { mass: *mass }, person)
        }
        Command::Keep { ids, person } => answer(session, ids, &Request::Keep, person),
        Command::Snooze { ids, pause, person } => {
            answer(session, ids, &Request::Snooze { pause: *pause }, person)
        }
        Command::Accept { observation, person } => {
            judge(session, ObservationId(*observation), person, Judgement::Accept)
        }
        Command::Discard { observation, person } => {
            judge(session, ObservationId(*observation), person, Judgement::Discard)
        }
    }
}

fn show(session: &Session, all: bool, json: bool) -> anyhow::Result<u8> {
    let config = session.records()?;
    let which = if all { Which::All } else { Which::Waiting };
    let outside = records(&config);
    let items = review::list(outside, which)?;
    let around = review::circumstances(outside, &items)?;
    if json {
        Output::print(&json::review(&items, &around))?;
    } else {
        Output::print(&text::review(&items, &around, session.voice(config.time_zone)))?;
    }
    Ok(0)
}

fn answer(
    session: &Session,
    ids: &[i64],
    request: &Request,
    person: &Person,
) -> anyhow::Result<u8> {
    let config = session.records()?;
    let outside = records(&config);
    let said = person.word(session)?;
    let ids: Vec<ReviewId> = ids.iter().copied().map(ReviewId).collect();
    match Queue::open(outside).and_then(|mut queue| queue.answer(&ids, request, &said)) {
        Ok(items) => {
            let (done, next) = match request {
                Request::Approve { .. } => ("approved", Some(APPLIED_LATER)),
                Request::Keep => ("kept, and held until released", None),
                Request::Snooze { .. } => ("snoozed", None),
            };
            let voice = session.voice(config.time_zone);
            Output::print(&text::recorded(&items, done, next, voice))?;
            for other in review::list(outside, Which::Waiting)? {
                let same =
                    items.iter().find(|item| other.observation() == Some(ObservationId(item.id.0)));
                if let Some(item) = same {
                    let answered = format!("question {}, not observation {}", item.id, item.id);
                    Output::print(&text::same_number(&answered, &other, voice))?;
                }
            }
            Ok(0)
        }
        Err(error) => people::refused(error),
    }
}

#[derive(Clone, Copy)]
enum Judgement {
    Accept,
    Discard,
}

fn judge(
    session: &Session,
    observation: ObservationId,
    person: &Person,
    judgement: Judgement,
) -> anyhow::Result<u8> {
    let config = session.records()?;
    let outside = records(&config);
    let said = person.word(session)?;
    let judged = Queue::open(outside).and_then(|mut queue| match judgement {
        Judgement::Accept => queue.accept(observation, &said),
        Judgement::Discard => queue.discard(observation, &said),
    });
    let meaning = match judged {
        Ok(meaning) => meaning,
        Err(error) => return people::refused(error),
    };
    let (absent, done) = match judgement {
        Judgement::Accept => (meaning.absent.as_slice(), "accepted, and is the new baseline."),
        Judgement::Discard => (&[][..], "discarded; nothing rests on it."),
    };
    let voice = session.voice(config.time_zone);
    let known = &meaning.observation;
    let named = (observation, known.team_id, known.run_id);
    Output::print(&text::judged(named, absent, done, voice))?;
    let waiting = review::list(outside, Which::Waiting)?;
    let same = |item: &&ReviewItem| {
        item.observation().is_none()
            && item.id.0 == observation.0
            && item.state == ReviewState::Pending
    };
    if let Some(other) = waiting.iter().find(same) {
        let answered = format!("observation {observation}, not question {observation}");
        Output::print(&text::same_number(&answered, other, voice))?;
    }
    Ok(0)
}

//! `reconciler review` on a terminal: one card a question, one letter an answer. Line by line, so
//! that it works over any connection, at any width, and leaves the terminal as it was.

use super::super::people::Person;
use super::super::{Session, block_on, explain, run, work};
use super::{Output, Queue, Request, Which};
use crate::config::Config;
use crate::flow::review::evidence::Witnesses;
use crate::flow::review::{self, Refusal};
use crate::flow::work::Work;
use crate::model::review::{ReviewItem, ReviewKind, Word};
use crate::report::text;
use std::io::BufRead;
use std::time::Duration;

/// How long "later" is.
const LATER: Duration = Duration::from_hours(7 * 24);

/// What a person says to one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Approve,
    Keep,
    Later,
}

impl Choice {
    fn words(self, kind: ReviewKind) -> &'static str {
        match (self, kind) {
            (Self::Approve, ReviewKind::Observation) => "believe",
            (Self::Keep, ReviewKind::Observation) => "do not believe",
            (Self::Approve, _) => "yes",
            (Self::Keep, _) => "no, leave it alone",
            (Self::Later, _) => "ask again in 7 days",
        }
    }
}

/// Goes through what waits; records nothing before a last yes.
pub fn review(session: &Session) -> anyhow::Result<u8> {
    let config = session.config()?;
    let outside = work(&config);
    let mut items = review::list(&outside, Which::Waiting)?;
    items.retain(|item| item.approval.is_none());
    items.sort_by_key(|item| (item.question.subject.kind, item.id));
    if items.is_empty() {
        Output::print(&text::review(&items, session.voice(&config)));
        return Ok(0);
    }
    let choices = ask_all(session, &config, &outside, &items)?;
    if choices.is_empty() {
        Output::print("Nothing was recorded.\n");
        return Ok(0);
    }
    let shown: Vec<(String, &ReviewItem)> = choices
        .iter()
        .map(|(choice, item)| (choice.words(item.question.subject.kind).to_owned(), *item))
        .collect();
    Output::print(&text::summary(&shown, session.voice(&config)));
    if !says_yes("Record this? Type yes: ") {
        Output::print("Nothing was recorded.\n");
        return Ok(0);
    }
    record(session, &outside, &choices)?;
    let approved = choices.iter().any(|(choice, _)| *choice == Choice::Approve);
    if approved && says_yes("Only a run writes to services. Run now? Type yes: ") {
        return run::run(session, &run::Args::default());
    }
    Ok(0)
}

/// One question after the other; `u` takes the last answer back, `q` ends.
fn ask_all<'a>(
    session: &Session,
    config: &Config,
    outside: &Work,
    items: &'a [ReviewItem],
) -> anyhow::Result<Vec<(Choice, &'a ReviewItem)>> {
    let mut witnesses = block_on(Witnesses::call(outside, session.clock.now()))??;
    let mut answers: Vec<Option<Choice>> = Vec::new();
    while let Some(item) = items.get(answers.len()) {
        let evidence = block_on(witnesses.evidence(item))??;
        let place = (answers.len() + 1, items.len());
        Output::print(&text::card(item, &evidence, place, session.voice(config)));
        let question = match item.question.subject.kind {
            ReviewKind::Observation => {
                "[a] believe it  [k] do not  [s] skip  [u] undo  [q] quit > "
            }
            _ => "[a] yes  [k] no  [z] in 7 days  [s] skip  [o] story  [u] undo  [q] quit > ",
        };
        match (line(question).as_deref(), item.question.subject.kind) {
            (Some("a"), _) => answers.push(Some(Choice::Approve)),
            (Some("k"), _) => answers.push(Some(Choice::Keep)),
            (Some("z"), kind) if kind != ReviewKind::Observation => {
                answers.push(Some(Choice::Later));
            }
            (Some("s"), _) => answers.push(None),
            (Some("u"), _) => {
                answers.pop();
            }
            (Some("o"), _) => match item.question.subject.service_id {
                Some(service) => {
                    explain::tell(session, service.0)?;
                }
                None => Output::print("It is about no service yet.\n"),
            },
            (Some("q") | None, _) => break,
            (Some(_), _) => Output::print("Type one of the letters in brackets, then Enter.\n"),
        }
    }
    let answered = answers.into_iter().zip(items);
    Ok(answered.filter_map(|(choice, item)| Some((choice?, item))).collect())
}

fn record(
    session: &Session,
    outside: &Work,
    choices: &[(Choice, &ReviewItem)],
) -> anyhow::Result<()> {
    let mut said = Person::default().word(session);
    if choices.iter().any(|(choice, _)| *choice == Choice::Keep) {
        said.reason = line("Why leave it alone? > ").filter(|why| !why.is_empty()).map(Into::into);
    }
    let mut queue = Queue::open(outside)?;
    for (choice, item) in choices {
        let Some(observation) = item.question.subject.observation_id else { continue };
        match choice {
            Choice::Approve => queue.accept(observation, &said)?,
            Choice::Keep | Choice::Later => queue.discard(observation, &said)?,
        };
    }
    let of = |wanted: Choice| -> Vec<_> {
        let chosen = choices.iter().filter(|(choice, item)| {
            *choice == wanted && item.question.subject.observation_id.is_none()
        });
        chosen.map(|(_, item)| item.id).collect()
    };
    approve(&mut queue, &of(Choice::Approve), &said)?;
    for (ids, request) in
        [(of(Choice::Keep), Request::Keep), (of(Choice::Later), Request::Snooze { pause: LATER })]
    {
        if !ids.is_empty() {
            queue.answer(&ids, &request, &said)?;
        }
    }
    Output::print("Recorded.\n");
    Ok(())
}

/// More than the limits leave room for needs the number, typed.
fn approve(
    queue: &mut Queue<'_>,
    ids: &[crate::model::ids::ReviewId],
    said: &Word,
) -> anyhow::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let Err(error) = queue.answer(ids, &Request::Approve { mass: None }, said) else {
        return Ok(());
    };
    let Some(Refusal::NeedsMass { total, .. }) = error.downcast_ref() else { return Err(error) };
    Output::print(&format!("{error}\n"));
    let total = *total;
    let typed = line("Type the number to approve them all, anything else to approve none: ");
    if typed.and_then(|number| number.parse().ok()) == Some(total) {
        queue.answer(ids, &Request::Approve { mass: Some(total) }, said)?;
    } else {
        Output::print("None of them was approved.\n");
    }
    Ok(())
}

/// A line from the terminal, without its spaces; `None` at its end.
fn line(question: &str) -> Option<String> {
    Output::print(question);
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer).ok()?;
    (read > 0).then(|| answer.trim().to_owned())
}

fn says_yes(question: &str) -> bool {
    line(question).is_some_and(|answer| answer.eq_ignore_ascii_case("yes"))
}

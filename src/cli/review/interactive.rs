//! `reconciler review` on a terminal: one card a question, one letter an answer. Line by line, so
//! that it works over any connection, at any width, and leaves the terminal as it was, however it
//! ends. Nothing is recorded before the summary is answered, and then all of it at once.

use super::super::output::Unsaid;
use super::super::people::{self, Person};
use super::super::{Session, explain, run, runtime, show, work};
use super::sitting::{Choice, Sitting};
use super::{APPLIED_LATER, Output, Queue, Request, Which};
use crate::config::{Config, Needed};
use crate::flow::review::evidence::Witnesses;
use crate::flow::review::{self, Refusal};
use crate::flow::work::Work;
use crate::model::review::{ReviewItem, ReviewKind, Word};
use crate::report::group::{Circumstances, Group, groups};
use crate::report::text::{self, Voice};
use std::io::BufRead;
use std::time::Duration;

/// How long "later" is.
const LATER: Duration = Duration::from_hours(7 * 24);

/// Said wherever a sitting ends without its last yes.
const NOTHING: &str = "Nothing was recorded.\n";

/// Everything that a sitting has before it.
struct Desk<'a> {
    session: &'a Session,
    config: &'a Config,
    outside: &'a Work,
    around: &'a Circumstances,
    groups: &'a [Group<'a>],
    runtime: tokio::runtime::Runtime,
    witnesses: Witnesses<'a>,
}

/// How a person goes on after the summary.
enum Last {
    /// Record it; with the number of deactivations, where it had to be typed.
    Record(Option<u32>),
    /// Back to the last question.
    Back,
    /// Record nothing.
    Leave,
}

/// Goes through what waits; records nothing before a last yes.
pub fn review(session: &Session) -> anyhow::Result<u8> {
    let config = session.config(Needed::Nothing)?;
    let outside = work(&config);
    let mut items = review::list(outside.records(), Which::Waiting)?;
    items.retain(|item| item.approval.is_none());
    let around = review::circumstances(outside.records(), &items)?;
    if items.is_empty() {
        Output::print(&text::review(&items, &around, session.voice(config.time_zone)))?;
        return Ok(0);
    }
    // Before the first question, and not after the last answer.
    Person::default().word(session)?;
    let groups = groups(&items, &around);
    let runtime = runtime()?;
    let witnesses = runtime.block_on(Witnesses::call(&outside, session.clock.now()))?;
    let mut desk = Desk {
        session,
        config: &config,
        outside: &outside,
        around: &around,
        groups: &groups,
        runtime,
        witnesses,
    };
    let mut sitting = Sitting::default();
    while desk.ask(&mut sitting)?.is_some() && sitting.said().next().is_some() {
        match desk.sum_up(&sitting)? {
            Last::Record(mass) => return desk.record(&sitting, mass),
            Last::Back => sitting.undo(),
            Last::Leave => break,
        };
    }
    Output::print(NOTHING)?;
    Ok(0)
}

impl<'a> Desk<'a> {
    fn says(&self, words: &str) -> Result<(), Unsaid> {
        Output::print(&text::paragraph(words, self.voice()))
    }

    fn voice(&self) -> Voice {
        self.session.voice(self.config.time_zone)
    }

    /// The question at a place, and how many of its story come from there on.
    fn question(&self, place: usize) -> Option<(&'a Group<'a>, &'a ReviewItem, usize)> {
        let mut before = 0;
        for group in self.groups {
            if let Some(item) = group.items.get(place - before) {
                return Some((group, item, before + group.items.len() - place));
            }
            before += group.items.len();
        }
        None
    }

    /// One question after the other, to the last or to `q`; `None` where nobody answers any more.
    fn ask(&mut self, sitting: &mut Sitting) -> anyhow::Result<Option<()>> {
        let all = self.groups.iter().map(|group| group.items.len()).sum();
        while let Some((group, item, rest)) = self.question(sitting.next()) {
            if rest == group.items.len() && rest > 1 {
                Output::print(&text::head(group, self.around, self.voice()))?;
            }
            let evidence = self.runtime.block_on(self.witnesses.evidence(item))?;
            let place = (sitting.next() + 1, all);
            Output::print(&text::card(item, &evidence, place, self.voice()))?;
            loop {
                Output::print(&text::keys(item.question.subject.kind, rest, self.voice()))?;
                let Some(key) = line("> ")? else { return Ok(None) };
                match key.to_lowercase().as_str() {
                    "a" => sitting.answer(&Choice::Yes, 1),
                    "k" => {
                        let Some(why) = line("Why? (Enter: no reason) > ")? else {
                            return Ok(None);
                        };
                        let why = (!why.is_empty()).then(|| why.into());
                        sitting.answer(&Choice::No(why), 1);
                    }
                    "z" if item.observation().is_none() => sitting.answer(&Choice::Later, 1),
                    "s" => sitting.answer(&Choice::Skip, 1),
                    "g" if rest > 1 => {
                        let Some(sure) = names(rest)? else { return Ok(None) };
                        if !sure {
                            continue;
                        }
                        sitting.answer(&Choice::Yes, rest);
                    }
                    "u" => {
                        if !sitting.undo() {
                            Output::print("There is nothing to undo.\n")?;
                            continue;
                        }
                    }
                    "o" => {
                        self.tell(item)?;
                        continue;
                    }
                    "q" => return Ok(Some(())),
                    _ => {
                        self.says("Type one of the letters in brackets, then Enter.")?;
                        continue;
                    }
                }
                break;
            }
        }
        Ok(Some(()))
    }

    /// What is behind a question.
    fn tell(&self, item: &ReviewItem) -> anyhow::Result<()> {
        match (item.question.subject.service_id, item.question.subject.kind) {
            (Some(service), _) => {
                explain::tell(self.session, service.0)?;
            }
            (None, ReviewKind::Observation) => {
                show::tell(self.session, item.run_id.0)?;
                let absent = self.around.would_count.get(&item.id).map_or(&[][..], Vec::as_slice);
                Output::print(&text::everything(item, absent, self.voice()))?;
            }
            (None, _) => Output::print(&text::everything(item, &[], self.voice()))?,
        }
        Ok(())
    }

    /// What was said, with the questions it was said to.
    fn said<'b>(&self, sitting: &'b Sitting) -> Vec<(&'b Choice, &'a ReviewItem)> {
        let said = sitting.said();
        said.filter_map(|(place, choice)| Some((choice, self.question(place)?.1))).collect()
    }

    /// Shows what would be recorded, and asks for the last yes.
    fn sum_up(&self, sitting: &Sitting) -> anyhow::Result<Last> {
        let said = self.said(sitting);
        let shown: Vec<(String, &ReviewItem)> =
            said.iter().map(|(choice, item)| (words(choice, item), *item)).collect();
        let all: usize = self.groups.iter().map(|group| group.items.len()).sum();
        Output::print(&text::summary(&shown, all - shown.len(), self.voice()))?;
        let approved = said.iter().filter(|(choice, _)| **choice == Choice::Yes);
        let approved: Vec<ReviewItem> = approved.map(|(_, item)| (*item).clone()).collect();
        let queue = Queue::open(self.outside.records())?;
        let now = self.session.clock.later();
        let (wanted, mass) = match queue.check_room(&approved, now) {
            Ok(()) => ("yes".to_owned(), None),
            Err(error) => match error.downcast_ref() {
                Some(Refusal::NeedsMass { company, asked, left, limit, used, total }) => {
                    self.says(&format!(
                        "Company {company}: these are {asked} deactivations, and the limits leave \
                         room for {left} ({used} of {limit} are used up in the last seven days). \
                         With their number typed, they are approved all the same."
                    ))?;
                    (total.to_string(), Some(*total))
                }
                _ => return Err(error),
            },
        };
        self.says(&format!(
            "Record this? {wanted}: record it. u: undo the last. Anything else: nothing."
        ))?;
        let answer = line("> ")?.map(|answer| answer.to_lowercase());
        Ok(match answer.as_deref() {
            Some("u") => Last::Back,
            Some(answer) if answer == wanted => Last::Record(mass),
            Some(_) | None => Last::Leave,
        })
    }

    /// Records everything, or nothing where a question was decided meanwhile; offers a run.
    fn record(&self, sitting: &Sitting, mass: Option<u32>) -> anyhow::Result<u8> {
        let said = self.said(sitting);
        let word = Person::default().word(&self.session.at_this_moment())?;
        let answers: Vec<(&ReviewItem, Request, Word)> = said
            .iter()
            .map(|(choice, item)| {
                let (request, reason) = match choice {
                    Choice::Yes => (Request::Approve { mass }, None),
                    Choice::No(why) => (Request::Keep, why.clone()),
                    Choice::Later | Choice::Skip => (Request::Snooze { pause: LATER }, None),
                };
                (*item, request, Word { reason, ..word.clone() })
            })
            .collect();
        if let Err(error) =
            Queue::open(self.outside.records()).and_then(|mut queue| queue.answer_each(&answers))
        {
            Output::print(NOTHING)?;
            return people::refused(error);
        }
        Output::print("Recorded.\n")?;
        let writes = |(choice, item): &(&Choice, &ReviewItem)| {
            **choice == Choice::Yes && item.observation().is_none()
        };
        if !said.iter().any(writes) {
            return Ok(0);
        }
        self.says(APPLIED_LATER)?;
        let answer = line("Run now? (yes, or not now) > ")?;
        if answer.is_some_and(|answer| answer.eq_ignore_ascii_case("yes")) {
            return run::run(&self.session.at_this_moment(), &run::Args::default());
        }
        Ok(0)
    }
}

fn words(choice: &Choice, item: &ReviewItem) -> String {
    match (choice, item.observation().is_some()) {
        (Choice::Yes, true) => "believe it".to_owned(),
        (Choice::Yes, false) => "yes".to_owned(),
        (Choice::No(_), true) => "do not believe it".to_owned(),
        (Choice::No(None), false) => "no: held until released".to_owned(),
        (Choice::No(Some(why)), false) => format!("no: held until released ({why})"),
        (Choice::Later | Choice::Skip, _) => "ask again in 7 days".to_owned(),
    }
}

/// Whether a person types the very number: one wrong key is never a yes to many.
fn names(number: usize) -> Result<Option<bool>, Unsaid> {
    let Some(answer) = line(&format!("Yes to all {number}? Type the number > "))? else {
        return Ok(None);
    };
    let sure = answer.parse() == Ok(number);
    if !sure {
        Output::print(&format!("That is not {number}: nothing was answered.\n"))?;
    }
    Ok(Some(sure))
}

/// A line from the terminal, without its spaces; `None` at its end.
fn line(question: &str) -> Result<Option<String>, Unsaid> {
    Output::print(question)?;
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(0) => Output::print("\n").map(|()| None),
        Ok(_) => Ok(Some(answer.trim().to_owned())),
        Err(_) => Ok(None),
    }
}

//! What a message tells: how things stand, what waits for a person, what changed and who decided
//! it, and what was refused. Facts only; `letter` puts them into words.

use super::lines::{
    BreachLine, ChangeLine, DoubtLine, DriftLine, ObservationLine, TurnLine, WatchLine,
};
use super::run_report::RunReport;
use super::status::StatusReport;
use crate::model::Timestamp;
use crate::model::ids::{CompanyId, EventTypeId, ObservationId, ReviewId, RunId, ServiceId};
use crate::model::observation::Verdict;
use crate::model::review::ReviewKind;

#[cfg(test)]
pub(super) mod fixtures;

/// The facts of one message.
#[derive(Debug, Clone)]
#[must_use = "a digest that nobody reads was for nobody"]
pub struct Digest {
    /// Why it is told.
    pub occasion: Occasion,
    /// What happened from here on is told; what stands is told whenever it began.
    pub since: Timestamp,
    /// The runs from there on; `None` where there was none.
    pub runs: Option<RunSpan>,
    /// How things stand.
    pub status: StatusReport,
    /// Open questions: trouble first, then the oldest.
    pub waiting: Vec<WaitingLine>,
    /// What was written to the table, or could not be.
    pub changes: Vec<ChangedLine>,
    /// Observations that were not believed; what still stands comes first.
    pub refusals: Vec<RefusalLine>,
    /// Look-ups by id that were unclear or contradicted the list.
    pub doubts: Vec<DoubtLine>,
    /// Limits that a plan would have crossed.
    pub breaches: Vec<BreachLine>,
    /// Questions that ended, or woke, without a person.
    pub turned: Vec<TurnLine>,
    /// Rows that differ in columns which the application owns.
    pub drifted: Vec<DriftLine>,
    /// The head of the ledger's hash chain: a copy of it outside this machine is an anchor.
    pub head: Option<Box<str>>,
}

/// Why a message is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Something happened, or it is time.
    Usual,
    /// Trouble began with the newest run.
    TroubleBegan,
    /// It began earlier, and was told before.
    TroubleGoesOn {
        /// When it began.
        since: Timestamp,
    },
    /// It has ended with the newest run.
    TroubleOver {
        /// When it began.
        since: Timestamp,
    },
}

/// The runs that are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSpan {
    /// The first.
    pub first: RunId,
    /// The last; the same where it is one.
    pub last: RunId,
    /// How many.
    pub count: u32,
}

/// A question that is still open.
#[derive(Debug, Clone)]
pub struct WaitingLine {
    /// Its number.
    pub id: ReviewId,
    /// What kind.
    pub kind: ReviewKind,
    /// The company.
    pub company_id: CompanyId,
    /// The row, if one is meant.
    pub service_id: Option<ServiceId>,
    /// The event type, if one is meant.
    pub event_type_id: Option<EventTypeId>,
    /// The observation, if one is meant.
    pub observation_id: Option<ObservationId>,
    /// The name people know it by: foreign text.
    pub name: Box<str>,
    /// Why it is asked, in English.
    pub reason: Box<str>,
    /// Since when.
    pub since: Timestamp,
    /// How many rows a yes would write.
    pub rows: usize,
    /// Whether it was answered with yes already, and waits for a run.
    pub yes: Option<Yes>,
}

/// A person's yes.
#[derive(Debug, Clone)]
pub struct Yes {
    /// Who.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
}

/// A change that a run made, or could not make.
#[derive(Debug, Clone)]
pub struct ChangedLine {
    /// The run.
    pub run_id: RunId,
    /// When.
    pub at: Timestamp,
    /// The change.
    pub line: ChangeLine,
    /// Who decided it.
    pub decided: Decided,
    /// A rollback of its run would find something of it to undo.
    pub can_be_undone: bool,
}

/// Who decided a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// A person said yes to exactly this change.
    Person {
        /// Who.
        by: Box<str>,
        /// Why, in their words.
        why: Option<Box<str>>,
    },
    /// The configuration allows it without asking.
    Configuration,
    /// A person had a run undone.
    Rollback {
        /// The run; `None` where several were.
        of: Option<RunId>,
        /// Who, where that is still known.
        by: Option<Box<str>>,
    },
}

/// What was not believed of one team, for the same reasons: told once, however often it was seen.
#[derive(Debug, Clone)]
pub struct RefusalLine {
    /// The company.
    pub company_id: CompanyId,
    /// The newest of these observations.
    pub observation: ObservationLine,
    /// When the first of them was made, of those told.
    pub first: Timestamp,
    /// When the newest was.
    pub last: Timestamp,
    /// How many.
    pub times: u32,
    /// What became of it.
    pub standing: Standing,
}

/// What became of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is the team's newest observation.
    Stands,
    /// A later observation was accepted, or refused for other reasons.
    Passed,
    /// A person accepted it.
    AcceptedBy(Box<str>),
}

impl Digest {
    /// The same facts, told for another reason.
    pub fn on(mut self, occasion: Occasion) -> Self {
        self.occasion = occasion;
        self
    }

    /// With what only the run itself knows: limits it met, questions that turned, and how rows
    /// differ, column by column.
    pub fn with_run(mut self, run: &RunReport) -> Self {
        for company in &run.companies {
            self.breaches.extend(company.breach.clone());
            self.turned.extend(company.turned.iter().cloned());
            for line in &company.drifted {
                match self.drifted.iter_mut().find(|one| one.service_id == line.service_id) {
                    Some(known) => known.clone_from(line),
                    None => self.drifted.push(line.clone()),
                }
            }
        }
        self
    }

    /// Active services that callers can book.
    pub fn bookable(&self) -> u32 {
        self.status.bookable()
    }

    /// Active services.
    pub fn active(&self) -> u32 {
        self.status.active()
    }

    /// Questions that nobody answered yet.
    pub fn unanswered(&self) -> impl Iterator<Item = &WaitingLine> {
        self.waiting.iter().filter(|line| line.yes.is_none())
    }

    /// What is not believed now.
    pub fn standing_refusals(&self) -> impl Iterator<Item = &RefusalLine> {
        let lines = self.refusals.iter();
        lines.filter(|line| {
            line.standing == Standing::Stands && line.observation.verdict != Verdict::Accepted
        })
    }

    /// Active services whose event type is absent.
    pub fn watching(&self) -> impl Iterator<Item = &WatchLine> {
        self.status.companies.iter().flat_map(|company| &company.watching)
    }
}

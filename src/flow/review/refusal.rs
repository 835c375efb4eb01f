//! Why answers to questions are refused whole.

use crate::model::ids::{CompanyId, ObservationId, ReviewId};
use std::path::PathBuf;

/// Why a request was refused whole. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No such question.
    #[error("there is no question {0}; `reconciler review list` shows those that wait")]
    Unknown(ReviewId),
    /// It is not open any more.
    #[error("question {id} ({what}) does not wait for an answer: it is {state}")]
    NotOpen {
        /// Which.
        id: ReviewId,
        /// What it was about.
        what: String,
        /// What it is.
        state: &'static str,
    },
    /// Somebody, or a run, turned it since it was shown.
    #[error(
        "question {id} ({what}) was answered meanwhile: it is {state} now, by {by}; \
         `reconciler review list --all` shows it"
    )]
    AnsweredMeanwhile {
        /// Which.
        id: ReviewId,
        /// What it was about.
        what: String,
        /// What it is.
        state: &'static str,
        /// Who answered.
        by: Box<str>,
    },
    /// It is about an observation.
    #[error(
        "question {id} is about an observation: `reconciler review accept {observation}`, or discard"
    )]
    Observation {
        /// Which.
        id: ReviewId,
        /// Its observation.
        observation: ObservationId,
    },
    /// More than the limits leave room for.
    #[error(
        "company {company}: these are {asked} deactivations, and the limits leave room for {left} \
         ({used} of {limit} are used up in the last seven days); say --mass {total} if you mean all of them"
    )]
    NeedsMass {
        /// The company.
        company: CompanyId,
        /// How many deactivations of it are among the ids.
        asked: u32,
        /// How many there is room for.
        left: u32,
        /// The limit.
        limit: u32,
        /// How much of it is used.
        used: u32,
        /// How many deactivations are among the ids, over all companies.
        total: u32,
    },
    /// `--mass` names another number.
    #[error("--mass {said} does not fit: {counted} deactivations are among these questions")]
    WrongNumber {
        /// What was said.
        said: u32,
        /// What there is.
        counted: u32,
    },
    /// There is no ledger.
    #[error("there is no ledger at {}: no run was made yet", .0.display())]
    NoLedger(PathBuf),
    /// The observation cannot be accepted or discarded.
    #[error("observation {id} {why}")]
    NotAcceptable {
        /// Which.
        id: ObservationId,
        /// Why not.
        why: String,
    },
}

//! What `verify` found, for people and for scripts.

use super::harmless::harmless;
use super::paragraph::fill;
use crate::model::chain::{ChainHead, Linked};
use serde_json::{Value, json};

/// Everything that was verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a verification that nobody reports was for nobody"]
pub struct Verification {
    /// The newest link; `None` where there is none, or none can be read.
    pub head: Option<ChainHead>,
    /// How many of the links were made when an older ledger got its chain.
    pub made_afterwards: Option<i64>,
    /// What runs do with it as it is.
    pub outlook: Outlook,
    /// What must not be so.
    pub findings: Vec<Finding>,
    /// What is no failure, and a person may want to know.
    pub told: Vec<Finding>,
    /// The earlier head that was asked for, in lower-case hex, and the link that it is.
    pub anchor: Option<(String, Option<(i64, Linked)>)>,
}

/// What runs do with a ledger as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Outlook {
    /// They go on: the file is whole, and its newest links fit.
    #[default]
    GoOn,
    /// They refuse to begin, or to change anything.
    Refuses,
    /// There is no file.
    NoFile,
}

impl Outlook {
    /// What that means, and what to do.
    fn words(self) -> &'static str {
        match self {
            Self::GoOn => {
                "Its file is whole and its newest links fit, so that runs go on with it. Keep a \
                 copy of it as it is, and decide: go on, put a backup in its place, or begin anew \
                 without one: a new ledger switches nothing off on old evidence."
            }
            Self::Refuses => {
                "A run refuses to begin with it, or to change anything. Keep this file as it is, \
                 put a backup in its place, or begin anew without one: a new ledger switches \
                 nothing off on old evidence."
            }
            Self::NoFile => {
                "Put a backup in its place, or begin anew without one: a new ledger switches \
                 nothing off on old evidence."
            }
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `file`, `schema`, `chain`, `content`, `audit`, `anchor`, `store` or `journal`.
    pub check: &'static str,
    /// What was seen.
    pub what: String,
    /// What depends on it.
    pub depends: Option<String>,
}

impl Finding {
    /// One on which nothing in particular depends.
    pub fn new(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, what: what.into(), depends: None }
    }

    fn json(&self) -> Value {
        json!({ "check": self.check, "what": self.what, "depends": self.depends })
    }

    fn text(&self) -> String {
        let name = format!("  {:<9}", self.check);
        let mut text = fill(&name, &harmless(&self.what));
        if let Some(depends) = &self.depends {
            text.push_str(&fill("           → ", &harmless(depends)));
        }
        text
    }
}

impl Verification {
    /// True where nothing was found that must not be so.
    pub fn is_ok(&self) -> bool {
        self.findings.is_empty()
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match (self.is_ok(), self.head) {
            (true, Some(head)) => {
                let links = format!("{} links fit together", head.links);
                text = format!("The ledger can be believed: {links}, up to\n  {head}\n");
            }
            (true, None) => text.push_str("The ledger is empty, and nothing in it is wrong.\n"),
            (false, _) if self.outlook == Outlook::NoFile => text.push_str("No ledger.\n\n"),
            (false, _) => text.push_str("The ledger cannot be believed as it is.\n\n"),
        }
        for finding in &self.findings {
            text.push_str(&finding.text());
        }
        if !self.is_ok() {
            text.push('\n');
            text.push_str(&fill("", self.outlook.words()));
        }
        if let Some((hash, Some((number, linked)))) = &self.anchor {
            let words = format!(
                "{hash} is link {number} ({linked}): up to there, the history is the one that it \
                 was taken from."
            );
            text.push_str(&fill("", &words));
        }
        if let Some(links) = self.made_afterwards {
            let words = format!(
                "The first {links} links were made when this ledger, older than the chain, was \
                 upgraded: they show what was altered since, and nothing that was altered before."
            );
            text.push_str(&fill("", &words));
        }
        if !self.told.is_empty() {
            text.push_str("\nNo failure, but to be known\n");
        }
        for told in &self.told {
            text.push_str(&told.text());
        }
        text
    }

    /// For scripts: names and shape are a contract.
    pub fn json(&self) -> String {
        let anchor = self.anchor.as_ref().map(|(hash, found)| {
            json!({
                "hash": hash,
                "found": found.is_some(),
                "link": found.as_ref().map(|(number, _)| number),
                "what": found.as_ref().map(|(_, linked)| linked.to_string()),
            })
        });
        let document = json!({
            "ok": self.is_ok(),
            "head": self.head.map(|head| head.to_string()),
            "links": self.head.map_or(0, |head| head.links),
            "links_made_afterwards": self.made_afterwards,
            "findings": self.findings.iter().map(Finding::json).collect::<Vec<_>>(),
            "told": self.told.iter().map(Finding::json).collect::<Vec<_>>(),
            "anchor": anchor,
        });
        format!("{document}\n")
    }
}

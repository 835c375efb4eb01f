//! The ledger's hash chain, as values: where it ends, and where it does not fit.

use std::fmt;

/// A link's hash: SHA-256 over the hash before it and what it is a link for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHash(pub [u8; 32]);

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The newest link of a ledger. Whoever keeps its hash elsewhere, in a mail or a ping, can tell
/// later whether the history up to here is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// How many links there are: the number of the newest.
    pub links: i64,
    /// Its hash.
    pub hash: ChainHash,
}

impl fmt::Display for ChainHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hash.fmt(f)
    }
}

/// What a link is for: one row of the ledger, or the ending of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Linked {
    /// The word of the ledger's view `chain_lines`: `run`, `change`, `hold` …
    pub fact: Box<str>,
    /// The number of the row.
    pub key: i64,
    /// Which interval of it, where it has several.
    pub since: Option<i64>,
}

impl fmt::Display for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fact, key, since } = self;
        match (&**fact, since) {
            // The words of people: an interval is of something, since something.
            ("present" | "absent", Some(since)) => {
                write!(f, "{fact}: event type {key}, present since observation {since}")
            }
            ("sighting" | "sighting-end", Some(since)) => {
                write!(f, "{fact}: service {key} as seen since run {since}")
            }
            ("ending", None) => write!(f, "ending of run {key}"),
            ("settlement", None) => write!(f, "settlement of change {key}"),
            ("acceptance", None) => write!(f, "acceptance of observation {key}"),
            (fact, None) => write!(f, "{fact} {key}"),
            (fact, Some(since)) => write!(f, "{fact} {key} since {since}"),
        }
    }
}

/// How a link does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFault {
    /// The row it was made for is gone.
    RowGone,
    /// Its hash is not that of its row and of the link before it.
    Altered,
    /// A link with a lower number is missing.
    Gap,
}

/// A link that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLink {
    /// The link's number.
    pub number: i64,
    /// What it is for.
    pub linked: Linked,
    /// How it does not fit.
    pub fault: LinkFault,
}

impl fmt::Display for BrokenLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.fault {
            LinkFault::RowGone => "what it was made for is gone",
            LinkFault::Altered => "what it was made for, or the link itself, was altered",
            LinkFault::Gap => "the link before it is gone",
        };
        write!(f, "link {} ({}): {how}", self.number, self.linked)
    }
}

/// What came after a link, and so rests on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependents {
    /// How many links.
    pub links: i64,
    /// The first and the last run among them.
    pub runs: Option<(i64, i64)>,
    /// How many changes of services among them.
    pub changes: i64,
}

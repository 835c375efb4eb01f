//! Identifiers: numbers that must not be mistaken for one another.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// The application's number for a business.
    CompanyId
);
id!(
    /// Cal.com's number for a team.
    TeamId
);
id!(
    /// Cal.com's number for an event type: the join key. Slugs and titles change, this does not.
    EventTypeId
);
id!(
    /// The primary key of a row in the application's table.
    ServiceId
);
id!(
    /// One pass of this program; 1, 2, 3 … per ledger. What a person types after `rollback`.
    RunId
);
id!(
    /// One attempt to read a team's event types, as numbered by the ledger.
    ObservationId
);
id!(
    /// One journaled change of one row.
    JournalId
);
id!(
    /// One question to a person.
    ReviewId
);

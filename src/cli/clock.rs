//! The one place that knows what time it is.

use crate::model::Timestamp;

/// Read once a run.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> Timestamp {
    chrono::Utc::now()
}

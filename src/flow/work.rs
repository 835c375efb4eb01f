//! What a run works on.

use crate::io::calcom::MAPPING_VERSION;
use crate::io::ledger::{Ledger, LedgerError};
use crate::model::Timestamp;
use crate::model::ids::{CompanyId, TeamId};
use crate::model::observation::Scope;
use crate::model::policy::CompanyPolicy;
use crate::model::settings::{NotifySettings, Opened, SourceSettings, StoreSettings};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Everything outside that a run needs, as the configuration names it.
#[derive(Debug, Clone)]
pub struct Work {
    /// The ledger's file.
    pub ledger: PathBuf,
    /// How to reach Cal.com.
    pub source: SourceSettings,
    /// Where the application keeps its services.
    pub store: StoreSettings,
    /// The companies, in order of their ids.
    pub companies: Vec<CompanyPolicy>,
    /// Whom to tell.
    pub notify: NotifySettings,
}

/// What the ledger alone knows, and whose companies it is about: enough to look, and to write down
/// what people say. No secret is wanted for it.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    /// The ledger's file.
    pub ledger: &'a Path,
    /// The companies, in order of their ids.
    pub companies: &'a [CompanyPolicy],
}

impl Records<'_> {
    /// The ledger, to look at: also while a run writes to it.
    pub fn ledger_to_read(self) -> Result<Ledger, LedgerError> {
        Ledger::open_to_read(self.ledger)
    }
}

impl Work {
    /// As far as no secret is wanted.
    pub fn records(&self) -> Records<'_> {
        Records { ledger: &self.ledger, companies: &self.companies }
    }

    /// The same work for some companies only; all of them where `only` is empty.
    #[must_use]
    pub fn narrowed_to(mut self, only: &[CompanyId]) -> Self {
        if !only.is_empty() {
            self.companies.retain(|company| only.contains(&company.company_id));
        }
        self
    }

    /// What an observation of a team is made of.
    pub fn scope_of(&self, company: &CompanyPolicy, team_id: TeamId) -> Opened<Scope> {
        let key = self.source.api_key.as_ref().map_err(Clone::clone)?;
        Ok(Scope {
            base_url: self.source.base_url.as_str().trim_end_matches('/').into(),
            api_version: self.source.api_version.clone(),
            team_id,
            company_teams: company.teams.iter().map(|team| team.team_id).collect(),
            key_fingerprint: key.fingerprint.clone(),
            mapping_version: MAPPING_VERSION,
        })
    }
}

/// The run's moment, and how long it has been since. The clock is read once a run, in `cli`.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    now: Timestamp,
    since: Instant,
}

impl Clock {
    /// A run that begins now.
    pub fn starting_at(now: Timestamp) -> Self {
        // The ledger keeps milliseconds, and a moment must be the same when it is read back.
        let kept = Timestamp::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now);
        Self { now: kept, since: Instant::now() }
    }

    /// The run's moment.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The moment plus the time that has passed since.
    pub fn later(&self) -> Timestamp {
        let passed = chrono::TimeDelta::from_std(self.since.elapsed()).unwrap_or_default();
        self.now + passed
    }
}

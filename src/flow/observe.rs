//! Observe: read every team of a company, whatever comes of it.

use super::work::Clock;
use crate::io::calcom::CalCom;
use crate::model::policy::CompanyPolicy;
use crate::model::reading::{Reading, SourceTrouble};

/// A company, and what was read of its teams: one reading a team, in order of their ids.
pub struct Observed<'a> {
    pub company: &'a CompanyPolicy,
    pub readings: Vec<Reading>,
}

/// Reads a company's teams one after another. A key that was refused at the greeting is not shown
/// around any further: every team's reading is that refusal.
pub async fn observe<'a>(
    calcom: &CalCom,
    company: &'a CompanyPolicy,
    greeting: &Result<(), SourceTrouble>,
    clock: Clock,
) -> Observed<'a> {
    let mut readings = Vec::with_capacity(company.teams.len());
    for team in &company.teams {
        let outcome = match greeting {
            Ok(()) => calcom.read_team(team.team_id).await,
            Err(trouble) => Err(trouble.clone()),
        };
        if let Err(trouble) = &outcome {
            tracing::warn!(team.id = team.team_id.0, check = %trouble.check, %trouble, "not read");
        }
        readings.push(Reading { team_id: team.team_id, at: clock.now(), outcome });
    }
    Observed { company, readings }
}

//! What could not be read, in words.

use super::{NOTHING_RESTS_ON_IT, Words};
use crate::model::ids::TeamId;
use crate::model::observation::Check;
use crate::model::reading::{Reach, SourceTrouble};

/// A list that was not obtained, or cannot be understood.
pub(super) fn words(trouble: &SourceTrouble, team: TeamId) -> Words {
    let seen = format!("{trouble}.");
    let (compared_with, what_to_do) = match (trouble.check, trouble.reach) {
        (Check::Transport, _) => (
            "A complete answer with status 200.",
            "Nothing at first: such things pass, and the next run reads again. If it stays: `reconciler doctor`.".to_owned(),
        ),
        (Check::Unauthorized, Reach::Key) => (
            "A key that Cal.com knows.",
            "Make a new API key at Cal.com as an admin of the team, put it where the configuration says, then `reconciler doctor`.".to_owned(),
        ),
        (Check::Unauthorized, Reach::Team) => (
            "A key whose owner may see this team.",
            format!("Make the key's owner an admin of team {team} at Cal.com, then `reconciler doctor`."),
        ),
        (Check::NotFound, _) => (
            "A team that exists, under the configured address.",
            format!("Check `team_id = {team}` and `base_url` in the configuration; look at Cal.com whether the team was deleted. Then `reconciler doctor`."),
        ),
        (Check::ContentType | Check::Envelope, _) => (
            "A JSON answer of Cal.com's API with `status: success` and a list under `data`.",
            "Something else answers in Cal.com's place (a proxy, a login page), or `api_version` is another one: `reconciler doctor`.".to_owned(),
        ),
        (Check::Malformed, _) => (
            "Every item in the list can be read: the one that cannot may be the one that would be missed.",
            "Look at this event type at Cal.com. If it is all right, Cal.com's answers have changed: `api_version` in the configuration, then `reconciler doctor`.".to_owned(),
        ),
        _ => (
            "An answer with status 200.",
            "If the next run sees the same: `reconciler doctor`.".to_owned(),
        ),
    };
    Words::new(seen, compared_with, NOTHING_RESTS_ON_IT, what_to_do)
}

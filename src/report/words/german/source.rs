//! What could not be read, in German. What was seen is quoted as it came.

use super::NOTHING_RESTS_ON_IT;
use crate::model::ids::TeamId;
use crate::model::observation::Check;
use crate::model::reading::{Reach, SourceTrouble};
use crate::report::words::Words;

/// A list that was not obtained, or cannot be understood.
pub(super) fn words(trouble: &SourceTrouble, team: TeamId) -> Words {
    let seen = format!("{trouble}.");
    let (compared_with, what_to_do) = match (trouble.check, trouble.reach) {
        (Check::Transport, _) => (
            "Eine vollständige Antwort mit Status 200.",
            "Zunächst nichts: So etwas geht vorbei, und der nächste Lauf liest erneut. Bleibt es so: `reconciler doctor`.".to_owned(),
        ),
        (Check::Unauthorized, Reach::Key) => (
            "Ein Schlüssel, den Cal.com kennt.",
            "Legen Sie bei Cal.com als Administrator des Teams einen neuen API-Schlüssel an, hinterlegen Sie ihn dort, wo es die Konfiguration sagt, dann `reconciler doctor`.".to_owned(),
        ),
        (Check::Unauthorized, Reach::Team) => (
            "Ein Schlüssel, dessen Inhaber dieses Team sehen darf.",
            format!("Machen Sie den Inhaber des Schlüssels bei Cal.com zum Administrator von Team {team}, dann `reconciler doctor`."),
        ),
        (Check::NotFound, _) => (
            "Ein Team, das es unter der konfigurierten Adresse gibt.",
            format!("Prüfen Sie `team_id = {team}` und `base_url` in der Konfiguration; sehen Sie bei Cal.com nach, ob das Team gelöscht wurde. Dann `reconciler doctor`."),
        ),
        (Check::ContentType | Check::Envelope, _) => (
            "Eine JSON-Antwort von Cal.com mit `status: success` und einer Liste unter `data`.",
            "Etwas anderes antwortet an Cal.coms Stelle (ein Proxy, eine Anmeldeseite), oder `api_version` ist eine andere: `reconciler doctor`.".to_owned(),
        ),
        (Check::Malformed, _) => (
            "Jeder Eintrag der Liste muss lesbar sein: Der unlesbare könnte gerade der sein, der vermisst würde.",
            "Sehen Sie sich diesen Ereignistyp bei Cal.com an. Ist er in Ordnung, haben sich Cal.coms Antworten geändert: `api_version` in der Konfiguration, dann `reconciler doctor`.".to_owned(),
        ),
        _ => (
            "Eine Antwort mit Status 200.",
            "Sieht der nächste Lauf dasselbe: `reconciler doctor`.".to_owned(),
        ),
    };
    Words::new(seen, compared_with, NOTHING_RESTS_ON_IT, what_to_do)
}

//! What the salon of the demo offers, at Cal.com and in its own table.

use crate::io::loopback_calcom::{SourceEventType, SourceTeam, SourceWorld};
use crate::io::loopback_shop::{ShopService, ShopState};

/// The salon's team at Cal.com.
pub const TEAM: i64 = 34209;

/// Its slug.
pub const SLUG: &str = "friseur";

/// The event type that every plausible answer contains.
pub const CANARY: i64 = 3_757_770;

/// The service that really goes away in the end.
pub const LEAVES: i64 = 447;

/// Its event type.
pub const LEAVES_EVENT_TYPE: i64 = 3_757_792;

/// A service that callers can book: row, event type, name, minutes, cents, and who sees it at
/// Cal.com.
struct Bookable(i64, i64, &'static str, u32, i64, Shown);

/// Who sees an event type at Cal.com.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    All,
    /// Booked by telephone only: it is hidden there, and no less bookable here.
    Admins,
}

const BOOKABLE: [Bookable; 18] = [
    Bookable(431, CANARY, "Herrenhaarschnitt", 30, 2800, Shown::All),
    Bookable(432, 3_757_771, "Damenhaarschnitt kurz", 45, 3900, Shown::All),
    Bookable(433, 3_757_772, "Damenhaarschnitt lang", 60, 4900, Shown::All),
    Bookable(434, 3_757_773, "Kinderhaarschnitt (bis 12 Jahre)", 30, 1900, Shown::All),
    Bookable(435, 3_757_774, "Maschinenhaarschnitt", 20, 1700, Shown::All),
    Bookable(436, 3_757_776, "Waschen, Schneiden, Föhnen", 60, 5500, Shown::All),
    Bookable(437, 3_757_777, "Waschen & Föhnen", 30, 2500, Shown::All),
    Bookable(438, 3_757_779, "Ansatzfärbung", 90, 6500, Shown::All),
    Bookable(439, 3_757_780, "Komplettfärbung", 120, 8900, Shown::All),
    Bookable(440, 3_757_781, "Glanztönung", 45, 3500, Shown::All),
    Bookable(441, 3_757_783, "Foliensträhnen Oberkopf", 90, 7500, Shown::All),
    Bookable(442, 3_757_785, "Bart trimmen & Konturen", 20, 1500, Shown::All),
    Bookable(443, 3_757_786, "Nassrasur", 30, 2200, Shown::All),
    Bookable(444, 3_757_788, "Hochsteckfrisur", 75, 6900, Shown::All),
    Bookable(445, 3_757_789, "Brautfrisur: Probetermin", 120, 12000, Shown::Admins),
    Bookable(446, 3_757_791, "Haarverlängerung: Erstgespräch", 30, 0, Shown::Admins),
    Bookable(LEAVES, LEAVES_EVENT_TYPE, "Dauerwellen-Beratung", 20, 1500, Shown::All),
    Bookable(448, 3_757_794, "Intensivpflege mit Kopfmassage", 30, 2900, Shown::All),
];

/// New at Cal.com, and no part of anything.
const NEW: (i64, &str, u32) = (3_757_795, "Kopfhaut-Detox", 45);

/// Services of several steps: each step is an event type of its own, and none is bookable alone.
const SEGMENTED: [Segmented; 6] = [
    Segmented {
        name: "Dauerwelle",
        shown: Shown::All,
        steps: &["Haare wickeln", "Fixierung auftragen", "Auswaschen & Pflege", "Föhnen & Legen"],
    },
    Segmented {
        name: "Balayage",
        shown: Shown::All,
        steps: &["Farbberatung", "Freihand auftragen", "Auswaschen", "Glossing", "Styling"],
    },
    Segmented {
        name: "Blondierung",
        shown: Shown::All,
        steps: &["Blondierung auftragen", "Auswaschen", "Abmattieren", "Schneiden & Föhnen"],
    },
    Segmented {
        name: "Keratin-Glättung",
        shown: Shown::All,
        steps: &["Tiefenreinigung", "Keratin auftragen", "Einwirken", "Glätten", "Auswaschen"],
    },
    Segmented {
        name: "Strähnen komplett",
        shown: Shown::All,
        steps: &["Folien legen", "Einwirken & Kontrolle", "Auswaschen & Tönen", "Föhnen"],
    },
    Segmented {
        name: "Haarverlängerung",
        shown: Shown::Admins,
        steps: &["Haare vorbereiten", "Bondings setzen", "Schnitt angleichen", "Nachkontrolle"],
    },
];

struct Segmented {
    name: &'static str,
    shown: Shown,
    steps: &'static [&'static str],
}

/// The number of the first step of the first one.
const FIRST_SEGMENT: i64 = 3_757_801;

/// Rows of the time when the salon was set up; their event types have been deleted since.
const OLD_TESTS: [(i64, i64, &str, ShopState); 15] = [
    (401, 2_026_301, "30 Minuten Termin", ShopState::OffNeverSynced),
    (402, 2_026_302, "15 Minuten Termin", ShopState::OffNeverSynced),
    (403, 2_026_361, "Testtermin", ShopState::OffWithError),
    (404, 2_026_362, "Testtermin 2", ShopState::OffWithError),
    (405, 2_031_093, "Haarschnitt TEST", ShopState::OffWithError),
    (406, 2_031_135, "Herren Test (nicht buchen)", ShopState::OffWithError),
    (407, 2_031_153, "Damen Test (nicht buchen)", ShopState::OffWithError),
    (408, 2_031_368, "Färben TEST alt", ShopState::OffWithError),
    (409, 2_031_370, "Telefonassistent Probelauf", ShopState::OffNeverSynced),
    (410, 2_031_372, "Beratung 24h vorher", ShopState::OffWithError),
    (411, 2_547_902, "Herrenschnitt (alte Preisliste)", ShopState::OffWithError),
    (412, 2_547_903, "Damenschnitt (alte Preisliste)", ShopState::OffWithError),
    (413, 2_563_193, "Bart (alte Preisliste)", ShopState::OffWithError),
    (414, 2_563_194, "Demo für Schulung", ShopState::OffNeverSynced),
    (415, 2_563_195, "Demo für Schulung 2", ShopState::OffNeverSynced),
];

/// All that Cal.com has before the story begins, in the order in which it was made there.
pub fn world() -> SourceWorld {
    let mut team = SourceTeam::new(TEAM, SLUG, "Friseur am Markt");
    for Bookable(_, id, name, minutes, _, shown) in &BOOKABLE {
        team.event_types.push(event_type(*id, name, *minutes, *shown));
    }
    let (id, name, minutes) = NEW;
    team.event_types.push(event_type(id, name, minutes, Shown::All));
    let mut id = FIRST_SEGMENT;
    for service in &SEGMENTED {
        for (place, step) in (1..).zip(service.steps) {
            let title = format!("{}: {step} ({place} von {})", service.name, service.steps.len());
            team.event_types.push(event_type(id, &title, 30, service.shown));
            id += 1;
        }
        id += 2;
    }
    SourceWorld::with_teams([team])
}

fn event_type(id: i64, title: &str, minutes: u32, shown: Shown) -> SourceEventType {
    SourceEventType {
        length: minutes,
        hidden: shown == Shown::Admins,
        ..SourceEventType::new(id, TEAM, title)
    }
}

/// All rows of the salon's table before the story begins.
pub fn services() -> Vec<ShopService> {
    let old = OLD_TESTS.iter().map(|(id, event_type_id, name, state)| ShopService {
        id: *id,
        name,
        event_type_id: *event_type_id,
        minutes: 30,
        price_cents: 0,
        state: *state,
    });
    let bookable =
        BOOKABLE.iter().map(|Bookable(id, event_type_id, name, minutes, price_cents, _)| {
            ShopService {
                id: *id,
                name,
                event_type_id: *event_type_id,
                minutes: *minutes,
                price_cents: *price_cents,
                state: ShopState::Bookable,
            }
        });
    old.chain(bookable).collect()
}

/// What is taken away from Cal.com in the end.
pub fn remove_the_one_that_leaves(world: &mut SourceWorld) {
    for team in world.teams.values_mut() {
        team.event_types.retain(|event_type| event_type.id != LEAVES_EVENT_TYPE);
    }
}

/// How many services are bookable here, and hidden there.
pub fn bookable_and_hidden() -> usize {
    BOOKABLE.iter().filter(|Bookable(.., shown)| *shown == Shown::Admins).count()
}

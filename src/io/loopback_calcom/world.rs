//! What the stand-in for Cal.com holds, and the weather it answers in.

use std::collections::BTreeMap;

/// All there is at this Cal.com, and how it behaves today.
#[derive(Debug, Clone)]
pub struct SourceWorld {
    /// Teams by id.
    pub teams: BTreeMap<i64, SourceTeam>,
    /// The only key that is known.
    pub key: String,
    /// What the key's owner is in every team.
    pub key_role: KeyRole,
    /// How answers come, for every team without a weather of its own.
    pub weather: Weather,
    /// How answers about single teams come, by team id.
    pub team_weather: BTreeMap<i64, Weather>,
}

impl SourceWorld {
    /// The key of a new world.
    pub const KEY: &'static str = "cal_live_loopback_0123456789abcdef";

    /// A world with these teams, an admin's key, and fair weather.
    pub fn with_teams(teams: impl IntoIterator<Item = SourceTeam>) -> Self {
        Self {
            teams: teams.into_iter().map(|team| (team.id, team)).collect(),
            key: Self::KEY.to_owned(),
            key_role: KeyRole::Admin,
            weather: Weather::Fair,
            team_weather: BTreeMap::new(),
        }
    }

    pub(super) fn weather_of(&self, team: i64) -> &Weather {
        self.team_weather.get(&team).unwrap_or(&self.weather)
    }
}

impl Default for SourceWorld {
    fn default() -> Self {
        Self::with_teams([])
    }
}

/// What the key's owner is in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRole {
    /// Sees everything.
    Admin,
    /// Does not see hidden event types, and may not look up single ones.
    Member,
    /// Not a member: sees no more than anybody.
    Stranger,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTeam {
    /// Its number.
    pub id: i64,
    /// Its slug; `null` for `None`.
    pub slug: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether it is an organization.
    pub is_organization: bool,
    /// What it offers, in the order listed.
    pub event_types: Vec<SourceEventType>,
}

impl SourceTeam {
    /// A team that offers nothing.
    pub fn new(id: i64, slug: &str, name: &str) -> Self {
        let (slug, name) = (Some(slug.to_owned()), name.to_owned());
        Self { id, slug, name, is_organization: false, event_types: Vec::new() }
    }

    /// A team, `friseur`, with this many event types, their ids from 3757701 on, each ninth of them
    /// hidden.
    pub fn generated(id: i64, count: u32) -> Self {
        const TREATMENTS: [&str; 5] =
            ["Haarschnitt", "Färben & Tönen", "Strähnen", "Bartpflege", "Dauerwelle"];
        const MINUTES: [u32; 4] = [30, 45, 60, 120];
        let event_types = (1..=count).zip(TREATMENTS.iter().cycle()).zip(MINUTES.iter().cycle());
        let event_types = event_types.map(|((number, treatment), minutes)| SourceEventType {
            length: *minutes,
            hidden: number % 9 == 0,
            ..SourceEventType::new(
                3_757_700 + i64::from(number),
                id,
                &format!("{treatment} {number}"),
            )
        });
        Self { event_types: event_types.collect(), ..Self::new(id, "friseur", "Friseur 1") }
    }

    /// Adds an event type of this team, public, half an hour long.
    #[must_use]
    pub fn offers(mut self, id: i64, title: &str) -> Self {
        self.event_types.push(SourceEventType::new(id, self.id, title));
        self
    }
}

/// An event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEventType {
    /// Its number.
    pub id: i64,
    /// The name people see.
    pub title: String,
    /// The last part of its address.
    pub slug: String,
    /// In minutes.
    pub length: u32,
    /// Whether only admins see it.
    pub hidden: bool,
    /// The team it says it belongs to.
    pub team_id: i64,
    /// Its description: nothing the client looks at, and so the way to make an item larger than
    /// the 3.6 kB it has without.
    pub description: String,
}

impl SourceEventType {
    /// A public event type of half an hour; the slug is made of the title and the id.
    pub fn new(id: i64, team_id: i64, title: &str) -> Self {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let slug = title.to_lowercase().chars().map(plain).collect::<String>();
        Self {
            id,
            title: title.to_owned(),
            slug: format!("{slug}-{id}"),
            length: 30,
            hidden: false,
            team_id,
            description: String::new(),
        }
    }
}

/// How answers come. Where nothing else is said, it concerns the list alone.
///
/// Every kind of answer that could be mistaken for "nothing there", or for less than there is, has
/// been seen of Cal.com API v2, of what stands before it, or of a client that read it wrongly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weather {
    /// As it should be.
    Fair,
    /// `200` with an empty list: what a wrong or deleted team has been answered with.
    EmptyList,
    /// `data` is the object with `eventTypeGroups` of the user's endpoint in its oldest version.
    UserEndpoint,
    /// `status: "success"` and nothing else.
    MissingData,
    /// The list under `event_types`, as in API v1.
    DataUnderEventTypes,
    /// `data: null`.
    DataNull,
    /// The list alone, without an envelope.
    TopLevelArray,
    /// `200`, the full list, and `status: "error"`.
    StatusError,
    /// `200` with an error's envelope.
    ErrorBodyWith200,
    /// `200` with an HTML page: a login form, a challenge.
    Html200,
    /// `503` with an HTML page.
    Html503,
    /// `500` with the framework's own body, not Cal.com's envelope.
    Plain500,
    /// This status with Cal.com's error envelope and the wording it has for it; 403 is that of a
    /// user who is not a member, 429 asks for 60 s, 304 has no body.
    Status(u16),
    /// 403 in the wording for a member who is not an admin.
    NotAnAdmin,
    /// `302` to this address.
    Redirect(String),
    /// The whole length is announced, this many bytes come, the connection closes.
    Truncated(usize),
    /// This many bytes come, and are announced as the whole: valid HTTP, half a body.
    WrongLength(usize),
    /// The connection closes without an answer.
    Reset,
    /// No answer, until the weather changes.
    Stall,
    /// One byte now and then, and never an end in reasonable time.
    Trickle,
    /// The list, and then space until the body has this many bytes. Valid, but for its size.
    Oversized(u64),
    /// Compressed, with so much space behind it that is nearly nothing on its way.
    Gzipped(usize),
    /// The item at this position (from 0) is spoilt.
    BadItem(usize, ItemFault),
    /// Every item says it belongs to this team.
    ForeignTeamIds(i64),
    /// The first item comes twice.
    Duplicates(Twin),
    /// Only the first items: a page that nobody asked for.
    FirstN(usize),
    /// Items are left out of the list that can still be looked up by id.
    Without(Vec<i64>),
    /// Every id is raised by this: a catalogue made anew. Look-ups know the new ids only.
    AllIdsRegenerated(i64),
    /// The team's own record is `data: null`.
    TeamRecordNull,
    /// The team's own record is another team's.
    TeamRecordOther {
        /// The id in it.
        id: i64,
        /// The slug in it.
        slug: String,
    },
    /// The team's own record says it is an organization.
    Organization,
    /// Another answer to the request for the team's own record.
    TeamAnswer(Box<Weather>),
    /// Another answer to `GET /v2/me`; of the weathers that are answers of their own.
    MeAnswer(Box<Weather>),
    /// Another answer to look-ups of ids that stand in the list.
    WitnessAnswer(ItemAnswer),
    /// Another answer to look-ups of ids that do not stand in the list.
    ItemAnswer(ItemAnswer),
    /// The body is Latin-1, whatever its header says.
    Latin1,
    /// A byte-order mark before the body.
    Bom,
    /// Something after the body.
    TrailingGarbage,
    /// Exactly this.
    Raw {
        /// The HTTP status.
        status: u16,
        /// The content type; none where it is empty.
        content_type: String,
        /// The body.
        body: Vec<u8>,
    },
    /// This many `503` from the last change of the world on, then fair.
    FlakyThenFair(u32),
    /// This many `429` from the last change on that ask for this many seconds, then fair.
    ThrottledThenFair {
        /// How many.
        times: u32,
        /// What `X-RateLimit-Reset-Default` says.
        reset_seconds: u64,
    },
}

/// What is wrong with one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemFault {
    /// This key is not there.
    Missing(&'static str),
    /// This key's value is `null`.
    Null(&'static str),
    /// This key's value is of another type: an object.
    WrongType(&'static str),
    /// This key stands there twice.
    Twice(&'static str),
    /// `id` is a text of digits.
    IdText,
    /// `id` has a fraction of zero.
    IdFloat,
    /// `id` is 0.
    IdZero,
    /// `id` is −1.
    IdNegative,
    /// `id` is 2⁵³ + 1.
    IdTooLarge,
    /// `lengthInMinutes` is −30.
    LengthNegative,
    /// `lengthInMinutes` is 2³².
    LengthTooLarge,
    /// The item is a number.
    NotAnObject,
    /// There is a comma too many in it.
    NotJson,
}

/// How the first item is doubled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twin {
    /// Twice the same.
    Same,
    /// The second with another title.
    Different,
}

/// What a look-up by id is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemAnswer {
    /// `200` and the item, if the world has it at all; else the `404` of an item.
    AsItIs,
    /// `404 "Event type with id N not found"`.
    NotFound,
    /// `404 "Cannot GET …"`: a wrong route or version.
    CannotGet,
    /// `200` with another event type's item.
    OtherItem,
    /// Anything the list could be answered with.
    Other(Box<Weather>),
}

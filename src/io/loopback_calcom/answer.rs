//! Which request gets which answer: routes, roles and weather.

use super::render;
use super::world::{ItemAnswer, KeyRole, SourceEventType, SourceTeam, SourceWorld, Twin, Weather};
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};

/// One answer, and how it is delivered.
#[derive(Debug, Clone)]
pub(super) enum Served {
    /// As HTTP wants it.
    Whole(Answered),
    /// Announced whole; only so many bytes come.
    Cut(Answered, usize),
    /// One byte now and then.
    Trickle(Answered),
    /// Filled up with space to this many bytes.
    Padded(Answered, u64),
    /// The connection closes without an answer.
    Close,
    /// No answer, until the weather changes.
    Stall,
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
}

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const ENVELOPE_HEAD: &str = r#"{"status":"success","data":"#;
const NOT_A_MEMBER: &str = "RolesGuard - User is not a member of the team with id=";
const NOT_AN_ADMIN: &str =
    "RolesGuard - User does not have the minimum required role=TEAM_ADMIN within team with id=";

impl Answered {
    fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let (content_type, headers) = (content_type.to_owned(), Vec::new());
        Self { status, content_type, headers, body: body.into() }
    }

    fn json(body: impl Into<Bytes>) -> Self {
        Self::new(200, JSON, body)
    }

    fn data(data: &Value) -> Self {
        Self::json(render::success(&data.to_string()))
    }

    fn error(path: &str, status: u16, code: &str, message: &str) -> Self {
        Self::new(status, JSON, render::error(path, status, code, message))
    }

    fn forbidden(path: &str, message: &str, team: i64) -> Self {
        Self::error(path, 403, "ForbiddenException", &format!("{message}{team}."))
    }

    fn cannot_get(path: &str) -> Self {
        Self::error(path, 404, "NotFoundException", &format!("Cannot GET {path}"))
    }

    fn throttled(path: &str, reset_seconds: u64) -> Self {
        let message = "CustomThrottlerGuard - Too many requests. Please try again later.";
        let mut answered = Self::error(path, 429, "ThrottlerException", message);
        answered.headers = vec![
            ("x-ratelimit-limit-default", "120".to_owned()),
            ("x-ratelimit-remaining-default", "0".to_owned()),
            ("x-ratelimit-reset-default", reset_seconds.to_string()),
        ];
        answered
    }

    /// What stands under `data`; the body itself where there is no such envelope.
    fn inner(&self) -> Bytes {
        let end = self.body.len().saturating_sub(1);
        if self.body.starts_with(ENVELOPE_HEAD.as_bytes()) {
            return self.body.slice(ENVELOPE_HEAD.len()..end);
        }
        self.body.clone()
    }

    fn gzipped(mut self, space: usize) -> Self {
        let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
        let written = compressed
            .write_all(&self.body)
            .and_then(|()| io::copy(&mut io::repeat(b' ').take(space as u64), &mut compressed))
            .and_then(|_| compressed.finish());
        // Nothing is written anywhere but to memory.
        self.body = written.unwrap_or_default().into();
        self.headers.push(("content-encoding", "gzip".to_owned()));
        self
    }

    /// `head`, what stands under `data`, `tail`.
    fn wrapped(&self, head: &[u8], tail: &[u8]) -> Self {
        Self::json([head, &self.inner(), tail].concat())
    }
}

/// Bodies of lists by team, kept until the world changes: a large one is made once.
pub(super) type Lists = BTreeMap<i64, Bytes>;

/// A request, and how many of the same came before it since the world last changed.
pub(super) struct Asked<'a> {
    pub(super) path: &'a str,
    pub(super) authorization: Option<&'a str>,
    pub(super) before: u32,
}

/// Answers a request.
pub(super) fn answer(world: &SourceWorld, lists: &mut Lists, asked: &Asked<'_>) -> Served {
    let path = asked.path;
    if let Some(refused) = unauthorized(world, asked) {
        return Served::Whole(refused);
    }
    let route: Vec<&str> = path.split('/').skip(1).collect();
    match route.as_slice() {
        ["v2", "me"] => {
            let fair = Answered::data(&render::me());
            match &world.weather {
                Weather::MeAnswer(weather) => weathered(weather, fair, asked),
                _ => Served::Whole(fair),
            }
        }
        ["v2", "teams", team] => number(team, path, |team| team_record(world, team, asked)),
        ["v2", "teams", team, "event-types"] => number(team, path, |team| {
            let body = lists.entry(team).or_insert_with(|| list_body(world, team)).clone();
            weathered(world.weather_of(team), Answered::json(body), asked)
        }),
        ["v2", "teams", team, "event-types", id] => {
            number(team, path, |team| number(id, path, |id| item(world, team, id, asked)))
        }
        // The user's own event types, of whom this user has none: the wrong endpoint to ask.
        ["v2", "event-types"] => Served::Whole(Answered::json(render::success("[]"))),
        _ => Served::Whole(Answered::cannot_get(path)),
    }
}

fn number(text: &str, path: &str, answer: impl FnOnce(i64) -> Served) -> Served {
    let message = "Validation failed (numeric string is expected)";
    match text.parse() {
        Ok(number) => answer(number),
        Err(_) => Served::Whole(Answered::error(path, 400, "BadRequestException", message)),
    }
}

fn unauthorized(world: &SourceWorld, asked: &Asked<'_>) -> Option<Answered> {
    let message = match asked.authorization.map(|value| value.strip_prefix("Bearer ")) {
        Some(Some(key)) if key == world.key => return None,
        Some(_) => "CustomThrottlerGuard - Invalid API Key",
        None => "ApiAuthStrategy - No authentication method provided.",
    };
    Some(Answered::error(asked.path, 401, "UnauthorizedException", message))
}

fn team_record(world: &SourceWorld, id: i64, asked: &Asked<'_>) -> Served {
    let Some(team) = world.teams.get(&id).filter(|_| world.key_role != KeyRole::Stranger) else {
        return Served::Whole(Answered::forbidden(asked.path, NOT_A_MEMBER, id));
    };
    let mut record = team.clone();
    match world.weather_of(id) {
        Weather::TeamRecordNull => return Served::Whole(Answered::data(&Value::Null)),
        Weather::TeamRecordOther { id, slug } => {
            (record.id, record.slug) = (*id, Some(slug.clone()));
        }
        Weather::Organization => record.is_organization = true,
        Weather::TeamAnswer(weather) => {
            return weathered(weather, Answered::data(&render::team_record(team)), asked);
        }
        _ => {}
    }
    Served::Whole(Answered::data(&render::team_record(&record)))
}

/// What the list shows in this weather. An unknown team has an empty one, like the real thing.
fn listed(world: &SourceWorld, team: i64) -> Vec<SourceEventType> {
    let mut items = world.teams.get(&team).map_or_else(Vec::new, |team| team.event_types.clone());
    let offset = id_offset(world, team);
    for item in &mut items {
        item.id += offset;
    }
    items.retain(|item| world.key_role == KeyRole::Admin || !item.hidden);
    match world.weather_of(team) {
        Weather::EmptyList => items.clear(),
        Weather::FirstN(count) => items.truncate(*count),
        Weather::Without(ids) => items.retain(|item| !ids.contains(&item.id)),
        Weather::ForeignTeamIds(other) => items.iter_mut().for_each(|item| item.team_id = *other),
        Weather::Duplicates(twin) => {
            let first = items.first().cloned().map(|mut first| {
                if *twin == Twin::Different {
                    first.title.push_str(" (2)");
                }
                first
            });
            items.extend(first);
        }
        _ => {}
    }
    items
}

/// How much higher all ids are than the world has them.
fn id_offset(world: &SourceWorld, team: i64) -> i64 {
    match world.weather_of(team) {
        Weather::AllIdsRegenerated(offset) => *offset,
        _ => 0,
    }
}

fn list_body(world: &SourceWorld, id: i64) -> Bytes {
    let Some(team) = world.teams.get(&id) else { return render::success("[]").into() };
    let spoilt = match world.weather_of(id) {
        Weather::BadItem(position, fault) => Some((*position, *fault)),
        _ => None,
    };
    render::success(&render::list(team, &listed(world, id), spoilt)).into()
}

fn item(world: &SourceWorld, team_id: i64, id: i64, asked: &Asked<'_>) -> Served {
    let path = asked.path;
    let team = match (world.teams.get(&team_id), world.key_role) {
        (Some(team), KeyRole::Admin) => team,
        (Some(_), KeyRole::Member) => {
            return Served::Whole(Answered::forbidden(path, NOT_AN_ADMIN, team_id));
        }
        _ => return Served::Whole(Answered::forbidden(path, NOT_A_MEMBER, team_id)),
    };
    let is_listed = || listed(world, team_id).iter().any(|item| item.id == id);
    let item_answer = match world.weather_of(team_id) {
        Weather::WitnessAnswer(answer) if is_listed() => answer,
        Weather::ItemAnswer(answer) if !is_listed() => answer,
        _ => &ItemAnswer::AsItIs,
    };
    let offset = id_offset(world, team_id);
    let found = team.event_types.iter().find(|item| item.id + offset == id).cloned();
    let found = found.map(|item| SourceEventType { id, ..item });
    let as_it_is = found.as_ref().map_or_else(|| no_such_item(path, id), |it| one(team, it));
    match item_answer {
        ItemAnswer::AsItIs => Served::Whole(as_it_is),
        ItemAnswer::NotFound => Served::Whole(no_such_item(path, id)),
        ItemAnswer::CannotGet => Served::Whole(Answered::cannot_get(path)),
        ItemAnswer::OtherItem => {
            Served::Whole(one(team, &SourceEventType::new(id + 1, team_id, "Another")))
        }
        ItemAnswer::Other(weather) => weathered(weather, as_it_is, asked),
    }
}

fn one(team: &SourceTeam, item: &SourceEventType) -> Answered {
    Answered::json(render::success(&render::item(team, item)))
}

fn no_such_item(path: &str, id: i64) -> Answered {
    let message = format!("Event type with id {id} not found");
    Answered::error(path, 404, "NotFoundException", &message)
}

/// A fair answer in this weather, where the weather is one of answers as a whole.
fn weathered(weather: &Weather, fair: Answered, asked: &Asked<'_>) -> Served {
    const PAGE: &str = "<!doctype html><title>Just a moment…</title><p>Checking your browser";
    let path = asked.path;
    Served::Whole(match weather {
        Weather::Reset => return Served::Close,
        Weather::Stall => return Served::Stall,
        Weather::Trickle => return Served::Trickle(fair),
        Weather::Truncated(bytes) => return Served::Cut(fair, *bytes),
        Weather::Oversized(bytes) => return Served::Padded(fair, *bytes),
        Weather::Gzipped(space) => fair.gzipped(*space),
        Weather::EmptyList => Answered::json(render::success("[]")),
        Weather::UserEndpoint => {
            Answered::json(render::success(r#"{"eventTypeGroups":[],"profiles":[]}"#))
        }
        Weather::MissingData => Answered::json(r#"{"status":"success"}"#),
        Weather::DataUnderEventTypes => fair.wrapped(br#"{"event_types":"#, b"}"),
        Weather::DataNull => Answered::json(render::success("null")),
        Weather::TopLevelArray => fair.wrapped(b"", b""),
        Weather::StatusError => fair.wrapped(br#"{"status":"error","data":"#, b"}"),
        Weather::ErrorBodyWith200 => {
            let message = format!("Cannot GET {path}");
            Answered::json(render::error(path, 404, "NotFoundException", &message))
        }
        Weather::Html200 => Answered::new(200, HTML, PAGE),
        Weather::Html503 => Answered::new(503, HTML, PAGE),
        Weather::Plain500 => {
            Answered::new(500, JSON, r#"{"statusCode":500,"message":"Internal server error"}"#)
        }
        Weather::Status(status) => of_status(path, *status),
        Weather::NotAnAdmin => Answered::forbidden(path, NOT_AN_ADMIN, 1),
        Weather::Redirect(to) => {
            let mut answered = Answered::new(302, HTML, "");
            answered.headers.push(("location", to.clone()));
            answered
        }
        Weather::WrongLength(bytes) => {
            Answered { body: fair.body.slice(..fair.body.len().min(*bytes)), ..fair }
        }
        Weather::Latin1 => Answered { body: latin1(&fair.body), ..fair },
        Weather::Bom => {
            Answered { body: ["\u{FEFF}".as_bytes(), &fair.body].concat().into(), ..fair }
        }
        Weather::TrailingGarbage => {
            Answered { body: [&fair.body[..], b"}"].concat().into(), ..fair }
        }
        Weather::Raw { status, content_type, body } => {
            Answered::new(*status, content_type, body.clone())
        }
        Weather::FlakyThenFair(times) if asked.before < *times => of_status(path, 503),
        Weather::ThrottledThenFair { times, reset_seconds } if asked.before < *times => {
            Answered::throttled(path, *reset_seconds)
        }
        _ => fair,
    })
}

fn of_status(path: &str, status: u16) -> Answered {
    let (code, message) = match status {
        304 => return Answered::new(304, "", ""),
        400 => ("BadRequestException", "Bad Request Exception"),
        401 => ("UnauthorizedException", "ApiAuthStrategy - Your api key is expired"),
        403 => return Answered::forbidden(path, NOT_A_MEMBER, 1),
        404 => return Answered::cannot_get(path),
        429 => return Answered::throttled(path, 60),
        498 => ("TokenExpiredException", "ACCESS_TOKEN_IS_EXPIRED"),
        _ => ("INTERNAL_SERVER_ERROR", "Something went wrong"),
    };
    Answered::error(path, status, code, message)
}

/// The body in Latin-1, as far as that has its letters.
fn latin1(body: &[u8]) -> Bytes {
    let text = String::from_utf8_lossy(body);
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
}

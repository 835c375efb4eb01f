//! What Cal.com sends, as it sends it. Private to this client.
//!
//! Strict about what is relied on, lenient about everything else: the official document
//! contradicts real answers in places, and a new member of some enum must not stop a sync. Shapes
//! are those of Cal.com API v2, versions 2024-06-14 to 2026-06-12, which agree in these fields.

use super::body::Sink;
use super::trouble::{Failure, UNDER_EVENT_TYPES, place, without_position};
use crate::io::scrub::Scrub;
use crate::model::event_type::{EventType, Visibility};
use crate::model::ids::{EventTypeId, TeamId};
use crate::model::observation::Check;
use crate::model::reading::{TeamKind, TeamRecord};
use serde::de::{DeserializeOwned, Error, IgnoredAny, Unexpected};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::error::Category;
use std::rc::Rc;

/// 2⁵³: Cal.com is JavaScript, and no larger integer is exact there.
const ID_MAX: i64 = 1 << 53;

/// The fields of an item that count; each is required.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(deserialize_with = "event_type_id")]
    id: i64,
    team_id: i64,
    title: Box<str>,
    slug: Box<str>,
    length_in_minutes: u32,
    hidden: bool,
}

impl From<Item> for EventType {
    fn from(item: Item) -> Self {
        Self {
            id: EventTypeId(item.id),
            team_id: TeamId(item.team_id),
            title: item.title,
            slug: item.slug,
            length_minutes: item.length_in_minutes,
            visibility: if item.hidden { Visibility::Hidden } else { Visibility::Public },
        }
    }
}

fn event_type_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let id = i64::deserialize(deserializer)?;
    if (1..=ID_MAX).contains(&id) {
        return Ok(id);
    }
    Err(D::Error::invalid_value(Unexpected::Signed(id), &"an id from 1 to 2^53"))
}

/// Collects a list while it comes in.
pub(super) struct List {
    scrub: Rc<Scrub>,
    event_types: Vec<EventType>,
    status: Option<String>,
    error: Option<String>,
    under_event_types: bool,
}

impl List {
    pub(super) fn new(scrub: Rc<Scrub>) -> Self {
        let (event_types, status, error) = (Vec::new(), None, None);
        Self { scrub, event_types, status, error, under_event_types: false }
    }

    /// The answer is complete, and was JSON: was it a list?
    pub(super) fn finish(self, has_data: bool) -> Result<Vec<EventType>, Failure> {
        let seen = match self.status.as_deref() {
            Some("success") if has_data => return Ok(self.event_types),
            _ if self.under_event_types && !has_data => UNDER_EVENT_TYPES.to_owned(),
            status => not_success(status, self.error.as_deref(), &self.scrub),
        };
        Err(Failure::lasting(Check::Envelope, seen))
    }

    fn refusal(&self, position: usize, text: &str) -> Failure {
        let place = place(position);
        if !text.starts_with('{') {
            let seen = format!("{place}: {} instead of an object", self.scrub.quote(text));
            return Failure::lasting(Check::Malformed, seen);
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let Err(error) = serde_path_to_error::deserialize::<_, Item>(&mut reader) else {
            return Failure::lasting(Check::Malformed, format!("{place}: unreadable"));
        };
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.classify() != Category::Data {
            let seen = format!("{place} is not JSON: {}", without_position(&error));
            return Failure::lasting(Check::Envelope, self.scrub.clean(&seen));
        }
        let seen = format!("{place}, {}", field(&path, &without_position(&error)));
        Failure::lasting(Check::Malformed, self.scrub.clean(&seen))
    }
}

/// Names the field, which `serde` puts in the message where it is missing or there twice.
fn field(path: &str, message: &str) -> String {
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("field {name}: missing");
    }
    if let Some(name) = message.strip_prefix("duplicate field ") {
        return format!("field {name}: there twice");
    }
    format!("field `{path}`: {message}")
}

impl Sink for List {
    type Refusal = Failure;

    fn item_at_start(&mut self, bytes: &[u8]) -> Option<usize> {
        // `serde_json` would also take a list for the fields in order.
        if bytes.first() != Some(&b'{') {
            return None;
        }
        let mut items = serde_json::Deserializer::from_slice(bytes).into_iter::<Item>();
        let item = items.next()?.ok()?;
        let length = items.byte_offset();
        // Fields that do not count are passed over without being looked at so closely.
        std::str::from_utf8(bytes.get(..length)?).ok()?;
        self.event_types.push(item.into());
        Some(length)
    }

    fn item(&mut self, position: usize, text: &str) -> Result<(), Failure> {
        match serde_json::from_str::<Item>(text) {
            Ok(item) if text.starts_with('{') => {
                self.event_types.push(item.into());
                Ok(())
            }
            _ => Err(self.refusal(position, text)),
        }
    }

    fn other(&mut self, key: &str, text: &str) -> Result<(), Failure> {
        let not_json = |error: serde_json::Error| {
            let key = self.scrub.quote(key);
            let seen = format!("the value of {key} is not JSON: {}", without_position(&error));
            Failure::lasting(Check::Envelope, seen)
        };
        serde_json::from_str::<IgnoredAny>(text).map_err(not_json)?;
        match key {
            // A status that is not text is shown as it stands; it is not `success` either way.
            "status" => {
                self.status = Some(serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()));
            }
            "error" => self.error = serde_json::from_str(text).ok().and_then(|v| message(&v)),
            "event_types" => self.under_event_types = true,
            _ => {}
        }
        Ok(())
    }
}

fn not_success(status: Option<&str>, error: Option<&str>, scrub: &Scrub) -> String {
    match (status, error) {
        (Some("success"), _) => "the answer has no `data`".to_owned(),
        (None, _) => "the answer has no `status`".to_owned(),
        (Some(status), None) => format!("`status` is {}", scrub.quote(status)),
        (Some(status), Some(error)) => {
            format!("`status` is {}: {}", scrub.quote(status), scrub.quote(error))
        }
    }
}

/// Any answer with one record.
#[derive(Deserialize)]
struct One {
    status: Option<Value>,
    /// Outer `None`: the key is not there. Inner: `null`.
    #[serde(default, deserialize_with = "there")]
    data: Option<Value>,
    error: Option<Value>,
}

fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A team (`GET /v2/teams/{id}`). The slug may be null, and the name has been missing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Team {
    id: i64,
    slug: Option<Box<str>>,
    name: Option<Box<str>>,
    is_organization: bool,
}

/// What is asked of an event type looked up by its id.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    id: i64,
    team_id: i64,
}

/// The key's owner (`GET /v2/me`).
#[derive(Deserialize)]
struct Me {
    #[serde(rename = "id")]
    _id: i64,
}

/// A team's own record; `None` for `data: null`.
pub(super) fn team(body: &[u8], scrub: &Scrub) -> Result<Option<TeamRecord>, Failure> {
    let data = data(body, scrub)?;
    if data.is_null() {
        return Ok(None);
    }
    let team: Team = record(data, scrub)?;
    let kind = if team.is_organization { TeamKind::Organization } else { TeamKind::Team };
    let name = team.name.unwrap_or_default();
    Ok(Some(TeamRecord { id: TeamId(team.id), slug: team.slug, name, kind }))
}

/// The id and the team of an event type looked up.
pub(super) fn found(body: &[u8], scrub: &Scrub) -> Result<(EventTypeId, TeamId), Failure> {
    let found: Found = record(data(body, scrub)?, scrub)?;
    Ok((EventTypeId(found.id), TeamId(found.team_id)))
}

/// The key has an owner.
pub(super) fn me(body: &[u8], scrub: &Scrub) -> Result<(), Failure> {
    record::<Me>(data(body, scrub)?, scrub).map(|_| ())
}

fn record<T: DeserializeOwned>(data: Value, scrub: &Scrub) -> Result<T, Failure> {
    if !data.is_object() {
        return Err(Failure::lasting(Check::Envelope, "`data` is not an object"));
    }
    serde_path_to_error::deserialize(data).map_err(|error| {
        let path = error.path().to_string();
        let seen = format!("the record's {}", field(&path, &without_position(error.inner())));
        Failure::lasting(Check::Malformed, scrub.clean(&seen))
    })
}

fn data(body: &[u8], scrub: &Scrub) -> Result<Value, Failure> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let one: One = match serde_json::from_slice(body) {
        // `serde_json` would also take a list for the fields in order.
        Ok(one) if first == Some(&b'{') => one,
        Ok(_) => return Err(Failure::lasting(Check::Envelope, "the answer is not an object")),
        Err(_) if first.is_none() => return Err(Failure::passing("the body is empty")),
        Err(error) if error.is_eof() => {
            return Err(Failure::passing("the body stops in the middle"));
        }
        Err(error) => {
            let seen = format!("the answer cannot be read: {}", without_position(&error));
            return Err(Failure::lasting(Check::Envelope, scrub.clean(&seen)));
        }
    };
    let status = one.status.map(|status| match status {
        Value::String(text) => text,
        other => other.to_string(),
    });
    match (status.as_deref(), one.data) {
        (Some("success"), Some(data)) => Ok(data),
        (status, _) => {
            let error = one.error.as_ref().and_then(message);
            let seen = not_success(status, error.as_deref(), scrub);
            Err(Failure::lasting(Check::Envelope, seen))
        }
    }
}

fn message(error: &Value) -> Option<String> {
    error.get("message")?.as_str().map(str::to_owned)
}

/// What an answer with an error says.
pub(super) struct Complaint {
    /// For people.
    pub(super) message: String,
    /// Whether it is Cal.com's own error envelope: `status: "error"`, the message under `error`.
    is_cal_coms: bool,
}

impl Complaint {
    /// Whether it says, in Cal.com's own words, that the team has no such event type.
    pub(super) fn says_not_found(&self, event_type: EventTypeId) -> bool {
        self.is_cal_coms && self.message == format!("Event type with id {event_type} not found")
    }
}

/// Reads an error's body (Cal.com API v2 source, v6.1.11: `http-exception.filter.ts`; some errors
/// pass it by and come as `{"statusCode", "message"}`).
pub(super) fn complaint(body: &[u8]) -> Option<Complaint> {
    let body: Value = serde_json::from_slice(body).ok()?;
    if let Some(message) = body.get("error").and_then(message) {
        let is_cal_coms = body.get("status").and_then(Value::as_str) == Some("error");
        return Some(Complaint { message, is_cal_coms });
    }
    Some(Complaint { message: message(&body)?, is_cal_coms: false })
}

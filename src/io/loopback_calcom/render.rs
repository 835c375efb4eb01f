//! Bodies in Cal.com's shape of version 2026-06-12. All values are made up.

use super::world::{ItemFault, SourceEventType, SourceTeam};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Where the spoilt item stands, and what is wrong with it.
pub(super) type Spoilt = Option<(usize, ItemFault)>;

/// `[item, item, …]`
pub(super) fn list(team: &SourceTeam, items: &[SourceEventType], spoilt: Spoilt) -> String {
    let rest = rest(team);
    let mut out = String::with_capacity(items.len() * (rest.len() + 400) + 2);
    out.push('[');
    for (position, event_type) in items.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        let fault = spoilt.and_then(|(at, fault)| (at == position).then_some(fault));
        item_into(&mut out, event_type, fault, &rest);
    }
    out.push(']');
    out
}

/// One item.
pub(super) fn item(team: &SourceTeam, event_type: &SourceEventType) -> String {
    let mut out = String::new();
    item_into(&mut out, event_type, None, &rest(team));
    out
}

/// The six fields that count are written by hand, so that they can be spoilt in ways that no JSON
/// library would write; the rest is the same for all.
fn item_into(out: &mut String, it: &SourceEventType, fault: Option<ItemFault>, rest: &str) {
    if fault == Some(ItemFault::NotAnObject) {
        out.push_str("17");
        return;
    }
    let mut fields = vec![
        ("id", it.id.to_string()),
        ("lengthInMinutes", it.length.to_string()),
        ("title", json!(it.title).to_string()),
        ("slug", json!(it.slug).to_string()),
        ("hidden", it.hidden.to_string()),
        ("teamId", it.team_id.to_string()),
    ];
    let mut set = |name: &str, value: &str| {
        for field in fields.iter_mut().filter(|field| field.0 == name) {
            value.clone_into(&mut field.1);
        }
    };
    match fault {
        None | Some(ItemFault::NotAnObject | ItemFault::NotJson) => {}
        Some(ItemFault::Missing(name)) => fields.retain(|field| field.0 != name),
        Some(ItemFault::Null(name)) => set(name, "null"),
        Some(ItemFault::WrongType(name)) => set(name, r#"{"value":1}"#),
        Some(ItemFault::Twice(name)) => {
            let twin = fields.iter().find(|field| field.0 == name).cloned();
            fields.extend(twin);
        }
        Some(ItemFault::IdText) => set("id", &format!("\"{}\"", it.id)),
        Some(ItemFault::IdFloat) => set("id", &format!("{}.0", it.id)),
        Some(ItemFault::IdZero) => set("id", "0"),
        Some(ItemFault::IdNegative) => set("id", "-1"),
        Some(ItemFault::IdTooLarge) => set("id", "9007199254740993"),
        Some(ItemFault::LengthNegative) => set("lengthInMinutes", "-30"),
        Some(ItemFault::LengthTooLarge) => set("lengthInMinutes", "4294967296"),
    }
    out.push('{');
    for (name, value) in fields {
        // Writing to a String cannot fail.
        let _ = write!(out, "\"{name}\":{value},");
    }
    if fault == Some(ItemFault::NotJson) {
        out.push(',');
    }
    let _ = write!(out, "\"description\":{},{rest}}}", json!(it.description));
}

/// All other fields of an item: 3.4 kB that the client must not stumble over, with nulls where the
/// official document has none, and members of enums that it does not have.
fn rest(team: &SourceTeam) -> String {
    let before = json!({
        "locations": [
            { "type": "address", "address": "Lindenallee 12, 20259 Hamburg", "public": true },
            { "type": "attendeePhone" },
            { "type": "teleportation", "quantumLink": null },
        ],
        "bookingFields": booking_fields(),
        "recurrence": null, "disableGuests": false, "slotInterval": null,
        "minimumBookingNotice": 120, "beforeEventBuffer": 0, "afterEventBuffer": 10,
        "metadata": {
            "apps": { "stripe": {
                "enabled": true, "price": 4900, "currency": "eur",
                "paymentOption": "ON_BOOKING", "credentialId": 812, "appCategories": ["payment"],
            } },
            "multipleDuration": null, "disableStandardEmails": { "all": { "attendee": false } },
        },
        "price": 0, "currency": "usd",
        "lockTimeZoneToggleOnBookingPage": false, "forwardParamsSuccessRedirect": null,
        "successRedirectUrl": null, "isInstantEvent": false, "scheduleId": null,
        "onlyShowFirstAvailableSlot": false, "offsetStart": 0,
        "bookingWindow": { "type": "businessDays", "value": 30, "rolling": true },
        "bookingLimitsCount": { "day": 12 }, "bookingLimitsDuration": { "week": 2400 },
        "confirmationPolicy": { "disabled": true }, "requiresBookerEmailVerification": false,
        "hideCalendarNotes": false, "seats": { "disabled": true },
        "useDestinationCalendarEmail": false, "hideCalendarEventDetails": false,
        "hideOrganizerEmail": true,
    });
    let after = json!({
        "customName": "{Event type title} – {Scheduler}",
        "calVideoSettings": { "disableRecordingForOrganizer": false, "redirectUrlOnExit": null },
        "bookerLayouts": { "defaultLayout": "month", "enabledLayouts": ["month", "agenda", "orbit"] },
        "color": { "lightThemeHex": "#292929", "darkThemeHex": "#fafafa" },
        "bookingRequiresAuthentication": false, "bookerActiveBookingsLimit": { "disabled": true },
        "bookingUrl": null, "disableCancelling": { "disabled": false },
        "disableRescheduling": { "disabled": false, "minutesBefore": 720 },
        "interfaceLanguage": "", "allowReschedulingPastBookings": false,
        "allowReschedulingCancelledBookings": null, "showOptimizedSlots": null,
        "hosts": hosts(), "ownerId": null, "parentEventTypeId": null,
        "schedulingType": "bySeniority", "assignAllTeamMembers": false,
        "team": team_part(team), "rescheduleWithSameRoundRobinHost": true,
        "rrHostSubsetEnabled": false, "bookingProposalCount": null, "privateNoteEnabled": false,
        "privateNoteMode": null, "privateNoteTemplate": null,
        "skipAttendeeEmailDeliverabilityCheck": false, "allowRRHostChoiceOnReschedule": false,
    });
    format!("{},{}", fields(&before), fields(&after))
}

/// The fields of an object, without its braces.
fn fields(object: &Value) -> String {
    let text = object.to_string();
    text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default().to_owned()
}

fn team_part(team: &SourceTeam) -> Value {
    json!({
        "id": team.id, "slug": team.slug, "name": team.name, "bannerUrl": null, "logoUrl": null,
        "weekStart": "Monday", "brandColor": null, "darkBrandColor": null, "theme": null,
    })
}

fn hosts() -> Value {
    let host = |id: u32, name: &str, priority: &str| {
        json!({
            "userId": id, "name": name, "username": name.to_lowercase(), "mandatory": false,
            "priority": priority, "avatarUrl": null,
        })
    };
    json!([host(9001, "Aylin", "medium"), host(9002, "Jonas", "high"), host(9003, "Mette", "low")])
}

fn booking_fields() -> Value {
    json!([
        { "field": "name", "label": "Ihr Name", "required": true, "placeholder": null },
        { "field": "email", "label": "E-Mail", "required": false, "placeholder": "a@b.example" },
        { "field": "phone", "label": "Telefon \u{2014} für Rückfragen", "required": true },
        { "field": "custom", "type": "select", "slug": "haarlaenge", "label": "Haarlänge",
          "required": true, "options": ["kurz", "mittel", "lang \"bis zur Hüfte\""] },
        { "field": "custom", "type": "hologram", "slug": "vorschau", "label": "Vorschau" },
        { "field": "custom", "type": "radio", "slug": "kontakt", "required": false,
          "label": "Wie dürfen wir uns vor dem Termin bei Ihnen melden?",
          "options": ["Telefon", "SMS", "E-Mail", "gar nicht"], "disableOnPrefill": true },
        { "field": "custom", "type": "boolean", "slug": "stammkunde", "required": true,
          "label": "Waren Sie in den letzten zwölf Monaten schon einmal bei uns?" },
        { "field": "notes", "label": "Anmerkungen", "required": false,
          "placeholder": "Allergien, Wünsche, \\ Sonstiges\nmehrzeilig" },
    ])
}

/// A team's own record.
pub(super) fn team_record(team: &SourceTeam) -> Value {
    json!({
        "id": team.id, "parentId": null, "name": team.name, "slug": team.slug, "logoUrl": null,
        "calVideoLogo": null, "appLogo": null, "appIconLogo": null, "bio": null,
        "hideBranding": false, "isOrganization": team.is_organization, "isPrivate": false,
        "hideBookATeamMember": false, "metadata": null, "theme": null, "brandColor": null,
        "darkBrandColor": null, "bannerUrl": null, "timeFormat": 24,
        "timeZone": "Europe/Berlin", "weekStart": "Monday",
    })
}

/// The key's owner.
pub(super) fn me() -> Value {
    json!({
        "id": 4711, "username": "salon", "email": "salon@example.com", "name": "Salon",
        "avatarUrl": null, "bio": null, "timeFormat": 24, "defaultScheduleId": null,
        "weekStart": "Monday", "timeZone": "Europe/Berlin", "organizationId": null,
    })
}

/// `{"status":"success","data":…}`
pub(super) fn success(data: &str) -> String {
    format!(r#"{{"status":"success","data":{data}}}"#)
}

/// Cal.com's error envelope (API v2 source, v6.1.11: `http-exception.filter.ts`).
pub(super) fn error(path: &str, status: u16, code: &str, message: &str) -> String {
    let mut error = json!({ "code": code, "message": message });
    let details = match status {
        // The throttler's details are a text, and a database error has none.
        429 => json!(message),
        500.. => Value::Null,
        _ => json!({ "message": message, "error": code, "statusCode": status }),
    };
    if let (Some(error), false) = (error.as_object_mut(), details.is_null()) {
        error.insert("details".to_owned(), details);
    }
    json!({
        "status": "error", "timestamp": "2026-02-16T21:20:09.672Z", "path": path, "error": error,
    })
    .to_string()
}

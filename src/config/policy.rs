//! `[policy]`: what may be done without asking, and who owns a column.

use super::keys;
use super::typed::Section;
use super::values::quoted;
use crate::model::change::Column;
use crate::model::policy::{Consent, FieldPolicy, ImportAction, ImportRule, MappedColumns, Policy};
use regex::Regex;
use std::collections::BTreeMap;

const CONSENTS: [(&str, Consent); 3] =
    [("auto", Consent::Auto), ("review", Consent::Review), ("off", Consent::Off)];

const FIELD_POLICIES: [(&str, FieldPolicy); 3] = [
    ("source", FieldPolicy::Source),
    ("report", FieldPolicy::Report),
    ("ignore", FieldPolicy::Ignore),
];

const ACTIONS: [(&str, ImportAction); 4] = [
    ("active", ImportAction::Active),
    ("inactive", ImportAction::Inactive),
    ("skip", ImportAction::Skip),
    ("review", ImportAction::Review),
];

/// The columns that Cal.com could own: the others are decided upon, not copied.
const FIELDS: [Column; 3] = [Column::Name, Column::Duration, Column::Slug];

pub(super) fn check(section: &Section<'_>, mapped: MappedColumns) -> Policy {
    let policy = Policy {
        import: section.choice("import", &CONSENTS, Consent::Auto),
        link: section.choice("link", &CONSENTS, Consent::Review),
        relink: relink(section),
        deactivate: section.choice("deactivate", &CONSENTS, Consent::Review),
        reactivate: section.choice("reactivate", &CONSENTS, Consent::Auto),
        fields: fields(section, mapped),
        import_rules: section.sections("import_rules").iter().filter_map(import_rule).collect(),
    };
    if policy.import == Consent::Off && !policy.import_rules.is_empty() {
        section.say_inert(
            "`policy.import_rules` are never asked while `policy.import` is \"off\"".to_owned(),
        );
    }
    policy
}

fn relink(section: &Section<'_>) -> Consent {
    let consent = section.choice("relink", &CONSENTS, Consent::Review);
    if consent == Consent::Auto {
        section.say(
            "relink",
            "`policy.relink` cannot be \"auto\"",
            Some(
                "that a new event type is an old service under a new id is a person's decision\n\
                 allowed: \"review\", \"off\"",
            ),
        );
    }
    consent
}

fn fields(section: &Section<'_>, mapped: MappedColumns) -> BTreeMap<Column, FieldPolicy> {
    let mut fields: BTreeMap<Column, FieldPolicy> =
        FIELDS.into_iter().filter(|c| mapped.has(*c)).map(|c| (c, FieldPolicy::Report)).collect();
    for (name, entry) in section.named_entries("fields") {
        let names = FIELDS.map(Column::as_str);
        let Some(column) = FIELDS.into_iter().find(|column| column.as_str() == name) else {
            let hint = match keys::nearest(name, names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("fields that Cal.com could own: {}", names.join(", ")),
            };
            entry.say(format!("unknown key `{}`", entry.key()), Some(hint));
            continue;
        };
        let Some(field) = entry.choice(&FIELD_POLICIES) else { continue };
        if field != FieldPolicy::Ignore && !mapped.has(column) {
            let word = entry.value().as_str().unwrap_or_default();
            let message =
                format!("`{}` is {}, but no column is mapped to it", entry.key(), quoted(word));
            let hint = format!(
                "name the table's column in [services.columns], for instance {column} = \"{column}\""
            );
            entry.say(message, Some(hint));
        }
        fields.insert(column, field);
    }
    fields
}

fn import_rule(section: &Section<'_>) -> Option<ImportRule> {
    let title = section.entry("title");
    let action = section.entry("action");
    if title.is_none() {
        let message = format!("`{}` is missing", section.key("title"));
        section.say("title", &message, Some("a regular expression on the event type's title"));
    }
    if action.is_none() {
        let message = format!("`{}` is missing", section.key("action"));
        section.say(
            "action",
            &message,
            Some("allowed: \"active\", \"inactive\", \"skip\", \"review\""),
        );
    }
    let action = action.and_then(|entry| entry.choice(&ACTIONS));
    let title = title.and_then(|entry| {
        let text = entry.line_of_text()?;
        if let Err(e) = Regex::new(text) {
            // The message draws the expression, and a mark under the place.
            let message = format!("`{}` is not a regular expression", entry.key());
            entry.say(message, Some(e.to_string()));
            return None;
        }
        Some(text.into())
    });
    Some(ImportRule { title: title?, action: action? })
}

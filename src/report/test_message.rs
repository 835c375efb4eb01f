//! What `doctor --send-test` sends: that the way is open, and nothing else.

use super::mail::Mail;
use crate::model::settings::Language;
use serde_json::{Value, json};

/// A mail.
pub fn mail(language: Language) -> Mail {
    let (lang, subject, text) = match language {
        Language::En => (
            "en",
            "reconciler: test message",
            "This is a test message, sent by `reconciler doctor --send-test`. The way to you is \
             open; there is nothing to do.",
        ),
        Language::De => (
            "de",
            "reconciler: Testnachricht",
            "Dies ist eine Testnachricht von `reconciler doctor --send-test`. Der Weg zu Ihnen ist \
             offen; es ist nichts zu tun.",
        ),
    };
    let html = format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{subject}</title></head>\
         <body><p>{text}</p></body></html>"
    );
    Mail { subject: subject.to_owned(), text: format!("{text}\n"), html }
}

/// A message for Slack.
pub fn slack(language: Language) -> Value {
    json!({ "text": mail(language).text.trim_end() })
}

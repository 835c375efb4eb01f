//! Whether what is shown is harmless: a table of hostile names, and what each way to people must
//! never hold.

use crate::mail_server::Mail;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a forged line would say.
const FORGED: [&str; 2] = ["All 18 services are fine", "reconciler: everything is well"];

/// A name for every trick that is known to have been played on a terminal, a log or a reader.
pub fn names() -> Vec<(&'static str, String)> {
    let long = |words: &str| words.repeat(10_000 / words.chars().count());
    let mut names: Vec<(&str, String)> = [
        ("colours", "Cut \u{1b}[31mred\u{1b}[0m"),
        ("clears the screen", "Cut \u{1b}[2J\u{1b}[1;1H\u{1b}c"),
        ("a link that is none", "\u{1b}]8;;https://evil.example\u{1b}\\Cut\u{1b}]8;;\u{1b}\\"),
        ("a window's title", "Cut\u{1b}]0;owned\u{7}"),
        ("8-bit controls", "Cut \u{9b}31m\u{9d}0;owned\u{9c}\u{90}q\u{9c}"),
        ("a broken sequence", "Cut \u{1b}[\u{1b}[[31\u{1b}"),
        ("turned", "Cut \u{202e}gnp.exe\u{2066}x\u{2069}\u{200f}\u{61c}"),
        ("invisible", "C\u{200b}u\u{200d}t\u{2060}\u{feff}\u{ad}\u{e0041}\u{fe0f}\u{3164}"),
        ("a line of its own", "Cut\nAll 18 services are fine\nreconciler: everything is well"),
        ("a line by return", "Cut\r\nAll 18 services are fine\rreconciler: everything is well"),
        ("lines of Unicode", "Cut\u{2028}All 18 services are fine\u{2029}x\u{85}y\u{b}z\u{c}"),
        ("tabs", "Cut\tand\tcolour\t"),
        ("backspaces", "Cut\u{8}\u{8}\u{8}\u{7f}\u{7f}Perm"),
        ("NUL", "Cu\0t\0"),
        ("HTML", "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;&#0;\"'"),
        ("Markdown", "[Cut](https://evil.example) *b* `rm -rf /` # h | a | b |\\`"),
        ("Slack", "<!channel> <https://evil.example|Cut> &lt;@U1&gt;"),
        ("a formula", "=HYPERLINK(\"https://evil.example\",\"Cut\")"),
        ("a format", "%s%n %(x)s {} {0} ${x} $(id) `id`"),
        ("emoji", "💇🏽‍♀️ Cut 👨‍👩‍👧‍👦 🇩🇪"),
        ("wide", "美容美容 ｶｯﾄ Ａ"),
        ("spaces only around", "  \u{a0} Cut \u{3000} "),
    ]
    .map(|(what, name)| (what, name.to_owned()))
    .to_vec();
    names.push(("marks", format!("C{}ut", "\u{301}\u{489}".repeat(50))));
    names.push(("long", long("Cut and All 18 services are fine ")));
    names.push(("long without a space", long("Cut\u{1b}[31m")));
    names
}

/// What does something to a terminal, or to how its neighbours are read.
fn is_harmful(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Nothing in it does anything; on a terminal, but for our own colours and its line ends.
#[track_caller]
pub fn is_harmless(what: &str, bytes: &[u8], on_a_terminal: bool) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut plain = text.to_owned();
    if on_a_terminal {
        plain = plain.replace("\r\n", "\n");
        let colour = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
        plain = colour.replace_all(&plain, "").into_owned();
    }
    let harmful = plain.char_indices().find(|(_, letter)| *letter != '\n' && is_harmful(*letter));
    if let Some((at, letter)) = harmful {
        let around: String = plain[..at].chars().rev().take(80).collect();
        let around: String = around.chars().rev().collect();
        panic!("{what}: {letter:?} after {around:?}");
    }
    for line in plain.lines() {
        let forged = FORGED.iter().any(|words| line.starts_with(words));
        assert!(!forged, "{what}: a forged line: {line}");
    }
}

pub fn texts_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|one| texts_of(one, found)),
        Value::Object(object) => object.values().for_each(|one| texts_of(one, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// HTML in which nothing is but what `templates/mail.html` has: no tag of a name, nothing that is
/// fetched, followed or run.
#[track_caller]
pub fn is_a_dead_page(what: &str, html: &str) {
    is_harmless(what, html.as_bytes(), false);
    let template = include_str!("../../templates/mail.html");
    let tag = regex::Regex::new("<[a-zA-Z!/?][^>]*>?").unwrap();
    let element = |tag: &str| -> String {
        tag.chars().skip(1).take_while(|letter| !matches!(letter, ' ' | '>')).collect()
    };
    let ours: BTreeSet<String> = tag.find_iter(template).map(|one| element(one.as_str())).collect();
    let tags: Vec<&str> = tag.find_iter(html).map(|one| one.as_str()).collect();
    assert!(tags.len() > 20, "{what}: it is a page");
    for one in tags {
        assert!(ours.contains(&element(one)), "{what}: {one}");
        for never in [" on", "href", "src=", "url(", "javascript", "http"] {
            assert!(!one.contains(never), "{what}: {one}");
        }
    }
    assert!(!html.contains("<script>") && !html.contains("<img"), "{what}");
}

/// A mail as another program reads it: the header lines that there always are, one line each, and
/// the two bodies.
#[track_caller]
pub fn is_a_harmless_mail(mail: &Mail) {
    let names: BTreeSet<&str> = mail.read.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), mail.read.len(), "no line twice: {:?}", mail.read);
    let ours = [
        "Auto-Submitted",
        "Content-Type",
        "Date",
        "From",
        "In-Reply-To",
        "MIME-Version",
        "Message-ID",
        "References",
        "Subject",
        "To",
    ];
    let foreign: Vec<_> = names.iter().filter(|name| !ours.contains(name)).collect();
    assert_eq!(foreign, Vec::<&&str>::new(), "{:?}", mail.read);
    for (name, value) in &mail.read {
        assert!(!value.contains('\n'), "{name}: {value:?}");
        is_harmless(name, value.as_bytes(), false);
    }
    let [(plain, text), (rich, html)] = &mail.parts[..] else { panic!("{:?}", mail.parts) };
    assert_eq!((plain.as_str(), rich.as_str()), ("text/plain", "text/html"));
    is_harmless("a mail's text", text.as_bytes(), false);
    is_a_dead_page("a mail's page", html);
}

/// Every text of a message for Slack: outside of our own commands nothing that Slack reads as more
/// than text, and nobody called.
#[track_caller]
pub fn is_a_harmless_post(body: &str) {
    let body: Value = serde_json::from_str(body).unwrap();
    let mut texts = Vec::new();
    texts_of(&body, &mut texts);
    assert!(texts.len() > 5, "{body}");
    for text in texts {
        is_harmless("a post", text.as_bytes(), false);
    }
    let mut mrkdwn = vec![body["text"].as_str().unwrap()];
    for block in body["blocks"].as_array().unwrap() {
        let elements = block["elements"].as_array().into_iter().flatten();
        for text in elements.chain(block.get("text")).filter(|text| text["type"] == "mrkdwn") {
            assert_eq!(text["verbatim"], true, "no link is made of what looks like one: {text}");
            mrkdwn.push(text["text"].as_str().unwrap());
        }
    }
    for text in mrkdwn {
        let outside: String = text.split('`').step_by(2).collect();
        assert!(!outside.contains(['<', '>', '_', '~']), "{text}");
        assert!(text.matches('*').count() <= 2, "only the heading is bold: {text}");
        for command in text.split('`').skip(1).step_by(2) {
            assert!(!command.contains("rm -rf") && command != "id", "{text}");
        }
    }
}

//! What people read in their mail, word for word, and what no mail may ever hold.

use super::{Mail, mail};
use crate::model::run::ServiceCounts;
use crate::model::settings::Language;
use crate::report::digest::fixtures::{self, HOSTILE, days};
use unicode_width::UnicodeWidthStr;

const LANGUAGES: [(&str, Language); 2] = [("en", Language::En), ("de", Language::De)];

fn mails() -> impl Iterator<Item = (String, Mail)> {
    days().into_iter().flat_map(|(day, digest)| {
        LANGUAGES.map(|(language, one)| {
            (format!("{day}_{language}"), mail(&digest, one, chrono_tz::Europe::Berlin))
        })
    })
}

/// The letters stand in `tests/letters`, so that they can be read as they are sent.
#[test]
fn letters_are_what_they_were_word_for_word() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/letters"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, Mail { subject, text, html }) in mails() {
            insta::assert_snapshot!(format!("{name}.txt"), format!("Subject: {subject}\n\n{text}"));
            insta::assert_snapshot!(format!("{name}.html"), html);
        }
    });
}

/// A lock screen shows some fifty characters; what matters stands in them.
#[test]
fn a_subject_is_one_short_line() {
    for (name, Mail { subject, .. }) in mails() {
        assert!(subject.width() <= 80, "{name}: {subject}");
        assert!(!subject.is_empty() && !subject.chars().any(char::is_control), "{name}");
    }
}

/// The first line is the state, and the only lines at the left edge are this program's own.
#[test]
fn the_text_is_narrow_and_no_foreign_line_stands_at_its_left_edge() {
    for (name, Mail { text, .. }) in mails() {
        for line in text.lines() {
            assert_eq!(line, line.trim_end(), "{name}: space at the end");
            assert!(!line.chars().any(char::is_control), "{name}: {line:?}");
            let is_command = line.contains("reconciler ");
            assert!(line.width() <= 72 || is_command, "{name}: {line}");
            assert!(!line.starts_with("2 wait for you"), "{name}: a forged line");
        }
    }
}

/// However long a person's reason is, no line of the letter begins with what it says.
#[test]
fn foreign_text_cannot_be_long_enough_to_have_a_line_of_its_own() {
    let forged = "All 18 services are bookable.";
    for length in 1..100 {
        let mut digest = fixtures::paused();
        if let Some(pause) = &mut digest.status.paused {
            pause.reason = format!("{} {forged}", "x".repeat(length)).into();
        }
        let text = mail(&digest, Language::En, chrono_tz::UTC).text;
        assert!(!text.lines().skip(1).any(|line| line.starts_with("All 18")), "{length}: {text}");
    }
}

/// Nothing remote, nothing that runs, and every mark of a foreign name escaped.
#[test]
fn the_html_holds_nothing_foreign_and_nothing_remote() {
    for (name, Mail { html, .. }) in mails() {
        for never in ["<script", "<img", "<link", "<iframe", "<a ", "http:", "src=", "url(", "{{"] {
            let found = html.matches(never).count();
            let told = if never == "{{" && name.starts_with("hostile") { usize::MAX } else { 0 };
            assert!(found <= told, "{name} holds {never}");
        }
        assert!(html.contains("<html lang=\"de\">") || html.contains("<html lang=\"en\">"));
        let opened = html.matches("<table").count();
        assert_eq!(
            opened,
            html.matches("</table>").count(),
            "{name}: a table was closed by a name"
        );
    }
}

/// A name cannot be taken for a command: it has no backticks left.
#[test]
fn a_hostile_name_is_told_and_says_nothing_itself() {
    let digest = fixtures::hostile();
    for (_, language) in LANGUAGES {
        let Mail { subject, text, html } = mail(&digest, language, chrono_tz::UTC);
        assert!(HOSTILE.contains("`reconciler review approve 1`"), "the name does try");
        for voice in [&subject, &text] {
            assert!(!voice.contains("`reconciler review approve 1`"), "{voice}");
        }
        assert!(!html.contains(">reconciler review approve 1<"), "{html}");
        assert!(html.contains("&#60;script&#62;"), "it is there, and escaped: {html}");
        assert!(html.len() < 60_000, "ten thousand characters are cut: {}", html.len());
    }
}

/// One and two are said as people say them, in both languages.
#[test]
fn numbers_go_with_their_nouns() {
    let said = |active: u32, questions: usize| {
        let mut digest = fixtures::two_wait();
        digest.waiting.truncate(questions);
        for company in &mut digest.status.companies {
            company.services = company.services.map(|known| ServiceCounts { active, ..known });
        }
        LANGUAGES.map(|(_, language)| {
            let text = mail(&digest, language, chrono_tz::UTC).text;
            text.lines().next().unwrap_or_default().to_owned()
        })
    };
    assert_eq!(
        said(18, 2),
        [
            "All 18 services are bookable. 2 wait for you.",
            "Alle 18 Leistungen sind buchbar. 2 warten auf Sie.",
        ]
    );
    assert_eq!(
        said(1, 1),
        ["1 service is bookable. 1 waits for you.", "1 Leistung ist buchbar. 1 wartet auf Sie.",]
    );
    assert_eq!(said(0, 0), ["No service is bookable.", "Keine Leistung ist buchbar."]);
}

//! Foreign text made safe to show in a log, an error or the ledger.

use secrecy::{ExposeSecret, SecretString};

/// How much foreign text is shown, in characters.
const QUOTED_CHARS_MAX: usize = 200;

/// Makes foreign text safe to show: no secret in it, nothing that moves a cursor or turns the
/// direction of writing, and not too much of it.
pub(super) struct Scrub {
    secrets: Vec<SecretString>,
    stands_in: &'static str,
}

impl Scrub {
    /// Takes a key out.
    pub(super) fn new(key: &SecretString) -> Self {
        Self::of(vec![key.clone()], "[key]")
    }

    /// Takes secrets out, and puts these words there instead.
    pub(super) fn of(secrets: Vec<SecretString>, stands_in: &'static str) -> Self {
        Self { secrets, stands_in }
    }

    /// The text in quotes.
    pub(super) fn quote(&self, text: &str) -> String {
        format!("\"{}\"", self.clean(text))
    }

    /// The text.
    pub(super) fn clean(&self, text: &str) -> String {
        // The secrets first: a cut, or a character taken out, could leave a part of one.
        let mut shown: String = text.chars().filter(|letter| !is_unseen(*letter)).collect();
        for secret in self.secrets.iter().map(SecretString::expose_secret) {
            if !secret.is_empty() {
                shown = shown.replace(secret, self.stands_in);
            }
        }
        let mut cut: String = shown.chars().take(QUOTED_CHARS_MAX).collect();
        if cut.len() < shown.len() {
            cut.push('…');
        }
        cut
    }
}

/// A user or password as it is, out of a URL: whoever repeats it may repeat either.
pub(super) fn decoded(typed: &str) -> String {
    let pairs = format!("x={}", typed.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = url::form_urlencoded::parse(pairs.as_bytes());
    pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Control characters, and those that turn or hide text (Unicode Standard Annex 9; zero-width).
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

//! Known secrets, and whoever finds them again in whatever form.

use crate::servers::in_a_url;
use std::collections::BTreeSet;

/// Everything secret that a configuration can lead to, each with the user it goes with.
pub const SECRETS: [(&str, &str); 5] = [
    ("", "cal_live_9f3b71c2e84d5a6077bd41"),
    ("dbuser", "g&h@im/pässwörd+0815:x"),
    ("mailuser", "smtp s3cr#t/%7B=Zugang"),
    ("", "T0AB1CD2E/B3FG4HI5J/k6Lm7No8Pq9Rs0Tu"),
    ("", "7d1f0c9a-52be-4e83-9c44-ping5ecret00"),
];

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks(3).flat_map(|group| {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        (0..=group.len()).map(move |place| LETTERS[bits >> (18 - 6 * place) & 63] as char)
    });
    groups.collect()
}

/// What a secret looks like when somebody prints, quotes, encodes or cuts it.
fn forms(user: &str, secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        in_a_url(secret),
        in_a_url(secret).to_lowercase(),
        secret.escape_debug().to_string(),
        secret.escape_default().to_string(),
        serde_json::json!(secret).to_string().trim_matches('"').to_owned(),
        base64(secret.as_bytes()),
        base64(format!("{user}:{secret}").as_bytes()),
        base64(format!("\0{user}\0{secret}").as_bytes()),
        base64(secret.as_bytes()).replace('+', "-").replace('/', "_"),
        hex::encode(secret),
    ];
    // Half of it is enough to guess the rest.
    for form in [secret.to_owned(), in_a_url(secret)] {
        let letters: Vec<char> = form.chars().collect();
        let parts = letters.windows(11).skip(9.min(letters.len() / 3));
        forms.extend(parts.map(|part| part.iter().collect::<String>()));
    }
    forms
}

/// Finds a secret in any form, also one that a table broke into lines.
pub struct Searcher(pub BTreeSet<String>);

fn unbroken(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

impl Searcher {
    pub fn new() -> Self {
        let forms = SECRETS.iter().flat_map(|(user, secret)| forms(user, secret));
        Self(forms.map(|form| unbroken(&form)).collect())
    }

    #[track_caller]
    pub fn finds_nothing_in(&self, what: &str, bytes: &[u8]) {
        let text = unbroken(&String::from_utf8_lossy(bytes));
        let found = self.0.iter().find(|form| text.contains(form.as_str()));
        assert_eq!(found, None, "{what}: {}", String::from_utf8_lossy(bytes));
    }
}

/// The searcher itself sees what it is meant to see.
#[test]
fn a_planted_secret_is_found() {
    let searcher = Searcher::new();
    let (user, secret) = SECRETS[1];
    let login = format!("{user}:{secret}");
    assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw", "RFC 4648, unpadded");
    for planted in [
        secret.to_owned(),
        in_a_url(secret),
        base64(login.as_bytes()),
        format!("{}\n   {}", &secret[..5], &secret[5..]),
        secret[2..].to_owned(),
        format!("{secret:?}"),
    ] {
        let outcome =
            std::panic::catch_unwind(|| searcher.finds_nothing_in("x", planted.as_bytes()));
        assert!(outcome.is_err(), "{planted}");
    }
    searcher.finds_nothing_in("nothing", b"the variable CALCOM_API_KEY, cal_live_");
}

//! What others write is shown in quotes, without tricks, and never with the key.

use crate::io::scrub::Scrub;
use proptest::prelude::*;
use secrecy::SecretString;

fn scrub() -> Scrub {
    Scrub::new(&SecretString::from("cal_live_secret"))
}

#[test]
fn the_key_is_never_shown_whatever_hides_it() {
    for (text, shown) in [
        ("no key=cal_live_secret.", "\"no key=[key].\""),
        ("cal_\u{200B}live_\u{7}secret", "\"[key]\""),
        ("cal_live_secretcal_live_secret", "\"[key][key]\""),
    ] {
        assert_eq!(scrub().quote(text), shown);
    }
    let at_the_cut = format!("{}cal_live_secret", "x".repeat(195));
    assert!(!scrub().quote(&at_the_cut).contains("cal_"), "a cut leaves no part of it");
}

#[test]
fn control_characters_and_turned_writing_do_not_get_through() {
    let text = "a\u{1b}[31mb\r\nc\u{202E}d\u{2066}e\u{FEFF}f\u{9b}g";
    assert_eq!(scrub().quote(text), "\"a[31mbcdefg\"");
}

proptest! {
    #[test]
    fn whatever_it_is_it_is_short_and_plain(text in any::<String>()) {
        let shown = scrub().clean(&text);
        prop_assert!(shown.chars().count() <= 201);
        prop_assert!(!shown.chars().any(char::is_control));
    }
}

//! What can happen to bytes on their way.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One thing that happens to bytes on their way.
#[derive(Debug, Clone)]
pub enum Harm {
    Flip(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Insert(Index, &'static str),
    Cut(Index),
}

pub fn any_harm() -> impl Strategy<Value = Harm> {
    let words = vec![
        ",",
        "null",
        "{}",
        "\"id\":0,",
        "\"id\":7,",
        "]",
        "}",
        "},{",
        "[",
        "[]",
        "\u{FEFF}",
        "\u{0}",
        "],\"data\":[",
        "\"status\":\"success\",",
        "\"status\":\"error\",",
        "\"message\":\"\",",
        "-",
        "1e9",
        "9007199254740993",
        "\"",
        "\\",
        " ",
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Harm::Flip(at, byte)),
        (any::<Index>(), select(&b"{}[]\",:\\ 0"[..])).prop_map(|(at, byte)| Harm::Flip(at, byte)),
        (any::<Index>(), 1..200_usize).prop_map(|(at, length)| Harm::Remove(at, length)),
        (any::<Index>(), 1..200_usize).prop_map(|(at, length)| Harm::Repeat(at, length)),
        (any::<Index>(), select(words)).prop_map(|(at, word)| Harm::Insert(at, word)),
        any::<Index>().prop_map(Harm::Cut),
    ]
}

/// Does it.
pub fn spoil(bytes: &mut Vec<u8>, harm: &Harm) {
    if bytes.is_empty() {
        return;
    }
    match harm {
        Harm::Flip(at, byte) => *at.get_mut(bytes) = *byte,
        Harm::Remove(at, length) => {
            let at = at.index(bytes.len());
            bytes.drain(at..bytes.len().min(at + length));
        }
        Harm::Repeat(at, length) => {
            let at = at.index(bytes.len());
            let again: Vec<u8> = bytes.iter().skip(at).take(*length).copied().collect();
            bytes.splice(at..at, again);
        }
        Harm::Insert(at, word) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, word.bytes());
        }
        Harm::Cut(at) => bytes.truncate(at.index(bytes.len())),
    }
}

//! The names of keys: how they are written, and which one was probably meant.

use std::collections::{BTreeMap, BTreeSet};

/// The dotted path of a key, quoted where TOML would want it so.
pub(super) fn join(section: &str, key: &str) -> String {
    let bare =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if bare { key.to_owned() } else { format!("\"{}\"", key.escape_debug()) };
    if section.is_empty() { key } else { format!("{section}.{key}") }
}

/// The word that was probably meant, if one is near enough.
pub(super) fn nearest<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let plain = |word: &str| word.trim().to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    // A third of the letters may be wrong; more would be guessing.
    let distance_max = (word.chars().count() / 3).max(1);
    words
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= distance_max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What to do about an unknown key.
pub(super) fn hint(
    key: &str,
    header: &str,
    known: &BTreeMap<String, BTreeSet<&'static str>>,
) -> String {
    let none = BTreeSet::new();
    let here = known.get(header).unwrap_or(&none);
    if here.contains(format!("{key}_env").as_str()) {
        return secret_hint(key);
    }
    let longer = || here.iter().copied().find(|name| key.len() > 2 && name.contains(key));
    if let Some(meant) = nearest(key, here.iter().copied()).or_else(longer) {
        return format!("did you mean `{meant}`?");
    }
    let list = here.iter().copied().collect::<Vec<_>>().join(", ");
    let place = if header.is_empty() { "at the top" } else { header };
    let listed = format!("known {place}: {list}");
    match known.iter().find(|(other, names)| !other.is_empty() && names.contains(key)) {
        Some((other, _)) => {
            format!("{listed}\n`{key}` is a key of {other}: is it under the right header?")
        }
        None => listed,
    }
}

/// How to give a secret that was typed into the file.
pub(super) fn secret_hint(key: &str) -> String {
    format!(
        "secrets never stand in this file: name an environment variable with `{key}_env`, \
         or a file with `{key}_file`"
    )
}

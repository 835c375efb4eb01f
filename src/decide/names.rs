//! When two names are the same: Unicode-normalised, case-folded, spaces collapsed.

use unicode_normalization::UnicodeNormalization;

/// A name in the form in which names are compared. Never shown, never stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NormalName(Box<str>);

impl NormalName {
    /// The comparable form of a name.
    pub fn of(name: &str) -> Self {
        let folded = caseless::default_case_fold_str(&name.nfkc().collect::<String>());
        // Folding can undo the composition ("İ" folds to two characters), so it is composed again.
        let composed = folded.nfkc().collect::<String>();
        Self(composed.split_whitespace().collect::<Vec<_>>().join(" ").into())
    }

    /// The comparable form itself: for measuring how alike two names are.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True of names that are only spaces: they are nobody's, and match nothing.
    pub fn is_blank(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::NormalName;

    #[test]
    fn names_are_the_same_in_spite_of_case_spaces_and_composition() {
        for (one, other) in [
            ("Haarschnitt", "HAARSCHNITT"),
            ("Strasse", "STRASSE"),
            ("Straße", "STRASSE"),
            ("  Damen   Schnitt\t", "damen schnitt"),
            ("Ma\u{308}nner", "M\u{e4}nner"),
            ("ﬁnish", "finish"),
            ("Schnitt\u{a0}kurz", "Schnitt kurz"),
        ] {
            assert_eq!(NormalName::of(one), NormalName::of(other), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn names_that_people_tell_apart_stay_apart() {
        for (one, other) in [
            ("Mueller", "Müller"),
            ("Schnitt 1", "Schnitt 2"),
            ("Dauerwelle (1 von 4)", "Dauerwelle (2 von 4)"),
        ] {
            assert_ne!(NormalName::of(one), NormalName::of(other), "{one:?} and {other:?}");
        }
        assert!(NormalName::of(" \u{a0}\t").is_blank());
    }
}

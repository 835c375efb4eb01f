//! The figures of `docs/SAFETY.md`: whoever tries something says how often, and the page must say
//! just that.

/// Holds the page against what was tried.
#[track_caller]
pub fn says(figure: &str) {
    let page = std::fs::read_to_string("docs/SAFETY.md").unwrap();
    assert!(page.contains(figure), "docs/SAFETY.md must say \"{figure}\"");
}

/// A number as the page writes it: 1,234,567.
pub fn grouped(number: impl Into<u128>) -> String {
    let digits = number.into().to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<&str> = groups.map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

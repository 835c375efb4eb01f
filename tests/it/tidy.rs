//! What Rust does not check inside one crate: who may know whom, and how files are kept.

use std::path::{Path, PathBuf};

/// Which rooms a room may use; `flow` and what stands above it see more.
const MAY_USE: [(&str, &[&str]); 7] = [
    ("model", &[]),
    ("decide", &["model"]),
    ("report", &["model"]),
    ("io", &["model"]),
    ("flow", &["model", "decide", "report", "io"]),
    ("config", &["model"]),
    ("cli", &["flow", "report", "config", "model"]),
];

/// Outside crates, by the rooms that never see them.
const NEVER: [(&str, &[&str]); 7] = [
    ("model", &["tokio", "reqwest", "rusqlite", "tracing", "clap", "anyhow", "sqlx"]),
    (
        "decide",
        &[
            "tokio",
            "reqwest",
            "rusqlite",
            "sqlx",
            "tracing",
            "clap",
            "anyhow",
            "std::time::Instant",
        ],
    ),
    (
        "report",
        &[
            "tokio",
            "reqwest",
            "rusqlite",
            "sqlx",
            "tracing",
            "clap",
            "anyhow",
            "std::time::Instant",
        ],
    ),
    ("io", &["clap", "anyhow"]),
    ("flow", &["clap", "rusqlite", "sqlx", "reqwest"]),
    ("config", &["tokio", "reqwest", "rusqlite", "sqlx", "clap"]),
    ("cli", &["rusqlite", "sqlx", "reqwest"]),
];

fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

fn room_of(path: &Path) -> Option<&str> {
    let first = path.strip_prefix("src").ok()?.components().next()?.as_os_str().to_str()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
}

/// Code without comments; documentation may name what it likes.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Everything that stands behind `crate::`: rooms, and the rest of the path.
fn crate_paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (_, after) in code.match_indices("crate::").map(|(at, it)| (at, &code[at + it.len()..])) {
        if let Some(group) = after.strip_prefix('{') {
            let group = group.split('}').next().unwrap_or_default();
            paths.extend(group.split(',').map(|one| one.trim().to_owned()));
        } else {
            let end =
                after.find([';', ')', ' ', ',', '\n', '<', '>', '(', '?']).unwrap_or(after.len());
            paths.push(after[..end].to_owned());
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// What a file uses that its room may not.
fn violations(path: &Path, text: &str) -> Vec<String> {
    let Some(room) = room_of(path) else { return Vec::new() };
    let (Some((_, allowed)), Some((_, never))) = (
        MAY_USE.iter().find(|(name, _)| *name == room),
        NEVER.iter().find(|(name, _)| *name == room),
    ) else {
        return Vec::new();
    };
    let code = code(text);
    let mut found = Vec::new();
    for used in crate_paths(&code) {
        let other = used.split("::").next().unwrap_or_default();
        let the_one_name = used == "decide::gate::ClearedChange";
        let may = other == room
            || allowed.contains(&other)
            || (room == "io" && path.starts_with("src/io/store") && the_one_name)
            || (room == "io" && path == Path::new("src/io/store.rs") && the_one_name);
        if !may {
            found.push(format!("{} uses crate::{used}", path.display()));
        }
    }
    for outside in *never {
        let named = [format!("{outside}::"), format!("use {outside};")];
        let is_named = |words: &String| {
            code.match_indices(words.as_str()).any(|(at, _)| {
                !code[..at]
                    .ends_with(|before: char| before.is_alphanumeric() || "_:".contains(before))
            })
        };
        if named.iter().any(is_named) || (outside.contains("::") && code.contains(outside)) {
            found.push(format!("{} uses {outside}", path.display()));
        }
    }
    found
}

/// Imports only go down.
#[test]
fn imports_only_go_down() {
    let files = rust_files("src");
    assert!(files.len() > 60);
    let found: Vec<String> = files
        .iter()
        .filter(|(path, _)| !is_test(path))
        .flat_map(|(path, text)| violations(path, text))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

/// The check itself sees what it is meant to see.
#[test]
fn a_planted_violation_is_found() {
    for (path, line) in [
        ("src/decide/plan.rs", "use crate::io::ledger::Ledger;"),
        ("src/decide/plan.rs", "use crate::{model::ids::RunId, report::json};"),
        ("src/decide/plan.rs", "let now = tokio::time::Instant::now();"),
        ("src/report/text.rs", "fn f() { crate::decide::gate::gate(1) }"),
        ("src/report/text.rs", "use crate::decide::plan::Plan;"),
        ("src/io/ledger.rs", "use crate::decide::gate::ClearedChange;"),
        ("src/io/store/sqlite.rs", "use crate::decide::gate::Gate;"),
        ("src/io/calcom/mod.rs", "use crate::report::lines::ChangeLine;"),
        ("src/flow/sync.rs", "use crate::cli::Session;"),
        ("src/flow/sync.rs", "use rusqlite::Connection;"),
        ("src/cli/run.rs", "use crate::decide::plan::Plan;"),
        ("src/model/run.rs", "use crate::config::Config;"),
        ("src/model/run.rs", "use tracing::info;"),
    ] {
        let planted = format!("//! A file.\n\n{line}\n");
        assert_eq!(violations(Path::new(path), &planted).len(), 1, "{path}: {line}");
    }
    for (path, line) in [
        ("src/io/store.rs", "use crate::decide::gate::ClearedChange;"),
        ("src/io/store/sqlite/write.rs", "use crate::decide::gate::ClearedChange;"),
        ("src/decide/plan.rs", "//! See crate::io::ledger."),
        ("src/decide/plan.rs", "use crate::decide::names::NormalName;"),
    ] {
        assert_eq!(violations(Path::new(path), line), Vec::<String>::new(), "{path}: {line}");
    }
}

/// Nobody but `io/store` and `flow` even names the one thing that may be written, and nobody but
/// the gate makes one.
#[test]
fn a_cleared_change_is_made_by_the_gate_alone() {
    for (path, text) in rust_files("src") {
        let code = code(&text);
        let makes = code.contains("ClearedChange {") && !code.contains("struct ClearedChange {")
            || code.contains("ClearedChange::by_");
        let in_gate = path.starts_with("src/decide/gate") || path.ends_with("decide/gate.rs");
        assert!(!makes || in_gate || code.contains("impl ClearedChange {"), "{}", path.display());
        assert!(!code.contains("derive(Clone") || !code.contains("struct ClearedChange"));
    }
}

/// Every touch of the outside is a place where the crash tests pull the plug: the ledger commits in
/// one function, nothing is written to it without a transaction, and a file steps at least as often
/// as it commits to the store, sends, makes a schema, locks, or puts a file in another's place.
#[test]
fn every_touch_of_the_outside_can_be_cut_off() {
    for (path, text) in rust_files("src/io") {
        let code = code(&text);
        let name = path.display();
        let in_ledger = path.starts_with("src/io/ledger");
        assert!(!in_ledger || !code.contains(".commit()"), "{name} commits past `commit`");
        assert!(!code.contains("self.connection.execute("), "{name} writes outside a transaction");
        let touches = [
            ".commit()",
            ".send()",
            ".send_raw(",
            ".to_latest(",
            ".try_lock()",
            ".persist(",
            "fs::rename(",
        ];
        let is_program = !is_test(&path) && !name.to_string().contains("/loopback_");
        let touches: usize = touches.iter().map(|touch| code.matches(touch).count()).sum();
        let steps = code.matches("power::step()").count();
        assert!(!is_program || steps >= touches, "{name} touches the outside unseen");
    }
}

/// Every file says at its top what it is, and none is longer than a person reads.
#[test]
fn every_file_opens_with_its_purpose_and_is_short() {
    for (path, text) in rust_files("src").into_iter().chain(rust_files("tests")) {
        assert!(text.starts_with("//! "), "{} opens with //!", path.display());
        let lines = text.lines().count();
        assert!(
            lines <= 500 && (lines <= 400 || path.starts_with("tests")),
            "{} has {lines} lines",
            path.display()
        );
    }
}

/// No test file is forgotten.
#[test]
fn every_file_of_stories_is_told() {
    let main = std::fs::read_to_string("tests/it/main.rs").unwrap();
    for (path, _) in rust_files("tests/it") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let told = main.contains(&format!("mod {name};"));
        let inner = path.parent() != Some(Path::new("tests/it"));
        assert!(told || inner || name == "main", "{}", path.display());
    }
}

/// Every promise has at least one test of its name.
#[test]
fn every_promise_has_a_test_of_its_name() {
    let tests: String = rust_files("tests/it").into_iter().map(|(_, text)| text).collect();
    for promise in 1..=15 {
        assert!(tests.contains(&format!("\nfn promise_{promise}_")), "promise {promise}");
    }
}

/// The safety page has a row for each promise, and names tests that there are.
#[test]
fn every_test_that_the_safety_page_names_exists() {
    let page = std::fs::read_to_string("docs/SAFETY.md").unwrap();
    let files = rust_files("src").into_iter().chain(rust_files("tests"));
    let code: String = files.map(|(_, text)| text).collect();
    let quoted = page.split('`').skip(1).step_by(2).filter(|name| !name.contains('\n'));
    // Names of tests are sentences; nothing else in the page has so many underscores.
    let named: Vec<&str> = quoted.filter(|name| name.matches('_').count() >= 3).collect();
    assert!(named.len() > 30, "{named:?}");
    for name in named.iter().filter(|name| !name.starts_with(|first: char| first.is_uppercase())) {
        assert!(code.contains(&format!("fn {name}(")), "{name} is named, and is no test");
    }
    for promise in 1..=15 {
        assert!(page.contains(&format!("\n| {promise} | ")), "promise {promise} has no row");
    }
}

/// Every decision record is listed.
#[test]
fn the_index_of_decision_records_is_complete() {
    let Ok(index) = std::fs::read_to_string("docs/adr/README.md") else { return };
    for entry in std::fs::read_dir("docs/adr").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "README.md" || index.contains(&name), "{name} is not in the index");
    }
}

//! Where the configuration is looked for, and what the environment says besides.

use super::super::find::{first_there, places};
use super::super::{Environment, find};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[test]
fn a_file_that_was_named_is_the_one_whether_it_is_there_or_not() {
    let environment = Environment::from_pairs([("RECONCILER_CONFIG", "/from/the/environment")]);
    let named = find(Some(Path::new("/nowhere/x.toml")), &environment).unwrap();
    assert_eq!(named, Path::new("/nowhere/x.toml"));
    assert_eq!(find(None, &environment).unwrap(), Path::new("/from/the/environment"));
}

#[test]
fn the_places_are_looked_at_in_their_order() {
    let of = |pairs: &[(&str, &str)]| places(&Environment::from_pairs(pairs.iter().copied()));
    let expected = |home: &str| {
        ["config.toml", home, "/etc/reconciler/config.toml"].map(PathBuf::from).to_vec()
    };
    assert_eq!(
        of(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]),
        expected("/x/reconciler/config.toml")
    );
    assert_eq!(of(&[("HOME", "/h")]), expected("/h/.config/reconciler/config.toml"));
    // A relative one is to be ignored.
    assert_eq!(
        of(&[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")]),
        expected("/h/.config/reconciler/config.toml")
    );
    assert_eq!(of(&[]), ["config.toml", "/etc/reconciler/config.toml"].map(PathBuf::from));

    let dir = TempDir::new().unwrap();
    let both = [dir.path().join("a"), dir.path().join("b")];
    fs::write(dir.path().join("b"), "").unwrap();
    assert_eq!(first_there(&both).unwrap(), dir.path().join("b"));
    fs::write(dir.path().join("a"), "").unwrap();
    assert_eq!(first_there(&both).unwrap(), dir.path().join("a"));
}

#[test]
fn where_nothing_is_found_it_says_where_it_looked() {
    let nowhere = ["/nowhere/config.toml", "/nowhere/either"].map(PathBuf::from);
    assert_eq!(
        first_there(&nowhere).unwrap_err().to_string(),
        "there is no configuration file\n  looked for:\n    /nowhere/config.toml\n    \
         /nowhere/either\n  name one with `--config PATH`"
    );
}

#[test]
fn the_environment_answers_in_its_own_words() {
    let environment = Environment::from_pairs([
        ("NO_COLOR", "1"),
        ("USER", "ana"),
        ("LOGNAME", ""),
        ("CREDENTIALS_DIRECTORY", "/run/credentials/x"),
    ]);
    assert!(environment.no_color());
    assert_eq!(environment.user(), Some("ana"));
    assert_eq!(environment.credentials_dir(), Some(Path::new("/run/credentials/x")));
    assert_eq!(environment.config_file(), None);
    // An empty one asks for nothing: https://no-color.org.
    assert!(!Environment::from_pairs([("NO_COLOR", "")]).no_color());
    assert!(Environment::from_pairs([("TERM", "dumb")]).no_color());
    assert!(!Environment::from_pairs([("TERM", "xterm")]).no_color());
    assert_eq!(Environment::default().user(), None);
}

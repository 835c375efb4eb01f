//! Which file is the configuration, and what stands in it.

use super::environment::Environment;
use super::error::{ConfigError, Problem};
use super::typed::line_of_bytes;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A configuration is a page or two; anything near this size is another file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The configuration file: `--config`, else `RECONCILER_CONFIG`, else the first that is there of
/// `./config.toml`, the person's own, and `/etc`.
pub fn find(explicit: Option<&Path>, environment: &Environment) -> Result<PathBuf, ConfigError> {
    // A file that was named is the file that is meant, there or not: never another one instead.
    match explicit.or_else(|| environment.config_file()) {
        Some(named) => Ok(named.to_owned()),
        None => first_there(&places(environment)),
    }
}

/// Where a configuration is looked for, in this order.
pub(super) fn places(environment: &Environment) -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from("config.toml")];
    places.extend(environment.config_home().map(|home| home.join("reconciler/config.toml")));
    places.push(PathBuf::from("/etc/reconciler/config.toml"));
    places
}

/// The first place where something is. A place that cannot be looked at counts: passing it over in
/// silence would run another configuration than the one that was meant.
pub(super) fn first_there(places: &[PathBuf]) -> Result<PathBuf, ConfigError> {
    let there = |place: &&PathBuf| match fs::symlink_metadata(place) {
        Ok(_) => true,
        Err(e) => !matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
    };
    places.iter().find(there).cloned().ok_or_else(|| {
        let looked: Vec<String> = places.iter().map(|p| format!("  {}", p.display())).collect();
        ConfigError::whole(
            None,
            "there is no configuration file".to_owned(),
            Some(format!("looked for:\n{}\nname one with `--config PATH`", looked.join("\n"))),
        )
    })
}

/// The text of a configuration file.
pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    let whole = |message: &str, hint: Option<&str>| {
        ConfigError::whole(Some(path), message.to_owned(), hint.map(str::to_owned))
    };
    let io = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => whole(
            "there is no configuration file of this name",
            Some("name another one with `--config PATH`, or copy the example `config.toml` there"),
        ),
        ErrorKind::PermissionDenied => whole(
            "this file cannot be read: permission denied",
            Some("it must be readable for the user who runs this program"),
        ),
        kind => whole(&format!("this file cannot be read: {kind}"), None),
    };
    let metadata = fs::metadata(path).map_err(io)?;
    if metadata.is_dir() {
        return Err(whole(
            "this is a folder, not a file",
            Some(&format!("did you mean {}?", path.join("config.toml").display())),
        ));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(io)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(whole("this is larger than 1 MiB: it is not a configuration file", None));
    }
    String::from_utf8(bytes).map_err(|e| {
        let line = line_of_bytes(e.as_bytes(), e.utf8_error().valid_up_to());
        let problem = Problem {
            line: Some(line),
            key: String::new(),
            message: "this line is not UTF-8 text".to_owned(),
            hint: Some("save the file as UTF-8".to_owned()),
        };
        ConfigError::one(path, problem)
    })
}

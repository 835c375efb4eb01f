//! The folder of a demo: one of its own, which nobody else's file is ever written or removed in.

use super::DemoError;
use super::catalogue::{CANARY, SLUG, TEAM};
use crate::io::lock::{LockError, RunLock};
use crate::model::Timestamp;
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folder, where none is named.
const DEMO: &str = "demo";

/// The file that says whose the folder is.
const MARKER: &str = ".reconciler-demo";

/// Its first line.
const MAGIC: &str = "This folder was made by `reconciler demo`, which may start it over.\n";

/// Its second line, once the story has been told to its end; behind it, what the files were then.
const PLAYED: &str = "The story was told to its end: ";

const CONFIG: &str = "config.toml";
const KEY: &str = "calcom.key";
const LEDGER: &str = "ledger.db";
const LEDGER_WAL: &str = "ledger.db-wal";
const SERVICES: &str = "services.db";
const GITIGNORE: &str = ".gitignore";

/// What a demo starts over with. The lock file stays: somebody may hold it.
const MADE_ANEW: [&str; 10] = [
    CONFIG,
    KEY,
    LEDGER,
    LEDGER_WAL,
    "ledger.db-shm",
    "ledger.db.head",
    SERVICES,
    "services.db-journal",
    GITIGNORE,
    MARKER,
];

/// Where a demo plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
    past: Past,
}

/// What was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Nothing.
    New,
    /// An earlier demo that did not get to its end.
    Unfinished,
    /// An earlier demo.
    Played,
}

impl Folder {
    /// The folder that was named; else `demo`, or the first of `demo-2`, `demo-3` … that is free.
    pub fn choose(named: Option<&Path>) -> Result<Self, DemoError> {
        if let Some(named) = named {
            return Self::at(named.to_owned())?
                .ok_or_else(|| DemoError::Foreign { path: named.to_owned() });
        }
        Self::first(Past::New)?.ok_or_else(|| DemoError::Foreign { path: PathBuf::from(DEMO) })
    }

    /// The folder that was named; else the first in which a story was told to its end, or a free one.
    pub fn choose_to_serve(named: Option<&Path>) -> Result<Self, DemoError> {
        match named {
            None => Self::first(Past::Played)?.map_or_else(|| Self::choose(None), Ok),
            named => Self::choose(named),
        }
    }

    fn first(past: Past) -> Result<Option<Self>, DemoError> {
        for number in 1..1000 {
            let name = if number == 1 { DEMO.to_owned() } else { format!("{DEMO}-{number}") };
            if let Some(folder) = Self::at(PathBuf::from(name))?
                && folder.past == past
            {
                return Ok(Some(folder));
            }
        }
        Ok(None)
    }

    /// The folder, unless something is in it that no demo made.
    fn at(path: PathBuf) -> Result<Option<Self>, DemoError> {
        let failed = |source| DemoError::File { path: path.clone(), source };
        let past = match fs::read_to_string(path.join(MARKER)) {
            Ok(text) => match text.strip_prefix(MAGIC) {
                Some(story) if story.starts_with(PLAYED) => Past::Played,
                Some(_) => Past::Unfinished,
                None => return Ok(None),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_dir(&path) {
                Ok(mut entries) => match entries.next() {
                    None => Past::New,
                    Some(_) => return Ok(None),
                },
                Err(error) if error.kind() == ErrorKind::NotFound => Past::New,
                Err(error) => return Err(failed(error)),
            },
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        Ok(Some(Self { path, past }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was there before.
    pub fn past(&self) -> Past {
        self.past
    }

    /// Its configuration file.
    pub fn config(&self) -> PathBuf {
        self.path.join(CONFIG)
    }

    /// The salon's database.
    pub(super) fn services(&self) -> PathBuf {
        self.path.join(SERVICES)
    }

    /// Makes the folder as it is before the story begins: without what an earlier demo left.
    pub(super) fn start_over(
        &self,
        key: &str,
        base_url: &str,
        now: Timestamp,
    ) -> Result<(), DemoError> {
        fs::create_dir_all(&self.path).map_err(|error| failed(&self.path, error))?;
        // A run that is still at work on an earlier demo's ledger keeps it.
        let _lock = RunLock::take(&self.path.join(LEDGER), now).map_err(|error| match error {
            LockError::File { path, source, .. } => DemoError::File { path, source },
            held @ LockError::Held { .. } => DemoError::Locked(held),
        })?;
        if self.past == Past::Played && !self.is_as_the_story_left_it()? {
            return Err(DemoError::WorkedIn { path: self.path.clone() });
        }
        for name in MADE_ANEW {
            let path = self.path.join(name);
            match fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(failed(&path, error)),
            }
        }
        let config = config(base_url);
        let texts = [(MARKER, MAGIC), (GITIGNORE, "*\n"), (KEY, key), (CONFIG, &config)];
        for (name, text) in texts {
            let path = self.path.join(name);
            write_new(&path, text).map_err(|error| failed(&path, error))?;
        }
        Ok(())
    }

    /// Notes that the story was told to its end.
    pub(super) fn note_played(&self) -> Result<(), DemoError> {
        let path = self.path.join(MARKER);
        let line = format!("{PLAYED}{}\n", self.fingerprint()?);
        let noted = OpenOptions::new().append(true).open(&path);
        noted
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(|source| DemoError::File { path, source })
    }

    /// Whether nobody ran, answered or edited anything since.
    fn is_as_the_story_left_it(&self) -> Result<bool, DemoError> {
        let path = self.path.join(MARKER);
        let marker = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
        Ok(marker.lines().nth(1) == Some(&format!("{PLAYED}{}", self.fingerprint()?)))
    }

    /// What the files are in which somebody works.
    fn fingerprint(&self) -> Result<String, DemoError> {
        let mut hash = Sha256::new();
        for name in [CONFIG, KEY, LEDGER, LEDGER_WAL, SERVICES] {
            let path = self.path.join(name);
            let bytes = match fs::read(&path) {
                // SQLite leaves a log that is empty, or none.
                Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
                read => read.map_err(|error| failed(&path, error))?,
            };
            hash.update(Sha256::digest(bytes));
        }
        Ok(hex::encode(hash.finalize()))
    }

    /// Every file by name, with its bytes: what a rehearsal must not change.
    pub(super) fn contents(&self) -> Result<Vec<(String, Vec<u8>)>, DemoError> {
        let failed = |source| DemoError::File { path: self.path.clone(), source };
        let mut contents = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_file() {
                let name = entry.file_name().to_string_lossy().into_owned();
                contents.push((name, fs::read(entry.path()).map_err(failed)?));
            }
        }
        contents.sort();
        Ok(contents)
    }
}

fn failed(path: &Path, source: std::io::Error) -> DemoError {
    DemoError::File { path: path.to_owned(), source }
}

/// Only its owner may read what is written: one of the files is a key.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn config(base_url: &str) -> String {
    format!(
        r#"# The salon of `reconciler demo`. Everything here is on this machine: the services are in
# services.db beside this file, and Cal.com is a stand-in on loopback, which runs as long as
# `reconciler demo --serve` does. The example config.toml of this program explains every key.

[ledger]
path = "ledger.db"                      # what was seen, asked, decided and written

[calcom]
base_url = "{base_url}"    # the stand-in
api_key_file = "calcom.key"             # a key of the stand-in, and of nothing else
timeout = "5s"
patience = "5s"                         # it is on this machine: no need to wait for long
max_attempts = 2

[services]                              # the salon's own table, in Laravel's shape
url = "sqlite:services.db"

[services.columns]                      # only what is called otherwise, or is not used unless named
duration = "duration_minutes"
slug = "slug"

[services.references]                   # who has booked what: shown with every question
appointments = {{ column = "service_id", upcoming = "starts_at" }}

[[teams]]
team_id = {TEAM}
company_id = 1
slug = "{SLUG}"                        # what the team's own record must be called
must_contain = [{CANARY}]                # without it no answer is believed

[[policy.import_rules]]                 # steps of a longer appointment are never bookable alone
title = '\(\d+ von \d+\)'
action = "inactive"
"#
    )
}

//! Whose the ledger's files are: one run as root leaves files that cron's user may not write.

use crate::model::shell;
use std::ffi::OsString;
use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Files that this user may not write; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    files: Vec<Owned>,
    /// Who runs this program.
    user: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    path: PathBuf,
    owner: String,
}

/// What of a ledger this user may not write: its folder, its file, its log, its lock. Files are
/// opened for writing, and nothing is written. Not to be asked while this process has the ledger
/// open: to close any handle of a file is to release the locks that SQLite holds on it.
pub fn forbidden(ledger: &Path) -> Option<Forbidden> {
    let folder = ledger.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let beside = ["", "-wal", "-shm", ".lock"].map(|end| {
        let mut name = OsString::from(ledger);
        name.push(end);
        PathBuf::from(name)
    });
    let mut files: Vec<PathBuf> =
        beside.into_iter().filter(|path| may_not_be_written(path)).collect();
    if tempfile::tempfile_in(folder).is_err_and(|error| is_forbidden(&error)) {
        files.insert(0, folder.to_owned());
    }
    let files: Vec<Owned> = files.into_iter().filter_map(owned).collect();
    let user = this_user()?;
    (!files.is_empty()).then_some(Forbidden { files, user })
}

fn may_not_be_written(path: &Path) -> bool {
    OpenOptions::new().read(true).write(true).open(path).is_err_and(|error| is_forbidden(&error))
}

fn is_forbidden(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

fn owned(path: PathBuf) -> Option<Owned> {
    let owner = name_of(std::fs::metadata(&path).ok()?.uid());
    Some(Owned { path, owner })
}

/// By whose the files are that it makes.
fn this_user() -> Option<String> {
    let made = tempfile::tempfile().and_then(|file| file.metadata()).ok()?;
    Some(name_of(made.uid()))
}

/// The name of this machine's own list, or the number: `chown` takes both.
fn name_of(uid: u32) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| uid.to_string())
}

impl Forbidden {
    /// What changes it.
    pub fn advice(&self) -> String {
        let user = &self.user;
        let words = |files: Vec<&Owned>| {
            files.iter().map(|file| shell::word(&file.path)).collect::<Vec<_>>().join(" ")
        };
        let (own, others): (Vec<&Owned>, Vec<&Owned>) =
            self.files.iter().partition(|file| file.owner == *user);
        let mut advice = Vec::new();
        if !others.is_empty() {
            let others = words(others);
            advice.push(format!(
                "as root, run `chown {user} {others}`, and let no other user run this"
            ));
        }
        if !own.is_empty() {
            advice.push(format!("run `chmod u+rwX {}`", words(own)));
        }
        advice.join("; ")
    }
}

/// `ledger.db.lock belongs to root, and www-data, who runs this program, may not write it`
impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self
            .files
            .iter()
            .map(|Owned { path, owner }| format!("{} belongs to {owner}", path.display()));
        let (user, it) = (&self.user, if self.files.len() == 1 { "it" } else { "them" });
        let files = files.collect::<Vec<_>>().join(", ");
        write!(f, "{files}, and {user}, who runs this program, may not write {it}")
    }
}

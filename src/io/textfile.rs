//! A file that others read at any moment: they find the old one or the new one, whole.

use crate::io::power;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

/// Who may read the file afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Everybody: the collector of metrics is another user.
    Everybody,
    /// Whoever could before; of a new file, whom the umask leaves.
    AsFound,
}

/// Puts this text there, at once. Only a file makes way for another one: a link is followed, and
/// into a device or a pipe the text is written.
pub fn replace(path: &Path, text: &str, readers: Readers) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(old) if old.is_file() => {
            let path = path.canonicalize()?;
            put_in_place(&path, text, readers, Some(&old))
        }
        Ok(_) => OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes()),
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_link(path) {
            // A link to what is not there yet. One that leads back to itself is another error.
            Ok(target) => replace(&folder(path).join(target), text, readers),
            Err(_) => put_in_place(path, text, readers, None),
        },
        Err(error) => Err(error),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn put_in_place(
    path: &Path,
    text: &str,
    readers: Readers,
    old: Option<&Metadata>,
) -> io::Result<()> {
    // As for any new file, the umask takes its part of this.
    let mode = Permissions::from_mode(0o666);
    let mut draft = tempfile::Builder::new().permissions(mode).tempfile_in(folder(path))?;
    draft.write_all(text.as_bytes())?;
    match (readers, old) {
        (Readers::Everybody, _) => {
            draft.as_file().set_permissions(Permissions::from_mode(0o644))?;
        }
        (Readers::AsFound, Some(old)) => keep(old, draft.as_file())?,
        (Readers::AsFound, None) => {}
    }
    draft.as_file().sync_all()?;
    power::step();
    draft.persist(path).map_err(|error| error.error)?;
    power::step();
    Ok(())
}

/// Whoever replaces another's file may not be allowed to leave it theirs.
fn keep(old: &Metadata, draft: &File) -> io::Result<()> {
    let _own = fchown(draft, Some(old.uid()), Some(old.gid()));
    draft.set_permissions(Permissions::from_mode(old.mode() & 0o777))
}

//! A file that others read at any moment: they find the old one or the new one, whole.

use crate::io::power;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Everybody may read it: the collector is another user.
const MODE: u32 = 0o644;

/// Puts this text there, at once.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(MODE))?;
    power::step();
    file.persist(path).map_err(|error| error.error)?;
    power::step();
    Ok(())
}

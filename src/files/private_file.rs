//! Files that hold personal data: readable by their owner only, and never written through a link to somewhere else.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Makes a file, or empties one that is there, and takes the rights of everybody else.
///
/// # Errors
/// Where it cannot be made, or a symbolic link stands in its place.
pub(super) fn create(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_symlink()) {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a symbolic link stands there; name a file"));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // A file that was there keeps its mode when it is opened, and devices have none to take.
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

/// Writes a whole file with [`create`].
///
/// # Errors
/// As [`create`], or where it cannot be written.
pub(super) fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    create(path)?.write_all(content.as_ref())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that cannot go on must end

    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn an_old_file_becomes_private_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link, elsewhere) =
            (folder.path().join("a.csv"), folder.path().join("link.csv"), folder.path().join("elsewhere.csv"));
        fs::write(&path, "what was there before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        assert!(write(&link, "new").is_err());
        assert!(!elsewhere.exists());
    }
}

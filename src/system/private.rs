//! Files and folders that hold personal data: their owner's alone, and never written through a link to somewhere else.
//!
//! On Unix they have the modes 0600 and 0700 from the moment they exist. Windows has no modes: there a file inherits the
//! access list of its folder, and what lies in a person's profile is that person's (and the administrators').

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// How to open a file that is made private if it has to be made. The caller adds `read`, `write`, `append`, `create`.
pub fn options() -> OpenOptions {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "only Unix adds a mode"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a file, or empties one that is there, and takes the rights of everybody else.
///
/// # Errors
/// Where it cannot be made, or a symbolic link stands in its place.
pub fn create(path: &Path) -> io::Result<File> {
    refuse_link(path)?;
    let file = options().write(true).create(true).truncate(true).open(path)?;
    // A file that was there keeps its mode when it is opened, and devices have none to take.
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

/// Makes a file that is not there yet.
///
/// # Errors
/// `AlreadyExists` where anything stands in its place, a link included; else where it cannot be made.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().write(true).create_new(true).open(path)
}

/// Writes a whole file with [`create`].
///
/// # Errors
/// As [`create`], or where it cannot be written.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    create(path)?.write_all(content.as_ref())
}

/// Writes a whole file under another name, syncs it and renames it into place, over what was there: nobody ever reads
/// half of it. The folder is not synced.
///
/// * `draft`: the other name, in the same folder.
///
/// # Errors
/// As [`create`], or where it cannot be written or renamed.
pub fn replace(path: &Path, draft: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let mut file = create(draft)?;
    file.write_all(content.as_ref())?;
    file.sync_all()?;
    fs::rename(draft, path)
}

/// Makes a folder and those above it that are missing, all private. One that is there, or a link to one, is left as it
/// is.
///
/// # Errors
/// Where it cannot be made, or a file stands in its place.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    #[cfg_attr(not(unix), allow(unused_mut, reason = "only Unix adds a mode"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// [`make_folder`] that refuses a link to a folder elsewhere.
///
/// # Errors
/// Where it cannot be made, or a file or a symbolic link stands in its place.
pub fn make_unlinked_folder(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(there) if !there.is_dir() => {
            Err(io::Error::new(io::ErrorKind::NotADirectory, "it is there, and it is no folder"))
        }
        _ => make_folder(folder),
    }
}

/// Makes the names in a folder durable. Windows has no such call: it writes names through its journal.
///
/// # Errors
/// Where the folder cannot be opened or synced.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    // The folder of a bare file name is the current one.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

/// Makes a file that is written and closed durable. It is opened for writing: Windows flushes no other.
///
/// # Errors
/// Where the file cannot be opened or synced.
pub fn sync_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.sync_all()
}

/// Whether people who are neither the owner nor in the file's group may read or change it. Where the system has no modes,
/// the folder's access list decides, and this says no.
///
/// # Errors
/// Where the file cannot be asked.
pub fn is_open_to_everybody(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    return Ok(std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o007 != 0);
    #[cfg(not(unix))]
    return file.metadata().map(|_| false);
}

fn refuse_link(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_symlink()) {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a symbolic link stands there; name a file"));
    }
    Ok(())
}

/// The rights of a file or folder, for tests; `None` where the system has no modes.
#[cfg(test)]
pub fn mode(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).ok()?.permissions()) & 0o777);
    #[cfg(not(unix))]
    return fs::metadata(path).ok().and(None);
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that cannot go on must end

    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn an_old_file_becomes_private_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link, elsewhere) =
            (folder.path().join("a.csv"), folder.path().join("link.csv"), folder.path().join("elsewhere.csv"));
        fs::write(&path, "what was there before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(mode(&path), Some(0o600));
        symlink(&elsewhere, &link).unwrap();
        assert!(write(&link, "new").is_err());
        assert!(create_new(&link).is_err());
        assert!(!elsewhere.exists());
    }

    #[test]
    fn what_everybody_may_read_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        fs::write(&path, "secret").unwrap();
        for (mode, open) in [(0o600, false), (0o400, false), (0o640, false), (0o644, true), (0o602, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_open_to_everybody(&File::open(&path).unwrap()).unwrap(), open, "{mode:o}");
        }
    }

    #[test]
    fn folders_are_private_and_a_link_to_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (deep, link) = (folder.path().join("a/b/c"), folder.path().join("link"));
        make_folder(&deep).unwrap();
        make_folder(&deep).unwrap();
        assert_eq!((mode(&deep), mode(deep.parent().unwrap())), (Some(0o700), Some(0o700)));
        sync_folder(&deep).unwrap();
        symlink(&deep, &link).unwrap();
        make_folder(&link).unwrap();
        assert!(make_unlinked_folder(&link).is_err());
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (path, draft) = (folder.path().join("a"), folder.path().join(".a.partial"));
        fs::write(&path, "before").unwrap();
        replace(&path, &draft, "after").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        assert_eq!(mode(&path), Some(0o600));
        assert!(!draft.exists());
        sync_file(&path).unwrap();
    }
}

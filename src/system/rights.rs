//! Files that are a person's own, such as the settings: who may read and write them is for that person to say.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::system::private;

/// Replaces a file whole or not at all, with its rights kept: writes beside it, syncs, and renames over it. What a crash
/// left beside it is written over. Through a link, the file it leads to is replaced, and the link stays.
///
/// # Errors
/// Where it cannot be read, made or renamed, and `PermissionDenied` where nobody may write to it: its owner meant it to
/// stay. The file is as it was then, and nothing lies beside it.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = &path.canonicalize()?;
    let rights = fs::metadata(path)?.permissions();
    if rights.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only; allow writing to it first"));
    }
    OpenOptions::new().write(true).open(path)?;
    let mut draft = path.clone().into_os_string();
    draft.push(".part");
    let written = (|| {
        let mut file = private::create(draft.as_ref())?;
        file.set_permissions(rights)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&draft);
        return written;
    }
    path.parent().map_or(Ok(()), private::sync_folder)
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that cannot go on must end

    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn links_rights_and_what_a_crash_left_are_minded_and_a_read_only_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("ours/convoke.toml"), folder.path().join("convoke.toml"));
        fs::create_dir(folder.path().join("ours")).unwrap();
        symlink(&path, &link).unwrap();
        for mode in [0o640, 0o600, 0o644] {
            fs::write(&path, "before").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            fs::write(
                folder.path().join("ours/convoke.toml.part"),
                "half of what was to be written, by a program that died",
            )
            .unwrap();
            replace(&link, "after").unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!((fs::read_to_string(&path).unwrap().as_str(), private::mode(&path)), ("after", Some(mode)));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        assert_eq!(replace(&link, "never").unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), private::mode(&path)), ("after", Some(0o440)));
        assert_eq!(fs::read_dir(folder.path().join("ours")).unwrap().count(), 1, "nothing is left beside it");
    }
}

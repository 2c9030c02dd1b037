//! The workspace key on disk.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use ring::rand::{SecureRandom, SystemRandom};

use crate::system::private;

/// What a key file holds.
pub type Secret = [u8; 32];

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or written.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// It is there and holds no key.
    #[error("{0}: this is no workspace key (64 hexadecimal digits); put the file back from a backup")]
    Malformed(String),
}

/// Reads the key; `None` where there is no file.
///
/// # Errors
/// [`KeyError`].
pub fn read(path: &Path) -> Result<Option<Secret>, KeyError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(KeyError::Io(path.display().to_string(), e)),
    };
    data_encoding::HEXLOWER
        .decode(text.trim_ascii())
        .ok()
        .and_then(|octets| octets.try_into().ok())
        .map(Some)
        .ok_or_else(|| KeyError::Malformed(path.display().to_string()))
}

/// Draws a new key and writes it, synced, readable by the owner only (0600, in a folder 0700). Never overwrites one: where
/// another process was faster, its key is given.
///
/// # Errors
/// [`KeyError`].
pub fn create(path: &Path) -> Result<Secret, KeyError> {
    let failed = |e: io::Error| KeyError::Io(path.display().to_string(), e);
    let mut secret = [0; 32];
    SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| failed(io::Error::other("the system gives no random numbers")))?;
    if let Some(folder) = path.parent() {
        private::make_folder(folder).map_err(failed)?;
    }
    match write_new(path, format!("{}\n", data_encoding::HEXLOWER.encode(&secret)).as_bytes()) {
        Ok(()) => Ok(secret),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| KeyError::Malformed(path.display().to_string()))
        }
        Err(e) => Err(failed(e)),
    }
}

/// Writes a complete file under another name, then gives it its own: nobody ever reads half a key, and `hard_link`
/// refuses, like `O_EXCL`, where the name is taken.
pub(super) fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = private::create(&draft)?;
    let written = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    written?;
    path.parent().map_or(Ok(()), private::sync_folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_drawn_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/workspace.key");
        assert!(read(&path).unwrap().is_none());
        let key = create(&path).unwrap();
        assert_eq!(read(&path).unwrap(), Some(key));
        assert_eq!(create(&path).unwrap(), key, "a key is never overwritten");
        assert!(private::mode(&path).is_none_or(|mode| mode == 0o600));
        assert!(private::mode(&folder.path().join("keys")).is_none_or(|mode| mode == 0o700));
        assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn a_file_that_holds_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("workspace.key");
        for content in ["", "00", "zz", &"0".repeat(62), &"0".repeat(66), "\u{0}"] {
            fs::write(&path, content).unwrap();
            assert!(matches!(read(&path), Err(KeyError::Malformed(_))), "{content:?}");
        }
    }
}

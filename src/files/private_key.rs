//! Files that hold a private key: nobody else may read them, and none is ever written over.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::key_file::write_new;
use crate::system::private;

/// Octets of a key file; an RSA key of 4,096 bits has 3,300.
const LARGEST: u64 = 64 * 1024;

/// Why a key file is not read or not written.
#[derive(Debug, thiserror::Error)]
pub enum PrivateKeyFileError {
    /// Nothing is there.
    #[error("there is no such file")]
    Missing,
    /// A folder, a device.
    #[error("it is no file")]
    NoFile,
    /// Far above any key.
    #[error("it is larger than {LARGEST} octets")]
    TooLarge,
    /// Rights.
    #[error("everybody on this computer may read or change it")]
    OpenToEverybody,
    /// A key that is there is never written over.
    #[error("it is there already, and a key is never written over")]
    AlreadyThere,
    /// What the system says.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Reads a key file.
///
/// # Errors
/// [`PrivateKeyFileError`], for a file that everybody may read too: its key must not be trusted any more.
pub fn read(path: &Path) -> Result<SecretSlice<u8>, PrivateKeyFileError> {
    let missing = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => PrivateKeyFileError::Missing,
        _ => PrivateKeyFileError::Io(error),
    };
    // Before it is opened: opening a pipe would wait for whoever writes to it.
    if !fs::metadata(path).map_err(missing)?.is_file() {
        return Err(PrivateKeyFileError::NoFile);
    }
    let file = File::open(path).map_err(missing)?;
    if private::is_open_to_everybody(&file)? {
        return Err(PrivateKeyFileError::OpenToEverybody);
    }
    let mut octets = Vec::with_capacity(4096);
    file.take(LARGEST + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > LARGEST {
        return Err(PrivateKeyFileError::TooLarge);
    }
    Ok(SecretSlice::from(octets))
}

/// Writes a new key file, whole and synced, its owner's alone (0600). Its folder is made, private, where it is missing.
///
/// # Errors
/// [`PrivateKeyFileError::AlreadyThere`] where anything stands in its place, and what the system says.
pub fn create(path: &Path, key: &SecretString) -> Result<(), PrivateKeyFileError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private::make_folder(folder)?;
    }
    write_new(path, key.expose_secret().as_bytes()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => PrivateKeyFileError::AlreadyThere,
        _ => PrivateKeyFileError::Io(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_once_for_its_owner_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/a.pem");
        assert!(matches!(read(&path), Err(PrivateKeyFileError::Missing)));
        create(&path, &SecretString::from("first")).unwrap();
        assert!(private::mode(&path).is_none_or(|mode| mode == 0o600));
        assert!(matches!(create(&path, &SecretString::from("second")), Err(PrivateKeyFileError::AlreadyThere)));
        assert_eq!(read(&path).unwrap().expose_secret(), b"first");
        assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn what_is_no_key_file_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path()), Err(PrivateKeyFileError::NoFile)));
        let large = folder.path().join("large");
        private::write(&large, vec![b'-'; 65 * 1024]).unwrap();
        assert!(matches!(read(&large), Err(PrivateKeyFileError::TooLarge)));
    }
}

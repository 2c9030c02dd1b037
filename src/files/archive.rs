//! A backup: one tar archive encrypted by age with a passphrase, which `age -d FILE | tar -x` opens without Convoke.
//!
//! Members are plain files with relative names, `manifest.json` the last one: sizes and SHA-256 of all others. Both ways
//! stream, so memory does not grow with the ledger.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use ring::digest;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::system::private;

/// The last member.
const MANIFEST: &str = "manifest.json";
/// A manifest of a hundred thousand files stays below this.
const LONGEST_MANIFEST: u64 = 32 * 1024 * 1024;
/// Files one archive may hold.
const MOST_MEMBERS: usize = 100_000;
/// Whoever unpacks it without Convoke gets files nobody else may read.
const OWNERS_ALONE: u32 = 0o600;
/// Making the key from the passphrase takes 2^18 rounds and 256 MiB, as with age's own program. Left to itself, the crate takes
/// as much as this machine does in a second: 1 GiB on a fast one, which a small one that is to restore may not have.
const WORK_FACTOR: u8 = 18;
/// What this version writes and reads.
const VERSION: u32 = 1;

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the archive's form.
    pub version: u32,
    /// The version of Convoke that wrote it.
    pub convoke: String,
    /// When the snapshot was taken (RFC 3339).
    pub at: String,
    /// The ledger's place within the workspace.
    pub ledger: String,
    /// The last entry of the ledger's chain, in hexadecimal digits.
    pub head: String,
    /// How many contacts the ledger knows.
    pub contacts: u64,
    /// How many suppressions stand in it.
    pub suppressions: u64,
    /// Every other member by name.
    pub members: BTreeMap<String, Member>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// In octets.
    pub size: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

/// Why an archive cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// A file stands where the archive is to be written.
    #[error("{0} is there already; nothing was written\n  help: choose another name, or replace it with --force")]
    Exists(String),
    /// The passphrase is another one.
    #[error("{0}: the passphrase does not fit; nothing was changed")]
    Passphrase(String),
    /// It is no backup, or damaged.
    #[error("{0}: this is no whole backup of Convoke: {1}; nothing was changed")]
    Damaged(String, String),
    /// Written by a later version.
    #[error("{0}: it was written by a newer Convoke (form {1}); restore it with that version")]
    Newer(String, u32),
}

/// Writes an archive beside its name, syncs it and renames it.
///
/// * `files`: names within the archive and where their content lies, in the order they are written.
/// * `manifest`: `members` is filled in.
///
/// # Errors
/// [`ArchiveError`]; nothing is left behind.
pub fn write(
    path: &Path,
    files: &[(String, PathBuf)],
    mut manifest: Manifest,
    passphrase: &SecretString,
    replace: bool,
) -> Result<Manifest, ArchiveError> {
    let io = |e| ArchiveError::Io(path.display().to_string(), e);
    if !replace && fs::symlink_metadata(path).is_ok() {
        return Err(ArchiveError::Exists(path.display().to_string()));
    }
    let mut name = path.file_name().ok_or_else(|| io(io::Error::other("a file is needed")))?.to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let draft = path.with_file_name(name);
    let written = private::create_new(&draft).map_err(io).and_then(|file| {
        fill(file, files, &mut manifest, passphrase, path)?;
        fs::rename(&draft, path).and_then(|()| path.parent().map_or(Ok(()), private::sync_folder)).map_err(io)
    });
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written.map(|()| manifest)
}

fn fill(
    file: File,
    files: &[(String, PathBuf)],
    manifest: &mut Manifest,
    passphrase: &SecretString,
    path: &Path,
) -> Result<(), ArchiveError> {
    let io = |e| ArchiveError::Io(path.display().to_string(), e);
    manifest.version = VERSION;
    let mut recipient = age::scrypt::Recipient::new(passphrase.clone());
    recipient.set_work_factor(WORK_FACTOR);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .map_err(|e| io(io::Error::other(e)))?;
    let sealed = encryptor.wrap_output(BufWriter::new(file)).map_err(io)?;
    let mut tar = tar::Builder::new(sealed);
    for (name, source) in files {
        let unreadable = |e| ArchiveError::Io(source.display().to_string(), e);
        let content = File::open(source).map_err(unreadable)?;
        let size = content.metadata().map_err(unreadable)?.len();
        let mut hashed = Hashed::new(content.take(size));
        tar.append_data(&mut header(size), name, &mut hashed).map_err(io)?;
        let (read, sha256) = hashed.finish();
        if read != size {
            return Err(unreadable(io::Error::other("it became shorter while it was read; run the command again")));
        }
        manifest.members.insert(name.clone(), Member { size, sha256 });
    }
    let text = serde_json::to_vec_pretty(manifest).map_err(|e| io(e.into()))?;
    tar.append_data(&mut header(text.len() as u64), MANIFEST, &text[..]).map_err(io)?;
    let sealed = tar.into_inner().map_err(io)?;
    let file = sealed.finish().map_err(io)?.into_inner().map_err(|e| io(e.into_error()))?;
    file.sync_all().map_err(io)
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(size);
    header.set_mode(OWNERS_ALONE);
    header
}

/// Unpacks an archive into an empty private folder, and compares everything with its manifest.
///
/// # Errors
/// [`ArchiveError`]; what was unpacked until then lies in the folder and must not be used.
pub fn unpack(path: &Path, folder: &Path, passphrase: &SecretString) -> Result<Manifest, ArchiveError> {
    let shown = path.display().to_string();
    let damaged = |why: &str| ArchiveError::Damaged(shown.clone(), why.to_owned());
    let file = File::open(path).map_err(|e| ArchiveError::Io(shown.clone(), e))?;
    let decryptor = age::Decryptor::new_buffered(BufReader::new(file)).map_err(|e| damaged(&e.to_string()))?;
    let identity = age::scrypt::Identity::new(passphrase.clone());
    let opened = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|e| match e {
        age::DecryptError::DecryptionFailed
        | age::DecryptError::KeyDecryptionFailed
        | age::DecryptError::NoMatchingKeys => ArchiveError::Passphrase(shown.clone()),
        other => damaged(&other.to_string()),
    })?;
    let mut tar = tar::Archive::new(BufReader::new(opened));
    let mut members = BTreeMap::new();
    let mut manifest: Option<Manifest> = None;
    for entry in tar.entries().map_err(|e| damaged(&e.to_string()))? {
        let mut entry = entry.map_err(|e| damaged(&e.to_string()))?;
        let name = String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| damaged("a name is not in UTF-8"))?;
        if manifest.is_some() || entry.header().entry_type() != tar::EntryType::Regular || !is_inner(&name) {
            return Err(damaged("it holds something that no backup holds"));
        }
        if name == MANIFEST {
            let mut text = Vec::new();
            entry.by_ref().take(LONGEST_MANIFEST).read_to_end(&mut text).map_err(|e| damaged(&e.to_string()))?;
            let version: Version = serde_json::from_slice(&text).map_err(|e| damaged(&e.to_string()))?;
            if version.version > VERSION {
                return Err(ArchiveError::Newer(shown.clone(), version.version));
            }
            manifest = Some(serde_json::from_slice(&text).map_err(|e| damaged(&e.to_string()))?);
            continue;
        }
        if members.len() >= MOST_MEMBERS {
            return Err(damaged("it holds too many files"));
        }
        let target = folder.join(&name);
        let io = |e| ArchiveError::Io(target.display().to_string(), e);
        if let Some(above) = target.parent() {
            private::make_folder(above).map_err(io)?;
        }
        let mut out = private::create_new(&target).map_err(io)?;
        let mut hashed = Hashed::new(entry);
        copy(&mut hashed, &mut out).map_err(|e| match e {
            Copying::Reading(e) => damaged(&e.to_string()),
            Copying::Writing(e) => io(e),
        })?;
        out.sync_all().map_err(io)?;
        let (size, sha256) = hashed.finish();
        members.insert(name, Member { size, sha256 });
    }
    // Nothing may follow, and the end must be the true one: age proves that only when it is read.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(|e| damaged(&e.to_string()))?;
    let manifest = manifest.ok_or_else(|| damaged("its end is missing"))?;
    if manifest.members != members {
        return Err(damaged("its files are not those of its manifest"));
    }
    Ok(manifest)
}

/// The form alone, whatever else a newer version says.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Whether a name stays within the folder it is unpacked to, on every system.
pub fn is_inner(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 1024
        && !name.contains(['\\', ':', '\0'])
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

enum Copying {
    Reading(io::Error),
    Writing(io::Error),
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<(), Copying> {
    let mut buffer = vec![0; 128 * 1024];
    loop {
        let read = from.read(&mut buffer).map_err(Copying::Reading)?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(buffer.get(..read).unwrap_or_default()).map_err(Copying::Writing)?;
    }
}

/// A reader that knows what went through it.
struct Hashed<R> {
    inner: R,
    read: u64,
    digest: digest::Context,
}

impl<R> Hashed<R> {
    fn new(inner: R) -> Self {
        Self { inner, read: 0, digest: digest::Context::new(&digest::SHA256) }
    }

    fn finish(self) -> (u64, String) {
        (self.read, data_encoding::HEXLOWER.encode(self.digest.finish().as_ref()))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.digest.update(buffer.get(..read).unwrap_or_default());
        self.read += read as u64;
        Ok(read)
    }
}

//! One sender a ledger: a lock of the operating system on `.convoke/send.lock`.
//!
//! The system gives the lock up when the process ends, however it ends, and keeps it while the process is stopped. What
//! the file says is for people only: who holds it, and since when.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use jiff::Timestamp;

use crate::system::private;

/// The right to send. Given up when dropped.
#[derive(Debug)]
pub struct SendLock {
    _file: File,
}

/// Why the right to send was not given.
#[derive(Debug, thiserror::Error)]
pub enum SendLockError {
    /// Another process is sending.
    #[error(
        "another send or restore is running: process {pid}, since {since}\n  help: wait until it ends, or stop it with Ctrl-C where it runs"
    )]
    Held {
        /// Its process id, or `unknown`.
        pid: String,
        /// When it began (RFC 3339), or `unknown`.
        since: String,
    },
    /// The file could not be made or locked.
    #[error("{path}: {source}")]
    Io {
        /// The lock file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What a lock file may hold at most, when it is read for a message.
const LONGEST: u64 = 1024;

impl SendLock {
    /// Takes the lock, and writes into the file who holds it.
    ///
    /// * `path`: `.convoke/send.lock`; its folder exists.
    ///
    /// # Errors
    /// [`SendLockError::Held`] names the first sender.
    pub fn take(path: &Path, now: Timestamp) -> Result<Self, SendLockError> {
        let io = |source| SendLockError::Io { path: path.display().to_string(), source };
        let mut file = private::options().read(true).write(true).create(true).truncate(false).open(path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held_by(&mut file)),
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0).map_err(io)?;
        let text = format!("pid = {}\nsince = {now:.0}\n", std::process::id());
        file.write_all(text.as_bytes()).map_err(io)?;
        // A restore that failed in an empty folder takes its lock away with it. Whoever had opened it by then holds a
        // lock that nobody else sees. (Windows lets nobody read what is locked: then the file is there.)
        let is_lost = match std::fs::read(path) {
            Ok(found) => found != text.as_bytes(),
            Err(e) => e.kind() == std::io::ErrorKind::NotFound,
        };
        if is_lost { Err(held_by(&mut file)) } else { Ok(Self { _file: file }) }
    }
}

/// Reads who holds the lock. Its holder may be about to write it: then nobody knows yet. Nor does Windows let anybody
/// read what another has locked.
fn held_by(file: &mut File) -> SendLockError {
    let mut text = String::new();
    let readable = file.rewind().and_then(|()| file.take(LONGEST).read_to_string(&mut text)).is_ok();
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
        line.map(str::trim).filter(|value| readable && !value.is_empty()).unwrap_or("unknown").to_owned()
    };
    SendLockError::Held { pid: value("pid"), since: value("since") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_second_sender_learns_who_the_first_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("send.lock");
        let first = SendLock::take(&path, at(1_800_000_000)).unwrap();
        let refusal = SendLock::take(&path, at(1_800_000_100)).unwrap_err().to_string();
        assert!(refusal.contains(&format!("process {}, since 2027-01-15T08:00:00Z", std::process::id())), "{refusal}");
        drop(first);
        SendLock::take(&path, at(1_800_000_200)).unwrap();
    }

    #[test]
    fn whatever_the_file_says_the_refusal_is_readable() {
        for content in ["", "pid", "pid =\nsince = \n", "\0\u{fffd}", "x = 1\n"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("send.lock");
            let _first = SendLock::take(&path, at(0)).unwrap();
            std::fs::write(&path, content).unwrap();
            let refusal = SendLock::take(&path, at(0)).unwrap_err();
            assert!(matches!(refusal, SendLockError::Held { ref pid, .. } if pid == "unknown"), "{refusal}");
        }
    }
}

//! `.convoke/opt-outs.log`: suppressions in a file of their own, so that they outlive a lost or restored ledger.
//!
//! One JSON object a line, appended and synced before the ledger commits; keyed hashes, no address. Its first line is
//! written when a ledger is made and so also witnesses that there was one. Reading is tolerant: a torn or foreign line is
//! stepped over, for losing one line must not lose the rest.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::keys::AddressKey;
use crate::domain::suppression::{Reason, Suppression};
use crate::engine::ports::{LedgerError, LedgerResult};
use crate::system::private;

/// The first line.
const HEADING: &str =
    "# Convoke opt-outs, version 1: one suppression a line, known by keyed hash. Never delete this file.\n";

/// A longer line is none of ours.
const LONGEST_LINE: u64 = 64 * 1024;

/// The log of one workspace.
#[derive(Debug)]
pub struct OptOutLog {
    path: PathBuf,
}

/// One line.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    key: std::borrow::Cow<'a, str>,
    topic: std::borrow::Cow<'a, str>,
    reason: std::borrow::Cow<'a, str>,
    since: std::borrow::Cow<'a, str>,
    #[serde(default)]
    source: std::borrow::Cow<'a, str>,
}

impl OptOutLog {
    /// The log at `path`, made (0600) with its heading where it is missing.
    ///
    /// # Errors
    /// [`LedgerError::Unwritable`] where it cannot be made and synced.
    pub fn open(path: &Path) -> LedgerResult<Self> {
        let log = Self::reading(path);
        if !path.exists() {
            log.append_text(HEADING)?;
        }
        Ok(log)
    }

    /// The log at `path`, for reading; it may be missing.
    pub fn reading(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Appends suppressions and syncs once. Returns the log's length afterwards, in octets.
    ///
    /// # Errors
    /// [`LedgerError::Unwritable`].
    pub fn append(&self, batch: &[Suppression]) -> LedgerResult<u64> {
        let mut text = String::new();
        for suppression in batch {
            let line = Line {
                key: suppression.key.to_hex().into(),
                topic: suppression.topic.as_str().into(),
                reason: suppression.reason.as_str().into(),
                since: suppression.since.to_string().into(),
                source: suppression.source.as_str().into(),
            };
            text.push_str(&serde_json::to_string(&line).map_err(|e| LedgerError::Unwritable(e.to_string()))?);
            text.push('\n');
        }
        self.append_text(&text)
    }

    fn append_text(&self, text: &str) -> LedgerResult<u64> {
        self.try_append(text).map_err(|e| LedgerError::Unwritable(format!("{}: {e}", self.path.display())))
    }

    fn try_append(&self, text: &str) -> io::Result<u64> {
        let is_new = !self.path.exists();
        let mut file = private::options().read(true).append(true).create(true).open(&self.path)?;
        let length = file.metadata()?.len();
        let mut octets = Vec::with_capacity(text.len() + 1);
        // A line torn by a crash must not swallow the next one.
        if length > 0 && !ends_with_newline(&mut file, length)? {
            octets.push(b'\n');
        }
        octets.extend_from_slice(text.as_bytes());
        file.write_all(&octets)?;
        file.sync_data()?;
        if is_new && let Some(folder) = self.path.parent() {
            private::sync_folder(folder)?;
        }
        Ok(length + octets.len() as u64)
    }

    /// Length in octets; 0 where it is missing.
    pub fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |m| m.len())
    }

    /// Every readable suppression from this octet on. One that is torn or foreign is stepped over.
    ///
    /// # Errors
    /// [`LedgerError::Unwritable`] where the file cannot be read.
    pub fn read_from(&self, octet: u64) -> LedgerResult<Vec<Suppression>> {
        self.try_read_from(octet).map_err(|e| LedgerError::Unwritable(format!("{}: {e}", self.path.display())))
    }

    fn try_read_from(&self, octet: u64) -> io::Result<Vec<Suppression>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        file.seek(SeekFrom::Start(octet))?;
        let mut reader = BufReader::new(file);
        let (mut found, mut line) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            if reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
                return Ok(found);
            }
            found.extend(read_line(&line));
        }
    }
}

fn ends_with_newline(file: &mut File, length: u64) -> io::Result<bool> {
    let mut last = [0; 1];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn read_line(line: &[u8]) -> Option<Suppression> {
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    Some(Suppression {
        key: AddressKey::from_hex(&line.key)?,
        address: String::new(),
        topic: line.topic.into_owned(),
        reason: Reason::from_word(&line.reason)?,
        note: String::new(),
        since: line.since.parse::<Timestamp>().ok()?,
        source: line.source.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn opt_out(octet: u8) -> Suppression {
        Suppression {
            key: AddressKey([octet; 16]),
            address: "lin@example.org".to_owned(),
            topic: "annual-meeting".to_owned(),
            reason: Reason::OptedOut,
            note: "asked by phone".to_owned(),
            since: Timestamp::from_second(1_790_000_000).unwrap(),
            source: "import list.csv".to_owned(),
        }
    }

    #[test]
    fn a_torn_line_loses_neither_the_one_before_nor_the_one_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("opt-outs.log");
        let log = OptOutLog::open(&path).unwrap();
        log.append(&[opt_out(1)]).unwrap();
        let before = fs::read(&path).unwrap();
        log.append(&[opt_out(2)]).unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in before.len()..whole.len() - 1 {
            fs::write(&path, &whole[..cut]).unwrap();
            log.append(&[opt_out(3)]).unwrap();
            let keys: Vec<u8> = log.read_from(0).unwrap().iter().map(|s| s.key.0[0]).collect();
            assert_eq!(keys, [1, 3], "cut at {cut}");
        }
    }

    #[test]
    fn it_holds_no_address_and_no_note() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("opt-outs.log");
        OptOutLog::open(&path).unwrap().append(&[opt_out(1)]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("lin@") && !text.contains("phone"), "{text}");
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("opt-outs.log");
            fs::write(&path, &octets).unwrap();
            let log = OptOutLog::reading(&path);
            log.read_from(0).unwrap();
            log.append(&[opt_out(9)]).unwrap();
            prop_assert_eq!(log.read_from(0).unwrap().last().map(|s| s.key.0[0]), Some(9));
        }
    }
}

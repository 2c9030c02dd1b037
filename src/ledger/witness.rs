//! `.convoke/witness`: how far the chain of events has come, in a small file beside the ledger, so that an old copy of the
//! ledger is known for one.
//!
//! Whoever wrote to the ledger leaves a **mark** here: position and hash of its last event, and how long the ledger's file
//! was. A ledger in which a mark's event is missing, or another, is not the one that was last written to.
//!
//! **No false alarm.** A mark is written after the commit it tells of, and never before: wherever a process dies, the ledger
//! is as far as every mark or further. A mark is read before the ledger is.
//!
//! **None missed.** A sender writes its mark before it answers that an intent is recorded, so before the message can leave.
//! The write alone survives the death of the process; for a loss of power it is synced once a second and at the end, not
//! with every commit.
//!
//! The file has a heading and six lines of fixed length, overwritten in place, so that a full disk does not touch it: two
//! for the sender, two for all other commands, two for the beginning of a send. Of each two the one further back is
//! overwritten; a torn line fails its check and leaves the other. The sender shares its lines with nobody, so that no other
//! command can set them back. There is nothing personal in it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ring::digest;

use crate::domain::chain::Hash;
use crate::engine::ports::{LedgerError, LedgerResult};
use crate::system::private;

/// Octets of a line; a whole number of them fits a sector of any disk, so that none lies in two.
const LINE: usize = 256;
const LINES: usize = 6;
const HEADING: &str = "# Convoke witness, version 1: how far the ledger's chain of events has come. Never delete it, \
                       and never copy it without the ledger.";

/// Longest time without a sync while marks are written, in milliseconds.
const SYNC_EVERY: i64 = 1000;

/// Who leaves a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// The one sender, with its intents and outcomes.
    Sender,
    /// Whoever else writes to the ledger.
    Others,
    /// A sender that begins.
    Opening,
}

impl Who {
    fn first_line(self) -> usize {
        match self {
            Self::Sender => 0,
            Self::Others => 2,
            Self::Opening => 4,
        }
    }
}

/// How far the ledger had come at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Position of its last event.
    pub seq: i64,
    /// Hash of that event.
    pub hash: Hash,
    /// When, in milliseconds.
    pub at: i64,
    /// Octets of the ledger's file, which never shrinks.
    pub length: u64,
}

/// The witness of one ledger. It is made with the first mark.
#[derive(Debug)]
pub(super) struct Witness {
    path: PathBuf,
    ledger: PathBuf,
    file: Option<File>,
    /// The sender's newest position, and the line it overwrites next.
    turn: Option<(Option<i64>, usize)>,
    synced_at: Option<i64>,
    is_synced: bool,
}

impl Witness {
    /// The witness of the ledger at `ledger`, beside the opt-out log at `log`.
    pub fn beside(log: &Path, ledger: &Path) -> Self {
        let path = log.with_file_name("witness");
        Self { path, ledger: ledger.to_owned(), file: None, turn: None, synced_at: None, is_synced: true }
    }

    /// Every readable mark; none where there is no file yet. One that cannot be read stops no opt-out and no pause: a sender
    /// cannot leave its mark there either, and stops at its first.
    pub fn marks(&self) -> Vec<Mark> {
        let octets = fs::read(&self.path).unwrap_or_default();
        octets.chunks(LINE).filter_map(read_line).collect()
    }

    /// Octets of the ledger's file; 0 where it is missing.
    pub fn length_of_ledger(&self) -> u64 {
        fs::metadata(&self.ledger).map_or(0, |file| file.len())
    }

    /// Leaves a mark: the ledger has come so far, and this is committed.
    ///
    /// # Errors
    /// [`LedgerError::Unwritable`].
    pub fn note(&mut self, who: Who, seq: i64, hash: Hash, now: Timestamp) -> LedgerResult<()> {
        let mark = Mark { seq, hash, at: now.as_millisecond(), length: self.length_of_ledger() };
        self.try_note(who, &mark).map_err(|e| self.fault(&e))
    }

    fn try_note(&mut self, who: Who, mark: &Mark) -> io::Result<()> {
        let file = opened(&mut self.file, &self.path)?;
        // Nobody else writes the sender's lines: once read, they are known.
        let (newest, line) = match self.turn.filter(|_| who == Who::Sender) {
            Some(turn) => turn,
            None => turn_of(file, who)?,
        };
        if newest.is_some_and(|there| there >= mark.seq) {
            // Another command was faster.
            return Ok(());
        }
        file.seek(place(line))?;
        file.write_all(&write_line(mark))?;
        if who == Who::Sender {
            self.turn = Some((Some(mark.seq), line ^ 1));
        }
        self.is_synced = false;
        // The clock may have been set: what counts is that not much time passes in either direction.
        if self.synced_at.is_none_or(|synced| synced.abs_diff(mark.at) >= SYNC_EVERY.unsigned_abs()) {
            self.sync()?;
            self.synced_at = Some(mark.at);
        }
        Ok(())
    }

    /// Forgets every other mark: from here on this ledger is the one.
    ///
    /// # Errors
    /// [`LedgerError::Unwritable`].
    pub fn begin_anew(&mut self, seq: i64, hash: Hash, now: Timestamp) -> LedgerResult<()> {
        let mark = Mark { seq, hash, at: now.as_millisecond(), length: self.length_of_ledger() };
        let result = opened(&mut self.file, &self.path).and_then(|file| {
            file.seek(place(0))?;
            file.write_all(&write_line(&mark).repeat(LINES))?;
            file.sync_data()
        });
        self.turn = None;
        result.map_err(|e| self.fault(&e))
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Some(file) = self.file.as_ref().filter(|_| !self.is_synced) {
            file.sync_data()?;
            self.is_synced = true;
        }
        Ok(())
    }

    fn fault(&self, error: &io::Error) -> LedgerError {
        LedgerError::Unwritable(format!("{}: {error}", self.path.display()))
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // Written it is; what a failed sync puts at risk is the last second, and only if the power fails now.
        let _ = self.sync();
    }
}

fn place(line: usize) -> SeekFrom {
    SeekFrom::Start(((1 + line) * LINE) as u64)
}

/// The newest position in somebody's two lines, and the line to overwrite next: the one further back.
fn turn_of(file: &mut File, who: Who) -> io::Result<(Option<i64>, usize)> {
    let mut two = [0; 2 * LINE];
    file.seek(place(who.first_line()))?;
    file.read_exact(&mut two)?;
    let (first, second) = two.split_at(LINE);
    let (first, second) = (read_line(first).map(|m| m.seq), read_line(second).map(|m| m.seq));
    Ok((first.max(second), who.first_line() + usize::from(first > second)))
}

/// The file, made (0600) with its heading and empty lines where it is missing or not whole.
fn opened<'a>(file: &'a mut Option<File>, path: &Path) -> io::Result<&'a mut File> {
    if let Some(file) = file {
        return Ok(file);
    }
    let is_new = !path.exists();
    let mut open = private::options().read(true).write(true).create(true).truncate(false).open(path)?;
    if open.metadata()?.len() < ((1 + LINES) * LINE) as u64 {
        // In place, never renamed: another process may have it open.
        let blank = [padded(HEADING), padded("").repeat(LINES)].concat();
        open.write_all(&blank)?;
        open.sync_all()?;
    }
    if is_new && let Some(folder) = path.parent() {
        private::sync_folder(folder)?;
    }
    Ok(file.insert(open))
}

/// A line as it stands in the file.
fn padded(text: &str) -> Vec<u8> {
    format!("{text:<width$}\n", width = LINE - 1).into_bytes()
}

fn write_line(mark: &Mark) -> Vec<u8> {
    let hash = data_encoding::HEXLOWER.encode(&mark.hash);
    let text = format!("{} {hash} {} {}", mark.seq, mark.at, mark.length);
    padded(&format!("{text} {}", check(&text)))
}

/// The mark of a line that is whole.
fn read_line(line: &[u8]) -> Option<Mark> {
    let (text, stated) = std::str::from_utf8(line).ok()?.trim_end().rsplit_once(' ')?;
    if check(text) != stated {
        return None;
    }
    let mut words = text.split(' ');
    let seq = words.next()?.parse().ok()?;
    let hash = data_encoding::HEXLOWER.decode(words.next()?.as_bytes()).ok()?.try_into().ok()?;
    Some(Mark { seq, hash, at: words.next()?.parse().ok()?, length: words.next()?.parse().ok()? })
}

/// Tells a torn line from a whole one.
fn check(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    data_encoding::HEXLOWER.encode(digest.as_ref().get(..4).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn witness(folder: &Path) -> Witness {
        Witness::beside(&folder.join("opt-outs.log"), &folder.join("ledger.db"))
    }

    fn seqs(folder: &Path) -> Vec<i64> {
        let mut seqs: Vec<i64> = witness(folder).marks().iter().map(|mark| mark.seq).collect();
        seqs.sort_unstable();
        seqs
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_keeps_its_last_two_marks_and_none_is_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut witness = witness(folder.path());
        assert_eq!(witness.marks(), []);
        for seq in [1, 2, 5, 9, 4] {
            witness.note(Who::Sender, seq, [7; 32], at(seq)).unwrap();
        }
        witness.note(Who::Others, 3, [8; 32], at(3)).unwrap();
        witness.note(Who::Opening, 1, [9; 32], at(1)).unwrap();
        assert_eq!(seqs(folder.path()), [1, 3, 5, 9]);
        let length = fs::metadata(folder.path().join("witness")).unwrap().len();
        assert_eq!(length, 7 * 256, "it never grows");
        witness.begin_anew(2, [1; 32], at(9)).unwrap();
        assert_eq!(seqs(folder.path()), [2; 6]);
    }

    #[test]
    fn a_torn_line_leaves_the_one_before_and_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness");
        let mut first = witness(folder.path());
        first.note(Who::Sender, 10, [1; 32], at(1)).unwrap();
        let before = fs::read(&path).unwrap();
        first.note(Who::Sender, 20, [2; 32], at(2)).unwrap();
        let after = fs::read(&path).unwrap();
        for cut in (0..=after.len()).step_by(7) {
            let torn = [after.get(..cut).unwrap(), before.get(cut..).unwrap()].concat();
            fs::write(&path, torn).unwrap();
            let found = seqs(folder.path());
            assert!(found == [10] || found == [10, 20], "cut at {cut}: {found:?}");
            witness(folder.path()).note(Who::Sender, 30, [3; 32], at(3)).unwrap();
            assert!(seqs(folder.path()).contains(&30) && seqs(folder.path()).len() == 2, "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("witness"), &octets).unwrap();
            let mut witness = witness(folder.path());
            prop_assert!(witness.marks().is_empty());
            witness.note(Who::Sender, 1, [1; 32], at(1)).unwrap();
            prop_assert_eq!(seqs(folder.path()), [1]);
        }
    }
}

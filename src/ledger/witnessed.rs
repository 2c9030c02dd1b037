//! Holds a ledger that is opened against its witness. What each kind of wrong ledger is seen as:
//!
//! | what happened | what is seen | what follows |
//! |---|---|---|
//! | an old copy was put back, or the -wal of a killed process was lost | the marks' events are missing | a person decides |
//! | a copy that went on by itself, or another machine's ledger | other events in their places | a person decides |
//! | an old `ledger.db` beside the newest -wal | a file shorter than it was, and yet the marks' events | damaged, nothing is touched |
//! | an empty file | no events at all | damaged |
//! | the ledger was deleted | the witness without it | refused before anything is opened (`cli/open.rs`) |
//! | the whole `.convoke` was put back from a copy | nothing: the witness is as old | `restore` is the way, which asks |

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::domain::chain::Hash;
use crate::engine::ports::{LedgerError, LedgerResult};

use super::events::{Writer, time};
use super::restored::{adopt, fact, undecided};
use super::sql;
use super::sqlite::{OWN_THREAD, SqliteLedger, fault};
use super::witness::Mark;

impl SqliteLedger {
    /// Looks for the witness's marks. Where some are missing or others, this is not the ledger that was last written to: its
    /// unfinished attempts are in doubt and nothing is sent until a person has decided. The marks stay meanwhile, so that
    /// putting the right ledger back is all it takes.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] where it holds nothing at all.
    pub(super) fn compare_with(&mut self, marks: &[Mark]) -> LedgerResult<()> {
        let strange = self.read(|connection| strange_among(connection, marks))?;
        let Some(until) = strange.iter().map(|mark| mark.at).max() else { return Ok(()) };
        let Some((seq, hash, ends)) = self.read(chain_end)? else {
            return Err(LedgerError::Damaged(
                "it is empty, and the witness beside it (.convoke/witness) knows of one that was not\n  help: put it back from \
                 a backup (`convoke restore`): without it people would be written to twice"
                    .to_owned(),
            ));
        };
        let (ends, until) = (time(ends)?, time(until)?);
        if self.read(|connection| are_decided_against(connection, &strange))? {
            // A person has decided, and the process died before the witness knew.
            return self.witness.begin_anew(seq, hash, ends);
        }
        self.strange = strange;
        if self.read(undecided)?.is_none() {
            // The moment of finding out is not known here; the latest that is known is the nearest truth.
            self.write(until.max(ends), |writer| adopt(writer, ends, Some(until)))?;
        }
        Ok(())
    }
}

/// Refuses an old `ledger.db` beside a newer -wal, before SQLite mixes the two for good: the file is shorter than it was, and
/// yet the last events are there. Together they are no ledger: what changed before the -wal began is missing in the middle.
pub(super) fn refuse_mixture(path: &Path, length: u64, marks: &[Mark]) -> LedgerResult<()> {
    let longest = marks.iter().map(|mark| mark.length).max().unwrap_or(0);
    let wal = PathBuf::from(format!("{}-wal", path.display()));
    if length >= longest || length == 0 || std::fs::metadata(&wal).map_or(0, |file| file.len()) == 0 {
        return Ok(());
    }
    // For reading only: nothing is folded into the file when this is closed.
    let looked = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OWN_THREAD)
        .map_err(fault)
        .and_then(|connection| strange_among(&connection, marks));
    match looked {
        Ok(strange) if !strange.is_empty() => Ok(()),
        Ok(_) | Err(LedgerError::Damaged(_)) => Err(LedgerError::Damaged(format!(
            "it is older than {} beside it, and the two do not belong together; nothing was touched\n  help: put back the \
             newest ledger.db, the one this -wal was written with. If there is none, move the -wal away and keep it: then the \
             old ledger opens, and asks what was sent since",
            wal.display()
        ))),
        Err(error) => Err(error),
    }
}

/// The marks whose events are not in the chain.
fn strange_among(connection: &Connection, marks: &[Mark]) -> LedgerResult<Vec<Mark>> {
    let mut strange = Vec::new();
    for mark in marks {
        let hash: Option<Hash> = connection
            .prepare_cached(sql!("event_hash"))
            .and_then(|mut s| s.query_row([mark.seq], |row| row.get(0)).optional())
            .map_err(fault)?;
        if hash != Some(mark.hash) {
            strange.push(*mark);
        }
    }
    Ok(strange)
}

fn chain_end(connection: &Connection) -> LedgerResult<Option<(i64, Hash, i64)>> {
    connection
        .prepare_cached(sql!("chain_end"))
        .and_then(|mut s| s.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional())
        .map_err(fault)
}

/// Remembers that a person decided although these marks stood against this ledger.
pub(super) fn decide_against(writer: &Writer<'_>, marks: &[Mark]) -> LedgerResult<()> {
    for mark in marks {
        writer.execute(sql!("fact_set"), params![decision_about(mark), mark.seq])?;
    }
    Ok(())
}

fn are_decided_against(connection: &Connection, marks: &[Mark]) -> LedgerResult<bool> {
    for mark in marks {
        if fact(connection, &decision_about(mark))?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The name of the fact that says so.
fn decision_about(mark: &Mark) -> String {
    format!("decided against event {}", data_encoding::HEXLOWER.encode(&mark.hash))
}

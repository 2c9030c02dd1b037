//! Copies of the ledger: how one is taken while others write, and what has to happen before a copy may send.
//!
//! A copy knows nothing of what was sent after it was taken. Until a person has said what that was, no row is claimed, no
//! intent recorded and no plan made.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::chain::What;
use crate::domain::invitation::State;
use crate::engine::ports::{LedgerError, LedgerResult, Recovered};

use super::claims;
use super::events::{NewEvent, Writer, time};
use super::invitations::{Owner, move_row};
use super::sql;
use super::sqlite::{SqliteLedger, fault};
use super::witnessed::decide_against;

/// The fact that says when the copy was taken that this ledger was restored from; 0 once a person has decided.
const UNDECIDED: &str = "restored from a copy of";

/// The fact that says until when the ledger was written to that this one is an old copy of, by the witness; 0 where it was
/// restored from a backup.
const WITNESSED: &str = "witnessed until";

/// What a ledger holds, for the manifest of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Contacts.
    pub contacts: u64,
    /// Suppressions.
    pub suppressions: u64,
    /// Hash of the last event, in hexadecimal digits; empty before the first.
    pub head: String,
}

/// What a person knows about the time after a copy was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinceCopy {
    /// Nothing was sent: what was unsent then is unsent now.
    NothingSent,
    /// Something may have been: every unsent message is in doubt, for a person to settle.
    UnsentInDoubt,
}

impl SinceCopy {
    fn as_str(self) -> &'static str {
        match self {
            Self::NothingSent => "nothing-sent",
            Self::UnsentInDoubt => "unsent-in-doubt",
        }
    }
}

impl SqliteLedger {
    /// Writes a copy as of one moment to `path`, an empty file or none; others may write to the ledger meanwhile.
    ///
    /// # Errors
    /// [`LedgerError`]; also where there is no room.
    pub fn copy_to(&self, path: &Path) -> LedgerResult<()> {
        let path = path.to_str().ok_or_else(|| LedgerError::Unwritable("the path is not in UTF-8".to_owned()))?;
        self.connection.execute("VACUUM INTO ?1", [path]).map(|_| ()).map_err(fault)
    }

    /// What it holds.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn summary(&mut self) -> LedgerResult<Summary> {
        self.read(|connection| {
            let (contacts, suppressions) =
                connection.query_row(sql!("ledger_counts"), [], |row| Ok((row.get(0)?, row.get(1)?))).map_err(fault)?;
            let head: Option<Vec<u8>> =
                connection.query_row(sql!("chain_head"), [], |row| row.get(1)).optional().map_err(fault)?;
            Ok(Summary { contacts, suppressions, head: data_encoding::HEXLOWER.encode(&head.unwrap_or_default()) })
        })
    }

    /// Makes a copy ready to take the ledger's place: unfinished attempts are in doubt, forgotten people are gone again,
    /// and nothing may be sent until [`SqliteLedger::decide_since_copy`]. Doing it twice changes nothing more.
    ///
    /// * `taken`: when the copy was taken.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn adopt_copy(&mut self, taken: Timestamp, now: Timestamp) -> LedgerResult<Recovered> {
        self.write(now, |writer| adopt(writer, taken, None))
    }

    /// When the copy was taken that this ledger is, while nobody has decided what happened since.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn undecided_since(&mut self) -> LedgerResult<Option<Timestamp>> {
        Ok(self.read(undecided)?.map(|copy| copy.taken))
    }

    /// Closes the file, with everything in it and nothing beside it.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn close(self) -> LedgerResult<()> {
        self.connection
            .pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
            .and_then(|()| self.connection.close().map_err(|(_, error)| error))
            .map_err(fault)
    }

    /// Refuses where the ledger was restored and nobody has decided what happened since.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] says what to do.
    pub fn refuse_undecided(&mut self) -> LedgerResult<()> {
        self.read(undecided)?.map_or(Ok(()), |copy| Err(to_be_decided(&copy)))
    }

    /// Records what a person knows about the time after the copy; returns how many messages are in doubt by it.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] where nothing is to be decided.
    pub fn decide_since_copy(&mut self, how: SinceCopy, reason: &str, now: Timestamp) -> LedgerResult<u64> {
        let strange = self.strange.clone();
        let (doubtful, (seq, hash)) = self.write(now, |writer| {
            let Some(Undecided { taken, .. }) = undecided(&writer.transaction)? else {
                return Err(LedgerError::Refused(
                    "nothing is to be decided: this ledger is no restored one".to_owned(),
                ));
            };
            let mut doubtful = Vec::new();
            if how == SinceCopy::UnsentInDoubt {
                claims::recover(writer)?;
                doubtful = writer.ask_all(sql!("rows_unsent"), [], Owner::read)?;
                let why = format!("it may have been sent after the copy of {taken:.0}");
                for owner in &doubtful {
                    move_row(writer, owner, State::InDoubt, None, What::InDoubt, &why)?;
                }
            }
            writer.execute(sql!("fact_set"), params![UNDECIDED, 0])?;
            writer.execute(sql!("fact_set"), params![WITNESSED, 0])?;
            decide_against(writer, &strange)?;
            let detail = format!("{}: {reason}", how.as_str());
            writer.event(What::RestoreDecided, &NewEvent { detail: Some(&detail), ..NewEvent::default() })?;
            Ok((doubtful.len() as u64, writer.head()))
        })?;
        if !std::mem::take(&mut self.strange).is_empty() {
            // Where this fails, the next to open the ledger finds the decision and does it.
            let _ = self.witness.begin_anew(seq, hash, now);
        }
        Ok(doubtful)
    }
}

/// Makes a copy send nothing before a person has decided what was sent since.
///
/// * `witnessed`: until when the ledger was written to, where the witness says so.
pub(super) fn adopt(
    writer: &mut Writer<'_>,
    taken: Timestamp,
    witnessed: Option<Timestamp>,
) -> LedgerResult<Recovered> {
    let recovered = claims::recover(writer)?;
    writer.execute(sql!("contacts_erase_forgotten"), [])?;
    writer.execute(sql!("links_erase_forgotten"), [])?;
    writer.execute(sql!("fact_set"), params![UNDECIDED, taken.as_millisecond().max(1)])?;
    writer.execute(sql!("fact_set"), params![WITNESSED, witnessed.map_or(0, Timestamp::as_millisecond)])?;
    let detail = match witnessed {
        None => format!("from a backup of {taken:.0}"),
        Some(until) => format!("found to be a copy of {taken:.0}; something was recorded until {until:.0}"),
    };
    writer.event(What::Restored, &NewEvent { detail: Some(&detail), ..NewEvent::default() })?;
    Ok(recovered)
}

/// A copy that nobody has decided about.
pub(super) struct Undecided {
    taken: Timestamp,
    /// Until when the ledger it is a copy of was written to, where the witness found it out.
    witnessed: Option<Timestamp>,
}

pub(super) fn undecided(connection: &Connection) -> LedgerResult<Option<Undecided>> {
    let Some(taken) = fact(connection, UNDECIDED)? else { return Ok(None) };
    let witnessed = fact(connection, WITNESSED)?.map(time).transpose()?;
    Ok(Some(Undecided { taken: time(taken)?, witnessed }))
}

/// A fact that is not 0.
pub(super) fn fact(connection: &Connection, name: &str) -> LedgerResult<Option<i64>> {
    let value: Option<i64> = connection
        .prepare_cached(sql!("fact"))
        .and_then(|mut s| s.query_row([name], |row| row.get(0)).optional())
        .map_err(fault)?;
    Ok(value.filter(|value| *value != 0))
}

/// Refuses whatever leads to a message leaving, until a person has decided.
pub(super) fn refuse_undecided(writer: &Writer<'_>) -> LedgerResult<()> {
    undecided(&writer.transaction)?.map_or(Ok(()), |copy| Err(to_be_decided(&copy)))
}

fn to_be_decided(Undecided { taken, witnessed }: &Undecided) -> LedgerError {
    let (what, first) = match witnessed {
        None => (format!("this ledger was restored from a backup of {taken:.0}"), ""),
        Some(until) => (
            format!(
                "this ledger is not the one that was last used here: it ends on {taken:.0}, and the witness beside it \
                 (.convoke/witness) knows of something recorded until {until:.0}"
            ),
            "if you still have the newest ledger.db, with the ledger.db-wal that lay beside it, put both back: nothing \
             else needs doing then. If not: ",
        ),
    };
    LedgerError::Refused(format!(
        "{what}; what was sent after that is not in it, and somebody could get a message twice\n  help: {first}`convoke \
         restore --decide unsent-in-doubt --reason …` is safe: what was unsent waits for `convoke settle`. Only if you know \
         that nothing at all was sent since, by no campaign: `convoke restore --decide nothing-sent --reason …`"
    ))
}

//! Addresses that must not be written to.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::domain::chain::What;
use crate::domain::keys::AddressKey;
use crate::domain::suppression::{Reason, Suppression};
use crate::engine::ports::{LedgerResult, Suppressions};

use super::contacts::word;
use super::events::{NewEvent, Writer, time};
use super::sqlite::{SqliteLedger, fault};
use super::{links, sql};

/// The fact that says up to which octet the opt-out log stands in the ledger.
const LOG_TAKEN: &str = "opt-out log";

impl Suppressions for SqliteLedger {
    fn suppress(&mut self, batch: &[Suppression], now: Timestamp) -> LedgerResult<Vec<bool>> {
        self.write(now, |writer| add(writer, batch))
    }

    fn suppressions(&mut self) -> LedgerResult<Vec<Suppression>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("suppressions_all")).map_err(fault)?;
            let mut rows = statement.query([]).map_err(fault)?;
            let mut all = Vec::new();
            while let Some(row) = rows.next().map_err(fault)? {
                all.push(read_suppression(row)?);
            }
            Ok(all)
        })
    }

    fn suppressions_of(&mut self, key: AddressKey) -> LedgerResult<Vec<Suppression>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("suppressions_of")).map_err(fault)?;
            let mut rows = statement.query([key.0]).map_err(fault)?;
            let mut all = Vec::new();
            while let Some(row) = rows.next().map_err(fault)? {
                all.push(read_suppression(row)?);
            }
            Ok(all)
        })
    }
}

impl SqliteLedger {
    /// Adds whatever the opt-out log holds beyond what the ledger has taken over: after a crash between log and commit, and
    /// after an older ledger was put back.
    pub(super) fn take_over_from_log(&mut self) -> LedgerResult<()> {
        let length = self.log.length();
        let taken: Option<u64> = self.read(|connection| {
            use rusqlite::OptionalExtension;
            connection
                .prepare_cached(sql!("fact"))
                .and_then(|mut s| s.query_row([LOG_TAKEN], |row| row.get(0)).optional())
                .map_err(fault)
        })?;
        if taken == Some(length) {
            return Ok(());
        }
        // A log shorter than what was taken over is another log: read it whole.
        let missing = self.log.read_from(taken.filter(|t| *t < length).unwrap_or(0))?;
        let Some(latest) = missing.iter().map(|s| s.since).max() else {
            // Nothing to add; the heading alone needs no transaction of its own.
            return Ok(());
        };
        // The moment of taking over is not known here; the latest entry's own time is the nearest truth.
        self.write(latest, |writer| {
            for suppression in &missing {
                insert(writer, suppression)?;
            }
            writer.execute(sql!("fact_set"), params![LOG_TAKEN, length])?;
            // A crash may have torn off what the log was to say about the person's other mailboxes.
            let copies = copies(writer, &missing)?;
            add(writer, &copies)?;
            Ok(())
        })
    }
}

/// Adds suppressions, for every mailbox of the people they speak of: what is new goes to the log and is synced there, then
/// to the ledger. Returns for each given one whether it was new.
pub(super) fn add(writer: &mut Writer<'_>, batch: &[Suppression]) -> LedgerResult<Vec<bool>> {
    Ok(add_for_all_mailboxes(writer, batch)?.0)
}

/// Lets what a person said at one mailbox hold for all they have and had; returns for how many mailboxes and topics that
/// is new.
pub(super) fn share(writer: &mut Writer<'_>, key: AddressKey) -> LedgerResult<u64> {
    let mailboxes = links::others_of(writer, key)?.into_iter().map(|(other, _)| other).chain([key]);
    let mut said = Vec::new();
    for mailbox in mailboxes {
        for found in writer.ask_all(sql!("suppressions_of"), [mailbox.0], |row| Ok(read_suppression(row)))? {
            said.push(found?);
        }
    }
    Ok(add_for_all_mailboxes(writer, &said)?.1)
}

/// [`add`], and how many stand now that did not before, copies for other mailboxes included.
fn add_for_all_mailboxes(writer: &mut Writer<'_>, batch: &[Suppression]) -> LedgerResult<(Vec<bool>, u64)> {
    let mut known = Known::default();
    let (mut new, mut fresh) = (Vec::with_capacity(batch.len()), Vec::new());
    for suppression in batch {
        let is_new = known.learn(writer, suppression)?;
        new.push(is_new);
        if is_new {
            fresh.push(suppression.clone());
        }
    }
    for copy in copies(writer, batch)? {
        if known.learn(writer, &copy)? {
            fresh.push(copy);
        }
    }
    if fresh.is_empty() {
        return Ok((new, 0));
    }
    let length = writer.log.append(&fresh)?;
    for suppression in &fresh {
        insert(writer, suppression)?;
    }
    writer.execute(sql!("fact_set"), params![LOG_TAKEN, length])?;
    Ok((new, fresh.len() as u64))
}

/// The same suppressions for the other mailboxes of the people they speak of.
fn copies(writer: &Writer<'_>, batch: &[Suppression]) -> LedgerResult<Vec<Suppression>> {
    let mut copies = Vec::new();
    if !links::exist(writer)? {
        return Ok(copies);
    }
    for suppression in batch.iter().filter(|s| s.reason.is_of_the_person()) {
        for (key, address) in links::others_of(writer, suppression.key)? {
            copies.push(Suppression { key, address, ..suppression.clone() });
        }
    }
    Ok(copies)
}

/// What stands, and what this batch adds to it.
#[derive(Default)]
struct Known {
    /// The reason that outweighs the others, by mailbox and topic.
    strongest: HashMap<(AddressKey, String), Reason>,
}

impl Known {
    /// Whether a suppression was not known until now, or outweighs what was.
    fn learn(&mut self, writer: &Writer<'_>, suppression: &Suppression) -> LedgerResult<bool> {
        let at = (suppression.key, suppression.topic.clone());
        let strongest = match self.strongest.get(&at) {
            Some(reason) => Some(*reason),
            None => standing(writer, suppression)?,
        };
        let is_new = strongest.is_none_or(|strongest| suppression.reason.outweighs(strongest));
        self.strongest.insert(at, if is_new { suppression.reason } else { strongest.unwrap_or(suppression.reason) });
        Ok(is_new)
    }
}

/// The reason that stands for a suppression's mailbox and topic.
fn standing(writer: &Writer<'_>, suppression: &Suppression) -> LedgerResult<Option<Reason>> {
    let at = params![suppression.key.0, suppression.topic];
    let word: Option<String> = writer.ask(sql!("suppression_reason"), at, |row| row.get(0))?;
    word.map(|word| self::word(&word, Reason::from_word)).transpose()
}

/// Adds one suppression and its event, unless one stands that says as much.
fn insert(writer: &mut Writer<'_>, suppression: &Suppression) -> LedgerResult<()> {
    if standing(writer, suppression)?.is_some_and(|standing| !suppression.reason.outweighs(standing)) {
        return Ok(());
    }
    writer.execute(
        sql!("suppression_add"),
        params![
            suppression.key.0,
            suppression.topic,
            suppression.reason.as_str(),
            suppression.address,
            suppression.note,
            suppression.since.as_millisecond(),
            suppression.source
        ],
    )?;
    let contact = writer.contact(suppression.key)?;
    let what = match suppression.reason {
        Reason::Erased => What::Forgotten,
        Reason::OptedOut => What::OptedOut,
        Reason::Complained => What::Complained,
        Reason::HardBounce => What::Suppressed,
    };
    let detail = format!("{} {}", suppression.reason, suppression.topic);
    let event = NewEvent {
        contact: Some(contact),
        detail: Some(&detail),
        note: Some(&suppression.note),
        ..NewEvent::default()
    };
    writer.event(what, &event)?;
    Ok(())
}

fn read_suppression(row: &Row<'_>) -> LedgerResult<Suppression> {
    let text = |column: usize| row.get::<_, String>(column).map_err(fault);
    Ok(Suppression {
        key: AddressKey(row.get(0).map_err(fault)?),
        topic: text(1)?,
        reason: word(&text(2)?, Reason::from_word)?,
        address: text(3)?,
        note: text(4)?,
        since: time(row.get(5).map_err(fault)?)?,
        source: text(6)?,
    })
}

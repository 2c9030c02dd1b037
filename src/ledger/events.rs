//! A writing transaction: it knows who, when, and the head of the chain, and appends events to it.

use std::collections::HashMap;
use std::rc::Rc;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use crate::domain::chain::{BEGINNING, Entry, Hash, What, note_digest};
use crate::domain::keys::AddressKey;
use crate::engine::ports::{LedgerError, LedgerResult};

use super::open_rows::OpenRows;
use super::opt_out_log::OptOutLog;
use super::sql;
use super::sqlite::{SECRET, fault, random};

/// What one event says; everything else about it is known to the [`Writer`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NewEvent<'a> {
    pub contact: Option<i64>,
    pub invitation: Option<i64>,
    pub campaign: Option<&'a str>,
    pub plan: Option<&'a str>,
    pub state: Option<&'a str>,
    pub code: Option<u16>,
    pub message_id: Option<&'a str>,
    pub detail: Option<&'a str>,
    /// Personal; needs `contact`.
    pub note: Option<&'a str>,
}

/// An open transaction with the head of the chain.
pub(super) struct Writer<'a> {
    pub transaction: Transaction<'a>,
    pub log: &'a mut OptOutLog,
    pub rows: &'a mut OpenRows,
    pub by: &'a str,
    pub claimer: i64,
    pub now: Timestamp,
    seq: i64,
    head: Hash,
    /// Where the chain stood when it began.
    began_at: i64,
    /// Ids of plans and names of their campaigns, as this transaction came across them.
    names: HashMap<i64, Rc<(String, String)>>,
}

impl<'a> Writer<'a> {
    pub fn begin(
        transaction: Transaction<'a>,
        by: &'a str,
        log: &'a mut OptOutLog,
        rows: &'a mut OpenRows,
        claimer: i64,
        now: Timestamp,
    ) -> LedgerResult<Self> {
        let head = transaction
            .prepare_cached(sql!("chain_head"))
            .and_then(|mut s| s.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional())
            .map_err(fault)?;
        let (seq, head) = head.unwrap_or((0, BEGINNING));
        Ok(Self { transaction, log, rows, by, claimer, now, seq, head, began_at: seq, names: HashMap::new() })
    }

    /// Now, in milliseconds.
    pub fn at(&self) -> i64 {
        self.now.as_millisecond()
    }

    /// Commits; gives the new head of the chain where events were appended.
    pub fn commit(self) -> LedgerResult<Option<(i64, Hash)>> {
        self.transaction.commit().map_err(fault)?;
        Ok((self.seq > self.began_at).then_some((self.seq, self.head)))
    }

    /// The head of the chain: its position and hash.
    pub fn head(&self) -> (i64, Hash) {
        (self.seq, self.head)
    }

    /// Runs a statement that changes rows; returns how many.
    pub fn execute(&self, statement: &str, values: impl rusqlite::Params) -> LedgerResult<usize> {
        self.transaction.prepare_cached(statement).and_then(|mut s| s.execute(values)).map_err(fault)
    }

    /// The first row of a question, if there is one.
    pub fn ask<T>(
        &self,
        statement: &str,
        values: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> LedgerResult<Option<T>> {
        self.transaction.prepare_cached(statement).and_then(|mut s| s.query_row(values, read).optional()).map_err(fault)
    }

    /// Every row of a question.
    pub fn ask_all<T>(
        &self,
        statement: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> LedgerResult<Vec<T>> {
        self.transaction.prepare_cached(statement).and_then(|mut s| s.query_map(values, read)?.collect()).map_err(fault)
    }

    /// The position the next event will have.
    pub fn next_seq(&self) -> i64 {
        self.seq + 1
    }

    /// Appends an event and returns its position.
    pub fn event(&mut self, what: What, new: &NewEvent<'_>) -> LedgerResult<i64> {
        self.events(std::iter::once((what, *new)))?;
        Ok(self.seq)
    }

    /// Appends events.
    pub fn events<'n>(&mut self, new: impl IntoIterator<Item = (What, NewEvent<'n>)>) -> LedgerResult<()> {
        let mut append = self.transaction.prepare_cached(sql!("event_append")).map_err(fault)?;
        let (mut seq, mut head) = (self.seq, self.head);
        for (what, new) in new {
            seq += 1;
            let note = new.note.filter(|note| !note.is_empty());
            let digest = match (note, new.contact) {
                (Some(note), Some(contact)) => self.secret(contact)?.map(|secret| note_digest(&secret, note)),
                _ => None,
            };
            // A note of somebody already forgotten is not kept.
            let note = note.filter(|_| digest.is_some());
            let entry = Entry {
                seq,
                at: self.at(),
                by: self.by,
                what: what.as_str(),
                contact: new.contact,
                invitation: new.invitation,
                campaign: new.campaign,
                plan: new.plan,
                state: new.state,
                code: new.code.map(i64::from),
                message_id: new.message_id,
                detail: new.detail.filter(|detail| !detail.is_empty()),
                note: digest.as_ref().map(|d| &d[..]),
            };
            let hash = entry.hash(&head);
            append
                .execute(params![
                    entry.seq,
                    entry.at,
                    entry.by,
                    entry.what,
                    entry.contact,
                    entry.invitation,
                    entry.campaign,
                    entry.plan,
                    entry.state,
                    entry.code,
                    entry.message_id,
                    entry.detail,
                    note,
                    entry.note,
                    head,
                    hash
                ])
                .map_err(fault)?;
            head = hash;
        }
        drop(append);
        (self.seq, self.head) = (seq, head);
        Ok(())
    }

    fn secret(&self, contact: i64) -> LedgerResult<Option<Vec<u8>>> {
        Ok(self.ask(sql!("secret_of_contact"), [contact], |row| row.get(0))?.flatten())
    }

    /// The number of a mailbox; a new one gets a number and a secret.
    pub fn contact(&self, key: AddressKey) -> LedgerResult<i64> {
        if let Some(contact) = self.ask(sql!("contact_number"), [key.0], |row| row.get(0))? {
            return Ok(contact);
        }
        let mut secret = [0; SECRET];
        random(&mut secret)?;
        self.execute(sql!("contact_number_new"), params![None::<i64>, key.0, secret])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// The number of a campaign; a new one gets one.
    pub fn campaign(&self, name: &str) -> LedgerResult<i64> {
        if let Some(campaign) = self.known_campaign(name)? {
            return Ok(campaign);
        }
        self.execute(sql!("campaign_new"), [name])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// The number of a campaign the ledger has heard of.
    pub fn known_campaign(&self, name: &str) -> LedgerResult<Option<i64>> {
        self.ask(sql!("campaign_number"), [name], |row| row.get(0))
    }

    /// The id of a plan and the name of its campaign.
    pub fn plan_names(&mut self, plan: i64) -> LedgerResult<Rc<(String, String)>> {
        if let Some(names) = self.names.get(&plan) {
            return Ok(Rc::clone(names));
        }
        let names = self
            .ask(sql!("plan_names"), [plan], |row| Ok((row.get(0)?, row.get(1)?)))?
            .ok_or_else(|| LedgerError::Damaged("a row belongs to no plan".to_owned()))?;
        Ok(Rc::clone(self.names.entry(plan).or_insert(Rc::new(names))))
    }

    /// Why a campaign may make no intent: `(cancelled, reason)`; a cancellation outranks a pause.
    pub fn halt(&self, campaign: i64) -> LedgerResult<Option<(bool, String)>> {
        self.ask(sql!("halt_of_campaign"), [campaign], |row| Ok((row.get::<_, String>(0)? == "cancelled", row.get(1)?)))
    }
}

/// A time of the ledger.
pub(super) fn time(milliseconds: i64) -> LedgerResult<Timestamp> {
    Timestamp::from_millisecond(milliseconds).map_err(|e| LedgerError::Damaged(e.to_string()))
}

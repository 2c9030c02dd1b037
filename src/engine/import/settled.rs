//! Rows that a person answered about once. The same list imported again without its form, by a campaign or next month, is
//! not asked about them again, and nobody who was mended in it looks gone.

use std::collections::HashMap;

use super::ImportKind;
use crate::domain::address::EmailAddress;
use crate::domain::keys::{AddressKey, Keyring, RowKey};
use crate::domain::table::Record;
use crate::engine::ports::{Contacts, LedgerResult, RowAnswers, Traces};

/// What somebody said about a whole row.
#[derive(Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is to be left out.
    LeftOut,
    /// It is about this mailbox, whatever stands in its cell: the current one of the contact it made.
    Mailbox(EmailAddress),
}

/// Every row somebody answered about. There are as many as answers were given by hand.
#[derive(Default)]
pub struct SettledRows(HashMap<RowKey, Settled>);

/// Mailboxes asked of the ledger at once.
const BATCH: usize = 500;

impl SettledRows {
    /// As the ledger remembers them. A row whose contact is no more is asked about again.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn load(store: &mut (impl RowAnswers + Contacts + Traces + ?Sized)) -> LedgerResult<Self> {
        let mut rows = HashMap::new();
        let (answers, links) = (store.row_answers()?, store.links()?);
        for batch in answers.chunks(BATCH) {
            let named: Vec<(RowKey, AddressKey)> =
                batch.iter().filter_map(|(row, key)| Some((*row, (*key)?))).collect();
            let keys: Vec<AddressKey> = named.iter().map(|(_, key)| links.get(key).copied().unwrap_or(*key)).collect();
            let contacts = store.contacts_by_key(&keys)?;
            let mailboxes = named.iter().zip(contacts).filter_map(|((row, _), contact)| Some((*row, contact?.address)));
            rows.extend(mailboxes.map(|(row, address)| (row, Settled::Mailbox(address))));
            let left_out = batch.iter().filter(|(_, key)| key.is_none());
            rows.extend(left_out.map(|(row, _)| (*row, Settled::LeftOut)));
        }
        Ok(Self(rows))
    }

    /// What was said about a row of a file of this kind.
    pub fn of(&self, record: &Record, kind: ImportKind, keyring: &Keyring) -> Option<&Settled> {
        if self.0.is_empty() { None } else { self.0.get(&key_of(record, kind, keyring)) }
    }
}

/// What a row is known by: all of its cells, so that a row that says anything else is another one.
pub fn key_of(record: &Record, kind: ImportKind, keyring: &Keyring) -> RowKey {
    keyring.row_key(std::iter::once(kind.as_str()).chain(record.cells()))
}

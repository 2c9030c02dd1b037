//! What a file no longer holds: contacts that first came by it and are not in it any more. Nothing is ever deleted for
//! that; a person decides.

use std::collections::HashSet;

use crate::domain::address::EmailAddress;
use crate::domain::columns::{Columns, Subject};
use crate::domain::contact::Contact;
use crate::domain::keys::{AddressKey, Keyring};
use crate::domain::table::{Record, Row, Rows};
use crate::engine::import::settled::{Settled, SettledRows};
use crate::engine::import::{ImportError, ImportKind};
use crate::engine::ports::Store;

/// What a file held against what it holds.
#[derive(Debug, Default)]
pub struct Mirror {
    /// Contacts that first came by this path.
    pub came_by: u64,
    /// Those of them that are in it no longer, in the order in which they came.
    pub gone: Vec<Gone>,
    /// Rows whose address cannot be read: one of them may be somebody who looks gone.
    pub unreadable: u64,
}

/// Somebody a file no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Contact id.
    pub id: String,
    /// Current address.
    pub address: EmailAddress,
    /// Name, as known.
    pub name: String,
}

/// Compares the contacts that first came by the file at `path` with its rows. Whoever is in it under an earlier address is
/// in it.
///
/// # Errors
/// A table that cannot be read, or the ledger's trouble.
pub fn mirror(
    rows: &mut dyn Rows,
    maps: &[(String, String)],
    path: &str,
    keyring: &Keyring,
    store: &mut (impl Store + ?Sized),
) -> Result<Mirror, ImportError> {
    let settled = SettledRows::load(store)?;
    let columns = Columns::read(rows.header(), Subject::Contacts, maps)?;
    let (mut mirror, mut held) = (Mirror::default(), HashSet::new());
    let mut record = Record::default();
    loop {
        match rows.next_row(&mut record)? {
            Row::End => break,
            row => {
                let address = match settled.of(&record, ImportKind::Contacts, keyring) {
                    Some(Settled::LeftOut) => continue,
                    Some(Settled::Mailbox(address)) => Some(address.clone()),
                    None if row == Row::Whole => address_of(&record, &columns),
                    None => None,
                };
                match address {
                    Some(address) => _ = held.insert(keyring.address_key(&address.normalised())),
                    None => mirror.unreadable += 1,
                }
            }
        }
    }
    let links = store.links()?;
    let held: HashSet<AddressKey> = held.into_iter().map(|key| links.get(&key).copied().unwrap_or(key)).collect();
    store.each_contact_from(path, &mut |contact: Contact| {
        mirror.came_by += 1;
        if !held.contains(&contact.key) {
            let name = contact.full_name();
            mirror.gone.push(Gone { id: contact.id, address: contact.address, name });
        }
    })?;
    Ok(mirror)
}

fn address_of(record: &Record, columns: &Columns) -> Option<EmailAddress> {
    let cell = record.cell(columns.of("email")?);
    EmailAddress::parse(crate::domain::cleaning::without_guard(cell)).ok()
}

//! What import and mending ask of the ledger: contacts, and the files they came from.

use jiff::Timestamp;

use crate::domain::contact::Contact;
use crate::domain::keys::AddressKey;

use super::LedgerResult;

/// One contact to be written, with how it came about.
#[derive(Debug, Clone)]
pub enum ContactChange {
    /// Not known before.
    New(Contact),
    /// Known; the contact as it is after merging. Written even where nothing differs, so that the story shows the row.
    Merged(Contact),
}

impl ContactChange {
    /// The contact as it is now.
    pub fn contact(&self) -> &Contact {
        match self {
            ContactChange::New(contact) | ContactChange::Merged(contact) => contact,
        }
    }
}

/// A file that was imported, by a fingerprint of its octets and of how it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// SHA-256 over content, kind and options, as hexadecimal digits.
    pub fingerprint: String,
    /// Path as given.
    pub file: String,
    /// `contacts`, `participation`, `registrations` or `opt-outs`.
    pub kind: String,
    /// Rows read.
    pub rows: u64,
    /// Position of the chain's last event before it, 0 for none.
    pub after: i64,
    /// Events about changed contacts that it wrote behind that.
    pub changes: u64,
    /// Version of Convoke that read it; empty where that was not noted yet.
    pub version: String,
}

/// Contacts, and the files they came from.
pub trait Contacts {
    /// The contacts of these mailboxes, in the same order.
    fn contacts_by_key(&mut self, keys: &[AddressKey]) -> LedgerResult<Vec<Option<Contact>>>;
    /// Writes contacts; events `imported` and `merged` name the contact's source (file and line stay out of the chain).
    /// `file` is the path they came by, empty for none: each contact keeps the first. Refused where another command
    /// replaced one of the mailboxes meanwhile.
    fn store_contacts(&mut self, changes: &[ContactChange], file: &str, now: Timestamp) -> LedgerResult<()>;
    /// Shows every contact once, in the order in which they were first stored, holding one at a time.
    fn each_contact(&mut self, visit: &mut dyn FnMut(Contact)) -> LedgerResult<()>;
    /// The earlier import with this fingerprint, if any.
    fn import_record(&mut self, fingerprint: &str) -> LedgerResult<Option<ImportRecord>>;
    /// Position of the chain's last event, 0 for none.
    fn last_event(&mut self) -> LedgerResult<i64>;
    /// How many events behind a position tell of a changed contact ([`crate::domain::chain::What::changes_contact`]).
    fn contact_changes_after(&mut self, event: i64) -> LedgerResult<u64>;
    /// Remembers a finished import, the first of its fingerprint with an event `file_imported`.
    fn store_import(&mut self, record: &ImportRecord, now: Timestamp) -> LedgerResult<()>;
}

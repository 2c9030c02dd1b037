//! What people change after import, and what such changes leave behind.
//!
//! A person's correction is one call of [`Changes::change_contacts`] with the contacts as they are to be and the names of
//! the fields that were decided. The ledger takes only those fields over, so that what an import changes at the same
//! moment is not lost, writes the event `changed`, and remembers each value it replaces: an import that only repeats such
//! a value does not bring it back. Whoever applies a reviewed file does the same, in batches. The address is no field:
//! [`Changes::move_contact`] changes it.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::domain::address::EmailAddress;
use crate::domain::contact::Contact;
use crate::domain::contact_field::FieldChange;
use crate::domain::correction::Correction;
use crate::domain::keys::AddressKey;

use super::LedgerResult;

/// One contact corrected by a person.
#[derive(Debug, Clone)]
pub struct ContactEdit {
    /// The contact as it is to be: found by its key, read for the named fields only.
    pub contact: Contact,
    /// Fields ([`crate::domain::contact_field::FIELDS`]) and custom columns to take over.
    pub fields: Vec<String>,
    /// Why; may be empty. Kept as part of the event's note.
    pub reason: String,
}

/// An address change.
#[derive(Debug, Clone)]
pub struct AddressChange {
    /// Key of the contact's current mailbox.
    pub from: AddressKey,
    /// Key of the new one.
    pub to: AddressKey,
    /// The new address.
    pub address: EmailAddress,
    /// Why; may be empty.
    pub reason: String,
}

/// Two contacts that are one person.
#[derive(Debug, Clone)]
pub struct Union {
    /// The mailbox that stays; its contact's values win.
    pub keep: AddressKey,
    /// The mailbox that becomes a link to it.
    pub other: AddressKey,
    /// Why; may be empty.
    pub reason: String,
}

/// What an address change or a union did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relinked {
    /// The contact as it is now.
    pub contact: Contact,
    /// Invitations not yet sent that were taken back: the next plan decides anew.
    pub taken_back: u64,
    /// Suppressions that now stand for a mailbox they did not stand for before.
    pub suppressed: u64,
}

/// Why a mailbox stands for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// The person's address was changed.
    Moved,
    /// Two contacts were one person.
    Merged,
}

/// A mailbox that was replaced by a current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The replaced mailbox.
    pub key: AddressKey,
    /// Its address; empty once forgotten.
    pub address: String,
    /// How it came about.
    pub kind: LinkKind,
    /// Since when.
    pub at: Timestamp,
}

/// Changes by people. Each is one transaction with its events, and each refuses ([`super::LedgerError::Refused`]) a mailbox
/// that has no contact.
pub trait Changes: Traces {
    /// Takes the named fields over; returns for each contact what changed, in the same order. A contact that changes
    /// nothing has no event. Refused as a whole where one has no contact.
    fn change_contacts(&mut self, edits: &[ContactEdit], now: Timestamp) -> LedgerResult<Vec<Vec<FieldChange>>>;
    /// Moves a contact to another mailbox and links the old one to it. Past invitations and participations of the old
    /// mailbox count for the new one. Suppressions that speak of the person (all but hard bounces) stand for every mailbox
    /// of the person from now on, those that come later included. Invitations that were not sent are taken back, and none
    /// can be sent to the old mailbox. Refused where the new mailbox has a contact of its own, or stands for another
    /// contact. Moving back is a move like any other.
    fn move_contact(&mut self, change: &AddressChange, now: Timestamp) -> LedgerResult<Relinked>;
    /// [`Changes::change_contacts`] and [`Changes::move_contact`] of one contact: both, or neither.
    fn change_and_move(
        &mut self,
        edit: &ContactEdit,
        change: &AddressChange,
        now: Timestamp,
    ) -> LedgerResult<(Vec<FieldChange>, Relinked)>;
    /// Makes two contacts one ([`Contact::united_with`]); the other mailbox becomes a link as with an address change, and
    /// its contact goes. An invitation not yet sent to the one is taken back where the other has that campaign's already.
    fn unite_contacts(&mut self, union: &Union, now: Timestamp) -> LedgerResult<Relinked>;
}

/// What changes left behind, and where contacts came from: what import and lists must heed.
pub trait Traces {
    /// Every replaced mailbox with the current one. The map is small: it has an entry per address change.
    fn links(&mut self) -> LedgerResult<HashMap<AddressKey, AddressKey>>;
    /// The current mailbox that stands for this one; itself where nothing replaced it.
    fn current_key(&mut self, key: AddressKey) -> LedgerResult<AddressKey>;
    /// The mailbox of the contact with this id, if there is one.
    fn key_of_id(&mut self, id: &str) -> LedgerResult<Option<AddressKey>>;
    /// The mailboxes that this one stands for, oldest change first.
    fn links_to(&mut self, key: AddressKey) -> LedgerResult<Vec<Link>>;
    /// Every value a person replaced.
    fn corrections(&mut self) -> LedgerResult<Vec<Correction>>;
    /// The path of the file by which a contact first came, where that is known.
    fn came_by(&mut self, key: AddressKey) -> LedgerResult<Option<String>>;
    /// Shows every contact that first came by the file with this path.
    fn each_contact_from(&mut self, path: &str, visit: &mut dyn FnMut(Contact)) -> LedgerResult<()>;
}

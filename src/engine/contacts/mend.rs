//! Corrections: fields, the address, two contacts that are one person.

use jiff::Timestamp;

use super::field::{FieldProblem, Target, assign, target};
use crate::domain::address::EmailAddress;
use crate::domain::contact::Contact;
use crate::domain::contact_field::FieldChange;
use crate::domain::decisions::Decisions;
use crate::domain::keys::Keyring;
use crate::engine::import::custom_columns;
use crate::engine::ports::{AddressChange, ContactEdit, Ledger, LedgerError, LedgerResult, Relinked, Union};

/// Who is looked for.
#[derive(Debug, Clone)]
pub enum Whom {
    /// By an address they have or had.
    Address(EmailAddress),
    /// By the contact's id, as lists show it.
    Id(String),
}

/// The contact somebody means; `None` where none is known.
///
/// # Errors
/// The ledger's.
pub fn find(ledger: &mut dyn Ledger, keyring: &Keyring, whom: &Whom) -> LedgerResult<Option<Contact>> {
    let key = match whom {
        Whom::Address(address) => Some(ledger.current_key(keyring.address_key(&address.normalised()))?),
        Whom::Id(id) => ledger.key_of_id(id)?,
    };
    match key {
        Some(key) => Ok(ledger.contacts_by_key(&[key])?.into_iter().next().flatten()),
        None => Ok(None),
    }
}

/// How changes are made.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// Why; may be empty.
    pub reason: &'a str,
    /// Only says what would change.
    pub dry_run: bool,
    /// Now.
    pub now: Timestamp,
}

/// What `set` changed.
#[derive(Debug)]
pub struct Mended {
    /// Fields, with their values before and after.
    pub changes: Vec<FieldChange>,
    /// The address before, where it changed.
    pub earlier_address: Option<EmailAddress>,
    /// The contact as it is now, or would be.
    pub contact: Contact,
    /// Invitations not yet sent that were taken back.
    pub taken_back: u64,
    /// Opt-outs that hold for the new address now.
    pub suppressed: u64,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MendError {
    /// Values or fields that are not known, all of them.
    #[error("the values have problems")]
    Fields(Vec<FieldProblem>),
    /// The ledger failed, or refuses.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Gives fields of a contact values: pairs of name and text; an empty text erases, `email` is an address change.
///
/// # Errors
/// Every wrong field and value in one go, before anything changes; what [`crate::engine::ports::Changes`] refuses.
pub fn set(
    ledger: &mut dyn Ledger,
    (keyring, decisions): (&Keyring, &Decisions),
    contact: &Contact,
    assignments: &[(String, String)],
    manner: Manner<'_>,
) -> Result<Mended, MendError> {
    let columns = custom_columns(ledger)?;
    let (mut wanted, mut fields, mut address) = (contact.clone(), Vec::new(), None);
    let mut problems = Vec::new();
    for (name, text) in assignments {
        let read = target(name, &columns).and_then(|target| match target {
            Target::Address if address.is_some() => Err(twice(name)),
            Target::Address => read_address(name, text).map(|read| address = Some(read)),
            Target::Field(field) if fields.contains(&field) => Err(twice(name)),
            Target::Field(field) => {
                assign(&mut wanted, &field, text, decisions)?;
                fields.push(field);
                Ok(())
            }
        });
        problems.extend(read.err());
    }
    if !problems.is_empty() {
        return Err(MendError::Fields(problems));
    }
    let change = address.map(|address| AddressChange {
        from: contact.key,
        to: keyring.address_key(&address.normalised()),
        address,
        reason: manner.reason.to_owned(),
    });
    if let Some(change) = &change
        && let Some(problem) = taken(ledger, contact, change)?
    {
        return Err(MendError::Fields(vec![problem]));
    }
    let mut mended = Mended {
        changes: contact.differences(&wanted),
        earlier_address: change.as_ref().map(|_| contact.address.clone()),
        contact: wanted.clone(),
        taken_back: 0,
        suppressed: 0,
    };
    if let Some(change) = &change {
        (mended.contact.key, mended.contact.address) = (change.to, change.address.clone());
    }
    if manner.dry_run {
        return Ok(mended);
    }
    let edit = ContactEdit { contact: wanted, fields, reason: manner.reason.to_owned() };
    let Some(change) = change else {
        mended.changes = ledger.change_contacts(&[edit], manner.now)?.into_iter().flatten().collect();
        return Ok(mended);
    };
    let (changes, Relinked { contact, taken_back, suppressed }) = ledger.change_and_move(&edit, &change, manner.now)?;
    Ok(Mended { changes, contact, taken_back, suppressed, ..mended })
}

fn twice(field: &str) -> FieldProblem {
    FieldProblem {
        field: field.to_owned(),
        message: "it is given two values".to_owned(),
        help: "name each field once".to_owned(),
    }
}

/// Why a contact cannot have an address: somebody else has or had it.
fn taken(ledger: &mut dyn Ledger, contact: &Contact, change: &AddressChange) -> LedgerResult<Option<FieldProblem>> {
    let current = ledger.current_key(change.to)?;
    let whose = match ledger.contacts_by_key(&[current])?.into_iter().next().flatten() {
        _ if change.to == contact.key => "it has this address already",
        Some(other) if other.key == change.to => "another contact has this address",
        Some(other) if other.key != contact.key => "another contact had this address before",
        _ => return Ok(None),
    };
    let help =
        if change.to == contact.key { "" } else { "if they are one person: `convoke contacts merge KEEP OTHER`" };
    Ok(Some(FieldProblem { field: "email".to_owned(), message: whose.to_owned(), help: help.to_owned() }))
}

fn read_address(field: &str, text: &str) -> Result<EmailAddress, FieldProblem> {
    EmailAddress::parse(text).map_err(|error| FieldProblem {
        field: field.to_owned(),
        message: error.to_string(),
        help: "a contact without an address cannot be: `convoke opt-out add` is for people not to write to".to_owned(),
    })
}

/// One field of two contacts, and what it becomes in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Field or custom column.
    pub field: String,
    /// Text of the contact that stays.
    pub keep: String,
    /// Text of the other.
    pub other: String,
    /// Text of both in one.
    pub united: String,
}

/// What two contacts differ in, and what they become.
pub fn differences(keep: &Contact, other: &Contact) -> Vec<Difference> {
    let united = keep.united_with(other);
    keep.differences(other)
        .into_iter()
        .map(|change| Difference {
            united: united.text_of(&change.field),
            field: change.field,
            keep: change.was,
            other: change.now,
        })
        .collect()
}

/// Makes two contacts one; with a dry run, only says what it would be.
///
/// # Errors
/// What [`crate::engine::ports::Changes::unite_contacts`] refuses.
pub fn unite(
    ledger: &mut dyn Ledger,
    keep: &Contact,
    other: &Contact,
    manner: Manner<'_>,
) -> Result<Relinked, LedgerError> {
    if keep.key == other.key {
        return Err(LedgerError::Refused("both addresses belong to one contact already".to_owned()));
    }
    if manner.dry_run {
        return Ok(Relinked { contact: keep.united_with(other), taken_back: 0, suppressed: 0 });
    }
    let union = Union { keep: keep.key, other: other.key, reason: manner.reason.to_owned() };
    ledger.unite_contacts(&union, manner.now)
}

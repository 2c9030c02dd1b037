//! People a plan left out, as the lines of a form, and the answers about them: corrections of contacts.

use jiff::Timestamp;

use crate::domain::address::EmailAddress;
use crate::domain::contact::Contact;
use crate::domain::decisions::Decisions;
use crate::domain::keys::{AddressKey, Keyring};
use crate::domain::plan::{Held, HoldBack};
use crate::domain::review::{Line, Part, Slot};
use crate::engine::contacts::field::assign;
use crate::engine::import::answers::Word;
use crate::engine::ports::{AddressChange, ContactEdit, Contacts, Ledger, LedgerError, LedgerResult, Union};

/// Contacts looked up at once.
const BATCH: usize = 500;

/// A line for each person left out; `told` says a reason in words.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn lines<L: Contacts + ?Sized>(
    held: &[Held],
    ledger: &mut L,
    told: fn(HoldBack) -> &'static str,
) -> LedgerResult<Vec<Line>> {
    let mut lines = Vec::with_capacity(held.len());
    for batch in held.chunks(BATCH) {
        let keys: Vec<AddressKey> = batch.iter().map(|held| held.key).collect();
        for (held, contact) in batch.iter().zip(ledger.contacts_by_key(&keys)?) {
            lines.push(line(held, contact.as_ref(), told(held.reason)));
        }
    }
    Ok(lines)
}

fn line(held: &Held, contact: Option<&Contact>, told: &str) -> Line {
    let (address, name) = contact.map(|c| (c.address.to_string(), c.full_name())).unwrap_or_default();
    let suggestion = match held.reason {
        HoldBack::InvalidAddress | HoldBack::UnsupportedAddress | HoldBack::HardBounce => {
            "the person's address that works".to_owned()
        }
        HoldBack::NoBasis if held.column == "purpose" => "the purpose they gave it for, or `any`".to_owned(),
        HoldBack::NoBasis => "the basis you hold it on, such as consent, contract or mandate".to_owned(),
        HoldBack::NoVariant => "a language they read that the template has, such as `en`".to_owned(),
        HoldBack::MissingValue if !held.column.is_empty() => format!("their {}", held.column.replace('_', " ")),
        HoldBack::DuplicateAddress => "`merge` (one person: the other address stays)".to_owned(),
        _ => String::new(),
    };
    let mut line = Line::new(Part::LeftOut)
        .with(Slot::ContactId, &held.contact_id)
        .with(Slot::Email, address)
        .with(Slot::Name, name)
        .with(Slot::Reason, held.reason.as_str())
        .with(Slot::Column, &held.column)
        .with(Slot::Value, &held.value)
        .with(Slot::Problem, told)
        .with(Slot::Suggestions, suggestion);
    if held.reason == HoldBack::DuplicateAddress {
        line.choices = vec!["merge".to_owned()];
    }
    line
}

/// What came of the answers.
#[derive(Debug, Default)]
pub struct Applied {
    /// Contacts that changed.
    pub corrected: u64,
    /// Invitations not yet sent that were taken back.
    pub taken_back: u64,
    /// Answers that cannot be used, each with its place.
    pub faults: Vec<String>,
    /// Lines without an answer.
    pub open: usize,
}

/// Applies every answer by itself, as changes to contacts. What is so already changes nothing.
///
/// # Errors
/// Where the ledger fails; what it only refuses is told among the faults.
pub fn apply(
    lines: &[Line],
    reason: &str,
    keyring: &Keyring,
    ledger: &mut dyn Ledger,
    now: Timestamp,
) -> LedgerResult<Applied> {
    let mut applied = Applied::default();
    for line in lines.iter().filter(|line| line.part == Part::LeftOut) {
        let Some(answer) = line.answer() else {
            applied.open += usize::from(!line.cell(Slot::Suggestions).trim().is_empty());
            continue;
        };
        if matches!(Word::read(answer), Some(Word::Skip | Word::Keep)) {
            continue;
        }
        match one(line, answer, reason, keyring, ledger, now) {
            Ok((changed, taken_back)) => {
                applied.corrected += u64::from(changed);
                applied.taken_back += taken_back;
            }
            Err(Fault::Answer(why)) | Err(Fault::Ledger(LedgerError::Refused(why))) => {
                applied.faults.push(line.complain(why));
            }
            Err(Fault::Ledger(error)) => return Err(error),
        }
    }
    Ok(applied)
}

enum Fault {
    Answer(String),
    Ledger(LedgerError),
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Fault::Ledger(error)
    }
}

fn one(
    line: &Line,
    answer: &str,
    reason: &str,
    keyring: &Keyring,
    ledger: &mut dyn Ledger,
    now: Timestamp,
) -> Result<(bool, u64), Fault> {
    let word = line.cell(Slot::Reason).trim();
    let why = HoldBack::from_word(word)
        .ok_or_else(|| Fault::Answer(format!("`{word}` is no reason to leave anybody out")))?;
    let address = EmailAddress::parse(line.cell(Slot::Email))
        .map_err(|_| Fault::Answer("the address in column `email` cannot be read any more".to_owned()))?;
    let key = ledger.current_key(keyring.address_key(&address.normalised()))?;
    let Some(contact) = ledger.contacts_by_key(&[key])?.into_iter().next().flatten() else {
        return Err(Fault::Answer("no contact has this address any more".to_owned()));
    };
    let reason = reason.to_owned();
    match why {
        HoldBack::InvalidAddress | HoldBack::UnsupportedAddress | HoldBack::HardBounce => {
            let new = EmailAddress::parse(answer).map_err(|e| Fault::Answer(e.to_string()))?;
            let to = keyring.address_key(&new.normalised());
            if to == key {
                return Ok((false, 0));
            }
            let moved = ledger.move_contact(&AddressChange { from: key, to, address: new, reason }, now)?;
            Ok((true, moved.taken_back))
        }
        HoldBack::DuplicateAddress => {
            if crate::domain::vocabulary::fold_words(answer) != "merge" {
                return Err(Fault::Answer(format!("`{answer}` is not `merge`")));
            }
            let other = ledger.key_of_id(line.cell(Slot::Value).trim())?;
            match other {
                Some(keep) if keep == key => Ok((false, 0)),
                Some(keep) => {
                    let united = ledger.unite_contacts(&Union { keep, other: key, reason }, now)?;
                    Ok((true, united.taken_back))
                }
                None => Err(Fault::Answer("the other contact is not there any more".to_owned())),
            }
        }
        HoldBack::NoBasis | HoldBack::NoVariant | HoldBack::MissingValue => {
            let field = if why == HoldBack::NoVariant { "language" } else { line.cell(Slot::Column).trim() };
            let mut wanted = contact;
            assign(&mut wanted, field, answer, &Decisions::default()).map_err(|e| Fault::Answer(e.to_string()))?;
            let edit = ContactEdit { contact: wanted, fields: vec![field.to_owned()], reason };
            let changes = ledger.change_contacts(&[edit], now)?;
            Ok((changes.iter().any(|changes| !changes.is_empty()), 0))
        }
        _ => Err(Fault::Answer(format!("nothing can be answered to `{word}`: it stays so"))),
    }
}

//! Corrections that answers ask for, made as a person's: remembered, with their events.

use jiff::Timestamp;

use crate::domain::contact::{Contact, Country};
use crate::domain::decisions::Decisions;
use crate::domain::geography::{Evidence, resolve};
use crate::domain::keys::AddressKey;
use crate::engine::import::answers::Mending;
use crate::engine::ports::{ContactEdit, Contacts, Ledger, LedgerResult};

/// Contacts changed in one transaction.
const BATCH: usize = 500;

/// Makes the corrections; returns how many contacts changed. What is as it should be already changes nothing, so that a
/// form can be applied twice.
///
/// # Errors
/// Where the ledger fails.
pub fn correct(mendings: &[Mending], reason: &str, ledger: &mut dyn Ledger, now: Timestamp) -> LedgerResult<u64> {
    let mut changed = 0;
    let links = ledger.links()?;
    for mending in mendings {
        for keys in mending.keys.chunks(BATCH) {
            let mut keys: Vec<AddressKey> = keys.iter().map(|key| links.get(key).copied().unwrap_or(*key)).collect();
            keys.sort_unstable();
            keys.dedup();
            let edits = ledger.contacts_by_key(&keys)?.into_iter().flatten().map(|mut contact| {
                let fields = mending.mend.apply(&mut contact).iter().map(|field| (*field).to_owned()).collect();
                ContactEdit { contact, fields, reason: reason.to_owned() }
            });
            let edits: Vec<ContactEdit> = edits.collect();
            changed += count(&ledger.change_contacts(&edits, now)?);
        }
    }
    Ok(changed)
}

/// Looks at every contact whose country nobody could read, whatever file it came from, and gives it the country that a
/// decision says; returns how many changed.
///
/// # Errors
/// Where the ledger fails.
pub fn resolve_countries(
    decisions: &Decisions,
    reason: &str,
    ledger: &mut dyn Ledger,
    now: Timestamp,
) -> LedgerResult<u64> {
    let mut found: Vec<ContactEdit> = Vec::new();
    Contacts::each_contact(ledger, &mut |mut contact| {
        if let Some(country) = decided(&contact, decisions) {
            contact.country = country;
            found.push(ContactEdit { contact, fields: vec!["country".to_owned()], reason: reason.to_owned() });
        }
    })?;
    let mut changed = 0;
    for edits in found.chunks(BATCH) {
        changed += count(&ledger.change_contacts(edits, now)?);
    }
    Ok(changed)
}

/// The country a decision gives a stored text; evidence of the row it came from is gone, and is not asked.
fn decided(contact: &Contact, decisions: &Decisions) -> Option<Country> {
    let (Country::Ambiguous(text) | Country::Unknown(text)) = &contact.country else { return None };
    let (name, code) = text.split_once(" / ").unwrap_or((text, ""));
    let with = resolve(name, code, &Evidence::default(), decisions.countries());
    // Only what a decision says: a name the table knows was left open for a reason.
    (with.how == crate::domain::geography::How::Decision).then_some(with.country).filter(|c| c.code().is_some())
}

fn count(changes: &[Vec<crate::domain::contact_field::FieldChange>]) -> u64 {
    changes.iter().filter(|changes| !changes.is_empty()).count() as u64
}

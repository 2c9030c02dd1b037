//! Corrections: values a person replaced, which a later import must not bring back.

use std::collections::HashMap;

use super::contact::Contact;
use super::contact_field::{FieldChange, WHOLE_NAME};
use super::keys::AddressKey;

/// A value that a person replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The contact's current mailbox.
    pub key: AddressKey,
    /// Field or custom column.
    pub field: String,
    /// The text it had, as [`Contact::text_of`] gives it.
    pub replaced: String,
}

/// Every correction, by mailbox: loaded once for an import.
#[derive(Debug, Clone, Default)]
pub struct Corrections {
    by_key: HashMap<AddressKey, Vec<(String, String)>>,
}

impl Corrections {
    /// Sorts them by mailbox.
    pub fn new(all: impl IntoIterator<Item = Correction>) -> Self {
        let mut by_key: HashMap<AddressKey, Vec<(String, String)>> = HashMap::new();
        for correction in all {
            by_key.entry(correction.key).or_default().push((correction.field, correction.replaced));
        }
        Self { by_key }
    }

    /// Holds `merged`, the contact after a row was merged into `earlier`, to the corrections: a field to which the row
    /// only brought a replaced value keeps what the person gave it. Returns corrected fields that the row gives a new
    /// value, which wins.
    pub fn hold(&self, earlier: &Contact, merged: &mut Contact) -> Vec<FieldChange> {
        let Some(corrected) = self.by_key.get(&earlier.key) else { return Vec::new() };
        let mut overruled: Vec<FieldChange> = Vec::new();
        // A replaced name goes as a whole; what is left of it then differs in no part.
        let (whole, parts): (Vec<_>, Vec<_>) = corrected.iter().partition(|(field, _)| field == WHOLE_NAME);
        for (field, _) in whole.into_iter().chain(parts) {
            let (was, now) = (earlier.text_of(field), merged.text_of(field));
            if was == now {
                continue;
            }
            if corrected.iter().any(|(name, replaced)| name == field && *replaced == now) {
                merged.take_field(field, earlier);
            } else if field != WHOLE_NAME && !overruled.iter().any(|change| change.field == *field) {
                overruled.push(FieldChange { field: field.clone(), was, now });
            }
        }
        overruled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::EmailAddress;

    #[test]
    fn a_replaced_value_stays_replaced_and_a_new_one_wins() {
        let key = AddressKey([1; 16]);
        let mut earlier = Contact::bare("c1".into(), key, EmailAddress::parse("ada@example.org").unwrap());
        earlier.organisation = "Ministry of Transport".to_owned();
        let all = ["Minstry", "Ministry"].map(|replaced| Correction {
            key,
            field: "organisation".to_owned(),
            replaced: replaced.to_owned(),
        });
        let corrections = Corrections::new(all);
        for (brought, kept, overruled) in [
            ("Minstry", "Ministry of Transport", 0),
            ("Ministry", "Ministry of Transport", 0),
            ("Ministry of Transport", "Ministry of Transport", 0),
            ("Parliament", "Parliament", 1),
        ] {
            let mut merged = earlier.clone();
            merged.organisation = brought.to_owned();
            assert_eq!(corrections.hold(&earlier, &mut merged).len(), overruled, "{brought}");
            assert_eq!(merged.organisation, kept, "{brought}");
        }
    }
}

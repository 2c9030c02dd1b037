//! Corrections: values a person replaced, which a later import must not bring back.

use std::collections::HashMap;

use super::address::fold_case;
use super::contact::Contact;
use super::contact_field::{FieldChange, WHOLE_NAME};
use super::geography::{Decisions, Evidence, resolve};
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
    /// Sorts them by mailbox. A replaced name of a country is one also where a decision says by now which country it means.
    pub fn new(all: impl IntoIterator<Item = Correction>, decisions: &Decisions) -> Self {
        let mut by_key: HashMap<AddressKey, Vec<(String, String)>> = HashMap::new();
        for Correction { key, field, replaced } in all {
            let of_contact = by_key.entry(key).or_default();
            if field == "country"
                && let Some(code) = resolve(&replaced, "", &Evidence::default(), decisions).country.code()
            {
                of_contact.push((field.clone(), code.to_string()));
            }
            if field == "other_names" {
                // Somebody said that these do not read the mailbox: none of them comes back as a name of its own.
                let names = replaced.split(';').map(|name| (WHOLE_NAME.to_owned(), name.trim().to_owned()));
                of_contact.extend(names);
            }
            of_contact.push((field, replaced));
        }
        Self { by_key }
    }

    /// Whether a person replaced a value of this field: what is said about a whole list is no better knowledge then.
    pub fn has(&self, key: AddressKey, field: &str) -> bool {
        self.by_key.get(&key).is_some_and(|corrected| corrected.iter().any(|(name, _)| name == field))
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
            if corrected.iter().any(|(name, replaced)| name == field && is_repeated(field, replaced, &now)) {
                merged.take_field(field, earlier);
            } else if field != WHOLE_NAME && !overruled.iter().any(|change| change.field == *field) {
                overruled.push(FieldChange { field: field.clone(), was, now });
            }
        }
        overruled
    }
}

/// Whether a value says what a replaced one said: case, blanks and the order of tags say nothing.
fn is_repeated(field: &str, replaced: &str, now: &str) -> bool {
    let folded = |text: &str| {
        let between: &[char] = if field == "tags" { &[';'] } else { &[] };
        let part = |part: &str| fold_case(&part.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut parts: Vec<String> = text.split(between).map(part).collect();
        parts.sort();
        parts
    };
    replaced == now || folded(replaced) == folded(now)
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
        let corrections = Corrections::new(all, &Decisions::default());
        for (brought, kept, overruled) in [
            ("Minstry", "Ministry of Transport", 0),
            ("Ministry", "Ministry of Transport", 0),
            (" MINISTRY", "Ministry of Transport", 0),
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

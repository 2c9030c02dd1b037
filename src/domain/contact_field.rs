//! The fields of a contact by name: their text, what differs between two contacts, and how two become one.

use std::fmt;

use super::address::fold_case;
use super::contact::{Contact, Country, Gender, Stakeholder};

/// The fields a contact has besides its address and custom columns: the columns of an export, by the names import knows.
pub const FIELDS: &[&str] = &[
    "kind",
    "role",
    "title",
    "given_name",
    "family_name",
    "name",
    "other_names",
    "gender",
    "organisation",
    "position",
    "stakeholder_group",
    "country",
    "region",
    "language",
    "tier",
    "time_zone",
    "tags",
    "source",
    "basis",
    "purpose",
    "obtained_on",
];

/// Stands for every field that holds names, as one: what a person replaced is the name as a whole, whichever columns a file
/// holds it in. No column can have this name.
pub const WHOLE_NAME: &str = "whole name";

/// A field that has, or is to have, another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name: one of [`FIELDS`] or a custom column.
    pub field: String,
    /// Its text before; empty where there was none.
    pub was: String,
    /// Its text now; empty where it was erased.
    pub now: String,
}

impl fmt::Display for FieldChange {
    /// `organisation: “Minstry” → “Ministry”`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("“{text}”") };
        write!(f, "{}: {} → {}", self.field, quoted(&self.was), quoted(&self.now))
    }
}

impl Contact {
    /// The text of a field or custom column, as a file would hold it: codes for countries, words of the vocabularies, tags
    /// and other names joined by `; `. Empty where there is nothing: `kind`, too, is what was stated. `region` is what a column stated, not what the country says.
    pub fn text_of(&self, field: &str) -> String {
        match field {
            "kind" => self.stated_kind.map(|k| k.as_str().to_owned()).unwrap_or_default(),
            "role" => self.role.map(|r| r.as_str().to_owned()).unwrap_or_default(),
            "title" => self.title.clone(),
            "given_name" => self.given_name.clone(),
            "family_name" => self.family_name.clone(),
            "name" => self.name.clone(),
            "other_names" => self.other_names.join("; "),
            "gender" => self.gender.as_str().to_owned(),
            "organisation" => self.organisation.clone(),
            "position" => self.position.clone(),
            "stakeholder_group" => self.stakeholder.as_str().to_owned(),
            "country" => match &self.country {
                Country::Missing => String::new(),
                Country::Known(code) => code.to_string(),
                Country::Ambiguous(text) | Country::Unknown(text) => text.clone(),
            },
            "region" => self.stated_region.map(|r| r.as_str().to_owned()).unwrap_or_default(),
            "language" => self.language.as_ref().map(ToString::to_string).unwrap_or_default(),
            "tier" => self.stated_tier.map(|t| t.as_str().to_owned()).unwrap_or_default(),
            "time_zone" => self.time_zone.clone(),
            "tags" => self.tags.join("; "),
            "source" => self.source.clone(),
            "basis" => self.basis.clone(),
            "purpose" => self.purpose.clone(),
            "obtained_on" => self.obtained_on.clone(),
            WHOLE_NAME => self.full_name(),
            custom => self.custom.get(custom).cloned().unwrap_or_default(),
        }
    }

    /// Takes a field or custom column over from another contact; one that the other lacks is erased.
    pub fn take_field(&mut self, field: &str, from: &Contact) {
        match field {
            "kind" => self.stated_kind = from.stated_kind,
            "role" => self.role = from.role,
            "title" => self.title.clone_from(&from.title),
            "given_name" => self.given_name.clone_from(&from.given_name),
            "family_name" => self.family_name.clone_from(&from.family_name),
            "name" => self.name.clone_from(&from.name),
            "other_names" => self.other_names.clone_from(&from.other_names),
            "gender" => self.gender = from.gender,
            "organisation" => self.organisation.clone_from(&from.organisation),
            "position" => self.position.clone_from(&from.position),
            "stakeholder_group" => self.stakeholder = from.stakeholder,
            "country" => self.country.clone_from(&from.country),
            "region" => self.stated_region = from.stated_region,
            "language" => self.language.clone_from(&from.language),
            "tier" => self.stated_tier = from.stated_tier,
            "time_zone" => self.time_zone.clone_from(&from.time_zone),
            "tags" => self.tags.clone_from(&from.tags),
            "source" => self.source.clone_from(&from.source),
            "basis" => self.basis.clone_from(&from.basis),
            "purpose" => self.purpose.clone_from(&from.purpose),
            "obtained_on" => self.obtained_on.clone_from(&from.obtained_on),
            WHOLE_NAME => {
                for part in ["given_name", "family_name", "name", "other_names"] {
                    self.take_field(part, from);
                }
            }
            custom => match from.custom.get(custom) {
                Some(value) => {
                    self.custom.insert(custom.to_owned(), value.clone());
                }
                None => {
                    self.custom.remove(custom);
                }
            },
        }
    }

    /// Whether the text of a field says something; `unknown` says nothing.
    fn has(&self, field: &str) -> bool {
        match field {
            "gender" => self.gender != Gender::Unknown,
            "stakeholder_group" => self.stakeholder != Stakeholder::Unknown,
            // What nobody could read is no better knowledge than a country.
            "country" => self.country.code().is_some(),
            _ => !self.text_of(field).is_empty(),
        }
    }

    /// Every name a field of this contact or the other may have.
    fn fields_with<'a>(&'a self, other: &'a Contact) -> Vec<&'a str> {
        let mut custom: Vec<&str> = self.custom.keys().chain(other.custom.keys()).map(String::as_str).collect();
        custom.sort_unstable();
        custom.dedup();
        FIELDS.iter().copied().chain(custom).collect()
    }

    /// What differs from this contact in a later form of it, in the order of [`FIELDS`], custom columns last.
    pub fn differences(&self, later: &Contact) -> Vec<FieldChange> {
        let change = |field: &&str| FieldChange {
            field: (*field).to_owned(),
            was: self.text_of(field),
            now: later.text_of(field),
        };
        self.fields_with(later).iter().map(change).filter(|change| change.was != change.now).collect()
    }

    /// This contact with what it lacks filled in from another contact of the same person, and the tags of both. Halves of
    /// a name are filled in only where the names agree; a basis comes with the purpose and date it was given for, or not
    /// at all.
    pub fn united_with(&self, other: &Contact) -> Contact {
        let mut united = self.clone();
        for field in self.fields_with(other) {
            let takes = match field {
                "tags" | "kind" | "other_names" => false,
                "given_name" | "family_name" | "name" => names_agree(self, other),
                "purpose" | "obtained_on" => self.basis.is_empty() && !other.basis.is_empty(),
                _ => true,
            };
            let comes_with_basis = matches!(field, "purpose" | "obtained_on") && takes;
            if takes && other.has(field) && (!self.has(field) || comes_with_basis) {
                united.take_field(field, other);
            }
        }
        if self.country == Country::Missing && united.country == Country::Missing {
            united.country.clone_from(&other.country);
        }
        for tag in &other.tags {
            if !united.tags.contains(tag) {
                united.tags.push(tag.clone());
            }
        }
        united
    }
}

/// Whether two contacts' names can be those of one person: nothing given in both differs, and no half stands against a
/// whole name.
fn names_agree(a: &Contact, b: &Contact) -> bool {
    let same = |x: &str, y: &str| x.is_empty() || y.is_empty() || fold_case(x) == fold_case(y);
    let within = |half: &str, whole: &str| whole.is_empty() || fold_case(whole).contains(&fold_case(half));
    same(&a.given_name, &b.given_name)
        && same(&a.family_name, &b.family_name)
        && same(&a.name, &b.name)
        && [(a, b), (b, a)].iter().all(|(x, y)| within(&x.given_name, &y.name) && within(&x.family_name, &y.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::EmailAddress;
    use crate::domain::geography::CountryCode;
    use crate::domain::keys::AddressKey;

    fn person(n: u8) -> Contact {
        let address = EmailAddress::parse(&format!("person{n}@example.org")).unwrap();
        Contact::bare(format!("c{n}"), AddressKey([n; 16]), address)
    }

    #[test]
    fn every_field_can_be_taken_over_and_then_nothing_differs() {
        let mut full = person(1);
        full.stated_kind = Some(crate::domain::contact::Kind::Shared);
        full.role = Some(crate::domain::contact::Role::Nri);
        full.other_names = vec!["Grace Sample".to_owned(), "Edsger Sample".to_owned()];
        full.gender = Gender::Other;
        full.stakeholder = Stakeholder::PressMedia;
        full.country = Country::Ambiguous("Congo".to_owned());
        full.stated_region = Some(crate::domain::geography::Region::Grulac);
        full.language = crate::domain::language::LanguageTag::parse("pt-br");
        full.stated_tier = Some(crate::domain::contact::Tier::Field);
        full.tags = vec!["a".to_owned(), "b".to_owned()];
        full.custom.insert("dietary".to_owned(), "none".to_owned());
        for (field, text) in [
            (&mut full.title, "Dr."),
            (&mut full.given_name, "Ada"),
            (&mut full.family_name, "Sample"),
            (&mut full.name, "Ada Sample"),
            (&mut full.organisation, "Example Institute"),
            (&mut full.position, "Head"),
            (&mut full.time_zone, "Africa/Nairobi"),
            (&mut full.source, "registration"),
            (&mut full.basis, "mandate"),
            (&mut full.purpose, "any"),
            (&mut full.obtained_on, "2026-01-02"),
        ] {
            *field = text.to_owned();
        }
        let mut other = person(1);
        let changes = other.differences(&full);
        assert_eq!(changes.len(), FIELDS.len() + 1, "{changes:?}");
        for change in &changes {
            assert_eq!(change.now, full.text_of(&change.field));
            other.take_field(&change.field, &full);
        }
        assert!(other == full);
        other.take_field("dietary", &person(1));
        assert_eq!(other.text_of("dietary"), "");
    }

    #[test]
    fn gaps_are_filled_and_what_is_there_stays() {
        let (mut a, mut b) = (person(1), person(2));
        (a.name, a.organisation) = ("Ada Sample".to_owned(), "Ministry".to_owned());
        (b.given_name, b.organisation, b.position) = ("Ada".to_owned(), "Other".to_owned(), "Head".to_owned());
        (a.tags, b.tags) = (vec!["x".to_owned()], vec!["y".to_owned(), "x".to_owned()]);
        (a.country, b.country) =
            (Country::Unknown("Kenja".to_owned()), Country::Known(CountryCode::parse("KE").unwrap()));
        let united = a.united_with(&b);
        assert_eq!((united.organisation.as_str(), united.position.as_str()), ("Ministry", "Head"));
        assert_eq!((united.given_name.as_str(), united.tags.join(",")), ("Ada", "x,y".to_owned()));
        assert_eq!(united.text_of("country"), "KE");
        assert_eq!(united.address, a.address);
        b.given_name = "Grace".to_owned();
        assert_eq!(a.united_with(&b).given_name, "", "no half of another name");
    }

    #[test]
    fn a_basis_comes_with_what_it_was_given_for_or_not_at_all() {
        let (mut a, mut b) = (person(1), person(2));
        (b.basis, b.purpose) = ("consent".to_owned(), "survey".to_owned());
        let united = a.united_with(&b);
        assert_eq!((united.basis.as_str(), united.purpose.as_str()), ("consent", "survey"));
        a.basis = "mandate".to_owned();
        assert_eq!(a.united_with(&b).purpose, "", "the mandate is not narrowed by another's consent");
    }
}

//! A cell: one combination of dimension values, and its stable id.

use std::fmt;

use ring::digest;

use super::campaign::Dimension;
use super::contact::{Country, Gender, Stakeholder, Tier};
use super::geography::{CountryCode, Region, RegionalGroups};
use super::language::LanguageTag;
use super::participation::Participation;
use super::segment::Facts;
use super::suggestion::did_you_mean;

/// One value of one dimension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// A regional group, or in the dimension `country` the class of those who stand for no country.
    Region(Region),
    /// A country or territory.
    Country(CountryCode),
    /// A stakeholder group.
    Stakeholder(Stakeholder),
    /// A gender.
    Gender(Gender),
    /// A language, without region or script.
    Language(LanguageTag),
    /// A tier.
    Tier(Tier),
    /// Whether it is the first meeting.
    Newcomer(bool),
    /// Not known, whatever the dimension.
    Unknown,
}

impl Value {
    /// Reads a value of a dimension as a person writes it; upper and lower case alike.
    ///
    /// # Errors
    /// What is wrong, with the nearest word of the vocabulary.
    pub fn parse(dimension: &Dimension, word: &str) -> Result<Value, String> {
        let word = word.trim();
        let known = match dimension {
            Dimension::Region => Region::ALL.iter().find(|v| same(v.as_str(), word)).map(|v| region(*v)),
            Dimension::Country => CountryCode::parse(word).map(Value::Country),
            Dimension::Stakeholder => Stakeholder::ALL.iter().find(|v| same(v.as_str(), word)).map(|v| stakeholder(*v)),
            Dimension::Gender => Gender::ALL.iter().find(|v| same(v.as_str(), word)).map(|v| gender(*v)),
            Dimension::Language => LanguageTag::parse(word).map(|tag| Value::Language(tag.base())),
            Dimension::Tier => Tier::ALL.iter().find(|v| same(v.as_str(), word)).map(|v| Value::Tier(*v)),
            Dimension::Newcomer => match word.to_ascii_lowercase().as_str() {
                "yes" => Some(Value::Newcomer(true)),
                "no" => Some(Value::Newcomer(false)),
                _ => None,
            },
        };
        if let Some(value) = known {
            return Ok(value);
        }
        if same(word, "unknown") {
            return Ok(Value::Unknown);
        }
        let mut message = format!("`{word}` is no value of `{}`", dimension.as_str());
        let help = match dimension {
            Dimension::Country => "write the ISO 3166 code of two letters, such as `KE`".to_owned(),
            _ => did_you_mean(word, words(dimension)),
        };
        if !help.is_empty() {
            message = format!("{message}; {help}");
        }
        Err(message)
    }

    /// The word as JSON, CSV and `where` have it.
    pub fn as_str(&self) -> &str {
        match self {
            Value::Region(v) => v.as_str(),
            Value::Country(v) => v.as_str(),
            Value::Stakeholder(v) => v.as_str(),
            Value::Gender(v) => v.as_str(),
            Value::Language(v) => v.as_str(),
            Value::Tier(v) => v.as_str(),
            Value::Newcomer(true) => "yes",
            Value::Newcomer(false) => "no",
            Value::Unknown => "unknown",
        }
    }

    /// Whether the value can be part of a whole that shares are taken of. Intergovernmental organisations, territories
    /// without a group and the unknown stand beside it.
    pub fn counts(&self, groups: &RegionalGroups) -> bool {
        match self {
            Value::Unknown | Value::Stakeholder(Stakeholder::IntergovernmentalOrganization) => false,
            Value::Region(group) => group.is_group_of_states(),
            Value::Country(code) => groups.of(*code).is_group_of_states(),
            _ => true,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn words(dimension: &Dimension) -> Vec<&'static str> {
    match dimension {
        Dimension::Region => Region::ALL.iter().map(|v| v.as_str()).collect(),
        Dimension::Stakeholder => Stakeholder::ALL.iter().map(|v| v.as_str()).collect(),
        Dimension::Gender => Gender::ALL.iter().map(|v| v.as_str()).collect(),
        Dimension::Tier => Tier::ALL.iter().map(|v| v.as_str()).collect(),
        Dimension::Newcomer => vec!["yes", "no"],
        Dimension::Country | Dimension::Language => Vec::new(),
    }
}

fn region(value: Region) -> Value {
    if value == Region::Unknown { Value::Unknown } else { Value::Region(value) }
}

/// Who stands for an intergovernmental organisation stands for no country.
fn country(of: Region, value: &Country) -> Value {
    if of == Region::IntergovernmentalOrganizations {
        return Value::Region(of);
    }
    value.code().map_or(Value::Unknown, Value::Country)
}

fn stakeholder(value: Stakeholder) -> Value {
    if value == Stakeholder::Unknown { Value::Unknown } else { Value::Stakeholder(value) }
}

fn gender(value: Gender) -> Value {
    if value == Gender::Unknown { Value::Unknown } else { Value::Gender(value) }
}

fn language(value: Option<&LanguageTag>) -> Value {
    value.map_or(Value::Unknown, |tag| Value::Language(tag.base()))
}

/// Values in the order of the dimensions they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell(pub Vec<Value>);

impl Cell {
    /// The cell a contact falls into. A contact who never took part would be a newcomer.
    pub fn of_contact(dimensions: &[Dimension], facts: &Facts<'_>) -> Cell {
        let contact = facts.contact;
        let value = |dimension: &Dimension| match dimension {
            Dimension::Region => region(facts.region),
            Dimension::Country => country(facts.region, &contact.country),
            Dimension::Stakeholder => stakeholder(contact.stakeholder),
            Dimension::Gender => gender(contact.gender),
            Dimension::Language => language(contact.language.as_ref()),
            Dimension::Tier => Value::Tier(facts.tier),
            Dimension::Newcomer => Value::Newcomer(facts.attended.is_empty()),
        };
        Cell(dimensions.iter().map(value).collect())
    }

    /// The cell a participation falls into. `group` is its regional group ([`Participation::region`]); `tier` is that of
    /// the contact behind it, where there is one.
    pub fn of_participation(dimensions: &[Dimension], who: &Participation, group: Region, tier: Option<Tier>) -> Cell {
        let value = |dimension: &Dimension| match dimension {
            Dimension::Region => region(group),
            Dimension::Country => country(group, &who.country),
            Dimension::Stakeholder => stakeholder(who.stakeholder),
            Dimension::Gender => gender(who.gender),
            Dimension::Language => language(who.language.as_ref()),
            Dimension::Tier => tier.map_or(Value::Unknown, Value::Tier),
            Dimension::Newcomer => who.newcomer.map_or(Value::Unknown, Value::Newcomer),
        };
        Cell(dimensions.iter().map(value).collect())
    }

    /// Whether every value can be part of the whole ([`Value::counts`]).
    pub fn counts(&self, groups: &RegionalGroups) -> bool {
        self.0.iter().all(|value| value.counts(groups))
    }

    /// The id that follows from dimensions and values alone, whatever their order: `g` and eight letters or digits.
    /// It is the same in every table, and can be passed around in place of the people in the cell.
    pub fn id(&self, dimensions: &[Dimension]) -> String {
        let mut pairs: Vec<String> =
            dimensions.iter().zip(&self.0).map(|(d, v)| format!("{}={v}", d.as_str())).collect();
        pairs.sort();
        let hash = digest::digest(&digest::SHA256, pairs.join("\n").as_bytes());
        let text = data_encoding::BASE32_NOPAD.encode(hash.as_ref()).to_ascii_lowercase();
        format!("g{}", text.get(..8).unwrap_or_default())
    }
}

impl fmt::Display for Cell {
    /// `African Group · Government`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, value) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" · ")?;
            }
            f.write_str(value.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_follows_from_the_definition_and_not_from_the_order() {
        let (africa, government) = (Value::Region(Region::AfricanGroup), Value::Stakeholder(Stakeholder::Government));
        let one = Cell(vec![africa.clone(), government.clone()]).id(&[Dimension::Region, Dimension::Stakeholder]);
        let other = Cell(vec![government, africa.clone()]).id(&[Dimension::Stakeholder, Dimension::Region]);
        assert_eq!(one, other);
        assert_ne!(one, Cell(vec![africa]).id(&[Dimension::Region]));
        assert_eq!(one.len(), 9);
    }

    #[test]
    fn a_mistyped_value_names_the_nearest() {
        let complaint = Value::parse(&Dimension::Stakeholder, "Civil Societey").unwrap_err();
        assert!(complaint.contains("did you mean `Civil Society`?"), "{complaint}");
        assert!(Value::parse(&Dimension::Country, "Kenya").unwrap_err().contains("two letters"));
        assert_eq!(Value::parse(&Dimension::Country, "ke").unwrap().as_str(), "KE");
        assert_eq!(Value::parse(&Dimension::Region, "grulac").unwrap(), Value::Region(Region::Grulac));
    }

    #[test]
    fn only_states_with_a_group_count() {
        let counts = |code: &str| Value::Country(CountryCode::parse(code).unwrap()).counts(&RegionalGroups::default());
        assert!(counts("KE"));
        assert!(!counts("HK"));
        assert!(!Value::Region(Region::IntergovernmentalOrganizations).counts(&RegionalGroups::default()));
        assert!(!Value::Unknown.counts(&RegionalGroups::default()));
        assert!(Value::Gender(Gender::Other).counts(&RegionalGroups::default()));
    }

    proptest::proptest! {
        #[test]
        fn no_word_makes_it_panic_and_what_is_read_is_written_alike(word in "\\PC{0,30}", index in 0usize..7) {
            let dimension = &Dimension::ALL[index].1;
            if let Ok(value) = Value::parse(dimension, &word) {
                proptest::prop_assert_eq!(Value::parse(dimension, value.as_str()), Ok(value));
            }
        }
    }
}

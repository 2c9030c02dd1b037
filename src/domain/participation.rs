//! Participation: who registered for or attended a meeting.

use super::contact::{Country, Gender, Stakeholder};
use super::geography::{Region, RegionalGroups};
use super::keys::AddressKey;
use super::language::LanguageTag;

/// What a participation rests on, weaker to stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Base {
    /// Registered (state Completed, where the file has states).
    Registered,
    /// Checked in: badge collected or seen online.
    CheckedIn,
}

impl Base {
    /// `registered` or `checked_in`.
    pub fn as_str(self) -> &'static str {
        match self {
            Base::Registered => "registered",
            Base::CheckedIn => "checked_in",
        }
    }
}

/// One person at one meeting. Holds no name and no address: what gaps are measured by, and the key that joins it to a
/// contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participation {
    /// Year of the meeting.
    pub year: i16,
    /// Key of the mailbox; of folded name and organisation where the file gives no address.
    pub key: AddressKey,
    /// What it rests on.
    pub base: Base,
    /// Country.
    pub country: Country,
    /// Regional group a column stated.
    pub stated_region: Option<Region>,
    /// Stakeholder group.
    pub stakeholder: Stakeholder,
    /// Gender.
    pub gender: Gender,
    /// Language.
    pub language: Option<LanguageTag>,
    /// First meeting of this person, where the file says so.
    pub newcomer: Option<bool>,
}

impl Participation {
    /// The regional group, by the same rule as for contacts.
    pub fn region(&self, groups: &RegionalGroups) -> Region {
        Region::of(self.stakeholder, &self.country, self.stated_region, groups)
    }
}

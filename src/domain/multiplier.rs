//! Multipliers: who can pass an invitation on to people we do not know, and how far they reach.

use std::collections::BTreeMap;

use super::campaign::Dimension;
use super::cell::{Cell, Value};
use super::contact::{Contact, Kind, Role, Tier};
use super::geography::{CountryCode, Region};
use super::segment::Facts;

/// What a contact is as a multiplier: its role, else what its kind says. `None` for a reader without a role.
pub fn role_of(contact: &Contact) -> Option<Role> {
    contact.role.or(match contact.kind() {
        Kind::Organisation => Some(Role::Other),
        Kind::List => Some(Role::MailingList),
        Kind::Person | Kind::Shared => None,
    })
}

/// Whether the contact can carry an invitation to people we do not know: multipliers, and those who belong to the
/// community.
pub fn passes_on(facts: &Facts<'_>) -> bool {
    role_of(facts.contact).is_some() || facts.tier == Tier::Community
}

/// The part of a table that a multiplier reaches: its country, or its whole region where it stands for no country,
/// whatever its own gender or stakeholder group. Where a table knows no place, its own cell.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reach {
    /// A country, or a region.
    Place {
        /// The country it stands for.
        country: Option<CountryCode>,
        /// Its regional group.
        region: Region,
    },
    /// A cell of a table without places.
    Cell(Cell),
}

impl Reach {
    /// How far somebody reaches in a table with these dimensions.
    pub fn of(by: &[Dimension], facts: &Facts<'_>) -> Self {
        if !by.iter().any(is_place) {
            return Reach::Cell(Cell::of_contact(by, facts));
        }
        // Who stands for an intergovernmental organisation stands for no country.
        let of_states = facts.region != Region::IntergovernmentalOrganizations;
        let country = facts.contact.country.code().filter(|_| of_states);
        Reach::Place { country, region: facts.region }
    }

    /// Whether a cell of the table lies within it.
    pub fn covers(&self, by: &[Dimension], cell: &Cell) -> bool {
        let (country, region) = match self {
            Reach::Cell(own) => return own == cell,
            Reach::Place { country, region } => (*country, *region),
        };
        by.iter().zip(&cell.0).filter(|(dimension, _)| is_place(dimension)).all(|(_, value)| match (value, country) {
            (Value::Country(code), Some(own)) => *code == own,
            (Value::Country(code), None) => region.is_group_of_states() && code.record().region == Some(region),
            (Value::Region(group), _) => *group == region,
            _ => false,
        })
    }
}

fn is_place(dimension: &Dimension) -> bool {
    matches!(dimension, Dimension::Region | Dimension::Country)
}

/// The multipliers of a cell, or of a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Multipliers {
    /// Those who may be written to, by role.
    pub by_role: BTreeMap<Role, u64>,
    /// Those who may not.
    pub out_of_reach: u64,
    /// Readers without a role who belong to the community and may be written to.
    pub community: u64,
}

impl Multipliers {
    /// How many may be written to, the community apart.
    pub fn count(&self) -> u64 {
        self.by_role.values().sum()
    }

    /// Counts one who passes on.
    pub fn add(&mut self, role: Option<Role>, mailable: bool) {
        match (role, mailable) {
            (Some(role), true) => *self.by_role.entry(role).or_default() += 1,
            (Some(_), false) => self.out_of_reach += 1,
            (None, true) => self.community += 1,
            (None, false) => {}
        }
    }

    /// Takes in those of another place.
    pub fn add_all(&mut self, other: &Multipliers) {
        for (role, n) in &other.by_role {
            *self.by_role.entry(*role).or_default() += n;
        }
        self.out_of_reach += other.out_of_reach;
        self.community += other.community;
    }

    /// Roles worth looking for that nobody known has.
    pub fn wanted(&self) -> Vec<Role> {
        let all = [Role::Nri, Role::CctldRegistry, Role::Mission, Role::Association];
        all.into_iter().filter(|role| !self.by_role.contains_key(role)).collect()
    }

    /// Whether nobody at all is known there who could pass an invitation on.
    pub fn is_nobody(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::EmailAddress;
    use crate::domain::contact::{Country, Stakeholder};
    use crate::domain::geography::RegionalGroups;
    use crate::domain::keys::AddressKey;

    fn organisation(country: &str) -> Contact {
        let address = EmailAddress::parse("desk@example.org").unwrap();
        let mut contact = Contact::bare("c1".to_owned(), AddressKey([1; 16]), address);
        contact.stated_kind = Some(Kind::Organisation);
        contact.country = CountryCode::parse(country).map_or(Country::Missing, Country::Known);
        contact
    }

    fn covers(contact: &Contact, by: &[Dimension], cell: &[Value]) -> bool {
        let region = contact.region(&RegionalGroups::default());
        let facts = Facts { contact, tier: Tier::Public, region, attended: &[], invited: &[], registered: false };
        Reach::of(by, &facts).covers(by, &Cell(cell.to_vec()))
    }

    #[test]
    fn a_multiplier_reaches_its_country_or_its_region_whatever_the_stakeholder_group() {
        use Dimension as D;
        let kenya = Value::Country(CountryCode::parse("KE").unwrap());
        let (africa, west) = (Value::Region(Region::AfricanGroup), Value::Region(Region::Weog));
        let civil = Value::Stakeholder(Stakeholder::CivilSociety);
        let (of_kenya, of_uganda) = (organisation("KE"), organisation("UG"));
        let mut of_africa = organisation("");
        of_africa.stated_region = Some(Region::AfricanGroup);
        for (contact, by, cell, expected) in [
            (&of_kenya, vec![D::Country], vec![kenya.clone()], true),
            (&of_uganda, vec![D::Country], vec![kenya.clone()], false),
            (&of_africa, vec![D::Country], vec![kenya.clone()], true),
            (&of_uganda, vec![D::Region, D::Stakeholder], vec![africa.clone(), civil.clone()], true),
            (&of_uganda, vec![D::Region, D::Stakeholder], vec![west, civil.clone()], false),
            (&of_kenya, vec![D::Region, D::Country], vec![africa, kenya.clone()], true),
            (&of_kenya, vec![D::Stakeholder], vec![civil.clone()], false),
            (&organisation(""), vec![D::Country], vec![kenya], false),
        ] {
            assert_eq!(covers(contact, &by, &cell), expected, "{by:?} {cell:?}");
        }
        let mut of_civil = organisation("KE");
        of_civil.stakeholder = Stakeholder::CivilSociety;
        assert!(covers(&of_civil, &[D::Stakeholder], &[civil]), "without places, the own cell");
    }

    #[test]
    fn what_a_multiplier_is_follows_from_its_role_and_else_from_its_kind() {
        let mut contact = organisation("KE");
        assert_eq!(role_of(&contact), Some(Role::Other));
        contact.role = Some(Role::Nri);
        assert_eq!(role_of(&contact), Some(Role::Nri));
        contact.stated_kind = Some(Kind::Person);
        assert_eq!(role_of(&contact), Some(Role::Nri), "who coordinates an initiative passes on, too");
        contact.role = None;
        assert_eq!(role_of(&contact), None);
        contact.stated_kind = Some(Kind::List);
        assert_eq!(role_of(&contact), Some(Role::MailingList));
    }
}

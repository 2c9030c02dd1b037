use std::collections::BTreeMap;

use super::super::address::EmailAddress;
use super::super::campaign::{Dimension, GapQuery, ReferenceSpec};
use super::super::cell::Value;
use super::super::contact::{Contact, Country, Tier};
use super::super::gap::{Basis, Tally};
use super::super::geography::{CountryCode, Region, RegionalGroups};
use super::super::keys::AddressKey;
use super::super::participation::Base;
use super::super::reference::Reference;
use super::super::segment::{Condition, Where};
use super::*;

const AFRICA: Region = Region::AfricanGroup;
const GRULAC: Region = Region::Grulac;
const ASIA: Region = Region::AsiaPacificGroup;
const WEST: Region = Region::Weog;

fn cell(group: Region) -> Cell {
    Cell(vec![Value::Region(group)])
}

/// Of 1,000 participants everybody is from the West, where a tenth is due. Asia needs most and has no contacts; Africa has
/// silent ones, the GRULAC lapsed ones.
fn table() -> GapTable {
    let shares = [(AFRICA, 0.2), (GRULAC, 0.1), (ASIA, 0.6), (WEST, 0.1)];
    let reference = Reference {
        shares: shares.iter().map(|(r, q)| (cell(*r), *q)).collect::<BTreeMap<_, _>>(),
        name: "made up".to_owned(),
        year: String::new(),
        source: String::new(),
        method: "joint".to_owned(),
        internet_users: None,
    };
    let mut tally = Tally::default();
    (0..1000).for_each(|_| tally.add_participant(cell(WEST), WEST));
    (0..250).for_each(|_| tally.add_contact(cell(AFRICA), Cell(vec![]), true, false));
    (0..250).for_each(|_| tally.add_contact(cell(GRULAC), Cell(vec![]), true, true));
    let query = GapQuery {
        by: vec![Dimension::Region],
        against: vec![ReferenceSpec::Members],
        split: vec![],
        without_host: None,
        response: 1.0,
    };
    let basis = Basis { reference, base: Base::CheckedIn, year: Some(2025), recent: vec![2025, 2024] };
    GapTable::measure(&query, basis, tally)
}

fn audience(gap: Option<GapKind>) -> Audience {
    Audience { name: "a".to_owned(), gap, cells: vec![], tiers: vec![], filter: Where::default(), limit: None }
}

fn person(country: &str) -> Contact {
    let address = EmailAddress::parse("p@office.example").unwrap();
    let mut contact = Contact::bare("c".to_owned(), AddressKey([0; 16]), address);
    contact.country = Country::Known(CountryCode::parse(country).unwrap());
    contact
}

fn reached(audience: Audience, contact: &Contact, tier: Tier, attended: &[i16]) -> bool {
    let facts = Facts {
        contact,
        tier,
        region: contact.region(&RegionalGroups::default()),
        attended,
        invited: &[],
        registered: false,
    };
    !candidacies(&[audience], &facts, Some(&table())).is_empty()
}

#[test]
fn the_table_has_all_three_kinds() {
    let kind = |group| table().row_of(&cell(group)).unwrap().kind;
    assert_eq!(
        [kind(AFRICA), kind(GRULAC), kind(ASIA), kind(WEST)],
        [GapKind::Silent, GapKind::Lapsed, GapKind::Uncontacted, GapKind::None]
    );
}

#[test]
fn silent_addresses_those_who_never_took_part() {
    let silent = || audience(Some(GapKind::Silent));
    assert!(reached(silent(), &person("KE"), Tier::Public, &[]));
    assert!(!reached(silent(), &person("KE"), Tier::Public, &[2019]));
    assert!(!reached(silent(), &person("NO"), Tier::Public, &[]), "no gap there");
}

#[test]
fn lapsed_addresses_those_who_missed_the_last_two_meetings_in_any_gap() {
    let lapsed = || audience(Some(GapKind::Lapsed));
    assert!(reached(lapsed(), &person("BR"), Tier::Field, &[2019, 2023]));
    assert!(reached(lapsed(), &person("KE"), Tier::Field, &[2019]));
    assert!(!reached(lapsed(), &person("BR"), Tier::Field, &[2019, 2024]));
    assert!(!reached(lapsed(), &person("BR"), Tier::Field, &[]));
    assert!(!reached(lapsed(), &person("NO"), Tier::Field, &[2019]), "no gap there");
}

#[test]
fn uncontacted_addresses_those_who_can_pass_it_on() {
    let uncontacted = || audience(Some(GapKind::Uncontacted));
    let mut list = person("IN");
    list.stated_kind = Some(crate::domain::contact::Kind::List);
    assert!(reached(uncontacted(), &list, Tier::Public, &[]));
    assert!(reached(uncontacted(), &person("IN"), Tier::Community, &[2025]));
    assert!(!reached(uncontacted(), &person("IN"), Tier::Field, &[]));
    list.country = Country::Known(CountryCode::parse("KE").unwrap());
    assert!(!reached(uncontacted(), &list, Tier::Public, &[]), "Africa has contacts");
}

#[test]
fn cells_tiers_and_conditions_narrow() {
    let mut chosen = audience(None);
    chosen.cells = vec![table().row_of(&cell(AFRICA)).unwrap().id.clone()];
    assert!(reached(chosen.clone(), &person("KE"), Tier::Public, &[2025]), "whatever their history");
    assert!(!reached(chosen.clone(), &person("BR"), Tier::Public, &[]));
    chosen.tiers = vec![Tier::Field];
    assert!(!reached(chosen.clone(), &person("KE"), Tier::Public, &[]));
    assert!(reached(chosen.clone(), &person("KE"), Tier::Field, &[]));
    chosen.filter = Where { all: vec![Condition::Field { name: "country".to_owned(), values: vec!["UG".to_owned()] }] };
    assert!(!reached(chosen.clone(), &person("KE"), Tier::Field, &[]));
    chosen.cells.push("gnonsense".to_owned());
    let complaints = check_cells(&[chosen], Some(&table()));
    assert_eq!(
        complaints.iter().map(|c| c.message.as_str()).collect::<Vec<_>>(),
        ["the gap table has no cell `gnonsense`"]
    );
}

#[test]
fn without_a_table_only_plain_audiences_reach_anybody() {
    let contact = person("KE");
    let facts = Facts {
        contact: &contact,
        tier: Tier::Field,
        region: contact.region(&RegionalGroups::default()),
        attended: &[],
        invited: &[],
        registered: false,
    };
    let both = [audience(Some(GapKind::Silent)), audience(None)];
    assert_eq!(candidacies(&both, &facts, None), [Candidacy { audience: 1, needed: 0 }]);
}

use std::collections::BTreeMap;

use super::super::address::EmailAddress;
use super::super::campaign::{GapQuery, ReferenceSpec};
use super::super::cell::Value;
use super::super::contact::{Contact, Country};
use super::super::gap::{Basis, Tally};
use super::super::geography::{CountryCode, Region, RegionalGroups};
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

fn key(n: u8) -> AddressKey {
    AddressKey([n; 16])
}

fn entry(audience: usize, needed: u64) -> Candidacy {
    Candidacy { audience, needed }
}

#[test]
fn a_limit_takes_the_largest_gaps_first_and_then_the_order_of_keys() {
    let limited = Audience { limit: Some(2), ..audience(None) };
    let people =
        [(key(1), vec![entry(0, 5)]), (key(3), vec![entry(0, 9)]), (key(2), vec![entry(0, 5)]), (key(4), vec![])];
    let seats = seat(&[limited], &people, &BTreeMap::new());
    assert_eq!(seats, [Some(Seat::Taken(0)), Some(Seat::Taken(0)), Some(Seat::OverLimit(0)), None]);
}

#[test]
fn a_limit_counts_those_whom_an_earlier_plan_reached() {
    let limited = Audience { name: "first".to_owned(), limit: Some(2), ..audience(None) };
    let people = [(key(1), vec![entry(0, 5)]), (key(2), vec![entry(0, 5)])];
    for (reached, taken) in [(0, 2), (1, 1), (2, 0), (9, 0)] {
        let reached = BTreeMap::from([("first".to_owned(), reached), ("another".to_owned(), 7)]);
        let seats = seat(std::slice::from_ref(&limited), &people, &reached);
        assert_eq!(seats.iter().filter(|s| **s == Some(Seat::Taken(0))).count(), taken);
    }
}

#[test]
fn who_finds_an_audience_full_can_be_taken_by_a_later_one() {
    let audiences =
        [Audience { limit: Some(1), ..audience(None) }, Audience { limit: Some(1), ..audience(None) }, audience(None)];
    let people = [
        (key(1), vec![entry(0, 1), entry(1, 1)]),
        (key(2), vec![entry(0, 1), entry(1, 1)]),
        (key(3), vec![entry(0, 1), entry(1, 1)]),
        (key(4), vec![entry(0, 1), entry(2, 1)]),
    ];
    let seats = seat(&audiences, &people, &BTreeMap::new());
    assert_eq!(seats, [Some(Seat::Taken(0)), Some(Seat::Taken(1)), Some(Seat::OverLimit(0)), Some(Seat::Taken(2))]);
}

#[test]
fn the_first_audience_that_matches_names_the_segment() {
    let people = [(key(1), vec![entry(0, 1), entry(1, 9)])];
    assert_eq!(seat(&[audience(None), audience(None)], &people, &BTreeMap::new()), [Some(Seat::Taken(0))]);
}

proptest::proptest! {
    #[test]
    fn no_audience_exceeds_its_limit_and_nobody_who_fits_is_turned_away(
        limits in proptest::collection::vec(proptest::option::of(1usize..6), 1..4),
        wishes in proptest::collection::vec((0u8..=255, proptest::collection::vec((0usize..4, 0u64..9), 0..4)), 0..30),
    ) {
        let audiences: Vec<Audience> = limits.iter().map(|limit| Audience { limit: *limit, ..audience(None) }).collect();
        let people: Vec<(AddressKey, Vec<Candidacy>)> = wishes
            .iter()
            .map(|(n, entries)| {
                let mut entries: Vec<Candidacy> =
                    entries.iter().filter(|(a, _)| *a < audiences.len()).map(|(a, n)| entry(*a, *n)).collect();
                entries.sort_by_key(|e| e.audience);
                entries.dedup_by_key(|e| e.audience);
                (key(*n), entries)
            })
            .collect();
        let seats = seat(&audiences, &people, &BTreeMap::new());
        let taken = |position: usize| seats.iter().filter(|s| **s == Some(Seat::Taken(position))).count();
        for (position, audience) in audiences.iter().enumerate() {
            proptest::prop_assert!(audience.limit.is_none_or(|limit| taken(position) <= limit));
        }
        for ((_, entries), seat) in people.iter().zip(&seats) {
            match seat {
                None => proptest::prop_assert!(entries.is_empty()),
                Some(Seat::Taken(position)) => proptest::prop_assert!(entries.iter().any(|e| e.audience == *position)),
                Some(Seat::OverLimit(first)) => {
                    proptest::prop_assert_eq!(Some(*first), entries.first().map(|e| e.audience));
                    for e in entries {
                        proptest::prop_assert_eq!(Some(taken(e.audience)), audiences[e.audience].limit, "room was left");
                    }
                }
            }
        }
    }
}

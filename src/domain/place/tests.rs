use super::super::address::EmailAddress;
use super::super::contact::Kind;
use super::super::segment::Where;
use super::*;

fn audience(name: &str, limit: Option<usize>) -> Audience {
    Audience { name: name.to_owned(), gap: None, cells: vec![], tiers: vec![], filter: Where::default(), limit }
}

fn unlimited() -> Audience {
    audience("everybody", None)
}

fn key(n: u8) -> AddressKey {
    AddressKey([n; 16])
}

fn entry(audience: usize, needed: u64) -> Candidacy {
    Candidacy { audience, needed }
}

fn person(n: u8, entries: &[Candidacy]) -> Waiting {
    Waiting { key: key(n), entries: entries.to_vec(), organisation: None }
}

fn of(organisation: u8, person: Waiting) -> Waiting {
    Waiting { organisation: Some(OrganisationKey([organisation; 16])), ..person }
}

fn plainly(audiences: &[Audience], people: &[Waiting]) -> Vec<Option<Place>> {
    give_out(audiences, people, None, &Reached::default())
}

#[test]
fn a_limit_takes_the_largest_gaps_first_and_then_the_order_of_keys() {
    let people = [person(1, &[entry(0, 5)]), person(3, &[entry(0, 9)]), person(2, &[entry(0, 5)]), person(4, &[])];
    let places = plainly(&[audience("first", Some(2))], &people);
    assert_eq!(places, [Some(Place::Taken(0)), Some(Place::Taken(0)), Some(Place::AudienceFull(0)), None]);
}

#[test]
fn a_limit_counts_those_whom_an_earlier_plan_reached() {
    let people = [person(1, &[entry(0, 5)]), person(2, &[entry(0, 5)])];
    for (gone, taken) in [(0, 2), (1, 1), (2, 0), (9, 0)] {
        let by_segment = BTreeMap::from([("first".to_owned(), gone), ("another".to_owned(), 7)]);
        let reached = Reached { by_segment, ..Reached::default() };
        let places = give_out(&[audience("first", Some(2))], &people, None, &reached);
        assert_eq!(places.iter().filter(|p| **p == Some(Place::Taken(0))).count(), taken);
    }
}

#[test]
fn who_finds_an_audience_full_can_be_taken_by_a_later_one() {
    let audiences = [audience("a", Some(1)), audience("b", Some(1)), unlimited()];
    let people = [
        person(1, &[entry(0, 1), entry(1, 1)]),
        person(2, &[entry(0, 1), entry(1, 1)]),
        person(3, &[entry(0, 1), entry(1, 1)]),
        person(4, &[entry(0, 1), entry(2, 1)]),
    ];
    let expected = [Place::Taken(0), Place::Taken(1), Place::AudienceFull(0), Place::Taken(2)];
    assert_eq!(plainly(&audiences, &people), expected.map(Some));
}

#[test]
fn the_first_audience_that_matches_names_the_segment() {
    let people = [person(1, &[entry(0, 1), entry(1, 9)])];
    assert_eq!(plainly(&[unlimited(), unlimited()], &people), [Some(Place::Taken(0))]);
}

#[test]
fn an_organisation_gets_its_best_and_no_audience_beyond() {
    let audiences = [audience("first", Some(2)), unlimited()];
    let people = [
        of(7, person(1, &[entry(0, 1), entry(1, 1)])),
        of(7, person(2, &[entry(0, 9), entry(1, 9)])),
        of(8, person(3, &[entry(0, 0), entry(1, 0)])),
        person(4, &[entry(1, 0)]),
        person(5, &[entry(1, 0)]),
    ];
    let places = give_out(&audiences, &people, Some(1), &Reached::default());
    let full = Place::OrganisationFull;
    // Who is turned away for the organisation leaves the place in the audience to another.
    let expected = [full, Place::Taken(0), Place::Taken(0), Place::Taken(1), Place::Taken(1)];
    assert_eq!(places, expected.map(Some));
}

#[test]
fn an_organisation_s_places_are_those_of_the_campaign_however_often_it_is_planned() {
    let people = [of(7, person(1, &[entry(0, 1)])), of(7, person(2, &[entry(0, 1)]))];
    for (gone, taken) in [(0, 2), (1, 1), (2, 0), (3, 0)] {
        let by_organisation = HashMap::from([(OrganisationKey([7; 16]), gone)]);
        let reached = Reached { by_organisation, ..Reached::default() };
        let places = give_out(&[unlimited()], &people, Some(2), &reached);
        assert_eq!(places.iter().filter(|p| **p == Some(Place::Taken(0))).count(), taken);
    }
}

#[test]
fn an_organisation_is_known_by_its_name_however_it_is_written() {
    let contact = |organisation: &str, name: &str, kind: Option<Kind>| {
        let mut contact = Contact::bare("c1".into(), key(1), EmailAddress::parse("ada@example.org").unwrap());
        contact.organisation = organisation.to_owned();
        contact.name = name.to_owned();
        contact.stated_kind = kind;
        OrganisationKey::of(&contact)
    };
    let known = contact("Réseau  Éducation", "Ada", None);
    assert!(known.is_some());
    assert_eq!(contact("RESEAU EDUCATION.", "Bo", Some(Kind::Shared)), known);
    assert_eq!(contact("", "Réseau Éducation", Some(Kind::Organisation)), known, "its own address belongs to it");
    assert_ne!(contact("Réseau Santé", "Ada", None), known);
    assert_eq!(contact("", "Réseau Éducation", None), None, "a person's name is no organisation's");
}

proptest::proptest! {
    #[test]
    fn no_limit_is_exceeded_and_nobody_who_fits_is_turned_away(
        limits in proptest::collection::vec(proptest::option::of(1usize..6), 1..4),
        per_organisation in proptest::option::of(1usize..4),
        wishes in proptest::collection::vec(
            (0u8..=255, proptest::option::of(0u8..3), proptest::collection::vec((0usize..4, 0u64..9), 0..4)), 0..30),
    ) {
        let audiences: Vec<Audience> =
            limits.iter().enumerate().map(|(i, limit)| audience(&format!("a{i}"), *limit)).collect();
        let people: Vec<Waiting> = wishes
            .iter()
            .map(|(n, organisation, entries)| {
                let mut entries: Vec<Candidacy> =
                    entries.iter().filter(|(a, _)| *a < audiences.len()).map(|(a, n)| entry(*a, *n)).collect();
                entries.sort_by_key(|e| e.audience);
                entries.dedup_by_key(|e| e.audience);
                Waiting { organisation: organisation.map(|o| OrganisationKey([o; 16])), ..person(*n, &entries) }
            })
            .collect();
        let places = give_out(&audiences, &people, per_organisation, &Reached::default());
        let taken = |position: usize| places.iter().filter(|p| **p == Some(Place::Taken(position))).count();
        let of_organisation = |wanted: OrganisationKey| {
            let theirs = |(person, place): &(&Waiting, &Option<Place>)| {
                person.organisation == Some(wanted) && matches!(place, Some(Place::Taken(_)))
            };
            people.iter().zip(&places).filter(theirs).count()
        };
        for (position, audience) in audiences.iter().enumerate() {
            proptest::prop_assert!(audience.limit.is_none_or(|limit| taken(position) <= limit));
        }
        for (person, place) in people.iter().zip(&places) {
            if let (Some(organisation), Some(most)) = (person.organisation, per_organisation) {
                proptest::prop_assert!(of_organisation(organisation) <= most);
            }
            match place {
                None => proptest::prop_assert!(person.entries.is_empty()),
                Some(Place::Taken(position)) => {
                    proptest::prop_assert!(person.entries.iter().any(|e| e.audience == *position));
                }
                Some(Place::OrganisationFull) => {
                    proptest::prop_assert_eq!(person.organisation.map(of_organisation), per_organisation, "room was left");
                }
                Some(Place::AudienceFull(first)) => {
                    proptest::prop_assert_eq!(Some(*first), person.entries.first().map(|e| e.audience));
                    for e in &person.entries {
                        proptest::prop_assert_eq!(Some(taken(e.audience)), audiences[e.audience].limit, "room was left");
                    }
                }
            }
        }
    }
}

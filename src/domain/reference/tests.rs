use super::*;
use crate::domain::contact::Stakeholder;
use crate::domain::geography::{Region, RegionalGroups};

fn one(spec: ReferenceSpec, dimension: Dimension) -> Part {
    Part { spec, dimensions: vec![dimension] }
}

fn targets() -> Vec<Targets> {
    let share = |s, v: f64| (Value::Stakeholder(s), v);
    let stakeholders = BTreeMap::from([
        share(Stakeholder::Government, 0.3),
        share(Stakeholder::CivilSociety, 0.5),
        share(Stakeholder::IntergovernmentalOrganization, 0.2),
    ]);
    vec![Targets { file: "t.csv".to_owned(), shares: BTreeMap::from([(Dimension::Stakeholder, stakeholders)]) }]
}

#[test]
fn members_counts_each_state_once() {
    let none = RegionalGroups::default();
    let margin = country_margin(&one(ReferenceSpec::Members, Dimension::Region), None, &none).unwrap();
    let africa = margin.shares[&Cell(vec![Value::Region(Region::AfricanGroup)])];
    assert!((africa - 54.0 / 193.0).abs() < 1e-12, "{africa}");
}

#[test]
fn leaving_out_the_host_raises_everybody_else() {
    let none = RegionalGroups::default();
    let part = one(ReferenceSpec::Members, Dimension::Region);
    let norway = CountryCode::parse("NO").unwrap();
    let margin = country_margin(&part, Some(norway), &none).unwrap();
    let africa = margin.shares[&Cell(vec![Value::Region(Region::AfricanGroup)])];
    assert!((africa - 54.0 / 192.0).abs() < 1e-12, "{africa}");
}

#[test]
fn each_dimension_takes_the_first_reference_that_covers_it() {
    let against = [ReferenceSpec::InternetUsers, ReferenceSpec::Targets("t.csv".to_owned())];
    let parts = share_out(&[Dimension::Region, Dimension::Stakeholder], &against, &targets()).unwrap();
    assert_eq!(parts.len(), 2);
    let missing = share_out(&[Dimension::Gender], &against, &targets()).unwrap_err();
    assert!(missing.to_string().contains("`gender`"), "{missing}");
    assert!(missing.to_string().contains("participation:YEAR"), "{missing}");
    assert!(share_out(&[Dimension::Tier], &[ReferenceSpec::Participation(2024)], &[]).is_err());
}

#[test]
fn the_product_of_margins_adds_up_to_one_and_drops_those_beside() {
    let none = RegionalGroups::default();
    let by = [Dimension::Stakeholder, Dimension::Region];
    let against = [ReferenceSpec::Members, ReferenceSpec::Targets("t.csv".to_owned())];
    let parts = share_out(&by, &against, &targets()).unwrap();
    let margins: Vec<Margin> = parts
        .iter()
        .map(|p| country_margin(p, None, &none).or_else(|| target_margin(p, &targets(), None, &none)).unwrap())
        .collect();
    let reference = Reference::join(&by, &margins, &none);
    assert!((reference.shares.values().sum::<f64>() - 1.0).abs() < 1e-12);
    assert_eq!(reference.shares.len(), 10);
    assert_eq!(reference.method, "product of margins");
    let cell = Cell(vec![Value::Stakeholder(Stakeholder::Government), Value::Region(Region::AfricanGroup)]);
    assert!((reference.shares[&cell] - 0.3 / 0.8 * 54.0 / 193.0).abs() < 1e-12);
}

#[test]
fn a_region_follows_from_its_country() {
    let none = RegionalGroups::default();
    let by = [Dimension::Region, Dimension::Country];
    let parts = share_out(&by, &[ReferenceSpec::Population], &[]).unwrap();
    assert_eq!(parts, [one(ReferenceSpec::Population, Dimension::Country)]);
    let reference = Reference::join(&by, &[country_margin(&parts[0], None, &none).unwrap()], &none);
    assert_eq!(reference.shares.len(), 193);
    assert_eq!(reference.method, "joint");
    let kenya = Value::Country(CountryCode::parse("KE").unwrap());
    assert!(reference.shares.contains_key(&Cell(vec![Value::Region(Region::AfricanGroup), kenya])));
}

#[test]
fn years_of_different_age_are_shown_as_a_span() {
    let of = |code: &str, year: &'static str| (CountryCode::parse(code).unwrap(), year);
    let years = [of("KE", "2023"), of("KP", "2013"), of("BR", "2023"), of("UG", "2022"), of("AX", "CLDR")];
    assert_eq!(span(&years), "2013-2023, mostly 2023; old: KP 2013");
    assert_eq!(span(&[of("KE", "2024"), of("UG", "2024")]), "2024");
    assert_eq!(span(&[]), "");
}

#[test]
fn references_are_named_as_they_are_written() {
    for word in ["internet-users", "population", "members", "participation:2024", "targets:a/b.csv"] {
        assert_eq!(spec_name(&ReferenceSpec::from_word(word).unwrap()), word);
    }
}

#[test]
fn a_decision_about_a_group_moves_shares_and_stands_in_the_method() {
    let code = |code: &str| CountryCode::parse(code).unwrap();
    let decided = RegionalGroups::new([
        (code("PS"), Region::AsiaPacificGroup),
        (code("TR"), Region::AsiaPacificGroup),
        (code("IL"), Region::None),
        (code("KE"), Region::AfricanGroup),
    ]);
    let share = |spec: ReferenceSpec, groups: &RegionalGroups, group: Region| {
        let margin = country_margin(&one(spec, Dimension::Region), None, groups).unwrap();
        margin.shares[&Cell(vec![Value::Region(group)])]
    };
    let none = RegionalGroups::default();
    let (asia, west) = (Region::AsiaPacificGroup, Region::Weog);
    assert!(share(ReferenceSpec::Population, &decided, asia) > share(ReferenceSpec::Population, &none, asia));
    assert!(share(ReferenceSpec::Population, &decided, west) < share(ReferenceSpec::Population, &none, west));
    // 193 members less one; Palestine is no member whatever group it is counted in.
    let members = |groups: &RegionalGroups| share(ReferenceSpec::Members, groups, asia);
    assert_eq!((members(&none) * 193.0).round(), 54.0);
    assert_eq!((members(&decided) * 192.0).round(), 55.0);
    let by = [Dimension::Region, Dimension::Country];
    let margin = country_margin(&one(ReferenceSpec::InternetUsers, Dimension::Country), None, &decided).unwrap();
    let reference = Reference::join(&by, &[margin], &decided);
    let cell = |group: Region, of: &str| Cell(vec![Value::Region(group), Value::Country(code(of))]);
    assert!(reference.shares[&cell(asia, "PS")] > 0.0);
    assert!(!reference.shares.keys().any(|c| c.0.contains(&Value::Country(code("IL")))));
    assert_eq!(
        reference.method,
        "joint; counted by decision: IL in none, PS in Asia-Pacific Group, TR in Asia-Pacific Group"
    );
}

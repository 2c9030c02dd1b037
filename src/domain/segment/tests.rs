use super::super::address::EmailAddress;
use super::super::contact::{Country, Stakeholder};
use super::super::geography::RegionalGroups;
use super::super::keys::AddressKey;
use super::*;

fn contact() -> Contact {
    let address = EmailAddress::parse("amina@ministry.example").unwrap();
    let mut contact = Contact::bare("c1".to_owned(), AddressKey([1; 16]), address);
    contact.stakeholder = Stakeholder::Government;
    contact.country = Country::Known(CountryCode::parse("KE").unwrap());
    contact.language = LanguageTag::parse("pt-br");
    contact.tags = vec!["digital-policy".to_owned(), "Ministère".to_owned()];
    contact.organisation = "Ministry of ICT".to_owned();
    contact.custom.insert("nri".to_owned(), "yes".to_owned());
    contact
}

fn field(name: &str, values: &[&str]) -> Condition {
    Condition::Field { name: name.to_owned(), values: values.iter().map(|v| (*v).to_owned()).collect() }
}

fn all(conditions: &[Condition]) -> Where {
    Where { all: conditions.to_vec() }
}

fn matches(condition: Condition, attended: &[i16]) -> bool {
    let contact = contact();
    let invited = [("spring".to_owned(), "accepted".to_owned())];
    let facts = Facts {
        contact: &contact,
        tier: Tier::Field,
        region: contact.region(&RegionalGroups::default()),
        attended,
        invited: &invited,
        registered: true,
    };
    all(&[condition]).matches(&facts)
}

#[test]
fn a_field_matches_any_of_its_values_in_any_case() {
    for (name, values) in [
        ("tier", vec!["community", "field"]),
        ("region", vec!["african group"]),
        ("country", vec!["ke"]),
        ("stakeholder", vec!["Government"]),
        ("stakeholder_group", vec!["Government"]),
        ("gender", vec!["unknown"]),
        ("language", vec!["pt"]),
        ("language", vec!["PT-BR"]),
        ("kind", vec!["person"]),
        ("organisation", vec!["ministry of ict"]),
        ("tags", vec!["MINISTÈRE"]),
        ("tags", vec!["x", "digital-policy"]),
        ("nri", vec!["Yes"]),
        ("email", vec!["amina@ministry.example"]),
    ] {
        assert!(matches(field(name, &values), &[]), "{name} {values:?}");
    }
    for (name, values) in
        [("tier", vec!["public"]), ("nri", vec!["no"]), ("zodiac", vec!["x"]), ("tags", vec!["digital"])]
    {
        assert!(!matches(field(name, &values), &[]), "{name} {values:?}");
    }
}

#[test]
fn not_turns_around_all_conditions_together() {
    let both = all(&[field("tier", &["field"]), field("country", &["UG"])]);
    assert!(matches(Condition::Not(both), &[]), "one of the two does not hold");
    assert!(!matches(Condition::Not(all(&[field("tier", &["field"])])), &[]));
}

#[test]
fn attended_knows_any_all_and_none() {
    let attended = |any: &[i16], every: &[i16], none: &[i16]| {
        Condition::Attended(Attended { any_of: any.to_vec(), all_of: every.to_vec(), none_of: none.to_vec() })
    };
    let years = [2022, 2024];
    for (condition, holds) in [
        (attended(&[2021, 2022], &[], &[]), true),
        (attended(&[2021, 2023], &[], &[]), false),
        (attended(&[], &[2022, 2024], &[]), true),
        (attended(&[], &[2022, 2023], &[]), false),
        (attended(&[], &[], &[2023, 2025]), true),
        (attended(&[], &[], &[2024]), false),
        (attended(&[2022], &[2024], &[2025]), true),
        (attended(&[], &[], &[]), true),
    ] {
        assert_eq!(matches(condition.clone(), &years), holds, "{condition:?}");
    }
}

#[test]
fn follow_ups_look_at_invitations_and_registrations() {
    let invited = |campaign: &str, outcomes: &[&str]| Condition::InvitedIn {
        campaigns: vec![campaign.to_owned()],
        outcomes: outcomes.iter().map(|o| (*o).to_owned()).collect(),
    };
    assert!(matches(invited("spring", &[]), &[]));
    assert!(matches(invited("spring", &["accepted"]), &[]));
    assert!(!matches(invited("spring", &["rejected"]), &[]));
    assert!(!matches(invited("autumn", &[]), &[]));
    assert!(matches(Condition::Registered(true), &[]));
    assert!(!matches(Condition::Registered(false), &[]));
}

#[test]
fn the_tier_is_the_stated_one_then_attendance_then_the_rule_then_public() {
    let rules = TierRules { community_if_attended_last: 2, field_if: all(&[field("tags", &["digital-policy"])]) };
    let meetings = [2021, 2022, 2024, 2025];
    let mut contact = contact();
    assert_eq!(tier_of(&contact, Region::Unknown, &[2024], &meetings, &rules), Tier::Community);
    assert_eq!(
        tier_of(&contact, Region::Unknown, &[2022], &meetings, &rules),
        Tier::Field,
        "2022 is not among the last two meetings"
    );
    contact.tags.clear();
    assert_eq!(tier_of(&contact, Region::Unknown, &[2022], &meetings, &rules), Tier::Public);
    contact.stated_tier = Some(Tier::Field);
    assert_eq!(tier_of(&contact, Region::Unknown, &[2025], &meetings, &rules), Tier::Field, "a column says so");
    contact.stated_tier = None;
    assert_eq!(
        tier_of(&contact, Region::Unknown, &[2025], &meetings, &TierRules::default()),
        Tier::Public,
        "no rule, no tier by rule"
    );
}

#[test]
fn a_value_outside_its_vocabulary_names_the_nearest() {
    let complaints = |condition| all(&[condition]).check_words().iter().map(ToString::to_string).collect::<Vec<_>>();
    for (condition, expected) in [
        (field("region", &["Asia Pacific Group"]), "did you mean `Asia-Pacific Group`?"),
        (field("stakeholder", &["Goverment"]), "did you mean `Government`?"),
        (field("tier", &["fields"]), "did you mean `field`?"),
        (field("gender", &["x"]), "known are female, male, other, unknown"),
        (field("country", &["Kenya"]), "two letters"),
        (field("language", &["French please"]), "language tag"),
        (Condition::Not(all(&[field("kind", &["organization"])])), "did you mean `organisation`?"),
    ] {
        let complaints = complaints(condition);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains(expected), "{}", complaints[0]);
    }
    for known in [field("region", &["GRULAC", "none"]), field("country", &["ke", "unknown"]), field("nri", &["maybe"])]
    {
        assert!(complaints(known).is_empty());
    }
}

#[test]
fn a_value_or_column_that_no_contact_has_names_the_nearest() {
    let filter = all(&[
        field("nri", &["yess", "yes"]),
        Condition::Not(all(&[field("tags", &["digital-polcy"]), field("nrri", &["yes"])])),
        field("country", &["UG"]),
    ]);
    let mut seen = SeenValues::watching([&filter]);
    assert!(seen.problems().is_empty(), "without any contact nothing can be said");
    seen.look_at(&contact());
    let complaints: Vec<String> = seen.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        complaints,
        [
            "no contact has the value `yess` in `nri`; did you mean `yes`?",
            "no contact has the value `digital-polcy` in `tags`; did you mean `digital-policy`?",
            "no contact has a column `nrri`; did you mean `nri`?",
        ]
    );
}

#[test]
fn an_address_is_never_suggested() {
    let mut seen = SeenValues::watching([&all(&[field("email", &["amna@ministry.example"])])]);
    seen.look_at(&contact());
    assert!(!seen.problems()[0].to_string().contains("amina@ministry.example"));
}

use super::super::{LanguageTag, Region, Table, suggest};
use super::*;
use proptest::prelude::*;

fn say(name: &str, code: &str, evidence: Evidence<'_>) -> String {
    match resolve(name, code, &evidence, &Decisions::default()).country {
        Country::Missing => "-".to_owned(),
        Country::Known(code) => code.to_string(),
        Country::Ambiguous(_) => "?".to_owned(),
        Country::Unknown(_) => "!".to_owned(),
    }
}

fn at(domain: &str) -> Evidence<'_> {
    Evidence { domain, ..Evidence::default() }
}

#[test]
fn names_and_codes_are_read_in_every_language_and_loose_spelling() {
    for (cell, code) in [
        ("KE", "KE"),
        ("ke", "KE"),
        ("KEN", "KE"),
        ("404", "KE"),
        ("004", "AF"),
        ("Kenya", "KE"),
        (" KENYA ", "KE"),
        ("Кения", "KE"),
        ("كينيا", "KE"),
        ("肯尼亚", "KE"),
        ("ケニア", "KE"),
        ("Côte d'Ivoire", "CI"),
        ("Cote d’Ivoire", "CI"),
        ("cote divoire", "CI"),
        ("CÔTE D'IVOIRE", "CI"),
        ("Ivory Coast", "CI"),
        ("Türkiye", "TR"),
        ("Turquie", "TR"),
        ("Polonia", "PL"),
        ("la República Portuguesa", "PT"),
        ("Trinidad & Tobago", "TT"),
        ("Bosnia-Herzegovina", "BA"),
        ("Ｋｅｎｙａ", "KE"),
        ("United  States", "US"),
        ("Netherlands (the)", "NL"),
        ("the Netherlands", "NL"),
        ("Viet Nam", "VN"),
        ("टोंगा", "TO"),
        ("टोगो", "TG"),
        ("Democratic Republic of the Congo", "CD"),
        ("Congo-Brazzaville", "CG"),
        ("South Korea", "KR"),
        ("Guinea-Bissau", "GW"),
        ("Hong Kong", "HK"),
        ("Taiwan", "TW"),
        ("Kosovo", "XK"),
    ] {
        assert_eq!(say(cell, "", Evidence::default()), code, "{cell}");
    }
}

#[test]
fn countries_are_known_by_the_names_they_give_themselves() {
    for (cell, code) in [("Norge", "NO"), ("Suomi", "FI"), ("Magyarorszag", "HU"), ("ΕΛΛΆΔΑ", "GR"), ("ไทย", "TH")]
    {
        assert_eq!(say(cell, "", Evidence::default()), code, "{cell}");
    }
}

#[test]
fn every_name_of_the_table_means_its_country_or_asks_with_it_among_the_answers() {
    let mut asked = Vec::new();
    let mut silent = Vec::new();
    let text = include_str!("../../data/country_names.csv");
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.unwrap();
        let code = Table::get().records.iter().find(|r| r.iso3 == row[0]).unwrap().code;
        match say(&row[3], "", Evidence::default()).as_str() {
            said if said == code.as_str() => {}
            "?" | "!" if suggest(&row[3]).iter().any(|s| s.country == code) => asked.push(row[3].to_owned()),
            said => silent.push(format!("{row:?} gives {said}")),
        }
    }
    assert_eq!(silent, Vec::<String>::new());
    assert!(asked.len() < 60, "{asked:?}");
}

#[test]
fn names_of_several_countries_are_asked_about_unless_the_row_decides() {
    for name in ["Congo", "CONGO", "Congo (the)", "the Congo", "Korea", "Corée", "Virgin Islands"] {
        assert_eq!(say(name, "", at("example.org")), "?", "{name}");
    }
    assert_eq!(say("Congo", "", at("nic.cd")), "CD");
    assert_eq!(say("Korea", "", Evidence { time_zone: "Asia/Seoul", ..at("example.org") }), "KR");
    assert_eq!(say("Congo", "", Evidence { time_zone: "Africa/Lagos", ..at("example.org") }), "?");
    assert_eq!(say("Congo", "COG", at("example.org")), "CG");
    assert_eq!(say("Congo", "KEN", at("example.org")), "?");
}

#[test]
fn an_exact_name_passes_unless_the_rows_own_evidence_contradicts_it() {
    for (name, code) in
        [("Niger", "NE"), ("Nigeria", "NG"), ("Guinea", "GN"), ("Georgia", "GE"), ("Samoa", "WS"), ("Dominica", "DM")]
    {
        assert_eq!(say(name, "", at("example.org")), code);
    }
    assert_eq!(say("Niger", "", at("telecom.ng")), "?");
    assert_eq!(say("Niger", "", at("telecom.ne")), "NE");
    assert_eq!(say("Guinea", "", Evidence { language: LanguageTag::parse("pt").as_ref(), ..at("example.org") }), "?");
    assert_eq!(say("Georgia", "", Evidence { time_zone: "America/New_York", ..at("example.org") }), "?");
    assert_eq!(say("Georgia", "", Evidence { language: LanguageTag::parse("en").as_ref(), ..at("example.org") }), "GE");
    assert_eq!(say("Guinea", "", Evidence { region: Some(Region::AsiaPacificGroup), ..at("example.org") }), "?");
    assert_eq!(say("Kenya", "", at("example.fr")), "KE", "people live abroad");
    assert_eq!(say("Niger", "NER", at("telecom.ng")), "NE", "two cells agree");
}

#[test]
fn an_unknown_name_stays_and_the_nearest_is_suggested() {
    let resolution = resolve("Keniya", "", &Evidence::default(), &Decisions::default());
    assert_eq!(resolution.country, Country::Unknown("Keniya".to_owned()));
    assert!(resolution.note.unwrap().contains("(KE)"));
    assert_eq!(say("Atlantis", "", Evidence::default()), "!");
    assert_eq!(say("Atlantis", "KEN", Evidence::default()), "KE");
    assert_eq!(say("Kenya", "QQQ", Evidence::default()), "KE");
    assert_eq!(say("", " ", Evidence::default()), "-");
}

#[test]
fn a_decision_of_the_settings_wins() {
    let kr = CountryCode::parse("KR").unwrap();
    let decisions = Decisions::new([("Korea", Some(kr))]);
    assert_eq!(resolve(" KOREA ", "", &Evidence::default(), &decisions), known(kr, How::Decision));
}

#[test]
fn a_country_reads_in_the_language_asked_for() {
    let name = |code: &str, tag: &str| CountryCode::parse(code).unwrap().name_in(&LanguageTag::parse(tag).unwrap());
    assert_eq!(name("KE", "ru"), "Кения");
    assert_eq!(name("DE", "fr"), "Allemagne");
    assert_eq!(name("DE", "pt-br"), "Alemanha");
    assert_eq!(name("DE", "eo"), "Germany");
}

#[test]
fn regional_groups_are_read_in_their_usual_words() {
    for (cell, region) in [
        ("African Group", Region::AfricanGroup),
        ("Asia-Pacific", Region::AsiaPacificGroup),
        ("Latin American and Caribbean Group", Region::Grulac),
        ("WEOG", Region::Weog),
        ("Western European and Others Group", Region::Weog),
        ("Group of Eastern European States", Region::EasternEuropeanGroup),
    ] {
        assert_eq!(Region::parse(cell), Some(region));
    }
    assert_eq!(Region::parse("Mars"), None);
}

proptest! {
    #[test]
    fn any_cells_resolve_without_panic(name in any::<String>(), code in any::<String>(), zone in any::<String>()) {
        let evidence = Evidence { time_zone: &zone, domain: &code, ..Evidence::default() };
        let _ = resolve(&name, &code, &evidence, &Decisions::default());
        let _ = Region::parse(&name);
    }
}

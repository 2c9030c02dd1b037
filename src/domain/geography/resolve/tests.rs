use super::super::codes::code_of;
use super::super::{LanguageTag, Region, Table, languages_of, suggest};
use super::*;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

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

/// What the rest of the row may do to a name or code: one line a case.
#[test]
fn the_rest_of_a_row_raises_doubt_only_where_names_are_easily_confused() {
    for (cell, domain, zone, language, gives) in [
        ("Kenya", "firm.uk", "Europe/London", "", "KE"),
        ("Kenya", "nic.ng", "", "", "KE"),
        ("Switzerland", "example.cn", "Asia/Shanghai", "zh", "CH"),
        ("Niger", "telecom.ng", "", "", "?"),
        ("Niger", "telecom.ng", "Africa/Niamey", "", "NE"),
        ("Niger", "example.org", "", "en", "NE"),
        ("Nigeria", "telecom.ne", "", "", "?"),
        ("Georgia", "example.us", "", "", "?"),
        ("Georgia", "university.ge", "America/New_York", "", "GE"),
        ("Georgia", "example.gs", "", "", "GE"),
        ("Samoa", "example.as", "", "", "WS"),
        ("Samoa", "example.org", "Pacific/Pago_Pago", "", "?"),
        ("Dominica", "gob.do", "", "es", "?"),
        ("Guinea", "gov.pg", "", "", "?"),
        ("Congo", "gouv.cd", "", "", "CD"),
        ("Congo", "example.io", "", "fr", "?"),
        ("Virgin Islands", "example.org", "America/St_Thomas", "", "VI"),
        ("CH", "example.cn", "", "", "CH"),
        ("CH", "example.cn", "", "zh", "?"),
        ("AU", "firm.at", "Europe/Vienna", "de", "?"),
        ("AU", "firm.au", "Europe/Vienna", "de", "AU"),
        ("CO", "startup.ai", "", "", "CO"),
        ("Colombia", "startup.co", "", "", "CO"),
    ] {
        let language = LanguageTag::parse(language);
        let evidence = Evidence { domain, time_zone: zone, language: language.as_ref(), ..Evidence::default() };
        assert_eq!(say(cell, "", evidence), gives, "{cell} at {domain} in {zone:?}");
    }
}

#[test]
fn no_worldwide_domain_speaks_for_its_country() {
    for top in ["io", "co", "ai", "tv", "me", "ly", "fm", "cc", "ws", "gg", "to"] {
        let domain = format!("example.{top}");
        let evidence = at(&domain);
        for record in &Table::get().records {
            assert_eq!(
                say(&record.name, "", evidence),
                say(&record.name, "", at("example.org")),
                "{} {top}",
                record.code
            );
        }
    }
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
    assert_eq!((name("DE", "zh"), name("DE", "zh-hant")), ("德国", "德國"));
    assert_eq!((name("XK", "ru"), name("CI", "en")), ("Косово", "Côte d’Ivoire"));
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

/// Every name of the table with its country.
fn names() -> &'static [(String, CountryCode)] {
    static NAMES: std::sync::LazyLock<Vec<(String, CountryCode)>> = std::sync::LazyLock::new(|| {
        let text = include_str!("../../data/country_names.csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let code = |iso3: &str| Table::get().records.iter().find(|r| r.iso3 == iso3).unwrap().code;
        reader.records().map(Result::unwrap).map(|row| (row[3].to_owned(), code(&row[0]))).collect()
    });
    &NAMES
}

fn any_name() -> impl Strategy<Value = (String, CountryCode)> {
    (0..names().len()).prop_map(|i| names()[i].clone())
}

/// The same words as hasty people and programs write them.
fn with_noise(name: &str, noise: usize) -> String {
    match noise {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        2 => format!("\u{a0} {name}\u{200b} "),
        3 => name.replace(' ', "  "),
        4 => name.chars().map(|c| if c.is_ascii_alphabetic() { widened(c) } else { c }).collect(),
        5 => name.nfd().collect(),
        6 => format!("{name}."),
        _ => format!("\u{feff}{name};"),
    }
}

fn widened(c: char) -> char {
    char::from_u32(u32::from(c) + 0xfee0).unwrap()
}

fn known_of(cell: &str) -> Option<CountryCode> {
    resolve(cell, "", &Evidence::default(), &Decisions::default()).country.code()
}

proptest! {
    #[test]
    fn any_cells_resolve_without_panic(name in any::<String>(), code in any::<String>(), zone in any::<String>()) {
        let evidence = Evidence { time_zone: &zone, domain: &code, ..Evidence::default() };
        let _ = resolve(&name, &code, &evidence, &Decisions::default());
        let _ = suggest(&name);
        let _ = Region::parse(&name);
    }

    #[test]
    fn cells_made_of_names_codes_and_separators_resolve_without_panic(
        parts in prop::collection::vec((any_name(), "[ ,;/()|&.:-]{0,3}|🇰|🇪| and ", "[A-Z]{0,3}"), 0..12),
    ) {
        let cell: String = parts.iter().map(|((name, _), by, code)| format!("{name}{by}{code}")).collect();
        let _ = resolve(&cell, "", &Evidence::default(), &Decisions::default());
        let _ = suggest(&cell);
    }

    #[test]
    fn case_width_blanks_and_points_change_no_country((name, code) in any_name(), noise in 0..8_usize) {
        // Two or three letters in one case are a code: `NGA` is Nigeria, `Nga` is Russia in Vietnamese.
        prop_assume!(name.chars().count() > 3);
        let written = with_noise(&name, noise);
        match known_of(&written) {
            Some(known) => prop_assert_eq!(known, code, "{:?}", written),
            None => prop_assert!(suggest(&written).iter().any(|s| s.country == code), "{:?}", written),
        }
        if let Some(known) = known_of(&name) {
            prop_assert_eq!(known_of(&written), Some(known), "{:?}", written);
        }
    }

    #[test]
    fn a_country_is_known_only_by_a_name_or_a_code_of_its_own((name, _) in any_name(), at in 0..40_usize, to in "\\PC") {
        let mut letters: Vec<char> = name.chars().filter(|c| c.is_alphabetic() || *c == ' ').collect();
        let place = at % letters.len().max(1);
        if let (Some(letter), Some(other)) = (letters.get_mut(place), to.chars().next().filter(|c| c.is_alphabetic())) {
            *letter = other;
        }
        let typed: String = letters.into_iter().collect();
        if let Some(code) = known_of(&typed) {
            let own = !languages_of(&typed, code).is_empty() || code_of(&typed) == Some(code);
            prop_assert!(own, "{:?} became {}", typed, code);
        }
    }

    #[test]
    fn two_countries_in_one_cell_are_never_one((one, first) in any_name(), (other, second) in any_name(), by in "[,;/|]|, | / | and | & ") {
        prop_assume!(first != second);
        let cell = format!("{one}{by}{other}");
        if let Some(code) = known_of(&cell) {
            prop_assert!(!languages_of(&cell, code).is_empty(), "{:?} became {}", cell, code);
        }
    }

    #[test]
    fn a_decision_holds_however_the_value_is_written(name in "\\PC{1,30}", noise in 0..4_usize) {
        prop_assume!(!fold_name(&name).is_empty() && !name.trim().is_empty());
        let decided = Decisions::new([(name.as_str(), None)]);
        let written = with_noise(&name, noise);
        let resolution = resolve(&written, "", &Evidence::default(), &decided);
        prop_assert_eq!(resolution.how, How::Decision);
        prop_assert_eq!(resolution.note, None);
    }
}

#[test]
fn a_cell_that_only_says_that_nothing_was_told_is_empty() {
    for cell in ["-", "N/A", "n.a.", "none", "?", "unknown", "#N/A", "not specified", "—"] {
        let resolution = resolve(cell, "", &at("person.ke"), &Decisions::default());
        assert_eq!((resolution.country, resolution.how), (Country::Missing, How::Empty), "{cell}");
        let both = resolve("Kenya", cell, &at("example.org"), &Decisions::default());
        assert_eq!((both.country.code(), both.note), (CountryCode::parse("KE"), None), "{cell}");
    }
    let decided = Decisions::new([("-", CountryCode::parse("KE"))]);
    assert_eq!(resolve("-", "", &at("example.org"), &decided).country.code(), CountryCode::parse("KE"));
    for word in crate::domain::not_given::WORDS.iter().filter(|word| **word != "na") {
        assert_eq!(CountryNames::get().find(word), [], "{word} is a country too");
    }
}

#[test]
fn namibia_is_not_what_a_file_writes_for_gaps() {
    let code = |evidence| resolve("NA", "", &evidence, &Decisions::default()).country.code();
    let gaps = Evidence { leaves_gaps_as_na: true, ..at("example.org") };
    let namibia = CountryCode::parse("NA");
    assert_eq!(code(at("example.org")), namibia);
    assert_eq!(code(gaps), None, "a person is asked");
    assert_eq!(code(Evidence { time_zone: "Africa/Windhoek", ..gaps }), namibia);
    assert_eq!(code(Evidence { domain: "person.com.na", ..gaps }), namibia);
    assert_eq!(resolve("Kenya", "NA", &gaps, &Decisions::default()).country.code(), CountryCode::parse("KE"));
}

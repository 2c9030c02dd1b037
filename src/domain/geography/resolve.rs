//! From a cell to a country, asking instead of guessing.

use std::collections::BTreeMap;

use super::names::{CountryNames, fold_name};
use super::{CountryCode, LanguageTag, Region, Table};
use crate::domain::address::fold_case;
use crate::domain::contact::Country;

/// `[countries]`: what an officer decided about names, by the folded name.
#[derive(Debug, Clone, Default)]
pub struct Decisions(BTreeMap<String, CountryCode>);

impl Decisions {
    /// From the names as written in the settings.
    pub fn new<'a>(decided: impl IntoIterator<Item = (&'a str, CountryCode)>) -> Self {
        Self(decided.into_iter().map(|(name, code)| (fold_name(name), code)).collect())
    }

    fn of(&self, cell: &str) -> Option<CountryCode> {
        if self.0.is_empty() { None } else { self.0.get(&fold_name(cell)).copied() }
    }
}

/// What else the row says about where the person is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// Domain of the address, for its country-code top-level domain.
    pub domain: &'a str,
    /// IANA time zone, or empty.
    pub time_zone: &'a str,
    /// Language.
    pub language: Option<&'a LanguageTag>,
    /// Regional group a column states.
    pub region: Option<Region>,
}

/// What the country cells of a row came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The country.
    pub country: Country,
    /// What a person should look at, if anything.
    pub note: Option<String>,
}

/// Names that people use for more than one country, with their meanings. Without further evidence nobody can tell.
const ASK: &[(&[&str], [&str; 2])] = &[
    (
        &["congo", "kongo", "конго", "الكونغو", "刚果", "コンゴ", "콩고", "il congo", "कांगो", "কঙ্গো", "کنگو"],
        ["CG", "CD"],
    ),
    (
        &["korea", "corea", "corée", "coree", "coreia", "корея", "كوريا", "朝鲜半岛", "kore", "कोरिया", "কোরিয়া", "کره"],
        ["KR", "KP"],
    ),
    (
        &[
            "virgin islands",
            "îles vierges",
            "iles vierges",
            "islas vírgenes",
            "islas virgenes",
            "ilhas virgens",
            "jungferninseln",
            "виргинские острова",
            "جزر العذراء",
            "维尔京群岛",
        ],
        ["VG", "VI"],
    ),
    (&["saint martin", "st. martin", "st martin", "saint-martin", "sint maarten / saint martin"], ["MF", "SX"]),
];

/// Countries whose exact name is also what hasty writers put for another one. The first of each group is the country
/// that bears the name; the name stands unless the row's own evidence speaks for one of the others.
const NAMESAKES: &[&[&str]] = &[
    &["GN", "GW", "GQ", "PG"],
    &["NE", "NG"],
    &["NG", "NE"],
    &["DM", "DO"],
    &["DO", "DM"],
    &["GE", "US", "GS"],
    &["WS", "AS"],
    &["CG", "CD"],
    &["CD", "CG"],
    &["KR", "KP"],
    &["KP", "KR"],
    &["VG", "VI"],
    &["VI", "VG"],
];

/// Zone names that older systems write for one country, where the table (after the tz database's merging) has the zone
/// of a neighbour.
const OWN_ZONES: &[(&str, &str)] = &[
    ("Africa/Brazzaville", "CG"),
    ("Africa/Kinshasa", "CD"),
    ("Africa/Lubumbashi", "CD"),
    ("Africa/Niamey", "NE"),
    ("Africa/Conakry", "GN"),
    ("Africa/Malabo", "GQ"),
    ("America/Dominica", "DM"),
    ("America/Tortola", "VG"),
    ("America/St_Thomas", "VI"),
    ("America/Virgin", "VI"),
    ("Pacific/Samoa", "AS"),
    ("ROK", "KR"),
];

/// Resolves the cell of a country's name and the cell of its code (either may be empty).
///
/// A decision of the settings wins. Two cells that agree settle it; a code settles what the name leaves open; two that
/// contradict each other stay ambiguous.
pub fn resolve(name: &str, code: &str, evidence: &Evidence<'_>, decisions: &Decisions) -> Resolution {
    let (name, code) = (name.trim(), code.trim());
    match (name.is_empty(), code.is_empty()) {
        (true, true) => Resolution { country: Country::Missing, note: None },
        (false, true) => one_cell(name, evidence, decisions),
        (true, false) => one_cell(code, evidence, decisions),
        (false, false) => two_cells(name, code, evidence, decisions),
    }
}

fn one_cell(cell: &str, evidence: &Evidence<'_>, decisions: &Decisions) -> Resolution {
    match meaning(cell, decisions) {
        Meaning::Decided(code) => known(code),
        Meaning::One(code) => match contradicting(code, evidence) {
            None => known(code),
            Some(other) => ambiguous(
                cell,
                format!(
                    "`{cell}` is {}, but the rest of the row points to {}; decide it under [countries] or mend the row",
                    code.record().name,
                    other.record().name
                ),
            ),
        },
        Meaning::Several(codes) => match supported(&codes, evidence) {
            Some(code) => known(code),
            None => ambiguous(
                cell,
                format!("`{cell}` may be {}; decide it under [countries] or give the code", listed(&codes)),
            ),
        },
        Meaning::Nothing => unknown(cell),
    }
}

fn two_cells(name: &str, code: &str, evidence: &Evidence<'_>, decisions: &Decisions) -> Resolution {
    // A decision is about what the officer saw: the name. It wins over the code beside it.
    let by_name = meaning(name, decisions);
    let by_code = code_of(code).map_or_else(|| meaning(code, decisions), Meaning::One);
    let code_means = match by_code {
        Meaning::Decided(code) | Meaning::One(code) => code,
        Meaning::Several(_) | Meaning::Nothing => {
            let mut resolution = one_cell(name, evidence, decisions);
            resolution.note.get_or_insert_with(|| format!("`{code}` is no country code; the name decided"));
            return resolution;
        }
    };
    match by_name {
        Meaning::Decided(decided) => known(decided),
        Meaning::One(named) if named == code_means => known(named),
        Meaning::Several(codes) if codes.contains(&code_means) => known(code_means),
        Meaning::Nothing => Resolution {
            country: Country::Known(code_means),
            note: Some(format!("`{name}` is no known country; the code `{code}` decided")),
        },
        Meaning::One(_) | Meaning::Several(_) => ambiguous(
            &format!("{name} / {code}"),
            format!("the name `{name}` and the code `{code}` contradict each other"),
        ),
    }
}

/// What one cell may mean by itself.
enum Meaning {
    Decided(CountryCode),
    One(CountryCode),
    Several(Vec<CountryCode>),
    Nothing,
}

fn meaning(cell: &str, decisions: &Decisions) -> Meaning {
    if let Some(code) = decisions.of(cell) {
        return Meaning::Decided(code);
    }
    let folded = fold_name(cell);
    if let Some((_, codes)) = ASK.iter().find(|(names, _)| names.contains(&bare(&folded))) {
        return Meaning::Several(codes.iter().filter_map(|c| CountryCode::parse(c)).collect());
    }
    let mut codes = CountryNames::get().find(cell).to_vec();
    if let Some(code) = code_of(cell) {
        // `NGA` is Nigeria, `Nga` may be Russia in Vietnamese.
        let one_case = !cell.chars().any(char::is_lowercase) || !cell.chars().any(char::is_uppercase);
        if one_case {
            return Meaning::One(code);
        }
        if !codes.contains(&code) {
            codes.insert(0, code);
        }
    }
    match codes.as_slice() {
        [] => Meaning::Nothing,
        [code] => Meaning::One(*code),
        _ => Meaning::Several(codes),
    }
}

/// Without the article the UN's list puts behind a name: `congo (the)`.
fn bare(folded: &str) -> &str {
    let name = folded.split(" (").next().unwrap_or(folded);
    let article = folded.get(name.len()..).unwrap_or("");
    let name =
        if matches!(article, "" | " (the)" | " (le)" | " (el)" | " (la)" | " (les)" | " (l')") { name } else { folded };
    name.strip_prefix("the ").unwrap_or(name)
}

/// The country of an ISO alpha-2, alpha-3 or M49 code.
fn code_of(cell: &str) -> Option<CountryCode> {
    match cell.len() {
        2 => CountryCode::parse(cell),
        3 => {
            let table = Table::get();
            let by_letters = table.records.iter().find(|r| r.iso3.eq_ignore_ascii_case(cell));
            let by_number = || {
                let number = cell.parse::<u16>().ok().filter(|n| *n > 0)?;
                table.records.iter().find(|r| r.m49 == number)
            };
            by_letters.or_else(by_number).map(|r| r.code)
        }
        _ => None,
    }
}

/// The namesake for which the row's evidence speaks, where nothing speaks for the country named.
fn contradicting(code: CountryCode, evidence: &Evidence<'_>) -> Option<CountryCode> {
    let group = NAMESAKES.iter().find(|g| g.first() == Some(&code.as_str()))?;
    let others: Vec<CountryCode> = group.iter().skip(1).filter_map(|c| CountryCode::parse(c)).collect();
    let mut suspect = None;
    for speaks in [by_domain, by_zone, by_region, by_language] {
        if speaks(code, evidence) {
            return None;
        }
        suspect = suspect.or_else(|| others.iter().copied().find(|other| speaks(*other, evidence)));
    }
    suspect
}

/// The one of several countries for which domain or time zone speaks. Language and region are too weak to choose by.
fn supported(codes: &[CountryCode], evidence: &Evidence<'_>) -> Option<CountryCode> {
    let speaks = |code: &CountryCode| by_domain(*code, evidence) || by_zone(*code, evidence);
    let mut speaking = codes.iter().filter(|code| speaks(code));
    match (speaking.next(), speaking.next()) {
        (Some(code), None) => Some(*code),
        _ => None,
    }
}

fn by_domain(code: CountryCode, evidence: &Evidence<'_>) -> bool {
    let tld = code.record().tld.trim_start_matches('.');
    !tld.is_empty() && evidence.domain.rsplit('.').next().is_some_and(|top| top.eq_ignore_ascii_case(tld))
}

fn by_zone(code: CountryCode, evidence: &Evidence<'_>) -> bool {
    if evidence.time_zone.is_empty() {
        return false;
    }
    if let Some((_, own)) = OWN_ZONES.iter().find(|(zone, _)| *zone == evidence.time_zone) {
        return *own == code.as_str();
    }
    code.record().time_zones.iter().any(|zone| zone == evidence.time_zone)
}

fn by_region(code: CountryCode, evidence: &Evidence<'_>) -> bool {
    let own = code.record().region;
    own.is_some() && own == evidence.region
}

/// English is left out: too many lists say `en` of everybody.
fn by_language(code: CountryCode, evidence: &Evidence<'_>) -> bool {
    evidence.language.is_some_and(|tag| {
        let base = tag.base();
        base.as_str() != "en" && code.record().official_languages.iter().any(|own| own == base.as_str())
    })
}

fn known(code: CountryCode) -> Resolution {
    Resolution { country: Country::Known(code), note: None }
}

fn ambiguous(cell: &str, note: String) -> Resolution {
    Resolution { country: Country::Ambiguous(kept(cell)), note: Some(note) }
}

fn unknown(cell: &str) -> Resolution {
    let hint = match CountryNames::get().nearest(cell) {
        Some((name, code)) => format!("; did you mean `{name}` ({code})?"),
        None => String::new(),
    };
    Resolution {
        country: Country::Unknown(kept(cell)),
        note: Some(format!("no country is called `{}`{hint}", kept(cell))),
    }
}

/// At most this much of an unresolved cell is kept, in characters.
const LONGEST_KEPT: usize = 200;

fn kept(cell: &str) -> String {
    cell.chars().take(LONGEST_KEPT).collect()
}

fn listed(codes: &[CountryCode]) -> String {
    let names: Vec<String> = codes.iter().map(|c| format!("{} ({c})", c.record().name)).collect();
    names.join(" or ")
}

/// Reads the regional group a column states, in the table's words or the UN's longer ones.
pub fn parse_region(cell: &str) -> Option<Region> {
    let folded = fold_case(cell.trim());
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !matches!(*w, "" | "group" | "states" | "of" | "and" | "the" | "other" | "others"))
        .collect();
    Some(match words.join(" ").as_str() {
        "african" | "africa" | "afrique" | "áfrica" => Region::AfricanGroup,
        "asia pacific" | "asian" | "asia" | "apg" => Region::AsiaPacificGroup,
        "eastern european" | "eastern europe" | "eeg" => Region::EasternEuropeanGroup,
        "grulac" | "latin american caribbean" | "latin america caribbean" => Region::Grulac,
        "weog" | "western european" | "western europe" => Region::Weog,
        "intergovernmental organizations" | "intergovernmental organisations" | "igo" | "igos" => {
            Region::IntergovernmentalOrganizations
        }
        "none" => Region::None,
        "unknown" => Region::Unknown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
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
            let said = say(cell, "", Evidence::default());
            if code == "XK" { assert!(said == "!" || said == "XK") } else { assert_eq!(said, code, "{cell}") }
        }
    }

    #[test]
    fn every_name_of_the_table_means_its_country_or_asks() {
        let mut asked = 0;
        let rows = include_str!("../data/country_names.csv").lines().skip(1);
        for row in csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(rows.collect::<Vec<_>>().join("\n").as_bytes())
            .records()
        {
            let row = row.unwrap();
            let said = say(&row[3], "", Evidence::default());
            let code = Table::get().records.iter().find(|r| r.iso3 == row[0]).unwrap().code;
            if said == "?" { asked += 1 } else { assert_eq!(said, code.as_str(), "{row:?}") }
        }
        assert!(asked < 40, "{asked}");
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
        for (name, code) in [
            ("Niger", "NE"),
            ("Nigeria", "NG"),
            ("Guinea", "GN"),
            ("Georgia", "GE"),
            ("Samoa", "WS"),
            ("Dominica", "DM"),
        ] {
            assert_eq!(say(name, "", at("example.org")), code);
        }
        assert_eq!(say("Niger", "", at("telecom.ng")), "?");
        assert_eq!(say("Niger", "", at("telecom.ne")), "NE");
        assert_eq!(
            say("Guinea", "", Evidence { language: LanguageTag::parse("pt").as_ref(), ..at("example.org") }),
            "?"
        );
        assert_eq!(say("Georgia", "", Evidence { time_zone: "America/New_York", ..at("example.org") }), "?");
        assert_eq!(
            say("Georgia", "", Evidence { language: LanguageTag::parse("en").as_ref(), ..at("example.org") }),
            "GE"
        );
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
        let decisions = Decisions::new([("Korea", kr)]);
        assert_eq!(resolve(" KOREA ", "", &Evidence::default(), &decisions), known(kr));
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
            assert_eq!(parse_region(cell), Some(region));
        }
        assert_eq!(parse_region("Mars"), None);
    }

    proptest! {
        #[test]
        fn any_cells_resolve_without_panic(name in any::<String>(), code in any::<String>(), zone in any::<String>()) {
            let evidence = Evidence { time_zone: &zone, domain: &code, ..Evidence::default() };
            let _ = resolve(&name, &code, &evidence, &Decisions::default());
            let _ = parse_region(&name);
        }
    }
}

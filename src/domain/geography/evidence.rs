//! What the rest of a row says about a country: enough to contradict a name, sometimes enough to choose.

use super::{CountryCode, LanguageTag, Region};

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
    /// Another cell of the row says `NA`, so that its file may leave gaps in that way.
    pub leaves_gaps_as_na: bool,
}

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

/// Codes that hasty writers put for another country, in the order of [`NAMESAKES`]: CH for China, AU for Austria.
const CODE_NAMESAKES: &[&[&str]] = &[
    &["CH", "CN"],
    &["AU", "AT"],
    &["AT", "AU"],
    &["GE", "DE"],
    &["IR", "IE", "IQ"],
    &["SA", "ZA"],
    &["LI", "LT"],
    &["SL", "SI", "LK"],
    &["SK", "KR"],
    &["ML", "MT", "MW", "MY"],
    &["MA", "MG", "MY"],
    &["BA", "BH", "BB"],
];

/// Country-code domains that are sold and used all over the world, and say nothing about where somebody is.
const WORLDWIDE_DOMAINS: &[&str] = &[
    "ac", "ad", "ag", "ai", "am", "as", "bz", "cc", "cf", "co", "dj", "eu", "fm", "ga", "gd", "gg", "gl", "gq", "gs",
    "im", "io", "la", "lc", "li", "ly", "me", "mn", "ms", "mu", "nf", "nu", "pw", "sc", "sh", "st", "su", "tf", "tk",
    "tl", "to", "tv", "vc", "ws",
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

/// The namesake for which the row's evidence speaks, where nothing speaks for the country named.
pub(super) fn contradicting(code: CountryCode, evidence: &Evidence<'_>) -> Option<CountryCode> {
    among(NAMESAKES, code, evidence)
}

/// As [`contradicting`], for a code that is easily taken for another country's. People live abroad, and a code was chosen
/// with more care than a name: it takes two witnesses to doubt it.
pub(super) fn contradicting_code(code: CountryCode, evidence: &Evidence<'_>) -> Option<CountryCode> {
    among(CODE_NAMESAKES, code, evidence)
        .filter(|other| WITNESSES.iter().filter(|speaks| speaks(*other, evidence)).count() > 1)
}

/// The other countries that hasty writers mean by a country's name, or where it was given by its code, by that too.
pub(super) fn namesakes(code: CountryCode, by_code: bool) -> impl Iterator<Item = CountryCode> {
    let codes = if by_code { CODE_NAMESAKES } else { &[] };
    let groups = codes.iter().chain(NAMESAKES).filter(move |g| g.first() == Some(&code.as_str()));
    groups.flat_map(|g| g.iter().skip(1)).filter_map(|c| CountryCode::parse(c))
}

/// Whether hasty writers mean other countries by this one's name too.
pub(super) fn has_namesakes(code: CountryCode) -> bool {
    NAMESAKES.iter().any(|g| g.first() == Some(&code.as_str()))
}

/// Whether `NA` may be a gap rather than Namibia's code: nothing else in the row speaks for Namibia.
pub(super) fn may_be_a_gap(cell: &str, code: CountryCode, evidence: &Evidence<'_>) -> bool {
    evidence.leaves_gaps_as_na && cell == "NA" && !WITNESSES.iter().any(|speaks| speaks(code, evidence))
}

/// What can speak for a country, the strongest first.
const WITNESSES: [fn(CountryCode, &Evidence<'_>) -> bool; 4] = [by_domain, by_zone, by_region, by_language];

fn among(namesakes: &[&[&str]], code: CountryCode, evidence: &Evidence<'_>) -> Option<CountryCode> {
    let group = namesakes.iter().find(|g| g.first() == Some(&code.as_str()))?;
    if WITNESSES.iter().any(|speaks| speaks(code, evidence)) {
        return None;
    }
    let others = || group.iter().skip(1).filter_map(|c| CountryCode::parse(c));
    WITNESSES.iter().find_map(|speaks| others().find(|other| speaks(*other, evidence)))
}

/// The one of several countries for which domain or time zone speaks. Language and region are too weak to choose by.
pub(super) fn supported(codes: &[CountryCode], evidence: &Evidence<'_>) -> Option<CountryCode> {
    let speaks = |code: &CountryCode| by_domain(*code, evidence) || by_zone(*code, evidence);
    let mut speaking = codes.iter().filter(|code| speaks(code));
    match (speaking.next(), speaking.next()) {
        (Some(code), None) => Some(*code),
        _ => None,
    }
}

fn by_domain(code: CountryCode, evidence: &Evidence<'_>) -> bool {
    let tld = code.record().tld.trim_start_matches('.');
    !tld.is_empty()
        && !WORLDWIDE_DOMAINS.contains(&tld)
        && evidence.domain.rsplit('.').next().is_some_and(|top| top.eq_ignore_ascii_case(tld))
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

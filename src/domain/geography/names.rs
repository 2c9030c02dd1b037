//! Names of countries in 22 languages, and what a written name may mean.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::folding::{fold_name, loosen};
use super::spelling::Spellings;
use super::{CountryCode, LanguageTag, Table};

/// The embedded table of names.
pub(super) struct CountryNames {
    shown: HashMap<(CountryCode, String), (Rank, String)>,
    exact: HashMap<String, Vec<CountryCode>>,
    loose: HashMap<String, Vec<CountryCode>>,
    /// Every name once, for suggestions.
    pub(super) spellings: Spellings,
}

/// Which of several names of one language is shown: lower wins.
type Rank = u8;

impl CountryNames {
    pub(super) fn get() -> &'static CountryNames {
        static NAMES: LazyLock<CountryNames> = LazyLock::new(CountryNames::read);
        &NAMES
    }

    fn read() -> Self {
        let mut names = Self {
            shown: HashMap::new(),
            exact: HashMap::new(),
            loose: HashMap::new(),
            spellings: Spellings::default(),
        };
        each_name(&mut |row| {
            names.learn(row.name, row.code);
            let rank = match row.kind {
                "m49" => 0,
                "cldr" => 1,
                _ => return,
            };
            let place = (row.code, row.language.to_owned());
            let shown = names.shown.entry(place).or_insert_with(|| (u8::MAX, String::new()));
            if rank < shown.0 {
                *shown = (rank, row.name.to_owned());
            }
        });
        names.spellings.sort();
        names
    }

    fn learn(&mut self, name: &str, code: CountryCode) {
        let loose = loosen(name);
        add(&mut self.exact, fold_name(name), code);
        if add(&mut self.loose, loose.clone(), code) {
            self.spellings.learn(name, loose, code);
        }
    }

    pub(super) fn name_in(&self, code: CountryCode, language: &LanguageTag) -> Option<&str> {
        let name = |tag: &LanguageTag| self.shown.get(&(code, tag.as_str().to_owned()));
        name(language).or_else(|| name(&language.base())).map(|(_, name)| name.as_str())
    }

    /// The countries that carry this name: exactly after NFKC and case folding, else without accents, articles and
    /// punctuation.
    pub(super) fn find(&self, name: &str) -> &[CountryCode] {
        self.exact.get(&fold_name(name)).or_else(|| self.loose.get(&loosen(name))).map_or(&[], Vec::as_slice)
    }
}

/// The languages (BCP 47) in which a country carries a name, those nearest to the way it is written first; empty where
/// it carries it in none.
pub fn languages_of(name: &str, code: CountryCode) -> &'static [String] {
    type Index = HashMap<(String, CountryCode), Vec<String>>;
    static LANGUAGES: LazyLock<[Index; 2]> = LazyLock::new(|| {
        let mut indexes = [Index::new(), Index::new()];
        each_name(&mut |row| {
            for (index, key) in indexes.iter_mut().zip([fold_name(row.name), loosen(row.name)]) {
                let languages = index.entry((key, row.code)).or_default();
                if !languages.iter().any(|l| l == row.language) {
                    languages.push(row.language.to_owned());
                }
            }
        });
        indexes
    });
    let [exact, loose] = &*LANGUAGES;
    let found = exact.get(&(fold_name(name), code)).or_else(|| loose.get(&(loosen(name), code)));
    found.map_or(&[], Vec::as_slice)
}

/// One name of the table.
struct Name<'a> {
    code: CountryCode,
    language: &'a str,
    kind: &'a str,
    name: &'a str,
}

/// Shows every name: those of the reference table, those that countries give themselves, those of the table of names.
fn each_name(show: &mut dyn FnMut(Name<'_>)) {
    let table = Table::get();
    for record in &table.records {
        show(Name { code: record.code, language: "en", kind: "table", name: &record.name });
    }
    for (code, own) in OWN_NAMES {
        let Some(code) = CountryCode::parse(code) else { continue };
        let languages = &code.record().official_languages;
        let language = languages.first().map_or("", String::as_str);
        own.split('|').for_each(|name| show(Name { code, language, kind: "own", name }));
    }
    let by_iso3: HashMap<&str, CountryCode> = table.records.iter().map(|r| (r.iso3.as_str(), r.code)).collect();
    let text = include_str!("../data/country_names.csv");
    for row in csv::Reader::from_reader(text.as_bytes()).records().filter_map(Result::ok) {
        let cell = |i: usize| row.get(i).unwrap_or("");
        let Some(code) = by_iso3.get(cell(0)).copied() else { continue };
        let (language, kind, name) = (cell(1), cell(2), cell(3));
        show(Name { code, language, kind, name });
        // Keyboards without umlauts write them so.
        if language == "de" && name.contains(['ä', 'ö', 'ü', 'Ä', 'Ö', 'Ü']) {
            let spelled = [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")]
                .iter()
                .fold(name.to_owned(), |text, (umlaut, letters)| text.replace(umlaut, letters));
            show(Name { code, language, kind: "spelled", name: &spelled });
        }
    }
}

/// What countries call themselves in official languages that the table of 22 languages lacks.
#[rustfmt::skip] // one country a line
const OWN_NAMES: &[(&str, &str)] = &[
    ("AL", "Shqipëria|Shqipëri"), ("AM", "Հայաստան|Hayastan"), ("AZ", "Azərbaycan"), ("BA", "Bosna i Hercegovina|Босна и Херцеговина"),
    ("BG", "България|Bulgariya"), ("BY", "Беларусь"), ("CH", "Svizra"), ("CY", "Κύπρος"), ("CZ", "Česko|Česká republika"),
    ("DK", "Danmark"), ("EE", "Eesti"), ("FI", "Suomi"), ("GE", "საქართველო|Sakartvelo"), ("GL", "Kalaallit Nunaat"),
    ("GR", "Ελλάδα|Ελλάς|Hellas"), ("HR", "Hrvatska"), ("HU", "Magyarország"), ("IE", "Éire"), ("IL", "ישראל"),
    ("IS", "Ísland"), ("KG", "Кыргызстан"), ("KH", "កម្ពុជា"), ("KZ", "Қазақстан"), ("LA", "ລາວ"), ("LK", "ශ්‍රී ලංකාව"),
    ("LT", "Lietuva"), ("LV", "Latvija"), ("ME", "Crna Gora|Црна Гора"), ("MG", "Madagasikara"), ("MK", "Северна Македонија|Македонија"),
    ("MM", "မြန်မာ"), ("MN", "Монгол|Монгол Улс"), ("NO", "Norge|Noreg"), ("NP", "नेपाल"), ("RO", "România"),
    ("RS", "Србија|Srbija"), ("RW", "u Rwanda"), ("SE", "Sverige"), ("SI", "Slovenija"), ("SK", "Slovensko|Slovenská republika"),
    ("SO", "Soomaaliya"), ("TH", "ไทย|ประเทศไทย"), ("TJ", "Тоҷикистон"), ("TM", "Türkmenistan"), ("UZ", "Oʻzbekiston|O'zbekiston"), ("VA", "Vatican|Vaticano"),
];

/// Notes that a name means a country too; says whether that is new.
fn add(index: &mut HashMap<String, Vec<CountryCode>>, name: String, code: CountryCode) -> bool {
    let codes = index.entry(name).or_default();
    let new = !codes.contains(&code);
    if new {
        codes.push(code);
    }
    new
}

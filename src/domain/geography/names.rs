//! Names of countries in 22 languages, and what a written name may mean.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::{CountryCode, LanguageTag, Table};
use crate::domain::address::{fold_case, is_invisible};

/// The embedded table of names.
pub(super) struct CountryNames {
    shown: HashMap<(CountryCode, String), (Rank, String)>,
    exact: HashMap<String, Vec<CountryCode>>,
    loose: HashMap<String, Vec<CountryCode>>,
    /// Every name once, for suggestions.
    spelled: Vec<(String, String, CountryCode)>,
}

/// Which of several names of one language is shown: lower wins.
type Rank = u8;

impl CountryNames {
    pub(super) fn get() -> &'static CountryNames {
        static NAMES: LazyLock<CountryNames> =
            LazyLock::new(|| CountryNames::read(include_str!("../data/country_names.csv")));
        &NAMES
    }

    fn read(text: &str) -> Self {
        let by_iso3: HashMap<&str, CountryCode> =
            Table::get().records.iter().map(|r| (r.iso3.as_str(), r.code)).collect();
        let mut names =
            Self { shown: HashMap::new(), exact: HashMap::new(), loose: HashMap::new(), spelled: Vec::new() };
        for record in &Table::get().records {
            names.learn(&record.name, record.code);
        }
        for (code, own) in OWN_NAMES {
            if let Some(code) = CountryCode::parse(code) {
                own.split('|').for_each(|name| {
                    names.learn(name, code);
                });
            }
        }
        for row in csv::Reader::from_reader(text.as_bytes()).records().filter_map(Result::ok) {
            let cell = |i: usize| row.get(i).unwrap_or("");
            let Some(code) = by_iso3.get(cell(0)).copied() else { continue };
            let rank = match cell(2) {
                "m49" => 0,
                "cldr" => 1,
                _ => u8::MAX,
            };
            names.learn(cell(3), code);
            if rank < u8::MAX {
                let shown = names.shown.entry((code, cell(1).to_owned())).or_insert_with(|| (u8::MAX, String::new()));
                if rank < shown.0 {
                    *shown = (rank, cell(3).to_owned());
                }
            }
        }
        names
    }

    fn learn(&mut self, name: &str, code: CountryCode) {
        let exact = fold_name(name);
        let loose = loosen(name);
        let known = add(&mut self.exact, exact.clone(), code);
        add(&mut self.loose, loose, code);
        if known {
            self.spelled.push((name.to_owned(), exact, code));
        }
    }

    pub(super) fn name_in(&self, code: CountryCode, language: &LanguageTag) -> Option<&str> {
        let name = |tag: &LanguageTag| self.shown.get(&(code, tag.as_str().to_owned()));
        name(&language.base()).map(|(_, name)| name.as_str())
    }

    /// The countries that carry this name: exactly after NFKC and case folding, else without accents, articles and
    /// punctuation.
    pub(super) fn find(&self, name: &str) -> &[CountryCode] {
        self.exact.get(&fold_name(name)).or_else(|| self.loose.get(&loosen(name))).map_or(&[], Vec::as_slice)
    }

    /// The nearest name to one that nobody carries, with its country.
    pub(super) fn nearest(&self, name: &str) -> Option<(&str, CountryCode)> {
        let name: String = fold_name(name).chars().take(LONGEST_NAME).collect();
        self.spelled
            .iter()
            .map(|(spelling, folded, code)| (strsim::jaro_winkler(&name, folded), spelling, *code))
            .filter(|(likeness, ..)| *likeness >= 0.9)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, spelling, code)| (spelling.as_str(), code))
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

/// Longest name worth comparing, in characters; the longest official one has 76.
const LONGEST_NAME: usize = 100;

/// Notes that a name means a country too; says whether that is new.
fn add(index: &mut HashMap<String, Vec<CountryCode>>, name: String, code: CountryCode) -> bool {
    let codes = index.entry(name).or_default();
    let new = !codes.contains(&code);
    if new {
        codes.push(code);
    }
    new
}

/// NFKC, case folded, blanks as one.
pub(super) fn fold_name(name: &str) -> String {
    let folded = fold_case(&name.nfkc().filter(|c| !is_invisible(*c)).collect::<String>());
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As [`fold_name`], and without accents, punctuation, blanks, and an article at either end. Marks of Indic and other
/// scripts stay: there they are vowels, and Tonga would meet Togo.
fn loosen(name: &str) -> String {
    let plain: String = fold_name(name)
        .nfkd()
        .filter(|c| !matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}' | '\u{5b0}'..='\u{5c7}'))
        .map(|c| match c {
            '&' => ' ',
            // Hamza forms and the final ya, which writers of Arabic and Persian interchange.
            'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
            'ى' | 'ی' => 'ي',
            'ک' => 'ك',
            '\'' | '’' | '‘' | 'ʼ' | '`' => ' ',
            c if c.is_alphanumeric() || is_mark(c) => c,
            _ => ' ',
        })
        .collect();
    const ARTICLES: &[&str] =
        &["the", "la", "le", "les", "l", "el", "los", "las", "o", "a", "os", "as", "der", "die", "das"];
    const AND: &[&str] = &["and", "et", "y", "e", "und"];
    let mut words: Vec<&str> = plain.split_whitespace().filter(|w| !AND.contains(w)).collect();
    if words.len() > 1 && words.first().is_some_and(|w| ARTICLES.contains(w)) {
        words.remove(0);
    }
    if words.len() > 1 && words.last().is_some_and(|w| ARTICLES.contains(w)) {
        words.pop();
    }
    words.concat()
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

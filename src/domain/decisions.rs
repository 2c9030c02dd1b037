//! What an officer decided about values that no table can: `[countries]` and `[words]` of the settings.

use std::collections::BTreeMap;

use super::address::fold_case;
use super::contact::{Gender, Stakeholder, Tier, vocabulary};
use super::date::DateOrder;
use super::geography::{self, CountryCode, Evidence, resolve};
use super::language::LanguageTag;
use super::not_given::is_not_given;
use super::suggestion::nearest_or_all;
use super::vocabulary::{fold_words, gender, stakeholder, tier};

vocabulary! {
    /// What is decided about.
    Asked {
        /// What a country cell means.
        Country = "country",
        /// What a stakeholder cell means.
        StakeholderGroup = "stakeholder_group",
        /// What a tier cell means.
        Tier = "tier",
        /// What a language cell means.
        Language = "language",
        /// What a gender cell means.
        Gender = "gender",
        /// Whether day or month comes first in a column; its value is the column's header.
        DateOrder = "date_order",
    }
}

/// What a value means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// This country.
    Country(CountryCode),
    /// This stakeholder group.
    Stakeholder(Stakeholder),
    /// This tier.
    Tier(Tier),
    /// This language.
    Language(LanguageTag),
    /// This gender.
    Gender(Gender),
    /// This order.
    DateOrder(DateOrder),
    /// Looked at: it means nothing, and is not asked about again.
    Unknown,
}

impl Decided {
    /// The word, as the settings hold it.
    pub fn as_str(&self) -> &str {
        match self {
            Decided::Country(code) => code.as_str(),
            Decided::Stakeholder(group) => group.as_str(),
            Decided::Tier(tier) => tier.as_str(),
            Decided::Language(tag) => tag.as_str(),
            Decided::Gender(gender) => gender.as_str(),
            Decided::DateOrder(order) => order.as_str(),
            Decided::Unknown => "unknown",
        }
    }

    /// Whether it is this country.
    pub fn is(&self, country: CountryCode) -> bool {
        *self == Decided::Country(country)
    }

    /// An answer as a person writes it: names in any language we know, codes, `day first`; case and blanks do not matter.
    ///
    /// # Errors
    /// What is wrong with it, and what is near.
    pub fn answer(asked: Asked, text: &str) -> Result<Self, String> {
        let text = text.trim();
        // `NA` is a country, and a language.
        if is_not_given(text) && !text.is_empty() && !text.eq_ignore_ascii_case("na") {
            return Ok(Decided::Unknown);
        }
        let found = match asked {
            Asked::Country => return country(text),
            Asked::StakeholderGroup => stakeholder(text).map(Decided::Stakeholder),
            Asked::Tier => tier(text).map(Decided::Tier),
            Asked::Language => LanguageTag::read(text).map(Decided::Language),
            Asked::Gender => gender(text).map(Decided::Gender),
            Asked::DateOrder => DateOrder::read(text).map(Decided::DateOrder),
        };
        let known = match found {
            Some(Decided::Stakeholder(Stakeholder::Unknown) | Decided::Gender(Gender::Unknown)) => {
                Some(Decided::Unknown)
            }
            other => other,
        };
        known.ok_or_else(|| match asked.words() {
            words if words.is_empty() => {
                format!(
                    "`{text}` is no {}; write a tag such as `fr` or `pt-br`, or the language's name",
                    asked.spoken()
                )
            }
            words => format!("`{text}` is no {}; {}", asked.spoken(), nearest_or_all(text, words.iter().copied())),
        })
    }
}

fn country(text: &str) -> Result<Decided, String> {
    let exact = CountryCode::parse(text);
    // A suggestion taken over whole: `CD (Congo, Democratic Republic of the)`.
    let code_of_suggestion = || text.split_once(" (").and_then(|(code, _)| CountryCode::parse(code.trim()));
    let by_name = || resolve(text, "", &Evidence::default(), &geography::Decisions::default()).country.code();
    exact.or_else(code_of_suggestion).or_else(by_name).map(Decided::Country).ok_or_else(|| {
        let near: Vec<String> = geography::suggest(text).iter().map(|s| named(s.country)).take(3).collect();
        let help = match near.is_empty() {
            true => "write the two letters of ISO 3166-1, such as `KE`".to_owned(),
            false => format!("did you mean {}?", near.join(" or ")),
        };
        format!("`{text}` is no country; {help}")
    })
}

/// `KE (Kenya)`
pub fn named(code: CountryCode) -> String {
    format!("{code} ({})", code.record().name)
}

impl Asked {
    /// The words of a closed vocabulary; empty where there are too many.
    pub fn words(self) -> Vec<&'static str> {
        fn of<T: Copy + PartialEq>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
            all.iter().map(|value| word(*value)).filter(|word| *word != "unknown").chain(["unknown"]).collect()
        }
        match self {
            Asked::Country | Asked::Language => Vec::new(),
            Asked::StakeholderGroup => of(Stakeholder::ALL, Stakeholder::as_str),
            Asked::Tier => of(Tier::ALL, Tier::as_str),
            Asked::Gender => of(Gender::ALL, Gender::as_str),
            Asked::DateOrder => of(DateOrder::ALL, DateOrder::as_str),
        }
    }

    /// The name in a sentence.
    pub fn spoken(self) -> String {
        self.as_str().replace('_', " ")
    }
}

/// Every decision, by what it is about and the folded value.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    countries: geography::Decisions,
    words: BTreeMap<(Asked, String), Decided>,
}

impl Decisions {
    /// From values as written in the settings. Of values that fold alike the last wins.
    pub fn new<'a>(decided: impl IntoIterator<Item = (Asked, &'a str, Decided)>) -> Self {
        let (mut countries, mut words) = (Vec::new(), BTreeMap::new());
        for (asked, value, decided) in decided {
            match (asked, &decided) {
                (Asked::Country, Decided::Country(code)) => countries.push((value, Some(*code))),
                (Asked::Country, _) => countries.push((value, None)),
                _ => {
                    words.insert((asked, fold_value(value)), decided);
                }
            }
        }
        Self { countries: geography::Decisions::new(countries), words }
    }

    /// Those about countries.
    pub fn countries(&self) -> &geography::Decisions {
        &self.countries
    }

    /// The decision about a word or a date column, if any.
    pub fn of(&self, asked: Asked, value: &str) -> Option<&Decided> {
        if self.words.is_empty() { None } else { self.words.get(&(asked, fold_value(value))) }
    }

    /// Every decision on a line, in order: what a fingerprint of them is taken over.
    pub fn lines(&self) -> Vec<String> {
        let words = self.words.iter().map(|((asked, value), decided)| format!("{asked} {value}={}", decided.as_str()));
        self.countries.lines().into_iter().chain(words).collect()
    }
}

/// What values are compared by: their words, or where they have none (`???`, `-`) the text itself.
pub fn fold_value(value: &str) -> String {
    match fold_words(value) {
        folded if folded.is_empty() => fold_case(value.trim()),
        folded => folded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_people_write_them() {
        for (asked, text, word) in [
            (Asked::Country, " kr ", "KR"),
            (Asked::Country, "République de Corée", "KR"),
            (Asked::Country, "CD (Congo, Democratic Republic of the)", "CD"),
            (Asked::Country, "Unknown", "unknown"),
            (Asked::StakeholderGroup, "civil society", "Civil Society"),
            (Asked::StakeholderGroup, "ONG", "Civil Society"),
            (Asked::Tier, "2", "field"),
            (Asked::Language, "Français", "fr"),
            (Asked::Gender, "femme", "female"),
            (Asked::Gender, "n/a", "unknown"),
            (Asked::DateOrder, "Day first", "day-first"),
            (Asked::DateOrder, "MM/DD/YYYY", "month-first"),
        ] {
            assert_eq!(Decided::answer(asked, text).unwrap().as_str(), word, "{text}");
        }
        for (asked, text, help) in [
            (Asked::Country, "Keniya", "KE (Kenya)"),
            (Asked::Country, "Korea", "KR ("),
            (Asked::StakeholderGroup, "Civil Societey", "did you mean `Civil Society`?"),
            (Asked::Tier, "fourth", "`community`, `field`, `public`, `unknown`"),
            (Asked::DateOrder, "both", "`day-first`, `month-first`"),
        ] {
            let complaint = Decided::answer(asked, text).unwrap_err();
            assert!(complaint.contains(help), "{complaint}");
        }
    }

    #[test]
    fn values_that_fold_alike_share_a_decision() {
        let academia = Decided::Stakeholder(Stakeholder::TechnicalCommunity);
        let decisions = Decisions::new([
            (Asked::StakeholderGroup, "Academia / Research", academia.clone()),
            (Asked::Country, "Korea", Decided::Country(CountryCode::parse("KR").unwrap())),
            (Asked::Country, "Atlantis", Decided::Unknown),
            (Asked::Gender, "???", Decided::Unknown),
        ]);
        assert_eq!(decisions.of(Asked::StakeholderGroup, " academia/research"), Some(&academia));
        assert_eq!(decisions.of(Asked::Gender, "Academia / Research"), None);
        assert_eq!(decisions.of(Asked::Gender, " ??? "), Some(&Decided::Unknown));
        assert_eq!(
            decisions.lines(),
            [
                "atlantis=unknown",
                "korea=KR",
                "stakeholder_group academia_research=Technical Community",
                "gender ???=unknown"
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_it_panic_and_what_is_understood_reads_back(text in "\\PC{0,40}") {
            for asked in Asked::ALL {
                if let Ok(decided) = Decided::answer(*asked, &text) {
                    proptest::prop_assert_eq!(Decided::answer(*asked, decided.as_str()), Ok(decided));
                }
            }
        }
    }
}

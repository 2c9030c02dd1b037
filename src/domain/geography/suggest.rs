//! What a cell that nobody can be sure about may mean: for the person who decides.

use super::CountryCode;
use super::evidence::namesakes;
use super::folding::loosen;
use super::names::CountryNames;
use super::resolve::{Decisions, How, Meaning, meaning};

/// A country that a cell may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The country.
    pub country: CountryCode,
    /// Why, in a few words: `` `Kenya` is written nearly so ``.
    pub why: String,
}

/// The countries that a cell may mean, the likelier first; at most six but for states that are no more. None where the
/// table must not take a side, and for what is too short to be a misspelling.
///
/// Pure and bounded: a cell without any likeness costs some 10 µs. Decisions of the settings are not looked at: this is
/// what they are chosen from.
pub fn suggest(cell: &str) -> Vec<Suggestion> {
    let because = |codes: &[CountryCode], why: &str| -> Vec<Suggestion> {
        codes.iter().map(|code| Suggestion { country: *code, why: why.to_owned() }).collect()
    };
    match meaning(cell, &Decisions::default()) {
        Meaning::Decided(code) => code.map_or_else(Vec::new, |code| because(&[code], "decided")),
        Meaning::One(code, how) => {
            let others: Vec<CountryCode> = namesakes(code, how == How::Code).collect();
            [because(&[code], how.as_str()), because(&others, "often meant by it")].concat()
        }
        Meaning::Several(codes) => because(&codes, "several are called so"),
        Meaning::Ask(codes, why) => because(&codes, why.as_reason()),
        Meaning::Nothing => near(cell),
    }
}

/// The countries whose names are written nearly so, or that a longer cell names in passing.
pub(super) fn near(cell: &str) -> Vec<Suggestion> {
    let nearest = CountryNames::get().spellings.nearest(&loosen(cell));
    if nearest.is_empty() {
        return named_within(cell);
    }
    nearest
        .into_iter()
        .map(|near| Suggestion { country: near.code, why: format!("`{}` is written nearly so", near.name) })
        .collect()
}

/// Words of a cell looked at for names in passing, and the longest name of so many words.
const WORDS_LOOKED_AT: usize = 12;
const LONGEST_IN_WORDS: usize = 4;

fn named_within(cell: &str) -> Vec<Suggestion> {
    let words: Vec<&str> = cell.split_whitespace().take(WORDS_LOOKED_AT).collect();
    let mut found: Vec<Suggestion> = Vec::new();
    for length in (1..=LONGEST_IN_WORDS.min(words.len().saturating_sub(1))).rev() {
        for name in words.windows(length).map(|w| w.join(" ")).filter(|name| name.chars().count() > 3) {
            for country in CountryNames::get().find(&name) {
                if !found.iter().any(|s| s.country == *country) {
                    found.push(Suggestion { country: *country, why: format!("it says `{name}`") });
                }
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

//! Cells that say more than a country: `KE - Kenya`, `Nairobi, Kenya`, `Kenya / Uganda`.

use super::CountryCode;
use super::codes::{code_of, without_flags};
use super::evidence::has_namesakes;
use super::folding::{fold_name, loosen};
use super::names::CountryNames;
use super::questions::{Kind, question};

/// What a cell of several parts comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// No part names a country.
    Nothing,
    /// Every part that means anything means this country.
    One(CountryCode),
    /// A person has to say which of these, or whether it is one at all.
    Ask(Vec<CountryCode>),
}

/// Parts of one kind looked at; cells with more are no country cells.
const MOST_PARTS: usize = 8;

/// What stands around a country's name in lists and forms, and says nothing about which.
const FORMS_OF_STATE: &[&str] = &[
    "republicof",
    "kingdomof",
    "stateof",
    "islamicrepublicof",
    "arabrepublicof",
    "unitedrepublicof",
    "republic",
    "commonwealthof",
    "federalrepublicof",
    "plurinationalstateof",
    "bolivarianrepublicof",
    "peoplesrepublicof",
    "unionof",
    "sultanateof",
];

/// Reads a cell by its parts.
///
/// A code by itself is never enough beside other text: `Springfield, IL` is not in Israel. A name is, where the rest names
/// the place within it (`Nairobi, Kenya`; `Kenya / Nairobi`); before a comma it is not, since `Lebanon, New Hampshire`
/// names the country after the country.
pub(super) fn read(cell: &str) -> Parts {
    if let Some(countries) = joined_by_words(cell) {
        return Parts::Ask(countries);
    }
    let (flags, text) = without_flags(cell);
    let mut found = Found { coded: flags, ..Found::default() };
    found.take_up(&text, 0, false);
    let mut all: Vec<CountryCode> = Vec::new();
    for code in found.named.iter().chain(&found.coded) {
        if !all.contains(code) {
            all.push(*code);
        }
    }
    match all.as_slice() {
        [] => Parts::Nothing,
        [code] if found.is_sure(*code) => Parts::One(*code),
        _ => Parts::Ask(all),
    }
}

/// What the parts of a cell mean.
#[derive(Default)]
struct Found<'a> {
    named: Vec<CountryCode>,
    coded: Vec<CountryCode>,
    /// Some part alone would have to be asked about.
    asked: bool,
    /// Parts that mean no country.
    rest: Vec<&'a str>,
    /// A part that means no country follows the name and a comma.
    tail_after_comma: bool,
}

impl<'a> Found<'a> {
    /// Takes up a text whole where it means something, else part by part: names may hold every separator themselves.
    fn take_up(&mut self, text: &'a str, level: usize, after_comma: bool) {
        let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '*' | '"' | '-' | '–' | '—'));
        if text.is_empty() || self.recognises(text) {
            return;
        }
        let splits = (level..LEVELS).map(|level| (level, split(text, level))).find(|(_, parts)| parts.len() > 1);
        let Some((level, parts)) = splits else {
            self.tail_after_comma |= after_comma && !self.named.is_empty();
            self.rest.push(text);
            return;
        };
        for (place, part) in parts.into_iter().take(MOST_PARTS).enumerate() {
            self.take_up(part, level + 1, after_comma || level == COMMAS && place > 0);
        }
    }

    fn recognises(&mut self, text: &str) -> bool {
        let question = question(&fold_name(text)).filter(|q| q.kind != Kind::OtherCode);
        if let Some(question) = question {
            self.asked = true;
            self.named.extend(question.codes);
            return true;
        }
        match CountryNames::get().find(text) {
            [] => match code_of(text).filter(|_| !text.chars().any(char::is_lowercase)) {
                Some(code) => {
                    self.coded.push(code);
                    true
                }
                None => FORMS_OF_STATE.contains(&loosen(text).as_str()),
            },
            codes => {
                self.asked |= codes.len() > 1;
                self.named.extend(codes);
                true
            }
        }
    }

    /// Whether the cell means the one country found in it.
    fn is_sure(&self, code: CountryCode) -> bool {
        if self.asked {
            return false;
        }
        if self.rest.is_empty() {
            return !self.named.is_empty() || self.coded.len() > 1;
        }
        // More than one place beside the country may be a name of another that holds a separator.
        let [place] = self.rest.as_slice() else { return false };
        let is_mistyped = !CountryNames::get().spellings.nearest(&loosen(place)).is_empty();
        !self.named.is_empty() && !self.tail_after_comma && !has_namesakes(code) && !is_mistyped
    }
}

/// Whether a cell is a list of countries in words: `Kenya and Uganda`.
fn joined_by_words(cell: &str) -> Option<Vec<CountryCode>> {
    const AND: &[&str] = &[" and ", " & ", " + ", " et ", " y ", " und ", " e ", " и ", " و "];
    let word = AND.iter().find(|word| cell.contains(**word))?;
    let countries = cell.split(word).map(|text| match CountryNames::get().find(text) {
        [code] => Some(*code),
        _ => None,
    });
    countries.collect()
}

/// Separators by how much they part: lists, commas, dashes between blanks (Guinea-Bissau is one name), brackets.
const LEVELS: usize = 4;
const COMMAS: usize = 1;

fn split(text: &str, level: usize) -> Vec<&str> {
    match level {
        0 => text.split([';', '|', '/', '\n', '\t', '•', '·', '；', '／']).collect(),
        COMMAS => text.split([',', '，', '、']).collect(),
        2 => text.split(" - ").flat_map(|part| part.split(" – ")).flat_map(|part| part.split(" — ")).collect(),
        _ => text.split(['(', ')', '[', ']', ':', '（', '）']).collect(),
    }
}

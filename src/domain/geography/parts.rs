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

/// Cells with more parts than this are no country cells.
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
    let pieces = pieces(&text);
    if pieces.len() + flags.len() < 2 || pieces.len() > MOST_PARTS {
        return Parts::Nothing;
    }
    let mut found = Found { coded: flags, ..Found::default() };
    pieces.iter().for_each(|piece| found.take_up(piece));
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
    fn take_up(&mut self, piece: &Piece<'a>) {
        let question = question(&fold_name(piece.text)).filter(|q| q.kind != Kind::OtherCode);
        if let Some(question) = question {
            self.asked = true;
            self.named.extend(question.codes);
            return;
        }
        match CountryNames::get().find(piece.text) {
            [] => match code_of(piece.text).filter(|_| !piece.text.chars().any(char::is_lowercase)) {
                Some(code) => self.coded.push(code),
                None if FORMS_OF_STATE.contains(&loosen(piece.text).as_str()) => {}
                None => {
                    self.tail_after_comma |= piece.after == ',' && !self.named.is_empty();
                    self.rest.push(piece.text);
                }
            },
            codes => {
                self.asked |= codes.len() > 1;
                self.named.extend(codes);
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
        let mistyped = |text: &&str| !CountryNames::get().spellings.nearest(&loosen(text)).is_empty();
        !self.named.is_empty() && !self.tail_after_comma && !has_namesakes(code) && !self.rest.iter().any(mistyped)
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

/// A part, and the character that parts it from the one before.
struct Piece<'a> {
    text: &'a str,
    after: char,
}

fn pieces(cell: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest, mut after) = (Vec::new(), cell, ' ');
    loop {
        let found = rest.char_indices().find(|(at, c)| separates(rest, *at, *c));
        let text = found.map_or(rest, |(at, _)| rest.get(..at).unwrap_or(""));
        let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '*' | '"' | '-' | '–' | '—'));
        if !text.is_empty() {
            pieces.push(Piece { text, after });
        }
        let Some((at, c)) = found else { return pieces };
        rest = rest.get(at + c.len_utf8()..).unwrap_or("");
        after = if matches!(c, '，' | '、') { ',' } else { c };
    }
}

/// Hyphens part only between blanks: Guinea-Bissau is one name.
fn separates(text: &str, at: usize, c: char) -> bool {
    match c {
        ',' | ';' | '/' | '|' | '(' | ')' | '[' | ']' | ':' | '\n' | '\t' | '•' | '·' | '，' | '、' | '；' | '／'
        | '（' | '）' => true,
        '-' | '–' | '—' => {
            let before = text.get(..at).is_some_and(|t| t.ends_with(char::is_whitespace));
            before && text.get(at + c.len_utf8()..).is_some_and(|t| t.starts_with(char::is_whitespace))
        }
        _ => false,
    }
}

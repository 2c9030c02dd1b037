//! The nearest names to one that nobody carries.

use std::collections::HashSet;

use super::CountryCode;

/// Every name of the table, ready to be compared with a mistyped one.
#[derive(Default)]
pub(super) struct Spellings {
    /// By length in characters.
    by_length: Vec<Spelled>,
    /// For beginnings of names.
    sorted: Vec<(String, CountryCode, String)>,
}

/// Names of one length, and apart from them the letters of each, which are all that most comparisons look at.
#[derive(Default)]
struct Spelled {
    letters: Vec<u64>,
    names: Vec<Spelling>,
}

struct Spelling {
    loose: Vec<char>,
    code: CountryCode,
    name: String,
}

/// A name near a mistyped one.
pub(super) struct Near<'a> {
    pub(super) code: CountryCode,
    pub(super) name: &'a str,
}

/// Longest name worth comparing, in characters; the longest official one has 76.
const LONGEST_NAME: usize = 100;
/// More names than these help nobody to choose.
const MOST_NEAR: usize = 5;
/// So many first letters of a name are an abbreviation of it.
const SHORTEST_BEGINNING: usize = 5;

impl Spellings {
    /// Takes up a name and its loose form.
    pub(super) fn learn(&mut self, name: &str, loose: String, code: CountryCode) {
        let chars: Vec<char> = loose.chars().collect();
        if self.by_length.len() <= chars.len() {
            self.by_length.resize_with(chars.len() + 1, Spelled::default);
        }
        self.sorted.push((loose, code, name.to_owned()));
        if let Some(same_length) = self.by_length.get_mut(chars.len()) {
            same_length.letters.push(letters(&chars));
            same_length.names.push(Spelling { loose: chars, code, name: name.to_owned() });
        }
    }

    /// Puts the names in order, once all are known.
    pub(super) fn sort(&mut self) {
        self.sorted.sort();
    }

    /// The countries whose names differ least from a loose form, if by few enough letters; equally near ones together.
    /// Without any, those whose names begin so, while they are few.
    pub(super) fn nearest(&self, loose: &str) -> Vec<Near<'_>> {
        let typed: Vec<char> = loose.chars().take(LONGEST_NAME).collect();
        let by_letters = self.by_distance(&typed);
        if by_letters.is_empty() && typed.len() >= SHORTEST_BEGINNING { self.beginning_with(loose) } else { by_letters }
    }

    fn by_distance(&self, typed: &[char]) -> Vec<Near<'_>> {
        // One wrong letter before two: the narrower the bound, the fewer names have to be compared.
        let found = (1..=tolerance(typed)).map(|bound| self.within(typed, bound)).find(|near| !near.is_empty());
        found.unwrap_or_default()
    }

    fn within(&self, typed: &[char], bound: usize) -> Vec<Near<'_>> {
        let own = letters(typed);
        let lengths = typed.len().saturating_sub(bound)..=typed.len() + bound;
        let near = self
            .by_length
            .get(*lengths.start()..self.by_length.len().min(lengths.end() + 1))
            .unwrap_or(&[])
            .iter()
            .flat_map(|same_length| same_length.letters.iter().zip(&same_length.names))
            // One edit changes at most two of the letters that occur; most names fall out here.
            .filter(|(letters, _)| (own ^ **letters).count_ones() as usize <= 2 * bound)
            .map(|(_, spelling)| spelling)
            .filter(|spelling| is_within(typed, &spelling.loose, bound));
        distinct(near.map(|s| (s.code, s.name.as_str())))
    }

    fn beginning_with(&self, loose: &str) -> Vec<Near<'_>> {
        let start = self.sorted.partition_point(|(name, ..)| name.as_str() < loose);
        let found = self.sorted.iter().skip(start).take_while(|(name, ..)| name.starts_with(loose));
        let near = distinct(found.map(|(_, code, name)| (*code, name.as_str())));
        if near.len() > MOST_NEAR { Vec::new() } else { near }
    }
}

/// One name for each country, in order of appearance.
fn distinct<'a>(names: impl Iterator<Item = (CountryCode, &'a str)>) -> Vec<Near<'a>> {
    let mut seen = HashSet::new();
    names.filter(|(code, _)| seen.insert(*code)).take(MOST_NEAR + 1).map(|(code, name)| Near { code, name }).collect()
}

/// How many letters may be wrong: none in what may be a code, more in longer names. An ideograph or syllable says more
/// than a letter.
fn tolerance(typed: &[char]) -> usize {
    let dense =
        typed.iter().any(|c| matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'));
    match (typed.len(), dense) {
        (0..=2, _) | (3, false) => 0,
        (_, true) => 1,
        (4..=5, _) => 1,
        (6..=9, _) => 2,
        _ => 3,
    }
}

/// The letters that occur, as a set of 64.
fn letters(chars: &[char]) -> u64 {
    chars.iter().fold(0, |set, c| set | 1 << ((*c as u32).wrapping_mul(2_654_435_761) >> 26))
}

/// Whether so many letters inserted, dropped, replaced or exchanged with their neighbour (Damerau 1964, each place edited
/// once) make one word of the other.
fn is_within(a: &[char], b: &[char], bound: usize) -> bool {
    let (mut before, mut above): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    let mut last = None;
    for (i, from) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        let (mut left, mut least, mut previous) = (i + 1, i + 1, None);
        row.push(left);
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (at(&above, j) + usize::from(from != to)).min(at(&above, j + 1) + 1).min(left + 1);
            if i > 0 && j > 0 && last == Some(to) && previous == Some(from) {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            row.push(cost);
            (left, least, previous) = (cost, least.min(cost), Some(to));
        }
        if least > bound {
            return false;
        }
        last = Some(from);
        (before, above) = (above, row);
    }
    above.last().is_some_and(|distance| *distance <= bound)
}

//! Codes of countries: ISO 3166-1 of two and of three letters, M49 numbers of three digits, and flags.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::{CountryCode, Table};

/// The country of an ISO alpha-2, alpha-3 or M49 code, in any width and case, or of a flag alone.
pub(super) fn code_of(cell: &str) -> Option<CountryCode> {
    let mut code: String = cell.trim().nfkc().take(4).collect();
    code.make_ascii_uppercase();
    match code.len() {
        2 => CountryCode::parse(&code),
        3 => Index::get().three.get(code.as_str()).copied(),
        8.. => flag(&mut cell.trim().chars()).filter(|_| cell.trim().chars().count() == 2),
        _ => None,
    }
}

/// The country whose M49 number lost its leading zeros, as a spreadsheet drops them. Too little to go by: a small number
/// may be anything.
pub(super) fn shortened_number(cell: &str) -> Option<CountryCode> {
    let number = cell.trim();
    let short = matches!(number.len(), 1 | 2) && number.bytes().all(|b| b.is_ascii_digit());
    short.then(|| Index::get().three.get(format!("{number:0>3}").as_str()).copied()).flatten()
}

/// The countries of the flags in a cell, and the cell without them.
pub(super) fn without_flags(cell: &str) -> (Vec<CountryCode>, String) {
    let (mut flags, mut text, mut chars) = (Vec::new(), String::with_capacity(cell.len()), cell.chars());
    loop {
        let mut ahead = chars.clone();
        if let Some(code) = flag(&mut ahead) {
            flags.push(code);
            chars = ahead;
        } else if let Some(c) = chars.next() {
            text.push(c);
        } else {
            return (flags, text);
        }
    }
}

/// A flag is written as two regional indicator symbols (Unicode Technical Standard 51).
fn flag(chars: &mut std::str::Chars<'_>) -> Option<CountryCode> {
    let mut letter = || {
        let place = (chars.next()? as u32).checked_sub(0x1f1e6).filter(|place| *place < 26)?;
        u8::try_from(place).ok().map(|place| char::from(b'A' + place))
    };
    CountryCode::parse(&String::from_iter([letter()?, letter()?]))
}

struct Index {
    /// Alpha-3 codes, and M49 numbers with their zeros.
    three: HashMap<String, CountryCode>,
}

impl Index {
    fn get() -> &'static Index {
        static INDEX: LazyLock<Index> = LazyLock::new(|| {
            let records = || Table::get().records.iter();
            let letters = records().map(|r| (r.iso3.clone(), r.code));
            let numbers = records().filter(|r| r.m49 > 0).map(|r| (format!("{:03}", r.m49), r.code));
            Index { three: letters.chain(numbers).collect() }
        });
        &INDEX
    }
}

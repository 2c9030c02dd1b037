//! What two spellings of one name have in common: width, case, accents, articles, punctuation.

use unicode_normalization::UnicodeNormalization;

use crate::domain::address::{fold_case, is_invisible};

/// NFKC, case folded, blanks as one.
pub(super) fn fold_name(name: &str) -> String {
    let plain: String = name.nfkc().filter(|c| !is_invisible(*c)).collect();
    // Folding takes some letters apart (U+1FD7): composed again, both spellings are one.
    let folded: String = fold_case(&plain).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As [`fold_name`], and without accents, punctuation, blanks, and an article at either end. Marks of Indic and other
/// scripts stay: there they are vowels, and Tonga would meet Togo.
pub(super) fn loosen(name: &str) -> String {
    const ARTICLES: &[&str] =
        &["the", "la", "le", "les", "l", "el", "los", "las", "o", "a", "os", "as", "der", "die", "das"];
    const AND: &[&str] = &["and", "et", "y", "e", "und"];
    let plain: String = fold_name(name).nfkd().filter(|c| !is_accent(*c)).map(plain_letter).collect();
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    // The letters of U.A.E. and E.U.A. are neither articles nor conjunctions.
    if words.iter().all(|word| word.chars().nth(2).is_none()) {
        return words.concat();
    }
    words.retain(|word| !AND.contains(word));
    if words.len() > 1 && words.first().is_some_and(|w| ARTICLES.contains(w)) {
        words.remove(0);
    }
    if words.len() > 1 && words.last().is_some_and(|w| ARTICLES.contains(w)) {
        words.pop();
    }
    words.concat()
}

/// Accents of the European scripts, vowel signs of Arabic and Hebrew, and the tatweel that only stretches a word.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}' | '\u{5b0}'..='\u{5c7}')
}

fn plain_letter(c: char) -> char {
    match c {
        // Hamza forms, the final ya and ta marbuta, which writers of Arabic and Persian interchange.
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' => 'ه',
        'ß' | 'ø' | 'ł' | 'đ' | 'ı' | 'ð' => latin_base(c),
        c if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) => c,
        _ => ' ',
    }
}

/// The letter that a keyboard without it writes, where Unicode has no decomposition.
fn latin_base(c: char) -> char {
    match c {
        'ß' => 's',
        'ø' => 'o',
        'ł' => 'l',
        'ı' => 'i',
        _ => 'd',
    }
}

//! Making the text of a cell fit to stand in a name, a header and on a screen, and telling what was done.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::address::is_invisible;

/// Longest text of one field, in characters. Longer names and organisations are a shifted column or an attack on headers.
pub const LONGEST_TEXT: usize = 1000;

/// What cleaning changed or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finding {
    /// Line breaks, control characters or bidi controls were taken out.
    ControlCharacters,
    /// Text that was encoded twice was mended.
    EncodedTwice,
    /// Octets that could not be decoded show as U+FFFD.
    Undecodable,
    /// It starts like a spreadsheet formula; kept, and neutralised wherever we write CSV.
    Formula,
    /// It calls a spreadsheet function: no name that a letter could say, so it is left out.
    FunctionCall,
}

impl Finding {
    /// What happened, as a note says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Finding::ControlCharacters => "line breaks, control or text-direction characters were removed",
            Finding::EncodedTwice => "text that was encoded twice was mended",
            Finding::Undecodable => "some characters could not be decoded; check the file's encoding",
            Finding::Formula => "it starts like a spreadsheet formula; kept as text",
            Finding::FunctionCall => "a spreadsheet formula instead of a value; left out",
        }
    }
}

/// A cell's text made clean: in NFC, on one line, blanks trimmed and single, nothing invisible that steers the text
/// around it. Joiners stay, since Persian and Indic names need them. Capital letters are left alone.
pub fn clean(cell: &str) -> (Cow<'_, str>, Vec<Finding>) {
    if is_plain(cell) {
        return (Cow::Borrowed(cell), Vec::new());
    }
    let mut findings = Vec::new();
    let text = match decode_once_more(cell) {
        Some(mended) => {
            findings.push(Finding::EncodedTwice);
            Cow::Owned(mended)
        }
        None => Cow::Borrowed(cell),
    };
    let text = without_guard(text.trim());
    let mut removed = false;
    let spaced: String = text
        .chars()
        .map(|c| match c {
            '\u{200c}' | '\u{200d}' => c,
            _ if c.is_control() || is_invisible(c) || is_noncharacter(c) => {
                // A tab or an invisible blank is no more than a blank; the rest could end a line or turn the text.
                removed |=
                    !matches!(c, '\t' | '\u{200b}' | '\u{feff}' | '\u{ad}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}');
                if is_silent(c) { '\0' } else { ' ' }
            }
            _ => c,
        })
        .filter(|c| *c != '\0')
        .collect();
    if removed {
        findings.push(Finding::ControlCharacters);
    }
    if spaced.contains('\u{fffd}') {
        findings.push(Finding::Undecodable);
    }
    let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean: String = if is_nfc(&words) { words } else { words.nfc().collect() };
    if calls_a_function(&clean) {
        findings.push(Finding::FunctionCall);
        return (Cow::Borrowed(""), findings);
    }
    if starts_like_formula(&clean) && clean.chars().nth(1).is_some_and(|c| !c.is_ascii_digit()) {
        findings.push(Finding::Formula);
    }
    (Cow::Owned(clean), findings)
}

/// The common case, decided without copying: printable ASCII, nothing to trim or to tell.
fn is_plain(cell: &str) -> bool {
    let octets = cell.as_bytes();
    let edge = |b: Option<&u8>| b.is_none_or(|b| *b != b' ' && *b != b'\'');
    octets.iter().all(|b| (0x20..0x7f).contains(b))
        && edge(octets.first())
        && edge(octets.last())
        && !cell.contains("  ")
        && !starts_like_formula(cell)
}

/// Characters that hold no place of their own: taking them out joins what they stood in.
fn is_silent(c: char) -> bool {
    is_invisible(c) && !matches!(c, '\u{2028}' | '\u{2029}') || is_noncharacter(c)
}

fn is_noncharacter(c: char) -> bool {
    let n = u32::from(c);
    (0xfdd0..=0xfdef).contains(&n) || n & 0xfffe == 0xfffe
}

/// Text whose UTF-8 octets were once taken for Latin-1 or Windows-1252, decoded as it was meant. Only where every
/// character beyond ASCII takes part and the octets are sound UTF-8: chance does not write that.
fn decode_once_more(text: &str) -> Option<String> {
    if !text.chars().any(|c| ('\u{c2}'..='\u{f4}').contains(&c)) {
        return None;
    }
    let octets: Option<Vec<u8>> = text.chars().map(single_octet).collect();
    let decoded = String::from_utf8(octets?).ok()?;
    (decoded.chars().count() < text.chars().count()).then_some(decoded)
}

fn single_octet(c: char) -> Option<u8> {
    if let Ok(octet) = u8::try_from(u32::from(c)) {
        return Some(octet);
    }
    let mut buffer = [0; 4];
    let (octets, _, failed) = encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
    if failed { None } else { octets.first().copied() }
}

/// `=HYPERLINK("https://…","…")` and the like: an invitation must not read it out, least of all with its link.
fn calls_a_function(text: &str) -> bool {
    let Some(call) = text.strip_prefix(['=', '＝']) else { return false };
    let name = call.trim_start_matches(['+', '-', '@', ' ']);
    let length = name.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_')).count();
    length > 0 && name.get(length..).is_some_and(|rest| rest.trim_start().starts_with('('))
}

fn starts_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// A cell as it may be written to CSV: what a spreadsheet would run as a formula gets an apostrophe before it.
pub fn neutralise(cell: &str) -> Cow<'_, str> {
    let guarded = cell.trim_start_matches('\'');
    if starts_like_formula(guarded.trim_start()) || guarded.starts_with(['\t', '\r', '\n']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// A cell without the apostrophe that [`neutralise`] put before it.
pub fn without_guard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if neutralise(rest) != rest => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_characters_leave_and_names_stay() {
        for (cell, text, findings) in [
            ("Ada Sample", "Ada Sample", vec![]),
            ("  Ada\u{a0} Sample ", "Ada Sample", vec![]),
            ("de La TOUR", "de La TOUR", vec![]),
            ("Ada\r\nBcc: x@y", "Ada Bcc: x@y", vec![Finding::ControlCharacters]),
            ("Ada\u{85}\u{2028}\u{2029}\0B", "Ada B", vec![Finding::ControlCharacters]),
            ("Ada \u{202e}gpj.exe\u{202c}", "Ada gpj.exe", vec![Finding::ControlCharacters]),
            ("علی\u{200c}رضا", "علی\u{200c}رضا", vec![]),
            ("Jose\u{301}", "Jos\u{e9}", vec![]),
            ("LefÃ¨vre", "Lefèvre", vec![Finding::EncodedTwice]),
            ("Å\u{81}ukasz", "Łukasz", vec![Finding::EncodedTwice]),
            ("Nâ€™Guessan", "N’Guessan", vec![Finding::EncodedTwice]),
            ("Ã Gaël", "Ã Gaël", vec![]),
            ("H\u{fffd}l\u{fffd}ne", "H\u{fffd}l\u{fffd}ne", vec![Finding::Undecodable]),
            ("=HYPERLINK(\"http://x\")", "", vec![Finding::FunctionCall]),
            ("=+cmd|'/c calc'!A1", "=+cmd|'/c calc'!A1", vec![Finding::Formula]),
            ("=Rede= (Net)", "=Rede= (Net)", vec![Finding::Formula]),
            ("'=1+1", "=1+1", vec![]),
            ("+41 22", "+41 22", vec![]),
            ("'t Hooft", "'t Hooft", vec![]),
        ] {
            let (cleaned, found) = clean(cell);
            assert_eq!((cleaned.as_ref(), found), (text, findings), "{cell:?}");
        }
        assert_eq!(clean("Ðœ\u{b0}").0, "Ðœ\u{b0}", "half of it is no UTF-8: left as it is");
    }

    proptest! {
        #[test]
        fn what_was_cleaned_is_on_one_line_and_says_nothing_twice(cell in any::<String>()) {
            let (text, _) = clean(&cell);
            let bad = text.chars().any(|c| c.is_control() || matches!(u32::from(c), 0x2028..=0x202e));
            prop_assert!(!bad);
        }

        #[test]
        fn a_guarded_cell_reads_back(cell in "['=+@a\\- -]{0,4}") {
            let written = neutralise(&cell);
            prop_assert!(!starts_like_formula(&written));
            prop_assert_eq!(without_guard(&written), cell.as_str());
        }
    }
}

//! Code pages by name, and how a cell reads under another one.

use encoding_rs::Encoding;

use super::survey::Survey;
use super::table;
use crate::domain::suggestion::nearest;
use crate::domain::table::Row;

/// Code pages in which lists of people come, the most frequent first (names of the WHATWG Encoding Standard, section 4.2).
const FREQUENT: [&str; 16] = [
    "windows-1252",
    "windows-1251",
    "gbk",
    "windows-1250",
    "big5",
    "shift_jis",
    "euc-kr",
    "windows-1256",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "koi8-r",
    "macintosh",
];
/// Other readings shown of a cell.
const SHOWN: usize = 2;

/// The encoding of this name, such as `gbk`, `cp1251` or `utf-16le` (labels of the WHATWG Encoding Standard).
///
/// # Errors
/// What to write instead.
pub fn named(label: &str) -> Result<&'static Encoding, String> {
    let label = label.trim();
    if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
        return Ok(encoding);
    }
    let known = FREQUENT.iter().copied().chain(["utf-8", "utf-16le", "utf-16be", "gb18030", "iso-8859-1", "latin1"]);
    let help = match nearest(label, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            "write utf-8, utf-16le, windows-1252, windows-1251, gbk, big5, shift_jis or another of its name".to_owned()
        }
    };
    Err(format!("`{}` is no encoding; {help}", label.chars().take(40).collect::<String>()))
}

/// A cell by which a person sees whether the text was read under the right code page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Where it stands.
    pub line: u64,
    /// The cell as it was read.
    pub text: String,
    /// The same octets under other code pages, where that gives words.
    pub otherwise: Vec<(&'static str, String)>,
}

/// The first cell outside ASCII, of the header or of a row. None where the file is not text, or has no such cell.
pub fn example(path: &std::path::Path, survey: &Survey) -> Option<Example> {
    let mut rows = table::open(path, survey, None).ok()?;
    let mut record = rows.header().clone();
    loop {
        if let Some(cell) = record.cells().find(|cell| !cell.is_ascii()) {
            let text = cell.to_owned();
            let otherwise = readings(&text, survey.encoding);
            return Some(Example { line: record.line, text, otherwise });
        }
        if matches!(rows.next_row(&mut record), Ok(Row::End) | Err(_)) {
            return None;
        }
    }
}

fn readings(text: &str, read_as: &'static Encoding) -> Vec<(&'static str, String)> {
    let (octets, _, lossy) = read_as.encode(text);
    if lossy {
        return Vec::new();
    }
    let mut found: Vec<(&'static str, String)> = Vec::new();
    for name in FREQUENT {
        let Some(encoding) = Encoding::for_label(name.as_bytes()) else { continue };
        let Some(other) = encoding.decode_without_bom_handling_and_without_replacement(&octets) else { continue };
        let is_words = other.chars().all(|c| c.is_alphanumeric() || c.is_ascii() && !c.is_ascii_control());
        if is_words && other != text && found.len() < SHOWN && found.iter().all(|(_, known)| *known != other) {
            found.push((name, other.into_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_page_is_known_by_its_names_and_a_mistyped_one_gets_the_nearest() {
        for (label, name) in [
            ("gbk", "GBK"),
            (" GB2312 ", "GBK"),
            ("cp1251", "windows-1251"),
            ("utf-16le", "UTF-16LE"),
            ("latin1", "windows-1252"),
        ] {
            assert_eq!(named(label).map(Encoding::name), Ok(name));
        }
        assert!(named("windows-1215").unwrap_err().contains("did you mean `windows-125"));
        assert!(named("klingon").unwrap_err().contains("utf-8"));
        assert!(named("").is_err() && named("hz-gb-2312").is_err(), "what a browser refuses to decode is refused");
    }

    #[test]
    fn a_misread_name_is_shown_as_other_code_pages_would_read_it() {
        let octets = encoding_rs::WINDOWS_1251.encode("Екатерина").0.into_owned();
        let misread = encoding_rs::WINDOWS_1252.decode(&octets).0.into_owned();
        let found = readings(&misread, encoding_rs::WINDOWS_1252);
        assert_eq!(found.first(), Some(&("windows-1251", "Екатерина".to_owned())));
        assert!(readings("王\u{fffd}", encoding_rs::GBK).is_empty(), "what was damaged cannot be read otherwise");
    }
}

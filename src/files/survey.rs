//! A first look at a file: what it is, how its text is encoded, and a fingerprint of its octets.
//!
//! The whole file is looked at, in bounded memory: an encoding guessed from the first page would be wrong for a list
//! whose first accent stands on the last one.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use ring::digest::{Context, SHA256};

use super::encoding::named;
use super::in_use::{refuse_edited, unreadable};
use crate::domain::table::TableError;

/// What is known of a file before its first record is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// SHA-256 of the octets, as hexadecimal digits.
    pub sha256: String,
    /// Octets.
    pub size: u64,
    /// How its text is encoded; UTF-8 for a workbook.
    pub encoding: &'static Encoding,
    /// What kind of file it is.
    pub format: Format,
}

/// Kinds of files that hold people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text: CSV of some dialect.
    Text,
    /// A ZIP file, such as a workbook.
    Workbook,
    /// Visiting cards (vCard).
    Cards,
}

/// Octets read at a time.
const CHUNK: usize = 64 * 1024;
/// Octets of text with non-ASCII characters that the detector of legacy code pages is shown: its verdict does not get
/// better with more.
const DETECTOR_FEED: usize = 1 << 20;

impl Survey {
    /// Looks at the file at a path.
    ///
    /// # Errors
    /// [`TableError`] where it cannot be read, is empty, or is no text.
    pub fn of(path: &Path) -> Result<Self, TableError> {
        refuse_edited(path)?;
        let mut file = File::open(path).map_err(|e| unreadable(&e))?;
        if file.metadata().map_err(|e| unreadable(&e))?.is_dir() {
            return Err(TableError::Unreadable("it is a folder".to_owned()));
        }
        file.rewind().map_err(|_| TableError::Unreadable("it is no ordinary file; save it to one first".to_owned()))?;
        Self::read(file)
    }

    /// The same file, its text read as an encoding that a person named.
    ///
    /// # Errors
    /// [`TableError`] where nothing has this name, or the file is a workbook.
    pub fn read_as(self, encoding: Option<&str>) -> Result<Self, TableError> {
        let Some(label) = encoding else { return Ok(self) };
        if self.format == Format::Workbook {
            return Err(TableError::Refused("a workbook says itself how its text is encoded: leave the encoding out"));
        }
        Ok(Self { encoding: named(label).map_err(TableError::Unreadable)?, ..self })
    }

    fn read(mut input: impl Read) -> Result<Self, TableError> {
        let mut sight = Sight::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let n = read_full(&mut input, &mut chunk).map_err(|e| unreadable(&e))?;
            sight.see(chunk.get(..n).unwrap_or(&[]))?;
            if n < CHUNK {
                return sight.conclude();
            }
        }
    }
}

/// Fills the buffer as far as the input goes.
fn read_full(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|r| !r.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

struct Sight {
    hash: Context,
    size: u64,
    by_mark: Option<&'static Encoding>,
    utf8: Utf8Count,
    detector: chardetng::EncodingDetector,
    fed: usize,
    format: Format,
    compound: Option<Compound>,
}

impl Sight {
    fn new() -> Self {
        Self {
            hash: Context::new(&SHA256),
            size: 0,
            by_mark: None,
            utf8: Utf8Count::default(),
            detector: chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny),
            fed: 0,
            format: Format::Text,
            compound: None,
        }
    }

    fn see(&mut self, chunk: &[u8]) -> Result<(), TableError> {
        self.hash.update(chunk);
        if self.size == 0 {
            self.format = match chunk {
                [b'P', b'K', 3, 4, ..] => Format::Workbook,
                _ if is_card(chunk) => Format::Cards,
                _ => Format::Text,
            };
            self.compound = chunk.starts_with(COMPOUND).then(Compound::default);
            if let Some(kind) = known_format(chunk) {
                return Err(TableError::NotText(kind));
            }
            self.by_mark = Encoding::for_bom(chunk).map(|(e, _)| e).or_else(|| utf16_without_mark(chunk));
            if self.format == Format::Text && self.by_mark.is_none() && self.compound.is_none() && is_binary(chunk) {
                return Err(TableError::NotText("neither text nor a workbook"));
            }
        }
        self.size += chunk.len() as u64;
        if let Some(compound) = &mut self.compound {
            compound.see(chunk);
        } else if self.by_mark.is_none() && self.format != Format::Workbook {
            self.utf8.see(chunk);
            if !chunk.is_ascii() && self.fed < DETECTOR_FEED {
                self.detector.feed(chunk, false);
                self.fed += chunk.len();
            }
        }
        Ok(())
    }

    fn conclude(mut self) -> Result<Survey, TableError> {
        if self.size == 0 {
            return Err(TableError::Empty);
        }
        if let Some(compound) = &self.compound {
            return Err(compound.conclude());
        }
        let encoding = match self.by_mark {
            Some(encoding) => encoding,
            None if self.format == Format::Workbook => UTF_8,
            None if self.utf8.is_likely() => UTF_8,
            None => {
                self.detector.feed(b"", true);
                self.detector.guess(None, chardetng::Utf8Detection::Deny)
            }
        };
        let sha256 = data_encoding::HEXLOWER.encode(self.hash.finish().as_ref());
        Ok(Survey { sha256, size: self.size, encoding, format: self.format })
    }
}

/// How many UTF-8 sequences are sound and how many are not, over chunks that may cut through one.
#[derive(Default)]
struct Utf8Count {
    pending: Vec<u8>,
    sound: u64,
    broken: u64,
}

impl Utf8Count {
    fn see(&mut self, chunk: &[u8]) {
        if self.pending.is_empty() && chunk.is_ascii() {
            return;
        }
        let mut octets = std::mem::take(&mut self.pending);
        octets.extend_from_slice(chunk);
        let mut rest = octets.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.count(text);
                    return;
                }
                Err(e) => {
                    let (sound, after) = rest.split_at(e.valid_up_to());
                    self.count(std::str::from_utf8(sound).unwrap_or(""));
                    match e.error_len() {
                        Some(n) => {
                            self.broken += 1;
                            rest = after.get(n..).unwrap_or(&[]);
                        }
                        None => {
                            self.pending = after.to_vec();
                            return;
                        }
                    }
                }
            }
        }
    }

    fn count(&mut self, text: &str) {
        // First octets of longer sequences; counting them is enough and fast.
        self.sound += text.bytes().filter(|b| *b >= 0xc0).count() as u64;
    }

    /// A few broken octets in a page of sound sequences are damage, not another encoding.
    fn is_likely(&self) -> bool {
        let broken = self.broken + u64::from(!self.pending.is_empty());
        broken == 0 || self.sound > 20 * broken
    }
}

/// Formats that people send when they were asked for CSV, by their first octets.
fn known_format(start: &[u8]) -> Option<&'static str> {
    const FORMATS: &[(&[u8], &str)] = &[
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "a gzip file"),
        (b"SQLite format 3", "an SQLite database"),
        (b"{\\rtf", "a rich-text document"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"Rar!", "a RAR archive"),
        (b"bplist00", "an Apple property list"),
        (b"<html", "a web page"),
        (b"<!DOCTYPE", "a web page"),
        (b"<?xml", "an XML file"),
    ];
    let begins = |magic: &[u8]| start.get(..magic.len()).is_some_and(|own| own.eq_ignore_ascii_case(magic));
    FORMATS.iter().find(|(magic, _)| begins(magic)).map(|(_, name)| *name)
}

/// Whether there are more control characters than damage leaves in a text.
fn is_binary(start: &[u8]) -> bool {
    let start = start.get(..4096).unwrap_or(start);
    let controls = start.iter().filter(|octet| matches!(octet, 0..=8 | 14..=26 | 28..=31)).count();
    controls >= 8 && controls * 50 > start.len()
}

/// Whether the first line opens a vCard, behind a byte order mark or blank lines.
fn is_card(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    start.get(..11).is_some_and(|line| line.eq_ignore_ascii_case(b"BEGIN:VCARD"))
}

/// What old Microsoft programs, and new ones with a password, wrap their files in.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0";

/// What a compound file turns out to be, by the names of its streams.
#[derive(Default)]
struct Compound {
    end: Vec<u8>,
    is_protected: bool,
    is_word: bool,
}

impl Compound {
    fn see(&mut self, chunk: &[u8]) {
        // A name may be cut by the end of a chunk.
        self.end.extend_from_slice(chunk);
        self.is_protected |= holds(&self.end, "EncryptedPackage");
        self.is_word |= holds(&self.end, "WordDocument");
        let kept = self.end.len().saturating_sub(64);
        self.end.drain(..kept);
    }

    fn conclude(&self) -> TableError {
        match (self.is_protected, self.is_word) {
            (true, _) => TableError::Refused(
                "this workbook is protected by a password; open it, take the password off (or save it as CSV), and \
                 import that",
            ),
            (_, true) => TableError::NotText("an old Word document (.doc)"),
            _ => TableError::NotText("an old Excel workbook (.xls)"),
        }
    }
}

/// Whether octets hold a name in UTF-16.
fn holds(octets: &[u8], name: &str) -> bool {
    let wanted: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    octets.windows(wanted.len()).any(|window| window == wanted)
}

/// UTF-16 without a byte order mark shows in its header: every second octet of Latin text is zero.
fn utf16_without_mark(start: &[u8]) -> Option<&'static Encoding> {
    let pairs = start.get(..start.len().min(256)).unwrap_or(&[]).chunks_exact(2);
    let (mut first, mut second, mut all) = (0, 0, 0);
    for pair in pairs {
        all += 1;
        match pair {
            [0, 0] => return None,
            [0, _] => first += 1,
            [_, 0] => second += 1,
            _ => {}
        }
    }
    if all < 4 {
        return None;
    }
    match (first, second) {
        (0, n) if n * 4 >= all => Some(UTF_16LE),
        (n, 0) if n * 4 >= all => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding_of(octets: &[u8]) -> &'static str {
        Survey::read(octets).unwrap().encoding.name()
    }

    #[test]
    fn the_encoding_is_found_wherever_the_first_accent_stands() {
        let mut late = b"email,name\n".to_vec();
        late.extend("ada@example.org,Ada\n".repeat(100_000).bytes());
        late.extend_from_slice(b"eve@example.org,H\xe9l\xe8ne Lef\xe8vre,Fran\xe7ois\n");
        assert_eq!(encoding_of(&late), "windows-1252");
        assert_eq!(encoding_of("email,name\na@x.example,Hélène\n".as_bytes()), "UTF-8");
        let russian = encoding_rs::WINDOWS_1251.encode("email;имя\na@x.example;Екатерина Иванова\n").0.into_owned();
        assert_eq!(encoding_of(&russian), "windows-1251");
    }

    #[test]
    fn utf_16_is_known_with_and_without_its_mark() {
        let text = "email,name\na@x.example,王\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(encoding_of(&le), "UTF-16LE");
        assert_eq!(encoding_of(&be), "UTF-16BE");
        assert_eq!(encoding_of(&[b"\xff\xfe".as_slice(), &le].concat()), "UTF-16LE");
        assert_eq!(encoding_of(&[b"\xfe\xff".as_slice(), &be].concat()), "UTF-16BE");
    }

    #[test]
    fn one_broken_octet_does_not_turn_a_utf_8_file_into_another_encoding() {
        let mut octets = "a@x.example,Hélène\n".repeat(50).into_bytes();
        octets.extend_from_slice(b"b@x.example,H\xe9\n");
        assert_eq!(encoding_of(&octets), "UTF-8");
    }

    #[test]
    fn what_is_no_text_is_named() {
        let said = |octets: &[u8]| Survey::read(octets).unwrap_err().to_string();
        assert!(Survey::read(b"PK\x03\x04rest".as_slice()).unwrap().format == Format::Workbook);
        assert!(Survey::read(b"\r\nbegin:vcard\r\n".as_slice()).unwrap().format == Format::Cards);
        let names: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let old = [COMPOUND, &vec![0; CHUNK - 10]].concat();
        assert!(said(&[old.as_slice(), &names].concat()).contains("password"), "over the edge of a chunk");
        assert!(said(&old).contains(".xls"));
        assert!(said(b"%PDF-1.7").contains("save it as XLSX or CSV"));
        assert!(said(b"").contains("empty"));
        let photo: Vec<u8> = (0..=255).cycle().take(3000).collect();
        assert!(said(&photo).contains("neither text nor a workbook"));
        assert!(said(b"<!doctype html>\n<table>").contains("a web page"));
        assert!(Survey::read(b"email,name\nada@x.example,A\0da\n".as_slice()).is_ok(), "one stray octet is damage");
    }
}

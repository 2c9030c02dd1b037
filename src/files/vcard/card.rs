//! One card: its properties, and the rows it gives.

use std::collections::VecDeque;

use encoding_rs::{Encoding, UTF_8};

use super::COLUMNS;
use crate::domain::table::Record;

/// Addresses of one card; a card with more is no person's.
const MOST_ADDRESSES: usize = 50;
/// Octets of text kept of a card.
const MOST_TEXT: usize = 256 * 1024;

/// What a card says, as far as it is read.
#[derive(Default)]
pub(super) struct Card {
    /// Addresses, with how much each is preferred: less is more.
    emails: Vec<(u8, String)>,
    values: [String; COLUMNS.len()],
    kept: usize,
}

/// A property of a card.
struct Property<'a> {
    name: String,
    parameters: Vec<(String, &'a str)>,
    value: String,
}

impl Card {
    /// Takes the next line.
    ///
    /// # Errors
    /// Why the card cannot be used.
    pub(super) fn take(&mut self, line: &str) -> Result<(), String> {
        let Some(property) = read_property(line) else { return Ok(()) };
        let value = property.value.as_str();
        let list = || parts(value, ',').join("; ");
        match property.name.as_str() {
            "EMAIL" => return self.take_address(&property),
            "KIND" | "X-ADDRESSBOOKSERVER-KIND" => self.set("kind", kind(value)),
            "N" => {
                let parts = parts(value, ';');
                let part = |i: usize| parts.get(i).map_or("", |p| p.trim());
                self.set("family_name", part(0));
                self.set("given_name", format!("{} {}", part(1), part(2)).trim());
                self.set("title", part(3));
            }
            "FN" => self.set("name", &text(value)),
            "ORG" => self.set("organisation", &named(&parts(value, ';')).join(", ")),
            "TITLE" => self.set("position", &text(value)),
            "ROLE" if self.is_empty("position") => self.set("position", &text(value)),
            "GENDER" => self.set("gender", gender(value)),
            "X-GENDER" => self.set("gender", &text(value)),
            "ADR" => self.set("country", parts(value, ';').get(6).map_or("", |p| p.trim())),
            "LANG" => self.set("language", &text(value)),
            "TZ" => self.set("time_zone", &text(value)),
            "CATEGORIES" => self.add_tags(&list()),
            "SOURCE" => self.set("source", &text(value)),
            _ => {}
        }
        Ok(())
    }

    fn take_address(&mut self, property: &Property<'_>) -> Result<(), String> {
        let address = text(&property.value);
        let address = address.trim();
        let bare =
            address.get(..7).filter(|s| s.eq_ignore_ascii_case("mailto:")).and(address.get(7..)).unwrap_or(address);
        if bare.is_empty() || self.emails.iter().any(|(_, known)| known.eq_ignore_ascii_case(bare)) {
            return Ok(());
        }
        if self.emails.len() >= MOST_ADDRESSES {
            return Err(format!("the card has more than {MOST_ADDRESSES} addresses"));
        }
        self.emails.push((property.preference(), bare.to_owned()));
        Ok(())
    }

    /// The first value of a property counts.
    fn set(&mut self, column: &str, value: &str) {
        let place = COLUMNS.iter().position(|c| *c == column);
        if let Some(slot) = place.and_then(|i| self.values.get_mut(i))
            && slot.is_empty()
            && self.kept + value.len() <= MOST_TEXT
        {
            self.kept += value.len();
            value.clone_into(slot);
        }
    }

    fn add_tags(&mut self, tags: &str) {
        let Some(slot) = COLUMNS.iter().position(|c| *c == "tags").and_then(|i| self.values.get_mut(i)) else { return };
        if self.kept + tags.len() <= MOST_TEXT {
            self.kept += tags.len() + 2;
            if !slot.is_empty() {
                slot.push_str("; ");
            }
            slot.push_str(tags);
        }
    }

    fn is_empty(&self, column: &str) -> bool {
        COLUMNS.iter().position(|c| *c == column).and_then(|i| self.values.get(i)).is_none_or(String::is_empty)
    }

    /// One row for each address, the preferred one first; one without an address where the card has none.
    pub(super) fn rows(mut self, line: u64) -> VecDeque<Record> {
        self.emails.sort_by_key(|(preference, _)| *preference);
        let mut emails: Vec<String> = self.emails.drain(..).map(|(_, email)| email).collect();
        if emails.is_empty() {
            emails.push(String::new());
        }
        let row = |email: &String| {
            let cells = self.values.iter().enumerate().map(|(i, value)| if i == 0 { email } else { value });
            Record::from_cells(line, cells.map(String::as_str))
        };
        emails.iter().map(row).collect()
    }
}

impl Property<'_> {
    /// `PREF=1` (4.0), `TYPE=pref` (3.0) or `PREF` (2.1); 100 where nothing is said.
    fn preference(&self) -> u8 {
        let of = |(name, value): &(String, &str)| match name.as_str() {
            "PREF" => Some(value.parse().unwrap_or(1)),
            _ if value.split(',').any(|word| word.eq_ignore_ascii_case("pref")) => Some(1),
            _ => None,
        };
        self.parameters.iter().find_map(of).unwrap_or(100)
    }
}

/// `group.NAME;PARAMETER=value;…:value`, decoded; nothing where the line is no property.
fn read_property(line: &str) -> Option<Property<'_>> {
    let (head, raw) = split_head(line)?;
    let mut pieces = split_quoted(head, ';').into_iter();
    let name = pieces.next()?.trim();
    let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
    let parameters: Vec<(String, &str)> = pieces
        .map(|piece| match piece.split_once('=') {
            Some((name, value)) => (name.trim().to_ascii_uppercase(), value.trim().trim_matches('"')),
            // 2.1 writes values alone: `EMAIL;INTERNET;PREF`.
            None => (String::new(), piece.trim()),
        })
        .collect();
    let says = |word: &str| parameters.iter().any(|(_, value)| value.eq_ignore_ascii_case(word));
    let charset = parameters.iter().find(|(name, _)| name == "CHARSET").map(|(_, value)| *value);
    let value = if says("QUOTED-PRINTABLE") {
        decoded(&quoted_printable(raw), charset)
    } else if says("BASE64") || says("B") && parameters.iter().any(|(name, _)| name == "ENCODING") {
        let octets = data_encoding::BASE64_MIME_PERMISSIVE.decode(raw.trim().as_bytes()).ok()?;
        decoded(&octets, charset)
    } else {
        raw.to_owned()
    };
    Some(Property { name, parameters, value })
}

/// Parts a line at the first `:` that stands outside of quotes.
fn split_head(line: &str) -> Option<(&str, &str)> {
    let mut in_quotes = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => in_quotes = !in_quotes,
            ':' if !in_quotes => return Some((line.get(..at)?, line.get(at + 1..)?)),
            _ => {}
        }
    }
    line.split_once(':')
}

fn split_quoted(text: &str, at: char) -> Vec<&str> {
    let mut in_quotes = false;
    text.split(|c| {
        in_quotes ^= c == '"';
        c == at && !in_quotes
    })
    .collect()
}

/// Parts a value at a character that no `\` escapes, and takes the escapes off (RFC 6350, section 3.4).
fn parts(value: &str, at: char) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => '\n',
                Some(escaped) => escaped,
                None => '\\',
            },
            c if c == at => {
                all.push(String::new());
                continue;
            }
            c => c,
        };
        if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    all
}

/// Those of the parts that say something.
fn named(parts: &[String]) -> Vec<&str> {
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect()
}

/// A value that is one text.
fn text(value: &str) -> String {
    parts(value, '\0').concat()
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let octets = text.as_bytes();
    let mut out = Vec::with_capacity(octets.len());
    let mut at = 0;
    while let Some(octet) = octets.get(at) {
        let pair = octets.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.filter(|_| *octet == b'=').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(*octet);
                at += 1;
            }
        }
    }
    out
}

/// Octets in the character set that is named, else in UTF-8, else in the one that reads everything.
fn decoded(octets: &[u8], charset: Option<&str>) -> String {
    let named = charset.and_then(|name| Encoding::for_label(name.as_bytes()));
    let encoding = named.unwrap_or(match std::str::from_utf8(octets) {
        Ok(_) => UTF_8,
        Err(_) => encoding_rs::WINDOWS_1252,
    });
    encoding.decode_without_bom_handling(octets).0.into_owned()
}

/// `KIND` as we name kinds (RFC 6350, section 6.1.4).
fn kind(value: &str) -> &'static str {
    match value.trim().to_ascii_lowercase().as_str() {
        "group" => "list",
        "org" => "organisation",
        _ => "",
    }
}

/// `GENDER` (RFC 6350, section 6.2.7): a letter, then perhaps words.
fn gender(value: &str) -> &str {
    match value.split(';').next().unwrap_or_default().trim() {
        "N" | "n" | "U" | "u" => "unknown",
        letter => letter,
    }
}

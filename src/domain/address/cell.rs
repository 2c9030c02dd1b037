//! From a cell to the bare address in it.

use super::{AddressError, is_invisible};

/// Trims the cell and takes the address out of `mailto:…` and `Name <…>`.
pub(super) fn unwrap(cell: &str) -> Result<String, AddressError> {
    let text: String = cell.chars().map(narrow).collect();
    let text = trim(&text);
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    // Before anything is cut off: a line break or NUL is never part of an address, and must not hide one (RFC 5321 §7.2
    // tells what commands can be smuggled behind it).
    if let Some(character) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(AddressError::Character { part: "address", character });
    }
    let bare = match without_mailto(text)? {
        Some(bare) => bare,
        None => match angle_part(text)? {
            Some(inner) => match without_mailto(inner)? {
                Some(bare) => bare,
                None => inner.to_owned(),
            },
            None => text.to_owned(),
        },
    };
    let bare = trim(&bare).to_owned();
    if holds_several(&bare) {
        return Err(AddressError::Several);
    }
    if let Some(character) = bare.chars().find(|c| c.is_control()) {
        return Err(AddressError::Character { part: "address", character });
    }
    Ok(bare)
}

/// The ASCII character a fullwidth form stands for (U+FF01 to U+FF5E), as East Asian keyboards write them.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Without blanks at either end, invisible ones included.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || (is_invisible(c) && !is_turning(c)))
}

/// Bidi embeddings, overrides and isolates are left in place, so that they are refused and not overlooked.
fn is_turning(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The address of a `mailto:` link (RFC 6068 §2), percent-decoded; its header fields are dropped.
fn without_mailto(text: &str) -> Result<Option<String>, AddressError> {
    match text.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => {}
        _ => return Ok(None),
    }
    let rest = text.get(7..).unwrap_or("");
    let to = rest.split('?').next().unwrap_or("");
    // More recipients may stand in the fields; they would be lost without a word.
    let more = rest.split_once('?').is_some_and(|(_, fields)| {
        fields.split('&').any(|f| {
            let name = f.split('=').next().unwrap_or("");
            ["to", "cc", "bcc"].iter().any(|n| name.eq_ignore_ascii_case(n))
        })
    });
    if more {
        return Err(AddressError::Several);
    }
    decode_percent(to).map(Some)
}

fn decode_percent(text: &str) -> Result<String, AddressError> {
    const BROKEN: AddressError = AddressError::Malformed("the mailto link has a broken `%` escape");
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        if b != b'%' {
            octets.push(b);
            continue;
        }
        let mut digit = || rest.next().and_then(|d| char::from(d).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(BROKEN) };
        octets.push(u8::try_from(high * 16 + low).map_err(|_| BROKEN)?);
    }
    String::from_utf8(octets).map_err(|_| BROKEN)
}

/// What stands between the angle brackets of `Name <…>`, if the text has that form.
fn angle_part(text: &str) -> Result<Option<&str>, AddressError> {
    let Some(open) = unquoted(text).find(|(_, c)| *c == '<').map(|(i, _)| i) else { return Ok(None) };
    let (name, rest) = (text.get(..open).unwrap_or(""), text.get(open + 1..).unwrap_or(""));
    let Some(close) = unquoted(rest).find(|(_, c)| *c == '>').map(|(i, _)| i) else {
        return Err(AddressError::Malformed("the `<` has no `>`"));
    };
    let (inner, after) = (rest.get(..close).unwrap_or(""), rest.get(close + 1..).unwrap_or(""));
    if !trim(after).is_empty() {
        let several = after.contains('@');
        return Err(if several { AddressError::Several } else { AddressError::Malformed("text after the `>`") });
    }
    // Some programs write the address as the name as well; another address there makes two.
    let quoted_name = trim(name).trim_matches(['"', '\'']);
    if quoted_name.contains('@') && !quoted_name.eq_ignore_ascii_case(trim(inner)) {
        return Err(AddressError::Several);
    }
    Ok(Some(trim(inner)))
}

/// The characters outside of quoted strings, with their places.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().filter(move |(_, c)| {
        let outside = !quoted && *c != '"';
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        outside
    })
}

/// Whether more than one piece between the usual separators has an `@`.
fn holds_several(text: &str) -> bool {
    let bare: String = unquoted(text).map(|(_, c)| c).collect();
    let separators = |c: char| matches!(c, ',' | ';' | '/' | '|' | '<' | '>') || c.is_whitespace();
    bare.split(separators).filter(|piece| piece.contains('@')).count() > 1
}

//! The part before the `@`.

use unicode_normalization::UnicodeNormalization;

use super::{AddressError, is_invisible};

/// Longest local part in octets (RFC 5321 §4.5.3.1.1).
pub(super) const LONGEST_LOCAL: usize = 64;
const PART: &str = "part before the @";

/// Splits a bare address into its local part, in its canonical form, and what stands after the `@`.
pub(super) fn split(bare: &str) -> Result<(String, &str), AddressError> {
    let (content, quoted, rest) = if bare.starts_with('"') { read_quoted(bare)? } else { read_dotted(bare)? };
    let content: String = content.nfc().collect();
    if let Some(character) = content.chars().find(|c| refused(*c)) {
        return Err(AddressError::Character { part: PART, character });
    }
    if content.is_empty() {
        return Err(AddressError::Malformed("nothing stands before the `@`"));
    }
    let local = if quoted && !is_dot_atom(&content) { quote(&content) } else { content };
    if !local.starts_with('"') {
        check_dot_atom(&local)?;
    }
    if local.len() > LONGEST_LOCAL {
        return Err(AddressError::TooLong { part: PART, limit: LONGEST_LOCAL });
    }
    Ok((local, rest))
}

/// Reads `"…"@`, giving what is meant by it: quoted pairs resolved (RFC 5321 §4.1.2, Quoted-string).
fn read_quoted(bare: &str) -> Result<(String, bool, &str), AddressError> {
    let mut content = String::new();
    let mut chars = bare.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => {
                let after = bare.get(i + 1..).unwrap_or("");
                let rest = after.strip_prefix('@').ok_or(AddressError::Malformed("no `@` after the quoted part"))?;
                return Ok((content, true, rest));
            }
            '\\' => content.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => content.push(c),
        }
    }
    Err(AddressError::Malformed("the quoted part is not closed"))
}

fn read_dotted(bare: &str) -> Result<(String, bool, &str), AddressError> {
    let (local, rest) = bare.split_once('@').ok_or(AddressError::NoAt)?;
    if rest.contains('@') {
        return Err(AddressError::Malformed("more than one `@`"));
    }
    Ok((local.to_owned(), false, rest))
}

/// Characters that may stand in no local part, quoted or not: those that end a line, a path or a header, and those
/// nobody can see. RFC 5321 allows `<` and `>` in quotes; no mailbox needs them, and SMTP commands end there.
fn refused(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '<' | '>') || (c.is_whitespace() && c != ' ') || is_odd(c)
}

/// Private use and noncharacters: never assigned a meaning two programs share.
fn is_odd(c: char) -> bool {
    let n = u32::from(c);
    (0xe000..=0xf8ff).contains(&n)
        || n >= 0xf_0000
        || (0xfdd0..=0xfdef).contains(&n)
        || n & 0xfffe == 0xfffe
        || n == 0xfffd
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && !c.is_whitespace())
}

fn is_dot_atom(text: &str) -> bool {
    check_dot_atom(text).is_ok()
}

fn check_dot_atom(text: &str) -> Result<(), AddressError> {
    if let Some(character) = text.chars().find(|c| *c != '.' && !is_atext(*c)) {
        return Err(AddressError::Character { part: PART, character });
    }
    if text.starts_with('.') || text.ends_with('.') {
        return Err(AddressError::Malformed("a dot at the edge of the part before the `@`"));
    }
    if text.contains("..") {
        return Err(AddressError::Malformed("two dots in a row before the `@`"));
    }
    Ok(())
}

fn quote(content: &str) -> String {
    let mut out = String::with_capacity(content.len() + 2);
    out.push('"');
    for c in content.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

//! An e-mail address, parsed once.
//!
//! The grammar is RFC 5321 §4.1.2 with the non-ASCII characters of RFC 6531 §3.3, narrowed by a policy of our own: the
//! domain has a dot, no address literals, and nothing inside the local part that could end an SMTP command or a header.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

mod cell;
mod domain;
mod local;
mod plain;

/// Longest cell worth reading, in octets: a mailbox has at most 254, a `mailto:` link carries a subject and a body too.
const LONGEST_CELL: usize = 4096;
/// Longest address in octets: a path of 256 less its angle brackets (RFC 5321 §4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;

/// A mailbox we are willing to write to: syntactically sound, domain in lower-case A-labels with at least one dot.
///
/// Two spellings that mean the same octets on the wire are one value: the local part is in NFC and quoted only where it
/// must be. `Debug` is masked, because Debug is what ends up in logs; [`fmt::Display`] gives the address whole.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress {
    local: String,
    domain: String,
}

/// Why a cell is no address of ours. Holds no part of the cell beyond one odd character, so that it can be shown where
/// addresses are masked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// No `@`.
    #[error("the address has no `@`")]
    NoAt,
    /// Two mailboxes where one belongs.
    #[error("two addresses in one cell; give each a row of its own")]
    Several,
    /// Longer than any mailbox may be.
    #[error("the {part} is longer than {limit} octets")]
    TooLong {
        /// `address`, `part before the @`, `domain` or `cell`.
        part: &'static str,
        /// Limit in octets.
        limit: usize,
    },
    /// A character that may not stand there; shown by its number where it cannot be seen.
    #[error("{} in the {part}", show(*.character))]
    Character {
        /// `address`, `part before the @` or `domain`.
        part: &'static str,
        /// The character.
        character: char,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Malformed(&'static str),
}

impl EmailAddress {
    /// Reads an address as found in a cell: bare, as `mailto:x@y?subject=…`, or as `Name <x@y>`; blanks around it are
    /// trimmed, no-break and zero-width ones too, and fullwidth forms are taken for the ASCII they stand for.
    ///
    /// # Errors
    /// [`AddressError`] says what is wrong with it.
    pub fn parse(cell: &str) -> Result<Self, AddressError> {
        plain::read(cell).map_or_else(|| Self::parse_any(cell), Ok)
    }

    fn parse_any(cell: &str) -> Result<Self, AddressError> {
        if cell.len() > LONGEST_CELL {
            return Err(AddressError::TooLong { part: "cell", limit: LONGEST_CELL });
        }
        let bare = cell::unwrap(cell)?;
        let (local, rest) = local::split(&bare)?;
        let domain = domain::to_a_labels(rest)?;
        if local.len() + 1 + domain.len() > LONGEST_ADDRESS {
            return Err(AddressError::TooLong { part: "address", limit: LONGEST_ADDRESS });
        }
        Ok(Self { local, domain })
    }

    /// An address that was parsed once and stored: taken as it stands, so that a policy that became stricter since does
    /// not make it unreadable.
    pub fn stored(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        Some(Self { local: local.to_owned(), domain: domain.to_owned() })
    }

    /// Left of the `@`: in NFC, quoted only where it must be, otherwise as given.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Right of the `@`: lower case, A-labels.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether the local part needs SMTPUTF8 (RFC 6531).
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// The form in which two spellings of one mailbox are equal: NFC, case folded, A-labels. What
    /// [`super::keys::Keyring::address_key`] is taken over. Plus-addresses stay apart: they are mailboxes people chose.
    pub fn normalised(&self) -> String {
        let mut folded = fold_case(&self.local);
        if !folded.is_ascii() {
            folded = folded.nfc().collect();
        }
        folded.push('@');
        folded.push_str(&self.domain);
        folded
    }

    /// `l***@example.org`: enough to recognise, too little to write to.
    pub fn masked(&self) -> String {
        let first = self.local.chars().find(|c| *c != '"').unwrap_or('*');
        format!("{first}***@{}", self.domain)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(***)")
    }
}

/// A cell that may hold an address, made fit for the screen: everything between its first character and the `@` hidden.
pub fn mask_cell(cell: &str) -> String {
    let shown: String = cell.chars().map(|c| if c.is_control() || is_invisible(c) { '·' } else { c }).collect();
    let shown = shown.trim_matches(['·', ' ']);
    match shown.rsplit_once('@') {
        Some((local, domain)) => {
            let first = local.chars().next().map(String::from).unwrap_or_default();
            format!("{first}***@{}", domain.chars().take(60).collect::<String>())
        }
        None => shown.chars().next().map(|first| format!("{first}***")).unwrap_or_default(),
    }
}

/// Case folded in the sense of the Unicode default caseless match: by way of upper case, so that `ß` meets `SS` and
/// both sigmas meet. The dotless `ı` stays itself: its upper case would merge it with `i`.
pub(crate) fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else if c == 'ı' {
            out.push(c);
        } else {
            out.extend(c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase));
        }
    }
    out
}

/// Whether a character leaves no mark on the screen or turns the text around it: zero-width characters, bidi controls,
/// the byte order mark, line and paragraph separators, tags, variation selectors.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn show(c: char) -> String {
    if c == ' ' {
        "a blank".to_owned()
    } else if c.is_control() || c.is_whitespace() || is_invisible(c) {
        format!("the invisible character U+{:04X}", u32::from(c))
    } else {
        format!("a `{c}`")
    }
}

#[cfg(test)]
mod tests;

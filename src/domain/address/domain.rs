//! The part after the `@`.

use super::{AddressError, is_invisible};

/// Longest domain in octets, as text without its root dot (RFC 1035 §2.3.4 counts 255 on the wire).
const LONGEST_DOMAIN: usize = 253;
const PART: &str = "domain";

/// The domain in lower-case A-labels (UTS 46, non-transitional), if it is one we write to.
pub(super) fn to_a_labels(domain: &str) -> Result<String, AddressError> {
    if domain.is_empty() {
        return Err(AddressError::Malformed("nothing stands after the `@`"));
    }
    if domain.starts_with('[') {
        return Err(AddressError::Malformed("an address literal is no domain; give a name such as example.org"));
    }
    // UTS 46 maps some of these to nothing; an address somebody cannot see whole is not passed on.
    let unseen =
        |c: char| c.is_control() || c.is_whitespace() || (is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}'));
    if let Some(character) = domain.chars().find(|c| unseen(*c)) {
        return Err(AddressError::Character { part: PART, character });
    }
    let ascii = idna::domain_to_ascii(domain)
        .map_err(|_| AddressError::Malformed("the domain is no valid internationalised name"))?;
    check(&ascii)?;
    Ok(ascii)
}

fn check(ascii: &str) -> Result<(), AddressError> {
    if let Some(character) = ascii.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-')) {
        return Err(AddressError::Character { part: PART, character });
    }
    if ascii.ends_with('.') {
        return Err(AddressError::Malformed("the domain ends in a dot"));
    }
    if ascii.starts_with('.') || ascii.contains("..") {
        return Err(AddressError::Malformed("two dots in a row, or one at the start, in the domain"));
    }
    if !ascii.contains('.') {
        return Err(AddressError::Malformed("the domain has no dot"));
    }
    if ascii.len() > LONGEST_DOMAIN {
        return Err(AddressError::TooLong { part: PART, limit: LONGEST_DOMAIN });
    }
    for label in ascii.split('.') {
        if label.len() > 63 {
            return Err(AddressError::TooLong { part: "label of the domain", limit: 63 });
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(AddressError::Malformed("a hyphen at the edge of a label of the domain"));
        }
    }
    // A name whose last label is a number would be read as an IPv4 address (RFC 3696 §2).
    if ascii.rsplit('.').next().is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit())) {
        return Err(AddressError::Malformed("the domain ends in a number; an IP address is no domain"));
    }
    Ok(())
}

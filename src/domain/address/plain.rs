//! The address most cells hold: lower-case ASCII and nothing around it. It is taken as it stands, without a step that would
//! leave it so.

use super::{EmailAddress, LONGEST_ADDRESS};

/// The address in a cell, if it is one of these. Whatever is not, [`EmailAddress::parse`] looks at step by step.
pub(super) fn read(cell: &str) -> Option<EmailAddress> {
    let (local, domain) = cell.split_once('@')?;
    let is_word = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit();
    let atoms = |part: &str, longest: usize, within: &[u8]| {
        part.split('.').all(|atom| {
            (1..=longest).contains(&atom.len()) && atom.bytes().all(|octet| is_word(octet) || within.contains(&octet))
        })
    };
    let sound = cell.len() <= LONGEST_ADDRESS
        && local.len() <= super::local::LONGEST_LOCAL
        && atoms(local, super::local::LONGEST_LOCAL, b"_-+")
        && atoms(domain, 63, b"-")
        // Hyphens at an edge are refused, and a pair of them may mark a label in another script.
        && !domain.split('.').any(|label| label.starts_with('-') || label.ends_with('-') || label.contains("--"))
        && domain.rsplit_once('.').is_some_and(|(_, top)| !top.bytes().all(|octet| octet.is_ascii_digit()));
    sound.then(|| EmailAddress { local: local.to_owned(), domain: domain.to_owned() })
}

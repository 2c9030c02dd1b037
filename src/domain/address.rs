//! An e-mail address, parsed once.

use std::fmt;

/// A mailbox we are willing to write to: syntactically sound, domain in lower-case A-labels with at least one dot.
///
/// `Debug` is masked, because Debug is what ends up in logs; [`fmt::Display`] gives the address whole.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress {
    local: String,
    domain: String,
}

/// Why a cell is no address of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// No `@`.
    #[error("`{0}` has no `@`")]
    NoAt(String),
    /// Anything else, in words.
    #[error("{0}")]
    Malformed(String),
}

impl EmailAddress {
    /// Reads an address as found in a cell.
    ///
    /// # Errors
    /// [`AddressError`] says what is wrong with it.
    pub fn parse(cell: &str) -> Result<Self, AddressError> {
        // PLACEHOLDER for the import slice: policy of message.md and cli.md.
        let cell = cell.trim();
        let (local, domain) = cell.rsplit_once('@').ok_or_else(|| AddressError::NoAt(cell.to_owned()))?;
        Ok(Self { local: local.to_owned(), domain: domain.to_ascii_lowercase() })
    }

    /// Left of the `@`, as given.
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
    /// [`super::keys::Keyring::address_key`] is taken over.
    pub fn normalised(&self) -> String {
        format!("{}@{}", self.local.to_lowercase(), self.domain)
    }

    /// `l***@example.org`: enough to recognise, too little to write to.
    pub fn masked(&self) -> String {
        let first = self.local.chars().next().unwrap_or('*');
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

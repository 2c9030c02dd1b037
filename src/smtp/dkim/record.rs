//! The DNS record that lets others check a signature (RFC 6376 §3.6).

use std::fmt;

use data_encoding::BASE64;

use super::Signer;

/// Octets one string of a TXT record can hold (RFC 1035 §3.3).
const STRING: usize = 255;

/// The TXT record of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `<selector>._domainkey.<domain>`
    pub name: String,
    /// Its value, whole.
    pub value: String,
}

impl Record {
    /// The record of a signer's key.
    pub fn of(signer: &Signer) -> Self {
        let Signer { domain, selector, key } = signer;
        Self {
            name: format!("{selector}._domainkey.{domain}"),
            value: format!("v=DKIM1; k={}; p={}", key.algorithm().as_str(), BASE64.encode(&key.public())),
        }
    }

    /// The value in strings as the DNS keeps it; readers join them without anything between (RFC 6376 §3.6.2.2).
    pub fn strings(&self) -> Vec<&str> {
        let mut rest = self.value.as_str();
        let mut strings = Vec::new();
        while !rest.is_empty() {
            let (string, later) = rest.split_at(rest.len().min(STRING));
            strings.push(string);
            rest = later;
        }
        strings
    }
}

/// As a zone file has it (RFC 1035 §5.1).
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.strings().as_slice() {
            [one] => write!(f, "{}. IN TXT \"{one}\"", self.name),
            several => {
                writeln!(f, "{}. IN TXT (", self.name)?;
                several.iter().try_for_each(|string| writeln!(f, "  \"{string}\""))?;
                f.write_str(")")
            }
        }
    }
}

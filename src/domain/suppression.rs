//! Suppressions: addresses we must not write to, known by a keyed hash and kept apart from contacts.

use jiff::Timestamp;

use super::contact::vocabulary;
use super::keys::AddressKey;

/// The topic that covers every topic.
pub const EVERYTHING: &str = "*";

vocabulary! {
    /// Why an address must not be written to, in the order hold-backs name it.
    Reason {
        /// The person asked to be forgotten.
        Erased = "erased",
        /// The person said no.
        OptedOut = "opted_out",
        /// The person complained about spam.
        Complained = "complained",
        /// The mailbox does not exist.
        HardBounce = "hard_bounce",
    }
}

/// One address that must not be written to about one topic, or about anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Key of the normalised address.
    pub key: AddressKey,
    /// The address; empty once forgotten.
    pub address: String,
    /// A campaign topic, or [`EVERYTHING`].
    pub topic: String,
    /// Why.
    pub reason: Reason,
    /// The person's or officer's own words, or the reply's code; may be empty.
    pub note: String,
    /// Since when.
    pub since: Timestamp,
    /// Where it came from: `import <file>`, `command`, `relay`, `one-click` …
    pub source: String,
}

//! Addresses that must not be written to.

use jiff::Timestamp;

use crate::domain::keys::AddressKey;
use crate::domain::suppression::Suppression;

use super::LedgerResult;

/// Addresses that must not be written to.
pub trait Suppressions {
    /// Adds suppressions, to the synced opt-out log first and then to the ledger. One that stands already is left as it
    /// is. Returns for each whether it was new.
    fn suppress(&mut self, batch: &[Suppression], now: Timestamp) -> LedgerResult<Vec<bool>>;
    /// Every suppression.
    fn suppressions(&mut self) -> LedgerResult<Vec<Suppression>>;
    /// Those of one mailbox.
    fn suppressions_of(&mut self, key: AddressKey) -> LedgerResult<Vec<Suppression>>;
}

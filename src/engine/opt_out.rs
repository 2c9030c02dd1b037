//! Records and answers opt-outs.

use jiff::Timestamp;

use crate::domain::address::EmailAddress;
use crate::domain::keys::{AddressKey, Keyring};
use crate::domain::suppression::{Reason, Standing, Suppression};
use crate::domain::vocabulary::reason;

use super::ports::{LedgerResult, Suppressions};

/// Records that a person does not want to be written to: about `topic`, or at all
/// ([`crate::domain::suppression::EVERYTHING`]). `note` is why, in their or the officer's words; a word import knows as
/// a reason, such as `hard_bounce`, is the reason. Returns whether that
/// stood not already.
///
/// # Errors
/// The ledger's.
pub fn add(
    ledger: &mut dyn Suppressions,
    keyring: &Keyring,
    address: &EmailAddress,
    topic: &str,
    note: &str,
    now: Timestamp,
) -> LedgerResult<bool> {
    let suppression = Suppression {
        key: keyring.address_key(&address.normalised()),
        address: address.to_string(),
        topic: topic.to_owned(),
        reason: reason(note).unwrap_or(Reason::OptedOut),
        note: note.to_owned(),
        since: now,
        source: "command".to_owned(),
    };
    Ok(ledger.suppress(&[suppression], now)?.contains(&true))
}

/// Whether a mailbox may be written to: about one topic, or (without one) about anything.
///
/// # Errors
/// The ledger's.
pub fn check(ledger: &mut dyn Suppressions, key: AddressKey, topic: Option<&str>) -> LedgerResult<Standing> {
    Ok(Standing::of(&ledger.suppressions_of(key)?, topic))
}

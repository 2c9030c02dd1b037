//! The sliding caps with what the ledger counted already: for sending, and for telling when it will be done.

use jiff::Timestamp;

use crate::domain::caps::SlidingCaps;
use crate::domain::pace::{LONGEST_WINDOW, RatePolicy};
use crate::domain::stream::Streams;
use crate::engine::ports::{Ledger, LedgerResult};

/// The caps of a policy with the attempts of the last [`LONGEST_WINDOW`]. Without a cap nothing is asked.
pub(crate) fn caps_so_far(ledger: &mut dyn Ledger, policy: &RatePolicy, now: Timestamp) -> LedgerResult<SlidingCaps> {
    let mut caps = SlidingCaps::new(policy);
    if caps.are_any() {
        let streams = Streams::new(policy);
        let day_ago = now.checked_sub(LONGEST_WINDOW).unwrap_or(Timestamp::MIN);
        ledger.attempts_since(day_ago, &mut |at, domain| caps.count(&streams.of(domain), at))?;
    }
    Ok(caps)
}

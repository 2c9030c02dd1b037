//! When a deferred invitation is tried again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::keys::AddressKey;

/// `[relay.retry]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Delay after the first deferral; doubles each time.
    pub first_delay: Duration,
    /// From the first attempt.
    pub give_up_after: Duration,
    /// What to do with an invitation in doubt.
    pub on_doubt: OnDoubt,
}

/// What to do when the server may or may not have taken a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDoubt {
    /// Wait for a person (`convoke settle`).
    Hold,
    /// Send again with the same Message-ID and bytes.
    Resend,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_secs(30 * 60),
            give_up_after: Duration::from_secs(3 * 24 * 3600),
            on_doubt: OnDoubt::Hold,
        }
    }
}

/// Delays are lengthened by up to one part in this many, so that what was deferred together does not come back together.
const JITTER: u32 = 10;

impl RetryPolicy {
    /// When a deferred invitation is next due, or `None` once it is too old to be tried again.
    ///
    /// The delay doubles with every attempt and is lengthened (never shortened) by a share that depends on `key` and
    /// `attempts` alone. A delay that would end after [`RetryPolicy::give_up_after`] ends with it.
    ///
    /// * `first_attempt`: when the first attempt that counted began.
    /// * `attempts`: attempts that counted so far, the one just deferred included.
    pub fn next_attempt(
        &self,
        first_attempt: Timestamp,
        attempts: u32,
        key: AddressKey,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let deadline = self.deadline(first_attempt);
        if now >= deadline {
            return None;
        }
        let doubled =
            self.first_delay.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
        let delay = doubled.saturating_add((doubled / JITTER).mul_f64(jitter(key, attempts)));
        Some(later(now, delay).min(deadline))
    }

    /// After this moment an invitation first tried at `first_attempt` is given up.
    pub fn deadline(&self, first_attempt: Timestamp) -> Timestamp {
        later(first_attempt, self.give_up_after)
    }

    /// Invitations whose first attempt began before this moment are given up.
    pub fn expiry_line(&self, now: Timestamp) -> Timestamp {
        SignedDuration::try_from(self.give_up_after)
            .ok()
            .and_then(|back| now.checked_sub(back).ok())
            .unwrap_or(Timestamp::MIN)
    }
}

/// `at` plus `delay`, or the end of time.
fn later(at: Timestamp, delay: Duration) -> Timestamp {
    SignedDuration::try_from(delay).ok().and_then(|delay| at.checked_add(delay).ok()).unwrap_or(Timestamp::MAX)
}

/// A share in 0..1 that is the same whenever it is asked for, and different from row to row and attempt to attempt.
fn jitter(key: AddressKey, attempts: u32) -> f64 {
    // FNV-1a, 32 bits: nothing here needs to be hard to guess, only spread out.
    let hash = key
        .0
        .iter()
        .chain(&attempts.to_be_bytes())
        .fold(0x811c_9dc5_u32, |hash, octet| (hash ^ u32::from(*octet)).wrapping_mul(0x0100_0193));
    f64::from(hash) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn policy(first_delay: u64, give_up_after: u64) -> RetryPolicy {
        RetryPolicy {
            first_delay: Duration::from_secs(first_delay),
            give_up_after: Duration::from_secs(give_up_after),
            on_doubt: OnDoubt::Hold,
        }
    }

    fn after(seconds: i64) -> Timestamp {
        START.checked_add(SignedDuration::from_secs(seconds)).unwrap()
    }

    fn seconds_until_next(policy: &RetryPolicy, attempts: u32, key: u8, now: i64) -> Option<i64> {
        policy.next_attempt(START, attempts, AddressKey([key; 16]), after(now)).map(|at| at.as_second() - now)
    }

    #[test]
    fn the_delay_doubles_and_is_never_shortened() {
        let policy = policy(1800, 3 * 24 * 3600);
        for (attempts, plain) in [(1, 1800), (2, 3600), (3, 7200), (4, 14_400)] {
            let delay = seconds_until_next(&policy, attempts, 7, 60).unwrap();
            assert!((plain..=plain + plain / 10).contains(&delay), "attempt {attempts}: {delay} s");
        }
    }

    #[test]
    fn the_last_delay_ends_with_the_time_to_give_up() {
        assert_eq!(seconds_until_next(&policy(100, 150), 2, 7, 120), Some(30));
    }

    #[test]
    fn what_is_too_old_is_not_tried_again() {
        assert_eq!(seconds_until_next(&policy(100, 150), 1, 7, 150), None);
        assert_eq!(policy(100, 150).expiry_line(after(151)), after(1));
    }

    #[test]
    fn rows_deferred_together_come_back_apart_and_always_at_the_same_moment() {
        let policy = policy(1800, 3 * 24 * 3600);
        let delays: std::collections::BTreeSet<_> = (0..50).map(|key| seconds_until_next(&policy, 1, key, 0)).collect();
        assert!(delays.len() > 30, "only {} different delays", delays.len());
        assert_eq!(seconds_until_next(&policy, 1, 9, 0), seconds_until_next(&policy, 1, 9, 0));
    }

    proptest! {
        #[test]
        fn no_numbers_make_it_panic_or_come_back_before_now(
            first_delay in any::<u64>(), give_up in any::<u64>(), attempts in any::<u32>(),
            key in any::<[u8; 16]>(), first in -1_000_000_000_i64..4_000_000_000, waited in 0_i64..4_000_000_000,
        ) {
            let policy = policy(first_delay, give_up);
            let (first, now) = (after(first), after(first + waited));
            if let Some(next) = policy.next_attempt(first, attempts, AddressKey(key), now) {
                prop_assert!(next >= now && next <= policy.deadline(first));
            }
        }
    }
}

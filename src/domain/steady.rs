//! Steady rates: messages at even intervals, with a small burst after a rest.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::pace::RateLimits;

/// A steady rate as the moment up to which the messages so far are paid for, and a burst that may run ahead of it (the
/// generic cell rate algorithm). Time is an argument: sending keeps it by a clock that nobody sets, a forecast on paper.
#[derive(Debug, Clone)]
pub struct Steady {
    interval: Option<SignedDuration>,
    ahead: SignedDuration,
    /// When the messages so far are paid for.
    paid_at: Timestamp,
}

impl Steady {
    /// Nothing has gone before this moment.
    pub fn new(limits: &RateLimits, now: Timestamp) -> Self {
        let interval = limits.interval().and_then(|interval: Duration| SignedDuration::try_from(interval).ok());
        let ahead = interval.and_then(|interval| {
            interval.checked_mul(i32::try_from(limits.burst.saturating_sub(1)).unwrap_or(i32::MAX))
        });
        Self { interval, ahead: ahead.unwrap_or_default(), paid_at: now }
    }

    /// Whether there is a rate at all.
    pub fn is_limited(&self) -> bool {
        self.interval.is_some()
    }

    /// When the next message may go.
    pub fn free_at(&self) -> Timestamp {
        self.paid_at.checked_sub(self.ahead).unwrap_or(Timestamp::MIN)
    }

    /// A message goes.
    pub fn take(&mut self, at: Timestamp) {
        if let Some(interval) = self.interval {
            self.paid_at = self.paid_at.max(at).checked_add(interval).unwrap_or(Timestamp::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_then_one_goes_each_interval() {
        let at = |milliseconds: i64| Timestamp::from_millisecond(1_800_000_000_000 + milliseconds).unwrap();
        let limits = RateLimits { per_second: 2.0, burst: 3, ..RateLimits::default() };
        let mut steady = Steady::new(&limits, at(0));
        for expected in [0, 0, 0, 500, 1000] {
            let now = at(expected);
            assert!(steady.free_at() <= now, "{expected}");
            assert!(steady.free_at() > at(expected - 1) || expected == 0, "{expected}");
            steady.take(now);
        }
        steady.take(at(60_000));
        assert!(steady.free_at() <= at(60_000), "a rest gives the burst back, and no more");
        steady.take(at(60_000));
        steady.take(at(60_000));
        assert_eq!(steady.free_at(), at(60_500));
    }
}

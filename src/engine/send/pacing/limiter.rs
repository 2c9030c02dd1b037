//! A steady rate that takes turns back.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::pace::RateLimits;
use crate::domain::steady::Steady;

/// Turns that can be taken back; an older one stays taken.
const KEPT: usize = 4_096;

/// A steady rate, and the turns that were taken of it lately.
#[derive(Debug)]
pub(super) struct Limiter {
    steady: Steady,
    /// As it was before the turns that are kept.
    before: Steady,
    taken: VecDeque<Timestamp>,
}

impl Limiter {
    /// `None` where there is no rate to keep.
    pub(super) fn new(limits: &RateLimits) -> Option<Self> {
        let steady = Steady::new(limits, Timestamp::MIN);
        steady.is_limited().then(|| Self { before: steady.clone(), steady, taken: VecDeque::new() })
    }

    /// How long the next message must rest, if it must.
    pub(super) fn rest(&self, now: Timestamp) -> Option<Duration> {
        let rest = Duration::try_from(self.steady.free_at().duration_since(now)).ok()?;
        // At least a tick, so that nobody spins on a rest of next to nothing.
        (!rest.is_zero()).then_some(rest.max(Duration::from_millis(1)))
    }

    /// A message goes.
    pub(super) fn take(&mut self, at: Timestamp) {
        self.steady.take(at);
        self.taken.push_back(at);
        if self.taken.len() > KEPT
            && let Some(oldest) = self.taken.pop_front()
        {
            self.before.take(oldest);
        }
    }

    /// The message of this moment did not go: all is as if it had never had a turn. Only counting one turn less would let
    /// more go at once than the burst, where there was a rest in between.
    pub(super) fn take_back(&mut self, at: Timestamp) {
        let Some(place) = self.taken.iter().rposition(|taken| *taken == at) else { return };
        self.taken.remove(place);
        self.steady = self.before.clone();
        self.taken.iter().for_each(|taken| self.steady.take(*taken));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + milliseconds).unwrap()
    }

    fn limiter(burst: u32) -> Limiter {
        Limiter::new(&RateLimits { per_second: 1.0, burst, ..RateLimits::default() }).unwrap()
    }

    #[test]
    fn a_turn_taken_back_is_there_again() {
        let mut limiter = limiter(1);
        limiter.take(at(0));
        assert_eq!(limiter.rest(at(400)), Some(Duration::from_millis(600)));
        limiter.take_back(at(0));
        assert_eq!(limiter.rest(at(400)), None);
    }

    #[test]
    fn a_turn_taken_back_late_lets_no_two_go_at_once() {
        let mut limiter = limiter(1);
        limiter.take(at(0));
        limiter.take(at(5_000));
        limiter.take_back(at(0));
        assert_eq!(limiter.rest(at(5_000)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn of_a_burst_only_what_went_counts() {
        let mut limiter = limiter(3);
        for _ in 0..3 {
            limiter.take(at(0));
        }
        assert!(limiter.rest(at(0)).is_some());
        limiter.take_back(at(0));
        limiter.take_back(at(0));
        limiter.take(at(10));
        assert_eq!(limiter.rest(at(10)), None);
        limiter.take(at(10));
        assert!(limiter.rest(at(10)).is_some());
    }

    #[test]
    fn no_rate_is_no_limiter() {
        assert!(Limiter::new(&RateLimits::default()).is_none());
    }
}

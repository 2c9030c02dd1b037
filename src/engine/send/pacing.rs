//! Whose turn it is: the steady rates (governor) and the sliding caps (the ledger's attempts), of the relay and of each
//! domain that has limits of its own.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;

use crate::domain::pace::{RateLimits, RatePolicy, SlidingCaps};

/// Whether a message may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Now.
    Now,
    /// After this rest: the steady rate asks for it, and it is waited for.
    After(Duration),
    /// Not before a cap has room again.
    At(Timestamp),
}

/// Keeps the pace of one run.
pub struct Pacer {
    relay: Option<Limiter>,
    /// The relay's rate has let one message go that has not found a domain yet.
    permit: bool,
    domains: HashMap<String, Limiter>,
    caps: SlidingCaps,
}

impl Pacer {
    /// Starts with the attempts of the last [`crate::domain::pace::LONGEST_WINDOW`].
    pub fn new(policy: RatePolicy, past: Vec<(Timestamp, String)>) -> Self {
        let domains = policy.domains.iter();
        Self {
            relay: Limiter::new(&policy.relay),
            permit: false,
            domains: domains.filter_map(|(name, limits)| Some((name.clone(), Limiter::new(limits)?))).collect(),
            caps: SlidingCaps::new(policy, past),
        }
    }

    /// Whether the relay may take another message. `Now` is kept until [`Pacer::begin`].
    pub fn relay_turn(&mut self, now: Timestamp) -> Turn {
        if let Some(at) = self.caps.relay_free_at(now) {
            return Turn::At(at);
        }
        if !self.permit {
            if let Some(rest) = self.relay.as_ref().and_then(Limiter::take) {
                return Turn::After(rest);
            }
            self.permit = true;
        }
        Turn::Now
    }

    /// Whether the domain may take another message. `Now` must be used: the message goes.
    pub fn domain_turn(&mut self, domain: &str, now: Timestamp) -> Turn {
        if let Some(at) = self.caps.domain_free_at(domain, now) {
            return Turn::At(at);
        }
        self.domains.get(domain).and_then(Limiter::take).map_or(Turn::Now, Turn::After)
    }

    /// When a domain's caps allow another message; `None` means now.
    pub fn domain_capped_until(&mut self, domain: &str, now: Timestamp) -> Option<Timestamp> {
        self.caps.domain_free_at(domain, now)
    }

    /// A message to this domain goes.
    pub fn begin(&mut self, domain: &str, now: Timestamp) {
        self.permit = false;
        self.caps.count(domain, now);
    }

    /// The message begun at `at` never became an attempt.
    pub fn take_back(&mut self, domain: &str, at: Timestamp) {
        self.caps.uncount(domain, at);
    }
}

struct Limiter {
    limiter: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

impl Limiter {
    fn new(limits: &RateLimits) -> Option<Self> {
        let quota = Quota::with_period(limits.interval()?)?;
        let burst = NonZeroU32::new(limits.burst).unwrap_or(NonZeroU32::MIN);
        Some(Self { limiter: RateLimiter::direct(quota.allow_burst(burst)), clock: DefaultClock::default() })
    }

    /// Takes a turn, or tells how long the rest is.
    fn take(&self) -> Option<Duration> {
        let refusal = self.limiter.check().err()?;
        // At least a tick, so that nobody spins on a rest of nothing.
        Some(refusal.wait_time_from(self.clock.now()).max(Duration::from_millis(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pacer(relay: RateLimits, domains: &[(&str, RateLimits)], past: Vec<(Timestamp, String)>) -> Pacer {
        let domains = domains.iter().map(|(name, limits)| ((*name).to_owned(), limits.clone())).collect();
        Pacer::new(RatePolicy { relay, domains }, past)
    }

    fn slow() -> RateLimits {
        RateLimits { per_second: 0.001, ..RateLimits::default() }
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn the_relays_turn_is_kept_until_a_message_takes_it() {
        let mut pacer = pacer(slow(), &[], Vec::new());
        assert_eq!(pacer.relay_turn(NOW), Turn::Now);
        assert_eq!(pacer.relay_turn(NOW), Turn::Now, "asked again, nothing gone");
        pacer.begin("a.example", NOW);
        assert!(matches!(pacer.relay_turn(NOW), Turn::After(rest) if rest > Duration::from_secs(900)));
    }

    #[test]
    fn a_slow_domain_rests_while_others_go() {
        let mut pacer = pacer(RateLimits::default(), &[("slow.example", slow())], Vec::new());
        assert_eq!(pacer.domain_turn("slow.example", NOW), Turn::Now);
        assert!(matches!(pacer.domain_turn("slow.example", NOW), Turn::After(_)));
        assert_eq!(pacer.domain_turn("fast.example", NOW), Turn::Now);
        assert_eq!(pacer.relay_turn(NOW), Turn::Now);
    }

    #[test]
    fn what_went_before_counts_against_the_cap_and_what_never_went_does_not() {
        let capped = RateLimits { per_hour: Some(2), ..RateLimits::default() };
        let mut pacer = pacer(capped, &[], vec![(NOW, "a.example".to_owned())]);
        assert_eq!(pacer.relay_turn(NOW), Turn::Now);
        pacer.begin("a.example", NOW);
        assert!(matches!(pacer.relay_turn(NOW), Turn::At(_)));
        pacer.take_back("a.example", NOW);
        assert_eq!(pacer.relay_turn(NOW), Turn::Now);
    }
}

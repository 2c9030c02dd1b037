//! Whose turn it is: the steady rates (governor) and the sliding caps (the ledger's attempts), of the relay and of each
//! domain that has limits of its own.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};

use super::steady::Steady;
use crate::domain::outcome::Outcome;
use crate::domain::pace::{RateLimits, RatePolicy, SlidingCaps};
use crate::domain::verdict::RelaySignal;

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
    /// Domains that asked to slow down in this run.
    slowed: HashMap<String, Slowed>,
    caps: SlidingCaps,
    /// Caps and rests are counted in time that nobody sets.
    steady: Steady,
}

/// A domain that asked to slow down: the rest between two messages grows by doubling and shrinks by steps.
#[derive(Debug, Clone, Copy)]
struct Slowed {
    rest: Duration,
    until: Timestamp,
}

const FIRST_SLOW_REST: Duration = Duration::from_millis(125);
/// Longer rests are the retry schedule's to give: whoever was put off is not due for half an hour anyway.
const LONGEST_SLOW_REST: Duration = Duration::from_millis(500);
const QUICKER: Duration = Duration::from_millis(50);

impl Pacer {
    /// Starts with the attempts of the last [`crate::domain::pace::LONGEST_WINDOW`].
    pub fn new(policy: RatePolicy, past: Vec<(Timestamp, String)>) -> Self {
        let domains = policy.domains.iter();
        Self {
            relay: Limiter::new(&policy.relay),
            permit: false,
            domains: domains.filter_map(|(name, limits)| Some((name.clone(), Limiter::new(limits)?))).collect(),
            slowed: HashMap::new(),
            caps: SlidingCaps::new(policy, past),
            steady: Steady::default(),
        }
    }

    /// Learns from an outcome how fast its domain may be served.
    pub fn hear(&mut self, domain: &str, outcome: &Outcome, signal: &RelaySignal, now: Timestamp) {
        let now = self.steady.at(now);
        if *signal == RelaySignal::SlowDomain {
            let slowed = self.slowed.entry(domain.to_owned()).or_insert(Slowed { rest: Duration::ZERO, until: now });
            slowed.rest = (slowed.rest * 2).clamp(FIRST_SLOW_REST, LONGEST_SLOW_REST);
            slowed.until = later(now, slowed.rest);
        } else if matches!(outcome, Outcome::Accepted { .. })
            && let Some(slowed) = self.slowed.get_mut(domain)
        {
            slowed.rest = slowed.rest.saturating_sub(QUICKER);
            if slowed.rest.is_zero() {
                self.slowed.remove(domain);
            }
        }
    }

    /// Whether the relay may take another message. `Now` is kept until [`Pacer::begin`].
    pub fn relay_turn(&mut self, now: Timestamp) -> Turn {
        let now = self.steady.at(now);
        if let Some(at) = self.caps.relay_free_at(now) {
            return Turn::At(self.steady.wall(at));
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
        let now = self.steady.at(now);
        if let Some(at) = self.caps.domain_free_at(domain, now) {
            return Turn::At(self.steady.wall(at));
        }
        let slow = self.slowed.get(domain).and_then(|slowed| Duration::try_from(slowed.until.duration_since(now)).ok());
        if let Some(rest) = slow.filter(|rest| !rest.is_zero()) {
            return Turn::After(rest);
        }
        self.domains.get(domain).and_then(Limiter::take).map_or(Turn::Now, Turn::After)
    }

    /// When a domain's caps allow another message; `None` means now.
    pub fn domain_capped_until(&mut self, domain: &str, now: Timestamp) -> Option<Timestamp> {
        let now = self.steady.at(now);
        self.caps.domain_free_at(domain, now).map(|at| self.steady.wall(at))
    }

    /// A message to this domain goes.
    pub fn begin(&mut self, domain: &str, now: Timestamp) {
        let now = self.steady.at(now);
        self.permit = false;
        self.caps.count(domain, now);
        if let Some(slowed) = self.slowed.get_mut(domain) {
            slowed.until = later(now, slowed.rest);
        }
    }

    /// The message begun at `at` never became an attempt.
    pub fn take_back(&mut self, domain: &str, at: Timestamp) {
        self.caps.uncount(domain, self.steady.of(at));
    }
}

/// `now` plus `rest`, or the end of time.
fn later(now: Timestamp, rest: Duration) -> Timestamp {
    SignedDuration::try_from(rest).ok().and_then(|rest| now.checked_add(rest).ok()).unwrap_or(Timestamp::MAX)
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
    use crate::domain::outcome::Reply;

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

    #[test]
    fn a_domain_that_asks_for_it_is_served_ever_slower_and_recovers_by_steps() {
        let mut pacer = pacer(RateLimits::default(), &[], Vec::new());
        let reply = Reply { code: 250, enhanced: None, text: String::new() };
        let put_off = Outcome::Deferred { reply: Some(reply.clone()), detail: String::new() };
        let mut rests = Vec::new();
        for _ in 0..5 {
            pacer.hear("slow.example", &put_off, &RelaySignal::SlowDomain, NOW);
            rests.push(pacer.domain_turn("slow.example", NOW));
        }
        let millis = |n| Turn::After(Duration::from_millis(n));
        assert_eq!(rests, [millis(125), millis(250), millis(500), millis(500), millis(500)]);
        assert_eq!(pacer.domain_turn("other.example", NOW), Turn::Now);
        for _ in 0..9 {
            pacer.hear("slow.example", &Outcome::Accepted { reply: reply.clone() }, &RelaySignal::Fine, NOW);
        }
        pacer.begin("slow.example", NOW);
        assert_eq!(pacer.domain_turn("slow.example", NOW), millis(50));
        pacer.hear("slow.example", &Outcome::Accepted { reply }, &RelaySignal::Fine, NOW);
        assert_eq!(pacer.domain_turn("slow.example", NOW), Turn::Now);
    }
}

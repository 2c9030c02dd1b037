//! How fast messages may leave: steady rates with a small burst, and sliding caps counted in the ledger.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Limits of one stream of messages: the whole relay, or one recipient domain.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimits {
    /// Messages a second; 0 means no limit.
    pub per_second: f64,
    /// Messages that may go at once after a rest.
    pub burst: u32,
    /// Messages in any 60 minutes.
    pub per_hour: Option<u32>,
    /// Messages in any 24 hours.
    pub per_day: Option<u32>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { per_second: 0.0, burst: 1, per_hour: None, per_day: None }
    }
}

/// `[relay.rate]` and its domains.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RatePolicy {
    /// Everything through this relay.
    pub relay: RateLimits,
    /// Recipient domains (lower-case A-labels) with limits of their own.
    pub domains: BTreeMap<String, RateLimits>,
}

/// The longest window a cap slides over: attempts older than this count nowhere.
pub const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(24);

impl RateLimits {
    /// Time between two messages at the steady rate, or `None` where there is no limit.
    pub fn interval(&self) -> Option<Duration> {
        if self.per_second.is_nan() || self.per_second <= 0.0 {
            return None;
        }
        // More than a message a nanosecond is no limit either.
        Duration::try_from_secs_f64(1.0 / self.per_second).ok().filter(|interval| !interval.is_zero())
    }

    fn caps(&self) -> [(Option<u32>, SignedDuration); 2] {
        [(self.per_hour, SignedDuration::from_hours(1)), (self.per_day, LONGEST_WINDOW)]
    }
}

/// Attempts counted against the sliding hourly and daily caps, of the relay and of each domain that has some.
///
/// An attempt counts when it begins: providers count refused mail too.
#[derive(Debug)]
pub struct SlidingCaps {
    policy: RatePolicy,
    relay: VecDeque<Timestamp>,
    domains: HashMap<String, VecDeque<Timestamp>>,
}

impl SlidingCaps {
    /// Starts from the attempts of the last [`LONGEST_WINDOW`], ascending, each with its recipient's domain.
    pub fn new(policy: RatePolicy, past: impl IntoIterator<Item = (Timestamp, String)>) -> Self {
        let mut caps = Self { policy, relay: VecDeque::new(), domains: HashMap::new() };
        for (at, domain) in past {
            caps.count(&domain, at);
        }
        caps
    }

    /// An attempt to this domain begins.
    pub fn count(&mut self, domain: &str, at: Timestamp) {
        let has_caps = |limits: &RateLimits| limits.caps().iter().any(|(cap, _)| cap.is_some());
        if has_caps(&self.policy.relay) {
            push_in_order(&mut self.relay, at);
        }
        if self.policy.domains.get(domain).is_some_and(has_caps) {
            push_in_order(self.domains.entry(domain.to_owned()).or_default(), at);
        }
    }

    /// The attempt counted at this moment never began.
    pub fn uncount(&mut self, domain: &str, at: Timestamp) {
        for attempts in [Some(&mut self.relay), self.domains.get_mut(domain)].into_iter().flatten() {
            if let Some(place) = attempts.iter().rposition(|counted| *counted == at) {
                attempts.remove(place);
            }
        }
    }

    /// When the relay's caps allow another attempt; `None` means now.
    pub fn relay_free_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        free_at(&self.policy.relay, &mut self.relay, now)
    }

    /// When the domain's own caps allow another attempt; `None` means now.
    pub fn domain_free_at(&mut self, domain: &str, now: Timestamp) -> Option<Timestamp> {
        let limits = self.policy.domains.get(domain)?;
        free_at(limits, self.domains.entry(domain.to_owned()).or_default(), now)
    }
}

/// Keeps the queue ascending even where the clock was set back: a cap that forgets would let too many go.
fn push_in_order(attempts: &mut VecDeque<Timestamp>, at: Timestamp) {
    let place = attempts.partition_point(|earlier| *earlier <= at);
    attempts.insert(place, at);
}

/// The latest of the moments at which each cap has room again.
fn free_at(limits: &RateLimits, attempts: &mut VecDeque<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    while attempts.front().is_some_and(|oldest| now.duration_since(*oldest) >= LONGEST_WINDOW) {
        attempts.pop_front();
    }
    let waits = limits.caps().into_iter().filter_map(|(cap, window)| {
        let cap = usize::try_from(cap?).ok()?;
        // With no room, the window must first slide past the attempt `cap` places from the end; a cap of 0 never frees.
        let blocking = if cap == 0 { return Some(Timestamp::MAX) } else { attempts.len().checked_sub(cap)? };
        let free = attempts.get(blocking)?.checked_add(window).unwrap_or(Timestamp::MAX);
        (free > now).then_some(free)
    });
    waits.max()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn limits(per_hour: Option<u32>, per_day: Option<u32>) -> RateLimits {
        RateLimits { per_hour, per_day, ..RateLimits::default() }
    }

    fn policy(relay: RateLimits, domains: &[(&str, RateLimits)]) -> RatePolicy {
        RatePolicy {
            relay,
            domains: domains.iter().map(|(name, limits)| ((*name).to_owned(), limits.clone())).collect(),
        }
    }

    #[test]
    fn the_hour_slides() {
        let mut caps = SlidingCaps::new(policy(limits(Some(2), None), &[]), []);
        caps.count("a.example", at(0));
        assert_eq!(caps.relay_free_at(at(10)), None);
        caps.count("b.example", at(10));
        assert_eq!(caps.relay_free_at(at(20)), Some(at(3600)), "when the first attempt leaves the window");
        assert_eq!(caps.relay_free_at(at(3600)), None);
    }

    #[test]
    fn the_day_binds_after_the_hour_is_over() {
        let mut caps = SlidingCaps::new(policy(limits(Some(2), Some(3)), &[]), []);
        for seconds in [0, 1, 4000] {
            caps.count("a.example", at(seconds));
        }
        assert_eq!(caps.relay_free_at(at(8000)), Some(at(86_400)));
    }

    #[test]
    fn attempts_of_an_earlier_run_count() {
        let past = (0..5).map(|i| (at(i), "a.example".to_owned()));
        let mut caps = SlidingCaps::new(policy(limits(Some(5), None), &[]), past);
        assert_eq!(caps.relay_free_at(at(5)), Some(at(3600)));
    }

    #[test]
    fn a_domain_at_its_cap_holds_nobody_else_back() {
        let mut caps = SlidingCaps::new(policy(RateLimits::default(), &[("slow.example", limits(Some(1), None))]), []);
        caps.count("slow.example", at(0));
        caps.count("fast.example", at(0));
        assert_eq!(caps.domain_free_at("slow.example", at(1)), Some(at(3600)));
        assert_eq!(caps.domain_free_at("fast.example", at(1)), None);
        assert_eq!(caps.relay_free_at(at(1)), None);
    }

    #[test]
    fn a_cap_of_nothing_lets_nothing_go() {
        let mut caps = SlidingCaps::new(policy(limits(Some(0), None), &[("a.example", limits(None, Some(0)))]), []);
        assert_eq!(caps.relay_free_at(at(0)), Some(Timestamp::MAX));
        assert_eq!(caps.domain_free_at("a.example", at(0)), Some(Timestamp::MAX));
    }

    #[test]
    fn a_clock_set_back_does_not_empty_the_window() {
        let mut caps = SlidingCaps::new(policy(limits(Some(1), None), &[]), [(at(7200), "a.example".to_owned())]);
        assert_eq!(caps.relay_free_at(at(0)), Some(at(7200 + 3600)));
    }

    #[test]
    fn the_steady_rate_is_an_interval_and_zero_is_no_limit() {
        let rate = |per_second| RateLimits { per_second, ..RateLimits::default() }.interval();
        assert_eq!(rate(10.0), Some(Duration::from_millis(100)));
        assert_eq!(rate(0.5), Some(Duration::from_secs(2)));
        for none in [0.0, -1.0, f64::NAN, 1e300] {
            assert_eq!(rate(none), None, "{none}");
        }
    }

    proptest! {
        /// Whatever the order and distance of attempts, nobody who asks first ever exceeds a cap in any window.
        #[test]
        fn no_window_ever_holds_more_than_its_cap(
            steps in proptest::collection::vec(0_i64..2_000, 1..200), hour in 1_u32..6, day in 1_u32..20,
        ) {
            let mut caps = SlidingCaps::new(policy(limits(Some(hour), Some(day)), &[]), []);
            let (mut now, mut sent) = (0, Vec::new());
            for step in steps {
                now += step;
                if caps.relay_free_at(at(now)).is_none() {
                    caps.count("a.example", at(now));
                    sent.push(now);
                }
            }
            for (i, start) in sent.iter().enumerate() {
                let within = |window: i64| sent[i..].iter().filter(|later| **later - start < window).count();
                prop_assert!(within(3600) <= hour as usize);
                prop_assert!(within(86_400) <= day as usize);
            }
        }
    }
}

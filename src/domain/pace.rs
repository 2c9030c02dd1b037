//! How fast messages may leave: steady rates with a small burst, and sliding caps counted in the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::SignedDuration;

use super::stream::{Stream, Streams};

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

/// Recipient domains that one provider receives for: whatever limits it, it limits them together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RateGroup {
    /// Its domains, in lower-case A-labels.
    pub domains: BTreeSet<String>,
    /// Limits of all of them together.
    pub limits: RateLimits,
}

/// `[relay.rate]`, its domains and its groups. No domain has limits of its own and is in a group, or in two groups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RatePolicy {
    /// Everything through this relay.
    pub relay: RateLimits,
    /// Recipient domains (lower-case A-labels) with limits of their own.
    pub domains: BTreeMap<String, RateLimits>,
    /// Domains by receiving provider.
    pub groups: BTreeMap<String, RateGroup>,
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

impl RatePolicy {
    /// A lower bound for how long `count` messages take, given how many go to each domain and that nothing was sent
    /// before: what a plan tells its reader.
    pub fn estimate(&self, by_domain: &BTreeMap<String, u64>) -> Duration {
        let streams = Streams::new(self);
        let mut by_stream: BTreeMap<Stream, u64> = BTreeMap::new();
        for (domain, count) in by_domain {
            *by_stream.entry(streams.of(domain)).or_default() += count;
        }
        let slowest = by_stream
            .iter()
            .filter_map(|(stream, count)| self.limits_of(stream).map(|limits| time_for(limits, *count)))
            .max()
            .unwrap_or_default();
        time_for(&self.relay, by_domain.values().sum()).max(slowest)
    }

    /// The limits a stream has, if any.
    pub fn limits_of(&self, stream: &Stream) -> Option<&RateLimits> {
        match stream {
            Stream::Relay => Some(&self.relay),
            Stream::Group(name) => self.groups.get(&**name).map(|group| &group.limits),
            Stream::Domain(name) => self.domains.get(&**name),
        }
    }
}

/// How long `count` messages take under these limits from a standing start.
fn time_for(limits: &RateLimits, count: u64) -> Duration {
    let steady = limits
        .interval()
        .map_or(0.0, |interval| interval.as_secs_f64() * count.saturating_sub(u64::from(limits.burst.max(1))) as f64);
    let seconds = limits.caps().into_iter().filter_map(|(cap, window)| {
        let cap = u64::from(cap?.max(1));
        Some(window.as_secs_f64() * (count.saturating_sub(1) / cap) as f64)
    });
    Duration::try_from_secs_f64(seconds.fold(steady, f64::max)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(relay: RateLimits, domains: &[(&str, RateLimits)]) -> RatePolicy {
        RatePolicy {
            relay,
            domains: domains.iter().map(|(name, limits)| ((*name).to_owned(), limits.clone())).collect(),
            ..RatePolicy::default()
        }
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

    #[test]
    fn an_estimate_takes_the_slowest_of_all_limits() {
        let steady = RateLimits { per_second: 10.0, ..RateLimits::default() };
        let counts = BTreeMap::from([("a.example".to_owned(), 101), ("slow.example".to_owned(), 10)]);
        assert_eq!(policy(steady.clone(), &[]).estimate(&counts).as_secs(), 11);
        let slow = RateLimits { per_second: 0.1, ..RateLimits::default() };
        assert_eq!(policy(steady.clone(), &[("slow.example", slow)]).estimate(&counts).as_secs(), 90);
        let capped = RateLimits { per_hour: Some(50), ..steady };
        assert_eq!(policy(capped.clone(), &[]).estimate(&counts).as_secs(), 2 * 3600);
        let group = RateGroup { domains: counts.keys().cloned().collect(), limits: capped };
        let grouped = RatePolicy { groups: [("provider".to_owned(), group)].into(), ..RatePolicy::default() };
        assert_eq!(grouped.estimate(&counts).as_secs(), 2 * 3600, "a group's domains take their turns together");
    }
}

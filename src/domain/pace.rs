//! How fast messages may leave: steady rates with a small burst, and sliding caps counted in the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::SignedDuration;

use super::stream::Stream;

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
}

impl RatePolicy {
    /// The limits a stream has, if any.
    pub fn limits_of(&self, stream: &Stream) -> Option<&RateLimits> {
        match stream {
            Stream::Relay => Some(&self.relay),
            Stream::Group(name) => self.groups.get(&**name).map(|group| &group.limits),
            Stream::Domain(name) => self.domains.get(&**name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steady_rate_is_an_interval_and_zero_is_no_limit() {
        let rate = |per_second| RateLimits { per_second, ..RateLimits::default() }.interval();
        assert_eq!(rate(10.0), Some(Duration::from_millis(100)));
        assert_eq!(rate(0.5), Some(Duration::from_secs(2)));
        for none in [0.0, -1.0, f64::NAN, 1e300] {
            assert_eq!(rate(none), None, "{none}");
        }
    }
}

//! How fast messages may leave: steady rates with a small burst, and sliding caps counted in the ledger.

use std::collections::BTreeMap;

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

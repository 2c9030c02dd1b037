//! When a campaign stops by itself.

/// `[stop]`
#[derive(Debug, Clone, PartialEq)]
pub struct StopRule {
    /// Share of rejected among the last [`StopRule::of_last`] outcomes above which sending pauses.
    pub rejected: f64,
    /// Window of outcomes the share is taken over.
    pub of_last: usize,
    /// Consecutive failures after which sending pauses.
    pub in_a_row: usize,
    /// Share of complaints above which sending pauses.
    pub complaints: f64,
}

impl Default for StopRule {
    fn default() -> Self {
        Self { rejected: 0.1, of_last: 100, in_a_row: 20, complaints: 0.003 }
    }
}

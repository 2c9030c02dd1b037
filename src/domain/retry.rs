//! When a deferred invitation is tried again.

use std::time::Duration;

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

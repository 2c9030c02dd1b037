//! Whether the relay serves us, and how long to be patient when it does not.

use std::time::Duration;

/// How long an unreachable relay is tried before anything was decided, and after.
const PATIENCE_AT_FIRST: Duration = Duration::from_secs(7);
const PATIENCE: Duration = Duration::from_secs(30);
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Whether the relay serves us. While it does not, one lane at a time tries, after ever longer rests. All times are on a clock
/// that nobody sets.
#[derive(Default)]
pub(super) struct Health {
    pub(super) good: bool,
    ever_decided: bool,
    pub(super) trouble_since: Option<Duration>,
    rest: Duration,
    rests_until: Option<Duration>,
}

impl Health {
    /// How long to rest before the next try.
    pub(super) fn rest(&self, elapsed: Duration) -> Option<Duration> {
        self.rests_until.and_then(|until| until.checked_sub(elapsed)).filter(|rest| !rest.is_zero())
    }

    /// A connection was greeted.
    pub(super) fn opened(&mut self) {
        self.good |= self.trouble_since.is_none();
    }

    /// The server decided about a message.
    pub(super) fn decided(&mut self) {
        *self = Self { good: true, ever_decided: true, ..Self::default() };
    }

    /// It would not serve us; says whether patience is at its end.
    pub(super) fn trouble(&mut self, elapsed: Duration) -> bool {
        self.good = false;
        self.rest = (self.rest * 2).clamp(FIRST_REST, LONGEST_REST);
        self.rests_until = Some(elapsed + self.rest);
        let since = *self.trouble_since.get_or_insert(elapsed);
        elapsed.saturating_sub(since) > if self.ever_decided { PATIENCE } else { PATIENCE_AT_FIRST }
    }
}

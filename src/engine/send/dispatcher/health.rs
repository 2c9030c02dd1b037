//! Whether the relay serves us, and how long to be patient when it does not.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::time_until;

/// How long an unreachable relay is tried before anything was decided, and after.
const PATIENCE_AT_FIRST: SignedDuration = SignedDuration::from_secs(7);
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Whether the relay serves us. While it does not, one lane at a time tries, after ever longer rests.
#[derive(Default)]
pub(super) struct Health {
    pub(super) good: bool,
    ever_decided: bool,
    pub(super) trouble_since: Option<Timestamp>,
    rest: Duration,
    rests_until: Option<Timestamp>,
}

impl Health {
    /// How long to rest before the next try. A longer rest than any that is taken means that the clock was set back.
    pub(super) fn rest(&self, now: Timestamp) -> Option<Duration> {
        self.rests_until.and_then(|until| time_until(until, now)).filter(|rest| *rest <= LONGEST_REST)
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
    pub(super) fn trouble(&mut self, now: Timestamp) -> bool {
        self.good = false;
        self.rest = (self.rest * 2).clamp(FIRST_REST, LONGEST_REST);
        self.rests_until = SignedDuration::try_from(self.rest).ok().and_then(|rest| now.checked_add(rest).ok());
        let since = *self.trouble_since.get_or_insert(now);
        now.duration_since(since) > if self.ever_decided { PATIENCE } else { PATIENCE_AT_FIRST }
    }
}

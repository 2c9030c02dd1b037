//! How many connections at once a relay takes, found out from what it does.
//!
//! The model is Postfix's destination concurrency feedback (<https://www.postfix.org/SCHEDULER_README.html>, "Summary of the
//! Postfix 2.5 concurrency feedback algorithm"): a pseudo-cohort is as many messages as there are connections; a whole one
//! that went well allows another connection (positive feedback of 1/N), and trouble takes one away at the beginning of a
//! cohort (negative feedback of 1/N, its cycle reversed), so that one bad cohort costs one connection. As in Postfix, feedback
//! never takes the last one: giving up is somebody else's decision.
//!
//! Two things differ. It begins with all connections the settings allow, so that it costs nothing where all is well. And a
//! connection that is turned away while others are served tells exactly that there is one too many: it is taken away whole,
//! and tried again after ever longer times, since to be told once more is all there is to gain.

use std::time::Duration;

/// First time after which a connection that was turned away is tried again, and the longest.
const FIRST_PATIENCE: Duration = Duration::from_secs(1);
const LONGEST_PATIENCE: Duration = Duration::from_secs(600);

/// What a relay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// It decided about a message.
    Served,
    /// It took a connection.
    Opened,
    /// It would not take a connection while others were open: refused, lost before the greeting, `421 too many connections`.
    TurnedAway,
    /// It gave up a connection it had taken: lost, or `421` in the middle.
    Lost,
}

/// How many connections are used at once.
#[derive(Debug, Clone)]
pub struct Concurrency {
    most: usize,
    now: usize,
    /// Share of a cohort that went well, and what is left of the last failure's.
    success: f64,
    failure: f64,
    /// The next connection is a try: the last one was turned away.
    is_trying: bool,
    patience: Duration,
    /// When the next try may be made, on a clock that nobody sets.
    try_at: Duration,
}

impl Concurrency {
    /// Begins with as many as the settings allow, at least one.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            now: most,
            success: 0.0,
            failure: 0.0,
            is_trying: false,
            patience: FIRST_PATIENCE,
            try_at: Duration::ZERO,
        }
    }

    /// Connections that may be used at once: never none.
    pub fn now(&self) -> usize {
        self.now
    }

    /// Learns from what the relay did.
    ///
    /// * `used`: connections in use; one that is allowed and not needed earns nothing.
    /// * `elapsed`: on a clock that nobody sets.
    pub fn hear(&mut self, feedback: Feedback, used: usize, elapsed: Duration) {
        match feedback {
            Feedback::Served if self.now < self.most && used >= self.now && elapsed >= self.try_at => self.grow(),
            Feedback::Served => {}
            Feedback::Opened => {
                // A try that went well: the relay takes more than it did, so the next one need not wait long.
                if std::mem::take(&mut self.is_trying) {
                    self.patience = FIRST_PATIENCE;
                }
            }
            Feedback::TurnedAway => {
                self.take_away();
                // Of several that were turned away together, only the first says something about trying again.
                if elapsed >= self.try_at {
                    self.try_at = elapsed.saturating_add(self.patience);
                    self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
                }
                self.is_trying = false;
            }
            Feedback::Lost => {
                self.failure -= 1.0 / self.now as f64;
                if self.failure < 0.0 {
                    self.take_away();
                    self.failure += 1.0;
                }
            }
        }
    }

    fn grow(&mut self) {
        self.success += 1.0 / self.now as f64;
        if self.success >= 1.0 - 1e-9 {
            self.now += 1;
            (self.success, self.failure) = (0.0, 0.0);
            self.is_trying = true;
        }
    }

    fn take_away(&mut self) {
        self.now = self.now.saturating_sub(1).max(1);
        self.success = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Feedback::{Lost, Opened, Served, TurnedAway};
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_table_of_feedback() {
        let times = |feedback: Feedback, n: usize| vec![feedback; n];
        for (told, most, left) in [
            (vec![], 8, 8),
            (times(Served, 1000), 8, 8),
            (times(TurnedAway, 5), 8, 3),
            (times(TurnedAway, 50), 8, 1),
            (times(Lost, 1), 8, 7),
            (times(Lost, 7), 8, 7),
            (times(Lost, 16), 8, 5),
            (times(Lost, 500), 8, 1),
            ([times(Lost, 1), times(Served, 6)].concat(), 8, 7),
            ([times(Lost, 1), times(Served, 7)].concat(), 8, 8),
            ([times(Lost, 1), times(Served, 7), times(Lost, 1)].concat(), 8, 7),
            ([times(TurnedAway, 5), times(Served, 1000)].concat(), 8, 3),
            (times(TurnedAway, 1), 0, 1),
        ] {
            let mut concurrency = Concurrency::new(most);
            for feedback in &told {
                concurrency.hear(*feedback, concurrency.now(), seconds(1) / 2);
            }
            assert_eq!(concurrency.now(), left, "{told:?}");
        }
    }

    /// A relay that takes so many connections; how often it turns us away while it serves a message each millisecond.
    fn turned_away(
        concurrency: &mut Concurrency,
        takes: usize,
        mut open: usize,
        from: u64,
        until: u64,
    ) -> (usize, usize) {
        let mut refused = 0;
        for millisecond in from..until {
            let elapsed = Duration::from_millis(millisecond);
            while open < concurrency.now() {
                if open < takes {
                    open += 1;
                    concurrency.hear(Opened, open, elapsed);
                } else {
                    refused += 1;
                    concurrency.hear(TurnedAway, open, elapsed);
                }
            }
            concurrency.hear(Served, open, elapsed);
        }
        (refused, open)
    }

    #[test]
    fn a_relay_that_takes_three_is_served_by_three_and_seldom_asked_for_more() {
        let mut concurrency = Concurrency::new(8);
        let (refused, open) = turned_away(&mut concurrency, 3, 0, 0, 3_600_000);
        assert_eq!((open, concurrency.now()), (3, 3));
        assert!((10..30).contains(&refused), "{refused} times in an hour");
    }

    #[test]
    fn a_relay_that_takes_more_again_gets_more_again() {
        let mut concurrency = Concurrency::new(8);
        let (_, open) = turned_away(&mut concurrency, 3, 0, 0, 600_000);
        let (refused, open) = turned_away(&mut concurrency, 8, open, 600_000, 1_800_000);
        assert_eq!((open, concurrency.now(), refused), (8, 8, 0));
    }

    #[test]
    fn connections_that_nobody_needs_earn_nothing() {
        let mut concurrency = Concurrency::new(8);
        concurrency.hear(TurnedAway, 7, seconds(0));
        for n in 0..1000 {
            concurrency.hear(Served, 2, seconds(n));
        }
        assert_eq!(concurrency.now(), 7);
    }

    proptest! {
        /// Whatever a relay does, there is at least one connection and never more than allowed; and from wherever it is, good
        /// service brings all of them back.
        #[test]
        fn it_never_dies_and_always_recovers(
            most in 1_usize..40, told in proptest::collection::vec((0_u8..4, 0_u64..100), 0..400),
        ) {
            let mut concurrency = Concurrency::new(most);
            let mut elapsed = 0;
            for (which, step) in told {
                elapsed += step;
                let feedback = [Served, Opened, TurnedAway, Lost][usize::from(which)];
                concurrency.hear(feedback, concurrency.now(), seconds(elapsed));
                prop_assert!((1..=most).contains(&concurrency.now()));
            }
            for _ in 0..most * most {
                elapsed += LONGEST_PATIENCE.as_secs();
                concurrency.hear(Served, concurrency.now(), seconds(elapsed));
            }
            prop_assert_eq!(concurrency.now(), most);
        }
    }
}

//! The pace of a stream that asked us to slow down: halved at once, regained little by little, forgotten over days.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Messages a second at which a domain is at most taken to have been served when it first asks: whoever asks at a hundred a
/// second means more than half of it.
const FASTEST: f64 = 16.0;
/// A message every 30 seconds. Longer rests are the retry schedule's to give: whoever was put off is not due for half an
/// hour anyway.
const SLOWEST: f64 = 1.0 / 30.0;
/// Time of good service after which the pace that was too fast is reached again: each such time adds the same.
const REGAINED_IN: f64 = 60.0;
/// As many times the pace it fell to, without a complaint, and there is no slowdown any more.
const OVER: f64 = 16.0;
/// Time without news after which the pace counts for twice as much. A clock that jumps a day ahead thus gives back a part
/// of it, never all.
const DOUBLES_IN: SignedDuration = SignedDuration::from_hours(8);

/// A stream that asked us to slow down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slowdown {
    /// Messages a second, now.
    pub per_second: f64,
    /// What the pace was right after it asked last.
    pub fell_to: f64,
    /// When it asked first.
    pub since: Timestamp,
}

impl Slowdown {
    /// A domain, or a group of them, asks for the first time.
    ///
    /// * `pace`: messages a second that went there.
    pub fn of_domain(pace: f64, since: Timestamp) -> Self {
        Self::of_relay(pace.min(FASTEST), since)
    }

    /// The relay asks for the first time.
    pub fn of_relay(pace: f64, since: Timestamp) -> Self {
        let mut slowdown = Self { per_second: pace.clamp(SLOWEST, 1e9), fell_to: pace, since };
        slowdown.again();
        slowdown
    }

    /// It asks again, although it was served more slowly.
    pub fn again(&mut self) {
        self.per_second = (self.per_second / 2.0).max(SLOWEST);
        self.fell_to = self.per_second;
    }

    /// It took a message; says whether the slowdown is over.
    #[must_use]
    pub fn taken(&mut self) -> bool {
        // A message stands for the rest before it, so that the pace grows by the same each minute, whatever it is.
        self.per_second += self.fell_to * (1.0 / self.per_second) / REGAINED_IN;
        self.is_over()
    }

    /// What is left of it after some time without news, by the wall clock; none where it is over.
    pub fn after(mut self, idle: SignedDuration) -> Option<Self> {
        let doublings = (idle.as_secs_f64() / DOUBLES_IN.as_secs_f64()).clamp(0.0, 64.0);
        self.per_second *= doublings.exp2();
        (!self.is_over()).then_some(self)
    }

    /// Time between two messages.
    pub fn rest(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.per_second)
    }

    /// A slowdown from what was stored of it: times between messages, which a damaged ledger may hold anything for.
    pub fn from_rests(rest: Duration, fell_to: Duration, since: Timestamp) -> Self {
        let pace = |rest: Duration| (1.0 / rest.as_secs_f64()).clamp(SLOWEST, 1e9);
        Self { per_second: pace(rest), fell_to: pace(fell_to), since }
    }

    /// Time between two messages right after it asked last.
    pub fn longest_rest(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.fell_to)
    }

    fn is_over(&self) -> bool {
        self.per_second >= OVER * self.fell_to
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn the_table_of_paces() {
        // What went there, what is left after it asked once and after it asked once more.
        for (pace, once, twice) in
            [(0.01, SLOWEST, SLOWEST), (0.5, 0.25, 0.125), (4.0, 2.0, 1.0), (16.0, 8.0, 4.0), (5_000.0, 8.0, 4.0)]
        {
            let mut slowdown = Slowdown::of_domain(pace, NOW);
            assert_eq!(slowdown.per_second, once, "{pace}");
            slowdown.again();
            assert_eq!((slowdown.per_second, slowdown.fell_to), (twice, twice), "{pace}");
        }
        assert_eq!(Slowdown::of_relay(5_000.0, NOW).per_second, 2_500.0, "a relay may be fast");
    }

    #[test]
    fn good_service_regains_the_same_each_minute() {
        let mut slowdown = Slowdown::of_domain(8.0, NOW);
        let (mut seconds, mut after_minutes) = (0.0, Vec::new());
        let mut over = false;
        while !over && seconds < 3_600.0 {
            seconds += 1.0 / slowdown.per_second;
            over = slowdown.taken();
            if seconds >= 60.0 * (after_minutes.len() + 1) as f64 {
                after_minutes.push(slowdown.per_second.round());
            }
        }
        assert_eq!(after_minutes.get(..3), Some(&[8.0, 12.0, 16.0][..]), "four more a second each minute");
        assert!(over && (840.0..960.0).contains(&seconds), "over after a quarter of an hour: {seconds}");
    }

    #[test]
    fn time_forgets_by_and_by() {
        let slowdown = Slowdown::of_domain(4.0, NOW);
        let hours = |n| slowdown.after(SignedDuration::from_hours(n)).map(|left| left.per_second);
        assert_eq!(
            [hours(-24), hours(0), hours(8), hours(24), hours(32)],
            [Some(2.0), Some(2.0), Some(4.0), Some(16.0), None],
            "a clock set back speeds nothing up, one set a day ahead not all"
        );
    }

    #[test]
    fn anything_may_stand_in_a_ledger() {
        for rest in [Duration::ZERO, Duration::MAX, Duration::from_nanos(1)] {
            let slowdown = Slowdown::from_rests(rest, Duration::MAX, NOW);
            assert!(slowdown.per_second.is_finite() && slowdown.rest() <= Duration::from_secs(31));
        }
    }

    proptest! {
        /// Asking always slows down, being served never does, and no rest is longer than half a minute.
        #[test]
        fn it_moves_the_right_way_and_stays_within_bounds(
            pace in 0.0_f64..1e7, asks in proptest::collection::vec(any::<bool>(), 0..300),
        ) {
            let mut slowdown = Slowdown::of_domain(pace, NOW);
            for asks in asks {
                let before = slowdown.per_second;
                if asks {
                    slowdown.again();
                    prop_assert!(slowdown.per_second < before || slowdown.per_second == SLOWEST);
                } else if slowdown.taken() {
                    break;
                } else {
                    prop_assert!(slowdown.per_second > before);
                }
                prop_assert!(slowdown.rest() <= Duration::from_millis(30_001));
            }
        }
    }
}

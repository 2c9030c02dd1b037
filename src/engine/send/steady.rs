//! Time that nobody sets: the wall clock, without its jumps.
//!
//! A cap of so many messages an hour speaks of hours that pass, not of hours that a clock is set forward. Where wall clock
//! and running time disagree by more than a moment, the wall clock was set (or the computer slept: then the caps are a
//! little stricter than they need be, until the next run), and the difference is left out from then on.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A smaller difference is a clock being drawn to the right time, or a program that had to wait.
const MOMENT: SignedDuration = SignedDuration::from_secs(2);

/// The wall clock of one run without its jumps.
#[derive(Debug, Default)]
pub struct Steady {
    last: Option<(Timestamp, Instant)>,
    /// How far the wall clock has been set forward, all in all.
    ahead: SignedDuration,
}

impl Steady {
    /// Steady time at this moment of the wall clock, which is now.
    pub fn at(&mut self, now: Timestamp) -> Timestamp {
        self.at_instant(now, Instant::now())
    }

    fn at_instant(&mut self, now: Timestamp, instant: Instant) -> Timestamp {
        if let Some((wall, running)) = self.last {
            let passed = SignedDuration::try_from(instant.duration_since(running)).unwrap_or(SignedDuration::MAX);
            let jump = now.duration_since(wall).saturating_sub(passed);
            if jump.abs() > MOMENT {
                self.ahead = self.ahead.saturating_add(jump);
            }
        }
        self.last = Some((now, instant));
        self.of(now)
    }

    /// Steady time of a moment that the wall clock showed since it was last set.
    pub fn of(&self, wall: Timestamp) -> Timestamp {
        wall.checked_sub(self.ahead).unwrap_or(wall)
    }

    /// When the wall clock, as it is set now, will show that steady time.
    pub fn wall(&self, steady: Timestamp) -> Timestamp {
        steady.checked_add(self.ahead).unwrap_or(steady)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn jumps_are_left_out_and_time_that_passes_is_not() {
        let (mut steady, start) = (Steady::default(), Instant::now());
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let day = 86_400;
        // What the wall clock shows, after how many seconds, and what is to come out.
        for (wall, passed, expected) in
            [(0, 0, 0), (10, 10, 10), (11 + day, 11, 11), (20 + day, 20, 20), (21 - day, 21, 21), (31 - day, 31, 31)]
        {
            let now = steady.at_instant(at(wall), start + Duration::from_secs(passed));
            assert_eq!(now, at(expected), "after {passed} seconds");
            assert_eq!(steady.wall(now), at(wall));
        }
        // A clock that is drawn slowly to the right time is followed.
        let drawn = steady.at_instant(at(42 - day), start + Duration::from_secs(41));
        assert_eq!(drawn, at(42));
    }
}

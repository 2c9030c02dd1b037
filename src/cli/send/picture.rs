//! How a send stands at a moment: what it came to, how fast, how long it will take, and the same by recipient domain.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::outcome::Outcome;
use crate::engine::send::progress::Tally;

/// More domains are not followed one by one. Large ones are met early.
const DOMAINS: usize = 1000;
/// How much the last second counts in a pace, and how much what was before.
const FRESH: f64 = 0.3;

/// What one run looks like while it goes on.
#[derive(Debug)]
pub struct Picture {
    /// Messages this run may send.
    pub total: u64,
    /// What it came to.
    pub tally: Tally,
    began: Timestamp,
    looked_at: Timestamp,
    pace: Pace,
    domains: HashMap<String, Share>,
}

/// What one domain has of it.
#[derive(Debug, Default)]
pub struct Share {
    /// Its outcomes.
    pub tally: Tally,
    pace: Pace,
}

/// Messages a second, of late.
#[derive(Debug, Default)]
struct Pace {
    done: u64,
    per_second: Option<f64>,
}

impl Pace {
    /// Until it was measured once: that since the beginning.
    fn of_late(&self, done: u64, seconds: f64) -> f64 {
        let so_far = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
        self.per_second.unwrap_or(so_far)
    }

    fn look(&mut self, done: u64, seconds: f64) {
        let now = done.saturating_sub(self.done) as f64 / seconds;
        self.per_second = Some(self.per_second.map_or(now, |before| before.mul_add(1.0 - FRESH, now * FRESH)));
        self.done = done;
    }
}

impl Picture {
    /// A run that begins.
    pub fn new(total: u64, now: Timestamp) -> Self {
        let (tally, pace) = (Tally::default(), Pace::default());
        Self { total, tally, began: now, looked_at: now, pace, domains: HashMap::new() }
    }

    /// Takes note of one message.
    pub fn note(&mut self, domain: &str, outcome: &Outcome) {
        if let Some(share) = self.domains.get_mut(domain) {
            share.tally.note(outcome);
        } else if self.domains.len() < DOMAINS {
            self.domains.entry(domain.to_owned()).or_default().tally.note(outcome);
        }
    }

    /// Measures the pace, once a second has passed since it was last measured.
    pub fn look(&mut self, now: Timestamp) {
        let seconds = now.duration_since(self.looked_at).as_secs_f64();
        if (0.0..1.0).contains(&seconds) {
            return;
        }
        self.looked_at = now;
        // A clock that was set measures nothing.
        if (1.0..60.0).contains(&seconds) {
            self.pace.look(self.tally.done(), seconds);
            for share in self.domains.values_mut() {
                share.pace.look(share.tally.done(), seconds);
            }
        }
    }

    /// Seconds since it began.
    pub fn seconds(&self, now: Timestamp) -> f64 {
        now.duration_since(self.began).as_secs_f64().max(0.0)
    }

    /// Messages a second, of late; in the first second, since the beginning.
    pub fn per_second(&self, now: Timestamp) -> f64 {
        self.pace.of_late(self.tally.done(), self.seconds(now))
    }

    /// Seconds left at this pace; `None` where nothing moves.
    pub fn seconds_left(&self, now: Timestamp) -> Option<f64> {
        let (left, pace) = (self.total.saturating_sub(self.tally.done()), self.per_second(now));
        match left {
            0 => Some(0.0),
            left => (pace > 0.01).then(|| left as f64 / pace),
        }
    }

    /// The domains with the most messages, with their pace of late.
    pub fn largest_domains(&self, many: usize, now: Timestamp) -> Vec<(&str, &Share, f64)> {
        let seconds = self.seconds(now);
        let pace = |share: &Share| share.pace.of_late(share.tally.done(), seconds);
        let mut all: Vec<_> =
            self.domains.iter().map(|(domain, share)| (domain.as_str(), share, pace(share))).collect();
        all.sort_by(|a, b| b.1.tally.done().cmp(&a.1.tally.done()).then_with(|| a.0.cmp(b.0)));
        all.truncate(many);
        all
    }
}

/// What one panicked with is still what was counted.
pub fn locked(picture: &Mutex<Picture>) -> MutexGuard<'_, Picture> {
    picture.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + milliseconds).unwrap()
    }

    fn go(picture: &mut Picture, domain: &str, many: u64) {
        let doubt = Outcome::InDoubt { detail: String::new() };
        for _ in 0..many {
            picture.note(domain, &doubt);
            picture.tally.note(&doubt);
        }
    }

    #[test]
    fn the_pace_is_that_of_late_and_tells_the_time_left() {
        let mut picture = Picture::new(100, at(0));
        assert_eq!(picture.seconds_left(at(0)), None, "nothing moves yet");
        go(&mut picture, "a.example", 5);
        assert!((picture.per_second(at(500)) - 10.0).abs() < 0.01);
        go(&mut picture, "b.example", 5);
        picture.look(at(1000));
        assert!((picture.seconds_left(at(1000)).unwrap() - 9.0).abs() < 0.01);
        picture.look(at(2000));
        assert!((picture.per_second(at(2000)) - 7.0).abs() < 0.01, "nothing in the last second");
        // A clock that is set a day forward, then back, changes no pace.
        picture.look(at(86_400_000));
        picture.look(at(2500));
        assert!((picture.per_second(at(2500)) - 7.0).abs() < 0.01);
        go(&mut picture, "a.example", 90);
        assert_eq!(picture.seconds_left(at(2500)), Some(0.0));
        let largest: Vec<_> =
            picture.largest_domains(1, at(2500)).into_iter().map(|(d, s, _)| (d, s.tally.in_doubt)).collect();
        assert_eq!(largest, [("a.example", 95)]);
    }

    #[test]
    fn no_number_of_domains_fills_the_memory() {
        let mut picture = Picture::new(5000, at(0));
        for n in 0..5000 {
            go(&mut picture, &format!("d{n}.example"), 1);
        }
        assert_eq!((picture.largest_domains(9999, at(9)).len(), picture.tally.in_doubt), (DOMAINS, 5000));
    }
}

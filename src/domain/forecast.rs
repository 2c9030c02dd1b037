//! When sending will be done, at best: one message after the other is sent on paper, by the same caps, rates and hours that
//! hold when it is done in earnest.
//!
//! What is not foreseen: how long the relay takes over a message, what it puts off, and whether somebody runs `send` again
//! whenever it may go on.

use jiff::Timestamp;

use super::caps::SlidingCaps;
use super::pace::RatePolicy;
use super::steady::Steady;
use super::stream::{Stream, Streams};
use super::timetable::Timetable;

/// Messages to one domain whose recipients live by one clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Recipient domain.
    pub domain: String,
    /// Name of the time zone; empty for none.
    pub zone: String,
    /// How many.
    pub count: u64,
}

/// How sending ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forecast {
    /// The last message leaves at this moment.
    Done(Timestamp),
    /// So many messages find no moment at which they may leave.
    Never {
        /// How many are left over.
        left: u64,
    },
}

/// Sends on paper.
///
/// * `caps`: with the attempts of the last [`super::pace::LONGEST_WINDOW`].
pub fn forecast(
    loads: &[Load],
    policy: &RatePolicy,
    caps: SlidingCaps,
    timetable: &Timetable,
    now: Timestamp,
) -> Forecast {
    let mut paper = Paper::new(loads, policy, caps, timetable, now);
    while paper.left > 0 {
        if !paper.step() {
            return Forecast::Never { left: paper.left };
        }
    }
    Forecast::Done(paper.last)
}

/// Messages of one stream whose recipients live by one clock.
struct Line {
    stream: Stream,
    /// Position among the streams with limits of their own.
    limits: Option<usize>,
    zone: usize,
    count: u64,
}

struct Gate {
    zone: jiff::tz::TimeZone,
    /// When its rows may go, from the present on paper.
    opens_at: Option<Timestamp>,
    /// Until when that is known.
    changes_at: Option<Timestamp>,
}

struct Paper<'a> {
    timetable: &'a Timetable,
    caps: SlidingCaps,
    relay: Steady,
    /// Of the streams with limits of their own.
    limited: Vec<Steady>,
    lines: Vec<Line>,
    gates: Vec<Gate>,
    turn: usize,
    left: u64,
    now: Timestamp,
    last: Timestamp,
}

impl<'a> Paper<'a> {
    fn new(loads: &[Load], policy: &RatePolicy, caps: SlidingCaps, timetable: &'a Timetable, now: Timestamp) -> Self {
        let streams = Streams::new(policy);
        let mut limited: Vec<(Stream, Steady)> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        let mut lines: Vec<Line> = Vec::new();
        for load in loads.iter().filter(|load| load.count > 0) {
            let zone = names.iter().position(|name| *name == load.zone).unwrap_or_else(|| {
                names.push(&load.zone);
                names.len() - 1
            });
            let stream = streams.of(&load.domain);
            let limits = policy.limits_of(&stream).map(|limits| {
                limited.iter().position(|(known, _)| *known == stream).unwrap_or_else(|| {
                    limited.push((stream.clone(), Steady::new(limits, now)));
                    limited.len() - 1
                })
            });
            // Streams without limits of their own are one to the paper.
            match lines.iter_mut().find(|line| line.zone == zone && line.limits == limits) {
                Some(line) => line.count += load.count,
                None => lines.push(Line { stream, limits, zone, count: load.count }),
            }
        }
        let gate = |name: &&str| Gate { zone: timetable.zone_of(name), opens_at: None, changes_at: Some(now) };
        Self {
            timetable,
            relay: Steady::new(&policy.relay, now),
            limited: limited.into_iter().map(|(_, steady)| steady).collect(),
            caps,
            gates: names.iter().map(gate).collect(),
            left: lines.iter().map(|line| line.count).sum(),
            lines,
            turn: 0,
            now,
            last: now,
        }
    }

    /// Sends a message, or lets time pass until one may go; false where none ever may.
    fn step(&mut self) -> bool {
        let relay_at = self.caps.relay_free_at(self.now).unwrap_or(self.now).max(self.relay.free_at());
        if relay_at > self.now {
            return self.wait_until(relay_at);
        }
        let mut soonest = Timestamp::MAX;
        for step in 0..self.lines.len() {
            let place = (self.turn + step) % self.lines.len();
            let at = self.free_at(place);
            if at <= self.now {
                self.turn = place + 1;
                self.send(place);
                return true;
            }
            soonest = soonest.min(at);
        }
        self.wait_until(soonest)
    }

    fn wait_until(&mut self, at: Timestamp) -> bool {
        self.now = at;
        at < Timestamp::MAX
    }

    /// When the next message of a line may go, as far as its own clock and stream say.
    fn free_at(&mut self, place: usize) -> Timestamp {
        let now = self.now;
        let Some(line) = self.lines.get(place) else { return Timestamp::MAX };
        let Some(gate) = self.gates.get_mut(line.zone) else { return Timestamp::MAX };
        if gate.changes_at.is_some_and(|at| at <= now) {
            gate.opens_at = self.timetable.opening(&gate.zone, now);
            gate.changes_at = match gate.opens_at {
                // Closed: as it opens it is looked at again.
                Some(at) if at > now => Some(at),
                Some(_) => self.timetable.next_change(&gate.zone, now),
                None => None,
            };
        }
        let opens = gate.opens_at.filter(|_| self.timetable.goes_on(now)).unwrap_or(Timestamp::MAX);
        let Some(steady) = line.limits.and_then(|limits| self.limited.get(limits)) else { return opens };
        let capped = self.caps.stream_free_at(&line.stream, now).unwrap_or(now);
        opens.max(capped).max(steady.free_at())
    }

    fn send(&mut self, place: usize) {
        let Some(line) = self.lines.get_mut(place) else { return };
        self.caps.count(&line.stream, self.now);
        self.relay.take(self.now);
        if let Some(steady) = line.limits.and_then(|limits| self.limited.get_mut(limits)) {
            steady.take(self.now);
        }
        line.count -= 1;
        if line.count == 0 {
            self.lines.remove(place);
            self.turn = place;
        }
        self.left -= 1;
        self.last = self.now;
    }
}

#[cfg(test)]
mod tests;

//! When sending will be done, at best: one message after the other is sent on paper, by the same caps, rates and hours that
//! hold when it is done in earnest.
//!
//! What is not foreseen: how long the relay takes over a message, what it puts off, and whether somebody runs `send` again
//! whenever it may go on.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::pace::{RateLimits, RatePolicy, SlidingCaps};
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
/// * `past`: attempts of the last [`super::pace::LONGEST_WINDOW`], ascending, with their domains: they count against caps.
pub fn forecast(
    loads: &[Load],
    policy: &RatePolicy,
    past: Vec<(Timestamp, String)>,
    timetable: &Timetable,
    now: Timestamp,
) -> Forecast {
    let mut paper = Paper::new(loads, policy, past, timetable, now);
    while paper.left > 0 {
        if !paper.step() {
            return Forecast::Never { left: paper.left };
        }
    }
    Forecast::Done(paper.last)
}

/// A rate kept on paper: how many intervals the messages so far take, and a burst that may run ahead of them (the
/// generic cell rate algorithm, as the sender's own limiter has it).
struct Steady {
    interval: Option<SignedDuration>,
    ahead: SignedDuration,
    /// When the messages so far are paid for.
    paid_at: Timestamp,
}

impl Steady {
    fn new(limits: &RateLimits, now: Timestamp) -> Self {
        let interval = limits.interval().and_then(|interval: Duration| SignedDuration::try_from(interval).ok());
        let ahead = interval.and_then(|interval| {
            interval.checked_mul(i32::try_from(limits.burst.saturating_sub(1)).unwrap_or(i32::MAX))
        });
        Self { interval, ahead: ahead.unwrap_or_default(), paid_at: now }
    }

    fn free_at(&self) -> Timestamp {
        self.paid_at.checked_sub(self.ahead).unwrap_or(Timestamp::MIN)
    }

    fn take(&mut self, at: Timestamp) {
        if let Some(interval) = self.interval {
            self.paid_at = self.paid_at.max(at).checked_add(interval).unwrap_or(Timestamp::MAX);
        }
    }
}

struct Stream {
    domain: String,
    /// Position among the domains with limits of their own.
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
    domains: Vec<Steady>,
    streams: Vec<Stream>,
    gates: Vec<Gate>,
    turn: usize,
    left: u64,
    now: Timestamp,
    last: Timestamp,
}

impl<'a> Paper<'a> {
    fn new(
        loads: &[Load],
        policy: &RatePolicy,
        past: Vec<(Timestamp, String)>,
        timetable: &'a Timetable,
        now: Timestamp,
    ) -> Self {
        let limited: Vec<&String> = policy.domains.keys().collect();
        let mut names: Vec<&str> = Vec::new();
        let mut streams: Vec<Stream> = Vec::new();
        for load in loads.iter().filter(|load| load.count > 0) {
            let zone = names.iter().position(|name| *name == load.zone).unwrap_or_else(|| {
                names.push(&load.zone);
                names.len() - 1
            });
            let limits = limited.iter().position(|domain| **domain == load.domain);
            // Domains without limits of their own are one to the paper.
            match streams.iter_mut().find(|s| s.zone == zone && s.limits == limits) {
                Some(stream) => stream.count += load.count,
                None => streams.push(Stream { domain: load.domain.clone(), limits, zone, count: load.count }),
            }
        }
        let gate = |name: &&str| Gate { zone: timetable.zone_of(name), opens_at: None, changes_at: Some(now) };
        Self {
            timetable,
            relay: Steady::new(&policy.relay, now),
            domains: policy.domains.values().map(|limits| Steady::new(limits, now)).collect(),
            caps: SlidingCaps::new(policy.clone(), past),
            gates: names.iter().map(gate).collect(),
            left: streams.iter().map(|stream| stream.count).sum(),
            streams,
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
        for step in 0..self.streams.len() {
            let place = (self.turn + step) % self.streams.len();
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

    /// When the next message of a stream may go, as far as its own clock and domain say.
    fn free_at(&mut self, place: usize) -> Timestamp {
        let now = self.now;
        let Some(stream) = self.streams.get(place) else { return Timestamp::MAX };
        let Some(gate) = self.gates.get_mut(stream.zone) else { return Timestamp::MAX };
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
        let Some(steady) = stream.limits.and_then(|limits| self.domains.get(limits)) else { return opens };
        let capped = self.caps.domain_free_at(&stream.domain, now).unwrap_or(now);
        opens.max(capped).max(steady.free_at())
    }

    fn send(&mut self, place: usize) {
        let Some(stream) = self.streams.get_mut(place) else { return };
        self.caps.count(&stream.domain, self.now);
        self.relay.take(self.now);
        if let Some(steady) = stream.limits.and_then(|limits| self.domains.get_mut(limits)) {
            steady.take(self.now);
        }
        stream.count -= 1;
        if stream.count == 0 {
            self.streams.remove(place);
            self.turn = place;
        }
        self.left -= 1;
        self.last = self.now;
    }
}

#[cfg(test)]
mod tests;

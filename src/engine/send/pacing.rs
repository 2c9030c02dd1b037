//! Whose turn it is: the steady rates, the sliding caps (the ledger's attempts), and what the relay and receivers
//! asked for; of the relay and of each stream.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::caps::SlidingCaps;
use crate::domain::outcome::Outcome;
use crate::domain::pace::RatePolicy;
use crate::domain::slowdown::Slowdown;
use crate::domain::stream::{Stream, Streams};
use crate::domain::verdict::RelaySignal;
use crate::engine::ports::Learned;

mod limiter;
mod meter;

use limiter::Limiter;
use meter::Meter;

/// A moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// On a clock that nobody sets.
    pub elapsed: Duration,
    /// The same as a time of day: when the run began, and what elapsed since. A wall clock that is set while the run goes
    /// on moves no window of a cap.
    pub steady: Timestamp,
}

/// Whether a message may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Now.
    Now,
    /// After this rest: the pace asks for it, and it is waited for.
    After(Duration),
    /// Not before a cap has room again.
    At(Timestamp),
}

/// Slowed streams that are kept in mind; of more than that, the slowest.
const MOST_SLOWED: usize = 4_096;

/// Keeps the pace of one run.
pub struct Pacer {
    streams: Streams,
    relay: Option<Limiter>,
    limiters: HashMap<Stream, Limiter>,
    caps: SlidingCaps,
    meter: Meter,
    slowed: HashMap<Stream, Slowed>,
    /// Slowed streams that changed, or are slowed no more, since it was told last.
    changed: HashSet<Stream>,
}

/// A stream that asked to slow down.
#[derive(Debug, Clone, Copy)]
struct Slowed {
    slowdown: Slowdown,
    /// When its next message may go.
    next: Duration,
    /// The moment of the message after which it rests until then; `None` where it rests because it asked.
    for_one_of: Option<Timestamp>,
    /// The last job given out before it asked: what becomes of earlier ones says nothing about the slower pace.
    asked_after: u64,
}

impl Pacer {
    /// * `caps`: with the attempts of the last [`crate::domain::pace::LONGEST_WINDOW`].
    /// * `learned`: what earlier runs learned.
    pub fn new(policy: &RatePolicy, caps: SlidingCaps, learned: Vec<(Stream, Slowdown)>) -> Self {
        let domains = policy.domains.iter().map(|(name, limits)| (Stream::Domain(name.as_str().into()), limits));
        let groups = policy.groups.iter().map(|(name, group)| (Stream::Group(name.as_str().into()), &group.limits));
        let slowed = learned.into_iter().take(MOST_SLOWED);
        let begin = |slowdown| Slowed { slowdown, next: Duration::ZERO, for_one_of: None, asked_after: 0 };
        Self {
            streams: Streams::new(policy),
            relay: Limiter::new(&policy.relay),
            limiters: domains.chain(groups).filter_map(|(name, limits)| Some((name, Limiter::new(limits)?))).collect(),
            caps,
            meter: Meter::default(),
            slowed: slowed.map(|(stream, slowdown)| (stream, begin(slowdown))).collect(),
            changed: HashSet::new(),
        }
    }

    /// Which stream a recipient's domain belongs to.
    pub fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Learns from an outcome how fast its stream, and the relay, may be served.
    ///
    /// * `job`: the number of the message's job, and `last`: that of the last one given out.
    ///
    /// Says which stream is slowed now that was not before.
    pub fn hear(
        &mut self,
        stream: &Stream,
        (job, last): (u64, u64),
        (outcome, signal): (&Outcome, &RelaySignal),
        now: Moment,
    ) -> Option<(Stream, Slowdown)> {
        match signal {
            RelaySignal::SlowDomain => self.slow(stream.clone(), job, last, now),
            RelaySignal::SlowRelay => self.slow(Stream::Relay, job, last, now),
            _ if matches!(outcome, Outcome::Accepted { .. }) && !self.slowed.is_empty() => {
                self.speed_up(stream, job);
                self.speed_up(&Stream::Relay, job);
                None
            }
            _ => None,
        }
    }

    fn slow(&mut self, stream: Stream, job: u64, last: u64, now: Moment) -> Option<(Stream, Slowdown)> {
        let is_new = !self.slowed.contains_key(&stream);
        if is_new && self.slowed.len() >= MOST_SLOWED {
            self.forget_the_fastest();
        }
        let pace = self.meter.pace(&stream, now.elapsed);
        let first = || Slowed {
            slowdown: match stream {
                Stream::Relay => Slowdown::of_relay(pace, now.steady),
                _ => Slowdown::of_domain(pace, now.steady),
            },
            next: now.elapsed,
            for_one_of: None,
            asked_after: last,
        };
        let slowed = self.slowed.entry(stream.clone()).or_insert_with(first);
        if !is_new {
            // What was on its way already would slow it down once for each message, and say nothing new.
            if job <= slowed.asked_after {
                return None;
            }
            slowed.slowdown.again();
            slowed.asked_after = last;
        }
        (slowed.next, slowed.for_one_of) = (now.elapsed + slowed.slowdown.rest(), None);
        let slowdown = slowed.slowdown;
        self.changed.insert(stream.clone());
        is_new.then_some((stream, slowdown))
    }

    fn speed_up(&mut self, stream: &Stream, job: u64) {
        let Some(slowed) = self.slowed.get_mut(stream).filter(|slowed| job > slowed.asked_after) else { return };
        if slowed.slowdown.taken() {
            self.slowed.remove(stream);
        }
        self.changed.insert(stream.clone());
    }

    fn forget_the_fastest(&mut self) {
        let pace = |slowed: &Slowed| slowed.slowdown.per_second;
        let streams = self.slowed.iter().filter(|(stream, _)| **stream != Stream::Relay);
        let fastest = streams.max_by(|(_, a), (_, b)| pace(a).total_cmp(&pace(b)));
        if let Some(stream) = fastest.map(|(stream, _)| stream.clone()) {
            self.slowed.remove(&stream);
            self.changed.insert(stream);
        }
    }

    /// Whether there is something to remember.
    pub fn has_learned(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What was learned since this was asked last.
    pub fn take_learned(&mut self) -> Vec<Learned> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        let learned = changed.map(|stream| match self.slowed.get(&stream) {
            Some(slowed) => Learned::Slowed(stream, slowed.slowdown),
            None => Learned::Over(stream),
        });
        learned.collect()
    }

    /// Streams that are slowed, the slowest first.
    pub fn slowed(&self) -> Vec<(Stream, Slowdown)> {
        let mut all: Vec<_> = self.slowed.iter().map(|(stream, slowed)| (stream.clone(), slowed.slowdown)).collect();
        all.sort_by(|(a, slow), (b, fast)| slow.per_second.total_cmp(&fast.per_second).then_with(|| a.cmp(b)));
        all
    }

    /// Whether the relay may take another message.
    pub fn relay_turn(&mut self, now: Moment) -> Turn {
        if let Some(at) = self.caps.relay_free_at(now.steady) {
            return Turn::At(at);
        }
        if let Some(rest) = self.slow_rest(&Stream::Relay, now) {
            return Turn::After(rest);
        }
        self.relay.as_ref().and_then(|limiter| limiter.rest(now.steady)).map_or(Turn::Now, Turn::After)
    }

    /// Whether the stream may take another message.
    pub fn stream_turn(&mut self, stream: &Stream, now: Moment) -> Turn {
        if let Some(at) = self.caps.stream_free_at(stream, now.steady) {
            return Turn::At(at);
        }
        if let Some(rest) = self.slow_rest(stream, now) {
            return Turn::After(rest);
        }
        self.limiters.get(stream).and_then(|limiter| limiter.rest(now.steady)).map_or(Turn::Now, Turn::After)
    }

    fn slow_rest(&self, stream: &Stream, now: Moment) -> Option<Duration> {
        if self.slowed.is_empty() {
            return None;
        }
        let rest = self.slowed.get(stream)?.next.checked_sub(now.elapsed)?;
        (!rest.is_zero()).then_some(rest)
    }

    /// A message of this stream goes.
    pub fn begin(&mut self, stream: &Stream, now: Moment) {
        self.limiters_of(stream).for_each(|limiter| limiter.take(now.steady));
        self.caps.count(stream, now.steady);
        self.meter.count(stream, now.elapsed);
        if !self.slowed.is_empty() {
            for stream in [stream, &Stream::Relay] {
                if let Some(slowed) = self.slowed.get_mut(stream) {
                    slowed.next = now.elapsed + slowed.slowdown.rest();
                    slowed.for_one_of = Some(now.steady);
                }
            }
        }
    }

    /// The message begun at `at` never became an attempt: its turn is there again for another.
    pub fn take_back(&mut self, stream: &Stream, at: Timestamp) {
        self.limiters_of(stream).for_each(|limiter| limiter.take_back(at));
        self.caps.uncount(stream, at);
        for stream in [stream, &Stream::Relay] {
            if let Some(slowed) = self.slowed.get_mut(stream).filter(|slowed| slowed.for_one_of == Some(at)) {
                (slowed.next, slowed.for_one_of) = (Duration::ZERO, None);
            }
        }
    }

    fn limiters_of(&mut self, stream: &Stream) -> impl Iterator<Item = &mut Limiter> {
        self.relay.iter_mut().chain(self.limiters.get_mut(stream))
    }
}

#[cfg(test)]
mod tests;

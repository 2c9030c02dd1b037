//! Sliding hourly and daily caps, counted by second: a million attempts of a day are a few thousand numbers.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::pace::{LONGEST_WINDOW, RateLimits, RatePolicy};
use super::stream::Stream;

/// Attempts counted against the caps of the relay and of each stream that has some; nothing is kept of any other.
///
/// An attempt counts when it begins: providers count refused mail too.
#[derive(Debug, Clone)]
pub struct SlidingCaps {
    relay: Vec<Window>,
    streams: HashMap<Stream, Vec<Window>>,
}

/// One cap, and the attempts within its window.
#[derive(Debug, Clone)]
struct Window {
    cap: u64,
    length: SignedDuration,
    /// Ends of seconds, ascending, with the attempts of each.
    seconds: VecDeque<(i64, u64)>,
    inside: u64,
}

impl SlidingCaps {
    /// Nothing has been attempted yet.
    pub fn new(policy: &RatePolicy) -> Self {
        let domains = policy.domains.iter().map(|(name, limits)| (Stream::Domain(name.as_str().into()), limits));
        let groups = policy.groups.iter().map(|(name, group)| (Stream::Group(name.as_str().into()), &group.limits));
        let capped = domains.chain(groups).map(|(stream, limits)| (stream, windows(limits)));
        Self { relay: windows(&policy.relay), streams: capped.filter(|(_, windows)| !windows.is_empty()).collect() }
    }

    /// Whether there is any cap: without one, nobody needs to know what was attempted before.
    pub fn are_any(&self) -> bool {
        !self.relay.is_empty() || !self.streams.is_empty()
    }

    /// An attempt of this stream begins.
    pub fn count(&mut self, stream: &Stream, at: Timestamp) {
        self.windows_of(stream).for_each(|window| window.count(at));
    }

    /// The attempt counted at this moment never began.
    pub fn uncount(&mut self, stream: &Stream, at: Timestamp) {
        self.windows_of(stream).for_each(|window| window.uncount(at));
    }

    /// When the relay's caps allow another attempt; `None` means now.
    pub fn relay_free_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        free_at(&mut self.relay, now)
    }

    /// When the stream's own caps allow another attempt; `None` means now.
    pub fn stream_free_at(&mut self, stream: &Stream, now: Timestamp) -> Option<Timestamp> {
        free_at(self.streams.get_mut(stream)?, now)
    }

    fn windows_of(&mut self, stream: &Stream) -> impl Iterator<Item = &mut Window> {
        self.relay.iter_mut().chain(self.streams.get_mut(stream).into_iter().flatten())
    }
}

fn windows(limits: &RateLimits) -> Vec<Window> {
    let caps = [(limits.per_hour, SignedDuration::from_hours(1)), (limits.per_day, LONGEST_WINDOW)];
    let windows = caps
        .into_iter()
        .filter_map(|(cap, length)| Some(Window { cap: u64::from(cap?), length, seconds: VecDeque::new(), inside: 0 }));
    windows.collect()
}

/// The latest of the moments at which each cap has room again.
fn free_at(windows: &mut [Window], now: Timestamp) -> Option<Timestamp> {
    windows.iter_mut().filter_map(|window| window.free_at(now)).max()
}

/// The end of the second a moment lies in: an attempt is never taken for older than it is.
fn end_of_second(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

impl Window {
    fn count(&mut self, at: Timestamp) {
        let second = end_of_second(at);
        self.inside += 1;
        // In order even where the clock was set back: a cap that forgets would let too many go.
        let place = match self.seconds.back() {
            Some((last, _)) if *last >= second => self.seconds.partition_point(|(earlier, _)| *earlier < second),
            _ => self.seconds.len(),
        };
        match self.seconds.get_mut(place) {
            Some((same, attempts)) if *same == second => *attempts += 1,
            _ => self.seconds.insert(place, (second, 1)),
        }
    }

    fn uncount(&mut self, at: Timestamp) {
        let second = end_of_second(at);
        let Ok(place) = self.seconds.binary_search_by_key(&second, |(second, _)| *second) else { return };
        if let Some((_, attempts)) = self.seconds.get_mut(place) {
            *attempts -= 1;
            self.inside -= 1;
            if *attempts == 0 {
                self.seconds.remove(place);
            }
        }
    }

    fn free_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.cap == 0 {
            return Some(Timestamp::MAX);
        }
        while let Some((second, attempts)) = self.seconds.front().copied()
            && self.end_of(second) <= now
        {
            self.inside -= attempts;
            self.seconds.pop_front();
        }
        // Without room, the window must first slide past as many attempts as there are too many, and one more.
        let mut too_many = (self.inside + 1).checked_sub(self.cap).filter(|too_many| *too_many > 0)?;
        for (second, attempts) in &self.seconds {
            too_many = too_many.saturating_sub(*attempts);
            if too_many == 0 {
                return Some(self.end_of(*second));
            }
        }
        None
    }

    /// When attempts of a second leave the window.
    fn end_of(&self, second: i64) -> Timestamp {
        let second = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        second.checked_add(self.length).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::pace::RateGroup;
    use crate::domain::stream::Streams;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn limits(per_hour: Option<u32>, per_day: Option<u32>) -> RateLimits {
        RateLimits { per_hour, per_day, ..RateLimits::default() }
    }

    fn caps(relay: RateLimits, domains: &[(&str, RateLimits)]) -> SlidingCaps {
        let domains = domains.iter().map(|(name, limits)| ((*name).to_owned(), limits.clone())).collect();
        SlidingCaps::new(&RatePolicy { relay, domains, ..RatePolicy::default() })
    }

    fn domain(name: &str) -> Stream {
        Stream::Domain(name.into())
    }

    #[test]
    fn the_hour_slides() {
        let mut caps = caps(limits(Some(2), None), &[]);
        caps.count(&domain("a.example"), at(0));
        assert_eq!(caps.relay_free_at(at(10)), None);
        caps.count(&domain("b.example"), at(10));
        assert_eq!(caps.relay_free_at(at(20)), Some(at(3600)), "when the first attempt leaves the window");
        assert_eq!(caps.relay_free_at(at(3600)), None);
    }

    #[test]
    fn the_day_binds_after_the_hour_is_over() {
        let mut caps = caps(limits(Some(2), Some(3)), &[]);
        for seconds in [0, 1, 4000] {
            caps.count(&domain("a.example"), at(seconds));
        }
        assert_eq!(caps.relay_free_at(at(8000)), Some(at(86_400)));
    }

    #[test]
    fn what_was_sent_before_the_cap_was_lowered_counts_whole() {
        let mut caps = caps(limits(Some(2), None), &[]);
        for seconds in [0, 1, 1, 2, 2] {
            caps.count(&domain("a.example"), at(seconds));
        }
        assert_eq!(caps.relay_free_at(at(5)), Some(at(3602)), "four must leave before a second may go");
    }

    #[test]
    fn a_domain_at_its_cap_holds_nobody_else_back() {
        let mut caps = caps(RateLimits::default(), &[("slow.example", limits(Some(1), None))]);
        caps.count(&domain("slow.example"), at(0));
        caps.count(&domain("fast.example"), at(0));
        assert_eq!(caps.stream_free_at(&domain("slow.example"), at(1)), Some(at(3600)));
        assert_eq!(caps.stream_free_at(&domain("fast.example"), at(1)), None);
        assert_eq!(caps.relay_free_at(at(1)), None);
    }

    #[test]
    fn the_domains_of_a_group_are_counted_together() {
        let domains = ["mail.example", "post.example"].map(str::to_owned);
        let group = RateGroup { domains: domains.into(), limits: limits(Some(2), None) };
        let policy = RatePolicy { groups: [("provider".to_owned(), group)].into(), ..RatePolicy::default() };
        let (streams, mut caps) = (Streams::new(&policy), SlidingCaps::new(&policy));
        caps.count(&streams.of("mail.example"), at(0));
        assert_eq!(caps.stream_free_at(&streams.of("post.example"), at(1)), None);
        caps.count(&streams.of("post.example"), at(1));
        for grouped in ["mail.example", "post.example"] {
            assert_eq!(caps.stream_free_at(&streams.of(grouped), at(2)), Some(at(3600)));
        }
    }

    #[test]
    fn a_cap_of_nothing_lets_nothing_go() {
        let mut caps = caps(limits(Some(0), None), &[("a.example", limits(None, Some(0)))]);
        assert_eq!(caps.relay_free_at(at(0)), Some(Timestamp::MAX));
        assert_eq!(caps.stream_free_at(&domain("a.example"), at(0)), Some(Timestamp::MAX));
    }

    #[test]
    fn a_clock_set_back_does_not_empty_the_window() {
        let mut caps = caps(limits(Some(1), None), &[]);
        caps.count(&domain("a.example"), at(7200));
        assert_eq!(caps.relay_free_at(at(0)), Some(at(7200 + 3600)));
    }

    #[test]
    fn a_million_attempts_take_little_room_and_none_where_nothing_is_capped() {
        let mut caps = caps(limits(None, Some(2_000_000)), &[("slow.example", limits(Some(5), None))]);
        for n in 0..1_000_000 {
            caps.count(&domain("a.example"), at(n / 500));
        }
        let kept = |windows: &[Window]| windows.iter().map(|window| window.seconds.len()).sum::<usize>();
        assert_eq!((kept(&caps.relay), caps.relay[0].inside), (2_000, 1_000_000));
        assert_eq!(caps.streams.len(), 1, "only the stream with a cap");
        assert!(!SlidingCaps::new(&RatePolicy::default()).are_any());
    }

    proptest! {
        /// Whatever the order and distance of attempts, nobody who asks first ever exceeds a cap in any window, to the
        /// millisecond.
        #[test]
        fn no_window_ever_holds_more_than_its_cap(
            steps in proptest::collection::vec(0_i64..2_000_000, 1..200), hour in 1_u32..6, day in 1_u32..20,
        ) {
            let mut caps = caps(limits(Some(hour), Some(day)), &[]);
            let (mut now, mut sent) = (0, Vec::new());
            for step in steps {
                now += step;
                let moment = Timestamp::from_millisecond(1_800_000_000_000 + now).unwrap();
                match caps.relay_free_at(moment) {
                    None => {
                        caps.count(&domain("a.example"), moment);
                        sent.push(now);
                    }
                    Some(free) => prop_assert!(caps.clone().relay_free_at(free).is_none(), "it is free when it said"),
                }
            }
            for (i, start) in sent.iter().enumerate() {
                let within = |window: i64| sent[i..].iter().filter(|later| **later - start < window).count();
                prop_assert!(within(3_600_000) <= hour as usize);
                prop_assert!(within(86_400_000) <= day as usize);
            }
        }
    }
}

use super::*;
use crate::domain::outcome::Reply;
use crate::domain::pace::RateLimits;

fn pacer(relay: RateLimits, domains: &[(&str, RateLimits)]) -> Pacer {
    let domains = domains.iter().map(|(name, limits)| ((*name).to_owned(), limits.clone())).collect();
    let policy = RatePolicy { relay, domains, ..RatePolicy::default() };
    Pacer::new(&policy, SlidingCaps::new(&policy), Vec::new())
}

fn domain(name: &str) -> Stream {
    Stream::Domain(name.into())
}

fn slow() -> RateLimits {
    RateLimits { per_second: 0.001, ..RateLimits::default() }
}

fn at(milliseconds: i64) -> Moment {
    let steady = Timestamp::from_millisecond(1_800_000_000_000 + milliseconds).unwrap();
    Moment { elapsed: Duration::from_millis(milliseconds.unsigned_abs()), steady }
}

fn put_off() -> Outcome {
    Outcome::Deferred { reply: None, detail: String::new() }
}

fn accepted() -> Outcome {
    Outcome::Accepted { reply: Reply { code: 250, enhanced: None, text: String::new() } }
}

#[test]
fn the_relays_turn_is_kept_until_a_message_takes_it() {
    let mut pacer = pacer(slow(), &[]);
    assert_eq!(pacer.relay_turn(at(0)), Turn::Now);
    assert_eq!(pacer.relay_turn(at(0)), Turn::Now, "asked again, nothing gone");
    pacer.begin(&domain("a.example"), at(0));
    assert!(matches!(pacer.relay_turn(at(0)), Turn::After(rest) if rest > Duration::from_secs(900)));
}

#[test]
fn what_comes_back_gives_its_turn_back_to_the_relay_and_the_stream() {
    let (mut pacer, slow_one) = (pacer(slow(), &[("slow.example", slow())]), domain("slow.example"));
    pacer.begin(&slow_one, at(0));
    assert!(matches!(pacer.relay_turn(at(10)), Turn::After(_)));
    pacer.take_back(&slow_one, at(0).steady);
    assert_eq!((pacer.relay_turn(at(10)), pacer.stream_turn(&slow_one, at(10))), (Turn::Now, Turn::Now));
}

#[test]
fn what_comes_back_from_a_slowed_domain_costs_no_rest_but_the_one_it_asked_for_stands() {
    let (mut pacer, stream) = (pacer(RateLimits::default(), &[]), domain("slow.example"));
    pacer.begin(&stream, at(0));
    pacer.hear(&stream, (1, 1), (&put_off(), &RelaySignal::SlowDomain), at(10));
    pacer.take_back(&stream, at(0).steady);
    assert!(matches!(pacer.stream_turn(&stream, at(20)), Turn::After(_)), "it asked");
    pacer.begin(&stream, at(2_010));
    assert!(matches!(pacer.stream_turn(&stream, at(2_020)), Turn::After(_)));
    pacer.take_back(&stream, at(2_010).steady);
    assert_eq!(pacer.stream_turn(&stream, at(2_020)), Turn::Now);
}

#[test]
fn a_limited_domain_rests_while_others_go() {
    let mut pacer = pacer(RateLimits::default(), &[("slow.example", slow())]);
    assert_eq!(pacer.stream_turn(&domain("slow.example"), at(0)), Turn::Now);
    pacer.begin(&domain("slow.example"), at(0));
    assert!(matches!(pacer.stream_turn(&domain("slow.example"), at(0)), Turn::After(_)));
    assert_eq!(pacer.stream_turn(&domain("fast.example"), at(0)), Turn::Now);
    assert_eq!(pacer.relay_turn(at(0)), Turn::Now);
}

#[test]
fn what_went_before_counts_against_the_cap_and_what_never_went_does_not() {
    let capped = RateLimits { per_hour: Some(2), ..RateLimits::default() };
    let policy = RatePolicy { relay: capped, ..RatePolicy::default() };
    let mut caps = SlidingCaps::new(&policy);
    caps.count(&domain("a.example"), at(0).steady);
    let mut pacer = Pacer::new(&policy, caps, Vec::new());
    assert_eq!(pacer.relay_turn(at(0)), Turn::Now);
    pacer.begin(&domain("a.example"), at(0));
    assert!(matches!(pacer.relay_turn(at(0)), Turn::At(_)));
    pacer.take_back(&domain("a.example"), at(0).steady);
    assert_eq!(pacer.relay_turn(at(0)), Turn::Now);
}

#[test]
fn a_domain_that_asks_is_served_at_half_its_pace_and_what_was_on_its_way_asks_once() {
    let mut pacer = pacer(RateLimits::default(), &[]);
    let stream = domain("slow.example");
    for _ in 0..8 {
        pacer.begin(&stream, at(0));
    }
    let mut hear = |job, last, now| {
        let told = pacer.hear(&stream, (job, last), (&put_off(), &RelaySignal::SlowDomain), at(now));
        (told.is_some(), pacer.stream_turn(&stream, at(now)))
    };
    let millis = |n| Turn::After(Duration::from_millis(n));
    assert_eq!(hear(1, 8, 10), (true, millis(250)), "eight a second before, four now");
    assert_eq!(hear(2, 8, 110), (false, millis(150)), "it left before the pace was slowed");
    assert_eq!(hear(9, 9, 260), (false, millis(500)));
    assert_eq!(pacer.stream_turn(&domain("other.example"), at(260)), Turn::Now);
    assert_eq!(pacer.relay_turn(at(260)), Turn::Now);
}

#[test]
fn a_relay_that_speaks_for_itself_slows_everybody() {
    let mut pacer = pacer(RateLimits::default(), &[]);
    pacer.begin(&domain("a.example"), at(0));
    let (stream, slowdown) = pacer
        .hear(&domain("a.example"), (1, 1), (&put_off(), &RelaySignal::SlowRelay), at(0))
        .expect("slowed for the first time");
    assert_eq!((stream, slowdown.per_second), (Stream::Relay, 0.5));
    assert_eq!(pacer.relay_turn(at(0)), Turn::After(Duration::from_secs(2)));
    assert_eq!(pacer.relay_turn(at(2_000)), Turn::Now);
    assert_eq!(pacer.stream_turn(&domain("a.example"), at(0)), Turn::Now, "nothing is held against the domain");
}

#[test]
fn good_service_speeds_up_what_left_after_it_was_slowed_and_all_of_it_is_remembered() {
    let mut pacer = pacer(RateLimits::default(), &[]);
    let stream = domain("slow.example");
    assert!(!pacer.has_learned());
    pacer.hear(&stream, (1, 5), (&put_off(), &RelaySignal::SlowDomain), at(0));
    let pace = |pacer: &Pacer| pacer.slowed().first().map(|(_, slowdown)| slowdown.per_second);
    assert_eq!(pace(&pacer), Some(0.5));
    pacer.hear(&stream, (5, 5), (&accepted(), &RelaySignal::Fine), at(10));
    assert_eq!(pace(&pacer), Some(0.5), "it left before");
    assert!(matches!(pacer.take_learned().as_slice(), [Learned::Slowed(slowed, _)] if *slowed == stream));
    assert!(!pacer.has_learned(), "told once");
    let mut job = 5;
    while !pacer.slowed().is_empty() {
        job += 1;
        let before = pace(&pacer);
        pacer.hear(&stream, (job, job), (&accepted(), &RelaySignal::Fine), at(20));
        assert!(pace(&pacer).is_none_or(|pace| Some(pace) > before));
        assert!(job < 10_000, "it ends");
    }
    assert_eq!(pacer.take_learned(), [Learned::Over(stream.clone())]);
    assert_eq!(pacer.stream_turn(&stream, at(20)), Turn::Now);
}

#[test]
fn a_run_begins_at_the_learned_pace() {
    let policy = RatePolicy::default();
    let learned = vec![(domain("slow.example"), Slowdown::of_domain(1.0, at(0).steady))];
    let mut pacer = Pacer::new(&policy, SlidingCaps::new(&policy), learned);
    assert_eq!(pacer.stream_turn(&domain("slow.example"), at(0)), Turn::Now);
    pacer.begin(&domain("slow.example"), at(0));
    assert_eq!(pacer.stream_turn(&domain("slow.example"), at(0)), Turn::After(Duration::from_secs(2)));
}

#[test]
fn of_very_many_slowed_domains_the_slowest_are_kept_in_mind() {
    let mut pacer = pacer(RateLimits::default(), &[]);
    let slowest = domain("slowest.example");
    for job in 1..9 {
        pacer.hear(&slowest, (job, job), (&put_off(), &RelaySignal::SlowDomain), at(0));
    }
    for n in 0..2 * MOST_SLOWED {
        pacer.hear(&domain(&format!("d{n}.example")), (1, 1), (&put_off(), &RelaySignal::SlowDomain), at(0));
    }
    let slowed = pacer.slowed();
    assert_eq!((slowed.len(), slowed.first().map(|(stream, _)| stream)), (MOST_SLOWED, Some(&slowest)));
}

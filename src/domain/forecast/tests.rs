//! Forecasts by hand-made loads; time is an argument.

use super::*;
use crate::domain::campaign::Schedule;
use crate::domain::schedule::{Days, Hours, WallClock, Window};
use crate::domain::zones::Zones;

const NOW: &str = "2026-11-27T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn load(domain: &str, zone: &str, count: u64) -> Load {
    Load { domain: domain.to_owned(), zone: zone.to_owned(), count }
}

fn limits(per_second: f64, per_hour: Option<u32>, per_day: Option<u32>) -> RateLimits {
    RateLimits { per_second, per_hour, per_day, ..RateLimits::default() }
}

fn policy(relay: RateLimits, domains: &[(&str, RateLimits)]) -> RatePolicy {
    let domains = domains.iter().map(|(name, limits)| ((*name).to_owned(), limits.clone())).collect();
    RatePolicy { relay, domains }
}

fn office(clock: WallClock, not_after: Option<&str>) -> Timetable {
    let window = Window { days: Days::at(0..5), hours: Hours::read("09:00-17:00").unwrap(), clock };
    let schedule = Schedule { not_before: None, not_after: not_after.map(at), window: Some(window) };
    Timetable::new(schedule, Zones::default())
}

fn done(loads: &[Load], policy: &RatePolicy, past: Vec<(Timestamp, String)>, timetable: &Timetable) -> String {
    match forecast(loads, policy, past, timetable, at(NOW)) {
        Forecast::Done(at) => at.to_string(),
        Forecast::Never { left } => format!("never: {left}"),
    }
}

#[test]
fn without_limits_everything_goes_at_once() {
    let free = policy(RateLimits::default(), &[]);
    assert_eq!(done(&[load("a.example", "", 100_000)], &free, Vec::new(), &Timetable::default()), NOW);
    assert_eq!(done(&[], &free, Vec::new(), &Timetable::default()), NOW);
}

#[test]
fn the_steady_rate_counts_intervals_and_a_burst_saves_some() {
    let mut rate = limits(0.5, None, None);
    let people = [load("a.example", "", 301)];
    assert_eq!(done(&people, &policy(rate.clone(), &[]), Vec::new(), &Timetable::default()), "2026-11-27T12:10:00Z");
    rate.burst = 31;
    assert_eq!(done(&people, &policy(rate, &[]), Vec::new(), &Timetable::default()), "2026-11-27T12:09:00Z");
}

#[test]
fn ten_thousand_a_day_at_thirty_a_minute() {
    let office365 = policy(limits(0.5, None, Some(10_000)), &[]);
    // 10,000 take five and a half hours; the next waits until the first is a day old, and each after it two seconds more.
    let people = [load("a.example", "", 10_001)];
    assert_eq!(done(&people, &office365, Vec::new(), &Timetable::default()), "2026-11-28T12:00:00Z");
    let more = [load("a.example", "", 10_031)];
    assert_eq!(done(&more, &office365, Vec::new(), &Timetable::default()), "2026-11-28T12:01:00Z");
}

#[test]
fn what_the_ledger_counted_already_is_not_free_again() {
    let capped = policy(limits(0.0, Some(100), None), &[]);
    let past = (0..100).map(|n| (at("2026-11-27T11:30:00Z") + SignedDuration::from_secs(n), "b.example".to_owned()));
    assert_eq!(
        done(&[load("a.example", "", 1)], &capped, past.collect(), &Timetable::default()),
        "2026-11-27T12:30:00Z",
        "when the first of them is an hour old"
    );
}

#[test]
fn the_slowest_domain_decides_and_holds_nobody_else_back() {
    let slow = policy(limits(10.0, None, None), &[("slow.example", limits(0.1, None, None))]);
    let people = [load("slow.example", "", 10), load("a.example", "", 101)];
    assert_eq!(done(&people, &slow, Vec::new(), &Timetable::default()), "2026-11-27T12:01:30Z");
    let daily = policy(limits(0.0, None, None), &[("slow.example", limits(0.0, None, Some(5)))]);
    assert_eq!(done(&people, &daily, Vec::new(), &Timetable::default()), "2026-11-28T12:00:00Z");
}

#[test]
fn a_weekend_is_waited_for_zone_by_zone() {
    let slow = policy(limits(1.0 / 60.0, None, None), &[]);
    let by_recipient = office(WallClock::Recipient, None);
    // Friday noon UTC is past five in Tokyo and three in Nairobi.
    let nairobi = [load("a.example", "Africa/Nairobi", 60)];
    assert_eq!(done(&nairobi, &slow, Vec::new(), &by_recipient), "2026-11-27T12:59:00Z");
    let both = [load("a.example", "Africa/Nairobi", 60), load("a.example", "Asia/Tokyo", 2)];
    assert_eq!(done(&both, &slow, Vec::new(), &by_recipient), "2026-11-30T00:01:00Z");
    let too_many = [load("a.example", "Africa/Nairobi", 121)];
    assert_eq!(
        done(&too_many, &slow, Vec::new(), &by_recipient),
        "2026-11-30T06:00:00Z",
        "120 until five in Nairobi, the last on Monday at nine"
    );
}

#[test]
fn people_without_a_zone_and_named_zones_are_read_by_the_one_clock() {
    let free = policy(RateLimits::default(), &[]);
    let people = [load("a.example", "", 5), load("a.example", "Asia/Tokyo", 5)];
    assert_eq!(done(&people, &free, Vec::new(), &office(WallClock::Named("Africa/Nairobi".to_owned()), None)), NOW);
    assert_eq!(
        done(&people, &free, Vec::new(), &office(WallClock::Named("Asia/Tokyo".to_owned()), None)),
        "2026-11-30T00:00:00Z"
    );
}

#[test]
fn who_finds_no_moment_before_the_end_is_counted() {
    let slow = policy(limits(1.0, None, None), &[]);
    let by_recipient = office(WallClock::Recipient, Some("2026-11-27T12:00:30Z"));
    let people = [load("a.example", "Africa/Nairobi", 100), load("a.example", "Asia/Tokyo", 7)];
    assert_eq!(done(&people, &slow, Vec::new(), &by_recipient), "never: 76", "31 go before the end");
    let nothing = policy(limits(0.0, None, Some(0)), &[]);
    assert_eq!(done(&people, &nothing, Vec::new(), &Timetable::default()), "never: 107");
}

//! The pace that the relay and receivers ask for: taken at once, remembered, and nobody else's.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use convoke::clock::SystemClock;
use convoke::domain::pace::{RateGroup, RateLimits};
use convoke::domain::slowdown::Slowdown;
use convoke::domain::stream::Stream;
use convoke::engine::ports::{Clock, Learned, Paces};
use convoke::engine::send::Ending;
use jiff::{SignedDuration, Timestamp};

#[path = "support/small_plan.rs"]
mod small_plan;
#[path = "support/smtp_relays.rs"]
mod smtp_relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use small_plan::SmallPlan;
use smtp_relays::clear;
use smtp_server::{Act, At, Server};

fn domain(name: &str) -> Stream {
    Stream::Domain(name.into())
}

/// So many people at each of these domains, in turn.
fn people(each: usize, domains: &[String]) -> Vec<String> {
    (0..each).flat_map(|n| domains.iter().map(move |domain| format!("person{n}@{domain}"))).collect()
}

/// A wall clock that somebody sets while messages leave, by so many hours; what elapses is true.
#[derive(Default)]
struct SetClock {
    hours: AtomicI64,
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_hours(self.hours.load(Ordering::SeqCst))
    }
    fn elapsed(&self) -> Duration {
        SystemClock.elapsed()
    }
}

/// Recipients, and when each came.
type Arrivals = Arc<Mutex<Vec<(String, Duration)>>>;

/// A server that asks a domain to slow down, so many times.
fn throttling(throttled: &'static str, times: usize) -> (Server, Arrivals) {
    let (arrivals, asked) = (Arrivals::default(), AtomicUsize::new(0));
    let kept = Arc::clone(&arrivals);
    let server = Server::builder()
        .script(move |moment| {
            if moment.at != At::Rcpt {
                return Act::Go;
            }
            kept.lock().unwrap().push((moment.recipient.to_owned(), SystemClock.elapsed()));
            let is_throttled = moment.recipient.ends_with(throttled);
            match is_throttled && asked.fetch_add(1, Ordering::SeqCst) < times {
                true => Act::say("450 4.7.1 you send too fast, slow down\r\n"),
                false => Act::Go,
            }
        })
        .start();
    (server, arrivals)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_asks_is_slowed_at_once_and_holds_none_of_the_others_back() {
    let mut domains: Vec<String> = (0..50).map(|n| format!("fast{n}.example")).collect();
    domains.insert(0, "slow.example".to_owned());
    // The slow domain's people stand first in the plan, more of them than one claim brings.
    let mut addresses: Vec<String> = (0..600).map(|n| format!("crowd{n}@slow.example")).collect();
    addresses.extend(people(20, &domains));
    let plan = Arc::new(SmallPlan::of(&addresses));
    let (server, arrivals) = throttling("@slow.example", 1);
    let (ask, interrupt) = tokio::sync::watch::channel(false);
    let (watched, another) = (Arc::clone(&arrivals), Arc::clone(&plan));
    let order = plan.order();
    let stop = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let fast = watched.lock().unwrap().iter().filter(|(who, _)| !who.ends_with("@slow.example")).count();
            if fast >= 1_000 {
                // Were this sender killed now, the next one would know.
                let known = another.ledger().slowed().unwrap();
                ask.send_replace(true);
                return known.into_iter().map(|(stream, ..)| stream).collect::<Vec<_>>();
            }
        }
    });
    let sent = plan.send_until(&order, clear(&server), interrupt, plan.ledger()).await;
    assert_eq!(stop.await.unwrap(), [domain("slow.example")]);
    assert!(matches!(sent.ending, Ending::Interrupted), "{:?}", sent.ending);
    let arrivals = arrivals.lock().unwrap();
    let slow = arrivals.iter().filter(|(who, _)| who.ends_with("@slow.example")).count();
    assert_eq!(arrivals.len() - slow, 1_000, "everybody else got theirs");
    assert!(slow < 200, "while {slow} of 620 of the slow domain did");
    assert_eq!(sent.slowed.iter().map(|(stream, _)| stream).collect::<Vec<_>>(), [&domain("slow.example")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slowed_domain_gets_its_messages_a_rest_apart_and_a_new_run_begins_at_the_learned_pace() {
    let plan = SmallPlan::of(&people(14, &["slow.example".to_owned()]));
    let (server, arrivals) = throttling("@slow.example", 1);
    let mut order = plan.order();
    order.limit = Some(11);
    let (sent, said) = plan.send_by(&order, clear(&server), Arc::new(SystemClock)).await;
    let [(stream, slowdown)] = sent.slowed.as_slice() else { panic!("{:?}", sent.slowed) };
    assert_eq!(*stream, domain("slow.example"));
    assert!(said.iter().any(|words| words.contains("slow.example asks us to slow down")), "{said:?}");
    let apart = |from: usize| -> Vec<Duration> {
        let times: Vec<Duration> = arrivals.lock().unwrap().iter().map(|(_, at)| *at).collect();
        times.windows(2).skip(from).map(|pair| pair[1] - pair[0]).collect()
    };
    // What was with the connections already comes together: two jobs on each of four connections. The rest does not.
    let least = slowdown.rest().mul_f64(0.7);
    assert!(apart(8).iter().all(|rest| *rest >= least), "{:?} are not {least:?} apart", apart(8));
    // Another process, as after a crash: no message before it knows.
    let known = plan.ledger().slowed().unwrap();
    assert!(matches!(known.as_slice(), [(stream, _, _)] if *stream == domain("slow.example")), "{known:?}");
    let before = arrivals.lock().unwrap().len();
    order.limit = Some(3);
    plan.send(&order, clear(&server)).await;
    assert!(apart(before).iter().all(|rest| *rest >= least), "{:?} are not {least:?} apart", apart(before));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_speaks_for_itself_is_slowed_for_everybody() {
    let asked = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Mail if asked.fetch_add(1, Ordering::SeqCst) == 3 => {
                Act::say("450 4.7.1 Error: too much mail from 127.0.0.1\r\n")
            }
            _ => Act::Go,
        })
        .start();
    let domains: Vec<String> = (0..30).map(|n| format!("d{n}.example")).collect();
    let plan = SmallPlan::of(&people(1, &domains));
    let sent = plan.send(&plan.order(), clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    assert_eq!(sent.counts.unwrap().accepted, 30, "nobody is put off for what the relay says about us");
    assert_eq!(sent.slowed.first().map(|(stream, _)| stream), Some(&Stream::Relay));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_slow_domains_of_one_row_each_hold_nobody_back() {
    let slow: Vec<String> = (0..1_000).map(|n| format!("slow{n}.example")).collect();
    let mut addresses = people(2, &slow);
    addresses.extend((0..3_000).map(|n| format!("person{n}@fast.example")));
    let plan = SmallPlan::of(&addresses);
    // All of them are known to be slow, and get one message each 30 seconds.
    let now = SystemClock.now();
    let learned: Vec<Learned> =
        slow.iter().map(|name| Learned::Slowed(domain(name), Slowdown::of_domain(0.0, now))).collect();
    plan.ledger().remember_paces(&learned, now).unwrap();
    let server = Server::builder().start();
    let order = plan.order();
    let (ask, interrupt) = tokio::sync::watch::channel(false);
    let began = SystemClock.elapsed();
    // The first message to each of them, and everything of the fast domain: what remains would take half a minute.
    let watching = async {
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if server.stored().len() >= 4_000 {
                let took = SystemClock.elapsed() - began;
                // A second message would come at once, if at all before its rest is over.
                tokio::time::sleep(Duration::from_millis(500)).await;
                ask.send_replace(true);
                return took;
            }
        }
    };
    let (sent, took) = tokio::join!(plan.send_until(&order, clear(&server), interrupt, plan.ledger()), watching);
    assert!(matches!(sent.ending, Ending::Interrupted), "{:?}", sent.ending);
    assert!(took < Duration::from_secs(25), "4000 messages took {took:?}");
    assert_eq!(server.stored().len(), 4_000, "no slow domain got its second message");
    let mut each = BTreeMap::<String, usize>::new();
    for entry in server.stored() {
        *each.entry(entry.recipient.split('@').nth(1).unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!((each.len(), each.get("fast.example")), (1_001, Some(&3_000)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_domains_of_a_group_share_a_cap_across_runs_and_a_slowdown() {
    let members = ["mail.example", "post.example"].map(str::to_owned);
    let mut addresses = people(10, &members);
    addresses.extend((0..10).map(|n| format!("person{n}@other.example")));
    let plan = SmallPlan::of(&addresses);
    let (server, arrivals) = throttling("@post.example", 1);
    let mut order = plan.order();
    let limits = RateLimits { per_hour: Some(6), ..RateLimits::default() };
    order.rate.groups.insert("provider".to_owned(), RateGroup { domains: members.into(), limits });
    for run in 0..2 {
        let sent = plan.send(&order, clear(&server)).await;
        assert!(matches!(sent.ending, Ending::Capped { .. } | Ending::Deferred { .. }), "{:?}", sent.ending);
        let to_group = arrivals.lock().unwrap().iter().filter(|(who, _)| !who.ends_with("@other.example")).count();
        assert_eq!((arrivals.lock().unwrap().len(), to_group), (16, 6), "run {run}");
        let slowed: Vec<&Stream> = sent.slowed.iter().map(|(stream, _)| stream).collect();
        assert_eq!(slowed, [&Stream::Group("provider".into())], "run {run}: whichever domain of it asked");
    }
}

/// The wall clock is set by so many hours after the tenth message.
async fn a_cap_holds_when_the_clock_is_set_by(hours: i64) {
    let clock = Arc::new(SetClock::default());
    let set = Arc::clone(&clock);
    let dots = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| {
            if moment.at == At::Dot && dots.fetch_add(1, Ordering::SeqCst) == 9 {
                set.hours.store(hours, Ordering::SeqCst);
            }
            Act::Go
        })
        .start();
    let plan = SmallPlan::with_people(60);
    let mut order = plan.order();
    (order.rate.relay.per_hour, order.rate.relay.per_day) = (Some(20), Some(30));
    let (sent, _) = plan.send_by(&order, clear(&server), clock.clone()).await;
    assert!(matches!(sent.ending, Ending::Capped { .. }), "{:?}", sent.ending);
    assert_eq!(server.stored().len(), 20);
    let Ending::Capped { until } = sent.ending else { return };
    let told = until.duration_since(clock.now()).as_secs();
    assert!((3_500..=3_600).contains(&told), "an hour by the clock as it stands: {told} s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caps_hold_when_the_clock_jumps_a_day_ahead_while_sending() {
    a_cap_holds_when_the_clock_is_set_by(24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caps_hold_when_the_clock_jumps_a_day_back_while_sending() {
    a_cap_holds_when_the_clock_is_set_by(-24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back_between_two_runs_lets_nothing_more_go() {
    let (plan, server, clock) = (SmallPlan::with_people(60), Server::builder().start(), Arc::new(SetClock::default()));
    let mut order = plan.order();
    order.rate.relay.per_day = Some(20);
    plan.send_by(&order, clear(&server), clock.clone()).await;
    clock.hours.store(-24, Ordering::SeqCst);
    let (sent, _) = plan.send_by(&order, clear(&server), clock).await;
    assert!(matches!(sent.ending, Ending::Capped { .. }), "{:?}", sent.ending);
    assert_eq!(server.stored().len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rests_are_true_whatever_the_wall_clock_says() {
    let clock = Arc::new(SetClock::default());
    let set = Arc::clone(&clock);
    let arrivals = Arrivals::default();
    let kept = Arc::clone(&arrivals);
    let server = Server::builder()
        .script(move |moment| {
            if moment.at == At::Dot {
                let mut kept = kept.lock().unwrap();
                kept.push((moment.recipient.to_owned(), SystemClock.elapsed()));
                // Ahead and back again with every message.
                set.hours.store(if kept.len() % 2 == 0 { 24 } else { -24 }, Ordering::SeqCst);
            }
            Act::Go
        })
        .start();
    let plan = SmallPlan::of(&people(6, &["slow.example".to_owned()]));
    let slowdown = Slowdown::of_domain(6.0, clock.now());
    plan.ledger().remember_paces(&[Learned::Slowed(domain("slow.example"), slowdown)], clock.now()).unwrap();
    let (sent, _) = plan.send_by(&plan.order(), clear(&server), clock).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    let times: Vec<Duration> = arrivals.lock().unwrap().iter().map(|(_, at)| *at).collect();
    assert_eq!(times.len(), 6);
    let all = *times.last().unwrap() - *times.first().unwrap();
    // Five rests of a third of a second, a little less where good service has shortened them.
    assert!((Duration::from_millis(1_300)..Duration::from_secs(20)).contains(&all), "{all:?}");
}

//! The computer's clock is set a day forward and back while caps and retries are under way: no cap lets more through, nobody
//! gets two, nobody is lost.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use convoke::clock::SystemClock;
use convoke::domain::invitation::{Counts, State};
use convoke::engine::ports::Clock;
use convoke::engine::send::progress::{Progress, Tally};
use convoke::engine::send::{Ending, SendOrder, Sent, send};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

#[path = "support/small_plan.rs"]
mod small_plan;
#[path = "support/smtp_relays.rs"]
mod smtp_relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use small_plan::{SmallPlan, press};
use smtp_relays::clear;
use smtp_server::{Act, At, Server};

/// The wall clock, and by how many hours somebody has set it wrong.
#[derive(Clone, Default)]
struct SetClock(Arc<AtomicI64>);

impl SetClock {
    fn set(&self, hours: i64) {
        self.0.store(hours, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_hours(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        SystemClock.elapsed()
    }
}

struct Unseen;
impl Progress for Unseen {
    fn show(&mut self, _tally: &Tally) {}
    fn say(&mut self, _words: &str) {}
}

async fn send_by(plan: &SmallPlan, order: &SendOrder, server: &Server, clock: &SetClock) -> Sent {
    let (_never, interrupt) = watch::channel(false);
    let (ledger, relay) = (Box::new(plan.ledger()), Arc::new(clear(server)));
    let mut unseen = Unseen;
    let sending = send(order, ledger, relay, press(), Arc::new(clock.clone()), interrupt, &mut unseen);
    tokio::time::timeout(Duration::from_secs(60), sending).await.unwrap().unwrap()
}

fn assert_sum(counts: &Counts) {
    let c = counts;
    let sum = c.accepted + c.rejected + c.deferred + c.in_doubt + c.suppressed + c.expired + c.cancelled + c.unsent;
    assert_eq!(c.planned, sum, "{c:?}");
}

fn assert_nobody_twice(server: &Server) {
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for entry in server.stored() {
        *copies.entry(entry.recipient).or_default() += 1;
    }
    assert!(copies.values().all(|copies| *copies == 1), "{copies:?}");
}

/// A server that sets the clock at some of its dots.
fn setting(clock: &SetClock, at_dots: &'static [(usize, i64)]) -> Server {
    let (clock, dots) = (clock.clone(), AtomicUsize::new(0));
    Server::builder()
        .script(move |moment| {
            if moment.at == At::Dot {
                let dot = dots.fetch_add(1, Ordering::SeqCst);
                at_dots.iter().filter(|(at, _)| *at == dot).for_each(|(_, hours)| clock.set(*hours));
            }
            Act::Go
        })
        .start()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_lets_no_more_through_when_the_clock_is_set() {
    for at_dots in [&[(4, 25)][..], &[(4, -25)], &[(2, 25), (5, 0), (7, 25)]] {
        for hourly in [true, false] {
            let clock = SetClock::default();
            let server = setting(&clock, at_dots);
            let plan = SmallPlan::with_people(30);
            let mut order = plan.order();
            order.connections = 2;
            let cap = if hourly { &mut order.rate.relay.per_hour } else { &mut order.rate.relay.per_day };
            *cap = Some(10);
            let sent = send_by(&plan, &order, &server, &clock).await;
            assert!(matches!(sent.ending, Ending::Capped { .. }), "{at_dots:?}: {:?}", sent.ending);
            assert_eq!(server.log().len(), 10, "{at_dots:?}");
            assert_sum(&sent.counts.unwrap());
            assert_eq!(sent.counts.unwrap().unsent, 20);
            // When it has room again is told by the clock as it is set.
            let Ending::Capped { until } = sent.ending else { unreachable!() };
            let window = if hourly { 3_600 } else { 86_400 };
            let rest = until.duration_since(clock.now()).as_secs();
            assert!((window - 60..=window + 1).contains(&rest), "{at_dots:?}: {rest} seconds");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retries_and_slowed_domains_survive_a_clock_that_is_set() {
    for hours in [25, -25] {
        let clock = SetClock::default();
        let (set, asked) = (clock.clone(), AtomicUsize::new(0));
        let server = Server::builder()
            .script(move |moment| match moment.at {
                At::Dot => match asked.fetch_add(1, Ordering::SeqCst) {
                    n if n < 2 => Act::say("451 4.7.1 too fast\r\n"),
                    2 => {
                        set.set(hours);
                        Act::Go
                    }
                    _ => Act::Go,
                },
                _ => Act::Go,
            })
            .start();
        let plan = SmallPlan::with_people(20);
        let mut order = plan.order();
        order.connections = 2;
        order.retry.first_delay = Duration::from_secs(1800);
        let sent = send_by(&plan, &order, &server, &clock).await;
        let counts = sent.counts.unwrap();
        assert_sum(&counts);
        // Set forward, what was put off is due; set back, it waits, and nobody waits with it.
        let accepted = if hours > 0 { 20 } else { 18 };
        assert_eq!(counts.accepted, accepted, "{hours}: {:?}, {counts:?}", sent.ending);
        clock.set(0);
        let again = send_by(&plan, &order, &server, &clock).await;
        assert_sum(&again.counts.unwrap());
        clock.set(30);
        let last = send_by(&plan, &order, &server, &clock).await;
        assert_eq!(last.counts.unwrap().accepted, 20, "{:?}", last.ending);
        assert!(plan.rows().iter().all(|row| row.state == State::Accepted));
        assert_nobody_twice(&server);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_in_trouble_is_tried_again_although_the_clock_was_set_back() {
    let clock = SetClock::default();
    let (set, greeted) = (clock.clone(), AtomicUsize::new(0));
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Greeting if greeted.fetch_add(1, Ordering::SeqCst) == 0 => {
                Act::SayAndClose(b"421 4.3.2 not now\r\n".to_vec())
            }
            At::Dot => {
                set.set(-25);
                Act::Go
            }
            _ => Act::Go,
        })
        .start();
    let setter = clock.clone();
    let plan = SmallPlan::with_people(5);
    let setting = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        setter.set(-25);
    });
    let sent = send_by(&plan, &plan.order(), &server, &clock).await;
    setting.await.unwrap();
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    assert_eq!(sent.counts.unwrap().accepted, 5);
}

/// A clock by which no two questions have the same answer.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }

    fn elapsed(&self) -> Duration {
        SystemClock.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_and_the_next_intent_are_one_commit() {
    let server = Server::builder().start();
    let plan = SmallPlan::with_people(20);
    let order = SendOrder { connections: 1, ..plan.order() };
    let (_never, interrupt) = watch::channel(false);
    let (ledger, relay) = (Box::new(plan.ledger()), Arc::new(clear(&server)));
    let clock = Arc::new(Ticking(AtomicI64::new(0)));
    let sent = send(&order, ledger, relay, press(), clock, interrupt, &mut Unseen).await.unwrap();
    assert_eq!(sent.counts.unwrap().accepted, 20);
    let written = rusqlite::Connection::open(plan.path()).unwrap();
    let moments = |question: &str| -> Vec<i64> {
        written.prepare(question).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let intents = moments("SELECT at FROM attempt ORDER BY attempt");
    let outcomes = moments("SELECT at FROM outcome ORDER BY attempt");
    assert_eq!((intents.len(), outcomes.len()), (20, 20));
    // What is committed together is recorded at the same moment. Where no next row was at hand yet, an outcome goes alone.
    let together = intents.iter().skip(1).zip(&outcomes).filter(|(intent, outcome)| intent == outcome).count();
    assert!(together >= 15, "{together} of 19: {intents:?} {outcomes:?}");
}

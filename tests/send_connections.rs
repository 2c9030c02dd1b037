//! How many connections are used: as many as the relay takes, and all of the settings' where it takes them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use convoke::clock::SystemClock;
use convoke::domain::invitation::State;
use convoke::engine::ports::Clock;
use convoke::engine::send::Ending;
use convoke::smtp::config::Config;
use convoke::smtp::relay::SmtpRelay;

#[path = "support/small_plan.rs"]
mod small_plan;
#[path = "support/smtp_relays.rs"]
mod smtp_relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use small_plan::SmallPlan;
use smtp_relays::{clear, config};
use smtp_server::{Act, At, Server};

/// A server that takes so many connections at once, and turns away every other as Postfix does. It thinks for a while about
/// each message, so that several connections are worth having.
fn that_takes(takes: impl Fn() -> usize + Send + Sync + 'static) -> Server {
    let open = Mutex::new(BTreeSet::new());
    Server::builder()
        .script(move |moment| match moment.at {
            At::Greeting => {
                let mut open = open.lock().unwrap();
                if open.len() >= takes() {
                    return Act::SayAndClose(b"421 4.7.0 Error: too many connections from 127.0.0.1\r\n".to_vec());
                }
                open.insert(moment.connection);
                Act::Go
            }
            At::Quit => {
                open.lock().unwrap().remove(&moment.connection);
                Act::Go
            }
            At::Dot => Act::Wait(Duration::from_millis(4), Box::new(Act::Go)),
            _ => Act::Go,
        })
        .start()
}

fn assert_nobody_was_put_off(plan: &SmallPlan, people: usize) {
    let rows = plan.rows();
    assert_eq!(rows.len(), people);
    assert!(rows.iter().all(|row| row.state == State::Accepted && row.attempts == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_takes_three_connections_is_served_by_three_and_nobody_is_put_off() {
    let (plan, server) = (SmallPlan::with_people(1_000), that_takes(|| 3));
    let mut order = plan.order();
    order.connections = 8;
    let clock = Arc::new(SystemClock);
    let (sent, said) = plan.send_by(&order, clear(&server), clock).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    assert_nobody_was_put_off(&plan, 1_000);
    let used: BTreeSet<usize> = server.log().into_iter().map(|entry| entry.connection).collect();
    assert_eq!(used.len(), 3, "three connections carried everything: {used:?}");
    // Five were turned away at first. After that, one now and then: after 1, 2, 4 … seconds.
    let seconds = sent.ended.duration_since(sent.began).as_secs_f64();
    let tries = (seconds + 1.0).log2().ceil() as usize + 1;
    assert!((8..=8 + tries).contains(&server.connections()), "{} connections in {seconds} s", server.connections());
    assert_eq!(said, [""; 0], "the relay serves us: there is nothing to say");
    assert!(sent.slowed.is_empty(), "fewer connections are no reason to go slower");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_takes_more_again_gets_more_again() {
    let begun = SystemClock.elapsed();
    let (plan, server) = (
        SmallPlan::with_people(4_000),
        that_takes(move || if SystemClock.elapsed() - begun < Duration::from_millis(1500) { 1 } else { 4 }),
    );
    // No connection is replaced in between.
    let relay = SmtpRelay::new(Config { messages_per_connection: 100_000, ..config(&server) }).unwrap();
    let sent = plan.send(&plan.order(), relay).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    assert_nobody_was_put_off(&plan, 4_000);
    let used: BTreeSet<usize> = server.log().iter().rev().take(400).map(|entry| entry.connection).collect();
    assert_eq!(used.len(), 4, "all four in the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_all_is_well_all_connections_are_open_within_the_first_messages() {
    let (plan, server) = (SmallPlan::with_people(400), Server::builder().start());
    let mut order = plan.order();
    order.connections = 16;
    let sent = plan.send(&order, clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    let used: BTreeSet<usize> = server.log().iter().take(200).map(|entry| entry.connection).collect();
    assert_eq!((used.len(), server.connections()), (16, 16));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_carries_so_many_messages_and_no_more_even_at_the_limit_of_the_relay() {
    let (plan, server) = (SmallPlan::with_people(300), that_takes(|| 2));
    let relay = SmtpRelay::new(Config { messages_per_connection: 20, ..config(&server) }).unwrap();
    let sent = plan.send(&plan.order(), relay).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    assert_nobody_was_put_off(&plan, 300);
    let mut carried = std::collections::BTreeMap::<usize, usize>::new();
    for entry in server.log() {
        *carried.entry(entry.connection).or_default() += 1;
    }
    assert!(carried.values().all(|messages| *messages <= 20), "{carried:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_loses_connections_all_the_time_is_never_given_up_while_it_serves() {
    let dots = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            // Every connection carries three messages, then breaks before the fourth.
            At::Mail if moment.message == 4 => Act::Drop,
            At::Dot => {
                dots.fetch_add(1, Ordering::SeqCst);
                Act::Go
            }
            _ => Act::Go,
        })
        .start();
    let plan = SmallPlan::with_people(60);
    let sent = plan.send(&plan.order(), clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    assert_nobody_was_put_off(&plan, 60);
}

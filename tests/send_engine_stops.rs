//! What stops a send: rules, refusals of us, a person, a ledger that cannot be written. The server's own log is the judge.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use convoke::clock::SystemClock;
use convoke::domain::invitation::Counts;
use convoke::engine::ports::{Clock, Sending};
use convoke::engine::send::Ending;
use tokio::sync::watch;

#[path = "support/small_plan.rs"]
mod small_plan;
#[path = "support/smtp_relays.rs"]
mod smtp_relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use small_plan::{CAMPAIGN, SmallPlan};
use smtp_relays::clear;
use smtp_server::{Act, At, Server};

/// Recipients the server stored a message for, with how many.
fn stored(server: &Server) -> BTreeMap<String, usize> {
    let mut stored = BTreeMap::new();
    for entry in server.stored() {
        *stored.entry(entry.recipient).or_default() += 1;
    }
    stored
}

fn assert_sum(counts: &Counts) {
    let c = counts;
    let sum = c.accepted + c.rejected + c.deferred + c.in_doubt + c.suppressed + c.expired + c.cancelled + c.unsent;
    assert_eq!(c.planned, sum, "{c:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_does_not_wait_for_a_greeting() {
    let (ask, interrupt) = watch::channel(false);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Greeting => {
                ask.send_replace(true);
                Act::Hang
            }
            _ => Act::Go,
        })
        .start();
    let plan = SmallPlan::with_people(5);
    let sent = plan.send_until(&plan.order(), clear(&server), interrupt, plan.ledger()).await;
    assert!(matches!(sent.ending, Ending::Interrupted), "{:?}", sent.ending);
    assert_eq!(sent.counts.unwrap().unsent, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_loses_everything_after_the_dot_is_not_fed_for_long() {
    let server = Server::builder().script(|moment| if moment.at == At::Dot { Act::Drop } else { Act::Go }).start();
    let plan = SmallPlan::with_people(60);
    let mut order = plan.order();
    order.stop.in_a_row = 6;
    let sent = plan.send(&order, clear(&server)).await;
    assert!(
        matches!(&sent.ending, Ending::StoppedByRule { reason } if reason.contains("6 messages in a row")),
        "{:?}",
        sent.ending
    );
    let counts = sent.counts.unwrap();
    assert_sum(&counts);
    assert!((6..=9).contains(&counts.in_doubt), "{counts:?}");
    assert!(sent.paused.is_some());
    let halted = plan.send(&order, clear(&server)).await;
    assert!(matches!(halted.ending, Ending::Halted { .. }), "a paused campaign stays paused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_refusal_for_everybody_marks_nobody() {
    let server = Server::builder()
        .script(|moment| if moment.at == At::Dot { Act::say("554 5.6.0 not from here\r\n") } else { Act::Go })
        .start();
    let plan = SmallPlan::with_people(60);
    let mut order = plan.order();
    order.stop.in_a_row = 10;
    let sent = plan.send(&order, clear(&server)).await;
    assert!(
        matches!(&sent.ending, Ending::StoppedByRule { reason } if reason.contains("same refusal")),
        "{:?}",
        sent.ending
    );
    let counts = sent.counts.unwrap();
    assert_eq!(counts.rejected, 0, "{counts:?}");
    // On each connection one message may be on its way when the rule applies, and another have its intent.
    assert!((10..=10 + 2 * order.connections as u64).contains(&counts.deferred), "{counts:?}");
    assert_eq!(counts.deferred + counts.unsent, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_large_a_share_of_refusals_stops_a_campaign() {
    let server = Server::builder()
        .script(|moment| {
            let number: usize =
                moment.recipient.trim_start_matches("person").split('@').next().unwrap().parse().unwrap_or(1);
            match moment.at {
                At::Rcpt if number.is_multiple_of(4) => Act::say("550 5.1.1 no such user\r\n"),
                _ => Act::Go,
            }
        })
        .start();
    let plan = SmallPlan::with_people(200);
    let mut order = plan.order();
    order.stop.of_last = 20;
    let sent = plan.send(&order, clear(&server)).await;
    assert!(
        matches!(&sent.ending, Ending::StoppedByRule { reason } if reason.contains("of the last 20")),
        "{:?}",
        sent.ending
    );
    assert!(plan.counts().unsent > 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_of_us_as_sender_pauses_and_loses_nobody() {
    for (at, reply) in
        [(At::Mail, "550 5.7.1 who are you?\r\n"), (At::Dot, "550 5.4.5 daily sending quota exceeded\r\n")]
    {
        let server =
            Server::builder().script(move |moment| if moment.at == at { Act::say(reply) } else { Act::Go }).start();
        let plan = SmallPlan::with_people(20);
        let sent = plan.send(&plan.order(), clear(&server)).await;
        assert!(matches!(&sent.ending, Ending::Refused { reason } if reason.contains("resume")), "{:?}", sent.ending);
        let counts = sent.counts.unwrap();
        assert_sum(&counts);
        assert_eq!(counts.deferred + counts.unsent, 20, "{counts:?}");
        assert!(sent.paused.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_refused_login_stops_everything() {
    let server = Server::builder()
        .script(|moment| if moment.at == At::Ehlo { Act::say("554 5.7.1 no\r\n") } else { Act::Go })
        .start();
    let plan = SmallPlan::with_people(20);
    let mut order = plan.order();
    order.connections = 8;
    let sent = plan.send(&order, clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Refused { .. }), "{:?}", sent.ending);
    assert_eq!((server.connections(), sent.counts.unwrap().unsent), (1, 20), "it is not tried again and again");
    assert!(plan.rows().iter().all(|row| row.attempts == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_is_down_is_tried_for_a_while_and_everything_stays_planned() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::builder().start();
    let config = convoke::smtp::config::Config { port, ..smtp_relays::config(&server) };
    let plan = SmallPlan::with_people(5);
    let sent = plan.send(&plan.order(), convoke::smtp::relay::SmtpRelay::new(config).unwrap()).await;
    assert!(matches!(sent.ending, Ending::Unreachable { .. }), "{:?}", sent.ending);
    assert_eq!((sent.counts.unwrap().unsent, sent.paused), (5, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_or_a_cancel_from_elsewhere_binds_before_the_next_message() {
    for cancelled in [false, true] {
        let plan = Arc::new(SmallPlan::with_people(50));
        let (other, dots) = (Arc::clone(&plan), Mutex::new(0));
        let server = Server::builder()
            .script(move |moment| {
                if moment.at != At::Dot {
                    return Act::Go;
                }
                // Held while the ledger is written: no other connection gets its reply meanwhile.
                let mut dots = dots.lock().unwrap();
                *dots += 1;
                if *dots == 5 {
                    let (mut ledger, now) = (other.ledger(), SystemClock.now());
                    match cancelled {
                        true => drop(ledger.cancel(CAMPAIGN, "the meeting moved", now).unwrap()),
                        false => ledger.pause(CAMPAIGN, "the meeting moved", now).unwrap(),
                    }
                }
                Act::Go
            })
            .start();
        let mut order = plan.order();
        order.connections = 3;
        let sent = plan.send(&order, clear(&server)).await;
        assert!(
            matches!(&sent.ending, Ending::Halted { reason } if reason.contains("the meeting moved")),
            "{:?}",
            sent.ending
        );
        let counts = sent.counts.unwrap();
        assert_sum(&counts);
        // Two others may have had their intent already.
        assert!((5..=7).contains(&counts.accepted), "{counts:?}");
        assert_eq!(if cancelled { counts.cancelled } else { counts.unsent }, 50 - counts.accepted);
        assert_eq!(server.stored().len() as u64, counts.accepted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_finishes_open_messages_and_leaves_nothing_in_doubt() {
    let (ask, interrupt) = watch::channel(false);
    let dots = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Dot if dots.fetch_add(1, Ordering::SeqCst) == 6 => {
                ask.send_replace(true);
                Act::Wait(Duration::from_millis(100), Box::new(Act::Go))
            }
            _ => Act::Go,
        })
        .start();
    let plan = SmallPlan::with_people(50);
    let sent = plan.send_until(&plan.order(), clear(&server), interrupt, plan.ledger()).await;
    assert!(matches!(sent.ending, Ending::Interrupted), "{:?}", sent.ending);
    let counts = sent.counts.unwrap();
    assert_sum(&counts);
    assert_eq!((counts.in_doubt, counts.accepted), (0, server.stored().len() as u64));
    assert!(counts.accepted < 20, "{counts:?}");
    let rest = plan.send(&plan.order(), clear(&server)).await;
    assert_eq!(rest.counts.unwrap().accepted, 50);
    assert!(stored(&server).values().all(|copies| *copies == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_ledger_stops_sending_at_once() {
    let (plan, server) = (SmallPlan::with_people(400), Server::builder().start());
    let mut ledger = plan.ledger();
    let pages = std::fs::metadata(plan.path()).unwrap().len() / 4096;
    ledger.limit_pages(u32::try_from(pages).unwrap() + 8).unwrap();
    let (_never, interrupt) = watch::channel(false);
    let sent = plan.send_until(&plan.order(), clear(&server), interrupt, ledger).await;
    assert!(matches!(sent.ending, Ending::LedgerFailed(_)), "{:?}", sent.ending);
    let reached = server.log().len();
    assert!(reached < 400, "it went on without a ledger");
    // With room again, the rest goes, and nobody gets two.
    let rest = plan.send(&plan.order(), clear(&server)).await;
    let counts = rest.counts.unwrap();
    assert_sum(&counts);
    assert!(rest.recovered.in_doubt <= 4, "{:?}", rest.recovered);
    assert_eq!(counts.accepted + counts.in_doubt, 400);
    assert_eq!(counts.in_doubt, rest.recovered.in_doubt);
    assert!(stored(&server).values().all(|copies| *copies == 1));
}

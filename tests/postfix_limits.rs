//! Campaigns through a real Postfix that limits its clients: how many errors a session may have, how many messages in how long,
//! how large they may be; and one that is stopped and started again in the middle. Postfix's own log is the judge.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use convoke::domain::invitation::State;
use convoke::domain::pace::{RateLimits, RatePolicy};
use convoke::domain::stop_rule::StopRule;
use convoke::domain::timeouts::Timeouts;
use convoke::engine::send::{Ending, SendOrder};
use convoke::smtp::config::{Config, Encryption};
use convoke::smtp::relay::SmtpRelay;

#[path = "support/postfix.rs"]
mod postfix;
#[path = "support/small_plan.rs"]
mod small_plan;
use postfix::Postfix;
use small_plan::SmallPlan;

fn relay(postfix: &Postfix, in_flight: Option<usize>) -> SmtpRelay {
    SmtpRelay::new(Config {
        host: "127.0.0.1".to_owned(),
        port: postfix.port(),
        encryption: Encryption::None,
        private_ca: None,
        credentials: None,
        messages_per_connection: 1000,
        in_flight,
        timeouts: Timeouts::default(),
    })
    .unwrap()
}

/// No rule stops it: these servers refuse on purpose.
fn order(plan: &SmallPlan, window: usize) -> SendOrder {
    let stop = StopRule { rejected: 1.0, in_a_row: 0, ..StopRule::default() };
    SendOrder { window, stop, connections: 2, ..plan.order() }
}

fn address(n: usize) -> String {
    format!("person{n}@example.org")
}

/// Message-IDs of all rows.
fn plan_ids(plan: &SmallPlan) -> BTreeSet<String> {
    plan.rows().into_iter().map(|row| format!("{}@igf.example", row.planned.message_id_local)).collect()
}

/// Message-IDs of the rows in this state, by the ledger.
fn ids(plan: &SmallPlan, state: State) -> BTreeSet<String> {
    let rows = plan.rows().into_iter().filter(|row| row.state == state);
    rows.map(|row| format!("{}@igf.example", row.planned.message_id_local)).collect()
}

/// What the ledger says was accepted is what Postfix took of this plan, each once.
fn assert_told_as_it_was(plan: &SmallPlan, postfix: &Postfix) {
    let mut took = postfix.took();
    took.retain(|id| plan_ids(plan).contains(id));
    let once: BTreeSet<String> = took.iter().cloned().collect();
    assert_eq!(took.len(), once.len(), "somebody has it twice");
    assert_eq!(once, ids(plan, State::Accepted));
}

/// So many people, others than those of a smaller number by a thousand.
fn people(from: usize, count: usize) -> SmallPlan {
    SmallPlan::of(&(from..from + count).map(address).collect::<Vec<_>>())
}

/// Sixty refusals in a row, twenty errors to a session (and each refused recipient is two: one for RCPT, one for DATA).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_closed_for_its_errors_costs_nobody_else_anything() {
    let words = ["550 5.1.1 no such user here", "554 5.7.1 refused by policy"];
    let refused = [0, 1000, 2000].into_iter().flat_map(|from| from..from + 60);
    let refused: Vec<(String, &str)> = refused.map(|n| (address(n), words[n % 2])).collect();
    let Some(postfix) = Postfix::start(&refused) else { return };
    for (from, in_flight, window) in [(0, None, 1), (1000, None, 4), (2000, Some(8), 8)] {
        let (plan, before) = (people(from, 120), postfix.log().len());
        let sent = plan.send(&order(&plan, window), relay(&postfix, in_flight)).await;
        let counts = sent.counts.unwrap();
        let log = postfix.log().split_off(before);
        assert!(log.contains("too many errors"), "the limit was met: {log}");
        assert_eq!(
            (counts.accepted, counts.rejected, counts.deferred, counts.in_doubt, counts.unsent),
            (60, 60, 0, 0, 0),
            "in flight {in_flight:?}, window {window}: {:?}",
            sent.ending
        );
        assert!(matches!(sent.ending, Ending::Done));
        assert_told_as_it_was(&plan, &postfix);
    }
}

/// Forty messages in two seconds: the forty-first is put off, and it is us who are too fast, not its recipient.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_takes_so_many_messages_in_so_long_gets_them_in_time() {
    let limits =
        "smtpd_client_event_limit_exceptions =\nsmtpd_client_message_rate_limit = 40\nanvil_rate_time_unit = 2s\n";
    let Some(postfix) = Postfix::with(&[], limits) else { return };
    let plan = SmallPlan::with_people(100);
    let sent = plan.send(&order(&plan, 1), relay(&postfix, None)).await;
    let counts = sent.counts.unwrap();
    assert!(postfix.log().contains("rate limit exceeded"), "the limit was met: {}", postfix.log());
    assert_eq!((counts.accepted, counts.deferred, counts.unsent), (100, 0, 0), "{:?}", sent.ending);
    assert_told_as_it_was(&plan, &postfix);
}

/// Every error after the first of a session is answered a second later, and the session goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_answers_errors_slowly_is_waited_for() {
    let words = ["550 5.1.1 no such user here", "450 4.2.0 try again later"];
    let refused: Vec<(String, &str)> = (0..4).map(|n| (address(n * 10), words[n % 2])).collect();
    let slow = "smtpd_error_sleep_time = 1s\nsmtpd_soft_error_limit = 1\n";
    let Some(postfix) = Postfix::with(&refused, slow) else { return };
    let plan = SmallPlan::with_people(40);
    let sent = plan.send(&order(&plan, 1), relay(&postfix, None)).await;
    let counts = sent.counts.unwrap();
    assert_eq!((counts.accepted, counts.rejected, counts.deferred), (36, 2, 2), "{:?}", sent.ending);
    assert!(sent.ended.duration_since(sent.began).as_secs_f64() > 1.0, "it was slow");
    assert_told_as_it_was(&plan, &postfix);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_too_large_is_not_sent_where_the_relay_says_so_and_nobody_is_marked_where_it_does_not() {
    let Some(postfix) = Postfix::with(&[], "message_size_limit = 100\n") else { return };
    let plan = SmallPlan::with_people(10);
    let sent = plan.send(&order(&plan, 1), relay(&postfix, None)).await;
    assert_eq!(sent.counts.unwrap().cancelled, 10, "{:?}", sent.ending);
    assert!(!postfix.log().contains("reject:"), "{}", postfix.log());

    postfix.settle("message_size_limit = 100\nsmtpd_discard_ehlo_keywords = size\n");
    for (in_flight, window) in [(None, 1), (Some(8), 8)] {
        let plan = SmallPlan::with_people(40);
        let order = SendOrder { stop: StopRule { in_a_row: 5, ..StopRule::default() }, ..order(&plan, window) };
        let sent = plan.send(&order, relay(&postfix, in_flight)).await;
        let Ending::StoppedByRule { reason } = &sent.ending else { panic!("{:?} {}", sent.ending, postfix.log()) };
        assert!(reason.contains("552 5.3.4"), "{reason}");
        let counts = sent.counts.unwrap();
        assert_eq!((counts.rejected, counts.in_doubt, counts.accepted), (0, 0, 0), "{counts:?}");
        assert_eq!(counts.deferred + counts.unsent, 40, "{counts:?}");
    }
}

/// Stopped dead in the middle, sessions and all, and started again a second later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_goes_away_and_comes_back_has_everybody_once() {
    let Some(postfix) = Postfix::start(&[]) else { return };
    let (postfix, mut seen) = (Arc::new(postfix), 0);
    for (from, in_flight, window) in [(0, None, 1), (1000, Some(8), 8)] {
        let plan = people(from, 300);
        let rate =
            RatePolicy { relay: RateLimits { per_second: 200.0, ..RateLimits::default() }, ..RatePolicy::default() };
        let order = SendOrder { rate, ..order(&plan, window) };
        let relay = relay(&postfix, in_flight);
        let (away, before) = (postfix.clone(), postfix.took().len());
        let going_away = tokio::task::spawn_blocking(move || {
            while away.took().len() < before + 100 {
                std::thread::sleep(Duration::from_millis(10));
            }
            away.stop();
            std::thread::sleep(Duration::from_secs(1));
            away.go_on();
        });
        let sent = plan.send(&order, relay).await;
        going_away.await.unwrap();
        let counts = sent.counts.unwrap();
        // One that was cut off between RCPT and the dot counts as tried, and is due in half an hour.
        assert!(matches!(sent.ending, Ending::Done | Ending::Deferred { .. }), "{:?} {counts:?}", sent.ending);
        assert!(counts.deferred as usize <= order.connections, "{counts:?}");
        assert_eq!(counts.accepted + counts.in_doubt + counts.deferred, 300, "nobody is lost: {counts:?}");
        assert!(counts.in_doubt as usize <= window * order.connections, "{counts:?}");

        let (accepted, of_plan) = (ids(&plan, State::Accepted), plan_ids(&plan));
        let files = postfix.delivered(seen + accepted.len());
        seen = files.len();
        let mut delivered: Vec<String> = files.into_iter().map(message_id).filter(|id| of_plan.contains(id)).collect();
        delivered.sort();
        let once: BTreeSet<String> = delivered.iter().cloned().collect();
        // Postfix was handed each message once. One that it was about to put into its mailbox when it was stopped it may put there
        // again when it goes on: between a delivery and its own record of it stands the same gap as between it and us.
        let mut handed: Vec<String> = postfix.took().into_iter().filter(|id| of_plan.contains(id)).collect();
        handed.sort();
        let handed_once: BTreeSet<String> = handed.iter().cloned().collect();
        assert_eq!(handed.len(), handed_once.len(), "somebody was sent it twice, in flight {in_flight:?}");
        assert!(accepted.is_subset(&once), "accepted and not delivered: {:?}", &accepted - &once);
        assert!(once.is_disjoint(&ids(&plan, State::Deferred)), "to be sent again, and delivered");
    }
}

fn message_id(file: Vec<u8>) -> String {
    let text = String::from_utf8(file).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("Message-ID: <"));
    line.unwrap().trim_end_matches('>').to_owned()
}

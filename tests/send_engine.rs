//! The send engine with a real ledger and a real SMTP session against the scripted server, whose own log is the judge.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use convoke::clock::SystemClock;
use convoke::domain::invitation::{Counts, State};
use convoke::domain::pace::RateLimits;
use convoke::domain::retry::OnDoubt;
use convoke::domain::suppression::{EVERYTHING, Reason, Suppression};
use convoke::engine::ports::{Clock, Sending, Settlement, Suppressions};
use convoke::engine::send::Ending;

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
async fn everybody_gets_exactly_one_message() {
    let (plan, server) = (SmallPlan::with_people(300), Server::builder().start());
    let sent = plan.send(&plan.order(), clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    assert_eq!((sent.tally.accepted, sent.open), (300, 0));
    let stored = stored(&server);
    assert_eq!(stored.len(), 300);
    assert!(stored.values().all(|copies| *copies == 1));
    assert!(plan.rows().iter().all(|row| row.state == State::Accepted && row.attempts == 1));
    let again = plan.send(&plan.order(), clear(&server)).await;
    assert!(matches!(again.ending, Ending::Done));
    assert_eq!((again.tally.done(), server.stored().len()), (0, 300), "nothing is left to send");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_of_several_messages_keeps_the_same_promise() {
    let lost = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Mail if moment.message == 7 && lost.fetch_add(1, Ordering::SeqCst) < 5 => Act::Drop,
            At::Rcpt if moment.recipient.starts_with("person3") => Act::say("550 5.7.1 no\r\n"),
            _ => Act::Go,
        })
        .start();
    let plan = SmallPlan::with_people(60);
    let mut order = plan.order();
    (order.window, order.stop.rejected) = (4, 1.0);
    let sent = plan.send(&order, clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    let counts = sent.counts.unwrap();
    assert_sum(&counts);
    assert_eq!((counts.accepted, counts.rejected), (49, 11));
    let stored = stored(&server);
    assert_eq!(stored.len(), 49);
    assert!(stored.values().all(|copies| *copies == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_and_a_segment_bound_what_is_sent() {
    let (plan, server) = (SmallPlan::with_people(40), Server::builder().start());
    let mut order = plan.order();
    order.only = Some("odd".to_owned());
    order.limit = Some(7);
    let sent = plan.send(&order, clear(&server)).await;
    assert!(matches!(sent.ending, Ending::LimitReached), "{:?}", sent.ending);
    assert_eq!((server.stored().len(), sent.open), (7, 13));
    order.limit = None;
    let rest = plan.send(&order, clear(&server)).await;
    assert!(matches!(rest.ending, Ending::Done));
    assert_eq!((server.stored().len(), rest.open, plan.counts().unsent), (20, 0, 20));
    assert!(plan.rows().iter().all(|row| (row.state == State::Accepted) == (row.planned.segment == "odd")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_reply_leads_to_its_state() {
    let server = Server::builder()
        .script(|moment| match (moment.at, moment.recipient) {
            (At::Rcpt, "person1@example.org") => Act::say("550 5.1.1 no such user\r\n"),
            (At::Rcpt, "person2@example.org") => Act::say("550 5.7.1 not for you\r\n"),
            (At::Rcpt, "person3@example.org") => Act::say("451 4.3.0 later\r\n"),
            (At::Dot, "person4@example.org") => Act::say("452 4.3.1 no space\r\n"),
            (At::Dot, "person5@example.org") => Act::say("554 5.6.0 not this\r\n"),
            (At::Dot, "person6@example.org") => Act::Store(Box::new(Act::Drop)),
            (At::Dot, "person7@example.org") => Act::Drop,
            (At::Data, "person8@example.org") => Act::Drop,
            _ => Act::Go,
        })
        .start();
    let plan = SmallPlan::with_people(12);
    let sent = plan.send(&plan.order(), clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Deferred { .. }), "{:?}", sent.ending);
    let state = |n: usize| plan.rows().get(n).unwrap().state;
    assert_eq!(
        (1..=8).map(state).collect::<Vec<_>>(),
        [
            State::Rejected,
            State::Rejected,
            State::Deferred,
            State::Deferred,
            State::Rejected,
            State::InDoubt,
            State::InDoubt,
            State::Deferred
        ]
    );
    let counts = sent.counts.unwrap();
    assert_sum(&counts);
    assert_eq!((counts.accepted, counts.unsent), (4, 0));
    let suppressions = plan.ledger().suppressions().unwrap();
    let suppressed: Vec<&str> = suppressions.iter().map(|s| s.address.as_str()).collect();
    assert_eq!(suppressed, ["person1@example.org"], "only a mailbox that does not exist");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_put_off_goes_out_later_with_the_same_message() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Dot if counted.fetch_add(1, Ordering::SeqCst) < 10 => Act::say("451 4.7.1 greylisted\r\n"),
            _ => Act::Go,
        })
        .start();
    let plan = SmallPlan::with_people(10);
    let mut order = plan.order();
    order.retry.first_delay = Duration::from_millis(1500);
    let sent = plan.send(&order, clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "retry times within a minute are waited for: {:?}", sent.ending);
    assert_eq!((sent.counts.unwrap().accepted, server.log().len()), (10, 20));
    let mut messages: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for entry in server.log() {
        messages.entry(entry.recipient).or_default().insert((entry.message_id, entry.sha256));
    }
    assert!(messages.values().all(|forms| forms.len() == 1), "same Message-ID, same octets");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stays_put_off_is_given_up() {
    let server = Server::builder()
        .script(|moment| if moment.at == At::Rcpt { Act::say("450 4.2.1 later\r\n") } else { Act::Go })
        .start();
    let plan = SmallPlan::with_people(5);
    let mut order = plan.order();
    order.retry.first_delay = Duration::from_millis(200);
    order.retry.give_up_after = Duration::from_millis(900);
    let mut sent = plan.send(&order, clear(&server)).await;
    for _ in 0..5 {
        if plan.counts().expired == 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        sent = plan.send(&order, clear(&server)).await;
    }
    assert_eq!(plan.counts().expired, 5, "{:?}", sent.ending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_refuses_some_connections_for_a_while_gets_everything_in_the_end() {
    let server = Server::builder()
        .script(|moment| match moment.at {
            At::Greeting if moment.connection % 3 == 2 => {
                Act::SayAndClose(b"421 4.7.0 too many connections\r\n".to_vec())
            }
            At::Mail if moment.connection % 3 == 0 && moment.message == 2 => Act::say("451 4.3.0 not now\r\n"),
            At::Mail if moment.connection % 3 == 1 && moment.message == 5 => Act::Drop,
            _ => Act::Go,
        })
        .start();
    let plan = SmallPlan::with_people(40);
    let sent = plan.send(&plan.order(), clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    let stored = stored(&server);
    assert_eq!((stored.len(), sent.counts.unwrap().accepted), (40, 40));
    assert!(stored.values().all(|copies| *copies == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_holds_across_runs_and_holds_no_other_domain_back() {
    let addresses: Vec<String> =
        (0..30).map(|n| format!("person{n}@{}", if n % 3 == 0 { "capped.example" } else { "free.example" })).collect();
    let (plan, server) = (SmallPlan::of(&addresses), Server::builder().start());
    let mut order = plan.order();
    let capped = RateLimits { per_hour: Some(4), ..RateLimits::default() };
    order.rate.domains.insert("capped.example".to_owned(), capped);
    let first = plan.send(&order, clear(&server)).await;
    assert!(matches!(first.ending, Ending::Capped { .. }), "{:?}", first.ending);
    assert_eq!((server.stored().len(), plan.counts().unsent), (24, 6));
    let second = plan.send(&order, clear(&server)).await;
    assert!(matches!(second.ending, Ending::Capped { .. }), "{:?}", second.ending);
    assert_eq!(server.stored().len(), 24, "the cap counts what went before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relays_daily_cap_ends_a_run() {
    let (plan, server) = (SmallPlan::with_people(20), Server::builder().start());
    let mut order = plan.order();
    order.rate.relay.per_day = Some(5);
    for _ in 0..2 {
        let sent = plan.send(&order, clear(&server)).await;
        assert!(matches!(sent.ending, Ending::Capped { .. }), "{:?}", sent.ending);
        assert_eq!(server.stored().len(), 5);
    }
    order.rate.relay.per_day = Some(8);
    plan.send(&order, clear(&server)).await;
    assert_eq!(server.stored().len(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_steady_rate_is_kept_and_a_slow_domain_goes_beside_the_others() {
    let addresses: Vec<String> =
        (0..40).map(|n| format!("person{n}@{}", if n < 4 { "slow.example" } else { "fast.example" })).collect();
    let (plan, server) = (SmallPlan::of(&addresses), Server::builder().start());
    let mut order = plan.order();
    let slow = RateLimits { per_second: 4.0, ..RateLimits::default() };
    order.rate.domains.insert("slow.example".to_owned(), slow);
    let sent = plan.send(&order, clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    // Three intervals between four messages: the only thing asserted about time is what the limit itself demands.
    assert!(sent.ended.duration_since(sent.began).as_millis() >= 700);
    let order_of_arrival: Vec<String> = server.log().into_iter().map(|entry| entry.recipient).collect();
    let last_fast = order_of_arrival.iter().rposition(|r| r.ends_with("fast.example")).unwrap();
    let last_slow = order_of_arrival.iter().rposition(|r| r.ends_with("slow.example")).unwrap();
    assert!(last_fast < last_slow, "the slow domain held the others back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opt_out_while_sending_stops_the_messages_that_have_no_intent_yet() {
    let plan = Arc::new(SmallPlan::with_people(30));
    let (out, dots) = (Arc::clone(&plan), Mutex::new(0));
    let server = Server::builder()
        .script(move |moment| {
            if moment.at != At::Dot {
                return Act::Go;
            }
            // Between the dot of the tenth message and its reply, the last ten people say no; the other connection gets
            // no reply meanwhile.
            let mut dots = dots.lock().unwrap();
            *dots += 1;
            if *dots == 10 {
                let now = SystemClock.now();
                let batch: Vec<Suppression> = (20..30)
                    .map(|n| Suppression {
                        key: small_plan::keys().address_key(&format!("person{n}@example.org")),
                        address: format!("person{n}@example.org"),
                        topic: EVERYTHING.to_owned(),
                        reason: Reason::OptedOut,
                        note: String::new(),
                        since: now,
                        source: "command".to_owned(),
                    })
                    .collect();
                out.ledger().suppress(&batch, now).unwrap();
            }
            Act::Go
        })
        .start();
    let mut order = plan.order();
    order.connections = 2;
    let sent = plan.send(&order, clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    let counts = sent.counts.unwrap();
    assert_eq!((counts.accepted, counts.suppressed), (20, 10));
    assert!((20..30).all(|n| !stored(&server).contains_key(&format!("person{n}@example.org"))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doubt_is_settled_by_a_person_or_by_the_setting() {
    let drops = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Dot if drops.fetch_add(1, Ordering::SeqCst) < 2 => Act::Store(Box::new(Act::Drop)),
            _ => Act::Go,
        })
        .start();
    let plan = SmallPlan::with_people(2);
    let mut order = plan.order();
    order.connections = 1;
    let sent = plan.send(&order, clear(&server)).await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    assert_eq!((sent.counts.unwrap().in_doubt, sent.open), (2, 2));
    let untouched = plan.send(&order, clear(&server)).await;
    assert_eq!(untouched.counts.unwrap().in_doubt, 2, "nothing happens to a doubt by itself");
    let who = plan.rows().first().unwrap().planned.key;
    plan.ledger().settle(CAMPAIGN, Some(who), Settlement::Sent, "seen in the log", SystemClock.now()).unwrap();
    order.retry.on_doubt = OnDoubt::Resend;
    let resent = plan.send(&order, clear(&server)).await;
    assert_eq!(resent.counts.unwrap().accepted, 2);
    let copies: Vec<_> = server.stored().into_iter().filter(|e| e.recipient == "person1@example.org").collect();
    let [first, second] = copies.as_slice() else { panic!("{} copies", copies.len()) };
    assert_eq!((&first.message_id, &first.sha256), (&second.message_id, &second.sha256));
}

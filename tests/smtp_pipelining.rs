//! Commands in groups (PIPELINING, RFC 2920): one round trip a message, every reply counted, and nothing handed over that was
//! refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::time::Duration;

use convoke::domain::outcome::{Delivery, Step};
use convoke::engine::ports::{Parcel, Relay};

#[path = "support/parcels.rs"]
mod parcels;
#[path = "support/smtp_relays.rs"]
mod relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use parcels::parcel;
use relays::{clear, with_timeout};
use smtp_server::{Act, At, Server};

fn three() -> Vec<Parcel> {
    (1..=3).map(|n| parcel(&format!("person{n}@example.org"), n)).collect()
}

fn told(delivery: &Delivery) -> (Step, u16) {
    match delivery {
        Delivery::Replied { step, reply } => (*step, reply.code),
        other => panic!("{other:?}"),
    }
}

/// A server that says nothing until it has read the whole group: one that is asked command by command never gets there.
fn patient(extensions: &[&str]) -> Server {
    Server::builder()
        .offers(extensions)
        .script(|moment| match moment.at {
            At::Mail | At::Rcpt => Act::Say(Vec::new()),
            At::Data => Act::say("250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go ahead\r\n"),
            _ => Act::Go,
        })
        .start()
}

#[tokio::test]
async fn mail_rcpt_and_data_leave_together() {
    let server = patient(&["PIPELINING", "SIZE"]);
    let mut lane = with_timeout(&server, Duration::from_secs(5)).open().await.unwrap();
    let deliveries = lane.deliver(&three()).await;
    assert_eq!(deliveries.iter().map(told).collect::<Vec<_>>(), [(Step::Dot, 250); 3]);
}

#[tokio::test]
async fn a_server_that_does_not_offer_it_is_asked_command_by_command() {
    let server = patient(&["SIZE"]);
    let mut lane = with_timeout(&server, Duration::from_millis(300)).open().await.unwrap();
    let delivery = lane.deliver(&three()[..1]).await.remove(0);
    assert!(matches!(delivery, Delivery::NotSent { step: Step::Mail, .. }), "{delivery:?}");
    assert_eq!(server.count("RCPT"), 0);
}

#[tokio::test]
async fn the_next_envelope_goes_behind_the_dot_in_the_same_write() {
    // The server answers the dot only when it has the next DATA in hand.
    let server = Server::builder()
        .script(|moment| match (moment.at, moment.message) {
            (At::Dot, 1) => Act::Store(Box::new(Act::Say(Vec::new()))),
            (At::Mail, 2) => Act::say("250 2.0.0 stored\r\n250 2.1.0 ok\r\n"),
            _ => Act::Go,
        })
        .start();
    let mut lane = with_timeout(&server, Duration::from_secs(5)).open().await.unwrap();
    let deliveries = lane.deliver(&three()).await;
    assert_eq!(deliveries.iter().map(told).collect::<Vec<_>>(), [(Step::Dot, 250); 3]);
    assert_eq!(server.stored().len(), 3);
}

#[tokio::test]
async fn a_refusal_in_a_group_is_told_with_its_step_and_the_next_message_goes_through() {
    for (at, step) in [(At::Mail, Step::Mail), (At::Rcpt, Step::Rcpt), (At::Data, Step::Data), (At::Dot, Step::Dot)] {
        for code in [450, 550] {
            let server = Server::builder()
                .script(move |moment| match (moment.at == at, moment.message) {
                    (true, 2) => Act::say(&format!("{code} not now\r\n")),
                    _ => Act::Go,
                })
                .start();
            let mut lane = clear(&server).open().await.unwrap();
            let deliveries = lane.deliver(&three()).await;
            let wanted = [(Step::Dot, 250), (step, code), (Step::Dot, 250)];
            assert_eq!(deliveries.iter().map(told).collect::<Vec<_>>(), wanted, "{at:?}");
            assert_eq!(server.stored().len(), 2);
            assert_eq!((server.connections(), lane.is_usable()), (1, true));
            // Behind a refused dot the next envelope is under way already, and a transaction that ended needs no RSET.
            assert_eq!(server.count("RSET"), usize::from(at != At::Dot), "{at:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_asks_for_content_though_it_refused_the_recipient_gets_an_empty_one() {
    let server = Server::builder()
        .script(|moment| match (moment.at, moment.message) {
            (At::Rcpt, 1) => Act::Say(Vec::new()),
            (At::Data, 1) => Act::say("550 5.1.1 no such user\r\n354 go ahead\r\n"),
            _ => Act::Go,
        })
        .start();
    let mut lane = clear(&server).open().await.unwrap();
    let deliveries = lane.deliver(&three()).await;
    // "550" stands where the answer to RCPT was due only after DATA was read: counted, it is RCPT's.
    assert_eq!(
        deliveries.iter().map(told).collect::<Vec<_>>(),
        [(Step::Rcpt, 550), (Step::Dot, 250), (Step::Dot, 250)]
    );
    // The scripted server knows that it refused, and takes the lone dot for a command.
    assert_eq!(server.count("."), 1);
    assert_eq!(server.stored().len(), 2);
}

#[tokio::test]
async fn a_421_in_a_group_closes_the_lane_and_what_was_refused_before_it_stays_refused() {
    for (at, step) in [(At::Mail, Step::Mail), (At::Rcpt, Step::Rcpt), (At::Data, Step::Data), (At::Dot, Step::Dot)] {
        let server = Server::builder()
            .script(move |m| if m.at == at { Act::SayAndClose(b"421 4.3.2 closing\r\n".to_vec()) } else { Act::Go })
            .start();
        let mut lane = clear(&server).open().await.unwrap();
        let deliveries = lane.deliver(&three()).await;
        assert_eq!(told(&deliveries[0]), (step, 421));
        for delivery in &deliveries[1..] {
            assert!(matches!(delivery, Delivery::NotSent { step: Step::Mail, .. }), "{delivery:?}");
        }
        assert!(!lane.is_usable() && !lane.is_open());
    }
    let server = Server::builder()
        .script(|m| match m.at {
            At::Rcpt => Act::SayAndClose(b"550 5.1.1 no such user\r\n".to_vec()),
            _ => Act::Go,
        })
        .start();
    let mut lane = clear(&server).open().await.unwrap();
    let deliveries = lane.deliver(&three()[..1]).await;
    assert_eq!(told(&deliveries[0]), (Step::Rcpt, 550));
    assert!(!lane.is_open());
}

#[tokio::test]
async fn a_connection_lost_behind_the_dot_leaves_one_in_doubt_and_the_announced_one_unsent() {
    for stored in [false, true] {
        let server = Server::builder()
            .script(move |m| match (m.at, stored) {
                (At::Dot, true) => Act::Store(Box::new(Act::Drop)),
                (At::Dot, false) => Act::Drop,
                _ => Act::Go,
            })
            .start();
        let mut lane = clear(&server).open().await.unwrap();
        let deliveries = lane.deliver(&three()).await;
        assert!(matches!(deliveries[0], Delivery::InDoubt { .. }), "{deliveries:?}");
        for delivery in &deliveries[1..] {
            assert!(matches!(delivery, Delivery::NotSent { step: Step::Mail, .. }), "{delivery:?}");
        }
        assert_eq!((server.log().len(), server.stored().len()), (1, usize::from(stored)));
    }
}

#[tokio::test]
async fn one_reply_too_many_or_too_few_never_makes_a_refused_message_accepted() {
    // Whatever a server that cannot count says: nothing counts as taken that it did not take, and nothing it took as refused.
    for (at, said) in [
        (At::Dot, "250 stored\r\n250 stored\r\n"),
        (At::Mail, "250 ok\r\n250 ok\r\n"),
        (At::Rcpt, "250 ok\r\n250 ok\r\n"),
        (At::Data, "354 go\r\n250 stored\r\n"),
        (At::Mail, ""),
        (At::Rcpt, ""),
        (At::Data, ""),
    ] {
        let server = Server::builder()
            .script(move |m| match (m.at == at, m.message, m.at) {
                (true, 1, _) => Act::Say(said.as_bytes().to_vec()),
                (_, 2, At::Rcpt) => Act::say("550 5.1.1 no such user\r\n"),
                _ => Act::Go,
            })
            .start();
        let mut lane = with_timeout(&server, Duration::from_millis(300)).open().await.unwrap();
        let deliveries = lane.deliver(&three()).await;
        let stored: Vec<String> = server.stored().into_iter().map(|entry| entry.recipient).collect();
        for (n, delivery) in (1..).zip(&deliveries) {
            let is_there = stored.contains(&format!("person{n}@example.org"));
            match delivery {
                Delivery::Replied { reply, .. } if reply.code == 250 => assert!(is_there, "{at:?} {said:?}: {n}"),
                Delivery::Replied { .. } | Delivery::NotSent { .. } | Delivery::Unsupported { .. } => {
                    assert!(!is_there, "{at:?} {said:?}: {n} {delivery:?}");
                }
                Delivery::InDoubt { .. } => {}
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_was_not_ready_for_the_next_envelope_after_a_refusal_is_left_without_blame() {
    let server = Server::builder()
        .script(|m| match (m.at, m.message) {
            (At::Dot, 1) => Act::say("554 5.6.0 not like this\r\n"),
            (At::Mail, 2) => Act::say("503 5.5.1 nested MAIL\r\n"),
            _ => Act::Go,
        })
        .start();
    let mut lane = clear(&server).open().await.unwrap();
    let deliveries = lane.deliver(&three()[..2]).await;
    assert_eq!(told(&deliveries[0]), (Step::Dot, 554));
    assert!(matches!(deliveries[1], Delivery::NotSent { step: Step::Mail, .. }), "{deliveries:?}");
    assert!(!lane.is_open());
}

#[tokio::test]
async fn an_announced_message_that_must_not_leave_is_dropped_with_its_connection() {
    let server = Server::builder().start();
    let mut lane = clear(&server).open().await.unwrap();
    let batch = three();
    lane.announce(&batch[0]).await;
    assert_eq!(lane.go_ahead().await, Ok(()));
    assert!(!lane.is_usable(), "nothing else may be announced now");
    drop(lane);
    // The server notices: no content, no message.
    for _ in 0..200 {
        if server.count("DATA") == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!((server.count("DATA"), server.count("QUIT"), server.log().len()), (1, 0, 0));
}

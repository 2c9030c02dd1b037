//! Several messages in flight on one connection (CHUNKING, RFC 3030), where the settings ask for it and the relay offers it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::time::Duration;

use convoke::domain::outcome::{Delivery, Step};
use convoke::engine::ports::{Lane, Parcel, Relay};

#[path = "support/parcels.rs"]
mod parcels;
#[path = "support/smtp_relays.rs"]
mod relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use parcels::{long_body, parcel, parcel_with_body};
use relays::in_flight;
use smtp_server::{Act, At, Server};

const CHUNKING: &[&str] = &["PIPELINING", "CHUNKING", "SIZE 35882577"];

fn people(many: usize) -> Vec<Parcel> {
    (1..=many).map(|n| parcel(&format!("person{n}@example.org"), n)).collect()
}

/// Hands all of them over, then hears about each.
async fn all_at_once(lane: &mut Box<dyn Lane>, parcels: &[Parcel]) -> Vec<Delivery> {
    for parcel in parcels {
        assert!(!lane.hand_over(parcel, None).await, "there is nothing to announce");
    }
    let mut deliveries = Vec::new();
    for _ in parcels {
        deliveries.push(lane.answer().await);
    }
    deliveries
}

fn told(delivery: &Delivery) -> (Step, u16) {
    match delivery {
        Delivery::Replied { step, reply } => (*step, reply.code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_arrives_is_what_was_written_octet_for_octet() {
    let server = Server::builder().offers(CHUNKING).start();
    let mut lane = in_flight(&server, 8).open().await.unwrap();
    assert_eq!(lane.capacity(), 8);
    let mut batch = people(6);
    // Dots are not doubled, and a message may be longer than what is written at once.
    batch.push(parcel_with_body("ada@example.org", 7, &format!(".\r\n..\r\n{}", long_body(300_000))));
    let deliveries = all_at_once(&mut lane, &batch).await;
    assert!(deliveries.iter().all(|delivery| told(delivery) == (Step::Dot, 250)), "{deliveries:?}");
    let stored = server.stored();
    assert_eq!(stored.len(), 7);
    assert!(stored.iter().zip(&batch).all(|(entry, parcel)| entry.content == parcel.octets));
    assert_eq!((server.count("RSET"), server.count("BDAT"), server.count("DATA")), (7, 7, 0));
    lane.close().await;
    assert_eq!(server.count("QUIT"), 1);
}

#[tokio::test]
async fn a_relay_that_offers_no_chunking_gets_one_message_after_the_other() {
    for offers in [&["PIPELINING"][..], &["CHUNKING"], &[]] {
        let server = Server::builder().offers(offers).start();
        let mut lane = in_flight(&server, 8).open().await.unwrap();
        assert_eq!(lane.capacity(), 1);
        assert!(lane.deliver(&people(3)).await.iter().all(|delivery| told(delivery) == (Step::Dot, 250)));
        assert_eq!((server.count("BDAT"), server.stored().len()), (0, 3));
    }
}

#[tokio::test]
async fn a_refusal_of_one_is_its_own_and_the_others_go_through() {
    for (at, step) in [(At::Mail, Step::Mail), (At::Rcpt, Step::Rcpt), (At::Dot, Step::Dot)] {
        for code in [450, 550] {
            let server = Server::builder()
                .offers(CHUNKING)
                .script(move |moment| match (moment.at == at, moment.message) {
                    (true, 3) => Act::say(&format!("{code} not now\r\n")),
                    _ => Act::Go,
                })
                .start();
            let mut lane = in_flight(&server, 8).open().await.unwrap();
            let deliveries = all_at_once(&mut lane, &people(5)).await;
            for (n, delivery) in (1..).zip(&deliveries) {
                let wanted = if n == 3 { (step, code) } else { (Step::Dot, 250) };
                assert_eq!(told(delivery), wanted, "{n} at {at:?}");
            }
            assert_eq!(server.stored().len(), 4);
            assert!(lane.is_usable());
        }
    }
}

#[tokio::test]
async fn whatever_was_handed_over_and_not_answered_is_in_doubt_when_the_connection_goes() {
    for at in [At::Rset, At::Mail, At::Rcpt, At::Dot] {
        for act in [Act::Drop, Act::Hang, Act::say("999 what\r\n"), Act::say("354 go\r\n")] {
            let server = Server::builder()
                .offers(CHUNKING)
                .script(move |m| {
                    // RSET comes before its MAIL is counted.
                    let third = m.message + usize::from(m.at == At::Rset) == 3;
                    if m.at == at && third { act.clone() } else { Act::Go }
                })
                .start();
            let relay = convoke::smtp::relay::SmtpRelay::new(convoke::smtp::config::Config {
                in_flight: Some(8),
                timeouts: relays::every_step(Duration::from_millis(300)),
                ..relays::config(&server)
            });
            let mut lane = relay.unwrap().open().await.unwrap();
            let deliveries = all_at_once(&mut lane, &people(5)).await;
            assert!(deliveries[..2].iter().all(|delivery| told(delivery) == (Step::Dot, 250)), "{at:?} {deliveries:?}");
            assert!(
                deliveries[2..].iter().all(|delivery| matches!(delivery, Delivery::InDoubt { .. })),
                "{at:?} {deliveries:?}"
            );
            assert!(!lane.is_usable() && !lane.is_open());
            // What comes later was certainly not sent.
            assert!(!lane.hand_over(&people(6)[5], None).await);
            assert!(matches!(lane.answer().await, Delivery::NotSent { step: Step::Mail, .. }));
        }
    }
}

#[tokio::test]
async fn a_421_is_told_of_the_message_it_answers_and_those_behind_it_were_not_taken() {
    let closing = "421 4.3.2 closing\r\n";
    for (at, step) in [(At::Rset, Step::Mail), (At::Mail, Step::Mail), (At::Rcpt, Step::Rcpt), (At::Dot, Step::Dot)] {
        // One that goes on answering, or does not close, may have taken anything.
        for (act, is_over) in [
            (Act::SayAndClose(closing.as_bytes().to_vec()), true),
            (Act::SayAndClose(format!("{closing}250 stored\r\n").into_bytes()), false),
            (Act::say(closing), false),
        ] {
            let server = Server::builder()
                .offers(CHUNKING)
                .script(move |m| {
                    let third = m.message + usize::from(m.at == At::Rset) == 3;
                    if m.at == at && third { act.clone() } else { Act::Go }
                })
                .start();
            let mut lane = in_flight(&server, 8).open().await.unwrap();
            let deliveries = all_at_once(&mut lane, &people(5)).await;
            assert_eq!(told(&deliveries[2]), (step, 421));
            for delivery in &deliveries[3..] {
                let not_taken = matches!(delivery, Delivery::NotSent { step: Step::Mail, .. });
                let in_doubt = matches!(delivery, Delivery::InDoubt { .. });
                assert!(if is_over { not_taken } else { in_doubt }, "{at:?} {is_over}: {delivery:?}");
            }
            assert!(!is_over || server.stored().len() == 2);
            assert!(!lane.is_usable());
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_not_waited_for_to_the_end_is_not_lost() {
    let server = Server::builder()
        .offers(CHUNKING)
        .script(|m| match m.at {
            At::Mail | At::Rcpt | At::Dot => Act::Drip(b"250-so\r\n250 be it\r\n".to_vec(), Duration::from_millis(3)),
            _ => Act::Go,
        })
        .start();
    let mut lane = in_flight(&server, 8).open().await.unwrap();
    for parcel in people(3) {
        lane.hand_over(&parcel, None).await;
    }
    let (mut heard, mut given_up) = (0, 0);
    while heard < 3 && given_up < 10_000 {
        match tokio::time::timeout(Duration::from_millis(7), lane.answer()).await {
            Ok(delivery) => {
                assert_eq!(told(&delivery), (Step::Dot, 250));
                heard += 1;
            }
            Err(_) => given_up += 1,
        }
    }
    assert_eq!(heard, 3);
    assert!(given_up > 3, "given up {given_up} times");
}

#[tokio::test]
async fn a_message_the_relay_cannot_carry_takes_its_place_in_the_order() {
    let server = Server::builder().offers(&["PIPELINING", "CHUNKING", "SIZE 2000"]).start();
    let mut lane = in_flight(&server, 8).open().await.unwrap();
    let batch = [
        parcel("ada@example.org", 1),
        parcel_with_body("bob@example.org", 2, &long_body(3_000)),
        parcel("eve@example.org", 3),
    ];
    let deliveries = all_at_once(&mut lane, &batch).await;
    assert_eq!((told(&deliveries[0]), told(&deliveries[2])), ((Step::Dot, 250), (Step::Dot, 250)));
    assert!(matches!(deliveries[1], Delivery::Unsupported { .. }), "{deliveries:?}");
}

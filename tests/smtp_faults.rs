//! Servers that drop, hang, drip and babble, at every step: nothing hangs, nothing panics, nothing is taken for
//! accepted that was not, and only what was handed over whole is in doubt.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::time::Duration;

use convoke::domain::outcome::{Delivery, Step};
use convoke::engine::ports::{Relay, RelayTrouble};

#[path = "support/parcels.rs"]
mod parcels;
#[path = "support/smtp_relays.rs"]
mod relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use parcels::{long_body, parcel, parcel_with_body};
use relays::{clear, with_timeout};
use smtp_server::{Act, At, Server};

/// Long enough for a loopback server that means to answer, short for one that does not.
const SHORT: Duration = Duration::from_secs(1);

/// The steps at which a lane is not open yet.
const OPENING: [At; 2] = [At::Greeting, At::Ehlo];
/// The steps of a message before its point of no return, with the step a client tells.
const BEFORE: [(At, Step); 3] = [(At::Mail, Step::Mail), (At::Rcpt, Step::Rcpt), (At::Data, Step::Data)];

fn babble() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("ten megabytes without an end", vec![b'2'; 10_000_000]),
        ("ten megabytes of lines", b"250-x\r\n".repeat(1_500_000)),
        ("999", b"999 nonsense\r\n".to_vec()),
        ("mixed codes", b"250-yes\r\n550 no\r\n".to_vec()),
        ("NULs", vec![0; 5000]),
        ("a web server", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
    ]
}

fn acting(at: At, act: Act) -> Server {
    Server::builder().script(move |m| if m.at == at { act.clone() } else { Act::Go }).start()
}

async fn one(server: &Server) -> Delivery {
    let mut lane = with_timeout(server, SHORT).open().await.unwrap();
    let delivery = lane.deliver(&[parcel("ada@example.org", 1)]).await.remove(0);
    assert!(!lane.is_usable(), "{delivery:?}");
    lane.close().await;
    delivery
}

#[tokio::test]
async fn a_server_that_drops_hangs_or_babbles_while_a_lane_opens_is_passing_trouble() {
    for at in OPENING {
        let mut acts = vec![Act::Drop, Act::Hang, Act::say("421 4.3.2 busy\r\n"), Act::say("220-unterminated")];
        acts.extend(babble().into_iter().map(|(_, octets)| Act::Say(octets)));
        for act in acts {
            let trouble = with_timeout(&acting(at, act), SHORT).open().await.map(|_| ()).unwrap_err();
            assert!(matches!(trouble, RelayTrouble::Passing { .. }), "{at:?}: {trouble}");
        }
        let refusing = acting(at, Act::say("554 5.7.1 not you\r\n"));
        let trouble = clear(&refusing).open().await.map(|_| ()).unwrap_err();
        assert!(matches!(&trouble, RelayTrouble::Lasting { reply: Some(reply), .. } if reply.code == 554), "{trouble}");
    }
}

#[tokio::test]
async fn a_server_nobody_runs_is_passing_trouble_that_names_host_and_port() {
    let server = Server::builder().start();
    let relay = clear(&server);
    let port = server.port();
    drop(server);
    let trouble = relay.open().await.map(|_| ()).unwrap_err();
    assert!(matches!(trouble, RelayTrouble::Passing { .. }));
    assert!(trouble.to_string().contains(&format!("127.0.0.1:{port}")), "{trouble}");
}

#[tokio::test]
async fn a_connection_lost_before_the_dot_is_certainly_not_delivered() {
    for (at, step) in BEFORE {
        for act in [Act::Drop, Act::Hang, Act::say("250-unterminated"), Act::SayAndClose(b"25".to_vec())] {
            let server = acting(at, act);
            let delivery = one(&server).await;
            assert!(matches!(&delivery, Delivery::NotSent { step: s, .. } if *s == step), "{at:?}: {delivery:?}");
            assert!(server.log().is_empty());
        }
    }
}

#[tokio::test]
async fn babble_before_the_dot_is_certainly_not_delivered() {
    for (at, step) in BEFORE {
        for (name, octets) in babble() {
            let delivery = one(&acting(at, Act::Say(octets))).await;
            assert!(
                matches!(&delivery, Delivery::NotSent { step: s, .. } if *s == step),
                "{name} at {at:?}: {delivery:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_lost_in_the_middle_of_the_content_is_certainly_not_delivered() {
    // More than the system's buffers hold, so that the dot cannot be on its way when the connection goes.
    let parcel = parcel_with_body("ada@example.org", 1, &long_body(16_000_000));
    for act in [Act::DropAfter(100_000), Act::Hang] {
        let server = acting(At::Body, act);
        let mut lane = with_timeout(&server, SHORT).open().await.unwrap();
        let delivery = lane.deliver(std::slice::from_ref(&parcel)).await.remove(0);
        assert!(matches!(delivery, Delivery::NotSent { step: Step::Body, .. }), "{delivery:?}");
        assert!(server.log().is_empty() && !lane.is_usable());
    }
}

#[tokio::test]
async fn what_follows_the_dot_is_in_doubt_whether_the_server_stored_it_or_not() {
    let mut acts = vec![Act::Drop, Act::Hang, Act::say("250-unterminated"), Act::SayAndClose(b"25".to_vec())];
    acts.extend(babble().into_iter().map(|(_, octets)| Act::Say(octets)));
    for act in acts {
        for stored in [false, true] {
            let act = if stored { Act::Store(Box::new(act.clone())) } else { act.clone() };
            let server = acting(At::Dot, act);
            let delivery = one(&server).await;
            assert!(matches!(delivery, Delivery::InDoubt { .. }), "{delivery:?}");
            assert_eq!(server.log().len(), 1);
            assert!(server.stored().len() == 1 || !stored);
        }
    }
}

#[tokio::test]
async fn odd_replies_that_are_replies_count() {
    for (reply, code) in [
        (&b"250\r\n"[..], 250),
        (b"250 gar\xe7on\0\x1b[2J\r\n", 250),
        (b"250-many\r\n250-lines\r\n250\n", 250),
        (b"451 plus tard, gar\xe7on\r\n", 451),
        (b"571 odd but clear\r\n", 571),
    ] {
        let server = acting(At::Dot, Act::Drip(reply.to_vec(), Duration::from_millis(1)));
        let mut lane = clear(&server).open().await.unwrap();
        let delivery = lane.deliver(&[parcel("ada@example.org", 1)]).await.remove(0);
        assert!(
            matches!(&delivery, Delivery::Replied { step: Step::Dot, reply } if reply.code == code),
            "{delivery:?}"
        );
        assert!(lane.is_usable());
    }
}

#[tokio::test]
async fn a_slow_server_is_waited_for() {
    let server = Server::builder()
        .script(|m| match m.at {
            At::Greeting => Act::Drip(b"220-slow\r\n220 mail.example\r\n".to_vec(), Duration::from_millis(2)),
            _ => Act::Wait(Duration::from_millis(30), Box::new(Act::Go)),
        })
        .start();
    let mut lane = clear(&server).open().await.unwrap();
    let delivery = lane.deliver(&[parcel("ada@example.org", 1)]).await.remove(0);
    assert!(matches!(&delivery, Delivery::Replied { step: Step::Dot, reply } if reply.code == 250), "{delivery:?}");
}

#[tokio::test]
async fn a_reply_that_drips_for_ever_is_cut_off_at_the_limit_of_its_step() {
    let server = acting(At::Rcpt, Act::Drip(b"250 a very long story ".repeat(50), Duration::from_millis(10)));
    let delivery = one(&server).await;
    assert!(matches!(&delivery, Delivery::NotSent { step: Step::Rcpt, .. }), "{delivery:?}");
}

#[tokio::test]
async fn a_delivery_that_was_dropped_half_way_leaves_a_lane_nobody_may_use() {
    let server = acting(At::Rcpt, Act::Wait(Duration::from_millis(300), Box::new(Act::Go)));
    let mut lane = clear(&server).open().await.unwrap();
    let batch = [parcel("ada@example.org", 1)];
    let dropped = tokio::time::timeout(Duration::from_millis(100), lane.deliver(&batch)).await;
    assert!(dropped.is_err());
    assert!(!lane.is_usable());
    // Had it been used, this message would read the answers to the last one.
    let delivery = lane.deliver(&[parcel("bob@example.org", 2)]).await.remove(0);
    assert!(matches!(delivery, Delivery::NotSent { step: Step::Mail, .. }), "{delivery:?}");
    lane.close().await;
    assert_eq!(server.count("QUIT"), 0);
}

#[tokio::test]
async fn the_rest_of_a_batch_comes_back_unsent_when_the_connection_goes() {
    let server = Server::builder()
        .script(|m| if m.at == At::Dot && m.message == 2 { Act::Store(Box::new(Act::Drop)) } else { Act::Go })
        .start();
    let mut lane = clear(&server).open().await.unwrap();
    let batch: Vec<_> = (1..=4).map(|n| parcel("ada@example.org", n)).collect();
    let deliveries = lane.deliver(&batch).await;
    assert!(matches!(&deliveries[0], Delivery::Replied { step: Step::Dot, .. }));
    assert!(matches!(&deliveries[1], Delivery::InDoubt { .. }));
    assert!(deliveries[2..].iter().all(|d| matches!(d, Delivery::NotSent { step: Step::Mail, .. })), "{deliveries:?}");
    assert_eq!(server.log().len(), 2);
}

#[tokio::test]
async fn a_server_that_refuses_rset_is_left() {
    let server = Server::builder()
        .script(|m| match m.at {
            At::Rcpt => Act::say("550 5.1.1 no such user\r\n"),
            At::Rset => Act::say("500 5.5.1 what?\r\n"),
            _ => Act::Go,
        })
        .start();
    let mut lane = clear(&server).open().await.unwrap();
    let deliveries = lane.deliver(&[parcel("ada@example.org", 1), parcel("bob@example.org", 2)]).await;
    assert!(matches!(&deliveries[0], Delivery::Replied { step: Step::Rcpt, .. }));
    // That the server lost its place says nothing about us as a sender.
    assert!(matches!(&deliveries[1], Delivery::NotSent { step: Step::Mail, .. }), "{deliveries:?}");
    assert!(!lane.is_usable());
}

#[tokio::test]
async fn what_is_told_of_a_fault_names_nobody() {
    for act in [Act::Drop, Act::say("999 ada@example.org\r\n"), Act::say("354 ada@example.org\r\n")] {
        for at in [At::Rcpt, At::Dot] {
            let delivery = one(&acting(at, act.clone())).await;
            assert!(!format!("{delivery:?}").contains("example.org"), "{delivery:?}");
        }
    }
}

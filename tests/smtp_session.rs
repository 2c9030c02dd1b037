//! One lane against the scripted server, when all goes well or the server refuses.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use convoke::domain::outcome::{Delivery, Step};
use convoke::engine::ports::{Parcel, Relay};
use convoke::smtp::config::Config;
use convoke::smtp::relay::SmtpRelay;

#[path = "support/parcels.rs"]
mod parcels;
#[path = "support/smtp_relays.rs"]
mod relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use parcels::{long_body, parcel, parcel_with_body};
use relays::{clear, config};
use smtp_server::{Act, At, Server};

#[tokio::test]
async fn what_arrives_is_what_was_written_octet_for_octet() {
    let server = Server::builder().start();
    let mut lane = clear(&server).open().await.unwrap();
    let batch: Vec<Parcel> = (0..20)
        .map(|n| parcel_with_body("ada@example.org", n, &format!("{}.\r\n..end\r\n.\r\n", long_body(n * 10_000))))
        .collect();
    for delivery in lane.deliver(&batch).await {
        assert_eq!(told(&delivery), (Step::Dot, 250));
    }
    lane.close().await;
    let stored = server.stored();
    assert_eq!(stored.len(), 20);
    for (entry, parcel) in stored.iter().zip(&batch) {
        assert_eq!(entry.content, parcel.octets);
        assert_eq!(entry.mail_from, parcel.envelope.mail_from);
        assert_eq!(entry.recipient, "ada@example.org");
        assert_eq!(entry.message_id, format!("{}@igf.example", parcel.message_id_local));
    }
    assert_eq!((server.count("RSET"), server.count("QUIT"), server.connections()), (0, 1, 1));
}

#[tokio::test]
async fn the_commands_say_what_the_server_offers_to_hear() {
    let server = Server::builder().start();
    let mut lane = clear(&server).open().await.unwrap();
    let parcel = parcel("ada+igf@example.org", 7);
    lane.deliver(std::slice::from_ref(&parcel)).await;
    let commands: Vec<String> = server.commands().into_iter().map(|(_, line)| line).collect();
    let size = parcel.octets.len();
    assert_eq!(
        commands,
        [
            "EHLO [127.0.0.1]".to_owned(),
            format!("MAIL FROM:<b+7@bounces.igf.example> SIZE={size} RET=HDRS ENVID=m000007"),
            "RCPT TO:<ada+igf@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ada+2Bigf@example.org".to_owned(),
            "DATA".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_server_that_offers_nothing_gets_plain_commands() {
    let server = Server::builder().offers(&[]).start();
    let mut lane = clear(&server).open().await.unwrap();
    assert_eq!(told(&lane.deliver(&[parcel("ada@example.org", 1)]).await[0]), (Step::Dot, 250));
    let commands: Vec<String> = server.commands().into_iter().map(|(_, line)| line).collect();
    assert_eq!(commands[1..3], ["MAIL FROM:<b+1@bounces.igf.example>", "RCPT TO:<ada@example.org>"]);
}

#[tokio::test]
async fn a_refusal_at_any_step_is_told_with_its_step_and_the_next_message_goes_through() {
    for (at, step) in [(At::Mail, Step::Mail), (At::Rcpt, Step::Rcpt), (At::Data, Step::Data), (At::Dot, Step::Dot)] {
        for code in [450, 550] {
            let server = Server::builder()
                .script(move |m| match (m.at == at, m.message) {
                    (true, 2) => {
                        Act::say(&format!("{code}-{}.7.1 not\r\n{code} {}.7.1 now\r\n", code / 100, code / 100))
                    }
                    _ => Act::Go,
                })
                .start();
            let mut lane = clear(&server).open().await.unwrap();
            let batch: Vec<Parcel> = (1..=3).map(|n| parcel("ada@example.org", n)).collect();
            let deliveries = lane.deliver(&batch).await;
            assert_eq!(
                deliveries.iter().map(told).collect::<Vec<_>>(),
                [(Step::Dot, 250), (step, code), (Step::Dot, 250)]
            );
            let Delivery::Replied { reply, .. } = &deliveries[1] else { unreachable!() };
            assert_eq!((reply.enhanced, reply.text.as_str()), (Some((code / 100, 7, 1)), "not\nnow"));
            // Behind a refused dot the next envelope is under way already, and a transaction that ended needs no RSET.
            assert_eq!(server.count("RSET"), usize::from(at != At::Dot), "RSET after an error at {at:?}");
            assert_eq!(server.stored().len(), 2);
            assert!(lane.is_usable());
        }
    }
}

#[tokio::test]
async fn a_421_at_any_step_closes_the_lane() {
    for (at, step) in [(At::Mail, Step::Mail), (At::Rcpt, Step::Rcpt), (At::Data, Step::Data), (At::Dot, Step::Dot)] {
        let server = Server::builder()
            .script(move |m| if m.at == at { Act::SayAndClose(b"421 4.3.2 closing\r\n".to_vec()) } else { Act::Go })
            .start();
        let mut lane = clear(&server).open().await.unwrap();
        let deliveries = lane.deliver(&[parcel("ada@example.org", 1), parcel("bob@example.org", 2)]).await;
        assert_eq!(told(&deliveries[0]), (step, 421));
        assert!(matches!(deliveries[1], Delivery::NotSent { step: Step::Mail, .. }), "{deliveries:?}");
        assert!(!lane.is_usable());
        lane.close().await;
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn a_421_between_messages_is_heard_before_the_next_one() {
    let server = Server::builder()
        .script(|m| match m.at {
            At::Dot => Act::SayAndClose(b"250 stored\r\n421 4.3.2 closing\r\n".to_vec()),
            _ => Act::Go,
        })
        .start();
    let mut lane = clear(&server).open().await.unwrap();
    assert_eq!(told(&lane.deliver(&[parcel("ada@example.org", 1)]).await[0]), (Step::Dot, 250));
    assert_eq!(told(&lane.deliver(&[parcel("bob@example.org", 2)]).await[0]), (Step::Mail, 421));
    assert!(!lane.is_usable());
}

#[tokio::test]
async fn a_reply_nobody_asked_for_is_never_taken_for_an_answer() {
    // One 250 too many: taken for the answer to the next command, every later answer would be one step off.
    let server = Server::builder()
        .script(|m| match (m.at, m.message) {
            (At::Dot, 1) => Act::say("250 stored\r\n250 stored\r\n"),
            (At::Rcpt, 2) => Act::say("550 5.1.1 no such user\r\n"),
            _ => Act::Go,
        })
        .start();
    let mut lane = clear(&server).open().await.unwrap();
    assert_eq!(told(&lane.deliver(&[parcel("ada@example.org", 1)]).await[0]), (Step::Dot, 250));
    let second = lane.deliver(&[parcel("bob@example.org", 2)]).await;
    assert!(matches!(second[0], Delivery::NotSent { step: Step::Mail, .. }), "{second:?}");
    assert!(!lane.is_usable());
}

#[tokio::test]
async fn a_server_that_answers_in_the_middle_of_the_content_does_not_get_the_dot() {
    let server = Server::builder()
        .script(|m| match m.at {
            At::Body => Act::SayAndClose(b"552 5.3.4 too big\r\n".to_vec()),
            _ => Act::Go,
        })
        .start();
    let mut lane = clear(&server).open().await.unwrap();
    let parcel = parcel_with_body("ada@example.org", 1, &long_body(8_000_000));
    let delivery = lane.deliver(&[parcel]).await.remove(0);
    // Whether the reply or the closed connection is seen first is the network's choice; doubtful it never is.
    assert!(
        matches!(delivery, Delivery::Replied { step: Step::Body, .. } | Delivery::NotSent { step: Step::Body, .. }),
        "{delivery:?}"
    );
    assert!(server.log().is_empty() && !lane.is_usable());
}

#[tokio::test]
async fn an_answer_that_is_no_answer_to_the_question_ends_the_session() {
    for (at, odd, step) in [
        (At::Mail, "354 go\r\n", Step::Mail),
        (At::Rcpt, "354 go\r\n", Step::Rcpt),
        (At::Data, "250 ok\r\n", Step::Data),
    ] {
        let server = Server::builder().script(move |m| if m.at == at { Act::say(odd) } else { Act::Go }).start();
        let mut lane = clear(&server).open().await.unwrap();
        let delivery = lane.deliver(&[parcel("ada@example.org", 1)]).await.remove(0);
        assert!(matches!(&delivery, Delivery::NotSent { step: s, .. } if *s == step), "{delivery:?}");
        assert!(!lane.is_usable());
    }
}

#[tokio::test]
async fn what_the_relay_cannot_carry_is_seen_before_anything_is_said() {
    let server = Server::builder().offers(&["SIZE 2000"]).start();
    let mut lane = clear(&server).open().await.unwrap();
    let mut bare = parcel("ada@example.org", 3);
    bare.octets.extend_from_slice(b"a\n.\nMAIL FROM:<x@y.example>\r\n");
    let mut injected = parcel("ada@example.org", 4);
    injected.envelope.mail_from = "b@x.example>\r\nRCPT TO:<eve@example.org".to_owned();
    let batch = [parcel_with_body("ada@example.org", 1, &long_body(3_000)), bare, injected];
    for delivery in lane.deliver(&batch).await {
        assert!(matches!(delivery, Delivery::Unsupported { .. }), "{delivery:?}");
    }
    assert_eq!(server.count("MAIL"), 0);
    assert_eq!(told(&lane.deliver(&[parcel("ada@example.org", 5)]).await[0]), (Step::Dot, 250));
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_smtputf8() {
    let with = Server::builder().offers(&["8bitmime", "smtputf8", "DSN"]).start();
    let without = Server::builder().start();
    let parcel = parcel("rené@example.org", 1);
    let mut lane = clear(&with).open().await.unwrap();
    assert_eq!(told(&lane.deliver(std::slice::from_ref(&parcel)).await[0]), (Step::Dot, 250));
    assert_eq!(with.stored()[0].recipient, "rené@example.org");
    assert_eq!(with.count("MAIL FROM:<b+1@bounces.igf.example> BODY=8BITMIME SMTPUTF8"), 1);
    let mut lane = clear(&without).open().await.unwrap();
    assert!(
        matches!(&lane.deliver(&[parcel]).await[0], Delivery::Unsupported { detail } if detail.contains("SMTPUTF8"))
    );
    assert!(lane.is_usable() && without.count("MAIL") == 0);
}

#[tokio::test]
async fn a_connection_carries_so_many_messages_and_no_more() {
    let server = Server::builder().start();
    let relay = SmtpRelay::new(Config { messages_per_connection: 2, ..config(&server) }).unwrap();
    let mut lane = relay.open().await.unwrap();
    lane.deliver(&[parcel("ada@example.org", 1)]).await;
    assert!(lane.is_usable());
    lane.deliver(&[parcel("ada@example.org", 2)]).await;
    assert!(!lane.is_usable());
}

fn told(delivery: &Delivery) -> (Step, u16) {
    match delivery {
        Delivery::Replied { step, reply } => (*step, reply.code),
        other => panic!("{other:?}"),
    }
}

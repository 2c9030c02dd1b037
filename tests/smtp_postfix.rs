//! Against a real Postfix that refuses some recipients and closes the session after twenty errors.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;

use convoke::domain::outcome::{Delivery, Outcome, Step};
use convoke::domain::timeouts::Timeouts;
use convoke::domain::verdict::judge;
use convoke::engine::ports::{Lane, Relay};
use convoke::smtp::config::{Config, Encryption};
use convoke::smtp::relay::SmtpRelay;

#[path = "support/parcels.rs"]
mod parcels;
#[path = "support/postfix.rs"]
mod postfix;
use parcels::parcel;
use postfix::Postfix;

#[tokio::test]
async fn postfix_takes_each_message_once_and_refuses_whom_it_refuses() {
    // One after the other, because Postfix counts the errors since the last message it took.
    let refusals = ["550 5.1.1 no such user here", "450 4.2.0 try again later", "554 5.7.1 refused by policy"];
    let refused: Vec<(String, &str)> = (0..75).map(|n| (address(n), refusals[n / 25])).collect();
    let Some(postfix) = Postfix::start(&refused) else { return };
    let relay = relay(postfix.port());
    let mut lane: Option<Box<dyn Lane>> = None;
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut n, mut closed) = (0, 0);
    while n < 200 {
        let mut open = match lane.take() {
            Some(open) => open,
            None => relay.open().await.unwrap(),
        };
        let delivery = open.deliver(&[parcel(&address(n), n)]).await.remove(0);
        if open.is_usable() {
            lane = Some(open);
        } else {
            closed += 1;
            open.close().await;
        }
        let outcome = match judge(&delivery).outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Deferred { reply: Some(reply), .. } if reply.code != 421 => "deferred",
            Outcome::Rejected { suppress: true, .. } => "suppressed",
            Outcome::Rejected { suppress: false, .. } => "rejected",
            // Too many errors: the session is over, nothing is decided, the same message goes again on the next one.
            Outcome::Returned { .. } | Outcome::Deferred { .. } => continue,
            other => panic!("{other:?}"),
        };
        *outcomes.entry(outcome).or_default() += 1;
        n += 1;
    }
    assert_eq!(outcomes, BTreeMap::from([("accepted", 125), ("deferred", 25), ("rejected", 25), ("suppressed", 25)]));
    assert!(closed > 0, "75 errors and a limit of 20 a session");
    let delivered = postfix.delivered(125);
    let mut seen: Vec<String> = delivered.iter().map(|file| header(file, "Message-ID")).collect();
    seen.sort();
    let mut sent: Vec<String> = (75..200).map(|n| format!("<m{n:06}@igf.example>")).collect();
    sent.sort();
    assert_eq!(seen, sent);
    for file in delivered {
        let text = String::from_utf8(file).unwrap();
        assert!(
            text.ends_with("\n\nDear colleague,\n.this line begins with a dot\n..\n.\nThe secretariat\n"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn postfix_refuses_a_sender_and_nobody_is_marked_for_it() {
    let Some(postfix) =
        Postfix::start(&[("ada@example.org".to_owned(), "553 5.7.1 Sender address rejected: not owned by user")])
    else {
        return;
    };
    let mut lane = relay(postfix.port()).open().await.unwrap_or_else(|e| panic!("{e}: {}", postfix.log()));
    let delivery = lane.deliver(&[parcel("ada@example.org", 1)]).await.remove(0);
    assert!(matches!(&delivery, Delivery::Replied { step: Step::Rcpt, .. }), "{delivery:?}");
    assert!(matches!(judge(&delivery).outcome, Outcome::Deferred { .. }));
    lane.close().await;
}

fn address(n: usize) -> String {
    format!("person{n}@example.org")
}

fn relay(port: u16) -> SmtpRelay {
    SmtpRelay::new(Config {
        host: "127.0.0.1".to_owned(),
        port,
        encryption: Encryption::None,
        private_ca: None,
        credentials: None,
        messages_per_connection: 1000,
        in_flight: None,
        timeouts: Timeouts { greeting: std::time::Duration::from_secs(10), ..Timeouts::default() },
    })
    .unwrap()
}

fn header(file: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(file);
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_default().to_owned()
}

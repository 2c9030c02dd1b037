//! One lane against the scripted server: every step, every fault, told as facts.

use convoke::domain::outcome::{Delivery, Step};
use convoke::engine::ports::{Parcel, Relay};

#[path = "support/parcels.rs"]
mod parcels;
#[path = "support/smtp_relays.rs"]
mod relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use parcels::{long_body, parcel_with_body};
use relays::clear;
use smtp_server::Server;

#[tokio::test]
async fn what_arrives_is_what_was_written_octet_for_octet() {
    let server = Server::builder().start();
    let mut lane = clear(&server).open().await.unwrap();
    let batch: Vec<Parcel> = (0..20)
        .map(|n| parcel_with_body("ada@example.org", n, &format!("{}.\r\n..end\r\n.\r\n", long_body(n * 10_000))))
        .collect();
    for delivery in lane.deliver(&batch).await {
        accepted(&delivery);
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

fn accepted(delivery: &Delivery) {
    match delivery {
        Delivery::Replied { step: Step::Dot, reply } if reply.is_positive() => {}
        other => panic!("{other:?}"),
    }
}

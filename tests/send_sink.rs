//! A campaign of 2,000 to another program's server: Debian's smtp-sink.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeSet;

#[path = "support/sink.rs"]
mod sink;
#[path = "support/workspace.rs"]
mod workspace;
use sink::Sink;
use workspace::{Workspace, assert_sum, number, relay};

#[test]
fn two_thousand_people_get_one_message_each() {
    let sink = Sink::start();
    let addresses: Vec<String> = (0..2000).map(|n| format!("person{n}@host{}.example", n % 40)).collect();
    let workspace = Workspace::of(&addresses, &relay(sink.port(), 8));
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    let standing = sent.json();
    assert_sum(&standing);
    assert_eq!((number(&standing, "planned"), number(&standing, "accepted")), (2000, 2000));
    let recipients = sink.recipients();
    assert_eq!(recipients.len(), 2000);
    assert_eq!(recipients.into_iter().collect::<BTreeSet<_>>(), addresses.into_iter().collect());
    assert_eq!(workspace.send(&[]).code, Some(0), "and nothing is left");
    assert_eq!(sink.recipients().len(), 2000);
    workspace.must(&["audit", "verify"]);
}

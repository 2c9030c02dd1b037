//! `kind = "postfix"` with a real Postfix on loopback: its port alone is written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "support/postfix.rs"]
mod postfix;
#[path = "support/workspace.rs"]
mod workspace;
use postfix::Postfix;
use workspace::{Workspace, number};

#[test]
fn a_local_postfix_needs_no_more_than_its_kind() {
    let Some(postfix) = Postfix::start(&[]) else { return };
    let relay = format!("[relay]\nkind = \"postfix\"\nport = {}\nrate.per_second = 0\n", postfix.port());
    let workspace = Workspace::new(30, &relay);
    let sent = workspace.send(&[]);
    assert_eq!((sent.code, number(&sent.json(), "accepted")), (Some(0), 30), "{}", sent.stderr);
    assert_eq!(postfix.delivered(30).len(), 30);
}

#[test]
fn a_postfix_that_will_not_relay_pauses_and_marks_nobody() {
    let words = "554 5.7.1 Relay access denied";
    let refused: Vec<(String, &str)> = (0..5).map(|n| (format!("person{n}@example.org"), words)).collect();
    let Some(postfix) = Postfix::start(&refused) else { return };
    let relay = format!("[relay]\nkind = \"postfix\"\nport = {}\n", postfix.port());
    let workspace = Workspace::new(5, &relay);
    let sent = workspace.send(&[]);
    assert_eq!((sent.code, number(&sent.json(), "rejected")), (Some(6), 0), "{}", sent.stderr);
    assert!(sent.stderr.contains("let this computer use the relay"), "{}", sent.stderr);
}

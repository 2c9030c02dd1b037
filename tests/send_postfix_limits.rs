//! A real Postfix that limits its clients: how many connections, and how many messages in a while.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use serde_json::Value;

#[path = "support/postfix.rs"]
mod postfix;
#[path = "support/workspace.rs"]
mod workspace;
use postfix::Postfix;
use workspace::{Workspace, assert_sum, number, relay};

/// Its limits are for everybody, also for this computer.
const FOR_EVERYBODY: &str = "smtpd_client_event_limit_exceptions =";

#[test]
fn a_postfix_that_takes_three_connections_is_served_by_three() {
    let limits = format!("{FOR_EVERYBODY}\nsmtpd_client_connection_count_limit = 3");
    let Some(postfix) = Postfix::with(&[], &limits) else { return };
    let workspace = Workspace::new(300, &relay(postfix.port(), 8));
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(0), "{}{}", sent.stderr, postfix.log());
    let standing = sent.json();
    assert_sum(&standing);
    assert_eq!(number(&standing, "accepted"), 300, "nobody was put off");
    assert_eq!(standing.get("slowed"), Some(&Value::Array(Vec::new())));
    assert_eq!(postfix.delivered(300).len(), 300);
    let refused = postfix.log().lines().filter(|line| line.contains("Connection concurrency limit exceeded")).count();
    assert!((1..20).contains(&refused), "turned away {refused} times");
}

#[test]
fn a_postfix_that_counts_messages_is_served_more_slowly_and_gets_everything() {
    let limits = format!("{FOR_EVERYBODY}\nanvil_rate_time_unit = 2s\nsmtpd_client_message_rate_limit = 20");
    let Some(postfix) = Postfix::with(&[], &limits) else { return };
    let workspace = Workspace::new(80, &relay(postfix.port(), 4));
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(0), "{}{}", sent.stderr, postfix.log());
    let standing = sent.json();
    assert_eq!(number(&standing, "accepted"), 80, "nobody was put off");
    assert_eq!(postfix.delivered(80).len(), 80);
    let slowed = standing.pointer("/slowed/0/kind").and_then(Value::as_str);
    assert_eq!(slowed, Some("relay"), "{standing}");
    assert!(sent.stderr.contains("the relay asks us to slow down: a message every"), "{}", sent.stderr);
    let status = workspace.must(&["status", "spring"]);
    assert!(status.stdout.contains("slowed down: the relay, a message every"), "{}", status.stdout);
}

//! A campaign of 2,000 to another program's server: Debian's smtp-sink.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;

#[path = "support/judge.rs"]
mod judge;
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
    let messages = sink.messages();
    assert_eq!(messages.len(), 2000);
    let recipients: BTreeSet<String> = messages.iter().map(|(recipient, _)| recipient.clone()).collect();
    assert_eq!(recipients, addresses.into_iter().collect());
    another_parser_reads(&messages);
    assert_eq!(workspace.send(&[]).code, Some(0), "and nothing is left");
    assert_eq!(sink.messages().len(), 2000);
    workspace.must(&["audit", "verify"]);
}

/// Every message, as it came over the wire, is sound to Python's strict parser and names the one recipient it went to.
fn another_parser_reads(messages: &[(String, Vec<u8>)]) {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = (0..messages.len()).map(|n| folder.path().join(format!("{n}.eml"))).collect();
    for (file, (_, octets)) in files.iter().zip(messages) {
        fs::write(file, octets).unwrap();
    }
    for ((recipient, _), report) in messages.iter().zip(judge::reports(&files)) {
        assert_eq!(report["problems"], json!([]), "{recipient}");
        assert_eq!(report["recipients"].as_array().unwrap().len(), 1);
        assert_eq!(report["recipients"][0]["address"], *recipient);
        assert_eq!(report["parts"].as_array().unwrap().len(), 2);
        let unsubscribe = report["headers"]["list-unsubscribe"].as_str().unwrap();
        let link = unsubscribe.trim_start_matches('<').split('>').next().unwrap();
        for part in report["parts"].as_array().unwrap() {
            assert!(part["text"].as_str().unwrap().contains(link), "no opt-out in a part for {recipient}");
        }
    }
}

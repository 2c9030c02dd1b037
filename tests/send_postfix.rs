//! A campaign of 200 through a real Postfix that refuses some recipients.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeSet;

#[path = "support/postfix.rs"]
mod postfix;
#[path = "support/workspace.rs"]
mod workspace;
use postfix::Postfix;
use workspace::{Workspace, assert_sum, number, relay};

#[test]
fn postfix_gets_each_message_once_and_those_it_refuses_are_marked_for_what_it_said() {
    let words = ["550 5.1.1 no such user here", "554 5.7.1 refused by policy", "450 4.2.0 try again later"];
    let address = |n: usize| format!("person{n}@example.org");
    let refused: Vec<(String, &str)> = (0..200).step_by(14).map(|n| (address(n), words[n / 14 % 3])).collect();
    let Some(postfix) = Postfix::start(&refused) else { return };
    let workspace = Workspace::new(200, &relay(postfix.port(), 4));
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(5), "{}", sent.stderr);
    let standing = sent.json();
    assert_sum(&standing);
    let count = |state: &str| number(&standing, state);
    assert_eq!((count("accepted"), count("rejected"), count("deferred")), (185, 10, 5), "{standing}");
    let delivered = postfix.delivered(185);
    let recipients: BTreeSet<String> = delivered.iter().map(|file| recipient(file)).collect();
    assert_eq!((delivered.len(), recipients.len()), (185, 185), "everybody once");
    assert!(refused.iter().all(|(address, _)| !recipients.contains(address)));
    let suppressed = workspace.must(&["opt-out", "list", "--format", "json"]).stdout;
    for (address, reply) in &refused {
        assert_eq!(suppressed.contains(address.as_str()), reply.starts_with("550 5.1.1"), "{address}: {reply}");
    }
    workspace.must(&["audit", "verify"]);
}

/// The To header's address.
fn recipient(file: &[u8]) -> String {
    let text = String::from_utf8_lossy(file);
    let line = text.lines().find(|line| line.starts_with("To: ")).unwrap();
    line.rsplit_once('<').map_or(&line[4..], |(_, address)| address).trim_end_matches('>').to_owned()
}

//! What a real Postfix received is what the plan says, octet for octet, whichever way it was sent.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;

use convoke::cli::open;
use convoke::engine::ports::Plans;

#[path = "support/postfix.rs"]
mod postfix;
#[path = "support/workspace.rs"]
mod workspace;
use postfix::Postfix;
use workspace::{Workspace, assert_sum, number, relay};

const PEOPLE: usize = 300;

#[test]
fn what_postfix_received_is_what_was_planned() {
    let Some(postfix) = Postfix::start(&[]) else { return };
    let mut before = Vec::new();
    for (offers, more, command) in [
        ("smtpd_discard_ehlo_keywords = pipelining, chunking\n", "", "data"),
        ("", "window = 4\n", "data"),
        ("", "window = 8\nchunking = \"in-flight\"\n", "bdat"),
    ] {
        postfix.settle(offers);
        let workspace =
            Workspace::new(PEOPLE, &format!("{}messages_per_connection = 40\n{more}", relay(postfix.port(), 4)));
        // Dots where the wire has a use for them, and letters beyond ASCII.
        let template = std::fs::read_to_string(workspace.path("templates/spring/en.md")).unwrap();
        workspace.write(
            "templates/spring/en.md",
            &format!("{template}\n.\n\n. and so on\n\n.. {}\n\nMerhaba, Grüße, 你好\n", "dots....".repeat(40)),
        );
        let used = uses(&postfix, command);
        let sent = workspace.send(&[]);
        assert_eq!(sent.code, Some(0), "{}{}", sent.stderr, postfix.log());
        let sent = sent.json();
        assert_eq!(number(&sent, "accepted"), PEOPLE as u64);
        assert_sum(&sent);

        let all = postfix.delivered(before.len() + PEOPLE);
        let received: Vec<Vec<u8>> = all.iter().filter(|file| !before.contains(*file)).cloned().collect();
        assert_eq!(received.len(), PEOPLE);
        let mut planned = planned(&workspace, sent["plan"].as_str().unwrap());
        for file in &received {
            let (id, canonical) = stamped_apart(file);
            let digest = planned.remove(&id).unwrap_or_else(|| panic!("{id} was not planned, or came twice"));
            assert_eq!((digest.1)(&canonical), digest.0, "{}", String::from_utf8_lossy(file));
        }
        assert!(planned.is_empty());
        assert_eq!(uses(&postfix, command) - used, PEOPLE, "by {command}: {}", postfix.log());
        before = all;
    }
}

type Digest = (String, Box<dyn Fn(&[u8]) -> String>);

/// By Message-ID, the planned digest and how it is taken.
fn planned(workspace: &Workspace, plan: &str) -> BTreeMap<String, Digest> {
    let (keys, mut ledger) =
        open::state(&workspace.path(""), &workspace.path(".convoke/ledger.db"), "lin", false).unwrap();
    let mut planned: BTreeMap<String, Digest> = BTreeMap::new();
    ledger
        .each_invitation(plan, &mut |row| {
            let keys = keys.clone();
            let id = format!("{}@forum.example", row.planned.message_id_local);
            planned.insert(id, (row.planned.digest, Box::new(move |octets| keys.message_digest(octets))));
        })
        .unwrap();
    planned
}

/// The Message-ID of a file in a Maildir, and what follows the stamp as it was on the wire.
fn stamped_apart(file: &[u8]) -> (String, Vec<u8>) {
    let text = std::str::from_utf8(file).unwrap();
    let (_, rest) = text.split_once("\nMessage-ID: <").unwrap();
    let (id, rest) = rest.split_once(">\n").unwrap();
    (id.to_owned(), rest.replace('\n', "\r\n").into_bytes())
}

/// How often clients said this, by what Postfix counts when they have gone.
fn uses(postfix: &Postfix, command: &str) -> usize {
    // The last ones say QUIT after their last message.
    std::thread::sleep(std::time::Duration::from_millis(200));
    let log = postfix.log();
    let gone = log.lines().filter(|line| line.contains(" disconnect from "));
    let counted = gone.filter_map(|line| line.split(' ').find_map(|word| word.strip_prefix(&format!("{command}="))));
    counted.map(|count| count.parse::<usize>().unwrap()).sum()
}

//! A campaign through a relay that takes tokens, with the program itself: tokens that expire on the way, and tokens that are no
//! good.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/token_command.rs"]
mod token_command;
#[path = "support/workspace.rs"]
mod workspace;
use smtp_server::Server;
use token_command::{Counted, SECRET};
use workspace::{Workspace, assert_sum, number, relay};

fn by_token(server: &Server, command: &str) -> String {
    format!(
        "{}messages_per_connection = 10\nusername = \"outreach\"\nauth = \"oauth2\"\ntoken_command = \"{command}\"\n",
        relay(server.port(), 4)
    )
}

#[test]
fn tokens_that_expire_on_the_way_cost_nobody_an_invitation() {
    let uses: Mutex<HashMap<String, usize>> = Mutex::default();
    let server = Server::builder()
        .tokens("XOAUTH2", move |token| {
            let mut uses = uses.lock().unwrap();
            let times = uses.entry(token.to_owned()).or_default();
            *times += 1;
            *times <= 5
        })
        .start();
    let counted = Counted::new();
    let workspace = Workspace::new(200, &by_token(&server, &counted.command()));
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    assert_eq!(number(&sent.json(), "accepted"), 200, "{}", sent.stdout);
    assert_sum(&sent.json());
    let everybody: BTreeSet<String> = server.stored().into_iter().map(|entry| entry.recipient).collect();
    assert_eq!((server.stored().len(), everybody.len()), (200, 200));
    // Twenty connections at least, five to a token.
    assert!((4..=8).contains(&counted.runs()), "{} runs", counted.runs());
    assert!(!format!("{}{}", sent.stdout, sent.stderr).contains(SECRET));
    assert_nowhere_in(&workspace.path(".convoke"));
}

#[test]
fn a_token_that_is_no_good_pauses_the_campaign_and_says_why() {
    let server = Server::builder().tokens("OAUTHBEARER", |_| false).start();
    let counted = Counted::new();
    let workspace = Workspace::new(20, &by_token(&server, &counted.command()));
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(6), "{}", sent.stderr);
    assert!(sent.stderr.contains("535 5.7.8 (invalid_token, scope mail); relay.token_command"), "{}", sent.stderr);
    assert_eq!((server.count("AUTH"), counted.runs()), (1, 1));
    let status = workspace.status().to_string();
    assert!(status.contains("invalid_token, scope mail") && !status.contains(SECRET), "{status}");
    let again = workspace.send(&[]);
    assert_eq!((again.code, server.count("AUTH"), counted.runs()), (Some(4), 1, 1), "paused until a person acts");
    assert_nowhere_in(&workspace.path(".convoke"));
}

#[test]
fn a_command_that_fails_ends_the_run_and_pauses_nothing() {
    let server = Server::builder().tokens("XOAUTH2", |_| true).start();
    let workspace = Workspace::new(20, &by_token(&server, "echo who you are is unknown >&2; exit 3"));
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(6), "{}", sent.stderr);
    assert!(sent.stderr.contains("relay.token_command: it failed with exit status: 3"), "{}", sent.stderr);
    assert!(sent.stderr.contains("who you are is unknown"), "its own complaint is heard: {}", sent.stderr);
    workspace.settings(&by_token(&server, "echo t"));
    assert_eq!(workspace.send(&[]).code, Some(0));
    assert_eq!(server.stored().len(), 20);
}

/// No file below holds a token.
fn assert_nowhere_in(folder: &Path) {
    let mut looked_at = 0;
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let octets = fs::read(entry.path()).unwrap();
        let holds = octets.windows(SECRET.len()).any(|octets| octets == SECRET.as_bytes());
        assert!(!holds, "{}", entry.path().display());
        looked_at += 1;
    }
    assert!(looked_at > 0);
}

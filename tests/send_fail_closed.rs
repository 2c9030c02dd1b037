//! A ledger that cannot be written stops all sending: with a message that says where, what and what to do, with exit code 1,
//! and with nothing handed over afterwards. And two processes at once are one sender. The server's own log is the judge.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;

#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/workspace.rs"]
mod workspace;
use smtp_server::{Act, At, Server};
use workspace::{Ran, Workspace, assert_sum, number, relay};

const LEDGER: &str = ".convoke/ledger.db";

fn slow_server(pause: u64) -> Server {
    Server::builder()
        .script(move |moment| match moment.at {
            At::Dot => Act::Wait(Duration::from_millis(pause), Box::new(Act::Go)),
            _ => Act::Go,
        })
        .start()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..30_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("{what}: not within half a minute");
}

fn assert_failed_closed(workspace: &Workspace, ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    let place = workspace.path(LEDGER).canonicalize().unwrap().display().to_string();
    for word in words.iter().copied().chain([place.as_str(), "the ledger cannot be written"]) {
        assert!(ran.stderr.contains(word), "no `{word}`: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("example.org"), "{}", ran.stderr);
}

/// With the cause gone, the rest goes out and nobody gets two; what was on its way is in doubt.
fn assert_mended(workspace: &Workspace, server: &Server, people: u64, at_most_in_doubt: u64) {
    let rest = workspace.send(&[]);
    let standing = workspace.status();
    assert_sum(&standing);
    let in_doubt = number(&standing, "in_doubt");
    assert!(in_doubt <= at_most_in_doubt, "{standing}");
    assert_eq!(rest.code, Some(if in_doubt > 0 { 5 } else { 0 }), "{}", rest.stderr);
    assert_eq!(number(&standing, "accepted") + in_doubt, people);
    let mut recipients: Vec<String> = server.stored().into_iter().map(|entry| entry.recipient).collect();
    let stored = recipients.len();
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), stored, "somebody got two");
}

#[test]
fn a_ledger_that_another_program_keeps_locked_stops_sending() {
    let (server, connections) = (slow_server(5), 3);
    let workspace = Workspace::new(400, &relay(server.port(), connections));
    workspace.must(&["plan", "spring"]);
    let sender = workspace.start_sending();
    wait_until("the first messages", || server.log().len() > 5);
    let other = Connection::open(workspace.path(LEDGER)).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let by_then = server.log().len();
    let stopped = Ran::from(sender.wait_with_output().unwrap());
    // Those that had their intent when it was locked.
    let after = server.log().len() - by_then;
    assert!(after <= connections, "{after} messages were handed over afterwards");
    assert_failed_closed(
        &workspace,
        &stopped,
        &["database is locked", "end that program", "run the same command again"],
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert_mended(&workspace, &server, 400, 3);
}

#[test]
fn a_ledger_on_a_full_disk_stops_sending_window_or_not() {
    for window in [1, 6] {
        let (server, connections) = (slow_server(0), 3);
        let settings =
            relay(server.port(), connections).replacen("[relay]\n", &format!("[relay]\nwindow = {window}\n"), 1);
        let workspace = Workspace::new(300, &settings);
        workspace.must(&["plan", "spring"]);
        let mut limited = Command::new("prlimit");
        // RLIMIT_FSIZE: a write beyond it fails as on a full disk.
        let limit = fs::metadata(workspace.path(LEDGER)).unwrap().len() + 150_000;
        limited.current_dir(workspace.path("")).arg(format!("--fsize={limit}")).arg(env!("CARGO_BIN_EXE_convoke"));
        let stopped = Ran::from(limited.args(workspace.live()).stdin(Stdio::null()).output().unwrap());
        assert_failed_closed(&workspace, &stopped, &["make room", "run the same command again"]);
        let handed_over = server.log().len();
        assert!(handed_over < 300);
        // Nothing left without an intent in the ledger.
        let known: usize = Connection::open(workspace.path(LEDGER))
            .and_then(|ledger| ledger.query_row("SELECT count(*) FROM attempt", [], |row| row.get(0)))
            .unwrap();
        assert!(handed_over <= known, "{handed_over} messages, {known} intents");
        assert_mended(&workspace, &server, 300, (window * connections) as u64);
    }
}

#[test]
fn a_read_only_ledger_sends_nothing() {
    let server = Server::builder().start();
    let workspace = Workspace::new(10, &relay(server.port(), 2));
    workspace.must(&["plan", "spring"]);
    let path = workspace.path(LEDGER);
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    let is_above_rights = OpenOptions::new().write(true).open(&path).is_ok();
    let mut command = match is_above_rights {
        false => Command::new(env!("CARGO_BIN_EXE_convoke")),
        true => {
            // Root writes where it may not; without its capabilities it does not.
            let mut command = Command::new("setpriv");
            command.args(["--inh-caps=-all", "--bounding-set=-all"]).arg(env!("CARGO_BIN_EXE_convoke"));
            command
        }
    };
    command.current_dir(workspace.path("")).args(workspace.live()).stdin(Stdio::null());
    let stopped = Ran::from(command.output().unwrap());
    assert_failed_closed(&workspace, &stopped, &["readonly", "not write-protected"]);
    assert_eq!(server.log().len(), 0);
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    assert_mended(&workspace, &server, 10, 0);
}

#[test]
fn of_several_processes_at_once_one_sends() {
    let server = slow_server(10);
    let workspace = Workspace::new(60, &relay(server.port(), 2));
    workspace.must(&["plan", "spring"]);
    let senders: Vec<_> = (0..5).map(|_| workspace.start_sending()).collect();
    let ended: Vec<Ran> = senders.into_iter().map(|sender| Ran::from(sender.wait_with_output().unwrap())).collect();
    let codes: Vec<i32> = ended.iter().map(|ran| ran.code.unwrap()).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    for ran in ended.iter().filter(|ran| ran.code != Some(0)) {
        assert_eq!(ran.code, Some(4));
        assert!(ran.stderr.contains("another send or restore is running: process "), "{}", ran.stderr);
    }
    assert_eq!(server.log().len(), 60);
    assert_mended(&workspace, &server, 60, 0);
}

#[test]
fn a_sender_that_stands_still_and_goes_on_is_no_second_one() {
    let server = slow_server(10);
    let workspace = Workspace::new(40, &relay(server.port(), 2));
    workspace.must(&["plan", "spring"]);
    let sender = workspace.start_sending();
    let signal =
        |name: &str| assert!(Command::new("kill").args([name, &sender.id().to_string()]).status().unwrap().success());
    wait_until("the first messages", || server.log().len() > 5);
    signal("-STOP");
    // One that starts meanwhile is refused, changes nothing, and takes nothing for dead.
    for _ in 0..3 {
        let second = workspace.send(&[]);
        assert_eq!(second.code, Some(4), "{}", second.stderr);
    }
    assert_eq!(number(&workspace.status(), "in_doubt"), 0);
    signal("-CONT");
    let first = Ran::from(sender.wait_with_output().unwrap());
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert_eq!(server.log().len(), 40);
    assert_mended(&workspace, &server, 40, 0);
}

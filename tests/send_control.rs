//! What happens to a running send from outside: signals, a second sender, a pause, a cancel, an opt-out, edits, a full
//! disk; and what a person decides afterwards.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/workspace.rs"]
mod workspace;
use smtp_server::{Act, At, Server};
use workspace::{Ran, Workspace, assert_sum, number, relay};

/// Waits for a child and takes its words.
fn ended(child: Child) -> Ran {
    child.wait_with_output().unwrap().into()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// A server that is in no hurry after the dot, so that a test can act in the middle of a send.
fn slow_server(pause: u64) -> Server {
    Server::builder()
        .script(move |moment| match moment.at {
            At::Dot => Act::Wait(Duration::from_millis(pause), Box::new(Act::Go)),
            _ => Act::Go,
        })
        .start()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what}: not within half a minute");
}

#[test]
fn a_template_edited_while_sending_changes_no_message() {
    let server = slow_server(20);
    let workspace = Workspace::new(30, &relay(server.port(), 1));
    workspace.must(&["plan", "spring"]);
    let sender = workspace.start_sending();
    wait_until("the first messages", || server.stored().len() > 3);
    workspace.write("templates/spring/en.md", "+++\nsubject = 'Other'\n+++\nquite other words\n");
    workspace.write("campaigns/spring/contacts.csv", "email,basis\nsomebody.else@example.org,mandate\n");
    let sent = ended(sender);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    let stored = server.stored();
    assert_eq!(stored.len(), 30);
    assert!(stored.iter().all(|entry| String::from_utf8_lossy(&entry.content).contains("please come to")));
}

#[test]
fn a_second_sender_is_told_who_the_first_one_is() {
    let server = slow_server(50);
    let workspace = Workspace::new(40, &relay(server.port(), 1));
    workspace.must(&["plan", "spring"]);
    let first = workspace.start_sending();
    wait_until("the first message", || !server.stored().is_empty());
    let second = workspace.send(&[]);
    assert_eq!(second.code, Some(4), "{}", second.stderr);
    assert!(second.stderr.contains(&format!("process {}, since 2", first.id())), "{}", second.stderr);
    // A stopped sender keeps the lock.
    signal(&first, "-STOP");
    assert_eq!(workspace.send(&[]).code, Some(4));
    signal(&first, "-CONT");
    assert_eq!(ended(first).code, Some(0));
    assert_eq!(server.stored().len(), 40);
}

#[test]
fn an_interrupted_send_finishes_open_messages_and_goes_on_later() {
    for name in ["-INT", "-TERM"] {
        let server = slow_server(30);
        let workspace = Workspace::new(40, &relay(server.port(), 3));
        workspace.must(&["plan", "spring"]);
        let sender = workspace.start_sending();
        wait_until("the first messages", || server.stored().len() > 3);
        signal(&sender, name);
        let stopped = ended(sender);
        assert_eq!(stopped.code, Some(130), "{}", stopped.stderr);
        let standing = stopped.json();
        assert_sum(&standing);
        assert_eq!((number(&standing, "in_doubt"), number(&standing, "accepted")), (0, server.stored().len() as u64));
        assert!(number(&standing, "unsent") > 0);
        assert_eq!(workspace.send(&[]).code, Some(0));
        assert_eq!(server.stored().len(), 40, "everybody once");
    }
}

#[test]
fn a_second_interrupt_stops_at_once() {
    let server = Server::builder().script(|m| if m.at == At::Dot { Act::Hang } else { Act::Go }).start();
    let workspace = Workspace::new(10, &relay(server.port(), 2));
    workspace.must(&["plan", "spring"]);
    let mut sender = workspace.start_sending();
    wait_until("a message at the dot", || !server.log().is_empty() || server.count("DATA") >= 2);
    signal(&sender, "-INT");
    let mut words = BufReader::new(sender.stderr.take().unwrap());
    let mut line = String::new();
    words.read_line(&mut line).unwrap();
    assert!(line.contains("finishing open messages"), "{line}");
    signal(&sender, "-INT");
    assert_eq!(sender.wait().unwrap().code(), Some(130));
    let _rest = words.read_to_string(&mut line);
    let standing = workspace.status();
    // Claimed rows count as unsent until the next send looks at what was left.
    assert_sum(&standing);
}

#[test]
fn a_pause_from_elsewhere_stops_a_running_send_until_it_is_lifted() {
    let server = slow_server(30);
    let workspace = Workspace::new(40, &relay(server.port(), 2));
    workspace.must(&["plan", "spring"]);
    let sender = workspace.start_sending();
    wait_until("the first messages", || server.stored().len() > 3);
    let paused = workspace.must(&["pause", "spring", "--reason", "the minister resigned"]);
    let by_then = server.stored().len();
    assert!(paused.stderr.contains("convoke resume spring"), "{}", paused.stderr);
    let stopped = ended(sender);
    assert_eq!(stopped.code, Some(4), "{}", stopped.stderr);
    assert!(stopped.stderr.contains("the minister resigned"), "{}", stopped.stderr);
    assert!(server.stored().len() <= by_then + 2, "an intent was recorded after the pause");
    assert_eq!(workspace.status().get("paused"), Some(&Value::from("the minister resigned")));
    assert_eq!(workspace.send(&[]).code, Some(4));
    workspace.must(&["resume", "spring"]);
    let rest = workspace.send(&[]);
    assert_eq!((rest.code, server.stored().len()), (Some(0), 40), "{}", rest.stderr);
}

#[test]
fn a_cancelled_campaign_is_cancelled_for_good() {
    let server = slow_server(30);
    let workspace = Workspace::new(30, &relay(server.port(), 1));
    workspace.must(&["plan", "spring"]);
    let sender = workspace.start_sending();
    wait_until("the first messages", || server.stored().len() > 3);
    workspace.must(&["cancel", "spring", "--reason", "wrong list"]);
    assert_eq!(ended(sender).code, Some(4));
    let standing = workspace.status();
    assert_sum(&standing);
    assert_eq!(number(&standing, "cancelled") + number(&standing, "accepted"), 30);
    assert_eq!(number(&standing, "accepted"), server.stored().len() as u64);
    assert_eq!(workspace.run(&["resume", "spring"]).code, Some(4));
    assert_eq!(workspace.send(&[]).code, Some(4));
    assert_eq!(workspace.run(&["plan", "spring"]).code, Some(4));
}

#[test]
fn a_doubt_is_kept_until_a_person_decides() {
    let dots = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Dot if dots.fetch_add(1, Ordering::SeqCst) < 3 => Act::Store(Box::new(Act::Drop)),
            _ => Act::Go,
        })
        .start();
    let workspace = Workspace::new(6, &relay(server.port(), 1));
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(5), "{}", sent.stderr);
    assert!(sent.stderr.contains("convoke settle spring --in-doubt"), "{}", sent.stderr);
    let doubtful: Vec<String> = server.stored().into_iter().take(3).map(|entry| entry.recipient).collect();
    let [first, second, third] = doubtful.as_slice() else { panic!("{doubtful:?}") };
    workspace.must(&["settle", "spring", "--in-doubt", "sent", "--to", first, "--reason", "in the relay's log"]);
    workspace.must(&["settle", "spring", "--in-doubt", "give-up", "--to", second, "--reason", "told by phone"]);
    workspace.must(&["settle", "spring", "--in-doubt", "again", "--reason", "not in the relay's log"]);
    let standing = workspace.status();
    assert_eq!((number(&standing, "accepted"), number(&standing, "cancelled"), number(&standing, "unsent")), (4, 1, 1));
    let told = workspace.must(&["audit", "contact", first, "--format", "json"]).json();
    let settled = told.get("events").and_then(Value::as_array).and_then(|events| events.last()).unwrap().clone();
    assert_eq!(settled.get("reply"), Some(&Value::Null), "no server said anything: {settled}");
    assert_eq!(settled.get("detail"), Some(&Value::from("sent: in the relay's log")));
    assert_eq!(workspace.send(&[]).code, Some(0));
    let copies: Vec<_> = server.stored().into_iter().filter(|entry| entry.recipient == *third).collect();
    let [before, after] = copies.as_slice() else { panic!("{} copies", copies.len()) };
    assert_eq!((&before.message_id, &before.sha256), (&after.message_id, &after.sha256));
    assert_eq!(workspace.run(&["settle", "spring", "--in-doubt", "sent", "--reason", " "]).code, Some(2));
}

#[test]
fn what_a_killed_sender_had_on_its_way_can_be_settled_and_planned_around_at_once() {
    for settle in [true, false] {
        let dots = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&dots);
        let server = Server::builder()
            .script(move |moment| match moment.at {
                At::Dot if seen.fetch_add(1, Ordering::SeqCst) == 1 => {
                    Act::Wait(Duration::from_secs(2), Box::new(Act::Go))
                }
                _ => Act::Go,
            })
            .start();
        let workspace = Workspace::new(6, &relay(server.port(), 1));
        workspace.must(&["plan", "spring"]);
        let mut sender = workspace.start_sending();
        wait_until("the second dot", || dots.load(Ordering::SeqCst) == 2);
        sender.kill().unwrap();
        sender.wait().unwrap();
        if settle {
            let words =
                ["settle", "spring", "--in-doubt", "give-up", "--reason", "the computer died", "--format", "json"];
            assert_eq!(number(&workspace.must(&words).json(), "settled"), 1);
        } else {
            let plan = workspace.must(&["plan", "spring", "--format", "json"]).json();
            assert_eq!(number(&plan, "planned"), 4, "one arrived, one may have: {plan}");
        }
        workspace.must(&["audit", "verify"]);
    }
}

#[test]
fn a_doubt_of_an_earlier_plan_settled_as_again_is_sent_with_its_old_words() {
    let dots = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Dot => match dots.fetch_add(1, Ordering::SeqCst) {
                0 => Act::Drop,
                3 => Act::say("451 4.3.0 later\r\n"),
                _ => Act::Go,
            },
            _ => Act::Go,
        })
        .start();
    let workspace = Workspace::new(3, &format!("{}retry.first_delay = \"1s\"\n", relay(server.port(), 1)));
    assert_eq!(workspace.send(&[]).code, Some(5));
    workspace.write("templates/spring/en.md", "+++\nsubject = 'Other words'\n+++\nDear {{given_name}}, other words.\n");
    workspace.must(&["plan", "spring"]);
    let live = ["send", "spring", "--live", "--format", "json", "--confirm", "0"];
    let undecided = workspace.run(&live);
    assert_eq!(undecided.code, Some(5), "a doubt of an earlier plan is no end: {}", undecided.stderr);
    assert!(undecided.stderr.contains("left of earlier plans: 1 in doubt"), "{}", undecided.stderr);
    workspace.must(&["settle", "spring", "--in-doubt", "again", "--reason", "not in the relay's log"]);
    let status = workspace.must(&["status", "spring"]);
    assert!(status.stdout.contains("left of earlier plans: 1 to be sent again"), "{}", status.stdout);
    assert!(status.stderr.contains("next: convoke send spring --live"), "{}", status.stderr);
    let unconfirmed = workspace.run(&["send", "spring", "--live"]);
    assert_eq!(unconfirmed.code, Some(4), "{}", unconfirmed.stderr);
    assert_eq!(workspace.run(&[&live[..], &["--limit", "0"]].concat()).code, Some(0));
    let resent = workspace.run(&live);
    assert_eq!(resent.code, Some(0), "put off once, then accepted: {}", resent.stderr);
    assert!(resent.stderr.contains("messages left this computer"), "{}", resent.stderr);
    let log = server.log();
    let [lost, .., last] = log.as_slice() else { panic!("{} messages", log.len()) };
    assert_eq!((&lost.recipient, &lost.message_id, &lost.sha256), (&last.recipient, &last.message_id, &last.sha256));
    assert_eq!((log.len(), server.stored().len()), (5, 3));
    let plans = workspace.must(&["status", "spring", "--all", "--format", "json"]).json();
    let [earlier, _latest] = plans.as_array().unwrap().as_slice() else { panic!("{plans}") };
    assert_eq!((number(earlier, "accepted"), number(earlier, "unsent")), (3, 0));
}

#[test]
fn an_opt_out_while_sending_is_honoured() {
    let server = slow_server(25);
    let workspace = Workspace::new(30, &relay(server.port(), 1));
    workspace.must(&["plan", "spring"]);
    let sender = workspace.start_sending();
    wait_until("the first messages", || server.stored().len() > 2);
    let reached: Vec<String> = server.stored().into_iter().map(|entry| entry.recipient).collect();
    // Somebody who waits: not among the last of either segment's order.
    let late = (0..30).map(|n| format!("person{n}@example.org")).rfind(|a| !reached.contains(a)).unwrap();
    workspace.must(&["opt-out", "add", &late, "--reason", "said so on the telephone"]);
    let by_then: Vec<String> = server.stored().into_iter().map(|entry| entry.recipient).collect();
    let sent = ended(sender);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    let standing = sent.json();
    assert_sum(&standing);
    if !by_then.contains(&late) {
        assert_eq!((number(&standing, "suppressed"), number(&standing, "accepted")), (1, 29));
        assert!(server.stored().iter().all(|entry| entry.recipient != late));
    }
}

#[test]
fn a_ledger_on_a_full_disk_stops_sending() {
    let server = Server::builder().start();
    let workspace = Workspace::new(300, &relay(server.port(), 4));
    workspace.must(&["plan", "spring"]);
    let used = fs::metadata(workspace.path(".convoke/ledger.db")).unwrap().len();
    let wal = fs::metadata(workspace.path(".convoke/ledger.db-wal")).map_or(0, |file| file.len());
    // RLIMIT_FSIZE: no file may grow beyond this; a write beyond it fails as on a full disk.
    let limit = used.max(wal) + 200_000;
    let live = workspace.live();
    let mut limited = Command::new("prlimit");
    limited
        .current_dir(workspace.path(""))
        .arg(format!("--fsize={limit}"))
        .arg(env!("CARGO_BIN_EXE_convoke"))
        .args(&live);
    limited.stdin(Stdio::null());
    let stopped = Ran::from(limited.output().unwrap());
    assert_eq!(stopped.code, Some(1), "{} {}", stopped.stdout, stopped.stderr);
    assert!(stopped.stderr.contains("the ledger cannot be written"), "{}", stopped.stderr);
    assert!(server.stored().len() < 300);
    let rest = workspace.send(&[]);
    let standing = workspace.status();
    assert_sum(&standing);
    let in_doubt = number(&standing, "in_doubt");
    assert!(in_doubt <= 4, "{standing}");
    assert_eq!(number(&standing, "accepted") + in_doubt, 300, "{}", rest.stderr);
    let mut recipients: Vec<String> = server.stored().into_iter().map(|entry| entry.recipient).collect();
    recipients.sort();
    let stored = recipients.len();
    recipients.dedup();
    assert_eq!(recipients.len(), stored, "somebody got two");
}

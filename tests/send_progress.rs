//! What is seen of a send while it goes on: a bar on a terminal, a stream of JSON for a program, and a log for a support case
//! that holds nothing personal.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/workspace.rs"]
mod workspace;
use smtp_server::{Act, At, Server};
use workspace::{Workspace, assert_sum, number, relay};

/// In no hurry, refuses one person and puts another off.
fn server() -> Server {
    Server::builder()
        .script(|moment| match (moment.at, moment.recipient) {
            (At::Rcpt, to) if to.starts_with("person1@") => Act::say("550 5.1.1 quizzaciously unknown\r\n"),
            (At::Dot, to) if to.starts_with("person2@") => Act::say("451 4.3.0 floccinaucinihil\r\n"),
            (At::Dot, _) => Act::Wait(Duration::from_millis(60), Box::new(Act::Go)),
            _ => Act::Go,
        })
        .start()
}

fn addresses(many: usize) -> Vec<String> {
    (0..many).map(|n| format!("person{n}@{}", if n % 3 == 0 { "forum.example" } else { "example.org" })).collect()
}

#[test]
fn a_program_reads_the_progress_line_by_line_and_the_summary_at_the_end() {
    let server = server();
    let workspace = Workspace::of(&addresses(40), &relay(server.port(), 1));
    workspace.must(&["plan", "spring"]);
    let sent = workspace.send(&["--progress", "json", "-q"]);
    assert_eq!(sent.code, Some(5), "{}", sent.stderr);
    let standing = sent.json();
    assert_sum(&standing);
    assert_eq!(sent.stdout.lines().count(), 1, "one document");
    let lines: Vec<Value> = sent.stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let steps: Vec<&str> = lines.iter().filter_map(|line| line.get("progress").and_then(Value::as_str)).collect();
    let [first, between @ .., last] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!((*first, *last), ("began", "ended"));
    assert!(!between.is_empty() && between.iter().all(|step| *step == "sending"), "{steps:?}");
    let keys = BTreeSet::from([
        "progress",
        "at",
        "campaign",
        "total",
        "done",
        "accepted",
        "rejected",
        "deferred",
        "in_doubt",
        "suppressed",
        "cancelled",
        "seconds",
        "per_second",
        "seconds_left",
        "domains",
    ]);
    for line in &lines {
        assert_eq!(line.as_object().unwrap().keys().map(String::as_str).collect::<BTreeSet<_>>(), keys);
    }
    let middle = lines.get(1).unwrap();
    assert!((1..40).contains(&number(middle, "done")), "{middle}");
    assert!(middle.get("per_second").and_then(Value::as_f64).unwrap() > 0.0, "{middle}");
    assert!(middle.get("seconds_left").and_then(Value::as_f64).unwrap() > 0.0, "{middle}");
    let last = lines.last().unwrap();
    for key in ["accepted", "rejected", "deferred", "in_doubt"] {
        assert_eq!(number(last, key), number(&standing, key), "{key}: {last} {standing}");
    }
    assert_eq!((number(last, "done"), number(last, "total")), (40, 40));
    let domains = last.get("domains").and_then(Value::as_array).unwrap();
    let shares: Vec<_> =
        domains.iter().map(|d| (d.get("domain").and_then(Value::as_str).unwrap(), number(d, "accepted"))).collect();
    assert_eq!(shares, [("example.org", 24), ("forum.example", 14)]);
}

#[test]
fn a_run_that_waits_is_seen_to_wait_and_its_remarks_are_json_too() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let workspace = Workspace::new(3, &relay(port, 1));
    workspace.must(&["plan", "spring"]);
    let sent = workspace.send(&["--progress", "json", "-q"]);
    assert_eq!(sent.code, Some(5), "{}", sent.stderr);
    let lines: Vec<Value> = sent.stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of = |step: &str| lines.iter().filter(|l| l.get("progress").and_then(Value::as_str) == Some(step)).count();
    assert!(of("sending") >= 3, "{lines:?}");
    assert_eq!((of("began"), of("remark"), of("ended")), (1, 1, 1), "{lines:?}");
    assert!(lines.iter().any(|line| line.get("seconds_left") == Some(&Value::Null)), "{lines:?}");
}

#[test]
fn the_log_for_a_support_case_holds_nothing_personal() {
    let server = server();
    let mut people = addresses(8);
    people.push("zeruiah.quillfeather@xylographic.example".to_owned());
    let workspace = Workspace::of(&people, &relay(server.port(), 2));
    let names = fs::read_to_string(workspace.path("campaigns/spring/contacts.csv")).unwrap();
    workspace.write("campaigns/spring/contacts.csv", &names.replace(",Example,", ",Wolfeschlegelstein,"));
    workspace.must(&["plan", "spring"]);
    let sent = workspace.send(&["--log", "case.log", "-vv"]);
    assert_eq!(sent.code, Some(5), "{}", sent.stderr);
    let log = fs::read_to_string(workspace.path("case.log")).unwrap();
    for told in
        ["lane{number=0}", "connected", "greeted", "claimed", "committed", "code=550", "enhanced=\"5.1.1\"", "ended"]
    {
        assert!(log.contains(told), "no `{told}`:\n{log}");
    }
    // The one whose mailbox does not exist stands in the opt-out log with its key.
    let opt_outs = fs::read_to_string(workspace.path(".convoke/opt-outs.log")).unwrap();
    let opt_out: Value = serde_json::from_str(opt_outs.lines().last().unwrap()).unwrap();
    let key = opt_out.get("key").and_then(Value::as_str).unwrap();
    let place = workspace.path("").display().to_string();
    let personal = [
        "@",
        "person",
        "zeruiah",
        "quillfeather",
        "xylographic",
        "example",
        "Ada",
        "Wolfeschlegelstein",
        "quizzaciously",
        "floccinaucinihil",
        "spring",
        "Spring",
        key,
        place.trim_end_matches('/'),
    ];
    for word in personal {
        assert!(!log.contains(word), "`{word}` stands in it:\n{log}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(workspace.path("case.log")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(workspace.send(&["--log", "no/such/folder/case.log"]).code, Some(2));
}

#[test]
fn a_terminal_sees_a_bar_with_counts_pace_and_time_left() {
    let server = server();
    let workspace = Workspace::of(&addresses(40), &relay(server.port(), 1));
    workspace.must(&["plan", "spring"]);
    let command = format!("{} send spring --live --confirm 40", env!("CARGO_BIN_EXE_convoke"));
    let mut terminal = Command::new("script");
    terminal.current_dir(workspace.path("")).env("TERM", "xterm").args(["-qec", &command, "seen.log"]);
    terminal.stdin(std::process::Stdio::null()).output().unwrap();
    let seen = fs::read_to_string(workspace.path("seen.log")).unwrap();
    for told in ["█", "/40", " a second, ", " s left", " accepted", "1 refused", "1 put off", "example.org ", "/s"] {
        assert!(seen.contains(told), "no `{told}`:\n{seen}");
    }
    // Without a terminal there is none.
    let elsewhere = Workspace::of(&addresses(3), "[relay]\nkind = \"outbox\"\nrate.per_second = 0\n");
    let plain = elsewhere.must(&["send", "spring", "--live"]);
    assert!(!plain.stderr.contains('█') && !plain.stderr.contains("left\n"), "{}", plain.stderr);
    assert_eq!(elsewhere.run(&["send", "spring", "--progress", "json", "--no-progress"]).code, Some(2));
}

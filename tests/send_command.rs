//! `send`, `status`, `pause`, `resume`, `cancel` and `settle` as a person and a script meet them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/workspace.rs"]
mod workspace;
use smtp_server::{Act, At, Server};
use workspace::{OUTBOX, Workspace, assert_sum, number, relay};

fn keys_of(document: &Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_dry_run_plans_and_renders_everything_and_sends_nothing() {
    let workspace = Workspace::new(12, OUTBOX);
    let dry = workspace.run(&["send", "spring", "--format", "json"]);
    assert_eq!(dry.code, Some(0), "{}", dry.stderr);
    let document = dry.json();
    assert_eq!(document.get("live"), Some(&Value::Bool(false)));
    assert_eq!((number(&document, "planned"), number(&document, "unsent")), (12, 12));
    assert!(!workspace.path(".convoke/outbox").exists(), "a dry run wrote messages");
    assert!(dry.stderr.contains("12 messages rendered as planned; nothing was sent"), "{}", dry.stderr);
    assert!(dry.stderr.contains("next: convoke send spring --live"), "{}", dry.stderr);
}

#[test]
fn the_json_of_send_and_status_has_the_keys_of_the_contract_in_order() {
    let workspace = Workspace::new(3, OUTBOX);
    let sent = workspace.must(&["send", "spring", "--live", "--format", "json"]).json();
    let contract = [
        "campaign",
        "plan",
        "digest",
        "live",
        "paused",
        "inputs_changed",
        "planned",
        "accepted",
        "rejected",
        "deferred",
        "in_doubt",
        "suppressed",
        "expired",
        "cancelled",
        "unsent",
        "bounced",
        "complained",
        "opted_out",
        "held_back",
        "seconds",
        "per_second",
    ];
    assert!(keys_of(&sent).starts_with(&contract), "{sent}");
    for key in ["seconds", "per_second"] {
        let tenths = sent.get(key).and_then(Value::as_f64).unwrap() * 10.0;
        assert!((tenths - tenths.round()).abs() < 1e-6, "{key} has one decimal: {sent}");
    }
    assert_sum(&sent);
    let status = workspace.status();
    assert_eq!(keys_of(&status), keys_of(&sent));
    for key in ["campaign", "plan", "digest", "planned", "accepted", "held_back"] {
        assert_eq!(status.get(key), sent.get(key));
    }
    let all = workspace.must(&["status", "--format", "json"]).json();
    assert_eq!(all.as_array().map(Vec::len), Some(1));
}

#[test]
fn the_outbox_holds_one_file_a_person_and_a_second_send_says_why_nothing_is_left() {
    let workspace = Workspace::new(20, OUTBOX);
    let sent = workspace.must(&["send", "spring", "--live"]);
    assert!(sent.stderr.contains("20 planned: 20 accepted"), "{}", sent.stderr);
    assert!(sent.stderr.contains("nothing left this computer: the relay is an outbox folder"), "{}", sent.stderr);
    let letters = |workspace: &Workspace| {
        let folder = fs::read_dir(workspace.path(".convoke/outbox/spring")).unwrap();
        folder.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|e| e == "eml")).count()
    };
    assert_eq!(letters(&workspace), 20);
    let again = workspace.must(&["send", "spring", "--live"]);
    assert!(again.stderr.contains("nothing left to send"), "{}", again.stderr);
    assert_eq!(letters(&workspace), 20);
}

#[test]
fn a_live_send_off_this_computer_needs_the_number_of_the_plan() {
    let server = Server::builder().start();
    let workspace = Workspace::new(4, &relay(server.port(), 2));
    for wrong in [&["send", "spring", "--live"][..], &["send", "spring", "--live", "--confirm", "3"]] {
        let refused = workspace.run(wrong);
        assert_eq!(refused.code, Some(4), "{}", refused.stderr);
        assert!(refused.stderr.contains("--confirm 4"), "{}", refused.stderr);
    }
    assert_eq!(server.connections(), 0);
    let limited = workspace.send(&["--limit", "1"]);
    assert_eq!(limited.code, Some(0), "the number is the plan's whatever the limit: {}", limited.stderr);
    let rest = workspace.send(&[]);
    assert_eq!((rest.code, server.stored().len()), (Some(0), 4), "{}", rest.stderr);
    assert!(rest.stderr.contains("messages left this computer through 127.0.0.1"), "{}", rest.stderr);
}

#[test]
fn a_segment_nobody_planned_is_named_with_those_there_are() {
    let workspace = Workspace::new(4, OUTBOX);
    let refused = workspace.run(&["send", "spring", "--only", "press"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("community, field"), "{}", refused.stderr);
    workspace.must(&["send", "spring", "--live", "--only", "field"]);
    assert_eq!(number(&workspace.status(), "unsent"), 2);
}

#[test]
fn words_changed_before_the_first_message_stop_the_send_and_after_it_are_ignored_with_a_warning() {
    let server = Server::builder().start();
    let workspace = Workspace::new(6, &relay(server.port(), 2));
    workspace.must(&["plan", "spring"]);
    let template = workspace.path("templates/spring/en.md");
    let words = fs::read_to_string(&template).unwrap();
    let others = words.replace("please come to", "do NOT come to");
    fs::write(&template, &others).unwrap();
    let stopped = workspace.send(&[]);
    assert_eq!(stopped.code, Some(4));
    assert!(stopped.stderr.contains("templates/spring/en.md"), "{}", stopped.stderr);
    assert_eq!(server.connections(), 0);
    fs::write(&template, &words).unwrap();
    assert_eq!(workspace.send(&["--limit", "2"]).code, Some(0));
    fs::write(&template, &others).unwrap();
    let rest = workspace.send(&[]);
    assert_eq!(rest.code, Some(0), "{}", rest.stderr);
    assert_eq!(rest.json().get("inputs_changed"), Some(&Value::Bool(true)));
    assert_eq!(rest.stderr.matches("warning:").count(), 1, "{}", rest.stderr);
    let stored = server.stored();
    assert_eq!(stored.len(), 6);
    assert!(stored.iter().all(|entry| !String::from_utf8_lossy(&entry.content).contains("do NOT come")));
}

#[test]
fn a_workspace_without_a_ledger_has_an_empty_status_and_stays_untouched() {
    let workspace = Workspace::new(1, OUTBOX);
    assert_eq!(workspace.must(&["status", "--format", "json"]).stdout, "[]\n");
    assert!(!workspace.path(".convoke").exists());
}

#[test]
fn a_relay_that_refuses_the_login_ends_with_6_and_says_what_to_do() {
    let server = Server::builder()
        .script(|m| if m.at == At::Mail { Act::say("530 5.7.0 log in first\r\n") } else { Act::Go })
        .start();
    let workspace = Workspace::new(5, &relay(server.port(), 2));
    let refused = workspace.send(&[]);
    assert_eq!(refused.code, Some(6), "{}", refused.stderr);
    assert!(refused.stderr.contains("530 5.7.0 log in first"), "{}", refused.stderr);
    assert!(refused.stderr.contains("convoke resume spring"), "{}", refused.stderr);
    let standing = refused.json();
    assert_eq!((number(&standing, "unsent"), standing.get("paused").is_some_and(Value::is_string)), (5, true));
}

#[test]
fn what_was_put_off_ends_with_5_and_says_when() {
    let asked = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Rcpt if asked.fetch_add(1, Ordering::SeqCst) < 4 => Act::say("450 4.2.0 greylisted\r\n"),
            _ => Act::Go,
        })
        .start();
    let workspace = Workspace::new(4, &relay(server.port(), 1));
    let put_off = workspace.send(&[]);
    assert_eq!((put_off.code, number(&put_off.json(), "deferred")), (Some(5), 4), "{}", put_off.stderr);
    assert!(put_off.stderr.contains("run again from 2"), "{}", put_off.stderr);
    let too_soon = workspace.send(&[]);
    assert_eq!((too_soon.code, server.stored().len()), (Some(5), 0), "{}", too_soon.stderr);
}

#[test]
fn caps_hold_from_run_to_run() {
    let server = Server::builder().start();
    let workspace = Workspace::new(10, &format!("{}rate.per_hour = 4\n", relay(server.port(), 2)));
    for _ in 0..3 {
        let capped = workspace.send(&[]);
        assert_eq!((capped.code, server.stored().len()), (Some(5), 4), "{}", capped.stderr);
        assert!(capped.stderr.contains("cap is reached"), "{}", capped.stderr);
    }
}

#[test]
fn a_campaign_out_of_its_time_is_not_sent() {
    let workspace = Workspace::new(3, OUTBOX);
    workspace.append_to_campaign("[schedule]\nnot_before = \"2999-01-01T00:00:00Z\"\n");
    let early = workspace.run(&["send", "spring", "--live"]);
    assert_eq!(early.code, Some(5), "{}", early.stderr);
    assert!(early.stderr.contains("run again from 2999-01-01T00:00:00Z on"), "{}", early.stderr);
    let workspace = Workspace::new(3, OUTBOX);
    workspace.append_to_campaign("[schedule]\nnot_after = \"2020-01-01T00:00:00Z\"\n");
    let late = workspace.run(&["send", "spring", "--live"]);
    assert_eq!(late.code, Some(4), "{}", late.stderr);
    assert!(!workspace.path(".convoke/outbox/spring").exists());
}

/// Numbers that differ from run to run, made the same.
fn normalised(words: &str) -> String {
    let mut out = String::new();
    for line in words.lines() {
        let line = if let Some((before, _)) = line.split_once(" accepted now, in ") {
            format!("{before} accepted now, in N s: N messages a second")
        } else if let Some((before, _)) = line.split_once("(plan ") {
            format!("{before}(plan ID)")
        } else {
            line.to_owned()
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[test]
fn what_send_and_status_say() {
    let workspace = Workspace::new(8, OUTBOX);
    workspace.must(&["plan", "spring"]);
    let dry = workspace.must(&["send", "spring"]);
    insta::assert_snapshot!("send_dry_run", normalised(&dry.stderr));
    let part = workspace.must(&["send", "spring", "--live", "--limit", "3"]);
    insta::assert_snapshot!("send_limit", normalised(&part.stderr));
    workspace.must(&["pause", "spring", "--reason", "wait for the minister"]);
    let status = workspace.must(&["status", "spring"]);
    insta::assert_snapshot!("status_paused", normalised(&(status.stdout + &status.stderr)));
    let halted = workspace.run(&["send", "spring", "--live"]);
    insta::assert_snapshot!("send_paused", normalised(&halted.stderr));
    workspace.must(&["resume", "spring"]);
    let sent = workspace.must(&["send", "spring", "--live"]);
    insta::assert_snapshot!("send_rest", normalised(&sent.stderr));
    let again = workspace.must(&["send", "spring", "--live"]);
    insta::assert_snapshot!("send_nothing_left", normalised(&again.stderr));
    let status = workspace.must(&["status", "spring"]);
    insta::assert_snapshot!("status_done", normalised(&(status.stdout + &status.stderr)));
    assert!(Path::new(&workspace.path(".convoke/send.lock")).exists());
}

#[test]
fn a_workspace_whose_ledger_is_gone_does_not_say_that_nothing_was_planned() {
    let workspace = Workspace::new(1, OUTBOX);
    workspace.must(&["send", "spring", "--live"]);
    fs::remove_file(workspace.path(".convoke/ledger.db")).unwrap();
    let status = workspace.run(&["status"]);
    assert_eq!(status.code, Some(1), "{}", status.stdout);
    assert!(status.stderr.contains("the ledger is missing"), "{}", status.stderr);
}

//! `convoke opt-out`, and what keeps opt-outs and keys together.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

#[path = "support/command.rs"]
mod command;
use command::{Workspace, text};

#[test]
fn an_opt_out_is_found_under_every_spelling_of_its_mailbox() {
    let workspace = Workspace::new();
    let nothing = json!({"suppressed": false, "topics": [], "since": null});
    assert_eq!(workspace.json(&["opt-out", "check", "lena@example.org"]), nothing);
    workspace.expect(0, &["opt-out", "add", "Lena@Example.ORG", "--reason", "phone call"]);
    for spelling in ["lena@example.org", " LENA@example.org ", "mailto:lena@example.org"] {
        let found = workspace.json(&["opt-out", "check", spelling]);
        assert_eq!((&found["suppressed"], &found["topics"]), (&json!(true), &json!(["*"])), "{spelling}");
        assert!(found["since"].as_str().unwrap().ends_with('Z'));
    }
    assert_eq!(workspace.json(&["opt-out", "check", "lena+news@example.org"]), nothing, "a mailbox of its own");
}

#[test]
fn an_opt_out_of_one_topic_leaves_the_others() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "lena@example.org", "--topic", "annual-meeting"]);
    let about = |topic: &str| workspace.json(&["opt-out", "check", "lena@example.org", "--topic", topic]);
    assert_eq!(about("annual-meeting")["suppressed"], true);
    assert_eq!(about("surveys")["suppressed"], false);
    assert_eq!(workspace.json(&["opt-out", "check", "lena@example.org"])["topics"], json!(["annual-meeting"]));
}

#[test]
fn a_reason_import_knows_is_one_on_the_command_line_too() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "lena@example.org", "--reason", "hard bounce"]);
    assert_eq!(workspace.json(&["opt-out", "list"])["reason"], "hard_bounce");
    workspace.expect(0, &["opt-out", "add", "lena@example.org", "--topic", "t", "--reason", "said so on the phone"]);
    let listed = workspace.expect(0, &["opt-out", "list", "--topic", "t", "--format", "json"]);
    assert!(listed.lines().any(|l| l.contains("opted_out") && l.contains("said so on the phone")), "{listed}");
}

#[test]
fn adding_twice_keeps_the_first() {
    let workspace = Workspace::new();
    assert_eq!(workspace.json(&["opt-out", "add", "lena@example.org"])["added"], true);
    let since = workspace.json(&["opt-out", "check", "lena@example.org"])["since"].clone();
    assert_eq!(workspace.json(&["opt-out", "add", "LENA@example.org"])["added"], false);
    assert_eq!(workspace.json(&["opt-out", "check", "lena@example.org"])["since"], since);
    let log = fs::read_to_string(workspace.path().join(".convoke/opt-outs.log")).unwrap();
    assert_eq!(log.lines().filter(|line| line.starts_with('{')).count(), 1);
}

#[test]
fn the_list_is_one_object_a_line_and_masked_on_the_screen() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "lena@example.org"]);
    workspace.expect(0, &["opt-out", "add", "tariq@example.org", "--topic", "surveys"]);
    let lines = workspace.expect(0, &["--format", "json", "opt-out", "list"]);
    let objects: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["address"], "lena@example.org");
    assert_eq!(objects[1]["topic"], "surveys");
    let screen = workspace.expect(0, &["opt-out", "list"]);
    assert!(screen.contains("l***@example.org") && !screen.contains("lena@"), "{screen}");
    assert!(workspace.expect(0, &["opt-out", "list", "--show-addresses"]).contains("lena@example.org"));
}

#[test]
fn the_export_neutralises_formulas_and_is_for_its_owner_only() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "=sum@example.org", "--topic", "=1+1"]);
    let csv = workspace.expect(0, &["opt-out", "export"]);
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("key,address,topic,reason,since,source"));
    let row = lines.next().unwrap();
    assert!(row.contains(",'=sum@example.org,'=1+1,opted_out,"), "{row}");
    workspace.expect(0, &["opt-out", "export", "--out", "opt-outs.csv"]);
    let file = workspace.path().join("opt-outs.csv");
    assert_eq!(fs::read_to_string(&file).unwrap(), csv);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_is_no_address_or_topic_is_wrong_usage() {
    let workspace = Workspace::new();
    workspace.expect(2, &["opt-out", "add", "lena.example.org"]);
    workspace.expect(2, &["opt-out", "add", "lena@example.org", "--topic", " "]);
    workspace.expect(2, &["opt-out", "check"]);
}

#[test]
fn private_state_is_for_its_owner_only_and_out_of_gits_sight() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "lena@example.org"]);
    let mode = |name: &str| fs::metadata(workspace.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".convoke"), 0o700);
    assert_eq!(mode(".convoke/keys"), 0o700);
    for file in ["keys/workspace.key", "ledger.db", "opt-outs.log"] {
        assert_eq!(mode(&format!(".convoke/{file}")), 0o600, "{file}");
    }
    assert_eq!(fs::read_to_string(workspace.path().join(".convoke/.gitignore")).unwrap(), "*\n");
}

#[test]
fn a_ledger_without_its_key_refuses_a_new_one() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "lena@example.org"]);
    let key = workspace.path().join(".convoke/keys/workspace.key");
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let output = workspace.run(&["opt-out", "check", "lena@example.org"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("Put the key back from a backup"), "{}", text(&output.stderr));
    assert!(!key.exists(), "no new key was made");
    fs::write(&key, kept).unwrap();
    assert_eq!(workspace.json(&["opt-out", "check", "lena@example.org"])["suppressed"], true);
}

#[test]
fn a_key_whose_ledger_is_gone_refuses_a_new_ledger() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "lena@example.org"]);
    fs::remove_file(workspace.ledger_file()).unwrap();
    let output = workspace.run(&["opt-out", "list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the ledger is missing"), "{}", text(&output.stderr));
    assert!(!workspace.ledger_file().exists(), "no new ledger was made");
}

#[test]
fn an_older_ledger_put_back_learns_later_opt_outs_from_the_log() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "lena@example.org"]);
    let older = fs::read(workspace.ledger_file()).unwrap();
    workspace.expect(0, &["opt-out", "add", "tariq@example.org"]);
    for ending in ["db-wal", "db-shm"] {
        let _ = fs::remove_file(workspace.path().join(format!(".convoke/ledger.{ending}")));
    }
    fs::write(workspace.ledger_file(), older).unwrap();
    assert_eq!(workspace.json(&["opt-out", "check", "tariq@example.org"])["suppressed"], true);
    assert_eq!(workspace.json(&["opt-out", "check", "lena@example.org"])["suppressed"], true);
    assert_eq!(workspace.json(&["audit", "verify"])["ok"], true);
}

#[test]
fn an_opt_out_that_cannot_be_written_is_an_error() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "lena@example.org"]);
    // A file size limit stands in for a full disk: the log or the ledger cannot grow past it.
    let script =
        format!("trap '' XFSZ; ulimit -f 0; exec '{}' opt-out add tariq@example.org", env!("CARGO_BIN_EXE_convoke"));
    let output =
        std::process::Command::new("bash").current_dir(workspace.path()).args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("the ledger cannot be written"), "{}", text(&output.stderr));
    assert_eq!(workspace.json(&["opt-out", "check", "lena@example.org"])["suppressed"], true);
}

#[test]
fn a_topic_is_heeded_in_whatever_case_it_was_written() {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("no.csv"), "email,topic\nlin@example.org,Annual-Meeting\n").unwrap();
    workspace.expect(0, &["import", "no.csv", "--as", "opt-outs"]);
    let answer = workspace.json(&["opt-out", "check", "lin@example.org", "--topic", "annual-meeting"]);
    assert_eq!(answer["suppressed"], true);
}

#[test]
fn a_list_that_was_tried_first_counts_what_it_will_add() {
    let workspace = Workspace::new();
    workspace.expect(0, &["opt-out", "add", "lin@example.org", "--reason", "hard_bounce"]);
    fs::write(workspace.path().join("no.csv"), "email\nlin@example.org\n").unwrap();
    let tried = workspace.json(&["import", "no.csv", "--as", "opt-outs", "--dry-run"]);
    let done = workspace.json(&["import", "no.csv", "--as", "opt-outs"]);
    assert_eq!((&tried["accepted"], &tried["suppressed"]), (&done["accepted"], &done["suppressed"]));
    assert_eq!(done["suppressed"], 1);
}

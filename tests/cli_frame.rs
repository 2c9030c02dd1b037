//! What holds for every command: help, versions, exit codes of wrong usage, where the words go.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use convoke::cli::Cli;

const SETTINGS: &str = r#"
[organisation]
name = "Example Forum"
postal_address = "Example Street 1, Example City"
from = "Example Forum <invitations@forum.example>"
list_id = "invitations.forum.example"
bounce_domain = "bounces.forum.example"
"#;

fn convoke(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convoke"))
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("convoke.toml"), SETTINGS).unwrap();
    folder
}

#[test]
fn every_command_has_a_short_help_and_a_long_one_with_examples() {
    let folder = tempfile::tempdir().unwrap();
    for command in Cli::command_with_examples().get_subcommands() {
        let short = convoke(folder.path(), &[command.get_name(), "-h"]);
        let long = convoke(folder.path(), &[command.get_name(), "--help"]);
        assert_eq!((short.status.code(), long.status.code()), (Some(0), Some(0)), "{}", command.get_name());
        let example = format!("\n  convoke {}", command.get_name());
        assert!(text(&long.stdout).contains(&example), "{} shows no example", command.get_name());
        assert!(!text(&short.stdout).contains(&example), "-h of {} is long", command.get_name());
    }
}

#[test]
fn the_parts_of_a_command_show_their_own_examples() {
    let folder = tempfile::tempdir().unwrap();
    for (command, part) in [("opt-out", "add"), ("opt-out", "check"), ("audit", "contact"), ("audit", "verify")] {
        let help = text(&convoke(folder.path(), &[command, part, "--help"]).stdout);
        assert!(help.contains(&format!("\n  convoke {command} {part}")), "{help}");
        assert!(!help.contains("opt-out list"), "{help}");
    }
}

#[test]
fn the_version_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let output = convoke(folder.path(), &["-V"]);
    assert_eq!(text(&output.stdout), format!("convoke {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_ends_with_2_and_names_what_is_near() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (&["sned"][..], "'send'"),
        (&["check", "--fromat", "json"], "'--format'"),
        (&["check", "--format", "yaml"], "possible values: human, json"),
        (&["completions", "smash"], "bash"),
        (&[], "Usage: convoke"),
        (&["check", "--as", "line\nbreak"], "--as takes a name"),
    ] {
        let output = convoke(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn the_workspace_is_found_upwards_or_named() {
    let outer = workspace();
    let inner = outer.path().join("a/b");
    fs::create_dir_all(&inner).unwrap();
    assert_eq!(convoke(&inner, &["check"]).status.code(), Some(0));
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(convoke(elsewhere.path(), &["check"]).status.code(), Some(2));
    let named = outer.path().to_str().unwrap();
    let checked = convoke(elsewhere.path(), &["-C", named, "check"]);
    assert_eq!(checked.status.code(), Some(0));
    let next = format!("next: convoke -C {named} ");
    assert!(text(&checked.stderr).contains(&next), "what comes next is typed here too: {}", text(&checked.stderr));
    assert_eq!(convoke(elsewhere.path(), &["check", "--workspace", named]).status.code(), Some(0));
    let not_one = convoke(elsewhere.path(), &["check", "-C", "nowhere"]);
    assert_eq!(not_one.status.code(), Some(2));
    assert!(text(&not_one.stderr).contains("nowhere is no workspace"));
}

#[test]
fn a_next_command_names_the_workspace_again_where_it_was_named() {
    let (outer, elsewhere) = (workspace(), tempfile::tempdir().unwrap());
    fs::write(elsewhere.path().join("my list.csv"), "email\na@example.org\n").unwrap();
    let named = outer.path().to_str().unwrap();
    let said = convoke(elsewhere.path(), &["import", "my list.csv", "--as", "contacts", "-C", named]);
    let said = text(&said.stderr);
    let next = said.lines().find_map(|line| line.strip_prefix("next: ")).unwrap();
    assert_eq!(next, format!("convoke -C {named} import 'my list.csv' --as contacts --basis BASIS"));
}

#[test]
fn data_goes_to_standard_output_and_talk_to_standard_error() {
    let folder = workspace();
    let output = convoke(folder.path(), &["check", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["problems"], serde_json::json!([]));
    assert_eq!(document["warnings"][0]["code"], "no-opt-out-pages");
    assert!(text(&output.stderr).contains("0 problems, 1 warning"));
    assert_eq!(text(&convoke(folder.path(), &["check", "--format", "json", "-q"]).stderr), "");
}

#[test]
fn colours_are_a_choice_and_never_reach_a_pipe_unasked() {
    let folder = workspace();
    fs::write(folder.path().join("convoke.toml"), "[organisatoin]\n").unwrap();
    let red = "\u{1b}[1;31merror:\u{1b}[0m";
    let shown = |arguments: &[&str]| text(&convoke(folder.path(), arguments).stdout);
    assert!(!shown(&["check"]).contains(red));
    assert!(shown(&["check", "--color", "always"]).contains(red));
    assert!(!shown(&["check", "--color", "never"]).contains(red));
    let failed = convoke(folder.path(), &["check", "nothing", "--color", "always"]);
    assert!(text(&failed.stderr).starts_with(red));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = workspace();
    let mut child = Command::new(env!("CARGO_BIN_EXE_convoke"))
        .current_dir(folder.path())
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_said() {
    let folder = workspace();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_convoke"))
        .current_dir(folder.path())
        .args(["check", "--format", "json"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("standard output cannot be written"));
}

#[test]
fn every_shell_gets_a_script_and_every_command_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = convoke(folder.path(), &["completions", shell]);
        assert!(text(&output.stdout).contains("opt-out"), "{shell}");
    }
    assert_eq!(convoke(folder.path(), &["man", "pages/man1"]).status.code(), Some(0));
    for command in Cli::command_with_examples().get_subcommands() {
        let page = folder.path().join(format!("pages/man1/convoke-{}.1", command.get_name()));
        assert!(fs::read_to_string(page).unwrap().contains("Examples"), "{}", command.get_name());
    }
}

#[test]
fn every_example_is_a_command_line_that_parses() {
    let command = Cli::command_with_examples();
    let helps = command.get_subcommands().chain([&command]).filter_map(|c| c.get_after_long_help());
    let examples: Vec<String> = helps
        .flat_map(|help| help.to_string().lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| line.strip_prefix("  convoke ").map(str::to_owned))
        .collect();
    assert!(examples.len() > 30, "{}", examples.len());
    for example in examples {
        let words = words_of(&example);
        let parsed = Cli::command_with_examples().try_get_matches_from(words);
        assert!(parsed.is_ok(), "convoke {example}\n{}", parsed.unwrap_err());
    }
}

/// What a shell makes of a line: words at blanks, quotes kept together, nothing from a redirection on.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec!["convoke".to_owned()];
    for (number, part) in line.split(" > ").next().unwrap().split('"').enumerate() {
        if number % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

//! Every folder of `tests/bad_input/` is a workspace with something wrong in it, and `expected.txt` says what the program
//! must say about it:
//!
//! ```text
//! check                                        the command line after `convoke`
//! exit 3                                       its exit code
//! convoke.toml:2:1 unknown-key                 for `check`: every problem, in order: place and code
//! | did you mean `name`?                       words that must stand on standard output or standard error
//! ```
//!
//! The program runs on a copy, so that nothing it writes lands here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

#[test]
fn every_broken_workspace_gets_the_complaint_it_must_get() {
    let cases = cases();
    assert!(cases.len() >= 25, "only {} cases were found", cases.len());
    let failures: Vec<String> = cases.iter().filter_map(|case| complaint_about(case).err()).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}

#[test]
fn a_case_that_expects_something_else_fails() {
    let case = cases().into_iter().find(|case| case.ends_with("settings-unknown-key")).unwrap();
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&case, copy.path());
    fs::write(copy.path().join("expected.txt"), "check\nexit 3\n| words nobody ever prints\n").unwrap();
    assert!(complaint_about(copy.path()).unwrap_err().contains("words nobody ever prints"));
    fs::write(copy.path().join("expected.txt"), "check\nexit 3\nconvoke.toml:999:1 no-such-code\n").unwrap();
    assert!(complaint_about(copy.path()).unwrap_err().contains("no-such-code"));
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_input");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.join("expected.txt").is_file()).collect();
    cases.sort();
    cases
}

/// What `expected.txt` asks for.
struct Expected {
    arguments: Vec<String>,
    exit: i32,
    problems: Vec<String>,
    words: Vec<String>,
}

impl Expected {
    fn read(case: &Path) -> Self {
        let text = fs::read_to_string(case.join("expected.txt")).unwrap();
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let arguments = lines.next().unwrap().split_whitespace().map(str::to_owned).collect();
        let exit = lines.next().unwrap().strip_prefix("exit ").unwrap().trim().parse().unwrap();
        let (words, problems): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("| "));
        Self {
            arguments,
            exit,
            problems: problems.into_iter().map(str::to_owned).collect(),
            words: words.into_iter().map(|line| line.trim_start_matches("| ").to_owned()).collect(),
        }
    }
}

fn complaint_about(case: &Path) -> Result<(), String> {
    let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let expected = Expected::read(case);
    let workspace = tempfile::tempdir().unwrap();
    copy_folder(case, workspace.path());
    fs::remove_file(workspace.path().join("expected.txt")).unwrap();

    let output = run(workspace.path(), &expected.arguments, &[]);
    let said = [&output.stdout, &output.stderr].map(|o| String::from_utf8_lossy(o).into_owned()).concat();
    let wrong = |what: String| Err(format!("{name}: {what}\n---\n{said}---"));
    if output.status.code() != Some(expected.exit) {
        return wrong(format!("exit {:?}, expected {}", output.status.code(), expected.exit));
    }
    if said.contains("panicked") {
        return wrong("it panicked".to_owned());
    }
    for words in &expected.words {
        if !said.contains(words.as_str()) {
            return wrong(format!("it never says: {words}"));
        }
    }
    if expected.arguments.first().map(String::as_str) == Some("check") && expected.exit == 3 {
        let found = problems(&run(workspace.path(), &expected.arguments, &["--format", "json"]));
        if found != expected.problems {
            return wrong(format!("problems {found:#?}, expected {:#?}", expected.problems));
        }
    }
    Ok(())
}

fn run(workspace: &Path, arguments: &[String], more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convoke"))
        .current_dir(workspace)
        .env_remove("NO_COLOR")
        .args(arguments)
        .args(more)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

/// `file:line:column code` of every problem in `check`'s JSON.
fn problems(output: &Output) -> Vec<String> {
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let shown = |problem: &Value| {
        let word = |key: &str| problem[key].as_str().unwrap().to_owned();
        let number = |key: &str| problem[key].as_u64().unwrap();
        assert!(!word("message").is_empty());
        format!("{}:{}:{} {}", word("file"), number("line"), number("column"), word("code"))
    };
    document["problems"].as_array().unwrap().iter().map(shown).collect()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(&source).unwrap(), target).unwrap();
        } else if kind.is_dir() {
            copy_folder(&source, &target);
        } else {
            fs::copy(&source, target).unwrap();
        }
    }
}

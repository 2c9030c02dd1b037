//! Somebody else's parser, asked about a message: Python's, under its strict policy.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "each test takes what it needs, and ends where it cannot"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What `judge_message.py` reads in a message: headers and parts decoded, and the defects it found as `problems`.
pub fn report(octets: &[u8]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/judge_message.py");
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 judges messages: install it (Debian: python3)");
    python.stdin.take().unwrap().write_all(octets).unwrap();
    let said = python.wait_with_output().unwrap();
    serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|_| panic!("{}\n{}", String::from_utf8_lossy(&said.stderr), String::from_utf8_lossy(octets)))
}

/// The same for files, one report each, in the same order.
pub fn reports(files: &[PathBuf]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/judge_message.py");
    let said = Command::new("python3").arg(script).args(files).output().expect("python3 judges messages");
    let text = String::from_utf8_lossy(&said.stdout);
    let reports: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(reports.len(), files.len(), "{}", String::from_utf8_lossy(&said.stderr));
    reports
}

/// A Python that can import openpyxl.
pub fn with_openpyxl() -> Command {
    python_with("openpyxl", "openpyxl judges workbooks: tests/run installs it (by hand: pip install openpyxl)")
}

/// What `judge_dkim.py` answers.
pub fn ask_dkimpy(question: &Value) -> Value {
    let advice = "dkimpy judges signatures: tests/run installs it (by hand: pip install 'dkimpy[ed25519]')";
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/judge_dkim.py");
    let mut command = python_with("dkim, nacl", advice);
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = command.spawn().unwrap();
    python.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
    let said = python.wait_with_output().unwrap();
    serde_json::from_slice(&said.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&said.stderr)))
}

/// For each message, what dkimpy says of each of its signatures: `true`, or what was wrong.
///
/// * `records`: TXT records as an object, values by names.
pub fn dkim_verdicts<'a>(records: &Value, messages: impl IntoIterator<Item = &'a [u8]>) -> Vec<Value> {
    let messages: Vec<String> = messages.into_iter().map(|octets| data_encoding::BASE64.encode(octets)).collect();
    let answer = ask_dkimpy(&serde_json::json!({ "records": records, "messages": messages }));
    answer.as_array().unwrap().clone()
}

/// A Python that can import these: the tools' own, or the system's.
fn python_with(modules: &str, advice: &str) -> Command {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/python");
    let has = |python: &Path| {
        let said = Command::new(python).args(["-c", &format!("import {modules}")]).output();
        said.is_ok_and(|said| said.status.success())
    };
    let python = [tools, PathBuf::from("python3")].into_iter().find(|python| has(python));
    Command::new(python.expect(advice))
}

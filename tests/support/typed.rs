//! Commands as a person types them, in any folder.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs, and says where it cannot go on")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs a command.
pub fn convoke(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convoke"))
        .current_dir(folder)
        .args(["--as", "lin"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What a command that must end with this code wrote to standard error.
pub fn talk(code: i32, folder: &Path, arguments: &[&str]) -> String {
    let output = convoke(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
    said
}

/// What a command that must succeed wrote to standard output.
pub fn data(folder: &Path, arguments: &[&str]) -> String {
    let output = convoke(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

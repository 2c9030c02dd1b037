//! The system's command interpreter.

use std::process::Command;

/// A command line of a person's, to be run by `sh`, or on Windows by `cmd`.
#[cfg(unix)]
pub fn command(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}

/// A command line of a person's, to be run by `sh`, or on Windows by `cmd`, which wants it as it was typed.
#[cfg(windows)]
pub fn command(line: &str) -> Command {
    use std::os::windows::process::CommandExt;
    let mut command = Command::new("cmd");
    command.raw_arg("/C").raw_arg(line);
    command
}

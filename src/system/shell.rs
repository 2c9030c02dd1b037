//! The system's command interpreter.

use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Child;
use tokio::time::timeout;

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

/// Why a command printed nothing of use. Holds nothing that it printed.
#[derive(Debug, thiserror::Error)]
pub enum CommandTrouble {
    /// The system would not start it, or let go of it.
    #[error("it cannot be run: {}", .0.kind())]
    Unrunnable(#[from] std::io::Error),
    /// It ended, and not well.
    #[error("it failed with {0}")]
    Failed(ExitStatus),
    /// It was ended, with whatever it had started.
    #[error("it did not end within {} s", .0.as_secs_f64())]
    Late(Duration),
    /// It was ended.
    #[error("it printed more than {0} octets")]
    TooMuch(usize),
}

/// Runs a command line and gives what it prints. It is asked nothing (its input is empty), its complaints go where ours go,
/// and it is ended with whatever it started when it takes too long, prints too much, or nobody waits for it any more.
///
/// # Errors
/// It cannot be run, fails, or does not keep to the limits.
pub async fn printed_by(line: &str, limit: Duration, most: usize) -> Result<Vec<u8>, CommandTrouble> {
    let mut command = command(line);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    apart(&mut command);
    let mut running = Running(tokio::process::Command::from(command).kill_on_drop(true).spawn()?);
    timeout(limit, running.printed(most)).await.map_err(|_| CommandTrouble::Late(limit))?
}

/// A command that is ended when nobody waits for it any more.
struct Running(Child);

impl Running {
    async fn printed(&mut self, most: usize) -> Result<Vec<u8>, CommandTrouble> {
        let mut printed = Vec::new();
        if let Some(output) = self.0.stdout.take() {
            output.take(most as u64 + 1).read_to_end(&mut printed).await?;
        }
        if printed.len() > most {
            return Err(CommandTrouble::TooMuch(most));
        }
        let status = self.0.wait().await?;
        if status.success() { Ok(printed) } else { Err(CommandTrouble::Failed(status)) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Without a number it has ended and was waited for; its number may be another's by now.
        if let Some(number) = self.0.id() {
            end_group(number);
        }
    }
}

/// Runs a command in a process group of its own: what it starts can be ended with it, and a Ctrl-C that lets us finish what is
/// open does not end it half way.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(unix)]
fn end_group(number: u32) {
    let leader = i32::try_from(number).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(leader) = leader {
        // One that is gone already needs no ending.
        let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
    }
}

/// The interpreter alone is ended here, when it is dropped.
#[cfg(windows)]
fn apart(_: &mut Command) {}

#[cfg(windows)]
fn end_group(_: u32) {}

//! SIGINT and SIGTERM: the first asks the run to finish its open messages, a second SIGINT ends the process at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::failure::exit;

/// What a person is told when the first signal comes.
const FINISHING: &str = "finishing open messages; press Ctrl-C again to stop at once (what is open is then in doubt)";

/// Becomes true at the first signal. Must be called within a runtime.
///
/// # Errors
/// Where the system will not let signals be heard.
pub fn listen() -> std::io::Result<watch::Receiver<bool>> {
    let (asked, interrupt) = watch::channel(false);
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = interrupts.recv() => {}
                Some(()) = terminations.recv() => {}
                else => return,
            }
            if asked.send_replace(true) {
                std::process::exit(i32::from(exit::INTERRUPTED));
            }
            eprintln!("{FINISHING}");
        }
    });
    Ok(interrupt)
}

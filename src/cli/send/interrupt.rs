//! SIGINT and SIGTERM: the first asks the run to finish its open messages, a second SIGINT ends the process at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::failure::exit;

/// What a person is told when the first signal comes.
const FINISHING: &str = "finishing open messages; press Ctrl-C again to stop at once (what is open is then in doubt)";

/// SIGXFSZ, by the number it has on every Unix we know: a file has reached the size the system allows (RLIMIT_FSIZE).
const FILE_TOO_LARGE: i32 = 25;

/// Becomes true at the first signal. Must be called within a runtime.
///
/// A file that may not grow any more must fail a write, as a full disk does, and not kill the process between intent and
/// outcome: so that signal is heard, and nothing is done about it.
///
/// # Errors
/// Where the system will not let signals be heard.
pub fn listen() -> std::io::Result<watch::Receiver<bool>> {
    let (asked, interrupt) = watch::channel(false);
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut unwritable = signal(SignalKind::from_raw(FILE_TOO_LARGE))?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = interrupts.recv() => {}
                Some(()) = terminations.recv() => {}
                Some(()) = unwritable.recv() => continue,
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

//! The first interruption asks the run to finish its open messages, a second ends the process at once.

use tokio::sync::watch;

use crate::cli::failure::exit;
use crate::system::interrupt::Interrupts;

/// What a person is told when the first one comes.
const FINISHING: &str = "finishing open messages; press Ctrl-C again to stop at once (what is open is then in doubt)";

/// Becomes true at the first interruption. Must be called within a runtime.
///
/// # Errors
/// Where the system will not let interruptions be heard.
pub fn listen() -> std::io::Result<watch::Receiver<bool>> {
    let (asked, interrupt) = watch::channel(false);
    let mut interrupts = Interrupts::listen()?;
    tokio::spawn(async move {
        while interrupts.next().await.is_some() {
            if asked.send_replace(true) {
                std::process::exit(i32::from(exit::INTERRUPTED));
            }
            eprintln!("{FINISHING}");
        }
    });
    Ok(interrupt)
}

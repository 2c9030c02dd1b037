//! `--log FILE`: what happened inside a send, for a support case. What may stand in it is `engine/send/trace.rs`' to say.

use std::path::Path;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use crate::cli::failure::Failure;
use crate::system::private;

/// Writes every span and event of ours to a file (0600), behind what it holds already, until the process ends.
///
/// # Errors
/// The file cannot be opened.
pub fn begin(path: &Path) -> Result<(), Failure> {
    let opened = private::options().append(true).create(true).open(path);
    let file = opened.map_err(|error| Failure::unwritable(path, &error))?;
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_target(false).with_writer(Mutex::new(file));
    // What other crates tell is not ours to vouch for.
    let ours = Targets::new().with_target("convoke", Level::DEBUG);
    let subscriber = tracing_subscriber::registry().with(lines).with(ours);
    tracing::subscriber::set_global_default(subscriber).map_err(Failure::failed)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), os = std::env::consts::OS, "convoke send");
    Ok(())
}

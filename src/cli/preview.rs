//! `convoke preview`

use super::context::Context;
use super::failure::Failure;

/// Writes real messages to look at
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("preview is not built yet"))
}

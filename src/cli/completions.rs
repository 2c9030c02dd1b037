//! `convoke completions`

use super::context::Context;
use super::failure::Failure;

/// Prints shell completions
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("completions is not built yet"))
}

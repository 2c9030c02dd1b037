//! `convoke man`

use super::context::Context;
use super::failure::Failure;

/// Writes man pages
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("man is not built yet"))
}

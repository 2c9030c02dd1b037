//! `convoke test`

use super::context::Context;
use super::failure::Failure;

/// Sends a few real renderings to one address of ours
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("test is not built yet"))
}

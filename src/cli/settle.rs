//! `convoke settle`

use super::context::Context;
use super::failure::Failure;

/// Decides what the machine may not: messages in doubt
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("settle is not built yet"))
}

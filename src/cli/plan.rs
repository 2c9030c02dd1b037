//! `convoke plan`

use super::context::Context;
use super::failure::Failure;

/// Freezes who gets exactly what
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("plan is not built yet"))
}

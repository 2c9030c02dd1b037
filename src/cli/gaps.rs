//! `convoke gaps`

use super::context::Context;
use super::failure::Failure;

/// Shows who is missing
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("gaps is not built yet"))
}

//! `convoke cancel`

use super::context::Context;
use super::failure::Failure;

/// Cancels a campaign for good
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("cancel is not built yet"))
}

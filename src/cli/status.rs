//! `convoke status`

use super::context::Context;
use super::failure::Failure;

/// Shows how a campaign stands
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("status is not built yet"))
}

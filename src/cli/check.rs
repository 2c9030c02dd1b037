//! `convoke check`

use super::context::Context;
use super::failure::Failure;

/// Checks settings, campaigns, templates and inputs
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("check is not built yet"))
}

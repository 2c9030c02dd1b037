//! `convoke opt-out`

use super::context::Context;
use super::failure::Failure;

/// Records and answers opt-outs
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("opt-out is not built yet"))
}

//! `convoke pause`

use super::context::Context;
use super::failure::Failure;

/// Pauses a campaign before its next message
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("pause is not built yet"))
}

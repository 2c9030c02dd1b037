//! `convoke resume`

use super::context::Context;
use super::failure::Failure;

/// Lifts a pause
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("resume is not built yet"))
}

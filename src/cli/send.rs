//! `convoke send`

use super::context::Context;
use super::failure::Failure;

/// Sends a campaign's plan (a dry run unless --live)
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("send is not built yet"))
}

//! `convoke import`

use super::context::Context;
use super::failure::Failure;

/// Imports contacts, participation, registrations or opt-outs
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("import is not built yet"))
}

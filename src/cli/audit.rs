//! `convoke audit`

use super::context::Context;
use super::failure::Failure;

/// Answers an auditor's questions
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, _context: &Context) -> Result<u8, Failure> {
    Err(Failure::failed("audit is not built yet"))
}

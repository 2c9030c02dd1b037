//! `convoke completions`

use clap_complete::Shell;

use super::Cli;
use super::context::Context;
use super::failure::{Failure, exit};

/// Prints a script that lets a shell complete commands and options
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which shell
    shell: Shell,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command_with_examples(), "convoke", &mut script);
    context.output.print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(exit::DONE)
}

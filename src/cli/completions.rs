//! `convoke completions`

use clap::{Arg, Command, ValueHint};
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
    clap_complete::generate(args.shell, &mut hinted(Cli::command_with_examples()), "convoke", &mut script);
    context.output.print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(exit::DONE)
}

/// A campaign may be named by its folder, which is what a shell can complete.
fn hinted(command: Command) -> Command {
    let hint = |arg: Arg| if arg.get_id() == "campaign" { arg.value_hint(ValueHint::DirPath) } else { arg };
    command.mut_subcommands(|command| command.mut_args(hint).mut_subcommands(|part| part.mut_args(hint)))
}

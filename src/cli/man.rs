//! `convoke man`

use std::path::PathBuf;

use super::Cli;
use super::context::Context;
use super::failure::{Failure, exit};
use super::shell::shell_word;

/// Writes a manual page for every command
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write into; made where it is missing
    #[arg(value_hint = clap::ValueHint::DirPath)]
    dir: PathBuf,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let cannot = |error: std::io::Error| Failure::failed(format!("{} cannot be written: {error}", args.dir.display()));
    std::fs::create_dir_all(&args.dir).map_err(cannot)?;
    clap_mangen::generate_to(Cli::command_with_examples(), &args.dir).map_err(cannot)?;
    context.output.say(format!("wrote the manual pages to {}", args.dir.display()));
    context.output.next(format!("man {}", shell_word(&args.dir.join("convoke.1"))));
    Ok(exit::DONE)
}

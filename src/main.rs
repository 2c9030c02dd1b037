//! Parse, run one command, print one error, choose the exit code.

use std::process::ExitCode;

use clap::Parser;
use convoke::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code)
        }
    }
}

//! Parse, run one command, print one error, choose the exit code.

use std::io::Write;
use std::process::ExitCode;

use convoke::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::from_command_line();
    let label = cli.error_label();
    match cli.run() {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // Where standard error is gone too, the exit code still speaks.
            let _ = writeln!(std::io::stderr(), "{label} {failure}");
            ExitCode::from(failure.code)
        }
    }
}

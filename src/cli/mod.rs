//! The command line: one file per command, each thin: parse, call one engine function, print.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub mod context;
pub mod failure;
mod inputs;
pub mod open;
pub mod output;
pub mod relay;
pub mod restore;

mod actor;
mod audit;
mod audit_story;
mod backup;
mod cancel;
mod check;
mod completions;
mod contacts;
mod countries;
mod dkim;
mod examples;
mod gaps;
mod import;
mod init;
mod made_up;
mod man;
mod moment;
mod new;
mod opt_out;
mod passphrase;
mod pause;
mod plan;
mod preview;
mod rendering;
mod resume;
mod send;
mod settle;
mod shell;
mod signing;
mod status;
mod test;
mod words;

use context::{Context, GlobalArgs};
use failure::Failure;

/// Sends targeted invitations to the people a meeting is missing, and can prove what it did.
#[derive(Debug, Parser)]
#[command(name = "convoke", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    New(new::Args),
    Check(check::Args),
    Import(import::Args),
    Contacts(contacts::Args),
    Countries(countries::Args),
    Gaps(gaps::Args),
    Plan(plan::Args),
    Preview(preview::Args),
    Test(test::Args),
    Send(send::Args),
    Status(status::Args),
    Pause(pause::Args),
    Resume(resume::Args),
    Cancel(cancel::Args),
    Settle(settle::Args),
    #[command(name = "opt-out")]
    OptOut(opt_out::Args),
    Audit(audit::Args),
    Dkim(dkim::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Cli {
    /// Reads the command line; on `--help`, `--version` and wrong usage (exit code 2) the process ends here.
    pub fn from_command_line() -> Self {
        let matches = Self::command_with_examples().get_matches();
        let mut cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        cli.global.actor = actor::named_in(&matches).or(cli.global.actor);
        cli
    }

    /// The command line's definition, with examples in every long help.
    pub fn command_with_examples() -> clap::Command {
        examples::add_to(actor::add_to(Self::command()))
    }

    /// `error:` as the flags want it shown.
    pub fn error_label(&self) -> String {
        output::error_label(self.global.color)
    }

    /// Runs the command and gives the exit code.
    ///
    /// # Errors
    /// [`Failure`] carries the exit code and the one message to print.
    pub fn run(self) -> Result<u8, Failure> {
        let context = Context::new(self.global)?;
        match self.command {
            Command::Init(args) => init::run(args, &context),
            Command::New(args) => new::run(args, &context),
            Command::Check(args) => check::run(args, &context),
            Command::Import(args) => import::run(args, &context),
            Command::Contacts(args) => contacts::run(args, &context),
            Command::Countries(args) => countries::run(args, &context),
            Command::Gaps(args) => gaps::run(args, &context),
            Command::Plan(args) => plan::run(args, &context),
            Command::Preview(args) => preview::run(args, &context),
            Command::Test(args) => test::run(args, &context),
            Command::Send(args) => send::run(args, &context),
            Command::Status(args) => status::run(args, &context),
            Command::Pause(args) => pause::run(args, &context),
            Command::Resume(args) => resume::run(args, &context),
            Command::Cancel(args) => cancel::run(args, &context),
            Command::Settle(args) => settle::run(args, &context),
            Command::OptOut(args) => opt_out::run(args, &context),
            Command::Audit(args) => audit::run(args, &context),
            Command::Dkim(args) => dkim::run(args, &context),
            Command::Backup(args) => backup::run(args, &context),
            Command::Restore(args) => restore::run(args, &context),
            Command::Completions(args) => completions::run(args, &context),
            Command::Man(args) => man::run(args, &context),
        }
    }
}

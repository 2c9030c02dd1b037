//! `convoke contacts`

use clap::Subcommand;

use super::context::Context;
use super::failure::Failure;
use super::open;
use crate::domain::address::EmailAddress;
use crate::domain::contact::Contact;
use crate::domain::keys::Keyring;
use crate::engine::contacts::Rules;
use crate::engine::contacts::mend::{self, Whom};
use crate::ledger::SqliteLedger;

mod export;
mod filter;
mod json;
mod list;
mod merge;
mod set;
mod show;

/// Looks at contacts and mends them
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Set(set::Args),
    Merge(merge::Args),
    Export(export::Args),
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    match args.command {
        Command::List(args) => list::run(&args, context),
        Command::Show(args) => show::run(&args, context),
        Command::Set(args) => set::run(&args, context),
        Command::Merge(args) => merge::run(&args, context),
        Command::Export(args) => export::run(&args, context),
    }
}

/// Whom a person means by an address or by an id of a list.
fn whom(word: &str) -> Result<Whom, Failure> {
    let word = word.trim();
    let is_id =
        word.starts_with('c') && word.len() > 8 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if is_id {
        return Ok(Whom::Id(word.to_owned()));
    }
    EmailAddress::parse(word)
        .map(Whom::Address)
        .map_err(|e| Failure::usage(format!("this is neither an address nor a contact's id: {e}")))
}

/// The contact somebody means.
///
/// # Errors
/// Exit code 2 where none is known. Who else is, is not told.
fn found(context: &Context, ledger: &mut SqliteLedger, keyring: &Keyring, word: &str) -> Result<Contact, Failure> {
    let whom = whom(word)?;
    mend::find(ledger, keyring, &whom)?.ok_or_else(|| {
        let shown = match &whom {
            Whom::Address(address) => context.output.address(address),
            Whom::Id(id) => id.clone(),
        };
        Failure::usage(format!("no contact is known by {shown}\n  help: `convoke contacts list` shows who is"))
    })
}

/// What the settings say about people.
fn rules(context: &Context) -> Result<Rules<'_>, Failure> {
    let settings = context.settings()?;
    Ok(Rules { tiers: &settings.tiers, groups: &settings.regions })
}

/// Keys and ledger of a workspace that has them.
fn opened(context: &Context) -> Result<(Keyring, SqliteLedger), Failure> {
    open::existing(context)
}

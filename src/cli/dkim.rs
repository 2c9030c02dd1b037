//! `convoke dkim`

mod new;
mod show;

use serde_json::{Value, json};

use super::context::Context;
use super::failure::Failure;
use crate::smtp::dkim::Signer;
use crate::smtp::dkim::record::Record;

/// Makes keys that sign every message (DKIM), and shows their DNS records
///
/// A receiver trusts what a domain signs. Large mailbox providers refuse bulk mail without it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    New(new::Args),
    Show(show::Args),
}

/// Runs the command.
///
/// # Errors
/// Exit code 2 for names that are taken or cannot be one, 6 for settings and key files.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    match args.what {
        What::New(args) => new::run(args, context),
        What::Show(args) => show::run(args, context),
    }
}

/// A key and its record for programs.
fn as_json(signer: &Signer, key_file: &str) -> Value {
    let record = Record::of(signer);
    json!({
        "domain": signer.domain,
        "selector": signer.selector,
        "algorithm": signer.key.algorithm().as_str(),
        "key_file": key_file,
        "record": { "name": record.name, "type": "TXT", "value": record.value, "strings": record.strings() },
    })
}

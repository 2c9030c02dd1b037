//! `convoke new`

mod campaign;
mod template;

use super::context::Context;
use super::failure::Failure;
use crate::domain::analysis::slug;
use crate::files::campaign_folder::is_campaign_name;

/// Makes a campaign or a template that works at once, commented
///
/// Nothing that is there is written over.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Campaign(campaign::Args),
    Template(template::Args),
}

/// Runs the command.
///
/// # Errors
/// Exit code 2 for names that are taken or cannot be one.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    match args.what {
        What::Campaign(args) => campaign::run(args, context),
        What::Template(args) => template::run(args, context),
    }
}

/// A name for a folder that commands, mails and lists will carry.
///
/// # Errors
/// Exit code 2, with a name that would do.
fn checked_name<'a>(noun: &str, name: &'a str) -> Result<&'a str, Failure> {
    if is_campaign_name(name) {
        return Ok(name);
    }
    let better = [slug(name), format!("{}-1", slug(name))].into_iter().find(|better| is_campaign_name(better));
    let help = better.map_or_else(String::new, |better| format!("; `{better}` would do"));
    Err(Failure::usage(format!(
        "a {noun} cannot be called `{}`\n  help: use up to 64 letters a to z, digits, `-`, `_` and `.`, beginning with a letter \
         or digit, and no name that Windows keeps for itself{help}",
        name.escape_debug()
    )))
}

//! `convoke contacts export`

use std::path::PathBuf;

use serde_json::json;

use super::filter::Filter;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::output::counted;
use crate::cli::shell::shell_word;
use crate::domain::suppression::EVERYTHING;
use crate::engine::contacts::list;
use crate::engine::import::custom_columns;
use crate::engine::ports::Suppressions;
use crate::files::contact_export::ContactExport;

/// Writes contacts to a file that import takes back without a change
///
/// CSV or XLSX, by the file's name; readable by its owner only. Whoever opted out of everything has the day of it in the
/// column `unsubscribed`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File to write: FILE.csv or FILE.xlsx
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    filter: Filter,
}

pub fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let conditions = args.filter.conditions()?;
    let (_, mut ledger) = super::opened(context)?;
    let failed = |e: std::io::Error| Failure::unwritable(&args.out, &e);
    let columns: Vec<String> = custom_columns(&mut ledger)?.into_iter().collect();
    let said_no = ledger
        .suppressions()?
        .into_iter()
        .filter(|s| s.topic == EVERYTHING && s.reason.is_of_the_person())
        .map(|s| (s.key, s.since))
        .collect();
    let mut export = ContactExport::create(&args.out, columns, said_no).map_err(failed)?;
    let mut written = Ok(());
    list(&mut ledger, &conditions, super::rules(context)?, &mut |listed| {
        if written.is_ok() {
            written = export.contact(listed.contact);
        }
    })
    .map_err(super::list::problems)?;
    written.map_err(failed)?;
    let rows = export.finish().map_err(failed)?;
    if context.is_json() {
        context.output.json(&json!({ "file": args.out.display().to_string(), "contacts": rows }))?;
    }
    let contacts = counted(usize::try_from(rows).unwrap_or(usize::MAX), "contact");
    let file = args.out.display();
    context.output.say(format!("{contacts} written to {file}; it holds names and addresses: keep it safe"));
    context.output.say("nothing left this computer");
    context.output.next(format!("convoke import {} --as contacts --dry-run", shell_word(&args.out)));
    Ok(exit::DONE)
}

//! `convoke contacts merge`

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::output::{Output, counted, table};
use crate::cli::shell::plain;
use crate::domain::contact::Contact;
use crate::engine::contacts::mend::{Difference, Manner, differences, unite};

/// Makes two contacts of one person one
///
/// The values of the first stay, what it lacks comes from the other, tags and opt-outs are united. The other address leads
/// to the first from now on: its invitations and participation count, and nothing is sent to it. This cannot be undone;
/// `--dry-run` shows it first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The contact that stays, by address or id
    #[arg(value_name = "KEEP")]
    keep: String,
    /// The contact that is taken into it, by address or id
    #[arg(value_name = "OTHER")]
    other: String,
    /// Why, as kept with the change
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Shows what they differ in and what would become of it, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let (keyring, mut ledger) = super::opened(context)?;
    let keep = super::found(context, &mut ledger, &keyring, &args.keep)?;
    let other = super::found(context, &mut ledger, &keyring, &args.other)?;
    if keep.key == other.key {
        return Err(Failure::usage("both are one contact already"));
    }
    let differing = differences(&keep, &other);
    if !context.is_json() {
        show(&context.output, &keep, &other, &differing)?;
    }
    let manner = Manner { reason: args.reason.trim(), dry_run: args.dry_run, now: context.clock().now() };
    let united = unite(&mut ledger, &keep, &other, manner)?;
    if context.is_json() {
        context.output.json(&json!({
            "id": united.contact.id,
            "email": united.contact.address.to_string(),
            "other_email": other.address.to_string(),
            "differences": differing.iter().map(|d| json!({
                "field": d.field, "keep": d.keep, "other": d.other, "united": d.united,
            })).collect::<Vec<_>>(),
            "taken_back": united.taken_back,
            "suppressed": united.suppressed,
            "dry_run": args.dry_run,
        }))?;
    }
    let output = &context.output;
    let fields = counted(differing.len(), "field");
    match args.dry_run {
        true => output.say(format!("{fields} differ; nothing was changed, and nothing left this computer")),
        false => {
            super::set::say_what_followed(output, united.taken_back, united.suppressed);
            output.say(format!("2 contacts are one now, {fields} differed; nothing left this computer"));
        }
    }
    output.next(match args.dry_run {
        true => format!("convoke contacts merge {} {}", keep.id, other.id),
        false => format!("convoke contacts show {}", united.contact.id),
    });
    Ok(exit::DONE)
}

fn show(output: &Output, keep: &Contact, other: &Contact, differing: &[Difference]) -> Result<(), Failure> {
    let mut rows = table(&["field", "stays", "other", "as one"]);
    let (kept, taken) = (output.address(&keep.address), output.address(&other.address));
    rows.add_row(["email", &kept, &taken, &kept]);
    for difference in differing {
        let shown = |text: &str| if text.is_empty() { "—".to_owned() } else { plain(&output.foreign_text(text)) };
        let [keep, other, united] = [&difference.keep, &difference.other, &difference.united].map(|t| shown(t));
        rows.add_row([difference.field.clone(), keep, other, united]);
    }
    output.print(&rows.to_string())
}

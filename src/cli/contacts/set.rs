//! `convoke contacts set`

use serde_json::json;

use super::json;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::output::{Output, counted, table};
use crate::cli::shell::plain;
use crate::domain::contact_field::FieldChange;
use crate::engine::contacts::mend::{Manner, MendError, Mended, set};

/// Corrects a contact
///
/// What is corrected here stays: a file that only repeats the replaced value does not bring it back. `email=…` is an
/// address change: invitations, participation and opt-outs of the old address count for the new one, and nothing more is
/// sent to the old one. `FIELD=` with nothing behind it erases. Opt-outs cannot be lifted.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An address they have or had, or the id that lists show
    #[arg(value_name = "ADDRESS")]
    who: String,
    /// What to change, such as `"organisation=Ministry of Posts"`; a new column of your own as `custom:NAME=VALUE`
    #[arg(value_name = "FIELD=VALUE", required = true, value_parser = field_and_value)]
    assignments: Vec<(String, String)>,
    /// Why, as kept with the change
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Shows what would change, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

fn field_and_value(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or("write it as FIELD=VALUE; FIELD= erases")?;
    Ok((field.trim().to_owned(), value.to_owned()))
}

pub fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let (keyring, mut ledger) = super::opened(context)?;
    let contact = super::found(context, &mut ledger, &keyring, &args.who)?;
    let decisions = &context.settings()?.decisions;
    let manner = Manner { reason: args.reason.trim(), dry_run: args.dry_run, now: context.clock().now() };
    let mended = set(&mut ledger, (&keyring, decisions), &contact, &args.assignments, manner).map_err(problems)?;
    if context.is_json() {
        context.output.json(&as_json(&mended, args.dry_run))?;
    } else {
        show(&context.output, &mended)?;
    }
    say(context, &mended, args.dry_run);
    Ok(exit::DONE)
}

fn problems(error: MendError) -> Failure {
    match error {
        MendError::Fields(problems) => {
            Failure::usage(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nerror: "))
        }
        MendError::Ledger(error) => error.into(),
    }
}

fn as_json(mended: &Mended, dry_run: bool) -> serde_json::Value {
    json!({
        "id": mended.contact.id,
        "email": mended.contact.address.to_string(),
        "earlier_email": mended.earlier_address.as_ref().map(ToString::to_string),
        "changes": json::changes(&mended.changes),
        "taken_back": mended.taken_back,
        "suppressed": mended.suppressed,
        "dry_run": dry_run,
    })
}

/// Before and after, a field a row.
fn show(output: &Output, mended: &Mended) -> Result<(), Failure> {
    let mut rows = table(&["field", "before", "after"]);
    if let Some(earlier) = &mended.earlier_address {
        rows.add_row(["email", &output.address(earlier), &output.address(&mended.contact.address)]);
    }
    for FieldChange { field, was, now } in &mended.changes {
        let shown = |text: &str| if text.is_empty() { "—".to_owned() } else { plain(&output.foreign_text(text)) };
        rows.add_row([field.clone(), shown(was), shown(now)]);
    }
    if rows.is_empty() { Ok(()) } else { output.print(&rows.to_string()) }
}

fn say(context: &Context, mended: &Mended, dry_run: bool) {
    let output = &context.output;
    let changed = mended.changes.len() + usize::from(mended.earlier_address.is_some());
    let (would, kept) = if dry_run { ("would be ", "nothing was changed, and ") } else { ("", "") };
    match changed {
        0 => output.say("nothing to change: it says this already"),
        n => output.say(format!("{} {would}changed", counted(n, "field"))),
    }
    say_what_followed(output, mended.taken_back, mended.suppressed);
    output.say(format!("{kept}nothing left this computer"));
    output.next(format!("convoke contacts show {}", mended.contact.id));
}

/// What followed for plans and opt-outs.
pub(super) fn say_what_followed(output: &Output, taken_back: u64, suppressed: u64) {
    let count = |n: u64, noun: &str| counted(usize::try_from(n).unwrap_or(usize::MAX), noun);
    if taken_back > 0 {
        let rows = count(taken_back, "invitation");
        output.say(format!("{rows} not sent yet taken back; the next `convoke plan` decides anew"));
    }
    if suppressed > 0 {
        output.say(format!("{} carried along", count(suppressed, "opt-out")));
    }
}

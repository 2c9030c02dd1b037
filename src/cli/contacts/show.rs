//! `convoke contacts show`

use super::json;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::output::{Output, table};
use crate::cli::shell::plain;
use crate::domain::address::EmailAddress;
use crate::domain::contact_field::FIELDS;
use crate::domain::segment::TierReason;
use crate::domain::suppression::EVERYTHING;
use crate::engine::contacts::show::{Record, RegionReason, record};
use crate::engine::ports::LinkKind;

/// Shows everything that is held about one contact
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An address they have or had, or the id that lists show
    #[arg(value_name = "ADDRESS")]
    who: String,
}

pub fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let (keyring, mut ledger) = super::opened(context)?;
    let contact = super::found(context, &mut ledger, &keyring, &args.who)?;
    let record = record(&mut ledger, contact, super::rules(context)?)?;
    if context.is_json() {
        context.output.json(&json::record(&record, &context.settings()?.regions))?;
        return Ok(exit::DONE);
    }
    let output = &context.output;
    output.print(&fields(output, &record).to_string())?;
    for line in standing(output, &record) {
        output.print(&line)?;
    }
    output.say("nothing left this computer");
    output.next(format!("convoke contacts set {} FIELD=VALUE --reason \"…\"", record.contact.id));
    Ok(exit::DONE)
}

fn fields(output: &Output, record: &Record) -> comfy_table::Table {
    let contact = &record.contact;
    let mut rows = table(&["field", "value"]);
    rows.add_row(["id", contact.id.as_str()]);
    rows.add_row(["email", &output.address(&contact.address)]);
    let known = FIELDS.iter().copied().filter(|field| !matches!(*field, "tier" | "region"));
    for field in known.chain(contact.custom.keys().map(String::as_str)) {
        let text = contact.text_of(field);
        if !text.is_empty() {
            rows.add_row([plain(field), plain(&output.foreign_text(&text))]);
        }
    }
    rows.add_row(["tier".to_owned(), format!("{} ({})", record.tier.0, tier_words(record))]);
    rows.add_row(["region".to_owned(), format!("{} ({})", record.region.0, region_words(record))]);
    rows.add_row(["written to in", &languages(record)]);
    rows.add_row(["attended", &attended(record)]);
    rows.add_row(["first came by", &plain(record.came_by.as_deref().unwrap_or("not known"))]);
    rows
}

/// Why the tier is what it is.
pub(super) fn tier_words(record: &Record) -> String {
    match record.tier.1 {
        TierReason::Stated => "stated".to_owned(),
        TierReason::Attended(year) => format!("took part in {year}"),
        TierReason::FieldRule => "by the rule field_if of convoke.toml".to_owned(),
        TierReason::Otherwise => "nothing says otherwise".to_owned(),
    }
}

/// Why the region is what it is.
pub(super) fn region_words(record: &Record) -> String {
    match record.region.1 {
        RegionReason::Intergovernmental => "intergovernmental organisations stand apart".to_owned(),
        RegionReason::Country => format!("by the country {}", record.contact.text_of("country")),
        RegionReason::Stated => "stated by a column; no country decides".to_owned(),
        RegionReason::Nothing => "neither country nor region is known".to_owned(),
    }
}

fn languages(record: &Record) -> String {
    let tags: Vec<String> = record.languages.iter().map(ToString::to_string).collect();
    match tags.is_empty() {
        true => "the campaign's default language".to_owned(),
        false => format!("{}, else the campaign's default", tags.join(", ")),
    }
}

fn attended(record: &Record) -> String {
    let years: Vec<String> = record.attended.iter().map(i16::to_string).collect();
    let past = if years.is_empty() { "none".to_owned() } else { years.join(", ") };
    if record.registered { format!("{past}; registered for the coming meeting") } else { past }
}

/// Suppressions, earlier addresses, corrections and invitations, a line each.
fn standing(output: &Output, record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    for s in &record.suppressions {
        let about = if s.topic == EVERYTHING { String::new() } else { format!(" about {}", s.topic) };
        let reason = s.reason.as_str().replace('_', " ");
        lines.push(format!("must not be written to{about}: {reason} since {}", s.since));
    }
    for link in &record.links {
        let address =
            EmailAddress::stored(&link.address).map_or_else(|| "forgotten".to_owned(), |a| output.address(&a));
        let how = match link.kind {
            LinkKind::Moved => "earlier address",
            LinkKind::Merged => "another address, of a contact united with this one",
        };
        lines.push(format!("{how}: {address}, until {}", link.at));
    }
    for (field, replaced) in &record.corrections {
        let replaced = plain(&output.foreign_text(replaced));
        lines.push(format!("corrected here: {field} is no longer “{replaced}”, whatever a file repeats"));
    }
    for invited in &record.invitations {
        lines.push(format!("invited: {}, {} since {}", invited.campaign, invited.state.replace('_', " "), invited.at));
    }
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

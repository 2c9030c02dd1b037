//! `convoke preview`

use std::path::PathBuf;

use clap::ValueHint;
use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::output::counted;
use super::rendering::{self, Shown};
use super::words::left_out;
use super::{made_up, open, plan, signing};
use crate::domain::address::EmailAddress;
use crate::domain::contact::{Contact, Kind};
use crate::domain::invitation::PlannedInvitation;
use crate::domain::keys::{AddressKey, Keyring};
use crate::domain::message::Letter;
use crate::engine::letter::Composer;
use crate::engine::ports::{Contacts, Traces};
use crate::files::campaign_folder::CampaignFolder;
use crate::files::preview::{PreviewEntry, PreviewPage, write};
use crate::smtp::dkim::SignedWriter;

/// Writes real messages to look at
///
/// Renders messages of the plan (or of the plan that would be made now) and writes each as .eml, .html and .txt, with a
/// page that lists them. Nothing touches the network.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's folder, or its name
    campaign: String,
    /// Only the message to this person
    #[arg(long, value_name = "ADDRESS", conflicts_with = "made_up")]
    to: Option<String>,
    /// How many messages; every language and segment is shown first
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=1000))]
    sample: u16,
    /// Uses invented people and needs no ledger
    #[arg(long)]
    made_up: bool,
    /// Folder to write to (default: .convoke/preview/CAMPAIGN, since messages carry names and addresses)
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Exit code 1 where the person is not in the plan, with the reason.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let folder = context.campaign(&args.campaign)?;
    let name = folder.campaign.name.clone();
    let out = match &args.out {
        Some(out) => out.clone(),
        None => context.workspace()?.join(".convoke/preview").join(&name),
    };
    let (composer, rows, mut remarks) =
        if args.made_up { invented(context, &folder)? } else { planned(&args, context, &folder)? };
    let messages = render(&rows, &composer, &writer(context, &mut remarks)?, context)?;
    let entries: Vec<PreviewEntry<'_>> = rows
        .iter()
        .zip(&messages)
        .map(|(row, (letter, octets))| PreviewEntry { letter, octets, segment: &row.segment })
        .collect();
    let page = PreviewPage { campaign: &name, remarks: &remarks, show_addresses: context.global.show_addresses };
    let index = write(&out, page, &entries)
        .map_err(|error| Failure::failed(format!("{} cannot be written: {error}", out.display())))?;
    if context.is_json() {
        context.output.json(&json!({
            "campaign": name,
            "out": out.display().to_string(),
            "index": index.display().to_string(),
            "messages": rows.len(),
            "made_up": args.made_up,
        }))?;
    } else {
        context.output.print(&format!("{} in {}", counted(rows.len(), "message"), index.display()))?;
    }
    context.output.say("nothing left this computer: a preview only writes files");
    context.output.next(match args.made_up {
        true => format!("convoke check {name}"),
        false => format!("convoke test {name} --to YOUR-ADDRESS"),
    });
    Ok(exit::DONE)
}

/// What writes the messages as they would leave. Whoever looks at words need not have the keys that sign them.
fn writer(context: &Context, remarks: &mut Vec<String>) -> Result<SignedWriter, Failure> {
    let signers = signing::signers(context.settings()?, context.workspace()?);
    Ok(SignedWriter::new(signers.unwrap_or_else(|problems| {
        remarks.push("shown without their DKIM signatures: a key cannot be used".to_owned());
        problems.iter().for_each(|problem| context.output.warn(problem.to_string()));
        Vec::new()
    })))
}

fn render(
    rows: &[PlannedInvitation],
    composer: &Composer,
    writer: &SignedWriter,
    context: &Context,
) -> Result<Vec<(Letter, Vec<u8>)>, Failure> {
    let domain = context.settings()?.organisation.from.address.domain().to_owned();
    let now = context.clock().now();
    rows.iter().map(|row| rendering::message_of(row, composer, writer, &domain, now)).collect()
}

type Chosen = (Composer, Vec<PlannedInvitation>, Vec<String>);

fn planned(args: &Args, context: &Context, folder: &CampaignFolder) -> Result<Chosen, Failure> {
    let (keys, mut ledger) = open::workspace(context)?;
    let shown = rendering::shown_plan(context, folder, &keys, &mut ledger)?;
    let rows: Vec<PlannedInvitation> = match &args.to {
        Some(address) => vec![row_to(address, &shown, &keys, &mut ledger)?],
        None => rendering::sample(&shown.rows, usize::from(args.sample)).into_iter().cloned().collect(),
    };
    if rows.is_empty() {
        let why = if shown.held.is_empty() { "no contact belongs to an audience" } else { "everybody is left out" };
        return Err(Failure::failed(format!(
            "the plan has nobody to write to: {why}\n  help: `convoke plan {}` says why",
            folder.campaign.name
        )));
    }
    let standing = if shown.is_stored { "" } else { ", not frozen yet" };
    let mut remarks = vec![format!(
        "{} in plan {}{standing}; {} left out",
        counted(shown.rows.len(), "invitation"),
        shown.plan.id,
        shown.held.len()
    )];
    remarks.extend(covered(&rows, context, &mut ledger)?);
    let return_path = plan::return_path(context.settings()?);
    let composer =
        Composer::new(&shown.plan.snapshot, &shown.plan.campaign, &keys, return_path).map_err(Failure::bad_input)?;
    Ok((composer, rows, remarks))
}

/// Which of the messages several people read.
fn covered(rows: &[PlannedInvitation], context: &Context, ledger: &mut impl Contacts) -> Result<Vec<String>, Failure> {
    let keys: Vec<_> = rows.iter().map(|row| row.key).collect();
    let contacts = ledger.contacts_by_key(&keys)?;
    let shared = contacts.iter().flatten().filter(|c| c.kind() != Kind::Person && !c.other_names.is_empty());
    let sentence = |contact: &Contact| {
        let address = context.output.address(&contact.address);
        format!("one message to {address} is for {}", contact.all_names().join(", "))
    };
    Ok(shared.map(sentence).collect())
}

/// The row of one person, by an address they have or had, or why there is none.
fn row_to(word: &str, shown: &Shown, keys: &Keyring, ledger: &mut impl Traces) -> Result<PlannedInvitation, Failure> {
    let address = EmailAddress::parse(word).map_err(|error| Failure::usage(format!("--to: {error}")))?;
    let key = keys.address_key(&address.normalised());
    let current = ledger.current_key(key)?;
    let mut theirs: Vec<AddressKey> = ledger.links_to(current)?.into_iter().map(|link| link.key).collect();
    theirs.extend([key, current]);
    if let Some(row) = shown.rows.iter().find(|row| theirs.contains(&row.key)) {
        return Ok(row.clone());
    }
    Err(Failure::failed(if let Some(held) = shown.held.iter().find(|held| theirs.contains(&held.key)) {
        format!("this person is left out: {} ({})", left_out(held.reason), held.reason)
    } else if shown.taken_back.iter().any(|key| theirs.contains(key)) {
        format!(
            "this person's address changed after the plan was made, and the message to the old one was taken back\n  \
             help: `convoke plan {}` decides anew",
            shown.plan.campaign
        )
    } else {
        "no audience of the campaign has this person\n  help: `convoke audit contact ADDRESS` tells what is known"
            .to_owned()
    }))
}

fn invented(context: &Context, folder: &CampaignFolder) -> Result<Chosen, Failure> {
    let (composer, rows) = made_up::people(context, folder)?;
    Ok((composer, rows, vec!["invented people: no contact was read".to_owned()]))
}

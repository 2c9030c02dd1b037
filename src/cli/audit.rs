//! `convoke audit`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::Context;
use super::failure::{Failure, exit};
use super::opt_out::parsed;
use super::output::{counted, table};
use super::{audit_story, open};
use crate::engine::audit;
use crate::engine::ports::{Audit, Verification};
use crate::files::audit_export::Export;

/// Answers an auditor's questions
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything that happened to one person
    Contact {
        /// Their address
        address: String,
    },
    /// What happened to a campaign: plans, pauses, counts
    Campaign {
        /// Its name
        name: String,
    },
    /// One row per invitation, as CSV
    Export {
        /// File to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Whether the record was altered, and whether the counts add up (exit code 1 if not)
    Verify,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    match args.command {
        Command::Contact { address } => contact(context, &address),
        Command::Campaign { name } => campaign(context, &name),
        Command::Export { out } => export(context, &out),
        Command::Verify => verify(context),
    }
}

fn contact(context: &Context, address: &str) -> Result<u8, Failure> {
    let address = parsed(address)?;
    let (keyring, mut ledger) = open::workspace_anywhere(context)?;
    let story = audit::contact(&mut ledger, keyring.address_key(&address.normalised()))?;
    if context.is_json() {
        context.output.json(&audit_story::contact_json(&story, &context.settings()?.regions))?;
    } else {
        audit_story::show_contact(&context.output, &address, &story)?;
    }
    context.output.next("convoke audit verify");
    Ok(exit::DONE)
}

fn campaign(context: &Context, name: &str) -> Result<u8, Failure> {
    // The folder may be gone by the time somebody asks, so a path counts for its last part.
    let name = Path::new(name).file_name().and_then(|n| n.to_str()).unwrap_or(name);
    let (_, mut ledger) = open::workspace_anywhere(context)?;
    let story = audit::campaign(&mut ledger, name)?.ok_or_else(|| {
        Failure::usage(format!("no campaign `{name}` was ever planned here\n  help: `convoke status` lists them"))
    })?;
    if context.is_json() {
        context.output.json(&audit_story::campaign_json(name, &story))?;
    } else {
        audit_story::show_campaign(&context.output, name, &story)?;
    }
    context.output.next("convoke audit export --out audit.csv");
    Ok(exit::DONE)
}

fn export(context: &Context, out: &Path) -> Result<u8, Failure> {
    let (_, mut ledger) = open::workspace_anywhere(context)?;
    let failed = |e: std::io::Error| Failure::failed(format!("{}: {e}", out.display()));
    let mut export = Export::audit(out).map_err(failed)?;
    let mut written = Ok(());
    ledger.each_audit_row(&mut |row| {
        if written.is_ok() {
            written = export.invitation(&row);
        }
    })?;
    written.map_err(failed)?;
    let rows = export.finish().map_err(failed)?;
    if context.is_json() {
        context.output.json(&json!({ "file": out.display().to_string(), "rows": rows }))?;
    }
    context.output.say(format!(
        "{} written to {}; it holds names and addresses: keep it safe",
        counted(usize::try_from(rows).unwrap_or(usize::MAX), "invitation"),
        out.display()
    ));
    Ok(exit::DONE)
}

fn verify(context: &Context) -> Result<u8, Failure> {
    let (_, mut ledger) = open::workspace_anywhere(context)?;
    let found = ledger.verify()?;
    let is_sound = found.broken.is_none() && found.miscounted.is_empty();
    if context.is_json() {
        context.output.json(&verification_json(&found, is_sound))?;
    } else {
        show_verification(context, &found)?;
    }
    if is_sound {
        context.output.next("convoke audit export --out audit.csv");
        return Ok(exit::DONE);
    }
    context
        .output
        .say("the record cannot be relied on from there on: keep this ledger as it is, and compare it with a backup");
    Ok(exit::FAILED)
}

fn verification_json(found: &Verification, is_sound: bool) -> Value {
    json!({
        "ok": is_sound,
        "events": found.events,
        "head": found.head,
        "broken": found.broken.as_ref().map(|(entry, problem)| json!({ "entry": entry, "problem": problem })),
        "miscounted": found.miscounted,
    })
}

fn show_verification(context: &Context, found: &Verification) -> Result<(), Failure> {
    let mut rows = table(&["checked", "result"]);
    rows.add_row(["entries", &found.events.to_string()]);
    rows.add_row(["head", &found.head]);
    let chain = found
        .broken
        .as_ref()
        .map_or_else(|| "whole".to_owned(), |(entry, what)| format!("BROKEN at entry {entry}: {what}"));
    rows.add_row(["chain", &chain]);
    let counts = if found.miscounted.is_empty() {
        "as the attempts tell".to_owned()
    } else {
        format!("WRONG for plan {}", found.miscounted.join(", "))
    };
    rows.add_row(["counts", &counts]);
    context.output.print(&rows.to_string())
}

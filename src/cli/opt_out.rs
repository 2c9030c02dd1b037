//! `convoke opt-out`

use std::io;
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::open;
use super::output::{counted, table};
use crate::domain::address::EmailAddress;
use crate::domain::suppression::{EVERYTHING, Suppression, checked_topic};
use crate::engine::opt_out;
use crate::engine::ports::Suppressions;
use crate::files::audit_export::Export;

/// Records and answers opt-outs
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Never write to an address again: about one topic, or at all
    Add {
        /// The address
        address: String,
        /// Only this topic (`topic` of a campaign); without it, everything
        #[arg(long)]
        topic: Option<String>,
        /// Why, in their words or yours
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Every address that is not written to
    List {
        /// Only what stands in the way of this topic
        #[arg(long)]
        topic: Option<String>,
    },
    /// The same as CSV: key, address, topic, reason, since, source
    Export {
        /// File (default: standard output)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Whether an address may be written to
    Check {
        /// The address
        address: String,
        /// About this topic; without it, about anything
        #[arg(long)]
        topic: Option<String>,
    },
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    match args.command {
        Command::Add { address, topic, reason } => add(context, &address, topic.as_deref(), &reason),
        Command::List { topic } => list(context, topic.as_deref()),
        Command::Export { out } => export(context, out),
        Command::Check { address, topic } => check(context, &address, topic.as_deref()),
    }
}

fn add(context: &Context, address: &str, topic: Option<&str>, reason: &str) -> Result<u8, Failure> {
    let address = parsed(address)?;
    let topic = read_topic(topic)?;
    let (keyring, mut ledger) = open::workspace_anywhere(context)?;
    let chosen = topic.unwrap_or(EVERYTHING);
    let is_new = opt_out::add(&mut ledger, &keyring, &address, chosen, reason.trim(), context.clock().now())?;
    if context.is_json() {
        context.output.json(&json!({ "address": address.to_string(), "topic": chosen, "added": is_new }))?;
    }
    let about = topic.map_or_else(String::new, |topic| format!(" about `{topic}`"));
    let shown = context.output.address(&address);
    let already = if is_new { "" } else { " (it stood already)" };
    context.output.say(format!("{shown} will not be written to{about} any more{already}"));
    context.output.next("convoke opt-out list");
    Ok(exit::DONE)
}

fn check(context: &Context, address: &str, topic: Option<&str>) -> Result<u8, Failure> {
    let address = parsed(address)?;
    let topic = read_topic(topic)?;
    let (keyring, mut ledger) = open::workspace_anywhere(context)?;
    let standing = opt_out::check(&mut ledger, keyring.address_key(&address.normalised()), topic)?;
    if context.is_json() {
        context.output.json(&json!({
            "suppressed": standing.is_suppressed(),
            "topics": standing.topics,
            "since": standing.since.map(|since| since.to_string()),
        }))?;
        return Ok(exit::DONE);
    }
    let shown = context.output.address(&address);
    let verdict = match standing.since {
        None => format!("{shown} may be written to"),
        Some(since) if standing.topics.iter().any(|t| t == EVERYTHING) => {
            format!("{shown} must not be written to, since {since}")
        }
        Some(since) => {
            format!("{shown} must not be written to about {}, since {since}", standing.topics.join(", "))
        }
    };
    context.output.print(&verdict)?;
    Ok(exit::DONE)
}

fn list(context: &Context, topic: Option<&str>) -> Result<u8, Failure> {
    let topic = read_topic(topic)?;
    let (_, mut ledger) = open::workspace_anywhere(context)?;
    let mut standing = ledger.suppressions()?;
    standing.retain(|s| topic.is_none_or(|topic| s.covers(topic)));
    if context.is_json() {
        let mut lines = context.output.lines();
        for suppression in &standing {
            lines.json(&as_json(suppression))?;
        }
        lines.finish()?;
        return Ok(exit::DONE);
    }
    if !standing.is_empty() {
        let mut rows = table(&["address", "topic", "reason", "since", "source"]);
        for s in &standing {
            let address = EmailAddress::stored(&s.address).map_or_else(
                || format!("({}…)", s.key.to_hex().get(..8).unwrap_or_default()),
                |a| context.output.address(&a),
            );
            let topic = if s.topic == EVERYTHING { "everything" } else { &s.topic };
            let reason = s.reason.as_str().replace('_', " ");
            rows.add_row([&address, topic, &reason, &s.since.to_string(), &s.source]);
        }
        context.output.print(&rows.to_string())?;
    }
    context.output.say(format!("{} not written to", counted(standing.len(), "entry").replace("entrys", "entries")));
    context.output.next("convoke opt-out export --out opt-outs.csv");
    Ok(exit::DONE)
}

fn export(context: &Context, out: Option<PathBuf>) -> Result<u8, Failure> {
    let (_, mut ledger) = open::workspace_anywhere(context)?;
    let standing = ledger.suppressions()?;
    let place = out.as_ref().map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
    let write = || -> io::Result<u64> {
        let mut export = match &out {
            Some(path) => Export::opt_outs(path)?,
            None => Export::opt_outs_to(io::stdout().lock())?,
        };
        for suppression in &standing {
            export.opt_out(suppression)?;
        }
        export.finish()
    };
    match write() {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {}
        result => {
            let rows = result.map_err(|e| Failure::failed(format!("{place}: {e}")))?;
            context.output.say(format!("{rows} opt-outs written to {place}; it holds addresses: keep it safe"));
        }
    }
    Ok(exit::DONE)
}

fn as_json(s: &Suppression) -> serde_json::Value {
    json!({
        "key": s.key.to_hex(),
        "address": s.address,
        "topic": s.topic,
        "reason": s.reason.as_str(),
        "note": s.note,
        "since": s.since.to_string(),
        "source": s.source,
    })
}

/// An address a person typed.
pub(super) fn parsed(address: &str) -> Result<EmailAddress, Failure> {
    EmailAddress::parse(address).map_err(|e| Failure::usage(format!("this is no address: {e}")))
}

/// A topic a person typed; `*` is everything.
fn read_topic(topic: Option<&str>) -> Result<Option<&str>, Failure> {
    let Some(topic) = topic else { return Ok(None) };
    let checked = checked_topic(topic)
        .ok_or_else(|| Failure::usage("--topic takes the `topic` of a campaign: 1 to 100 letters on one line"))?;
    Ok((checked != EVERYTHING).then_some(checked))
}

//! `convoke settle`

use clap::ValueEnum;
use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::open;
use super::output::counted;
use super::send::bury_dead_sender;
use super::status::campaign_name;
use crate::domain::address::EmailAddress;
use crate::engine::ports::{Sending, Settlement};

/// Decides what the machine may not: messages in doubt
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's folder, or its name
    campaign: String,
    /// What becomes of the messages in doubt
    #[arg(long, value_enum, value_name = "DECISION")]
    in_doubt: Decision,
    /// Only the message to this address
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// How you know, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// `--in-doubt`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Decision {
    /// It arrived
    Sent,
    /// Send it again: the same message with the same Message-ID
    Again,
    /// Leave it
    GiveUp,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    if args.reason.trim().is_empty() {
        return Err(Failure::usage("--reason is empty\n  help: say how you know, in a few words"));
    }
    let (keys, mut ledger) = open::existing(context)?;
    bury_dead_sender(context, &mut ledger)?;
    let campaign = campaign_name(context, &mut ledger, &args.campaign)?;
    let who = match &args.to {
        None => None,
        Some(cell) => {
            let address = EmailAddress::parse(cell).map_err(|error| Failure::usage(format!("--to: {error}")))?;
            Some(keys.address_key(&address.normalised()))
        }
    };
    let how = match args.in_doubt {
        Decision::Sent => Settlement::Sent,
        Decision::Again => Settlement::Again,
        Decision::GiveUp => Settlement::GiveUp,
    };
    let settled = ledger.settle(&campaign, who, how, args.reason.trim(), context.clock().now())?;
    if context.is_json() {
        context.output.json(&json!({ "campaign": campaign, "settled": settled }))?;
    }
    if settled == 0 {
        let whose = if who.is_some() { "the message to that address is not in doubt" } else { "nothing is in doubt" };
        context.output.say(format!("{campaign}: {whose}"));
        context.output.next(format!("convoke status {campaign}"));
        return Ok(exit::DONE);
    }
    let invitations = counted(usize::try_from(settled).unwrap_or(usize::MAX), "invitation");
    let (now, next) = match how {
        Settlement::Sent => ("counted as accepted", format!("convoke status {campaign}")),
        Settlement::Again => ("to be sent again", format!("convoke send {campaign} --live")),
        Settlement::GiveUp => ("given up", format!("convoke status {campaign}")),
    };
    context.output.say(format!("{campaign}: {invitations} {now}"));
    context.output.next(next);
    Ok(exit::DONE)
}

//! `convoke resume`

use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::open;
use super::status::campaign_name;
use crate::engine::ports::Sending;

/// Lifts a pause
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's folder, or its name
    campaign: String,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let (_keys, mut ledger) = open::existing(context)?;
    let campaign = campaign_name(context, &mut ledger, &args.campaign)?;
    if ledger.cancelled(&campaign)? {
        return Err(Failure::stopped(format!("{campaign} is cancelled, for good: it cannot be resumed")));
    }
    let paused = ledger.paused(&campaign)?;
    ledger.resume(&campaign, context.clock().now())?;
    if context.is_json() {
        context.output.json(&json!({ "campaign": campaign, "paused": null }))?;
    }
    context.output.say(match paused {
        Some(reason) => format!("{campaign} goes on; it was paused: {reason}"),
        None => format!("{campaign} was not paused"),
    });
    context.output.next(format!("convoke send {campaign} --live"));
    Ok(exit::DONE)
}

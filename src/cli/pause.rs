//! `convoke pause`

use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::open;
use super::status::campaign_name;
use crate::engine::ports::Sending;

/// Pauses a campaign before its next message
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's folder, or its name
    campaign: String,
    /// Why, for those who find it paused
    #[arg(long, value_name = "TEXT", default_value = "paused by hand")]
    reason: String,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let (_keys, mut ledger) = open::existing_anywhere(context)?;
    let campaign = campaign_name(context, &mut ledger, &args.campaign)?;
    ledger.pause(&campaign, &args.reason, context.clock().now())?;
    if context.is_json() {
        context.output.json(&json!({ "campaign": campaign, "paused": args.reason }))?;
    }
    context.output.say(format!("{campaign} is paused: no further message leaves, whoever is sending"));
    context.output.next(format!("convoke resume {campaign}"));
    Ok(exit::DONE)
}

//! `convoke cancel`

use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::open;
use super::output::counted;
use super::status::campaign_name;
use crate::engine::ports::Sending;

/// Cancels a campaign for good: what was not sent never is
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's folder, or its name
    campaign: String,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT", default_value = "cancelled by hand")]
    reason: String,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let (_keys, mut ledger) = open::existing_anywhere(context)?;
    let campaign = campaign_name(context, &mut ledger, &args.campaign)?;
    let cancelled = ledger.cancel(&campaign, &args.reason, context.clock().now())?;
    if context.is_json() {
        context.output.json(&json!({ "campaign": campaign, "cancelled": cancelled }))?;
    }
    let invitations = counted(usize::try_from(cancelled).unwrap_or(usize::MAX), "invitation");
    context.output.say(format!("{campaign} is cancelled, for good: {invitations} taken back"));
    context.output.next(format!("convoke status {campaign}"));
    Ok(exit::DONE)
}

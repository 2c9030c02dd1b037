//! `convoke dkim show`

use serde_json::Value;

use super::as_json;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::signing::signers;
use crate::files::campaign_folder::within;
use crate::smtp::dkim::record::Record;

/// Prints the DNS record of every key in the settings
///
/// Reads the key files; looks nothing up and changes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: Args, context: &Context) -> Result<u8, Failure> {
    let (settings, workspace) = (context.settings()?, context.workspace()?);
    let signers = signers(settings, workspace).map_err(Failure::bad_settings)?;
    if context.is_json() {
        let files = settings.dkim.iter().map(|key| within(workspace, &key.key_file));
        let keys: Vec<Value> = signers.iter().zip(files).map(|(signer, file)| as_json(signer, &file)).collect();
        context.output.json(&keys)?;
    } else {
        for signer in &signers {
            context.output.print(&Record::of(signer).to_string())?;
        }
    }
    if signers.is_empty() {
        context.output.say("the settings have no DKIM key: messages are not signed");
        context.output.next("convoke dkim new");
    }
    Ok(exit::DONE)
}

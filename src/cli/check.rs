//! `convoke check`

mod inputs;

use super::context::Context;
use super::failure::{Failure, exit};
use super::output::counted;
use crate::domain::problem::Findings;
use crate::files::campaign_folder::{CampaignFolder, campaign_names};
use crate::settings::Settings;

/// Checks settings, campaigns, templates and inputs
///
/// Reads everything a campaign rests on and reports every problem in one go, each with file, line and column. Changes
/// nothing, and opens no connection.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Campaign: its folder's path or base name (default: every campaign)
    campaign: Option<String>,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let workspace = context.workspace()?;
    let folders = match &args.campaign {
        Some(word) => vec![context.campaign_path(word)?],
        None => campaign_names(workspace).iter().map(|name| workspace.join("campaigns").join(name)).collect(),
    };
    let mut findings = Settings::load(workspace).findings;
    for folder in &folders {
        let checked = CampaignFolder::load(workspace, folder);
        findings.absorb(checked.findings);
        if let Some(campaign) = checked.value {
            let mut columns = inputs::check(&campaign, &mut findings);
            columns.extend(inputs::columns_in_ledger(context)?);
            inputs::check_columns_named(&campaign, &columns, &mut findings);
        }
    }
    report(&findings, folders.len(), context)
}

fn report(findings: &Findings, campaigns: usize, context: &Context) -> Result<u8, Failure> {
    if context.is_json() {
        context.output.json(&serde_json::json!({"problems": findings.problems, "warnings": findings.warnings}))?;
    } else {
        context.output.problems(&findings.problems, &findings.warnings)?;
    }
    let counts = [counted(findings.problems.len(), "problem"), counted(findings.warnings.len(), "warning")].join(", ");
    context.output.say(format!("checked the settings and {}: {counts}", counted(campaigns, "campaign")));
    Ok(if findings.problems.is_empty() { exit::DONE } else { exit::INPUT })
}
